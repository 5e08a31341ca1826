//! How an invocation ended, in the words that Lambda uses for it.
//! It must not decide what follows.

use bytes::Bytes;

#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Answered(Bytes),
    Failed(Failure),
}

/// `payload` is the JSON that a caller sees: `errorType`, `errorMessage`.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) payload: Bytes,
    pub(crate) is_timeout: bool,
}

impl Failure {
    /// What the function itself reported.
    pub(crate) fn reported(payload: Bytes) -> Self {
        Self {
            payload,
            is_timeout: false,
        }
    }

    pub(crate) fn timed_out(request_id: &str, timeout_seconds: u32) -> Self {
        let message = format!(
            "RequestId: {request_id} Error: Task timed out after {timeout_seconds}.00 seconds"
        );
        Self {
            payload: error_json("Sandbox.Timedout", &message),
            is_timeout: true,
        }
    }

    pub(crate) fn exited(request_id: &str, how: &str) -> Self {
        let message = format!("RequestId: {request_id} Error: Runtime exited with error: {how}");
        Self {
            payload: error_json("Runtime.ExitError", &message),
            is_timeout: false,
        }
    }

    pub(crate) fn not_started(why: &str) -> Self {
        Self {
            payload: error_json("Runtime.InvalidEntrypoint", why),
            is_timeout: false,
        }
    }

    /// For log lines.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }
}

fn error_json(error_type: &str, message: &str) -> Bytes {
    Bytes::from(serde_json::json!({ "errorType": error_type, "errorMessage": message }).to_string())
}
