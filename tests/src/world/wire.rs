//! The seam below the SDK: every AWS call passes here, is counted, and can be made to fail before or after its effect.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::clock::SimClock;
use super::engine::Engine;
use crate::cost::Asked;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refused for being too much, before it had any effect.
    Throttled,
    /// Lost on the way there.
    LostBefore,
    /// Carried out, and the answer lost.
    LostAfter,
    /// The process stops: before the call leaves it.
    StopBefore,
    /// The process stops: after the call was carried out, before it hears of it.
    StopAfter,
}

pub const FAULTS: [Fault; 5] = [
    Fault::Throttled,
    Fault::LostBefore,
    Fault::LostAfter,
    Fault::StopBefore,
    Fault::StopAfter,
];

/// A mail as it was handed to SES.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub raw: Vec<u8>,
}

/// What the wire has seen and holds.
pub struct Wires {
    pub engine: Engine,
    pub clock: SimClock,
    /// Who made each call, and what it was: `NotifyFunction UpdateItem O`.
    pub calls: Vec<String>,
    /// What each of them asked for and cost; a call that failed by a fault, nothing.
    pub asked: Vec<Asked>,
    /// Whether that is read at all: it takes as long again as the table's answer.
    pub is_counting: bool,
    /// The function that runs at the moment.
    pub running: String,
    pub fault_at: Option<(usize, Fault)>,
    /// Told when a process is stopped; whoever runs it drops it.
    pub stopped: Arc<Notify>,
    pub bus: Vec<Value>,
    pub mails: Vec<Taken>,
    /// Effect rows in the order in which they were written: the world's stream.
    pub stream: Vec<Value>,
    /// The keys of those rows.
    streamed: HashSet<String>,
    event_count: u64,
}

pub type Shared = Arc<Mutex<Wires>>;

impl Wires {
    pub fn new(clock: SimClock, create_table: Value) -> Self {
        Wires {
            engine: Engine::new(clock.clone(), create_table),
            clock,
            calls: Vec::new(),
            asked: Vec::new(),
            is_counting: false,
            running: String::new(),
            fault_at: None,
            stopped: Arc::default(),
            bus: Vec::new(),
            mails: Vec::new(),
            stream: Vec::new(),
            streamed: HashSet::new(),
            event_count: 0,
        }
    }

    /// The number of the next call, if it is to fail.
    fn fault(&mut self, name: String) -> Option<Fault> {
        self.calls.push(name);
        self.asked.push(Asked::default());
        match self.fault_at {
            Some((at, fault)) if at + 1 == self.calls.len() => Some(fault),
            _ => None,
        }
    }

    fn carry_out(&mut self, target: Option<&str>, body: &[u8]) -> (u16, String) {
        match target {
            Some("AWSEvents.PutEvents") => self.put_events(body),
            Some(target) => {
                let operation = target.rsplit('.').next().unwrap_or_default();
                let (status, answer) = self.engine.answer(operation, body);
                if status == 200 {
                    self.stream_of(operation, body);
                }
                (status, answer)
            }
            None => self.send_raw_email(body),
        }
    }

    /// A stream has one record per new item; only effect rows have a listener. A transaction repeated under its
    /// token writes nothing, and so has no record.
    fn stream_of(&mut self, operation: &str, body: &[u8]) {
        if operation != "TransactWriteItems" {
            return;
        }
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        for item in request["TransactItems"].as_array().into_iter().flatten() {
            let image = &item["Put"]["Item"];
            let is_effect = image["SK"]["S"]
                .as_str()
                .is_some_and(|key| key.starts_with("O#"));
            if is_effect
                && self
                    .streamed
                    .insert(format!("{} {}", image["PK"], image["SK"]))
            {
                self.stream.push(image.clone());
            }
        }
    }

