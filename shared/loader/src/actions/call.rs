//! Steps that reach outside: a request to a named target, a message to a named chat.
//! It must not know the addresses; team.yaml names them once.

use std::collections::BTreeMap;

use domain::definition::Action;

use super::value;
use crate::fields::{Fields, short, text_of};
use crate::problem::suggest;
use crate::steps::{Reads, Scope};
use crate::team::well_formed;

const RULE: &str = "V18";

pub(crate) fn call<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let sink = fields.sink;
    let help = "name one of `targets` in team.yaml; an address is written there, once";
    let target = fields.required_text("target", RULE, help);
    if let (Some(text), Some(team)) = (target, scope.team)
        && !team.team.targets.contains_key(text.text)
        && !team.broken.contains(text.text)
    {
        let message = format!("there is no target `{}` in team.yaml", short(text.text));
        let known = team.team.targets.keys().map(String::as_str);
        sink.error(RULE, text.at, message, suggest(text.text, known));
    }
    let (mut with, mut takes, mut sound) = (BTreeMap::new(), Vec::new(), true);
    for (name, node) in fields.entries("with", "V12") {
        let path = text_of(node, &name.text, "V12", sink);
        let is_known = path.is_some_and(|path| value(path, scope, sink, reads).is_some());
        sound &= is_known && is_name(name, fields);
        with.extend(path.map(|path| (name.text.clone(), path.text.to_owned())));
    }
    for (name, node) in fields.entries("takes", "V12") {
        sound &= is_name(name, fields);
        match text_of(node, &name.text, "V12", sink) {
            Some(path) if path.text.split('.').all(|part| !part.is_empty()) => {
                takes.push((name.text.clone(), path.text.to_owned()));
            }
            Some(path) => {
                let message = format!("`{}` is no place in an answer", short(path.text));
                sink.error("V12", path.at, message, "write a path such as `entry.id`");
                sound = false;
            }
            None => sound = false,
        }
    }
    let target = target?.text.to_owned();
    sound.then_some(Action::Call {
        target,
        with,
        takes,
    })
}

/// The channel of `do: notify` with `chat: CHANNEL`.
pub(super) fn chat(fields: &Fields<'_, '_>, scope: &Scope<'_, '_, '_>) -> Option<String> {
    let text = fields.text("chat", RULE)?;
    if let Some(team) = scope.team
        && !team.team.chat.contains_key(text.text)
        && !team.broken.contains(text.text)
    {
        let message = format!("there is no chat `{}` in team.yaml", short(text.text));
        let known = team.team.chat.keys().map(String::as_str);
        fields
            .sink
            .error(RULE, text.at, message, suggest(text.text, known));
    }
    Some(text.text.to_owned())
}

fn is_name(name: &crate::yaml::Key, fields: &Fields<'_, '_>) -> bool {
    let fits = well_formed(&name.text);
    if !fits {
        let message = format!("`{}` can not name a value", short(&name.text));
        let help = "use small letters, digits and `_`";
        fields.sink.error("V12", name.at, message, help);
    }
    fits
}
