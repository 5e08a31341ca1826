//! `Globals`: what SAM gives every function unless the function says otherwise.
//! It must not know what the properties mean.

use super::TemplateError;
use super::error::Place;
use super::node::{Entry, Kind, Node};

/// What SAM does not take under `Globals.Function`.
const PER_FUNCTION: [&str; 6] = [
    "Events",
    "FunctionName",
    "ImageUri",
    "InlineCode",
    "Policies",
    "Role",
];

/// The defaults for functions.
///
/// # Errors
/// The section holds what SAM does not take there.
pub(super) fn for_functions(section: Option<&Node>) -> Result<Option<Node>, TemplateError> {
    let Some(functions) = section.and_then(|section| section.get("Function")) else {
        return Ok(None);
    };
    for entry in functions.as_map().unwrap_or_default() {
        if PER_FUNCTION.contains(&entry.key.as_str()) {
            let place = Place::new(entry.line, "Globals").below("Function", entry.line);
            return place.below(&entry.key, entry.line).refuse(
                "SAM does not take it for all functions",
                "write it at each function",
            );
        }
    }
    Ok(Some(functions.clone()))
}

/// Maps are merged, lists appended, anything else is the function's own if it has one.
pub(super) fn merge(globals: &Node, own: &Node) -> Node {
    let kind = match (&globals.kind, &own.kind) {
        (Kind::Map(globals), Kind::Map(own)) => {
            let mut merged = own.clone();
            for global in globals {
                match merged.iter_mut().find(|entry| entry.key == global.key) {
                    Some(entry) => entry.value = merge(&global.value, &entry.value),
                    None => merged.push(Entry::clone(global)),
                }
            }
            Kind::Map(merged)
        }
        (Kind::List(globals), Kind::List(own)) => {
            Kind::List([globals.as_slice(), own.as_slice()].concat())
        }
        (_, own) => own.clone(),
    };
    let line = own.line;
    Node { line, kind }
}
