//! The idempotency tokens of transactions: one token, one effect, for ten minutes of shown time.
//! It must not know what a transaction does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dynoxide::DynoxideError;
use hyper::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Refusal;
use super::digest::Digest;
use crate::clock::Clock;

const VALID_FOR: SignedDuration = SignedDuration::from_mins(10);
/// Expired tokens are dropped when this many are known.
const SWEEP_ABOVE: usize = 4096;

#[derive(Clone)]
pub(super) struct Tokens {
    clock: Clock,
    slots: Arc<Mutex<HashMap<String, Slot>>>,
}

struct Slot {
    digest: u64,
    begun_at: Timestamp,
    /// `None` while the transaction runs.
    answer: Option<String>,
}

pub(super) enum Begun {
    New(Running),
    Replay(String),
}

/// A transaction that runs under a token; without `finish` the token is free again, as after a failure.
pub(super) struct Running {
    tokens: Tokens,
    token: Option<String>,
}

impl Tokens {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            slots: Arc::default(),
        }
    }

    pub(super) fn begin(&self, token: &str, body: &str) -> Result<Begun, Refusal> {
        let digest = digest(body);
        let now = self.clock.now();
        let mut slots = self.slots();
        if slots.len() > SWEEP_ABOVE {
            slots.retain(|_, slot| {
                slot.answer.is_none() || now.duration_since(slot.begun_at) < VALID_FOR
            });
        }
        match slots.get(token) {
            Some(slot) if slot.answer.is_none() => return Err(in_progress()),
            Some(slot) if now.duration_since(slot.begun_at) < VALID_FOR => {
                if slot.digest != digest {
                    return Err(mismatch());
                }
                // Capacity of a repeat is that of the first call; DynamoDB charges reads instead of writes.
                return Ok(Begun::Replay(slot.answer.clone().unwrap_or_default()));
            }
            _ => {}
        }
        slots.insert(
            token.to_owned(),
            Slot {
                digest,
                begun_at: now,
                answer: None,
            },
        );
        Ok(Begun::New(Running {
            tokens: self.clone(),
            token: Some(token.to_owned()),
        }))
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    pub(super) fn finish(mut self, answer: &str) {
        if let Some(token) = self.token.take()
            && let Some(slot) = self.tokens.slots().get_mut(&token)
        {
            slot.answer = Some(answer.to_owned());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            self.tokens.slots().remove(&token);
        }
    }
}

/// The same for equal items whatever the order of their attributes, and whatever capacity report is asked for.
fn digest(body: &str) -> u64 {
    #[derive(Default, Deserialize)]
    struct Body {
        #[serde(rename = "TransactItems", default)]
        items: Digest,
    }
    // A body that is no such request is refused where the call is read.
    let body: Body = serde_json::from_str(body).unwrap_or_default();
    body.items.0
}

fn in_progress() -> Refusal {
    Refusal {
        status: StatusCode::BAD_REQUEST,
        body: r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionInProgressException","Message":"The transaction with the given request token is already in progress"}"#
            .to_owned(),
    }
}

fn mismatch() -> Refusal {
    DynoxideError::IdempotentParameterMismatchException(
        "An error occurred (IdempotentParameterMismatchException)".to_owned(),
    )
    .into()
}
