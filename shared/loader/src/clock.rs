//! Reads a step's clock: how fast it must be answered, warnings that come in time, and who is told when they do not help.
//! It must not know what time it is.

use domain::calendar::BusinessSpan;
use domain::clock::{Mark, WarnAt};
use domain::definition::{ResponseRule, Rung};

use crate::fields::{Fields, Text, parse_at, short};
use crate::names::Shape;
use crate::people::People;
use crate::problem::{At, Sink};
use crate::steps::{Reads, Scope, is_persons_work, note_owner};

/// The shortest target that a warning can still precede by a minute.
const LEAST_SECONDS: u32 = 5 * 60;

pub(crate) fn clock(
    fields: &Fields<'_, '_>,
    kind: &str,
    scope: &Scope<'_, '_, '_>,
    reads: &mut Reads<'_>,
) -> Option<ResponseRule> {
    let sink = fields.sink;
    let ladder = fields.entries("escalate", "V13");
    let at_any_time = fields.flag("at_any_time");
    let warnings = fields.texts("warn_at", "V13").unwrap_or_default();
    let Some(text) = fields.text("within", "V13") else {
        if !ladder.is_empty() || at_any_time {
            let key = if at_any_time {
                "at_any_time"
            } else {
                "escalate"
            };
            sink.error(
                "V13",
                fields.key_at(key),
                format!("`{key}` is here and no deadline"),
                "add `within: 2 business days`",
            );
        }
        if !warnings.is_empty() {
            sink.error(
                "V13",
                fields.key_at("warn_at"),
                "there is a warning and no deadline",
                "add `within: 2 business days`",
            );
        }
        if is_persons_work(kind) && knows_a_client(fields, scope) {
            let help = "say how fast it must be answered: `within: 2 business days`";
            sink.error(
                "V14",
                fields.at,
                "a client waits for this step and it has no clock",
                help,
            );
        }
        return None;
    };
    if !is_persons_work(kind) {
        let message = format!("a step `do: {kind}` is done by Baton itself; no clock runs for it");
        sink.error(
            "V13",
            fields.key_at("within"),
            message,
            "remove `within` and `warn_at`",
        );
        return None;
    }
    let (within, at) = parse_at::<BusinessSpan>(text, "V13", sink)?;
    match within {
        BusinessSpan::Seconds(seconds) if seconds < LEAST_SECONDS => {
            sink.error(
                "V13",
                at,
                format!("`{within}` is too short to be warned about in time"),
                "allow at least 5 minutes",
            );
            return None;
        }
        _ if within.lacks_cut_off() => {
            let help = "write `same business day, cut-off 15:00`";
            sink.error(
                "V13",
                at,
                "it is not said until when something counts for the same day",
                help,
            );
            return None;
        }
        _ => {}
    }
    let warn_at = warnings
        .into_iter()
        .filter_map(|text| parse_at::<WarnAt>(text, "V13", sink))
        .filter(|(warning, at)| is_early_enough(*warning, &within, *at, sink))
        .map(|(warning, _)| warning)
        .collect();
    let mut escalate: Vec<Rung> = Vec::new();
    for (key, node) in ladder {
        let text = Text {
            text: &key.text,
            at: key.at,
        };
        let people = People {
            team: scope.team,
            sink,
        };
        let to = people.resolve(node, "escalate", Some(scope.names));
        let Some(at) = mark(text, &within, sink) else {
            continue;
        };
        if escalate.iter().any(|rung| rung.at == at) {
            let message = format!("`{at}` is here twice");
            sink.error(
                "V13",
                key.at,
                message,
                "name one person or role for each time",
            );
            continue;
        }
        if let Some(to) = to {
            note_owner(&to, node.at, &people, reads);
            escalate.push(Rung { at, to });
        }
    }
    Some(ResponseRule {
        within,
        warn_at,
        escalate,
        at_any_time,
    })
}

/// When a rung of the ladder is due: with a warning, at the breach, or so long after it.
fn mark(text: Text<'_>, within: &BusinessSpan, sink: Sink<'_>) -> Option<Mark> {
    let mark = match text.text.trim() {
        "100%" => Mark::Breach,
        other => match other.parse() {
            Ok(mark) => mark,
            Err(_) => {
                let message = format!("`{}` is no time to escalate at", short(other));
                let help = "write `breach`, a time after it such as `2 business hours after`, or one before the \
                            deadline such as `80%` or `30 minutes before`";
                sink.error("V13", text.at, message, help);
                return None;
            }
        },
    };
    match mark {
        Mark::Warning(warning) => is_early_enough(warning, within, text.at, sink).then_some(mark),
        Mark::Breach | Mark::Rung(_) => Some(mark),
    }
}

fn knows_a_client(fields: &Fields<'_, '_>, scope: &Scope<'_, '_, '_>) -> bool {
    fields.get("milestone").is_some()
        || scope
            .names
            .names()
            .any(|name| scope.names.get(name) == Some(&Shape::Client))
}

/// A warning that comes less than a minute before the deadline, or before the clock starts, warns of nothing.
fn is_early_enough(warning: WarnAt, within: &BusinessSpan, at: At, sink: Sink<'_>) -> bool {
    let target = match within {
        BusinessSpan::Seconds(seconds) => Some(*seconds),
        BusinessSpan::BusinessDays(_) | BusinessSpan::SameBusinessDay { .. } => None,
    };
    let left = match warning {
        WarnAt::Percent(100) => Some(0),
        WarnAt::Percent(percent) => {
            target.map(|target| target - (u64::from(target) * u64::from(percent) / 100) as u32)
        }
        WarnAt::Before { seconds } => Some(seconds),
    };
    if left.is_some_and(|left| left < 60) {
        let help = "warn at least one minute before, such as `80%`";
        sink.error(
            "V13",
            at,
            format!("the warning `{warning}` comes less than a minute before the deadline"),
            help,
        );
        return false;
    }
    if let (WarnAt::Before { seconds }, Some(target)) = (warning, target)
        && seconds >= target
    {
        let message =
            format!("the warning `{warning}` would come before the clock of `{within}` starts");
        sink.error("V13", at, message, "warn later, such as at `50%`");
        return false;
    }
    true
}
