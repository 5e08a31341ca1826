//! The one loopback port: tells by header and path which room a call is for, and answers with what the room says.
//! It must not know what the calls do.

mod server;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::Value;

pub(crate) use server::serve;

use crate::faults::{Service, When, failed_answer};
use crate::host::Rooms;
use crate::lambda::wire::RuntimeCall;

pub(crate) type Answer = Response<Full<Bytes>>;

/// The largest body that any of the services takes, with base64 around it.
const MAX_BODY_BYTES: usize = 24 * 1024 * 1024;

/// An answer in one of AWS's JSON protocols.
pub(crate) struct JsonAnswer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

impl From<JsonAnswer> for Answer {
    fn from(answer: JsonAnswer) -> Self {
        let mut response = Response::new(Bytes::from(answer.body).into());
        *response.status_mut() = answer.status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
        response
    }
}

/// The connection is to end without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut on order")]
pub(crate) struct Cut;

/// Answers one request.
pub(crate) async fn answer(rooms: Arc<Rooms>, request: Request<Incoming>) -> Result<Answer, Cut> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string())),
    };
    if !is_local(&rooms, &head.headers) {
        return Ok(plain(
            StatusCode::FORBIDDEN,
            "this machine answers to its loopback address only",
        ));
    }
    if let Some(function) = rooms.urls.function_of_host(&head.headers) {
        let function = function.to_owned();
        return Ok(rooms
            .urls
            .call(&function, &head, head.uri.path(), "", body)
            .await);
    }
    let path = head.uri.path();
    if let Some(call) = path.strip_prefix("/runtime/").and_then(RuntimeCall::parse) {
        if call.run_id != rooms.run_id {
            return Ok(plain(
                StatusCode::GONE,
                "this process belongs to an earlier run",
            ));
        }
        return Ok(rooms
            .functions
            .runtime_call(&call, &head.method, body)
            .await);
    }
    if let Some(target) = head
        .headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
    {
        return service_call(rooms.clone(), target.to_owned(), body).await;
    }
    if let Some(rest) = path.strip_prefix("/url/") {
        let (function, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let prefix = format!("/url/{function}");
        let below = if below.is_empty() { "/" } else { below };
        return Ok(rooms.urls.call(function, &head, below, &prefix, body).await);
    }
    if let Some(rest) = path.strip_prefix("/mails")
        && head.method == Method::GET
    {
        return Ok(rooms.mailer.page(rest));
    }
    let is_form = head.headers.get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    if path == "/" && head.method == Method::POST && is_form {
        return mailer_call(rooms.clone(), head.headers, body).await;
    }
    if let Some(function) = path
        .strip_prefix("/2015-03-31/functions/")
        .and_then(|rest| rest.strip_suffix("/invocations"))
    {
        return Ok(crate::invoke::answer(&rooms, function, &head.headers, body).await);
    }
    if path == "/" && head.method == Method::GET {
        return Ok(plain(StatusCode::OK, &rooms.overview()));
    }
    Ok(plain(
        StatusCode::NOT_FOUND,
        "nothing on this machine answers to that path",
    ))
}

async fn service_call(rooms: Arc<Rooms>, target: String, body: Bytes) -> Result<Answer, Cut> {
    let (prefix, operation) = target.split_once('.').unwrap_or((&target, ""));
    let service = match prefix {
        "DynamoDB_20120810" | "DynamoDBStreams_20120810" => Service::Table,
        "AWSEvents" => Service::Bus,
        "AmazonSQS" => Service::Queues,
        "AmazonSSM" => Service::Parameters,
        _ => {
            return Ok(plain(
                StatusCode::BAD_REQUEST,
                &format!("{target} is not an operation of this machine"),
            ));
        }
    };
    let held = rooms.rest.hold();
    let operation = operation.to_owned();
    let effect = {
        let (rooms, operation) = (rooms.clone(), operation.clone());
        async move { run_service_call(&rooms, service, &operation, body).await }
    };
    let answer = with_faults(&rooms, service, &operation, effect).await;
    drop(held);
    answer
}

async fn run_service_call(rooms: &Rooms, service: Service, operation: &str, body: Bytes) -> Answer {
    if service == Service::Table {
        let Ok(text) = std::str::from_utf8(&body) else {
            return plain(StatusCode::BAD_REQUEST, "the body is not UTF-8");
        };
        let answer = rooms.table.call(operation, text).await;
        let content_type = "application/x-amz-json-1.0";
        return JsonAnswer {
            status: answer.status,
            content_type,
            body: answer.body,
        }
        .into();
    }
    let request: Value = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            let body = serde_json::json!({ "__type": "SerializationException", "message": error.to_string() });
            let content_type = "application/x-amz-json-1.1";
            return JsonAnswer {
                status: StatusCode::BAD_REQUEST,
                content_type,
                body: body.to_string(),
            }
            .into();
        }
    };
    let answer = match service {
        Service::Queues => {
            rooms
                .queues
                .call(operation, &request, &rooms.base_url())
                .await
        }
        Service::Parameters => rooms.parameters.call(operation, &request),
        _ => rooms.bus.call(operation, &request).await,
    };
    rooms.counter.operation(operation, |count| {
        count.requests += 1;
        count.refused += u64::from(answer.status != StatusCode::OK);
    });
    answer.into()
}

async fn mailer_call(rooms: Arc<Rooms>, headers: HeaderMap, body: Bytes) -> Result<Answer, Cut> {
    let held = rooms.rest.hold();
    let operation = form_urlencoded::parse(&body)
        .find(|(name, _)| name == "Action")
        .map(|(_, value)| value.into_owned());
    let effect = {
        let rooms = rooms.clone();
        async move { rooms.mailer.call(&body.clone(), &headers, body).await }
    };
    let answer = with_faults(
        &rooms,
        Service::Mailer,
        operation.as_deref().unwrap_or_default(),
        effect,
    )
    .await;
    drop(held);
    answer
}

/// Runs the call, or fails it the way a test has ordered.
async fn with_faults(
    rooms: &Rooms,
    service: Service,
    operation: &str,
    effect: impl Future<Output = Answer> + Send + 'static,
) -> Result<Answer, Cut> {
    let Some((when, how)) = rooms.faults.of_call(operation) else {
        return Ok(effect.await);
    };
    match when {
        When::Before => {}
        When::After => {
            effect.await;
        }
        When::Late(after) => {
            let held = rooms.rest.hold();
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                effect.await;
                drop(held);
            });
        }
    }
    failed_answer(service, how).ok_or(Cut)
}

/// A page of some other site, open in a browser here, must not reach the machine by a name of its own.
fn is_local(rooms: &Rooms, headers: &HeaderMap) -> bool {
    if !rooms.address.ip().is_loopback() {
        return true;
    }
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return true;
    };
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|b| b.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    name == "localhost"
        || name.ends_with(".localhost")
        || name == "[::1]"
        || name.starts_with("127.")
}

pub(crate) fn plain(status: StatusCode, text: &str) -> Answer {
    let mut answer = Response::new(Bytes::from(format!("{text}\n")).into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    answer
}
