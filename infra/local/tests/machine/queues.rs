//! Queue → function, visibility, redrive, and the queue calls on the wire.

use local::Host;
use local::template::{Redrive, Wiring};
use serde_json::{Value, json};

use crate::support::{
    Clients, advance, function, ground, invoke_event, post, queue, queue_mapping, start,
};

async fn call(host: &Host, operation: &str, body: Value) -> Value {
    let headers = [("x-amz-target", &*format!("AmazonSQS.{operation}"))];
    let answer = post(&host.url(), "/", &headers, body.to_string()).await;
    serde_json::from_str(&answer.text()).unwrap()
}

async fn send(host: &Host, queue: &str, body: &str) {
    let url = call(host, "GetQueueUrl", json!({ "QueueName": queue })).await["QueueUrl"].clone();
    let sent = call(
        host,
        "SendMessage",
        json!({ "QueueUrl": url, "MessageBody": body }),
    )
    .await;
    assert!(sent["MessageId"].is_string(), "{sent}");
}

fn wiring() -> Wiring {
    let mut failures = queue("Failures");
    failures.redrive = Some(Redrive {
        queue: "DeadLetters".to_owned(),
        max_receives: 2,
    });
    Wiring {
        queues: vec![failures, queue("DeadLetters")],
        functions: vec![function("Park", "recorder")],
        queue_mappings: vec![queue_mapping("Failures", "Park")],
        ..ground()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_invocation_reaches_the_function_behind_its_failure_queue() {
    let mut wiring = wiring();
    let mut failing = function("Failing", "obedient");
    failing.asynchronous.max_retries = 0;
    failing.asynchronous.on_failure_queue = Some("Failures".to_owned());
    wiring.functions.push(failing);
    let host = start(wiring).await;
    let clients = Clients::of(&host);
    invoke_event(&host, "Failing", &json!({ "do": "error" })).await;
    host.at_rest().await;
    let notes = clients.notes("Park").await;
    assert_eq!(notes.len(), 1);
    let record = &notes[0]["Records"][0];
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(
        record["eventSourceARN"],
        "arn:aws:sqs:eu-central-1:000000000000:Failures"
    );
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["requestPayload"], json!({ "do": "error" }));
    assert!(
        host.messages("Failures").is_empty(),
        "what was handled is deleted"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_keeps_failing_moves_on() {
    let mut wiring = wiring();
    wiring.functions = vec![function("Park", "obedient")];
    // The records are no order to the obedient function; told to exit it never answers.
    wiring.functions[0]
        .environment
        .insert("ROLE".to_owned(), "refuses-to-start".to_owned());
    let host = start(wiring).await;
    send(&host, "Failures", "{}").await;
    host.at_rest().await;
    assert_eq!(host.messages("Failures").len(), 1);
    advance(&host, 61);
    host.at_rest().await;
    advance(&host, 61);
    host.at_rest().await;
    assert!(host.messages("Failures").is_empty());
    assert_eq!(host.messages("DeadLetters").len(), 1);
    assert_eq!(host.counts().functions["Park"].invocations, 2);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_received_message_is_hidden_until_it_is_deleted_or_comes_back() {
    let host = start(ground()).await;
    send(&host, "DeadLetters", "one").await;
    let url = json!(format!("{}/queue/DeadLetters", host.url()));
    let received = call(&host, "ReceiveMessage", json!({ "QueueUrl": url })).await;
    assert_eq!(received["Messages"][0]["Body"], "one");
    assert_eq!(
        received["Messages"][0]["MD5OfBody"],
        "f97c5d29941bfb1b2fdab0874906ab82"
    );
    assert_eq!(
        call(&host, "ReceiveMessage", json!({ "QueueUrl": url })).await,
        json!({})
    );
    let sizes = call(
        &host,
        "GetQueueAttributes",
        json!({ "QueueUrl": url, "AttributeNames": ["All"] }),
    )
    .await;
    assert_eq!(
        sizes["Attributes"]["ApproximateNumberOfMessagesNotVisible"],
        "1"
    );
    advance(&host, 61);
    host.at_rest().await;
    let again = call(&host, "ReceiveMessage", json!({ "QueueUrl": url })).await;
    assert_eq!(
        again["Messages"][0]["Attributes"]["ApproximateReceiveCount"],
        "2"
    );
    call(
        &host,
        "DeleteMessage",
        json!({ "QueueUrl": url, "ReceiptHandle": again["Messages"][0]["ReceiptHandle"] }),
    )
    .await;
    advance(&host, 61);
    host.at_rest().await;
    assert!(host.messages("DeadLetters").is_empty());
    let unknown = call(
        &host,
        "ReceiveMessage",
        json!({ "QueueUrl": "http://x/queue/None" }),
    )
    .await;
    assert_eq!(unknown["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
    host.shutdown().await;
}
