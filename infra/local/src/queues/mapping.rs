//! Queue → function: batches, deletes what succeeded, leaves the rest to become visible again.
//! It must not know what the messages say.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{Queues, Received};
use crate::arn::Region;
use crate::lambda::{Functions, Invocation, Outcome};
use crate::rest::{Held, Rest};
use crate::template::QueueMapping;

/// Batches at once for one mapping; Lambda begins with five.
const BATCHES_AT_ONCE: usize = 5;

#[derive(Clone)]
pub(crate) struct Consumer {
    pub(crate) mapping: QueueMapping,
    pub(crate) queues: Arc<Queues>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) rest: Rest,
    pub(crate) region: Region,
}

impl Consumer {
    /// Whether nothing is waiting to be consumed.
    pub(crate) fn is_idle(&self) -> bool {
        self.queues
            .sizes(&self.mapping.queue)
            .is_none_or(|(visible, _)| visible == 0)
    }

    pub(crate) async fn run(self) {
        let places = Arc::new(Semaphore::new(BATCHES_AT_ONCE));
        loop {
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            let held = self.rest.hold();
            let batch = self
                .queues
                .receive(&self.mapping.queue, self.mapping.batch_size.max(1) as usize);
            if batch.is_empty() {
                drop(held);
                self.queues.arrived(&self.mapping.queue).await;
                continue;
            }
            let this = self.clone();
            tokio::spawn(async move {
                this.consume(batch, held).await;
                drop(place);
            });
        }
    }

    async fn consume(&self, batch: Vec<Received>, held: Held) {
        let records: Vec<Value> = batch.iter().map(|received| self.record(received)).collect();
        let payload = Bytes::from(json!({ "Records": records }).to_string());
        let outcome = self
            .functions
            .invoke(&self.mapping.function, Invocation::new(payload))
            .await;
        if let Some(Outcome::Answered(answer)) = outcome {
            let failed = if self.mapping.partial_batch_response {
                failed_items(&answer)
            } else {
                Failed::None
            };
            for received in &batch {
                let is_done = match &failed {
                    Failed::None => true,
                    Failed::All => false,
                    Failed::Some(ids) => !ids.contains(received.message.message_id()),
                };
                if is_done {
                    self.queues.delete(&self.mapping.queue, &received.receipt);
                }
            }
        }
        drop(held);
        self.rest.look_again();
    }

    fn record(&self, received: &Received) -> Value {
        let message = &received.message;
        let attributes: serde_json::Map<String, Value> = message
            .head
            .attributes
            .iter()
            .map(|(name, value)| {
                let value = json!({ "stringValue": value, "stringListValues": [], "binaryListValues": [], "dataType": "String" });
                (name.clone(), value)
            })
            .collect();
        let first = message
            .head
            .first_received_at
            .unwrap_or(message.head.sent_at);
        json!({
            "messageId": message.head.message_id,
            "receiptHandle": received.receipt,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": message.head.receives.to_string(),
                "SentTimestamp": message.head.sent_at.as_millisecond().to_string(),
                "SenderId": crate::arn::ACCOUNT,
                "ApproximateFirstReceiveTimestamp": first.as_millisecond().to_string(),
            },
            "messageAttributes": attributes,
            "md5OfBody": format!("{:x}", md5::compute(message.body.as_bytes())),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.region.queue(&self.mapping.queue),
            "awsRegion": self.region.0,
        })
    }
}

/// Which items of a batch a function says have failed.
pub(crate) enum Failed {
    None,
    All,
    Some(HashSet<String>),
}

/// Reads `batchItemFailures`; an answer that Lambda cannot read, or an empty identifier, fails the whole batch.
pub(crate) fn failed_items(answer: &[u8]) -> Failed {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return if answer.is_empty() {
            Failed::None
        } else {
            Failed::All
        };
    };
    let failures = match &answer["batchItemFailures"] {
        Value::Null => return Failed::None,
        Value::Array(failures) if failures.is_empty() => return Failed::None,
        Value::Array(failures) => failures,
        _ => return Failed::All,
    };
    let ids: Option<HashSet<String>> = failures
        .iter()
        .map(|failure| {
            failure["itemIdentifier"]
                .as_str()
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
        })
        .collect();
    ids.map_or(Failed::All, Failed::Some)
}
