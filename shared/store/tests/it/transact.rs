use serde_json::{Value, json};
use store::{Reason, StoreError, TransactError, Write};

use crate::table::{item, wire_item};
use crate::wire::{Answer, Script};

fn writes(count: usize) -> Vec<Write> {
    (0..count)
        .map(|number| Write::put(item("CASE#1", &number.to_string())))
        .collect()
}

fn cancelled(reasons: Value) -> Answer {
    Answer::error(
        400,
        "TransactionCanceledException",
        json!({ "Message": "cancelled", "CancellationReasons": reasons }),
    )
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_transaction_tells_the_reason_of_each_write() {
    let script = Script::of([cancelled(json!([
        { "Code": "None" },
        { "Code": "ConditionalCheckFailed", "Message": "no", "Item": wire_item("PERSON#ada", "NOW") },
        { "Code": "ConditionalCheckFailed", "Message": "no" },
        { "Code": "TransactionConflict", "Message": "busy" },
        { "Code": "ThrottlingError", "Message": "slow" },
        { "Code": "ValidationError", "Message": "too large" },
        { "Code": "AccessDenied", "Message": "no" },
    ]))]);
    let error = script
        .clients()
        .table()
        .unwrap()
        .transact(writes(7), "t1")
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the transaction was cancelled: -, condition failed, condition failed, conflict, throttled, too large, AccessDenied"
    );
    let TransactError::Cancelled(reasons) = error else {
        panic!("{error:?}");
    };
    assert_eq!(
        reasons,
        [
            Reason::None,
            Reason::ConditionFailed(Some(Box::new(item("PERSON#ada", "NOW")))),
            Reason::ConditionFailed(None),
            Reason::Conflict,
            Reason::Throttled,
            Reason::Invalid {
                message: "too large".to_owned()
            },
            Reason::Other {
                code: "AccessDenied".to_owned(),
                message: "no".to_owned()
            },
        ]
    );
    assert_eq!(
        script.calls(),
        1,
        "a cancelled transaction is the caller's to decide anew"
    );
}

#[tokio::test(start_paused = true)]
async fn the_gravest_reason_is_told_to_who_does_not_ask_for_all() {
    for (codes, expected) in [
        (["None", "TransactionConflict"], "try again"),
        (["ThrottlingError", "None"], "try again"),
        (
            ["TransactionConflict", "ConditionalCheckFailed"],
            "conflict",
        ),
        (["ConditionalCheckFailed", "ValidationError"], "never"),
    ] {
        let reasons: Vec<Value> = codes
            .iter()
            .map(|code| json!({ "Code": code, "Message": "m" }))
            .collect();
        let script = Script::of([cancelled(json!(reasons))]);
        let error = script
            .clients()
            .table()
            .unwrap()
            .transact(writes(2), "t1")
            .await
            .unwrap_err();
        let told = match StoreError::from(error) {
            StoreError::TryAgain { .. } => "try again",
            StoreError::Conflict { .. } => "conflict",
            StoreError::Never { .. } => "never",
        };
        assert_eq!(told, expected, "{codes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_transaction_repeats_under_its_token_until_it_is_confirmed() {
    let in_progress = Answer::error(
        400,
        "TransactionInProgressException",
        json!({ "Message": "wait" }),
    );
    let done = Answer::json(
        json!({ "ConsumedCapacity": [{ "TableName": "t", "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0 }] }),
    );
    let script = Script::of([Answer::Silence, in_progress, Answer::Broken, done]);
    let table = script.clients().table().unwrap();
    table
        .transact(writes(2), "input-1-version-4")
        .await
        .unwrap();
    let asked = script.asked();
    assert!(
        asked.iter().all(|body| body == &asked[0]),
        "a repeat is the same to the byte"
    );
    assert_eq!(asked[0]["ClientRequestToken"], json!("input-1-version-4"));
    assert_eq!(table.usage().write_units, 4.0);
    assert_eq!(script.operations(), ["TransactWriteItems"; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_replayed_transaction_counts_as_reads() {
    let replayed = json!({ "ConsumedCapacity": [{ "TableName": "t", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0 }] });
    let script = Script::of([Answer::json(replayed)]);
    let table = script.clients().table().unwrap();
    table.transact(writes(2), "t1").await.unwrap();
    let usage = table.usage();
    assert_eq!((usage.read_units, usage.write_units), (4.0, 0.0));
}

#[tokio::test(start_paused = true)]
async fn a_token_used_for_something_else_asks_for_a_fresh_load() {
    let mismatch = Answer::error(
        400,
        "IdempotentParameterMismatchException",
        json!({ "Message": "no" }),
    );
    let script = Script::of([mismatch]);
    let error = script
        .clients()
        .table()
        .unwrap()
        .transact(writes(1), "t1")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, TransactError::TokenTaken { token } if token == "t1"),
        "{error:?}"
    );
    assert!(StoreError::from(error).is_conflict());
}

#[tokio::test(start_paused = true)]
async fn a_transaction_without_an_answer_may_have_been_written() {
    let script = Script::of(vec![Answer::Silence; 4]);
    let error = script
        .clients()
        .table()
        .unwrap()
        .transact(writes(1), "t1")
        .await
        .unwrap_err();
    assert!(matches!(error, TransactError::TryAgain(_)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_transaction_beyond_the_limits_is_refused_without_a_call() {
    for (count, token) in [
        (0, "t1"),
        (101, "t1"),
        (1, ""),
        (1, "1234567890123456789012345678901234567"),
    ] {
        let script = Script::default();
        let error = script
            .clients()
            .table()
            .unwrap()
            .transact(writes(count), token)
            .await
            .unwrap_err();
        assert!(matches!(error, TransactError::Never(_)), "{error:?}");
        assert_eq!(script.calls(), 0);
    }
    let script = Script::of([Answer::json(json!({}))]);
    let longest = "123456789012345678901234567890123456";
    assert!(
        script
            .clients()
            .table()
            .unwrap()
            .transact(writes(100), longest)
            .await
            .is_ok()
    );
}
