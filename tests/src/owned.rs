//! P10: at every instant of its history an open task has one owner, who is a person of the team.
//! It reads histories; it must not know how they came about.

use domain::case::{Case, Record};
use domain::company::Team;

/// Looks at a case after each of its transactions. The count is of open tasks that were looked at.
///
/// # Panics
/// When an instant has a task that is nobody's, or a team's.
pub fn at_every_instant(team: &Team, history: &[Record]) -> usize {
    let mut looked_at = 0;
    for until in 1..=history.len() {
        let case = Case::replay(&history[..until]).expect("a history begins with a start");
        for (step, run, task) in case.open_tasks() {
            looked_at += 1;
            assert!(
                team.person(&task.owner).is_some(),
                "{step} {run} of {} is \"{}\"'s after {}",
                case.id,
                task.owner,
                history[until - 1].cause
            );
        }
    }
    looked_at
}
