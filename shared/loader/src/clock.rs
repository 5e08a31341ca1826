//! Reads the rule of a clock: how fast something must be answered, warnings that come in time, and who is told when they
//! do not help. It must not know what time it is.

use domain::calendar::BusinessSpan;
use domain::clock::{Mark, WarnAt};
use domain::definition::{ResponseRule, Rung, Within};

use crate::actions;
use crate::fields::{Fields, Text, parse_at, short, text_of};
use crate::names::Shape;
use crate::people::People;
use crate::problem::{At, Sink};
use crate::steps::{Reads, Scope, is_persons_work, note_owner};
use crate::team::known_calendar;
use crate::yaml::{Node, NodeKind};

/// The shortest target that a warning can still precede by a minute.
const LEAST_SECONDS: u32 = 5 * 60;

pub(crate) fn clock<'n>(
    fields: &Fields<'n, '_>,
    kind: &str,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<ResponseRule> {
    let sink = fields.sink;
    let Some(node) = fields.get("within") else {
        let stray = ["at_any_time", "escalate", "warn_at", "calendar"];
        if let Some(key) = stray.into_iter().find(|key| fields.get(key).is_some()) {
            let message = match key {
                "warn_at" => "there is a warning and no deadline".to_owned(),
                key => format!("`{key}` is here and no deadline"),
            };
            let help = "add `within: 2 business days`";
            sink.error("V13", fields.key_at(key), message, help);
        }
        let is_elsewhere = fields.get("tracks").is_some() && scope.head.has_clocks;
        if is_persons_work(kind) && !is_elsewhere && knows_a_client(fields, scope) {
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
    rule(fields, Some(node), scope, reads)
}

/// The rule of a clock whose target stands in `node`; that it is missing was told.
pub(crate) fn rule<'n>(
    fields: &Fields<'n, '_>,
    node: Option<&'n Node>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<ResponseRule> {
    let sink = fields.sink;
    let ladder = fields.entries("escalate", "V13");
    let at_any_time = fields.flag("at_any_time");
    let warnings = fields.texts("warn_at", "V13").unwrap_or_default();
    let calendar = fields.text("calendar", "V13");
    if let (Some(team), Some(text)) = (scope.team, calendar) {
        known_calendar(text, &team.team.calendars, &team.broken, sink);
    }
    let (within, by) = within(node?, sink)?;
    if let Some(by) = by {
        actions::value(by, scope, sink, reads);
    }
    let spans = within.spans();
    let warn_at = warnings
        .into_iter()
        .filter_map(|text| parse_at::<WarnAt>(text, "V13", sink))
        .filter(|(warning, at)| is_early_enough(*warning, &spans, *at, sink))
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
        let Some(at) = mark(text, &spans, sink) else {
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
        calendar: calendar.map(|text| text.text.to_owned()),
    })
}

/// `30 minutes`, or `{ by: priority, urgent: 15 minutes, otherwise: 4 business hours }` with the value it goes by.
pub(crate) fn within<'n>(node: &'n Node, sink: Sink<'_>) -> Option<(Within, Option<Text<'n>>)> {
    let NodeKind::Map(entries) = &node.kind else {
        let text = text_of(node, "within", "V13", sink)?;
        return Some((Within::Always(span(text, sink)?), None));
    };
    let (mut by, mut otherwise, mut cases) = (None, None, Vec::new());
    let mut is_whole = true;
    for (key, node) in entries {
        let Some(text) = text_of(node, &key.text, "V13", sink) else {
            is_whole = false;
            continue;
        };
        if key.text == "by" {
            by = Some(text);
            continue;
        }
        match span(text, sink) {
            Some(span) if key.text == "otherwise" => otherwise = Some(span),
            Some(span) => cases.push((key.text.clone(), span)),
            None => is_whole = false,
        }
    }
    if by.is_none() {
        let help = "name it: `{ by: priority, urgent: 15 minutes, otherwise: 4 business hours }`";
        sink.error(
            "V13",
            node.at,
            "it is not said by which value the target is chosen",
            help,
        );
    }
    if is_whole && otherwise.is_none() {
        let help =
            "add `otherwise: 4 business hours`; a tool may send a value that nobody thought of";
        sink.error(
            "V13",
            node.at,
            "it is not said what holds for any other value",
            help,
        );
    }
    let by = by?;
    let within = Within::By {
        by: by.text.to_owned(),
        cases,
        otherwise: otherwise?,
    };
    is_whole.then_some((within, Some(by)))
}

/// A target that can be warned about in time.
fn span(text: Text<'_>, sink: Sink<'_>) -> Option<BusinessSpan> {
    let (span, at) = parse_at::<BusinessSpan>(text, "V13", sink)?;
    match span {
        BusinessSpan::Seconds(seconds) if seconds < LEAST_SECONDS => {
            sink.error(
                "V13",
                at,
                format!("`{span}` is too short to be warned about in time"),
                "allow at least 5 minutes",
            );
            None
        }
        _ if span.lacks_cut_off() => {
            let help = "write `same business day, cut-off 15:00`";
            sink.error(
                "V13",
                at,
                "it is not said until when something counts for the same day",
                help,
            );
            None
        }
        span => Some(span),
    }
}

/// When a rung of the ladder is due: with a warning, at the breach, or so long after it.
fn mark(text: Text<'_>, spans: &[BusinessSpan], sink: Sink<'_>) -> Option<Mark> {
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
        Mark::Warning(warning) => is_early_enough(warning, spans, text.at, sink).then_some(mark),
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

/// Whether a warning fits every target that it may belong to; the first that it does not fit is told.
pub(crate) fn is_early_enough(
    warning: WarnAt,
    spans: &[BusinessSpan],
    at: At,
    sink: Sink<'_>,
) -> bool {
    spans.iter().all(|span| fits(warning, span, at, sink))
}

/// A warning that comes less than a minute before the deadline, or before the clock starts, warns of nothing.
fn fits(warning: WarnAt, within: &BusinessSpan, at: At, sink: Sink<'_>) -> bool {
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
