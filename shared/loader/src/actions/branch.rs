//! Steps that choose a way by a condition over the case's values.
//! It must not answer a condition; that happens when a case comes by.

use domain::definition::Action;

use super::work::{note_way, way};
use crate::condition;
use crate::fields::Fields;
use crate::steps::{Reads, Scope};
use crate::texts::Named;
use crate::yaml::NodeKind;

/// `ways: [{ if: value_cents >= 500000, to: ask_owner }]` and `otherwise: next`
pub(crate) fn branch<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let sink = fields.sink;
    reads.goes_on = false;
    let help = "write conditions and where each leads: `ways: [{ if: value_cents >= 500000, to: ask_owner }]`";
    let listed = fields.required("ways", "V11", help);
    let help = "say where it goes when no condition holds: `otherwise: next`";
    let otherwise = fields
        .required("otherwise", "V11", help)
        .and_then(|node| way(node, scope, sink));
    if let Some((next, to)) = &otherwise {
        note_way(next, *to, false, None, reads);
    }
    let listed = listed?;
    let NodeKind::List(items) = &listed.kind else {
        sink.error(
            "V11",
            listed.at,
            format!("`ways` is {}, not a list", listed.what()),
            "begin each way with `- `",
        );
        return None;
    };
    if items.is_empty() {
        sink.error(
            "V11",
            listed.at,
            "`ways` offers nothing",
            "name at least one condition",
        );
    }
    let mut ways: Vec<(_, _)> = Vec::new();
    let mut sound = !items.is_empty();
    for item in items {
        let Some(inner) = Fields::of(item, item.at, sink, "V11", "a way") else {
            sound = false;
            continue;
        };
        let stated = inner.required_text(
            "if",
            "V11",
            "write the condition: `if: value_cents >= 500000`",
        );
        let to = inner
            .required("to", "V11", "name the step it leads to, `next` or `stop`")
            .and_then(|node| way(node, scope, sink));
        inner.finish("a way");
        if let Some((next, to)) = &to {
            note_way(next, *to, false, None, reads);
        }
        let Some(stated) = stated else {
            sound = false;
            continue;
        };
        let mut paths = Vec::new();
        let condition = condition::read(stated, scope.names, &mut paths, sink);
        reads.named.extend(paths.into_iter().map(|path| Named {
            path,
            at: stated.at,
            printed: false,
        }));
        if ways
            .iter()
            .any(|(known, _): &(domain::condition::Condition, _)| known.text == stated.text)
        {
            sink.error(
                "V11",
                stated.at,
                "this condition stands above already, so its way is never taken",
                "remove one of the two",
            );
            sound = false;
        }
        match condition.zip(to) {
            Some((condition, (next, _))) => ways.push((condition, next)),
            None => sound = false,
        }
    }
    Some(Action::Branch {
        ways,
        otherwise: otherwise?.0,
    })
    .filter(|_| sound)
}
