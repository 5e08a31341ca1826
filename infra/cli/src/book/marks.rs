//! What a workflow's file says and its loaded definition does not keep: its path, `critical` and `unheard`.
//! It must not judge the files; the loader has taken them before.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{StepId, WorkflowId};
use saphyr_parser::{Event, Parser, StrInput};
use serde_json::{Map, Value};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub file: String,
    pub critical: bool,
    /// The steps that emit an event for other tools only.
    pub unheard: BTreeSet<StepId>,
}

/// By workflow. A file that is no workflow is left out.
pub fn read(files: &BTreeMap<String, String>) -> BTreeMap<WorkflowId, Marks> {
    let is_workflow = |path: &str| {
        path.ends_with(".yaml") && (path.starts_with("workflows/") || path.starts_with("projects/"))
    };
    files
        .iter()
        .filter(|(path, _)| is_workflow(path))
        .filter_map(|(path, text)| {
            let tree = tree(&mut Parser::new_from_str(text))?;
            let id = WorkflowId::from(tree["workflow"].as_str()?);
            let steps = tree["steps"].as_array().map_or(&[][..], Vec::as_slice);
            let unheard = steps
                .iter()
                .filter(|step| step["unheard"] == "true")
                .filter_map(|step| step["id"].as_str().map(StepId::from))
                .collect();
            let marks = Marks {
                file: path.clone(),
                critical: tree["critical"] == "true",
                unheard,
            };
            Some((id, marks))
        })
        .collect()
}

/// The document with every scalar as a text; `None` where it is no YAML.
fn tree<'t>(parser: &mut Parser<'t, StrInput<'t>>) -> Option<Value> {
    loop {
        match parser.next_event()?.ok()?.0 {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            event => return node(event, parser),
        }
    }
}

/// The loader takes no file nested deeper than 32 levels, so this does not go deeper either.
fn node<'t>(event: Event<'t>, parser: &mut Parser<'t, StrInput<'t>>) -> Option<Value> {
    Some(match event {
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match parser.next_event()?.ok()?.0 {
                    Event::SequenceEnd => break Value::Array(items),
                    event => items.push(node(event, parser)?),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut entries = Map::new();
            loop {
                let key = match parser.next_event()?.ok()?.0 {
                    Event::MappingEnd => break Value::Object(entries),
                    event => node(event, parser)?,
                };
                let value = parser.next_event()?.ok()?.0;
                let value = node(value, parser)?;
                if let Value::String(key) = key {
                    entries.insert(key, value);
                }
            }
        }
        Event::Alias(_) => Value::Null,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_files_say_is_found_however_it_is_spelt() {
        let files = [
            ("workflows/a.yaml", "workflow: a\ncritical: true # yes\nsteps:\n  - { id: x, unheard: true }\n  - id: y\n    unheard: false\n"),
            ("workflows/b.yaml", "{ workflow: b, critical: true, steps: [] }"),
            ("projects/c.yaml", "workflow: c\ntitle: \"critical: true\"\n"),
            ("workflows/broken.yaml", "workflow: [\n"),
            ("checklists/d.yaml", "workflow: d\n"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()));
        let read = read(&BTreeMap::from(files));
        let told: Vec<_> = read
            .iter()
            .map(|(id, marks)| {
                let unheard: Vec<_> = marks.unheard.iter().map(StepId::as_str).collect();
                (id.as_str(), marks.file.as_str(), marks.critical, unheard)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("a", "workflows/a.yaml", true, vec!["x"]),
                ("b", "workflows/b.yaml", true, vec![]),
                ("c", "projects/c.yaml", false, vec![]),
            ]
        );
    }
}