    fn put_events(&mut self, body: &[u8]) -> (u16, String) {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut answers = Vec::new();
        for entry in request["Entries"].as_array().into_iter().flatten() {
            self.event_count += 1;
            let id = format!("event-{}", self.event_count);
            let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap_or_default())
                .unwrap_or_default();
            self.bus.push(json!({
                "version": "0", "id": id, "source": entry["Source"], "detail-type": entry["DetailType"],
                "account": "000000000000", "time": self.clock.now().to_string(), "region": "eu-central-1",
                "resources": [], "detail": detail,
            }));
            answers.push(json!({ "EventId": id }));
        }
        (
            200,
            json!({ "FailedEntryCount": 0, "Entries": answers }).to_string(),
        )
    }

    fn send_raw_email(&mut self, body: &[u8]) -> (u16, String) {
        let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let data = form
            .iter()
            .find(|(name, _)| name == "RawMessage.Data")
            .map(|(_, data)| data.clone());
        let raw = base64::prelude::BASE64_STANDARD
            .decode(data.unwrap_or_default())
            .unwrap_or_default();
        self.mails.push(Taken { raw });
        let id = format!("mail-{}", self.mails.len());
        let answer = format!(
            "<SendRawEmailResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><SendRawEmailResult>\
             <MessageId>{id}</MessageId></SendRawEmailResult><ResponseMetadata><RequestId>r</RequestId>\
             </ResponseMetadata></SendRawEmailResponse>"
        );
        (200, answer)
    }
}

/// The operation, and what kind of item or index it is for: together with the function, the place in the code.
fn what(target: Option<&str>, body: &[u8]) -> String {
    let Some(target) = target else {
        return "SendRawEmail".to_owned();
    };
    let operation = target.rsplit('.').next().unwrap_or_default();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let first = &body["TransactItems"][0];
    let text = |value: &Value| value["S"].as_str().map(str::to_owned);
    let kind = text(&body["Key"]["SK"])
        .or_else(|| text(&body["Item"]["SK"]))
        .or_else(|| text(&first["Put"]["Item"]["SK"]))
        .or_else(|| Some(body["IndexName"].as_str()?.to_owned()))
        .or_else(|| text(&body["ExpressionAttributeValues"][":pk"]))
        .unwrap_or_default();
    // `A#TASK#plan#1` is a task, `O#0001-2` an effect; numbers and names are this item's own.
    let kind: Vec<&str> = kind
        .split('#')
        .take_while(|part| !part.contains(|c: char| !c.is_ascii_uppercase() && c != '-'))
        .collect();
    format!("{operation} {}", kind.join("#"))
}

#[derive(Clone)]
struct Connector(Shared);

impl std::fmt::Debug for Connector {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").map(str::to_owned);
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let mut wires = self.0.lock().expect("the world is one thread");
        let site = format!("{} {}", wires.running, what(target.as_deref(), &body));
        let fault = wires.fault(site);
        let lost = || {
            HttpConnectorFuture::ready(Err(ConnectorError::timeout("the answer was lost".into())))
        };
        match fault {
            Some(Fault::Throttled) => {
                let body = match target.is_some() {
                    true => r#"{"__type":"ThrottlingException","message":"too much"}"#.to_owned(),
                    false => "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>too much</Message></Error></ErrorResponse>".to_owned(),
                };
                HttpConnectorFuture::ready(Ok(response(400, body)))
            }
            Some(Fault::LostBefore) => lost(),
            Some(Fault::StopBefore) => {
                wires.stopped.notify_one();
                HttpConnectorFuture::new(std::future::pending())
            }
            Some(Fault::LostAfter) => {
                wires.carry_out(target.as_deref(), &body);
                lost()
            }
            Some(Fault::StopAfter) => {
                wires.carry_out(target.as_deref(), &body);
                wires.stopped.notify_one();
                HttpConnectorFuture::new(std::future::pending())
            }
            None => {
                let (status, answer) = wires.carry_out(target.as_deref(), &body);
                let operation = target.as_deref().unwrap_or("SendRawEmail");
                let operation = operation.rsplit('.').next().unwrap_or_default();
                if wires.is_counting
                    && let Some(last) = wires.asked.last_mut()
                {
                    *last = Asked::of(operation, &body, &answer);
                }
                HttpConnectorFuture::ready(Ok(response(status, answer)))
            }
        }
    }
}

fn response(status: u16, body: String) -> HttpResponse {
    let status = status.try_into().expect("a status has three digits");
    HttpResponse::new(status, SdkBody::from(body))
}

pub fn client(wires: &Shared) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector(wires.clone()));
    http_client_fn(move |_, _| connector.clone())
}
