//! Time that somebody worked for a client, as it was reported, and the client's rules for billing it.
//! It must not know whether it is billed yet; that is the table's.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::field::Problem;
use super::money::Minor;
use super::time::Increment;
use crate::id::{CaseId, ClientId, EntryId, PersonId, RoleId, StepId, WorkflowId};

/// The longest time that one entry may state: a whole day.
pub const MOST_MINUTES_PER_ENTRY: u32 = 24 * 60;
/// No increment and no minimum is longer: a working day.
const LONGEST_INCREMENT: u32 = 480;
/// The report by which time comes in, said by a person or sent on by a workflow.
pub const LOGGED_EVENT: &str = "time.logged";
/// The longest note, in characters.
pub const LONGEST_NOTE: usize = 500;

/// One report of time. It is never changed: a correction is a new entry that replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeEntry {
    pub id: EntryId,
    pub client: ClientId,
    pub by: PersonId,
    /// The day of the work.
    pub on: Date,
    /// 0 only in a correction that takes its entry back.
    pub minutes: u32,
    /// What was done, as the client reads it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// The title of the case, as the client may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What belongs together in the client's eyes, where it is not the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The kind of work, such as `on_call`; rates and prepaid hours may turn on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<String>,
    /// In which role, such as `project_lead`; rates may turn on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleId>,
    /// The entry that this one stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<EntryId>,
    pub entered_at: Timestamp,
}

/// How a client's time is billed. A client without such rules is not billed by time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeRules {
    #[serde(default = "to_the_minute")]
    pub increment: Increment,
    /// What is added up before it is rounded.
    #[serde(default)]
    pub scope: Scope,
    /// The first that fits an entry is its price.
    pub rates: Vec<Rate>,
}

fn to_the_minute() -> Increment {
    Increment::TO_THE_MINUTE
}

/// 45, 45 and 5 minutes by begun quarter-hours are 120 minutes by ticket and 105 by entry: the contract says which.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    #[default]
    Entry,
    /// A ticket, or a case where no ticket is named.
    Ticket,
    Day,
    Invoice,
}

/// A net price of an hour, for every entry that it fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Without one it fits every role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleId>,
    /// Without one it fits every kind of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<String>,
    /// In minor units of the client's currency.
    pub cents_per_hour: Minor,
}

impl TimeRules {
    /// What could not be meant, each with its field from `time` on.
    pub fn check(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let step = self.increment.minutes;
        if step > LONGEST_INCREMENT || self.increment.at_least_minutes > LONGEST_INCREMENT {
            let what = "no time is rounded to more than a working day";
            found.push(Problem::new(
                "time.increment",
                what,
                "write minutes up to 480",
            ));
        }
        if self.rates.is_empty() {
            let what = "there is no rate, so no entry has a price";
            let fix = "add one: `- { cents_per_hour: 12000 }`";
            found.push(Problem::new("time.rates", what, fix));
        }
        for (place, rate) in self.rates.iter().enumerate() {
            let field = format!("time.rates[{place}]");
            if rate.cents_per_hour.0 < 0 {
                let what = "a price can not be below zero";
                found.push(Problem::new(&field, what, "state the net price of an hour"));
            }
            if let Some(earlier) = self.rates[..place]
                .iter()
                .position(|other| other.covers(rate))
            {
                let what = format!(
                    "this rate is never used: rate {} fits all of its entries",
                    earlier + 1
                );
                found.push(Problem::new(&field, what, "put the narrower rate first"));
            }
        }
        found
    }
}

impl Rate {
    /// Whether it fits whatever `other` fits.
    fn covers(&self, other: &Rate) -> bool {
        let role = self.role.is_none() || self.role == other.role;
        role && (self.work.is_none() || self.work == other.work)
    }

    pub fn fits(&self, entry: &TimeEntry) -> bool {
        let role = self
            .role
            .as_ref()
            .is_none_or(|role| entry.role.as_ref() == Some(role));
        let work = self
            .work
            .as_ref()
            .is_none_or(|work| entry.work.as_ref() == Some(work));
        role && work
    }
}

/// What a step took in the past, for somebody who has not said what it took this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    pub minutes: u32,
    /// How many finished runs it is the median of.
    pub runs: usize,
}

impl Suggestion {
    /// Fewer finished runs suggest nothing: one odd run would be half of the answer.
    pub const FEWEST_RUNS: usize = 5;

    /// The median of what finished runs took; between two, halfway and up.
    pub fn of(mut run_minutes: Vec<u32>) -> Option<Suggestion> {
        let runs = run_minutes.len();
        if runs < Self::FEWEST_RUNS {
            return None;
        }
        run_minutes.sort_unstable();
        let upper = run_minutes[runs / 2];
        let lower = if runs.is_multiple_of(2) {
            run_minutes[runs / 2 - 1]
        } else {
            upper
        };
        let minutes = lower + (upper - lower).div_ceil(2);
        Some(Suggestion { minutes, runs })
    }
}
