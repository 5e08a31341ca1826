//! Reads the addresses outside that workflows may call, and the chat channels they may write to.
//! It must not know which step uses them.

use std::collections::BTreeMap;

use domain::address::Destination;
use domain::company::{Auth, Chat, ChatKind, Method, Target};

use crate::fields::{Fields, short, text_of};
use crate::problem::suggest;
use crate::team::is_id;
use crate::webhooks::secret;
use crate::yaml::{Key, Node};

const RULE: &str = "V18";
/// What calls state themselves.
const OWN_HEADERS: [&str; 8] = [
    "authorization",
    "baton-hops",
    "connection",
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "transfer-encoding",
];

pub(crate) fn targets(team: &Fields<'_, '_>) -> BTreeMap<String, Target> {
    named(team, "targets", "a target", target)
}

pub(crate) fn chat(team: &Fields<'_, '_>) -> BTreeMap<String, Chat> {
    named(team, "chat", "a chat channel", channel)
}

/// What stands under `group`, by its names. What can not be read is told and left out.
fn named<T>(
    team: &Fields<'_, '_>,
    group: &'static str,
    what: &str,
    read: fn(&Key, &Node, &Fields<'_, '_>) -> Option<T>,
) -> BTreeMap<String, T> {
    let entries = team.entries(group, RULE).iter();
    let entries = entries.filter(|(key, _)| is_id(key, what, team.sink));
    entries
        .filter_map(|(key, node)| Some((key.text.clone(), read(key, node, team)?)))
        .collect()
}

fn target(key: &Key, node: &Node, team: &Fields<'_, '_>) -> Option<Target> {
    let sink = team.sink;
    let what = format!("the target {}", key.text);
    let fields = Fields::of(node, key.at, sink, RULE, &what)?;
    let help = "write its address: `url: https://tool.example/path`";
    let url = fields.required_text("url", RULE, help);
    let url = url.and_then(|text| match Destination::parse(text.text) {
        Ok(found) if found.is_loopback => {
            let message = format!("{what} is this machine itself");
            let help = "good for trying out with `baton local`; on AWS the call is refused";
            sink.warning(RULE, text.at, message, help);
            Some(text.text.to_owned())
        }
        Ok(_) => Some(text.text.to_owned()),
        Err(reason) => {
            let message = format!("{what} can not be called: {reason}");
            sink.error(
                RULE,
                text.at,
                message,
                "write an https address of the open internet",
            );
            None
        }
    });
    let method = match fields.text("method", RULE) {
        None => Some(Method::Post),
        Some(text) => match text.text {
            "POST" => Some(Method::Post),
            "PUT" => Some(Method::Put),
            "PATCH" => Some(Method::Patch),
            other => {
                let message = format!("`method` is `{}`", short(other));
                sink.error(RULE, text.at, message, "write `POST`, `PUT` or `PATCH`");
                None
            }
        },
    };
    let headers = headers(&fields);
    let auth = auth(&fields);
    fields.finish(&what);
    Some(Target {
        url: url?,
        method: method?,
        headers: headers?,
        auth: auth?,
    })
}

fn headers(fields: &Fields<'_, '_>) -> Option<BTreeMap<String, String>> {
    let sink = fields.sink;
    let (mut headers, mut sound) = (BTreeMap::new(), true);
    for (key, node) in fields.entries("headers", RULE) {
        let name = key.text.to_ascii_lowercase();
        let is_token = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if name.is_empty() || !name.chars().all(is_token) || OWN_HEADERS.contains(&name.as_str()) {
            let message = format!("the header `{}` can not be set here", short(&key.text));
            let help = "leave it out; a secret goes by `secret` and `auth`";
            sink.error(RULE, key.at, message, help);
            sound = false;
            continue;
        }
        match text_of(node, &key.text, RULE, sink) {
            Some(text) if text.text.chars().all(|c| (' '..='~').contains(&c)) => {
                headers.insert(name, text.text.to_owned());
            }
            Some(text) => {
                let message = format!("the header `{name}` holds a character that no header may");
                sink.error(
                    RULE,
                    text.at,
                    message,
                    "write plain letters, digits and signs",
                );
                sound = false;
            }
            None => sound = false,
        }
    }
    sound.then_some(headers)
}

/// `None`: it could not be read. `Some(None)`: the target asks for nothing.
fn auth(fields: &Fields<'_, '_>) -> Option<Option<(Auth, String)>> {
    let stated = fields.text("auth", RULE);
    let Some(auth) = stated else {
        if fields.get("secret").is_none() {
            return Some(None);
        }
        let at = fields.key_at("secret");
        let message = "it is not said what the secret is used for";
        let help = "write `auth: bearer`, or `auth: standard` for a signature by Standard Webhooks";
        fields.sink.error(RULE, at, message, help);
        return None;
    };
    let name = secret(fields, "secret", true);
    let kind = match auth.text {
        "bearer" => Auth::Bearer,
        "standard" => Auth::Standard,
        other => {
            let message = format!("`auth` is `{}`", short(other));
            let help = suggest(other, ["bearer", "standard"]);
            fields.sink.error(RULE, auth.at, message, help);
            return None;
        }
    };
    Some(Some((kind, name?)))
}

fn channel(key: &Key, node: &Node, team: &Fields<'_, '_>) -> Option<Chat> {
    let what = format!("the chat {}", key.text);
    let fields = Fields::of(node, key.at, team.sink, RULE, &what)?;
    let kind = fields.required_text("kind", RULE, "say which: `slack` or `teams`");
    let secret = secret(&fields, "secret", true);
    let kind = kind.and_then(|text| match text.text {
        "slack" => Some(ChatKind::Slack),
        "teams" => Some(ChatKind::Teams),
        other => {
            let message = format!("`kind` is `{}`", short(other));
            let help = suggest(other, ["slack", "teams"]);
            fields.sink.error(RULE, text.at, message, help);
            None
        }
    });
    fields.finish(&what);
    Some(Chat {
        kind: kind?,
        secret: secret?,
    })
}
