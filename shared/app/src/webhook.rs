//! A tool's signed request becomes an event: answered with 2xx only once the bus has it, or a parked row with an owner.
//! How a signature is made is `signature`'s to know, what a request means is `domain::webhook`'s.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::company::Source;
use domain::id::EventId;
use domain::webhook::{Headers, Meaning, Request, Webhook, delivery};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use signature::{MOST_BODY_BYTES, Refused};
use store::{Bus, Company, Entry, EntryOutcome, SecretError, Secrets, Store, StoreError, explain};

use crate::outcome::TryAgain;
use crate::park::{self, Received};

/// Seconds after which a sender may try again.
const RETRY_AFTER: &str = "30";

/// What a sender is told.
struct Answer {
    status: u16,
    body: Value,
}

impl Answer {
    fn new(status: u16, outcome: &str, text: impl Into<String>) -> Self {
        Answer {
            status,
            body: json!({ "outcome": outcome, "text": text.into() }),
        }
    }

    fn refused(status: u16, text: impl Into<String>) -> Self {
        Self::new(status, "refused", text)
    }

    /// Nothing was decided: the same request is welcome later.
    fn later(status: u16, cause: &str) -> Self {
        tracing::error!(cause, "a request was put off");
        Self::new(
            status,
            "later",
            "nothing was taken; send it again in a while",
        )
    }

    fn response(self) -> Value {
        let mut headers =
            json!({ "content-type": "application/json", "cache-control": "no-store" });
        match self.status {
            405 => headers["allow"] = "POST".into(),
            429 | 503 => headers["retry-after"] = RETRY_AFTER.into(),
            _ => {}
        }
        json!({ "statusCode": self.status, "headers": headers, "body": self.body.to_string() })
    }
}

impl From<StoreError> for Answer {
    fn from(error: StoreError) -> Self {
        Answer::later(503, &explain(&error))
    }
}

impl From<TryAgain> for Answer {
    fn from(again: TryAgain) -> Self {
        Answer::later(503, &again.0)
    }
}

/// A request that was signed right, as it is kept when no event can be made of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The source; a key that no event has.
    webhook: String,
    headers: Headers,
    body: Value,
    body_hash: String,
    received_at: Timestamp,
}

/// Answers a function URL request (payload format 2.0): a POST to `/SOURCE`.
///
/// # Errors
/// None: whatever happens, its sender is told whether to send it again.
pub async fn handle(
    store: &Store,
    bus: &Bus,
    secrets: &Secrets,
    request: Value,
) -> Result<Value, TryAgain> {
    let answer = answer(store, bus, secrets, &request).await;
    let answer = answer.unwrap_or_else(|refused| refused);
    tracing::info!(http.status = answer.status, "answered");
    Ok(answer.response())
}

async fn answer(
    store: &Store,
    bus: &Bus,
    secrets: &Secrets,
    request: &Value,
) -> Result<Answer, Answer> {
    let path = request["rawPath"].as_str().unwrap_or_default();
    let name = path.trim_matches('/');
    if request["requestContext"]["http"]["method"] != "POST" {
        return Err(Answer::refused(405, "send it by POST"));
    }
    let company = store.company().await?;
    let found = company.team.sources.get(name);
    let Some((source, webhook)) = found.and_then(|source| Some((source, source.webhook.as_ref()?)))
    else {
        let text = "there is no such source; the address ends in the name of a source that has a `webhook` in team.yaml";
        return Err(Answer::refused(404, text));
    };
    let headers = headers(request);
    let bytes = body(request)?;
    believe(store, secrets, (name, webhook), &headers, &bytes).await?;

    let text = String::from_utf8_lossy(&bytes);
    let kept = Kept {
        webhook: name.to_owned(),
        headers: webhook.kept_headers(&headers),
        body: serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned())),
        body_hash: signature::body_hash(&bytes),
        received_at: store.now(),
    };
    let repeat = delivery(name, &kept.id(webhook));
    if store.is_delivered(&repeat).await? {
        return Ok(Answer::new(
            200,
            "repeat",
            "it was taken before; nothing has changed",
        ));
    }
    let entry = match kept.meaning(source, webhook) {
        Ok(Meaning::Ignored(what)) => {
            return Ok(Answer::new(
                200,
                "ignored",
                format!("nobody here needs `{what}`"),
            ));
        }
        Ok(Meaning::Event(event, detail)) => kept.event(event, detail),
        Err(reason) => return park(store, &kept, repeat, &reason).await,
    };
    match bus.publish_one(&entry).await {
        EntryOutcome::Published { .. } => {}
        EntryOutcome::TryAgain { code, reason } => {
            let status = if code.starts_with("Throttl") {
                429
            } else {
                503
            };
            return Err(Answer::later(status, &format!("{code}: {reason}")));
        }
        EntryOutcome::Refused { code, reason } => {
            let reason = format!("the bus refuses it: {code}: {reason}");
            return park(store, &kept, repeat, &reason).await;
        }
    }
    // Ended before this is written, the delivery comes again; the event it makes bears the same id, and is a repeat.
    store
        .keep_delivered(&repeat, !webhook.scheme.signs_time())
        .await?;
    Ok(Answer::new(200, "taken", entry.detail_type))
}

