//! The files that steps name: checklists, mail texts, projects. Each is read once, whoever names it.
//! It must not know which step names what.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domain::id::WorkflowId;

use crate::actions::{Checklist, Files, effort};
use crate::fields::Fields;
use crate::files::in_folder;
use crate::problem::{At, Problem, Sink};
use crate::texts::{self, Named};
use crate::yaml::{self, MAX_FILE_BYTES, Node};

const MAX_ITEMS: usize = 500;

#[derive(Default)]
pub(crate) struct Shelf<'f> {
    /// By name without folder and ending: file, text, the values it names.
    mails: BTreeMap<&'f str, (&'f str, &'f str, Vec<Named>)>,
    /// By path without ending, as steps name it.
    checklists: BTreeMap<&'f str, Checklist>,
    pub projects: BTreeMap<&'f str, Option<WorkflowId>>,
}

impl<'f> Shelf<'f> {
    pub(crate) fn fill(
        files: &'f BTreeMap<String, String>,
        problems: &RefCell<Vec<Problem>>,
    ) -> Self {
        let mut shelf = Shelf::default();
        for (path, name, text) in in_folder(files, "mails", ".txt") {
            let sink = Sink::new(path, problems);
            if text.len() > MAX_FILE_BYTES {
                sink.error(
                    "V23",
                    At::START,
                    format!("the mail is larger than {} KB", MAX_FILE_BYTES / 1024),
                    "shorten it, or link to the rest",
                );
                shelf.mails.insert(name, (path, "", Vec::new()));
                continue;
            }
            shelf
                .mails
                .insert(name, (path, text, texts::mail(text, sink)));
        }
        for (path, _, text) in in_folder(files, "checklists", ".yaml") {
            let sink = Sink::new(path, problems);
            let read = yaml::parse(text, sink).and_then(|node| checklist(&node, sink));
            let broken = Checklist {
                broken: true,
                ..Checklist::default()
            };
            let stem = path.strip_suffix(".yaml").unwrap_or(path);
            shelf.checklists.insert(
                stem,
                Checklist {
                    file: path.to_owned(),
                    ..read.unwrap_or(broken)
                },
            );
        }
        shelf
    }

    pub(crate) fn mail_text(&self, name: &str) -> Option<&'f str> {
        self.mails.get(name).map(|(_, text, _)| *text)
    }
}

impl Files for Shelf<'_> {
    fn project(&self, name: &str) -> Option<Option<WorkflowId>> {
        self.projects.get(name).cloned()
    }

    fn projects(&self) -> Vec<&str> {
        self.projects.keys().copied().collect()
    }

    fn checklist(&self, name: &str) -> Option<&Checklist> {
        self.checklists.get(name)
    }

    fn checklists(&self) -> Vec<&str> {
        self.checklists.keys().copied().collect()
    }

    fn mail(&self, name: &str) -> Option<(&str, &[Named])> {
        self.mails
            .get(name)
            .map(|(file, _, named)| (*file, named.as_slice()))
    }

    fn mails(&self) -> Vec<&str> {
        self.mails.keys().copied().collect()
    }
}

fn checklist(node: &Node, sink: Sink<'_>) -> Option<Checklist> {
    let fields = Fields::of(node, At::START, sink, "V25", "the checklist")?;
    let title = fields.text("title", "V25");
    let named = title
        .map(|title| texts::line(title.text, title.at, sink))
        .unwrap_or_default();
    let effort_minutes = effort(&fields);
    fields.required("items", "V25", "list what is ticked off: `items: [ … ]`");
    let items = fields.texts("items", "V25").unwrap_or_default();
    if let Some(over) = items.get(MAX_ITEMS) {
        let message = format!(
            "the checklist has {} items; at most {MAX_ITEMS} are kept",
            items.len()
        );
        sink.error("V23", over.at, message, "split it into several checklists");
    }
    let mut seen = BTreeMap::new();
    for item in items.iter().take(MAX_ITEMS) {
        if seen.insert(item.text, ()).is_some() {
            sink.error(
                "V7",
                item.at,
                "this item is here twice",
                "items are ticked by their text; word them differently",
            );
        }
    }
    fields.finish("the checklist");
    (!items.is_empty()).then_some(())?;
    Some(Checklist {
        title: title.map(|title| title.text.to_owned()),
        effort_minutes: effort_minutes?,
        items: items
            .iter()
            .take(MAX_ITEMS)
            .map(|item| item.text.to_owned())
            .collect(),
        named,
        ..Checklist::default()
    })
}
