//! When a case that nothing moves counts as stuck, and what follows: its owner hears of it.
//! It must not know how such a case is found.

use jiff::Timestamp;

use super::flow::Turn;
use super::{Effect, Fact, Notice, Refusal};
use crate::calendar::BusinessSpan;

/// The shortest default: a case that is meant to take minutes is not stuck over lunch; its clocks are for that.
const LEAST: BusinessSpan = BusinessSpan::BusinessDays(1);

impl Turn<'_> {
    /// Since when the case stands still, and when that has been too long. `None` when it has ended.
    ///
    /// It stands still since it last went on, since its owner was last told, or since the last deadline of a clock that
    /// is running, whichever is latest: while a clock runs, that clock warns.
    fn stands_still(&self) -> Option<(Timestamp, Timestamp)> {
        if !self.case.is_running() {
            return None;
        }
        let calendar = self.case_calendar().ok()?;
        let deadlines = self.case.duties().filter_map(|duty| duty.clock?.due_at());
        let moved_at = self.case.moved_at.unwrap_or(self.case.started_at);
        let told_at = self.case.stuck.map(|(at, _)| at);
        let since = deadlines.chain(told_at).fold(moved_at, Timestamp::max);
        let after = |span| calendar.due(since, &span).ok();
        let until = match self.workflow.stuck_after {
            Some(span) => after(span)?,
            None => after(self.workflow.outcome.target)?.max(after(LEAST)?),
        };
        Some((since, until))
    }

    /// When somebody should look whether the case still stands where it stands. Full hours, so that a case that goes on
    /// every few minutes does not move in an index each time.
    pub fn look_again_at(&self) -> Option<Timestamp> {
        let (_, until) = self.stands_still()?;
        let hours = until.as_second().div_euclid(3600) + 1;
        Timestamp::from_second(hours * 3600).ok()
    }

    /// Tells the owner that the case is stuck, and from the second time on whoever answers for all operations too.
    pub fn age_reached(&mut self) -> Result<(), Refusal> {
        let stuck = self.stands_still().filter(|(_, until)| *until <= self.now);
        if stuck.is_none() {
            return Err(Refusal::Repeat("the case has gone on since".into()));
        }
        let since = self.case.moved_at.unwrap_or(self.case.started_at);
        let times = self.case.stuck.map_or(0, |(_, times)| times) + 1;
        self.record(Fact::FoundStuck { since, times });
        let owner = self.case.owner.clone();
        let above = self
            .world
            .team
            .ops_lead()
            .filter(|lead| times > 1 && **lead != owner)
            .cloned();
        for to in std::iter::once(owner).chain(above) {
            let notice = Notice::Stuck { since, times };
            self.owe(None, Effect::Notice { to, notice });
        }
        Ok(())
    }
}
