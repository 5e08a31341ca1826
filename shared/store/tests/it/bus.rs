use jiff::Timestamp;
use serde_json::{Value, json};
use store::{Entry, EntryOutcome};

use crate::wire::{Answer, Script};

fn entry(number: usize) -> Entry {
    Entry {
        source: "baton.effect".to_owned(),
        detail_type: "mail.requested".to_owned(),
        detail: json!({ "number": number }),
        time: "2026-11-22T09:00:00.750Z".parse::<Timestamp>().unwrap(),
    }
}

fn entries(count: usize) -> Vec<Entry> {
    (0..count).map(entry).collect()
}

fn answer(entries: Vec<Value>) -> Answer {
    let failed = entries
        .iter()
        .filter(|entry| entry.get("ErrorCode").is_some())
        .count();
    Answer::json(json!({ "FailedEntryCount": failed, "Entries": entries }))
}

fn taken(id: impl std::fmt::Display) -> Value {
    json!({ "EventId": id.to_string() })
}

fn failed(code: &str) -> Value {
    json!({ "ErrorCode": code, "ErrorMessage": format!("{code} it is") })
}

fn published(id: impl std::fmt::Display) -> EntryOutcome {
    EntryOutcome::Published {
        event_id: id.to_string(),
    }
}

/// The numbers in the details of each request.
fn numbers(script: &Script) -> Vec<Vec<u64>> {
    let number = |entry: &Value| {
        let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
        detail["number"].as_u64().unwrap()
    };
    let asked = script.asked();
    asked
        .iter()
        .map(|body| {
            body["Entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(number)
                .collect()
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn an_entry_says_where_it_goes_and_when_it_happened() {
    let script = Script::of([answer(vec![taken("e0")])]);
    let outcomes = script.clients().bus().unwrap().publish(&entries(1)).await;
    assert_eq!(outcomes, [published("e0")]);
    assert_eq!(
        script.asked()[0]["Entries"][0],
        json!({
            "EventBusName": "bus-test",
            "Source": "baton.effect",
            "DetailType": "mail.requested",
            "Detail": r#"{"number":0}"#,
            "Time": 1_795_338_000.75,
        })
    );
}

#[tokio::test(start_paused = true)]
async fn only_what_failed_in_an_answer_of_200_is_sent_again() {
    let script = Script::of([
        answer(vec![
            taken("e0"),
            failed("ThrottlingException"),
            failed("MalformedDetail"),
            failed("InternalFailure"),
        ]),
        answer(vec![failed("InternalException"), taken("e3")]),
        answer(vec![taken("e1")]),
    ]);
    let outcomes = script.clients().bus().unwrap().publish(&entries(4)).await;
    let refused = EntryOutcome::Refused {
        code: "MalformedDetail".to_owned(),
        reason: "MalformedDetail it is".to_owned(),
    };
    assert_eq!(
        outcomes,
        [published("e0"), published("e1"), refused, published("e3")]
    );
    assert_eq!(numbers(&script), [vec![0, 1, 2, 3], vec![1, 3], vec![1]]);
}

#[tokio::test(start_paused = true)]
async fn many_entries_go_in_tens_and_keep_their_order() {
    let ids = |from: usize, to: usize| answer((from..to).map(taken).collect());
    let script = Script::of([ids(0, 10), ids(10, 20), ids(20, 23)]);
    let outcomes = script.clients().bus().unwrap().publish(&entries(23)).await;
    assert_eq!(outcomes, (0..23).map(published).collect::<Vec<_>>());
    let sizes: Vec<usize> = numbers(&script).iter().map(Vec::len).collect();
    assert_eq!(sizes, [10, 10, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_fails_whole_undoes_nothing_and_ends_the_rest() {
    let first = answer((0..10).map(taken).collect());
    let denied = Answer::error(400, "AccessDeniedException", json!({ "message": "no" }));
    let script = Script::of([first, denied]);
    let outcomes = script.clients().bus().unwrap().publish(&entries(25)).await;
    assert_eq!(outcomes[..10], (0..10).map(published).collect::<Vec<_>>());
    for outcome in &outcomes[10..20] {
        let EntryOutcome::TryAgain { code, reason } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(code, "AccessDeniedException");
        assert!(reason.contains("no"), "{reason}");
    }
    assert!(outcomes[20..].iter().all(EntryOutcome::is_try_again));
    assert_eq!(script.calls(), 2, "the SDK repeats what is worth it");
}

#[tokio::test(start_paused = true)]
async fn one_entry_that_spoils_a_whole_request_is_refused_alone() {
    let invalid = || {
        Answer::error(
            400,
            "ValidationException",
            json!({ "message": "no source" }),
        )
    };
    let script = Script::of([
        invalid(),
        answer(vec![taken("e0")]),
        invalid(),
        answer(vec![taken("e2")]),
    ]);
    let outcomes = script.clients().bus().unwrap().publish(&entries(3)).await;
    assert_eq!(
        [&outcomes[0], &outcomes[2]],
        [&published("e0"), &published("e2")]
    );
    assert!(
        matches!(&outcomes[1], EntryOutcome::Refused { code, .. } if code == "ValidationException")
    );
    assert_eq!(numbers(&script), [vec![0, 1, 2], vec![0], vec![1], vec![2]]);
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_the_answer_forgets_is_not_taken_for_published() {
    let script = Script::of([answer(vec![taken("e0")]), answer(vec![taken("e1")])]);
    let outcomes = script.clients().bus().unwrap().publish(&entries(2)).await;
    assert_eq!(outcomes, [published("e0"), published("e1")]);
    assert_eq!(numbers(&script), [vec![0, 1], vec![1]]);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded() {
    let script = Script::of(vec![answer(vec![failed("ThrottlingException")]); 6]);
    let outcomes = script.clients().bus().unwrap().publish(&entries(1)).await;
    assert!(
        matches!(&outcomes[..], [EntryOutcome::TryAgain { code, .. }] if code == "ThrottlingException")
    );
    assert_eq!(script.calls(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_entry_beyond_a_megabyte_is_refused_alone_and_unsent() {
    let mut three = entries(3);
    three[1].detail = json!({ "text": "x".repeat(1024 * 1024) });
    let script = Script::of([answer(vec![taken("e0"), taken("e2")])]);
    let outcomes = script.clients().bus().unwrap().publish(&three).await;
    assert_eq!(
        [&outcomes[0], &outcomes[2]],
        [&published("e0"), &published("e2")]
    );
    assert!(matches!(&outcomes[1], EntryOutcome::Refused { code, .. } if code == "EntryTooLarge"));
    assert_eq!(numbers(&script), [vec![0, 2]]);
}

#[tokio::test(start_paused = true)]
async fn nothing_to_publish_is_no_call() {
    let script = Script::default();
    assert!(
        script
            .clients()
            .bus()
            .unwrap()
            .publish(&[])
            .await
            .is_empty()
    );
    assert_eq!(script.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn silence_and_broken_connections_are_asked_again() {
    let script = Script::of([Answer::Silence, Answer::Broken, answer(vec![taken("e0")])]);
    let outcomes = script.clients().bus().unwrap().publish(&entries(1)).await;
    assert_eq!(outcomes, [published("e0")]);
}
