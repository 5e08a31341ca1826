//! Reads what each kind of step adds to a step.
//! It must not know what follows what; that is `order`'s.

mod assign;
mod branch;
mod call;
mod invoice;
mod mail;
mod portal;
pub(crate) mod wait;
mod work;

pub(crate) use work::effort;

use std::collections::BTreeMap;

use domain::billing::INVOICE_EVENTS;
use domain::definition::Action;
use domain::id::WorkflowId;

use crate::fields::{Fields, Text, short, texts_of};
use crate::names::Shape;
use crate::problem::{Sink, suggest};
use crate::steps::{Reads, Scope};
use crate::team::well_formed;
use crate::texts::{self, Named};

/// The files that steps name.
pub(crate) trait Files {
    /// The workflow in `projects/<name>.yaml`; `Some(None)` when the file has no readable name.
    fn project(&self, name: &str) -> Option<Option<WorkflowId>>;
    fn projects(&self) -> Vec<&str>;
    fn checklist(&self, name: &str) -> Option<&Checklist>;
    fn checklists(&self) -> Vec<&str>;
    /// The values that `mails/<name>.txt` names, and the file itself.
    fn mail(&self, name: &str) -> Option<(&str, &[Named])>;
    fn mails(&self) -> Vec<&str>;
}

/// One file of `checklists/`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checklist {
    pub title: Option<String>,
    pub effort_minutes: u32,
    pub items: Vec<String>,
    /// Values that the title names.
    pub named: Vec<Named>,
    pub file: String,
    pub broken: bool,
}

pub(crate) fn read<'n>(
    fields: &Fields<'n, '_>,
    kind: &str,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    match kind {
        "task" => work::task(fields, scope, reads),
        "checklist" => work::checklist(fields, scope, reads),
        "approve" => work::approve(fields, scope, reads),
        "assign" => assign::assign(fields, scope, reads),
        "project" => project(fields, scope, reads),
        "mail" => mail::mail(fields, scope, reads),
        "notify" => mail::notify(fields, scope, reads),
        "invoice" => invoice::invoice(fields, scope, reads),
        "portal" => portal::portal(fields, scope, reads),
        "wait" => wait::wait(fields, scope, reads),
        "call" => call::call(fields, scope, reads),
        "branch" => branch::branch(fields, scope, reads),
        _ => emit(fields, scope, reads),
    }
}

fn project<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let template = fields.required_text(
        "template",
        "V12",
        "name the project's file: `template: projects/standard`",
    )?;
    let Some(id) = scope.files.project(template.text) else {
        let message = format!("there is no file `{}.yaml`", short(template.text));
        fields.sink.error(
            "V12",
            template.at,
            message,
            suggest(template.text, scope.files.projects()),
        );
        return None;
    };
    reads.template = Some(template);
    id.map(|template| Action::Project { template })
}

fn emit<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let sink = fields.sink;
    reads.unheard = fields.flag("unheard");
    let event = fields.required_text("event", "V19", "name the event, such as `project.started`");
    let mut with = BTreeMap::new();
    for (name, node) in fields.entries("with", "V12") {
        if !well_formed(&name.text) {
            sink.error(
                "V12",
                name.at,
                format!("`{}` can not name a value", short(&name.text)),
                "use small letters, digits and `_`",
            );
        }
        for text in texts_of(node, &name.text, "V12", sink).into_iter().take(1) {
            if text.text.contains("{{") {
                named(texts::line(text.text, text.at, sink), scope, sink, reads);
            } else {
                value(text, scope, sink, reads);
            }
            with.insert(name.text.clone(), text.text.to_owned());
        }
    }
    let event = event?;
    if event.text == "milestone.done" || INVOICE_EVENTS.contains(&event.text) {
        sink.error(
            "V19",
            event.at,
            format!("Baton itself sends `{}`", event.text),
            "give the event another name",
        );
        return None;
    }
    if !event
        .text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        || event.text.len() > 128
    {
        let message = format!("`{}` can not name an event", short(event.text));
        sink.error(
            "V19",
            event.at,
            message,
            "write what happened, noun first: `project.started`",
        );
        return None;
    }
    reads.emits = Some(event);
    Some(Action::Emit {
        event: event.text.to_owned(),
        with,
        unheard: reads.unheard,
    })
}

/// A one-line text, checked against the values there are.
pub(crate) fn line<'n>(
    fields: &Fields<'n, '_>,
    key: &'static str,
    rule: &str,
    help: &str,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<String> {
    let text = fields.required_text(key, rule, help)?;
    named(
        texts::line(text.text, text.at, fields.sink),
        scope,
        fields.sink,
        reads,
    );
    Some(text.text.to_owned())
}

fn named(paths: Vec<Named>, scope: &Scope<'_, '_, '_>, sink: Sink<'_>, reads: &mut Reads<'_>) {
    for path in paths {
        match scope.names.at(&path.path) {
            Ok(shape) if shape.is_whole() => {
                let message = format!("`{}` is a group of values, not a text", short(&path.path));
                let help = format!(
                    "write one of them, such as `{{{{ {}.{} }}}}`",
                    short(&path.path),
                    shape.keys().first().unwrap_or(&"name")
                );
                sink.error("V12", path.at, message, help);
            }
            Ok(_) => reads.named.push(path),
            Err(nowhere) => sink.error("V12", path.at, nowhere.message, nowhere.help),
        }
    }
}

/// A path to a value; an unknown one is told.
pub(crate) fn value(
    path: Text<'_>,
    scope: &Scope<'_, '_, '_>,
    sink: Sink<'_>,
    reads: &mut Reads<'_>,
) -> Option<Shape> {
    match scope.names.at(path.text) {
        Ok(shape) => {
            reads.named.push(Named {
                path: path.text.to_owned(),
                at: path.at,
                printed: false,
            });
            Some(shape)
        }
        Err(nowhere) => {
            sink.error("V12", path.at, nowhere.message, nowhere.help);
            None
        }
    }
}
