//! Schedules on the shown clock: each occurrence hands the input to its function; a jump over many occurrences counts as one.
//! It must not know what a schedule is for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use jiff::Timestamp;

use crate::agenda::Agenda;
use crate::bus::{Deliveries, Delivery};
use crate::clock::Clock;
use crate::journal::{Entry, Journal};
use crate::rest::Held;
use crate::schedule::{Expression, check_zone};
use crate::template;

#[derive(Debug, thiserror::Error)]
#[error("schedule {schedule}: {reason}")]
pub(crate) struct ScheduleError {
    schedule: String,
    reason: String,
}

pub(crate) struct Schedules {
    this: Weak<Self>,
    timetables: Vec<Timetable>,
    deliveries: Arc<Deliveries>,
    journal: Journal,
    agenda: Arc<Agenda>,
    clock: Clock,
    switches: Mutex<Switches>,
}

struct Timetable {
    settings: template::Schedule,
    expression: Expression,
    /// When the schedule came to be: `rate` counts from here.
    anchor: Timestamp,
    /// The last occurrence seen by an earlier run of the machine.
    last_seen: Option<Timestamp>,
}

#[derive(Default)]
struct Switches {
    is_paused: bool,
    to_skip: BTreeSet<String>,
}

impl Schedules {
    pub(crate) fn new(
        settings: &[template::Schedule],
        deliveries: Arc<Deliveries>,
        journal: Journal,
        agenda: Arc<Agenda>,
        clock: Clock,
        left: &BTreeMap<String, String>,
    ) -> Result<Arc<Self>, ScheduleError> {
        let now = clock.now();
        let timetables = settings.iter().map(|settings| {
            let failed = |reason: String| ScheduleError {
                schedule: settings.name.clone(),
                reason,
            };
            let position = |name: String| left.get(&name).and_then(|at| at.parse().ok());
            check_zone(&settings.zone).map_err(|error| failed(error.to_string()))?;
            Ok(Timetable {
                settings: settings.clone(),
                expression: Expression::parse(&settings.expression)
                    .map_err(|error| failed(error.to_string()))?,
                anchor: position(anchor_name(&settings.name)).unwrap_or(now),
                last_seen: position(seen_name(&settings.name)),
            })
        });
        let timetables = timetables.collect::<Result<_, _>>()?;
        Ok(Arc::new_cyclic(|this| Self {
            this: this.clone(),
            timetables,
            deliveries,
            journal,
            agenda,
            clock,
            switches: Mutex::default(),
        }))
    }

    /// Puts the next occurrence of every schedule on the agenda. One that was missed while the machine was down is due at once.
    pub(crate) fn start(&self) {
        for (index, timetable) in self.timetables.iter().enumerate() {
            self.journal.note(vec![Entry::Position {
                name: anchor_name(&timetable.settings.name),
                value: timetable.anchor.to_string(),
            }]);
            self.plan(index, timetable.last_seen.unwrap_or(timetable.anchor));
        }
    }

    pub(crate) fn pause(&self, is_paused: bool) {
        self.switches().is_paused = is_paused;
    }

    /// Loses the next occurrence of the schedule.
    pub(crate) fn skip_next(&self, schedule: &str) {
        self.switches().to_skip.insert(schedule.to_owned());
    }

    /// Fires the schedule now, beside its occurrences. Whether there is one of that name.
    pub(crate) async fn fire_now(&self, schedule: &str) -> bool {
        match self
            .timetables
            .iter()
            .find(|timetable| timetable.settings.name == schedule)
        {
            Some(timetable) => {
                self.deliver(timetable, self.clock.now()).await;
                true
            }
            None => false,
        }
    }

    fn plan(&self, index: usize, after: Timestamp) {
        let Some(timetable) = self.timetables.get(index) else {
            return;
        };
        let Some(due) =
            timetable
                .expression
                .next_after(after, &timetable.settings.zone, timetable.anchor)
        else {
            return;
        };
        let this = self.this.clone();
        self.agenda.at(due, move |held| {
            if let Some(this) = this.upgrade() {
                tokio::spawn(async move { this.occur(index, held).await });
            }
        });
    }

    async fn occur(&self, index: usize, held: Held) {
        let Some(timetable) = self.timetables.get(index) else {
            return;
        };
        let now = self.clock.now();
        let is_lost = {
            let mut switches = self.switches();
            switches.is_paused || switches.to_skip.remove(&timetable.settings.name)
        };
        if is_lost {
            self.journal.note(vec![seen(timetable, now)]);
        } else {
            self.deliver(timetable, now).await;
        }
        // After now, not after the occurrence: what a jump has passed over is over.
        self.plan(index, now);
        drop(held);
    }

    async fn deliver(&self, timetable: &Timetable, now: Timestamp) {
        let payload = Bytes::from(timetable.settings.input.to_string());
        let delivery = (Delivery::of_schedule(&timetable.settings), payload);
        if let Err(error) = self
            .deliveries
            .take_with(vec![delivery], vec![seen(timetable, now)])
            .await
        {
            tracing::error!(%error, schedule = timetable.settings.name, "an occurrence is lost");
        }
    }

    fn switches(&self) -> MutexGuard<'_, Switches> {
        self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seen(timetable: &Timetable, now: Timestamp) -> Entry {
    Entry::Position {
        name: seen_name(&timetable.settings.name),
        value: now.to_string(),
    }
}

fn anchor_name(schedule: &str) -> String {
    format!("schedule/{schedule}/anchor")
}

fn seen_name(schedule: &str) -> String {
    format!("schedule/{schedule}/seen")
}
