//! Reads how a source's webhook is signed, and the mapping file that says which event a request becomes.
//! It must not know which workflow an event starts.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use domain::company::{Source, Team};
use domain::webhook::{Becomes, Encoding, Field, Mapping, Place, Scheme, Signed, Webhook};

use crate::fields::{Fields, Text, entries_of, short, text_of};
use crate::files::in_folder;
use crate::problem::{At, Problem, Sink, suggest};
use crate::yaml::{self, Node};

const RULE: &str = "V5";
const SCHEMES: [&str; 4] = ["standard", "stripe", "github", "hmac"];
const PLACES: &str = "write `body.path.to.it`, or `header.its-name`";

/// A source's line in team.yaml, whose mapping is in a file of its own.
pub(crate) struct WebhookRead {
    pub source: String,
    pub at: At,
    /// `None`: it could not be read, which was told.
    pub signing: Option<(Scheme, String)>,
}

/// The `webhook:` of one source.
pub(crate) fn signing(source: &str, fields: &Fields<'_, '_>) -> Option<WebhookRead> {
    let node = fields.get("webhook")?;
    let at = fields.key_at("webhook");
    Some(WebhookRead {
        source: source.to_owned(),
        at,
        signing: read_signing(source, node, at, fields.sink),
    })
}

fn read_signing(source: &str, node: &Node, at: At, sink: Sink<'_>) -> Option<(Scheme, String)> {
    let what = format!("the webhook of {source}");
    let fields = Fields::of(node, at, sink, RULE, &what)?;
    let help = "say how the tool signs: `standard`, `stripe`, `github` or `hmac`";
    let scheme = fields.required_text("scheme", RULE, help);
    let secret = secret(&fields, "secret", true);
    let scheme = match scheme.map(|text| (text, text.text)) {
        Some((_, "standard")) => Some(Scheme::Standard),
        Some((_, "stripe")) => Some(Scheme::Stripe),
        Some((_, "github")) => Some(Scheme::Github),
        Some((_, "hmac")) => own(&fields).map(Scheme::Hmac),
        Some((text, unknown)) => {
            let message = format!("there is no scheme `{}`", short(unknown));
            sink.error(RULE, text.at, message, suggest(unknown, SCHEMES));
            None
        }
        None => None,
    };
    fields.finish(&what);
    Some((scheme?, secret?))
}

fn own(fields: &Fields<'_, '_>) -> Option<Signed> {
    let help = "name the header that holds the signature, such as `x-signature`";
    let header = fields.required_text("header", RULE, help);
    let prefix = fields.text("prefix", RULE).map_or("", |text| text.text);
    let time_header = fields.text("time_header", RULE);
    let encoding = match fields.text("encoding", RULE) {
        None => Some(Encoding::Hex),
        Some(text) => match text.text {
            "hex" => Some(Encoding::Hex),
            "base64" => Some(Encoding::Base64),
            unknown => {
                let message = format!("`encoding` is `{}`", short(unknown));
                fields
                    .sink
                    .error(RULE, text.at, message, "write `hex` or `base64`");
                None
            }
        },
    };
    Some(Signed {
        header: header?.text.to_ascii_lowercase(),
        prefix: prefix.to_owned(),
        encoding: encoding?,
        time_header: time_header.map(|text| text.text.to_ascii_lowercase()),
    })
}

/// The name of a secret. Its value is never in a file.
pub(crate) fn secret(
    fields: &Fields<'_, '_>,
    key: &'static str,
    is_required: bool,
) -> Option<String> {
    let help = "name the secret; `baton secret set NAME` keeps its value";
    let text = match is_required {
        true => fields.required_text(key, RULE, help)?,
        false => fields.text(key, RULE)?,
    };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let name = text.text;
    let is_name = name.len() <= 60
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(fits);
    if !is_name {
        // What stands here may be the value itself, so it is not repeated.
        let help = "write its name: small letters, digits, `-`, `_`, `.`; `baton secret set NAME` keeps the value, which must not be in a file";
        let message = "this can not be the name of a secret";
        fields.sink.error(RULE, text.at, message, help);
        return None;
    }
    if name == "links" {
        let message = "`links` is what Baton signs its own links with";
        let help = "keep a secret of its own for this, under another name";
        fields.sink.error(RULE, text.at, message, help);
        return None;
    }
    Some(name.to_owned())
}

