//! Response-time rules: how fast, by whose hours, who is told when; and what starts, pauses and stops a clock of a case.
//! It must not know where a clock stands.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::BusinessSpan;
use crate::clock::{Mark, RungAt, WarnAt};
use crate::correlation::Heard;
use crate::definition::Owner;
use crate::id::StepId;
use crate::value::{self, Values};

/// A target: the same for every case, or by a value such as its priority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Within {
    Always(BusinessSpan),
    By {
        /// Dotted name of a value of the case.
        by: String,
        /// What the value may be, as text, with the target then.
        cases: Vec<(String, BusinessSpan)>,
        otherwise: BusinessSpan,
    },
}

impl Within {
    /// The target for a case with these values. A value that is missing or not named is `otherwise`.
    pub fn span(&self, values: &Values) -> BusinessSpan {
        match self {
            Within::Always(span) => *span,
            Within::By {
                by,
                cases,
                otherwise,
            } => {
                let value = value::named(values, by);
                let value = value.map(|value| match value.as_str() {
                    Some(text) => text.to_owned(),
                    None => value.to_string(),
                });
                let named = cases.iter().find(|(text, _)| value.as_ref() == Some(text));
                named.map_or(*otherwise, |(_, span)| *span)
            }
        }
    }

    /// Every target that it may come to.
    pub fn spans(&self) -> Vec<BusinessSpan> {
        match self {
            Within::Always(span) => vec![*span],
            Within::By {
                cases, otherwise, ..
            } => {
                let spans = cases.iter().map(|(_, span)| *span);
                spans.chain([*otherwise]).collect()
            }
        }
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Within::Always(span) => span.fmt(f),
            Within::By {
                by,
                cases,
                otherwise,
            } => {
                write!(f, "by {by}: ")?;
                for (text, span) in cases {
                    write!(f, "{text} {span}, ")?;
                }
                write!(f, "otherwise {otherwise}")
            }
        }
    }
}

/// How fast something must be answered, when to warn before, and in whose hours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResponseRule {
    pub within: Within,
    #[serde(default)]
    pub warn_at: Vec<WarnAt>,
    /// Who else is told at which mark, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalate: Vec<Rung>,
    /// A mark is told even while nobody who would hear of it is on duty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_any_time: bool,
    /// A calendar of team.yaml. `None`: the client's working hours, else the team's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
}

/// One rung of an escalation ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    pub at: Mark,
    pub to: Owner,
}

impl ResponseRule {
    /// Every warning that its clock places: those for the owner, then those only others are told of.
    pub fn warnings(&self) -> Vec<WarnAt> {
        let others = self.escalate.iter().filter_map(|rung| match rung.at {
            Mark::Warning(warning) => Some(warning),
            Mark::Breach | Mark::Rung(_) => None,
        });
        self.warn_at.iter().copied().chain(others).collect()
    }

    /// The rungs after the deadline.
    pub fn rungs(&self) -> Vec<RungAt> {
        let after = self.escalate.iter().filter_map(|rung| match rung.at {
            Mark::Rung(after) => Some(after),
            Mark::Warning(_) | Mark::Breach => None,
        });
        after.collect()
    }
}

/// A clock of the case itself, for work that is done elsewhere: what it promises and which events move it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseClockRule {
    /// Shares its names with the steps: whatever is told of a clock names one thing.
    pub id: StepId,
    /// What mails and the board call it, filled from the case's values when it starts.
    pub title: String,
    /// `None`: the workflow's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    pub rule: ResponseRule,
    /// Clocks that must have been stopped before it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<StepId>,
    /// What moves it, in the order in which it is looked at when one event means several things: the first that changes
    /// anything counts.
    pub signals: Vec<(ClockTurn, Signal)>,
}

/// What an event does to a clock of a case, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockTurn {
    Cancels,
    Stops,
    Pauses,
    Resumes,
    Reopens,
    Starts,
}

/// What a clock of a case listens for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The case starts.
    Start,
    /// The case ends.
    End,
    Event(Heard),
}

impl CaseClockRule {
    /// The events that move it.
    pub fn hears(&self) -> impl Iterator<Item = &Heard> {
        self.signals.iter().filter_map(|(_, signal)| match signal {
            Signal::Event(heard) => Some(heard),
            Signal::Start | Signal::End => None,
        })
    }

    pub fn has(&self, turn: ClockTurn, wanted: &Signal) -> bool {
        let is = |(does, signal): &(ClockTurn, Signal)| *does == turn && signal == wanted;
        self.signals.iter().any(is)
    }

    /// Whether an event may set it going again after the case has ended.
    pub fn reopens(&self) -> bool {
        self.signals
            .iter()
            .any(|(turn, _)| *turn == ClockTurn::Reopens)
    }
}
