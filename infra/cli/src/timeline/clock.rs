//! What happened to a case's clocks, as lines: what set them going, paused and stopped them.
//! It must not know how used time is counted.

use domain::case::{ClockChange, Fact};
use domain::id::StepId;

use super::fact::{Line, Tag, due};
use crate::names::Names;

pub fn line<'a>(fact: &'a Fact, title: &impl Fn(&'a StepId) -> &'a str, names: &Names) -> Line {
    match fact {
        Fact::ClockStarted { step, clock } => {
            let again = match clock.run {
                1 => String::new(),
                run => format!(", life {run}"),
            };
            let text = format!(
                "{}: {} runs{again}",
                names.person(&clock.owner),
                title(step)
            );
            Line::new(Tag::Clock, text, due(Some(&clock.clock), names))
        }
        Fact::ClockChanged {
            step,
            how,
            due_was,
            clock,
            ..
        } => {
            let moment =
                |at: Option<jiff::Timestamp>| at.map_or("never".into(), |at| names.moment(at));
            let was = format!("due {}, was {}", moment(clock.due_at()), moment(*due_was));
            let (text, note) = match how {
                ClockChange::Paused => ("is paused", String::new()),
                ClockChange::Resumed => ("goes on", due(Some(clock), names)),
                ClockChange::Stopped => ("is stopped", String::new()),
                ClockChange::Reopened => ("is reopened", due(Some(clock), names)),
                ClockChange::Cancelled => ("is cancelled", String::new()),
                ClockChange::Retargeted => ("has another target", was),
                ClockChange::HoursEdited => {
                    let text = format!("the working hours were edited: {}", title(step));
                    return Line::new(Tag::Warn, text, was);
                }
            };
            Line::new(Tag::Clock, format!("{} {text}", title(step)), note)
        }
        other => Line::new(Tag::Clock, other.words(), ""),
    }
}
