//! A tool's signed request becomes an event: by whom it may be signed, and which of its places mean what.
//! It must not verify a signature, nor know how a request arrives.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::digest;
use crate::value;

/// The headers of a request by their names in small letters.
pub type Headers = BTreeMap<String, String>;

/// How the requests of one source are signed, and what becomes of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    pub scheme: Scheme,
    /// The name under which the secret is kept.
    pub secret: String,
    pub mapping: Mapping,
}

/// What is signed, and where the signature stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Standard Webhooks: id, time and body, in `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Standard,
    /// Time and body, in `stripe-signature`.
    Stripe,
    /// The body, in `x-hub-signature-256`.
    Github,
    /// The body, or its time and the body, in headers that the tool chose.
    Hmac(Signed),
}

/// Where a tool of its own ways puts its HMAC-SHA256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The header of the signature, in small letters.
    pub header: String,
    /// What stands before it there, such as `sha256=`.
    #[serde(default)]
    pub prefix: String,
    pub encoding: Encoding,
    /// The header with the time in Unix seconds. With it, `TIME.BODY` is signed, without it the body alone.
    #[serde(default)]
    pub time_header: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    Hex,
    Base64,
}

impl Scheme {
    /// Whether the time is signed too. A request whose time is not can be repeated by whoever has seen it.
    pub fn signs_time(&self) -> bool {
        match self {
            Scheme::Standard | Scheme::Stripe => true,
            Scheme::Github => false,
            Scheme::Hmac(signed) => signed.time_header.is_some(),
        }
    }

    /// The one header beside the signature that is signed, and may therefore be the id.
    pub fn signed_id_header(&self) -> Option<&'static str> {
        match self {
            Scheme::Standard => Some("webhook-id"),
            Scheme::Stripe | Scheme::Github | Scheme::Hmac(_) => None,
        }
    }

    /// Where the id stands when the mapping does not say. `None`: the body's own hash is the id.
    fn id(&self) -> Option<Place> {
        match self {
            Scheme::Standard => Some(Place::Header("webhook-id".into())),
            Scheme::Stripe => Some(Place::Body("id".into())),
            Scheme::Github | Scheme::Hmac(_) => None,
        }
    }
}

/// `webhooks/SOURCE.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// The places that name what happened, joined by a dot: `issues.assigned`.
    pub name: Vec<Place>,
    /// The place of the tool's own id of it.
    #[serde(default)]
    pub id: Option<Place>,
    /// By the tool's name of it.
    pub events: BTreeMap<String, Becomes>,
    /// Names that the tool sends too and nobody here needs.
    #[serde(default)]
    pub ignored: BTreeSet<String>,
}

/// The event that a request becomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Becomes {
    pub event: String,
    /// Each field of its detail, and where its value stands.
    pub detail: BTreeMap<String, Field>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub place: Place,
    /// Left out where the request has nothing at the place; otherwise such a request can not be mapped.
    #[serde(default)]
    pub optional: bool,
}

/// Where a value stands in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A header, in small letters.
    Header(String),
    /// A dotted path into the JSON body, such as `issue.labels.0.name`.
    Body(String),
}

impl Place {
    /// Reads `header.NAME` or `body.PATH`.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |name: &str| {
            !name.is_empty()
                && name
                    .split('.')
                    .all(|part| !part.is_empty() && !part.contains(char::is_whitespace))
        };
        match text.split_once('.')? {
            ("header", name) if plain(name) => Some(Place::Header(name.to_ascii_lowercase())),
            ("body", path) if plain(path) => Some(Place::Body(path.to_owned())),
            _ => None,
        }
    }

    fn value(&self, request: &Request<'_>) -> Option<Value> {
        let found = match self {
            Place::Header(name) => Some(Value::String(request.headers.get(name)?.clone())),
            Place::Body(path) => value::at(request.body, path).cloned(),
        };
        found.filter(|value| !value.is_null())
    }

    fn text(&self, request: &Request<'_>) -> Option<String> {
        match self.value(request)? {
            Value::String(text) if !text.is_empty() => Some(text),
            number @ Value::Number(_) => Some(number.to_string()),
            _ => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Header(name) => write!(out, "header.{name}"),
            Place::Body(path) => write!(out, "body.{path}"),
        }
    }
}

/// A request whose signature was verified.
pub struct Request<'r> {
    pub headers: &'r Headers,
    pub body: &'r Value,
    /// The hash of the body as it came, byte for byte.
    pub body_hash: &'r str,
}

/// What a request means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// The detail-type and the detail.
    Event(String, Value),
    /// The tool's name of something that nobody here needs.
    Ignored(String),
}

impl Webhook {
    /// The id by which a repeat of a request is known, and what it becomes once it is mapped; `None` when it has none.
    /// Nothing that is not signed is believed here.
    pub fn id(&self, request: &Request<'_>) -> Option<String> {
        match self.mapping.id.clone().or_else(|| self.scheme.id()) {
            Some(place) => place.text(request),
            None => Some(request.body_hash.to_owned()),
        }
    }

    /// What a request of `source` means; `id_field` is the field of the detail that holds the id.
    ///
    /// # Errors
    /// In words for whoever has to mend the mapping.
    pub fn meaning(
        &self,
        source: &str,
        id_field: Option<&str>,
        request: &Request<'_>,
    ) -> Result<Meaning, String> {
        let file = format!("webhooks/{source}.yaml");
        let mut name = Vec::new();
        for place in &self.mapping.name {
            // The last ones may be missing: a tool's `push` has no action.
            match place.text(request) {
                Some(part) => name.push(part),
                None if name.is_empty() => {
                    return Err(format!(
                        "the request has no {place}, which names what happened"
                    ));
                }
                None => break,
            }
        }
        let name = name.join(".");
        if self.mapping.ignored.contains(&name) {
            return Ok(Meaning::Ignored(name));
        }
        let becomes = self.mapping.events.get(&name).ok_or_else(|| {
            format!("`{name}` is neither under `events` nor under `ignored` in {file}")
        })?;
        let mut detail = Map::new();
        if let Some(field) = id_field {
            let id = self.id(request).ok_or("the request has no id")?;
            detail.insert(field.to_owned(), id.into());
        }
        for (field, at) in &becomes.detail {
            match at.place.value(request) {
                Some(value) => _ = detail.insert(field.clone(), value),
                None if at.optional => {}
                None => {
                    let place = &at.place;
                    return Err(format!(
                        "`{name}` has no {place}, which {file} wants for `{field}`; write `{place}?` if it may be missing"
                    ));
                }
            }
        }
        Ok(Meaning::Event(becomes.event.clone(), detail.into()))
    }

    /// The headers that the mapping looks at; the others are not kept.
    pub fn kept_headers(&self, headers: &Headers) -> Headers {
        let fields = self
            .mapping
            .events
            .values()
            .flat_map(|one| one.detail.values());
        let id = self.mapping.id.clone().or_else(|| self.scheme.id());
        let places = self
            .mapping
            .name
            .iter()
            .chain(fields.map(|field| &field.place));
        let named: BTreeSet<&str> = places
            .chain(id.as_ref())
            .filter_map(|place| match place {
                Place::Header(name) => Some(name.as_str()),
                Place::Body(_) => None,
            })
            .collect();
        let kept = headers
            .iter()
            .filter(|(name, _)| named.contains(name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

/// The key under which a delivery of a source is remembered.
pub fn delivery(source: &str, id: &str) -> String {
    digest(&[source, id])
}
