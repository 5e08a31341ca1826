//! Machines for tests, SDK clients for them, and the test function's binary.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::Timestamp;
use local::clock::Clock;
use local::template::{
    AsynchronousInvocation, Bus, DeliveryRetry, Function, Queue, QueueMapping, Rule, StreamMapping,
    Table, Wiring,
};
use local::{Host, Settings};
use serde_json::{Value, json};

pub(crate) const START: &str = "2026-03-02T09:00:00Z";

/// The folder with the `bootstrap` example.
pub(crate) fn bin_dir() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test
        .parent()
        .and_then(|deps| deps.parent())
        .unwrap()
        .join("examples");
    assert!(
        folder.join("bootstrap").is_file(),
        "build it first: cargo build -p local --examples"
    );
    folder
}

/// A clock that stands until a test moves it.
pub(crate) fn standing_clock() -> Clock {
    let clock = Clock::system();
    clock.set_rate(0.0).unwrap();
    clock.set(START.parse().unwrap()).unwrap();
    clock
}

pub(crate) fn settings(wiring: Wiring, clock: &Clock) -> Settings {
    Settings::new(wiring, bin_dir(), clock.clone())
}

pub(crate) async fn start(wiring: Wiring) -> Host {
    Host::start(settings(wiring, &standing_clock()))
        .await
        .unwrap()
}

/// Lines that functions printed, with the functions' names.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<(String, String)>>>);

impl Lines {
    pub(crate) fn listen(&self, settings: &mut Settings) {
        let lines = self.0.clone();
        settings.log = Some(Arc::new(move |line| {
            lines
                .lock()
                .unwrap()
                .push((line.function.to_owned(), line.text.to_owned()))
        }));
    }

    pub(crate) fn of(&self, function: &str) -> Vec<String> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .filter(|(name, _)| name == function)
            .map(|(_, text)| text.clone())
            .collect()
    }
}

pub(crate) fn advance(host: &Host, seconds: i64) {
    let clock = host.clock();
    clock
        .set(clock.now() + jiff::SignedDuration::from_secs(seconds))
        .unwrap();
}

pub(crate) fn now(host: &Host) -> Timestamp {
    host.clock().now()
}

pub(crate) fn function(name: &str, role: &str) -> Function {
    Function {
        name: name.to_owned(),
        binary: "bootstrap".to_owned(),
        timeout_seconds: 10,
        memory_mb: 128,
        environment: BTreeMap::from([
            ("ROLE".to_owned(), role.to_owned()),
            ("TABLE".to_owned(), "Items".to_owned()),
        ]),
        asynchronous: AsynchronousInvocation {
            max_retries: 2,
            max_event_age_seconds: 21_600,
            on_failure_queue: None,
        },
        url: None,
        reserved_concurrency: None,
    }
}

pub(crate) fn table(name: &str) -> Table {
    Table {
        name: name.to_owned(),
        create_table: json!({
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                { "AttributeName": "PK", "AttributeType": "S" },
                { "AttributeName": "SK", "AttributeType": "S" },
            ],
            "KeySchema": [
                { "AttributeName": "PK", "KeyType": "HASH" },
                { "AttributeName": "SK", "KeyType": "RANGE" },
            ],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
        }),
        ttl_attribute: None,
    }
}

pub(crate) fn queue(name: &str) -> Queue {
    Queue {
        name: name.to_owned(),
        visibility_timeout_seconds: 60,
        redrive: None,
    }
}

pub(crate) fn rule(name: &str, function: &str, pattern: Value) -> Rule {
    Rule {
        name: name.to_owned(),
        bus: "Bus".to_owned(),
        pattern,
        function: function.to_owned(),
        retry: DeliveryRetry {
            max_attempts: 3,
            max_age_seconds: 3600,
        },
        dead_letter_queue: Some("DeadLetters".to_owned()),
    }
}

pub(crate) fn stream(function: &str) -> StreamMapping {
    StreamMapping {
        table: "Items".to_owned(),
        function: function.to_owned(),
        batch_size: 10,
        batching_window_seconds: 0,
        bisect_on_error: false,
        max_retries: Some(2),
        max_record_age_seconds: None,
        partial_batch_response: true,
        filters: Vec::new(),
        on_failure_queue: Some("Failures".to_owned()),
    }
}

