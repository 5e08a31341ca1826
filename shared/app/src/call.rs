//! An owed request to a named address outside is made, or a message handed to a chat; what is answered decides what follows.
//! Where a call may go at all is `store`'s and `domain::address`'s to say.

use domain::address::Destination;
use domain::case::Effect;
use domain::company::{Auth, ChatKind, Target};
use domain::start::MAX_VALUE_BYTES;
use domain::value::{self, Values};
use jiff::{SignedDuration, Timestamp};
use pages::mail::Rendered;
use serde_json::{Value, json};
use store::{Call, CallAnswer, CallError, Outside, Secret, SecretError, Secrets, Store, explain};

use crate::executor::{self, Act, Claimed, Sent};
use crate::notify;
use crate::outcome::{Told, TryAgain};

/// The longest pause that somebody outside may ask for.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// The first pause after a failure; each further one is twice as long, up to the last.
const FIRST_PAUSE_SECONDS: i64 = 10;
const LAST_PAUSE_SECONDS: i64 = 120;

/// # Errors
/// Only what may succeed when the same event is delivered again.
pub async fn handle(
    store: &Store,
    outside: &Outside,
    secrets: &Secrets,
    event: Value,
) -> Result<Told, TryAgain> {
    executor::handle(store, &event, async |claimed| {
        let company = store.company().await?;
        match &claimed.effect {
            Effect::Call {
                target,
                body,
                takes,
            } => {
                let gone =
                    || Act::Refused(format!("there is no target {target} in team.yaml any more"));
                let stated = company.team.targets.get(target).ok_or_else(gone)?;
                let call = prepared(store.now(), secrets, claimed, stated, body).await?;
                let answer = made(store.now(), outside, claimed, target, call).await?;
                Ok(Sent {
                    reference: format!("{target} answered {}", answer.status),
                    values: taken(target, answer, takes).await?,
                })
            }
            Effect::Chat { template, chat } => {
                let gone =
                    || Act::Refused(format!("there is no chat {chat} in team.yaml any more"));
                let stated = company.team.chat.get(chat).ok_or_else(gone)?;
                let case = claimed.case()?;
                let workflow = store.workflow(&case.workflow, case.version).await?;
                let words = notify::words(&company.team, case, None);
                let message = notify::by_template(&workflow, template, &words)?;
                let address = secret(secrets, &stated.secret).await?;
                let call = Call {
                    to: destination(chat, address.current())?,
                    method: "POST",
                    headers: vec![("content-type".into(), "application/json".into())],
                    body: said(stated.kind, &message).to_string().into_bytes(),
                };
                let answer = made(store.now(), outside, claimed, chat, call).await?;
                Ok(Sent {
                    reference: format!("{chat} answered {}", answer.status),
                    ..Sent::default()
                })
            }
            _ => Err(Act::Refused("this effect is no call".into())),
        }
    })
    .await
}

async fn prepared(
    now: Timestamp,
    secrets: &Secrets,
    claimed: &Claimed<'_>,
    target: &Target,
    body: &Values,
) -> Result<Call, Act> {
    let body = Value::Object(body.clone()).to_string().into_bytes();
    let id = claimed.reference();
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("user-agent".to_owned(), "baton".to_owned()),
        // The same for every attempt, so that whoever is called can tell a repeat.
        ("idempotency-key".to_owned(), id.clone()),
        // Should it come back as an event, a loop ends somewhere.
        (
            "baton-hops".to_owned(),
            (claimed.case()?.hops + 1).to_string(),
        ),
    ];
    let stated = target.headers.iter();
    headers.extend(stated.map(|(name, value)| (name.clone(), value.clone())));
    match &target.auth {
        None => {}
        Some((Auth::Bearer, name)) => {
            let secret = secret(secrets, name).await?;
            let value = format!("Bearer {}", secret.current());
            headers.push(("authorization".to_owned(), value));
        }
        Some((Auth::Standard, name)) => {
            let secret = secret(secrets, name).await?;
            let mut signatures = Vec::new();
            // While it is rotated, both sign, so that whoever is called may change over at leisure.
            for value in secret.valid() {
                let signature = signature::sign_standard(value, &id, now, &body);
                signatures.push(
                    signature
                        .map_err(|error| Act::Refused(format!("the secret `{name}`: {error}")))?,
                );
            }
            headers.push(("webhook-id".to_owned(), id));
            headers.push(("webhook-timestamp".to_owned(), now.as_second().to_string()));
            headers.push(("webhook-signature".to_owned(), signatures.join(" ")));
        }
    }
    Ok(Call {
        to: destination("the target", &target.url)?,
        method: target.method.word(),
        headers,
        body,
    })
}

