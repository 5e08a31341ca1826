//! Tells whether a workflow was changed without raising its version.
//! It must not know where the versions that run are kept.

use domain::definition::Workflow;
use domain::id::{WorkflowId, digest};
use serde_json::Value;

use crate::Loaded;
use crate::problem::{Problem, Severity};

/// SHA-256, in hexadecimal, over the definition as JSON with its keys in order and without empty parts, so that a
/// part that a later version of Baton adds does not change the hash of a workflow that does not use it.
#[must_use]
pub fn content_hash(workflow: &Workflow) -> String {
    let json = serde_json::to_value(workflow).unwrap_or_default();
    digest(&[&canonical(&json).map_or_else(String::new, |json| json.to_string())])
}

fn canonical(value: &Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            let kept: serde_json::Map<_, _> = keys
                .into_iter()
                .filter_map(|key| canonical(&map[key]).map(|value| (key.clone(), value)))
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        // Places in a list carry meaning, so an empty one stays.
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(Value::Array(
            items
                .iter()
                .map(|item| canonical(item).unwrap_or_default())
                .collect(),
        )),
        other => Some(other.clone()),
    }
}

/// V21: every workflow whose definition differs from one that was applied under the same version, or whose version
/// is below one that was applied. `applied` holds, per workflow, the versions applied so far with their hashes.
#[must_use]
pub fn check_versions(applied: &[(WorkflowId, u32, String)], loaded: &Loaded) -> Vec<Problem> {
    let workflows = loaded
        .workspace
        .iter()
        .flat_map(|workspace| &workspace.workflows);
    let mut problems = Vec::new();
    for workflow in workflows {
        let of_this = || applied.iter().filter(|(id, ..)| *id == workflow.id);
        let highest = of_this().map(|(_, version, _)| *version).max().unwrap_or(0);
        let changed = of_this().any(|(_, version, hash)| {
            *version == workflow.version && *hash != content_hash(workflow)
        });
        let message = if changed {
            format!(
                "{} was changed, and version {} is in use already",
                workflow.id, workflow.version
            )
        } else if workflow.version < highest {
            format!(
                "version {} of {} is older than version {highest}, which is in use",
                workflow.version, workflow.id
            )
        } else {
            continue;
        };
        let Some((file, at)) = loaded.versions.get(&workflow.id) else {
            continue;
        };
        problems.push(Problem {
            rule: "V21".into(),
            severity: Severity::Error,
            file: file.clone(),
            line: at.line,
            column: at.column,
            step: None,
            message,
            help: format!(
                "write `version: {}`; running cases finish on the version they started with",
                highest + 1
            ),
            width: at.width,
        });
    }
    problems
}
