//! Answers HTTP calls in the process, from a script, and remembers what was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use store::{Clients, Config, Wire};

/// What the outside says to one call.
#[derive(Debug, Clone)]
pub enum Answer {
    Is(u16, String),
    /// The connection stays open and nothing comes.
    Silence,
    /// The connection breaks after the request was sent.
    Broken,
}

impl Answer {
    pub fn json(body: Value) -> Self {
        Self::Is(200, body.to_string())
    }

    /// An error as DynamoDB and EventBridge say it.
    pub fn error(status: u16, code: &str, rest: Value) -> Self {
        let mut body = rest;
        body["__type"] = json!(format!("com.amazonaws#{code}"));
        Self::Is(status, body.to_string())
    }
}

#[derive(Debug)]
struct Call {
    operation: String,
    body: Vec<u8>,
}

/// Gives the answers in order, whichever service asks; a call beyond them is the test's failure.
#[derive(Debug, Clone, Default)]
pub struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Call>>>,
}

impl Script {
    pub fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        let script = Self::default();
        script.answers.lock().unwrap().extend(answers);
        script
    }

    pub fn clients(&self) -> Clients {
        let config = Config::local(
            "http://127.0.0.1:1",
            "baton-test",
            "bus-test",
            "ops@example.com",
        )
        .unwrap();
        let mut wire = Wire::through(SharedHttpClient::new(self.clone()));
        wire.retry_budget = Some(RetryPartition::custom("script").build());
        Clients::over(&config, wire)
    }

    /// The bodies of the calls so far, as JSON.
    pub fn asked(&self) -> Vec<Value> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .map(|call| serde_json::from_slice(&call.body).unwrap())
            .collect()
    }

    /// The bodies of the calls so far, as text.
    pub fn asked_text(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .map(|call| String::from_utf8(call.body.clone()).unwrap())
            .collect()
    }

    /// The operations called so far, in order.
    pub fn operations(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|call| call.operation.clone())
            .collect()
    }

    pub fn calls(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        self.asked.lock().unwrap().push(Call { operation, body });
        let answer = self.answers.lock().unwrap().pop_front();
        HttpConnectorFuture::new(async move {
            match answer.expect("the script has an answer for every call") {
                Answer::Is(status, body) => {
                    let status = status.try_into().unwrap();
                    Ok(HttpResponse::new(status, SdkBody::from(body)))
                }
                Answer::Silence => std::future::pending().await,
                Answer::Broken => Err(ConnectorError::io("connection reset".into())),
            }
        })
    }
}

impl HttpClient for Script {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
