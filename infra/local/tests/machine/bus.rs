//! What EventBridge refuses, and what happens when a function cannot be handed its event.

use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use local::template::Wiring;
use local::{Fault, How, When};
use serde_json::{Value, json};

use crate::support::{Clients, advance, entry, function, ground, rule, start};

fn wiring() -> Wiring {
    Wiring {
        functions: vec![function("Recorder", "recorder")],
        rules: vec![rule(
            "All",
            "Recorder",
            json!({ "source": [{ "prefix": "" }] }),
        )],
        ..ground()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_gets_the_envelope() {
    let host = start(wiring()).await;
    let clients = Clients::of(&host);
    clients
        .put_event("esign", "contract.signed", json!({ "id": "c-1" }))
        .await;
    host.at_rest().await;
    let notes = clients.notes("Recorder").await;
    assert_eq!(notes.len(), 1);
    let envelope = &notes[0];
    assert_eq!(envelope["id"].as_str().map(str::len), Some(36));
    let mut expected = json!({
        "version": "0", "detail-type": "contract.signed", "source": "esign", "account": "000000000000",
        "time": "2026-03-02T09:00:00Z", "region": "eu-central-1", "resources": [], "detail": { "id": "c-1" },
    });
    expected["id"] = envelope["id"].clone();
    assert_eq!(envelope, &expected);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_refused_one_by_one_and_the_rest_is_delivered() {
    let host = start(wiring()).await;
    let clients = Clients::of(&host);
    let bare = PutEventsRequestEntry::builder()
        .detail_type("x")
        .detail("{}")
        .event_bus_name("Bus")
        .build();
    let elsewhere = PutEventsRequestEntry::builder()
        .source("a")
        .detail_type("x")
        .detail("{}")
        .event_bus_name("Nowhere")
        .build();
    let answer = clients
        .eventbridge
        .put_events()
        .entries(bare)
        .entries(entry("a", "x", "not json"))
        .entries(entry("a", "x", "[1]"))
        .entries(entry("aws.s3", "x", "{}"))
        .entries(elsewhere)
        .entries(entry("a", "x", "{}"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.failed_entry_count(), 4);
    let codes: Vec<Option<&str>> = answer
        .entries()
        .iter()
        .map(|entry| entry.error_code())
        .collect();
    let expected = [
        Some("InvalidArgument"),
        Some("MalformedDetail"),
        Some("MalformedDetail"),
        Some("NotAuthorizedForSourceException"),
        None,
        None,
    ];
    assert_eq!(codes, expected);
    host.at_rest().await;
    assert_eq!(clients.notes("Recorder").await.len(), 1);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_too_large_is_refused_as_a_whole() {
    let host = start(wiring()).await;
    let clients = Clients::of(&host);
    let eleven = (0..11).map(|_| entry("a", "x", "{}")).collect();
    let refused = clients
        .eventbridge
        .put_events()
        .set_entries(Some(eleven))
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        refused.into_service_error().code(),
        Some("ValidationException")
    );
    let half = json!({ "text": "x".repeat(600 * 1024) }).to_string();
    let two = vec![entry("a", "x", &half), entry("a", "x", &half)];
    let refused = clients
        .eventbridge
        .put_events()
        .set_entries(Some(two))
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        refused.into_service_error().code(),
        Some("ValidationException")
    );
    let one = clients
        .eventbridge
        .put_events()
        .entries(entry("a", "x", &half))
        .send()
        .await
        .unwrap();
    assert_eq!(one.failed_entry_count(), 0);
    host.at_rest().await;
    assert_eq!(host.counts().functions["Recorder"].invocations, 1);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_handed_over_is_retried_and_becomes_a_dead_letter() {
    let host = start(wiring()).await;
    let clients = Clients::of(&host);
    let broken = Fault {
        operation: "Invoke:Recorder".to_owned(),
        skip: 0,
        times: u32::MAX,
        when: When::Before,
        how: How::Throttle,
    };
    host.fail(broken);
    clients
        .put_event("esign", "contract.signed", json!({ "id": "c-1" }))
        .await;
    host.at_rest().await;
    assert!(
        host.messages("DeadLetters").is_empty(),
        "retries come first"
    );
    for _ in 0..3 {
        advance(&host, 600);
        host.at_rest().await;
    }
    let letters = host.messages("DeadLetters");
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!(letter.attribute("ERROR_CODE"), Some("SDK_CLIENT_ERROR"));
    assert_eq!(letter.attribute("ERROR_MESSAGE"), Some("Rate Exceeded."));
    assert_eq!(letter.attribute("RETRY_ATTEMPTS"), Some("3"));
    assert_eq!(
        letter.attribute("EXHAUSTED_RETRY_CONDITION"),
        Some("MaximumRetryAttempts")
    );
    assert_eq!(
        letter.attribute("RULE_ARN"),
        Some("arn:aws:events:eu-central-1:000000000000:rule/Bus/All")
    );
    assert_eq!(
        letter.attribute("TARGET_ARN"),
        Some("arn:aws:lambda:eu-central-1:000000000000:function:Recorder")
    );
    let event: Value = serde_json::from_str(&letter.body).unwrap();
    assert_eq!(event["detail"], json!({ "id": "c-1" }));
    assert!(!host.counts().functions.contains_key("Recorder"));
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_that_recovers_reaches_the_function_once() {
    let host = start(wiring()).await;
    let clients = Clients::of(&host);
    host.fail(Fault {
        operation: "Invoke:Recorder".to_owned(),
        skip: 0,
        times: 2,
        when: When::Before,
        how: How::ServerError,
    });
    clients
        .put_event("esign", "contract.signed", json!({}))
        .await;
    for _ in 0..2 {
        host.at_rest().await;
        assert!(clients.notes("Recorder").await.is_empty());
        advance(&host, 600);
    }
    host.at_rest().await;
    assert_eq!(clients.notes("Recorder").await.len(), 1);
    assert!(host.messages("DeadLetters").is_empty());
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn patterns_can_be_tried() {
    let host = start(wiring()).await;
    let clients = Clients::of(&host);
    let event = json!({ "source": "a", "detail-type": "x", "detail": { "amount": 5 }, "id": "1", "account": "1", "time": "2026-01-01T00:00:00Z", "region": "x", "resources": [] });
    let test = |pattern: Value| {
        clients
            .eventbridge
            .test_event_pattern()
            .event(event.to_string())
            .event_pattern(pattern.to_string())
            .send()
    };
    assert!(
        test(json!({ "detail": { "amount": [{ "numeric": [">", 4] }] } }))
            .await
            .unwrap()
            .result()
    );
    assert!(!test(json!({ "source": ["b"] })).await.unwrap().result());
    let refused = test(json!({ "source": "a" })).await.unwrap_err();
    assert_eq!(
        refused.into_service_error().code(),
        Some("InvalidEventPatternException")
    );
    host.shutdown().await;
}
