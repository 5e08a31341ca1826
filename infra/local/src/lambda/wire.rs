//! The Runtime API as a process sees it: next, response, error, initialisation error.
//! It must not choose who works on what.

use bytes::Bytes;
use hyper::{Method, Response, StatusCode};

use super::pool::Unknown;
use super::{Failure, Functions, Outcome};
use crate::wire::Answer;

/// A call below `/runtime/<run>/<function>/<worker>/2018-06-01/runtime/`.
pub(crate) struct RuntimeCall<'a> {
    function: &'a str,
    worker: u64,
    action: &'a str,
    /// The run of the machine that started the process.
    pub(crate) run_id: &'a str,
}

impl<'a> RuntimeCall<'a> {
    /// Reads the path after `/runtime/`.
    pub(crate) fn parse(path: &'a str) -> Option<Self> {
        let (run_id, rest) = path.split_once('/')?;
        let (function, rest) = rest.split_once('/')?;
        let (worker, rest) = rest.split_once('/')?;
        Some(Self {
            run_id,
            function,
            worker: worker.parse().ok()?,
            action: rest.strip_prefix("2018-06-01/runtime/")?,
        })
    }

    pub(crate) fn is_next(&self) -> bool {
        self.action == "invocation/next"
    }
}

impl Functions {
    pub(crate) async fn runtime_call(
        &self,
        call: &RuntimeCall<'_>,
        method: &Method,
        body: Bytes,
    ) -> Answer {
        let Some(pool) = self.pool(call.function) else {
            return refused(StatusCode::NOT_FOUND, "there is no such function");
        };
        if method == Method::GET && call.is_next() {
            let waiting = match pool.next(call.worker) {
                Ok(waiting) => waiting,
                Err(unknown) => return unknown_answer(unknown),
            };
            let Ok(delivery) = waiting.await else {
                return refused(StatusCode::GONE, "this process is no longer wanted");
            };
            return Response::builder()
                .header("content-type", "application/json")
                .header(
                    "lambda-runtime-aws-request-id",
                    &delivery.invocation.request_id,
                )
                .header(
                    "lambda-runtime-deadline-ms",
                    delivery.deadline_ms.to_string(),
                )
                .header(
                    "lambda-runtime-invoked-function-arn",
                    &delivery.function_arn,
                )
                .header(
                    "lambda-runtime-trace-id",
                    trace_id(&delivery.invocation.request_id),
                )
                .body(delivery.invocation.payload.into())
                .unwrap_or_else(|error| {
                    refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
                });
        }
        if method != Method::POST {
            return refused(
                StatusCode::METHOD_NOT_ALLOWED,
                "the Runtime API takes GET for next and POST for the rest",
            );
        }
        let result = if call.action == "init/error" {
            pool.init_failed(call.worker, body)
        } else {
            match call
                .action
                .strip_prefix("invocation/")
                .and_then(|rest| rest.split_once('/'))
            {
                Some((request_id, "response")) => {
                    pool.answer(call.worker, request_id, Outcome::Answered(body))
                }
                Some((request_id, "error")) => pool.answer(
                    call.worker,
                    request_id,
                    Outcome::Failed(Failure::reported(body)),
                ),
                _ => return refused(StatusCode::NOT_FOUND, "the Runtime API has no such path"),
            }
        };
        match result {
            Ok(()) => accepted(),
            Err(unknown) => unknown_answer(unknown),
        }
    }
}

/// X-Ray's shape, so that a function that parses it finds what it expects; nothing is sampled.
fn trace_id(request_id: &str) -> String {
    let hex: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    match (hex.get(..8), hex.get(8..32), hex.get(16..32)) {
        (Some(time), Some(root), Some(parent)) => {
            format!("Root=1-{time}-{root};Parent={parent};Sampled=0")
        }
        _ => {
            "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0".to_owned()
        }
    }
}

fn accepted() -> Answer {
    let mut answer = Response::new(Bytes::from_static(br#"{"status":"OK"}"#).into());
    *answer.status_mut() = StatusCode::ACCEPTED;
    answer
}

fn unknown_answer(unknown: Unknown) -> Answer {
    match unknown {
        Unknown::Worker => refused(StatusCode::GONE, "this process is no longer wanted"),
        Unknown::Request => refused(
            StatusCode::BAD_REQUEST,
            "this invocation is not, or no longer, this process's",
        ),
    }
}

fn refused(status: StatusCode, message: &str) -> Answer {
    let body = serde_json::json!({ "errorType": "InvalidRequest", "errorMessage": message });
    let mut answer = Response::new(Bytes::from(body.to_string()).into());
    *answer.status_mut() = status;
    answer
}
