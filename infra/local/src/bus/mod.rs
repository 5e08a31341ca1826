//! The event bus: takes entries, refuses what EventBridge refuses, matches rules, hands events to functions, retries, dead letters.
//! It must not know what an event means.

mod delivery;
mod entry;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use event_pattern::Pattern;
use hyper::StatusCode;
use serde_json::{Value, json};

pub(crate) use delivery::{Deliveries, Delivery, KIND};
use entry::{Accepted, read_entry};

use crate::arn::Region;
use crate::clock::Clock;
use crate::template;
use crate::wire::JsonAnswer;

const JSON: &str = "application/x-amz-json-1.1";
const DEFAULT: &str = "default";
const MAX_ENTRIES: usize = 10;
const MAX_REQUEST_BYTES: usize = 1024 * 1024;

pub(crate) struct Bus {
    names: BTreeSet<String>,
    rules: Vec<Rule>,
    deliveries: Arc<Deliveries>,
    clock: Clock,
    region: Region,
}

struct Rule {
    settings: template::Rule,
    pattern: Pattern,
}

#[derive(Debug, thiserror::Error)]
#[error("rule {rule}: {reason}")]
pub(crate) struct RuleError {
    rule: String,
    reason: String,
}

impl Bus {
    pub(crate) fn new(
        wiring: &template::Wiring,
        deliveries: Arc<Deliveries>,
        clock: Clock,
        region: Region,
    ) -> Result<Self, RuleError> {
        let rules = wiring.rules.iter().map(|settings| {
            let pattern = Pattern::parse(&settings.pattern).map_err(|error| RuleError {
                rule: settings.name.clone(),
                reason: error.to_string(),
            })?;
            Ok(Rule {
                settings: settings.clone(),
                pattern,
            })
        });
        Ok(Self {
            names: wiring
                .buses
                .iter()
                .map(|bus| bus.name.clone())
                .chain([DEFAULT.to_owned()])
                .collect(),
            rules: rules.collect::<Result<_, _>>()?,
            deliveries,
            clock,
            region,
        })
    }

    pub(crate) async fn call(&self, operation: &str, request: &Value) -> JsonAnswer {
        match operation {
            "PutEvents" => self.put_events(request).await,
            "TestEventPattern" => test_event_pattern(request),
            _ => refused(
                "UnknownOperationException",
                &format!("{operation} is not an operation of this machine's bus"),
            ),
        }
    }

    /// Answers once the deliveries of all accepted entries survive a kill.
    async fn put_events(&self, request: &Value) -> JsonAnswer {
        let entries = request["Entries"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if entries.is_empty() || entries.len() > MAX_ENTRIES {
            let message = format!(
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length less than or equal to {MAX_ENTRIES} and greater than or equal to 1, got {}",
                entries.len()
            );
            return refused("ValidationException", &message);
        }
        if entries.iter().map(entry::size).sum::<usize>() > MAX_REQUEST_BYTES {
            return refused(
                "ValidationException",
                "Total size of the entries in the request is over the limit.",
            );
        }
        let mut answers = Vec::with_capacity(entries.len());
        let mut deliveries = Vec::new();
        for entry in entries {
            match read_entry(entry, self.clock.now(), &self.region) {
                Ok(accepted) => {
                    let payload = Bytes::from(accepted.envelope.to_string());
                    deliveries.extend(
                        self.matching(&accepted)
                            .map(|rule| (Delivery::of_rule(rule), payload.clone())),
                    );
                    answers.push(json!({ "EventId": accepted.id }));
                }
                Err(refusal) => answers
                    .push(json!({ "ErrorCode": refusal.code, "ErrorMessage": refusal.message })),
            }
        }
        if let Err(error) = self.deliveries.take(deliveries).await {
            return JsonAnswer {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                content_type: JSON,
                body: json!({ "__type": "InternalException", "message": error.to_string() })
                    .to_string(),
            };
        }
        let failed = answers
            .iter()
            .filter(|answer| answer.get("ErrorCode").is_some())
            .count();
        ok(&json!({ "FailedEntryCount": failed, "Entries": answers }))
    }

    /// Hands on an event of AWS's own: it comes from no caller, and always on the default bus.
    pub(crate) async fn announce(&self, envelope: &Value) {
        let payload = Bytes::from(envelope.to_string());
        let heard = self
            .rules
            .iter()
            .filter(|rule| rule.settings.bus == DEFAULT && rule.pattern.matches(envelope));
        let deliveries = heard.map(|rule| (Delivery::of_rule(&rule.settings), payload.clone()));
        if let Err(error) = self.deliveries.take(deliveries.collect()).await {
            tracing::error!(%error, "an event of this machine's own is lost");
        }
    }

    fn matching<'a>(&'a self, accepted: &'a Accepted) -> impl Iterator<Item = &'a template::Rule> {
        if !self.names.contains(&accepted.bus) {
            // As on AWS the caller is not told: an entry for an unknown bus is accepted and goes nowhere.
            tracing::warn!(bus = accepted.bus, source = %accepted.envelope["source"], "an event was sent to a bus that does not exist");
        }
        self.rules
            .iter()
            .filter(|rule| {
                rule.settings.bus == accepted.bus && rule.pattern.matches(&accepted.envelope)
            })
            .map(|rule| &rule.settings)
    }
}

fn test_event_pattern(request: &Value) -> JsonAnswer {
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    let Ok(event) = serde_json::from_str::<Value>(text("Event")) else {
        return refused("ValidationException", "Parameter Event is not valid.");
    };
    let pattern = serde_json::from_str::<Value>(text("EventPattern"))
        .map_err(|error| error.to_string())
        .and_then(|pattern| Pattern::parse(&pattern).map_err(|error| error.to_string()));
    match pattern {
        Ok(pattern) => ok(&json!({ "Result": pattern.matches(&event) })),
        Err(reason) => refused(
            "InvalidEventPatternException",
            &format!("Event pattern is not valid. Reason: {reason}"),
        ),
    }
}

fn ok(body: &Value) -> JsonAnswer {
    JsonAnswer {
        status: StatusCode::OK,
        content_type: JSON,
        body: body.to_string(),
    }
}

fn refused(code: &str, message: &str) -> JsonAnswer {
    JsonAnswer {
        status: StatusCode::BAD_REQUEST,
        content_type: JSON,
        body: json!({ "__type": code, "message": message }).to_string(),
    }
}
