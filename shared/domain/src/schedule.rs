//! The event by which a workflow that comes round begins: `schedule.reached`.
//! It must not know when that is looked for, nor who sends it.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::calendar::{Calendar, IsoWeek, Occurrence, Recurrence};
use crate::event::Metadata;
use crate::id::{EventId, WorkflowId, digest};

/// Its detail-type, from `baton.workflow`.
pub const SCHEDULE_EVENT: &str = "schedule.reached";

/// What it carries as `detail.data`, all as text: the workflow, the date that is meant, and that date's week, month,
/// quarter and year; `month_name` is `December 2026`, and `last_…` is the month before.
pub const SCHEDULE_FIELDS: [&str; 9] = [
    "workflow",
    "on",
    "week",
    "month",
    "month_name",
    "last_month",
    "last_month_name",
    "quarter",
    "year",
];

/// What makes one occurrence one of a kind.
pub const SCHEDULE_ONCE_PER: [&str; 2] = ["detail.data.workflow", "detail.data.on"];

/// The time at which a workflow next begins by itself.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Round {
    pub every: Recurrence,
    pub next: Occurrence,
}

impl Round {
    /// The first one after `after`; `None` where the calendar does not open for years.
    pub fn after(every: Recurrence, calendar: &Calendar, after: Timestamp) -> Option<Round> {
        let next = every.next_after(calendar, after)?;
        Some(Round { every, next })
    }

    /// The one after this, however late this one is found: none is left out.
    pub fn following(&self, every: Recurrence, calendar: &Calendar) -> Option<Round> {
        Round::after(every, calendar, self.next.at)
    }

    /// The `detail` of its event. Sent twice, it is the same event.
    pub fn detail(&self, workflow: &WorkflowId) -> Value {
        let on = self.next.on;
        let id = digest(&[SCHEDULE_EVENT, workflow.as_str(), &on.to_string()]);
        let metadata = Metadata {
            id: EventId(id.clone()),
            correlation_id: id.clone(),
            causation_id: id,
            time: self.next.at,
            hops: 0,
            schema_version: 1,
        };
        json!({ "metadata": metadata, "data": data(workflow, on) })
    }
}

fn week(on: Date) -> String {
    let week = on.iso_week_date();
    let (year, week) = (week.year(), week.week());
    IsoWeek { year, week }.to_string()
}

fn data(workflow: &WorkflowId, on: Date) -> Value {
    let last = on.first_of_month().saturating_sub(1.day());
    let month = |date: Date| date.strftime("%Y-%m").to_string();
    let name = |date: Date| date.strftime("%B %Y").to_string();
    json!({
        "workflow": workflow,
        "on": on.to_string(),
        "week": week(on),
        "month": month(on),
        "month_name": name(on),
        "last_month": month(last),
        "last_month_name": name(last),
        "quarter": format!("{}-Q{}", on.year(), (on.month() + 2) / 3),
        "year": on.year().to_string(),
    })
}
