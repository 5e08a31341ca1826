//! A machine that is killed and started again on the same folder has lost nothing that it had acknowledged.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::RawMessage;
use local::clock::Clock;
use local::template::Wiring;
use local::{Host, Settings};
use serde_json::{Value, json};

use crate::support::{Clients, advance, bin_dir, entry, function, ground, rule, stream};

const FOLDER: &str = "MACHINE_TEST_FOLDER";

fn wiring() -> Wiring {
    let mut failing = function("Failing", "recorder");
    failing.asynchronous.on_failure_queue = Some("Failures".to_owned());
    let mut reader = stream("Reader");
    reader.batch_size = 100;
    Wiring {
        functions: vec![
            function("Writer", "writer"),
            failing,
            function("Reader", "stream"),
        ],
        rules: vec![
            rule("Write", "Writer", json!({ "detail-type": ["write"] })),
            rule("Fail", "Failing", json!({ "detail-type": ["fail"] })),
        ],
        streams: vec![reader],
        ..ground()
    }
}

fn settings(folder: &Path) -> Settings {
    let clock_file = folder.join("clock");
    let mut settings = Settings::new(wiring(), bin_dir(), Clock::from_file(clock_file).unwrap());
    settings.data = Some(folder.to_owned());
    settings
}

/// Not a test: the machine that the test below starts as a process of its own and kills.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it runs until it is killed"]
async fn machine_process() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let host = Host::start(settings(Path::new(&folder))).await.unwrap();
    std::fs::write(Path::new(&folder).join("url.new"), host.url()).unwrap();
    std::fs::rename(
        Path::new(&folder).join("url.new"),
        Path::new(&folder).join("url"),
    )
    .unwrap();
    std::future::pending::<()>().await;
}

async fn start_process(folder: &Path) -> (Child, String) {
    let url = folder.join("url");
    let _ = std::fs::remove_file(&url);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "restart::machine_process",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..1000 {
        if let Ok(url) = std::fs::read_to_string(&url) {
            return (child, url);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("the machine did not start");
}

/// What the machine has said it has.
#[derive(Default)]
struct Acknowledged {
    events: BTreeSet<String>,
    failing: usize,
    mails: BTreeSet<String>,
    items: BTreeSet<String>,
}

/// Sends until the machine is killed under it.
async fn send(clients: &Clients, round: usize, acknowledged: &mut Acknowledged) {
    for n in 0.. {
        let id = format!("event-{round}-{n:05}");
        let detail = json!({ "id": id }).to_string();
        let entries = vec![entry("test", "write", &detail)];
        match clients
            .eventbridge
            .put_events()
            .set_entries(Some(entries))
            .send()
            .await
        {
            Ok(_) => acknowledged.events.insert(id),
            Err(_) => return,
        };
        if n == 0 {
            let failing = entry("test", "fail", &json!({ "do": "fail" }).to_string());
            match clients
                .eventbridge
                .put_events()
                .entries(failing)
                .send()
                .await
            {
                Ok(_) => acknowledged.failing += 1,
                Err(_) => return,
            }
        }
        let id = format!("item-{round}-{n:05}");
        let put = clients
            .dynamodb
            .put_item()
            .table_name("Items")
            .item("PK", AttributeValue::S(id.clone()));
        match put
            .item("SK", AttributeValue::S("-".to_owned()))
            .send()
            .await
        {
            Ok(_) => acknowledged.items.insert(id),
            Err(_) => return,
        };
        let raw = format!("From: a@x.test\r\nTo: b@x.test\r\nSubject: {round}-{n}\r\n\r\nHi");
        let message = RawMessage::builder().data(Blob::new(raw)).build().unwrap();
        match clients
            .ses
            .send_raw_email()
            .raw_message(message)
            .send()
            .await
        {
            Ok(sent) => acknowledged.mails.insert(sent.message_id().to_owned()),
            Err(_) => return,
        };
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_machine_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Acknowledged::default();
    for round in 0..3 {
        let (mut child, url) = start_process(folder.path()).await;
        let clients = Clients::at(&url);
        let killing = async {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            child.kill().unwrap();
            child.wait().unwrap();
        };
        tokio::join!(send(&clients, round, &mut acknowledged), killing);
    }
    assert!(
        acknowledged.events.len() > 10,
        "{}",
        acknowledged.events.len()
    );

    let host = Host::start(settings(folder.path())).await.unwrap();
    host.at_rest().await;
    let clients = Clients::of(&host);
    let mut items = BTreeSet::new();
    let mut pages = clients
        .dynamodb
        .scan()
        .table_name("Items")
        .into_paginator()
        .items()
        .send();
    while let Some(item) = pages.next().await {
        items.insert(item.unwrap()["PK"].as_s().unwrap().clone());
    }
    let wanted: BTreeSet<String> = acknowledged
        .events
        .union(&acknowledged.items)
        .cloned()
        .collect();
    let lost: Vec<&String> = wanted.difference(&items).collect();
    assert!(lost.is_empty(), "items lost: {lost:?}");
    let notes = clients.notes("Reader").await;
    let read: BTreeSet<String> = notes
        .iter()
        .flat_map(|batch| batch.as_array().unwrap())
        .map(|key| key.as_str().unwrap().to_owned())
        .collect();
    let unread: Vec<&String> = items.difference(&read).collect();
    assert!(unread.is_empty(), "records lost: {unread:?}");
    let kept: BTreeSet<String> = host
        .mails()
        .into_iter()
        .map(|mail| mail.message_id)
        .collect();
    assert!(acknowledged.mails.is_subset(&kept), "mails lost");

    // The retries that were planned before the kill still come, and end in the failure queue once each.
    for _ in 0..3 {
        advance(&host, 121);
        host.at_rest().await;
    }
    let failures = host.messages("Failures");
    assert!(
        failures.len() >= acknowledged.failing,
        "{} of {}",
        failures.len(),
        acknowledged.failing
    );
    let counts: Vec<Value> = failures.iter().map(|failure| serde_json::from_str::<Value>(&failure.body).unwrap()["requestContext"]["approximateInvokeCount"].clone()).collect();
    assert!(counts.iter().all(|count| *count == json!(3)), "{counts:?}");
    host.shutdown().await;

    let host = Host::start(settings(folder.path())).await.unwrap();
    assert_eq!(
        host.messages("Failures").len(),
        failures.len(),
        "queues outlive the machine"
    );
    host.at_rest().await;
    assert_eq!(
        host.counts().functions.get("Writer"),
        None,
        "what is done is not done again"
    );
    host.shutdown().await;
}
