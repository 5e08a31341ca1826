//! Table stream → function: batches, filters, retries, halving, partial answers, failure records.

use local::template::{StreamMapping, Wiring};
use serde_json::{Value, json};

use crate::support::{Clients, advance, function, ground, start, stream};

fn wiring(mapping: StreamMapping) -> Wiring {
    Wiring {
        functions: vec![function("Reader", "stream")],
        streams: vec![mapping],
        ..ground()
    }
}

/// Lets retries come due, each with the pause before it.
async fn let_retries_pass(host: &local::Host) {
    for _ in 0..20 {
        host.at_rest().await;
        advance(host, 60);
    }
    host.at_rest().await;
}

fn keys(notes: &[Value]) -> Vec<Vec<String>> {
    notes
        .iter()
        .map(|batch| {
            batch
                .as_array()
                .unwrap()
                .iter()
                .map(|key| key.as_str().unwrap().to_owned())
                .collect()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_record_arrives_once_in_order() {
    let host = start(wiring(stream("Reader"))).await;
    let clients = Clients::of(&host);
    let wanted: Vec<String> = (0..25).map(|n| format!("item-{n:02}")).collect();
    for key in &wanted {
        clients.put_item(key).await;
    }
    host.at_rest().await;
    let batches = keys(&clients.notes("Reader").await);
    assert!(batches.iter().all(|batch| batch.len() <= 10), "{batches:?}");
    assert_eq!(batches.concat(), wanted);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_has_the_shape_of_aws() {
    let wiring = Wiring {
        functions: vec![function("Reader", "recorder")],
        streams: vec![stream("Reader")],
        ..ground()
    };
    let host = start(wiring).await;
    let clients = Clients::of(&host);
    clients.put_item("a").await;
    host.at_rest().await;
    let notes = clients.notes("Reader").await;
    let record = &notes[0]["Records"][0];
    assert_eq!(record["eventName"], "INSERT");
    assert_eq!(record["eventSource"], "aws:dynamodb");
    assert_eq!(record["eventVersion"], "1.1");
    assert_eq!(record["awsRegion"], "eu-central-1");
    assert!(
        record["eventSourceARN"]
            .as_str()
            .unwrap()
            .starts_with("arn:aws:dynamodb:eu-central-1:000000000000:table/Items/stream/")
    );
    assert_eq!(
        record["dynamodb"]["Keys"],
        json!({ "PK": { "S": "a" }, "SK": { "S": "ITEM" } })
    );
    assert_eq!(
        record["dynamodb"]["NewImage"],
        json!({ "PK": { "S": "a" }, "SK": { "S": "ITEM" } })
    );
    assert!(record["dynamodb"].get("OldImage").is_none());
    assert_eq!(
        record["dynamodb"]["ApproximateCreationDateTime"],
        1_772_442_000
    );
    assert_eq!(
        record["dynamodb"]["SequenceNumber"].as_str().unwrap().len(),
        21
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_changes_nothing_leaves_no_record() {
    let host = start(wiring(stream("Reader"))).await;
    let clients = Clients::of(&host);
    clients.put_item("a").await;
    host.at_rest().await;
    clients.put_item("a").await;
    clients.put_item("b").await;
    host.at_rest().await;
    assert_eq!(keys(&clients.notes("Reader").await).concat(), ["a", "b"]);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_lets_through_what_it_names() {
    let mut mapping = stream("Reader");
    mapping.filters = vec![
        json!({ "eventName": ["INSERT"], "dynamodb": { "Keys": { "PK": { "S": [{ "prefix": "x" }] } } } }),
        json!({ "dynamodb": { "Keys": { "PK": { "S": ["y"] } } } }),
    ];
    let host = start(wiring(mapping)).await;
    let clients = Clients::of(&host);
    for key in ["a", "x1", "b", "y", "c"] {
        clients.put_item(key).await;
    }
    host.at_rest().await;
    assert_eq!(keys(&clients.notes("Reader").await).concat(), ["x1", "y"]);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_may_ask_for_what_an_item_holds() {
    let mut mapping = stream("Reader");
    mapping.filters =
        vec![json!({ "dynamodb": { "NewImage": { "PK": { "S": [{ "suffix": "!" }] } } } })];
    let host = start(wiring(mapping)).await;
    let clients = Clients::of(&host);
    for key in ["a", "b!", "c"] {
        clients.put_item(key).await;
    }
    host.at_rest().await;
    assert_eq!(keys(&clients.notes("Reader").await).concat(), ["b!"]);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisonous_record_is_isolated_by_halving_and_given_up() {
    let mut mapping = stream("Reader");
    mapping.bisect_on_error = true;
    mapping.batching_window_seconds = 5;
    let host = start(wiring(mapping)).await;
    let clients = Clients::of(&host);
    for key in ["a", "b", "poison", "c"] {
        clients.put_item(key).await;
    }
    host.at_rest().await;
    assert!(
        clients.notes("Reader").await.is_empty(),
        "the window is still open"
    );
    advance(&host, 6);
    let_retries_pass(&host).await;
    let batches = keys(&clients.notes("Reader").await);
    assert_eq!(batches[0], ["a", "b", "poison", "c"]);
    assert_eq!(batches[1], ["a", "b"]);
    assert_eq!(batches[2], ["poison", "c"]);
    let alone = batches.iter().filter(|batch| **batch == ["poison"]).count();
    assert_eq!(alone, 3, "one attempt and two retries: {batches:?}");
    assert_eq!(batches.last().unwrap(), &["c"]);
    let failures = host.messages("Failures");
    assert_eq!(failures.len(), 1);
    let record: Value = serde_json::from_str(&failures[0].body).unwrap();
    assert_eq!(
        record["requestContext"]["condition"],
        "RetryAttemptsExhausted"
    );
    assert_eq!(record["DDBStreamBatchInfo"]["batchSize"], 1);
    assert_eq!(
        record["DDBStreamBatchInfo"]["startSequenceNumber"],
        record["DDBStreamBatchInfo"]["endSequenceNumber"]
    );
    assert!(record.get("requestPayload").is_none(), "metadata only");
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_answer_repeats_from_the_record_it_names() {
    let mut mapping = stream("Reader");
    mapping.batching_window_seconds = 5;
    let host = start(wiring(mapping)).await;
    let clients = Clients::of(&host);
    for key in ["a", "partial", "b"] {
        clients.put_item(key).await;
    }
    advance(&host, 6);
    let_retries_pass(&host).await;
    let batches = keys(&clients.notes("Reader").await);
    assert_eq!(batches[0], ["a", "partial", "b"]);
    assert!(
        batches[1..].iter().all(|batch| *batch == ["partial", "b"]),
        "{batches:?}"
    );
    assert_eq!(host.messages("Failures").len(), 1);
    clients.put_item("after").await;
    advance(&host, 6);
    host.at_rest().await;
    assert_eq!(
        keys(&clients.notes("Reader").await).last().unwrap(),
        &["after"]
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_past_their_age_are_given_up() {
    let mut mapping = stream("Reader");
    mapping.max_retries = None;
    mapping.max_record_age_seconds = Some(120);
    let host = start(wiring(mapping)).await;
    let clients = Clients::of(&host);
    clients.put_item("poison").await;
    let_retries_pass(&host).await;
    let record: Value = serde_json::from_str(&host.messages("Failures")[0].body).unwrap();
    assert_eq!(record["requestContext"]["condition"], "RecordAgeExceeded");
    host.shutdown().await;
}
