//! Failures on order, for tests: the n-th call of an operation fails before its effect, after it, or with the effect coming late.
//! It must not know what the calls do.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::{Response, StatusCode};

use crate::wire::Answer;

/// A failure that the machine is asked to produce on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Operation on the wire, e.g. `TransactWriteItems`, `PutEvents`, `SendRawEmail`.
    /// `Invoke:<function>` makes the hand-over of an event to that function fail, so that its rule retries.
    pub operation: String,
    /// Calls to let pass first, counted from when the fault is set.
    pub skip: u32,
    /// How many calls fail after those; `u32::MAX` for all.
    pub times: u32,
    pub when: When,
    pub how: How,
}

/// Whether the call has its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// No effect.
    Before,
    /// The effect, then the failure.
    After,
    /// The failure, then the effect, this much real time later.
    Late(Duration),
}

/// What the caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Throttle,
    ServerError,
    /// The connection ends without an answer.
    Cut,
}

#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn set(&self, fault: Fault) {
        self.faults().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.faults().clear();
    }

    /// Counts a call and says whether it fails.
    pub(crate) fn of_call(&self, operation: &str) -> Option<(When, How)> {
        let mut faults = self.faults();
        if faults.is_empty() {
            return None;
        }
        let mut hit = None;
        for fault in faults
            .iter_mut()
            .filter(|fault| fault.operation == operation)
        {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if hit.is_none() {
                hit = Some((fault.when, fault.how));
                fault.times = if fault.times == u32::MAX {
                    u32::MAX
                } else {
                    fault.times.saturating_sub(1)
                };
            }
        }
        faults.retain(|fault| fault.skip > 0 || fault.times > 0);
        hit
    }

    /// Whether handing an event to the function fails, and with what message.
    pub(crate) fn of_delivery(&self, function: &str) -> Option<String> {
        let (_, how) = self.of_call(&format!("Invoke:{function}"))?;
        Some(match how {
            How::Throttle => "Rate Exceeded.".to_owned(),
            How::ServerError => "Service Unavailable.".to_owned(),
            How::Cut => "Unable to execute HTTP request: Connection reset".to_owned(),
        })
    }

    fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The service whose error shape a failed answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Table,
    Bus,
    Queues,
    Parameters,
    Mailer,
}

/// The answer of a failed call; `None` cuts the connection.
pub(crate) fn failed_answer(service: Service, how: How) -> Option<Answer> {
    let (status, code) = match (service, how) {
        (_, How::Cut) => return None,
        (Service::Table, How::Throttle) => (
            StatusCode::BAD_REQUEST,
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        ),
        (Service::Table, How::ServerError) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "com.amazonaws.dynamodb.v20120810#InternalServerError",
        ),
        (Service::Mailer, How::Throttle) => {
            return Some(crate::ses::error_answer(
                StatusCode::BAD_REQUEST,
                "Sender",
                "Throttling",
                "Maximum sending rate exceeded.",
            ));
        }
        (Service::Mailer, How::ServerError) => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return Some(crate::ses::error_answer(
                status,
                "Receiver",
                "InternalFailure",
                "The request processing has failed.",
            ));
        }
        (_, How::Throttle) => (StatusCode::BAD_REQUEST, "ThrottlingException"),
        (_, How::ServerError) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalException"),
    };
    let body = serde_json::json!({ "__type": code, "message": "a failure that a test asked for" });
    let mut answer = Response::new(Bytes::from(body.to_string()).into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        "content-type",
        hyper::header::HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_the_calls_it_names_and_no_other() {
        let faults = Faults::default();
        faults.set(Fault {
            operation: "PutEvents".to_owned(),
            skip: 1,
            times: 2,
            when: When::Before,
            how: How::Throttle,
        });
        let hits: Vec<bool> = (0..5)
            .map(|_| faults.of_call("PutEvents").is_some())
            .collect();
        assert_eq!(hits, [false, true, true, false, false]);
        assert_eq!(faults.of_call("PutItem"), None);
    }
}
