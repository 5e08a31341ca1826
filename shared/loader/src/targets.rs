//! Reads what a client was promised instead of what a workflow's file says: `support_ticket.first_response: 15 minutes`.
//! It must not know how a clock runs.

use std::collections::BTreeMap;

use domain::clock::WarnAt;
use domain::definition::Within;

use crate::clock;
use crate::fields::{Fields, short};
use crate::problem::{did_you_mean, suggest};
use crate::yaml::{Node, NodeKind};

/// Every clock that the workflows have, as `workflow.clock` or `workflow.step`.
pub(crate) type Promised<'n> = BTreeMap<String, Clock<'n>>;

pub(crate) struct Clock<'n> {
    warn_at: Vec<WarnAt>,
    /// The values its target may be chosen by.
    values: Vec<&'n str>,
}

/// The clocks of these files. What can not be read there is told where they are checked.
pub(crate) fn promised<'n>(files: impl Iterator<Item = &'n Node>) -> Promised<'n> {
    let mut promised = Promised::new();
    for file in files {
        let Some(workflow) = file.get("workflow").and_then(Node::text) else {
            continue;
        };
        let values: Vec<&str> = entries(file.get("data")).map(|(name, _)| name).collect();
        let steps = match file.get("steps").map(|node| &node.kind) {
            Some(NodeKind::List(steps)) => steps.as_slice(),
            _ => &[],
        };
        let of_steps = steps.iter().filter_map(|step| {
            step.get("within")?;
            Some((step.get("id")?.text()?, step))
        });
        for (name, node) in entries(file.get("clocks")).chain(of_steps) {
            let warn_at = warnings(node.get("warn_at"));
            let values = values.clone();
            promised.insert(format!("{workflow}.{name}"), Clock { warn_at, values });
        }
    }
    promised
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = (&str, &Node)> {
    let entries = match node.map(|node| &node.kind) {
        Some(NodeKind::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().map(|(key, node)| (key.text.as_str(), node))
}

fn warnings(node: Option<&Node>) -> Vec<WarnAt> {
    let texts = match node.map(|node| &node.kind) {
        Some(NodeKind::List(items)) => items.iter().filter_map(Node::text).collect(),
        _ => node.and_then(Node::text).into_iter().collect::<Vec<_>>(),
    };
    texts
        .into_iter()
        .filter_map(|text| text.parse().ok())
        .collect()
}

/// `None`: one of them could not be read.
pub(crate) fn of_client(
    fields: &Fields<'_, '_>,
    promised: &Promised<'_>,
) -> Option<BTreeMap<String, Within>> {
    let sink = fields.sink;
    let mut targets = Some(BTreeMap::new());
    for (key, node) in fields.entries("targets", "V13") {
        let within = promised.get(&key.text).and_then(|clock| {
            let (within, by) = clock::within(node, sink)?;
            let spans = within.spans();
            let fits = |warning: &WarnAt| clock::is_early_enough(*warning, &spans, node.at, sink);
            let is_early = clock.warn_at.iter().all(fits);
            let name = by.map(|by| by.text.split('.').next().unwrap_or_default());
            if let (Some(by), Some(name)) = (by, name)
                && !clock.values.contains(&name)
            {
                let message = format!("the cases of `{}` have no value `{name}`", short(&key.text));
                sink.error(
                    "V12",
                    by.at,
                    message,
                    suggest(name, clock.values.iter().copied()),
                );
                return None;
            }
            is_early.then_some(within)
        });
        if !promised.contains_key(&key.text) {
            let message = format!("there is no clock `{}`", short(&key.text));
            let known = promised.keys().map(String::as_str);
            let help = match did_you_mean(&key.text, known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "name the workflow and its clock or step: `support_ticket.first_response`"
                    .into(),
            };
            sink.error("V13", key.at, message, help);
        }
        match (&mut targets, within) {
            (Some(known), Some(within)) => drop(known.insert(key.text.clone(), within)),
            (targets, _) => *targets = None,
        }
    }
    targets
}