/// Whether the request is signed by one of the source's secrets, now.
async fn believe(
    store: &Store,
    secrets: &Secrets,
    (name, webhook): (&str, &Webhook),
    headers: &Headers,
    bytes: &[u8],
) -> Result<(), Answer> {
    let at_fault = async |reason: String| {
        // Once a source, whoever sends however often.
        let event = EventId(delivery(name, "its secret"));
        let received = Received::request(name, event, json!({ "source": name }));
        match park::keep(store, &received, &reason, None).await {
            Ok(_) => Answer::later(503, &reason),
            Err(again) => again.into(),
        }
    };
    let secret = match secrets.get(&webhook.secret).await {
        Ok(secret) => secret,
        Err(SecretError::Store(error)) => return Err(error.into()),
        Err(missing) => return Err(at_fault(missing.to_string()).await),
    };
    let now = store.now();
    match signature::verify(&webhook.scheme, secret.valid(), headers, bytes, now) {
        Ok(()) => Ok(()),
        Err(Refused::Secret) => Err(at_fault(format!(
            "the secret `{}`: {}; keep another with `baton secret set {} --replace`",
            webhook.secret,
            Refused::Secret,
            webhook.secret
        ))
        .await),
        Err(refused @ Refused::TooLarge { .. }) => Err(Answer::refused(413, refused.to_string())),
        Err(refused) => {
            tracing::warn!(event.source = name, reason = %refused, "not believed");
            Err(Answer::refused(401, refused.to_string()))
        }
    }
}

/// Keeps what no event can be made of; its sender has done its part.
async fn park(store: &Store, kept: &Kept, repeat: String, reason: &str) -> Result<Answer, Answer> {
    let body =
        serde_json::to_value(kept).map_err(|error| Answer::later(503, &error.to_string()))?;
    let received = Received::request(&kept.webhook, EventId(repeat), body);
    park::keep(store, &received, reason, None).await?;
    let text = format!("it is kept, and somebody here looks at it: {reason}");
    Ok(Answer::new(202, "parked", text))
}

fn headers(request: &Value) -> Headers {
    let headers = request["headers"].as_object().into_iter().flatten();
    headers
        .filter_map(|(name, value)| Some((name.to_ascii_lowercase(), value.as_str()?.to_owned())))
        .collect()
}

/// The bytes of the body as they were sent. What is too large is refused before it is decoded.
fn body(request: &Value) -> Result<Vec<u8>, Answer> {
    let text = request["body"].as_str().unwrap_or_default();
    let is_encoded = request["isBase64Encoded"] == true;
    let bytes = if is_encoded {
        text.len() / 4 * 3
    } else {
        text.len()
    };
    if bytes > MOST_BODY_BYTES + 2 {
        return Err(Answer::refused(
            413,
            Refused::TooLarge { bytes }.to_string(),
        ));
    }
    if text.is_empty() {
        return Err(Answer::refused(400, "the body is empty"));
    }
    if !is_encoded {
        return Ok(text.as_bytes().to_owned());
    }
    let decoded = STANDARD.decode(text);
    decoded.map_err(|_| Answer::refused(400, "the body can not be read"))
}

impl Kept {
    /// `None`: what is kept is an event.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    fn request(&self) -> Request<'_> {
        Request {
            headers: &self.headers,
            body: &self.body,
            body_hash: &self.body_hash,
        }
    }

    /// What a repeat is known by; without an id of its own, the body's hash.
    fn id(&self, webhook: &Webhook) -> String {
        let id = webhook.id(&self.request());
        id.unwrap_or_else(|| self.body_hash.clone())
    }

    fn meaning(&self, source: &Source, webhook: &Webhook) -> Result<Meaning, String> {
        if self.body.is_string() {
            return Err("the body is not JSON".into());
        }
        let id_field = source.id.as_deref();
        let id_field = id_field.and_then(|path| path.strip_prefix("detail."));
        webhook.meaning(&self.webhook, id_field, &self.request())
    }

    fn event(&self, detail_type: String, detail: Value) -> Entry {
        Entry {
            source: self.webhook.clone(),
            detail_type,
            detail,
            time: self.received_at,
        }
    }

    /// The event that it becomes by the files now in force.
    pub(crate) fn entry(&self, company: &Company) -> Result<Entry, String> {
        let source = company.team.sources.get(&self.webhook);
        let found = source.and_then(|source| Some((source, source.webhook.as_ref()?)));
        let (source, webhook) =
            found.ok_or_else(|| format!("the source {} has no webhook any more", self.webhook))?;
        match self.meaning(source, webhook)? {
            Meaning::Event(event, detail) => Ok(self.event(event, detail)),
            Meaning::Ignored(what) => {
                Err(format!("`{what}` is ignored now; nothing would come of it"))
            }
        }
    }
}
