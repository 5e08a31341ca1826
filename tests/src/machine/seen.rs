//! What the machine takes from outside by its webhook, and what it leaves behind in its table and its logs.
//! It must not change what it looks at.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Machine;

impl Machine {
    /// A POST to the webhook, below its address: the status, and what was answered.
    pub async fn webhook(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
        let endpoints = self.host.endpoints();
        let webhook = endpoints.iter().find(|(name, _)| name == "WebhookFunction");
        let url = format!("{}{path}", webhook.expect("the template has a webhook").1);
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let body = body.to_owned();
        let asked = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .build()
                .into();
            let request = headers
                .iter()
                .fold(agent.post(&url), |request, (name, value)| {
                    request.header(name, value)
                });
            let answer = request.send(&body).expect("it answers");
            let status = answer.status().as_u16();
            let text = answer.into_body().read_to_string().expect("with a text");
            (
                status,
                serde_json::from_str(&text).unwrap_or(Value::String(text)),
            )
        });
        asked.await.expect("it was asked")
    }

    /// Everything that the table holds, as text.
    pub async fn table_text(&self) -> String {
        let table = self.store.table().name().to_owned();
        let mut pages = self
            .clients
            .dynamodb()
            .scan()
            .table_name(table)
            .into_paginator()
            .send();
        let mut lines = Vec::new();
        while let Some(page) = pages.next().await {
            let items = page.expect("the table answers").items.unwrap_or_default();
            lines.extend(
                items
                    .into_iter()
                    .map(|item| format!("{:?}", item.into_iter().collect::<BTreeMap<_, _>>())),
            );
        }
        lines.sort();
        lines.join("\n")
    }

    /// What the functions have printed.
    pub fn logs(&self) -> String {
        self.lines
            .lock()
            .expect("no test has panicked with it")
            .join("\n")
    }
}