/// Gives each source its mapping, and tells of every file and line that do not belong together.
pub(crate) fn read(
    files: &BTreeMap<String, String>,
    team: &mut Team,
    webhooks: &[WebhookRead],
    problems: &RefCell<Vec<Problem>>,
) {
    let sink = Sink::new("team.yaml", problems);
    for webhook in webhooks {
        let file = format!("webhooks/{}.yaml", webhook.source);
        if !files.contains_key(&file) {
            let message = format!("the file {file} is missing");
            let help =
                "write it: it says which event a request becomes, and where each field stands";
            sink.error(RULE, webhook.at, message, help);
        }
        if !has_id(team, &webhook.source) {
            let message = format!(
                "the source {} has no field for the id of a delivery",
                webhook.source
            );
            let help = "add `id: detail.delivery_id`; the field is filled with the id that the tool gives each delivery";
            sink.error(RULE, webhook.at, message, help);
        }
    }
    for (path, name, text) in in_folder(files, "webhooks", ".yaml") {
        let sink = Sink::new(path, problems);
        let node = yaml::parse(text, sink);
        let Some(webhook) = webhooks.iter().find(|webhook| webhook.source == name) else {
            nobody_sends(name, webhooks, sink);
            continue;
        };
        if !has_id(team, name) {
            continue;
        }
        if let (Some(node), Some(source), Some((scheme, secret))) =
            (node, team.sources.get_mut(name), &webhook.signing)
            && let Some(mapping) = mapping(&node, source, scheme, sink)
        {
            source.webhook = Some(Webhook {
                scheme: scheme.clone(),
                secret: secret.clone(),
                mapping,
            });
        }
    }
}

fn has_id(team: &Team, source: &str) -> bool {
    let source = team.sources.get(source);
    let path = source.and_then(|source| source.id.as_deref());
    path.and_then(id_field).is_some()
}

fn nobody_sends(name: &str, webhooks: &[WebhookRead], sink: Sink<'_>) {
    let message = format!("no source `{}` in team.yaml has a `webhook`", short(name));
    let known = webhooks.iter().map(|webhook| webhook.source.as_str());
    let help = match webhooks.is_empty() {
        true => "add `webhook: { scheme: …, secret: … }` to the source, or take this file away"
            .to_owned(),
        false => suggest(name, known),
    };
    sink.error(RULE, At::START, message, help);
}

/// `detail.delivery_id` → `delivery_id`.
fn id_field(path: &str) -> Option<&str> {
    path.strip_prefix("detail.")
        .filter(|field| !field.contains('.'))
}

fn mapping(node: &Node, source: &Source, scheme: &Scheme, sink: Sink<'_>) -> Option<Mapping> {
    let fields = Fields::of(node, At::START, sink, RULE, "the mapping")?;
    let help = "say where a request says what happened, such as `name: body.type`";
    fields.required("name", RULE, help);
    let name = fields.texts("name", RULE).unwrap_or_default();
    let places: Vec<_> = name.iter().filter_map(|text| place(*text, sink)).collect();
    let id = fields.text("id", RULE);
    let id_place = id.and_then(|text| signed(place(text, sink)?, text, scheme, sink));
    fields.required("events", RULE, "say which event each of the tool's becomes");
    let mut events = BTreeMap::new();
    let mut sound = id.is_none() || id_place.is_some();
    for (key, node) in fields.entries("events", RULE) {
        let read = becomes(key.text.as_str(), key.at, node, source, sink);
        sound &= read.is_some();
        events.extend(read.map(|read| (key.text.clone(), read)));
    }
    let ignored = fields.texts("ignored", RULE).unwrap_or_default();
    for text in ignored.iter().filter(|text| events.contains_key(text.text)) {
        let message = format!("`{}` is mapped above and ignored here", short(text.text));
        sink.error(RULE, text.at, message, "keep one of the two");
        sound = false;
    }
    fields.finish("the mapping");
    (sound && !places.is_empty() && places.len() == name.len()).then(|| Mapping {
        name: places,
        id: id_place,
        events,
        ignored: ignored.iter().map(|text| text.text.to_owned()).collect(),
    })
}

