//! Reads what starts a workflow: the event, its source, the pattern it must match, and what makes it one of a kind.
//! It must not know which fields an event has; `chain` compares those once every file is read.

use domain::calendar::Recurrence;
use domain::definition::Trigger;
use domain::event::WORKFLOW_SOURCE;
use domain::schedule::{SCHEDULE_EVENT, SCHEDULE_ONCE_PER};
use event_pattern::Pattern;
use serde_json::Value;

use crate::fields::{Fields, Text, short};
use crate::problem::{At, Sink};
use crate::workflow::TriggerRead;
use crate::yaml::{Node, NodeKind};

/// An event that a line of a workflow names, with the pattern it must fit.
pub(crate) struct EventRead<'n> {
    pub event: Text<'n>,
    pub from: String,
    /// Where its source is named, or else the event.
    pub from_at: At,
    pub pattern: Option<&'n Node>,
    pub json: Value,
}

pub(crate) fn read<'n>(fields: Fields<'n, '_>) -> Option<TriggerRead<'n>> {
    if fields.get("every").is_some() {
        return comes_round(fields);
    }
    let event = fields.required_text("event", "V5", "name the event, such as `contract.signed`");
    let from = fields.required_text(
        "from",
        "V5",
        "name the source that sends it, such as `esign`",
    );
    let pattern = fields.get("match");
    let json = match pattern {
        Some(node) => pattern_of(node, "match", fields.sink),
        None => Some(Value::Null),
    };
    let help =
        "name the field that makes the event one of a kind, such as `once_per: detail.contract_id`";
    fields.required("once_per", "V6", help);
    let once_per = fields.texts("once_per", "V6").unwrap_or_default();
    let paths = once_per
        .iter()
        .filter(|path| is_path(**path, "V6", fields.sink))
        .count();
    fields.finish("`starts_on`");
    let on = EventRead {
        event: event?,
        from: from?.text.to_owned(),
        from_at: from?.at,
        pattern,
        json: json?,
    };
    (paths > 0 && paths == once_per.len()).then(|| TriggerRead {
        trigger: Trigger {
            event: on.event.text.to_owned(),
            from: on.from.clone(),
            pattern: on.json.clone(),
            once_per: once_per.iter().map(|path| path.text.to_owned()).collect(),
            every: None,
        },
        on,
        once_per,
    })
}

/// `every: month on the 1st business day`: the sweep says when, so neither event nor source is named.
fn comes_round<'n>(fields: Fields<'n, '_>) -> Option<TriggerRead<'n>> {
    let every = fields.parsed::<Recurrence>("every", "V5");
    fields.finish("`starts_on` with `every`");
    let (every, at) = every?;
    let own = WORKFLOW_SOURCE.to_owned();
    Some(TriggerRead {
        trigger: Trigger {
            event: SCHEDULE_EVENT.to_owned(),
            from: own.clone(),
            pattern: Value::Null,
            once_per: SCHEDULE_ONCE_PER.map(str::to_owned).into(),
            every: Some(every),
        },
        on: EventRead {
            event: Text {
                text: SCHEDULE_EVENT,
                at,
            },
            from: own,
            from_at: at,
            pattern: None,
            json: Value::Null,
        },
        once_per: Vec::new(),
    })
}

pub(crate) fn pattern_of(node: &Node, key: &str, sink: Sink<'_>) -> Option<Value> {
    let json = node.to_json();
    if !matches!(node.kind, NodeKind::Map(_)) {
        sink.error(
            "V5",
            node.at,
            format!("`{key}` is {}, not a pattern", node.what()),
            format!("write `{key}: {{ detail: {{ status: [completed] }} }}`"),
        );
        return None;
    }
    match Pattern::parse(&json) {
        Ok(_) => Some(json),
        Err(invalid) => {
            let message = format!(
                "this pattern is refused: {}: {}",
                invalid.path, invalid.problem
            );
            sink.error("V5", node.nearest(&invalid.path).at, message, invalid.mend);
            None
        }
    }
}

/// Whether a path can lead into an event.
pub(crate) fn is_path(path: Text<'_>, rule: &str, sink: Sink<'_>) -> bool {
    let inner = path.text.strip_prefix("detail.");
    let sound = inner.is_some_and(|inner| {
        inner
            .split('.')
            .all(|part| !part.is_empty() && !part.contains(char::is_whitespace))
    });
    if !sound {
        let message = format!("`{}` is no path into an event", short(path.text));
        sink.error(
            rule,
            path.at,
            message,
            "write `detail.` and the field's name, such as `detail.contract_id`",
        );
    }
    sound
}
