//! Steps that write: mails to clients and notices to the team, with every value their texts name.
//! It must not know how a mail is sent.

use domain::definition::{Action, Owner};
use domain::id::RoleId;

use super::value;
use crate::fields::{Fields, short, text_of};
use crate::names::Shape;
use crate::people::People;
use crate::problem::{At, Sink, suggest};
use crate::steps::{Reads, Scope, note_owner};
use crate::texts::Named;
use crate::yaml::Node;

pub(crate) fn mail<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let letter = letter(fields, scope, reads, &[])?;
    Some(Action::Mail {
        template: letter.template,
        to: letter.to,
        sender: letter.sender,
    })
}

/// What every mail to somebody outside states.
pub(super) struct LetterRead {
    pub template: String,
    pub to: String,
    pub sender: Option<Owner>,
}

/// `extra` are values that its text may name beyond the case's.
pub(super) fn letter<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
    extra: &[&str],
) -> Option<LetterRead> {
    let template = template(fields, scope, reads, extra);
    let people = People {
        team: scope.team,
        sink: fields.sink,
    };
    let sender = fields
        .get("sender")
        .map(|node| sender(node, scope, &people, reads));
    let to = fields.required_text(
        "to",
        "V17",
        "name the value it goes to: `to: client.contact`",
    )?;
    let to = match value(to, scope, fields.sink, reads)? {
        Shape::Contact | Shape::Unknown => to.text.to_owned(),
        _ => {
            let message = format!("`{}` may hold no mail address", short(to.text));
            fields.sink.error(
                "V17",
                to.at,
                message,
                "write to a contact: `client.contact`; a person of the team gets `do: notify`",
            );
            return None;
        }
    };
    let sender = match sender {
        Some(sender) => Some(sender?),
        None => None,
    };
    Some(LetterRead {
        template: template?,
        to,
        sender,
    })
}

fn sender(
    node: &Node,
    scope: &Scope<'_, '_, '_>,
    people: &People<'_, '_>,
    reads: &mut Reads<'_>,
) -> Option<Owner> {
    let text = text_of(node, "sender", "V17", people.sink)?;
    if let Some(team) = scope.team
        && !names_somebody(text.text, team)
        && scope.names.at(text.text).is_err()
    {
        let known = team
            .team
            .roles
            .keys()
            .map(RoleId::as_str)
            .chain(team.team.people.keys().map(|person| person.as_str()));
        let message = format!(
            "the sender `{}` is no role and nobody in team.yaml",
            short(text.text)
        );
        people
            .sink
            .error("V17", text.at, message, suggest(text.text, known));
        return None;
    }
    let owner = people.resolve(node, "sender", Some(scope.names))?;
    note_owner(&owner, node.at, people, reads);
    Some(owner)
}

fn names_somebody(name: &str, team: &crate::team::TeamRead) -> bool {
    team.team.roles.contains_key(&RoleId::from(name))
        || team.team.people.contains_key(&name.into())
        || team.broken.contains(name)
}

pub(crate) fn notify<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    if fields.get("chat").is_some() {
        let template = template(fields, scope, reads, &[]);
        let chat = super::call::chat(fields, scope);
        if fields.get("to").is_some() {
            let message = "`to` and `chat` are both stated";
            let help = "keep one: a person gets a mail, a chat a message; two steps do both";
            fields
                .sink
                .error("V17", fields.key_at("chat"), message, help);
        }
        return Some(Action::Chat {
            template: template?,
            chat: chat?,
        });
    }
    let template = template(fields, scope, reads, &["reader.name"]);
    let people = People {
        team: scope.team,
        sink: fields.sink,
    };
    let node = fields.required(
        "to",
        "V17",
        "name who is told: a role, a person or a value such as `client.account_manager`",
    )?;
    let to = people.resolve(node, "to", Some(scope.names))?;
    note_owner(&to, node.at, &people, reads);
    Some(Action::Notify {
        template: template?,
        to,
    })
}

/// A mail template and every value it names; `extra` are values that this kind of mail has beyond the case's.
fn template<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
    extra: &[&str],
) -> Option<String> {
    let text = fields.required_text(
        "template",
        "V12",
        "name the text: `template: kickoff` is `mails/kickoff.txt`",
    )?;
    let Some((file, named)) = scope.files.mail(text.text) else {
        let message = format!("there is no file `mails/{}.txt`", short(text.text));
        fields.sink.error(
            "V12",
            text.at,
            message,
            suggest(text.text, scope.files.mails()),
        );
        return None;
    };
    let named = named.to_vec();
    let file = file.to_owned();
    let (roles, values): (Vec<_>, Vec<_>) = named
        .into_iter()
        .filter(|named| !extra.contains(&named.path.as_str()))
        .partition(|named| is_role(&named.path, scope));
    for role in roles {
        role_in_mail(&role, text.at, scope, fields.sink, reads);
    }
    known_in(&values, &file, text.at, scope, fields.sink, reads);
    Some(text.text.to_owned())
}

fn is_role(path: &str, scope: &Scope<'_, '_, '_>) -> bool {
    let name = path.split('.').next().unwrap_or_default();
    scope.names.get(name).is_none()
        && scope.team.is_none_or(|team| {
            team.team.roles.contains_key(&RoleId::from(name)) || team.broken.contains(name)
        })
}

/// Mails may name who fills a role of this case: `{{ project_lead.name }}`.
fn role_in_mail(
    role: &Named,
    at: At,
    scope: &Scope<'_, '_, '_>,
    sink: Sink<'_>,
    reads: &mut Reads<'_>,
) {
    let (name, key) = role.path.split_once('.').unwrap_or((&role.path, ""));
    if !matches!(key, "name" | "mail") {
        let message = format!(
            "the mail names `{}`; a role has a name and a mail address",
            short(&role.path)
        );
        sink.error("V12", at, message, format!("write `{{{{ {name}.name }}}}`"));
    }
    let held = scope
        .team
        .and_then(|team| team.team.holder(&RoleId::from(name)));
    // An `assign` step for a held role was refused at its own line.
    let is_assigned = || {
        let steps = scope.head.steps.iter();
        steps
            .filter_map(|step| step.get("role").and_then(Node::text))
            .any(|role| role == name)
    };
    match held {
        Some(person) if !is_assigned() => {
            let message = format!(
                "the mail names `{name}`, which {person} holds in every case; it knows only roles that a case fills"
            );
            sink.error(
                "V12",
                at,
                message,
                "write the name itself, or lay it down in `data`",
            );
        }
        _ => reads.roles.push((name.to_owned(), at)),
    }
}

/// Tells at the line that uses a file which values this workflow lacks for it.
pub(crate) fn known_in(
    named: &[Named],
    file: &str,
    at: At,
    scope: &Scope<'_, '_, '_>,
    sink: Sink<'_>,
    reads: &mut Reads<'_>,
) {
    for named in named {
        match scope.names.at(&named.path) {
            Ok(shape) if named.printed && shape.is_whole() => {
                let message = format!(
                    "{file}, line {}: `{}` is a group of values, not a text",
                    named.at.line,
                    short(&named.path)
                );
                let first = shape.keys().first().unwrap_or(&"name");
                let help = format!(
                    "write one of them, such as `{{{{ {}.{first} }}}}`",
                    short(&named.path)
                );
                sink.error("V12", at, message, help);
            }
            Ok(_) => reads.named.push(Named {
                at,
                ..named.clone()
            }),
            Err(nowhere) => {
                let message = format!("{file}, line {}: {}", named.at.line, nowhere.message);
                sink.error("V12", at, message, nowhere.help);
            }
        }
    }
}