fn becomes(name: &str, at: At, node: &Node, source: &Source, sink: Sink<'_>) -> Option<Becomes> {
    let what = format!("the event {}", short(name));
    let fields = Fields::of(node, at, sink, RULE, &what)?;
    let stated = fields
        .text("becomes", RULE)
        .unwrap_or(Text { text: name, at });
    let known = source.events.get(stated.text);
    if known.is_none() {
        let message = format!(
            "`{}` is no event of this source in team.yaml",
            short(stated.text)
        );
        let help = suggest(stated.text, source.events.keys().map(String::as_str));
        sink.error(RULE, stated.at, message, help);
    }
    let stands = fields.required("detail", RULE, "say where each field's value stands");
    let detail_at = fields.key_at("detail");
    fields.finish(&what);
    let known: BTreeSet<&str> = known?.iter().map(String::as_str).collect();
    let id = source.id.as_deref().and_then(id_field);
    let (mut detail, mut sound) = (BTreeMap::new(), true);
    let entries = stands.map_or(&[][..], |node| entries_of(node, "detail", RULE, sink));
    for (key, node) in entries {
        let read = text_of(node, &key.text, RULE, sink).and_then(|text| field(text, sink));
        sound &= read.is_some();
        detail.extend(read.map(|read| (key.text.clone(), read)));
        if Some(key.text.as_str()) == id {
            let message = format!("`{}` holds the id of the delivery", key.text);
            let help = "leave it out here; `id:` at the top of this file says where it stands";
            sink.error(RULE, key.at, message, help);
            sound = false;
        } else if !known.contains(key.text.as_str()) {
            let (event, field) = (stated.text, short(&key.text));
            let message = format!("`{event}` has no field `{field}` in team.yaml");
            sink.error(
                RULE,
                key.at,
                message,
                suggest(&key.text, known.iter().copied()),
            );
            sound = false;
        }
    }
    let missing: Vec<_> = known
        .iter()
        .filter(|field| {
            Some(**field) != id
                && stands.is_some()
                && !entries.iter().any(|(key, _)| key.text == **field)
        })
        .map(|field| format!("`{field}`"))
        .collect();
    // A field under a name that is not known is probably the one that seems to be missing.
    if sound && !missing.is_empty() {
        let message = format!("{what} does not say where {} stands", missing.join(", "));
        let help =
            "team.yaml says that workflows may use it; write `body.path?` if it may be missing";
        sink.error(RULE, detail_at, message, help);
        sound = false;
    }
    (sound && !detail.is_empty()).then(|| Becomes {
        event: stated.text.to_owned(),
        detail,
    })
}

fn field(text: Text<'_>, sink: Sink<'_>) -> Option<Field> {
    let (written, optional) = match text.text.strip_suffix('?') {
        Some(written) => (written, true),
        None => (text.text, false),
    };
    let place = place(
        Text {
            text: written,
            ..text
        },
        sink,
    )?;
    Some(Field { place, optional })
}

fn place(text: Text<'_>, sink: Sink<'_>) -> Option<Place> {
    let place = Place::parse(text.text);
    if place.is_none() {
        let message = format!("`{}` is no place in a request", short(text.text));
        sink.error(RULE, text.at, message, PLACES);
    }
    place
}

/// An id that is not signed could be changed by whoever repeats a request.
fn signed(place: Place, text: Text<'_>, scheme: &Scheme, sink: Sink<'_>) -> Option<Place> {
    match &place {
        Place::Header(name) if scheme.signed_id_header() != Some(name.as_str()) => {
            let message = format!("the header `{}` is not signed by this scheme", short(name));
            let help = "take the id from the body; without `id:` the body's own hash is the id, unless the scheme has one";
            sink.error(RULE, text.at, message, help);
            None
        }
        _ => Some(place),
    }
}