pub(crate) fn queue_mapping(queue: &str, function: &str) -> QueueMapping {
    QueueMapping {
        queue: queue.to_owned(),
        function: function.to_owned(),
        batch_size: 10,
        partial_batch_response: true,
    }
}

/// A bus, two tables, two queues; tests add the rest.
pub(crate) fn ground() -> Wiring {
    Wiring {
        buses: vec![Bus {
            name: "Bus".to_owned(),
        }],
        tables: vec![table("Items"), table("Notes")],
        queues: vec![queue("DeadLetters"), queue("Failures")],
        ..Wiring::default()
    }
}

pub(crate) struct Clients {
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) eventbridge: aws_sdk_eventbridge::Client,
    pub(crate) ses: aws_sdk_ses::Client,
}

impl Clients {
    pub(crate) fn of(host: &Host) -> Self {
        Self::at(&host.url())
    }

    /// Clients that never retry: a test wants to see each answer.
    pub(crate) fn at(url: &str) -> Self {
        let http = aws_smithy_http_client::Builder::new().build_http();
        let credentials =
            SharedCredentialsProvider::new(Credentials::new("local", "local", None, None, "test"));
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf(
                    $sdk::Config::builder()
                        .behavior_version($sdk::config::BehaviorVersion::latest())
                        .http_client(http.clone())
                        .region(Region::new("eu-central-1"))
                        .credentials_provider(credentials.clone())
                        .retry_config($sdk::config::retry::RetryConfig::disabled())
                        .endpoint_url(url)
                        .build(),
                )
            };
        }
        Self {
            dynamodb: client!(aws_sdk_dynamodb),
            eventbridge: client!(aws_sdk_eventbridge),
            ses: client!(aws_sdk_ses),
        }
    }

    pub(crate) async fn put_event(&self, source: &str, detail_type: &str, detail: Value) {
        let answer = self
            .eventbridge
            .put_events()
            .entries(entry(source, detail_type, &detail.to_string()))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.failed_entry_count(), 0, "{answer:?}");
    }

    pub(crate) async fn put_item(&self, key: &str) {
        self.dynamodb
            .put_item()
            .table_name("Items")
            .item("PK", AttributeValue::S(key.to_owned()))
            .item("SK", AttributeValue::S("ITEM".to_owned()))
            .send()
            .await
            .unwrap();
    }

    /// What a `recorder` or `stream` function has written down, in order.
    pub(crate) async fn notes(&self, function: &str) -> Vec<Value> {
        let answer = self
            .dynamodb
            .query()
            .table_name("Notes")
            .key_condition_expression("PK = :function")
            .expression_attribute_values(":function", AttributeValue::S(function.to_owned()))
            .send()
            .await
            .unwrap();
        answer
            .items()
            .iter()
            .map(|item| serde_json::from_str(item["what"].as_s().unwrap()).unwrap())
            .collect()
    }
}

pub(crate) fn entry(source: &str, detail_type: &str, detail: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .source(source)
        .detail_type(detail_type)
        .detail(detail)
        .event_bus_name("Bus")
        .build()
}

/// Invokes a function by the Invoke call and waits. The flag says whether it failed.
pub(crate) async fn invoke(host: &Host, function: &str, payload: &Value) -> (bool, Value) {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    let answer = post(&host.url(), &path, &[], payload.to_string()).await;
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    (answer.header("x-amz-function-error").is_some(), body)
}

pub(crate) async fn invoke_event(host: &Host, function: &str, payload: &Value) {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    let answer = post(
        &host.url(),
        &path,
        &[("x-amz-invocation-type", "Event")],
        payload.to_string(),
    )
    .await;
    assert_eq!(answer.status, 202);
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: hyper::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect()
    }
}

pub(crate) async fn post(url: &str, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
    request(url, "POST", path, headers, body).await
}

pub(crate) async fn get(url: &str, path: &str) -> Answer {
    request(url, "GET", path, &[], String::new()).await
}

pub(crate) async fn request(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Answer {
    use http_body_util::BodyExt;
    let address = url.trim_start_matches("http://");
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream))
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    let mut request = hyper::Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", address);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = sender
        .send_request(
            request
                .body(http_body_util::Full::new(bytes::Bytes::from(body)))
                .unwrap(),
        )
        .await
        .unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    connection.abort();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
    }
}
