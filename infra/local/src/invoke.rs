//! The Invoke call of Lambda: by hand, from tests and tools, waiting for the answer or not.
//! It must not know what the functions do.

use bytes::Bytes;
use hyper::{HeaderMap, Response, StatusCode};

use crate::host::Rooms;
use crate::lambda::asynchronous::MAX_EVENT_BYTES;
use crate::lambda::{Invocation, Outcome};
use crate::wire::{Answer, plain};

pub(crate) async fn answer(
    rooms: &Rooms,
    function: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Answer {
    if rooms.functions.settings(function).is_none() {
        return plain(StatusCode::NOT_FOUND, "no function has this name");
    }
    let body = if body.is_empty() {
        Bytes::from_static(b"{}")
    } else {
        body
    };
    let held = rooms.rest.hold();
    if headers
        .get("x-amz-invocation-type")
        .is_some_and(|kind| kind == "Event")
    {
        if body.len() > MAX_EVENT_BYTES {
            return plain(
                StatusCode::PAYLOAD_TOO_LARGE,
                "an asynchronous invocation takes 1 MB",
            );
        }
        if let Err(error) = rooms.asynchronous.take(function, body).await {
            return plain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string());
        }
        return status(StatusCode::ACCEPTED, Bytes::new());
    }
    let outcome = rooms
        .functions
        .invoke(function, Invocation::new(body))
        .await;
    drop(held);
    match outcome {
        Some(Outcome::Answered(answer)) => status(StatusCode::OK, answer),
        Some(Outcome::Failed(failure)) => {
            let mut answer = status(StatusCode::OK, failure.payload);
            answer.headers_mut().insert(
                "x-amz-function-error",
                hyper::header::HeaderValue::from_static("Unhandled"),
            );
            answer
        }
        None => plain(StatusCode::SERVICE_UNAVAILABLE, "the machine stops"),
    }
}

fn status(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    answer
}
