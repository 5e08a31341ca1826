//! Function URLs: an HTTP request in, payload format 2.0 to the function, its answer out.
//! It must not know what the pages show.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::clock::Clock;
use crate::lambda::{Functions, Invocation, Outcome};
use crate::rest::Rest;
use crate::template::{self, FunctionUrl};
use crate::wire::{Answer, plain};

/// What Lambda takes for a synchronous invocation.
const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;

pub(crate) struct Urls {
    functions: Arc<Functions>,
    clock: Clock,
    rest: Rest,
    /// By logical id.
    urls: BTreeMap<String, FunctionUrl>,
}

impl Urls {
    pub(crate) fn new(
        functions: Arc<Functions>,
        settings: &[template::Function],
        clock: Clock,
        rest: Rest,
    ) -> Self {
        let urls = settings
            .iter()
            .filter_map(|function| Some((function.name.clone(), function.url.clone()?)));
        Self {
            urls: urls.collect(),
            functions,
            clock,
            rest,
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.urls.keys().map(String::as_str)
    }

    /// `<logical id>.localhost` is a function's own host, as on AWS, so that its pages may link from the root.
    pub(crate) fn function_of_host(&self, headers: &HeaderMap) -> Option<&str> {
        let host = headers.get(HOST)?.to_str().ok()?;
        let name = host.split(':').next()?.strip_suffix(".localhost")?;
        self.urls
            .keys()
            .find(|function| function.eq_ignore_ascii_case(name))
            .map(String::as_str)
    }

    /// `path` is what the function sees; `prefix` is what stands before it on the wire.
    pub(crate) async fn call(
        &self,
        function: &str,
        head: &Parts,
        path: &str,
        prefix: &str,
        body: Bytes,
    ) -> Answer {
        let Some(url) = self.urls.get(function) else {
            return plain(StatusCode::NOT_FOUND, "no function has this URL");
        };
        if url.auth_type == "AWS_IAM" && !is_signed(&head.headers) {
            return message(StatusCode::FORBIDDEN, "Forbidden");
        }
        if body.len() > MAX_BODY_BYTES {
            return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        }
        let held = self.rest.hold();
        let request_id = uuid::Uuid::new_v4().to_string();
        let event = event(head, path, &body, &request_id, self.clock.now());
        let invocation = Invocation {
            request_id,
            payload: Bytes::from(event.to_string()),
        };
        let outcome = self.functions.invoke(function, invocation).await;
        drop(held);
        match outcome {
            Some(Outcome::Answered(answer)) => response(&answer, prefix),
            _ => message(StatusCode::BAD_GATEWAY, "Internal Server Error"),
        }
    }
}

/// Whether the request carries a signature. It is not verified: there is nobody here to whom keys could belong.
fn is_signed(headers: &HeaderMap) -> bool {
    headers
        .get("authorization")
        .is_some_and(|value| value.as_bytes().starts_with(b"AWS4-HMAC-SHA256"))
}

fn event(head: &Parts, path: &str, body: &Bytes, request_id: &str, now: Timestamp) -> Value {
    let mut headers = Map::new();
    let mut cookies = Vec::new();
    for name in head.headers.keys() {
        let values: Vec<&str> = head
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        if name == "cookie" {
            cookies.extend(
                values
                    .iter()
                    .flat_map(|value| value.split(';'))
                    .map(|cookie| cookie.trim().to_owned()),
            );
        } else {
            headers.insert(name.as_str().to_owned(), values.join(",").into());
        }
    }
    let query = head.uri.query().unwrap_or_default();
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let joined = match parameters.get(name.as_ref()).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value.into_owned(),
        };
        parameters.insert(name.into_owned(), joined.into());
    }
    let domain = head
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let prefix = domain.split(['.', ':']).next().unwrap_or(domain);
    let user_agent = head
        .headers
        .get("user-agent")
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": prefix,
            "domainName": domain,
            "domainPrefix": prefix,
            "http": {
                "method": head.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": user_agent,
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    if !parameters.is_empty() {
        event["queryStringParameters"] = parameters.into();
    }
    if !body.is_empty() {
        match std::str::from_utf8(body) {
            Ok(text) if is_text(&head.headers) => event["body"] = text.into(),
            _ => {
                event["body"] = STANDARD.encode(body).into();
                event["isBase64Encoded"] = true.into();
            }
        }
    }
    event
}

/// The content types that Lambda passes on as text.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers
        .get("content-type")
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind.starts_with("text/")
        || [
            "application/json",
            "application/javascript",
            "application/xml",
        ]
        .contains(&kind.as_str())
}

/// The function's answer as HTTP. An answer without a status code is a JSON body by itself.
fn response(answer: &Bytes, prefix: &str) -> Answer {
    let parsed: Value = serde_json::from_slice(answer).unwrap_or(Value::Null);
    let Some(status) = parsed["statusCode"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok())
    else {
        let mut response = Response::new(answer.clone().into());
        response
            .headers_mut()
            .insert("content-type", HeaderValue::from_static("application/json"));
        return response;
    };
    let body = parsed["body"].as_str().unwrap_or_default();
    let body = if parsed["isBase64Encoded"].as_bool() == Some(true) {
        match STANDARD.decode(body) {
            Ok(bytes) => Bytes::from(bytes),
            Err(_) => return message(StatusCode::BAD_GATEWAY, "Internal Server Error"),
        }
    } else {
        Bytes::from(body.to_owned())
    };
    let Ok(status) = StatusCode::from_u16(status) else {
        return message(StatusCode::BAD_GATEWAY, "Internal Server Error");
    };
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in parsed["headers"].as_object().into_iter().flatten() {
        add_header(response.headers_mut(), name, &header_text(value), prefix);
    }
    for cookie in parsed["cookies"].as_array().into_iter().flatten() {
        if let Ok(value) = HeaderValue::from_str(&header_text(cookie)) {
            response.headers_mut().append("set-cookie", value);
        }
    }
    response
}

fn add_header(headers: &mut HeaderMap, name: &str, value: &str, prefix: &str) {
    let value = match name.to_ascii_lowercase().as_str() {
        // The function's root is below a path here, so a redirect from the root must be, too.
        "location" if value.starts_with('/') && !value.starts_with("//") => {
            format!("{prefix}{value}")
        }
        "content-length" | "transfer-encoding" | "connection" => return,
        _ => value.to_owned(),
    };
    if let (Ok(name), Ok(value)) = (
        HeaderName::from_bytes(name.as_bytes()),
        HeaderValue::from_str(&value),
    ) {
        headers.insert(name, value);
    }
}

fn header_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn message(status: StatusCode, text: &str) -> Answer {
    let mut answer = Response::new(Bytes::from(json!({ "Message": text }).to_string()).into());
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/json"));
    answer
}
