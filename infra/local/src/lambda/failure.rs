//! The records that Lambda leaves in a queue when it gives up, in AWS's shape.
//! It must not decide when to give up.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Failure;

/// Why Lambda gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    RetriesExhausted,
    EventAgeExceeded,
    /// For streams.
    RetryAttemptsExhausted,
    RecordAgeExceeded,
}

impl Condition {
    fn name(self) -> &'static str {
        match self {
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
            Self::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Self::RecordAgeExceeded => "RecordAgeExceeded",
        }
    }
}

pub(crate) struct FailureRecord<'a> {
    pub(crate) now: Timestamp,
    pub(crate) request_id: &'a str,
    pub(crate) function_arn: &'a str,
    pub(crate) condition: Condition,
    pub(crate) invocations: u32,
    /// `None` when the function was never reached.
    pub(crate) failure: Option<&'a Failure>,
}

impl FailureRecord<'_> {
    /// For an asynchronous invocation: the event itself is in it.
    pub(crate) fn of_event(&self, payload: &Bytes) -> Value {
        let mut record = self.head();
        record["requestPayload"] = json_or_text(payload);
        if let Some(failure) = self.failure {
            record["responseContext"] = response_context();
            record["responsePayload"] = json_or_text(&failure.payload);
        }
        record
    }

    /// For a batch of a stream: only where the batch is, not what is in it.
    pub(crate) fn of_stream_batch(&self, batch: Value) -> Value {
        let mut record = self.head();
        if self.failure.is_some() {
            record["responseContext"] = response_context();
        }
        record["DDBStreamBatchInfo"] = batch;
        record
    }

    fn head(&self) -> Value {
        json!({
            "version": "1.0",
            "timestamp": format!("{:.3}", self.now),
            "requestContext": {
                "requestId": self.request_id,
                "functionArn": format!("{}:$LATEST", self.function_arn),
                "condition": self.condition.name(),
                "approximateInvokeCount": self.invocations,
            },
        })
    }
}

fn response_context() -> Value {
    json!({ "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" })
}

fn json_or_text(bytes: &Bytes) -> Value {
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}