fn destination(name: &str, address: &str) -> Result<Destination, Act> {
    Destination::parse(address)
        .map_err(|reason| Act::Refused(format!("{name} can not be called: {reason}")))
}

async fn secret(secrets: &Secrets, name: &str) -> Result<Secret, Act> {
    secrets.get(name).await.map_err(|error| match error {
        SecretError::Store(error) => Act::Later(TryAgain(explain(&error))),
        refused => Act::Refused(refused.to_string()),
    })
}

/// Makes the request. Done at 2xx; tried again where that may help, for as long as whoever is called asks for it and else
/// for some minutes; otherwise never.
async fn made(
    now: Timestamp,
    outside: &Outside,
    claimed: &Claimed<'_>,
    name: &str,
    call: Call,
) -> Result<CallAnswer, Act> {
    claimed.still_held()?;
    let again = |asked: Option<u32>, reason: String| {
        if let (None, Some(tried)) = (asked, claimed.is_tried_enough()) {
            return Act::Refused(format!("{tried}: {reason}"));
        }
        let doubled = FIRST_PAUSE_SECONDS << claimed.row.fence.min(9);
        let doubled = doubled.min(LAST_PAUSE_SECONDS);
        let pause = SignedDuration::from_secs(asked.map_or(doubled, i64::from));
        let least = SignedDuration::from_secs(FIRST_PAUSE_SECONDS);
        Act::At(now + pause.clamp(least, LONGEST_PAUSE), reason)
    };
    let answer = match outside.call(call).await {
        Ok(answer) => answer,
        Err(error @ (CallError::TimedOut | CallError::Broken)) => {
            return Err(again(None, format!("{name}: {error}")));
        }
        Err(error) => return Err(Act::Refused(format!("{name}: {error}"))),
    };
    match answer.status {
        200..=299 => Ok(answer),
        status @ (408 | 425 | 429 | 500..=599) => Err(again(
            answer.retry_after_seconds,
            format!("{name} answered {status}"),
        )),
        status @ 300..=399 => Err(Act::Refused(format!(
            "{name} answered {status}: it has moved; calls follow no redirect, so name its new address in team.yaml"
        ))),
        status => Err(Act::Refused(format!(
            "{name} refused it: it answered {status}"
        ))),
    }
}

/// The values of the answer that the case keeps.
async fn taken(
    target: &str,
    answer: CallAnswer,
    takes: &[(String, String)],
) -> Result<Values, Act> {
    let mut values = Values::new();
    if takes.is_empty() {
        return Ok(values);
    }
    let refused = |reason: String| Act::Refused(format!("{target} was called, but {reason}"));
    let body = answer
        .read()
        .await
        .map_err(|error| refused(error.to_string()))?;
    let body: Value =
        serde_json::from_slice(&body).map_err(|_| refused("its answer is not JSON".into()))?;
    for (name, path) in takes {
        let found = value::at(&body, path).filter(|value| !value.is_null());
        let found = found.ok_or_else(|| refused(format!("its answer has no `{path}`")))?;
        if found.to_string().len() > MAX_VALUE_BYTES {
            return Err(refused(format!(
                "`{path}` of its answer is over {MAX_VALUE_BYTES} bytes"
            )));
        }
        values.insert(name.clone(), found.clone());
    }
    Ok(values)
}

/// A message as each chat takes it.
fn said(kind: ChatKind, message: &Rendered) -> Value {
    let (subject, text) = (message.subject.trim(), message.text.trim());
    match kind {
        ChatKind::Slack => {
            // The three signs that mean something to it.
            let plain = |text: &str| {
                text.replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
            };
            json!({ "text": format!("*{}*\n{}", plain(subject), plain(text)) })
        }
        ChatKind::Teams => {
            let block = |text: &str, weight: &str| json!({ "type": "TextBlock", "text": text, "wrap": true, "weight": weight });
            let card = json!({
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [block(subject, "Bolder"), block(text, "Default")],
            });
            json!({
                "type": "message",
                "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "content": card }],
            })
        }
    }
}
