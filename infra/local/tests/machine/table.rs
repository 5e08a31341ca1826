//! DynamoDB: overlapping transactions, tokens, capacity, expiry.

use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Get, Put, TransactGetItem, TransactWriteItem, Update,
};
use local::Host;
use local::template::Wiring;

use crate::support::{Clients, advance, ground, settings, standing_clock, start};

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn put(key: &str) -> TransactWriteItem {
    let put = Put::builder()
        .table_name("Items")
        .item("PK", text(key))
        .item("SK", text("-"))
        .build()
        .unwrap();
    TransactWriteItem::builder().put(put).build()
}

fn count_up(key: &str) -> TransactWriteItem {
    let update = Update::builder()
        .table_name("Items")
        .key("PK", text(key))
        .key("SK", text("-"))
        .update_expression("ADD #n :one")
        .expression_attribute_names("#n", "n")
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
        .build()
        .unwrap();
    TransactWriteItem::builder().update(update).build()
}

fn reasons(error: &TransactWriteItemsError) -> Vec<String> {
    match error {
        TransactWriteItemsError::TransactionCanceledException(canceled) => canceled
            .cancellation_reasons()
            .iter()
            .map(|reason| reason.code().unwrap_or_default().to_owned())
            .collect(),
        other => panic!("{other:?}"),
    }
}

/// A machine whose transactions keep their items long enough for a second call to meet them.
async fn slow() -> Host {
    let mut settings = settings(ground(), &standing_clock());
    settings.transaction_hold = Duration::from_millis(400);
    Host::start(settings).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_overlapping_transactions_the_second_is_cancelled() {
    let host = slow().await;
    let clients = Clients::of(&host);
    let first = clients
        .dynamodb
        .transact_write_items()
        .transact_items(put("a"))
        .transact_items(put("b"))
        .send();
    let second = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        clients
            .dynamodb
            .transact_write_items()
            .transact_items(put("c"))
            .transact_items(put("b"))
            .send()
            .await
    };
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    let error = second.unwrap_err().into_service_error();
    assert_eq!(reasons(&error), ["None", "TransactionConflict"]);
    // The items are free again.
    clients
        .dynamodb
        .transact_write_items()
        .transact_items(put("c"))
        .transact_items(put("b"))
        .send()
        .await
        .unwrap();
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_write_and_a_transactional_read_meet_a_running_transaction() {
    let host = slow().await;
    let clients = Clients::of(&host);
    let transaction = clients
        .dynamodb
        .transact_write_items()
        .transact_items(put("a"))
        .send();
    let others = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let write = clients
            .dynamodb
            .put_item()
            .table_name("Items")
            .item("PK", text("a"))
            .item("SK", text("-"))
            .send()
            .await;
        let get = Get::builder()
            .table_name("Items")
            .key("PK", text("a"))
            .key("SK", text("-"))
            .build()
            .unwrap();
        let read = clients
            .dynamodb
            .transact_get_items()
            .transact_items(TransactGetItem::builder().get(get).build())
            .send()
            .await;
        let plain = clients
            .dynamodb
            .get_item()
            .table_name("Items")
            .key("PK", text("a"))
            .key("SK", text("-"))
            .send()
            .await;
        (write, read, plain)
    };
    let (transaction, (write, read, plain)) = tokio::join!(transaction, others);
    transaction.unwrap();
    assert_eq!(
        write.unwrap_err().into_service_error().code(),
        Some("TransactionConflictException")
    );
    assert_eq!(
        read.unwrap_err().into_service_error().code(),
        Some("TransactionCanceledException")
    );
    assert!(
        plain.unwrap().item().is_none(),
        "a plain read sees the state before"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_really_race_conflict_without_help_and_lose_nothing() {
    let host = start(ground()).await;
    let clients = Clients::of(&host);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let dynamodb = clients.dynamodb.clone();
        tasks.spawn(async move {
            let (mut done, mut conflicts) = (0, 0);
            for _ in 0..50 {
                match dynamodb
                    .transact_write_items()
                    .transact_items(count_up("counter"))
                    .send()
                    .await
                {
                    Ok(_) => done += 1,
                    Err(error) => {
                        assert_eq!(
                            reasons(&error.into_service_error()),
                            ["TransactionConflict"]
                        );
                        conflicts += 1;
                    }
                }
            }
            (done, conflicts)
        });
    }
    let (mut done, mut conflicts) = (0, 0);
    while let Some(counted) = tasks.join_next().await {
        let counted = counted.unwrap();
        done += counted.0;
        conflicts += counted.1;
    }
    let item = clients
        .dynamodb
        .get_item()
        .table_name("Items")
        .key("PK", text("counter"))
        .key("SK", text("-"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        item.item().unwrap()["n"],
        AttributeValue::N(done.to_string())
    );
    assert!(conflicts > 0, "four clients on one item must meet");
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_makes_a_transaction_count_once_for_ten_minutes() {
    let host = start(ground()).await;
    let clients = Clients::of(&host);
    let send = |token: &str, key: &str| {
        clients
            .dynamodb
            .transact_write_items()
            .transact_items(count_up(key))
            .client_request_token(token)
            .send()
    };
    send("t-1", "a").await.unwrap();
    send("t-1", "a").await.unwrap();
    let mismatch = send("t-1", "b").await.unwrap_err().into_service_error();
    assert_eq!(
        mismatch.code(),
        Some("IdempotentParameterMismatchException")
    );
    let count = async || {
        let item = clients
            .dynamodb
            .get_item()
            .table_name("Items")
            .key("PK", text("a"))
            .key("SK", text("-"))
            .send()
            .await
            .unwrap();
        item.item().unwrap()["n"].as_n().unwrap().clone()
    };
    assert_eq!(count().await, "1");
    advance(&host, 601);
    send("t-1", "a").await.unwrap();
    assert_eq!(count().await, "2", "after ten minutes the token is new");
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_flight_is_told_so() {
    let host = slow().await;
    let clients = Clients::of(&host);
    let send = || {
        clients
            .dynamodb
            .transact_write_items()
            .transact_items(put("a"))
            .client_request_token("t-1")
            .send()
    };
    let second = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        send().await
    };
    let (first, second) = tokio::join!(send(), second);
    first.unwrap();
    assert_eq!(
        second.unwrap_err().into_service_error().code(),
        Some("TransactionInProgressException")
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_condition_names_its_place() {
    let host = start(ground()).await;
    let clients = Clients::of(&host);
    let guarded = Put::builder()
        .table_name("Items")
        .item("PK", text("a"))
        .item("SK", text("-"))
        .condition_expression("attribute_not_exists(PK)")
        .build()
        .unwrap();
    let guarded = TransactWriteItem::builder().put(guarded).build();
    clients
        .dynamodb
        .transact_write_items()
        .transact_items(put("b"))
        .transact_items(guarded.clone())
        .send()
        .await
        .unwrap();
    let error = clients
        .dynamodb
        .transact_write_items()
        .transact_items(put("c"))
        .transact_items(guarded)
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        reasons(&error.into_service_error()),
        ["None", "ConditionalCheckFailed"]
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn capacity_is_counted_whether_or_not_the_caller_asks() {
    let host = start(ground()).await;
    let clients = Clients::of(&host);
    let answer = clients
        .dynamodb
        .transact_write_items()
        .transact_items(put("a"))
        .transact_items(put("b"))
        .send()
        .await
        .unwrap();
    assert!(answer.consumed_capacity().is_empty());
    clients.put_item("c").await;
    clients
        .dynamodb
        .get_item()
        .table_name("Items")
        .key("PK", text("a"))
        .key("SK", text("-"))
        .send()
        .await
        .unwrap();
    let counts = host.counts().operations;
    assert_eq!(counts["TransactWriteItems"].write_units, 4.0);
    assert_eq!(counts["PutItem"].write_units, 1.0);
    assert_eq!(counts["GetItem"].read_units, 0.5);
    assert_eq!(counts["GetItem"].requests, 1);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn items_expire_on_the_shown_clock() {
    let mut wiring: Wiring = ground();
    wiring.tables[0].ttl_attribute = Some("expires_at".to_owned());
    let host = start(wiring).await;
    let clients = Clients::of(&host);
    let expires_at = crate::support::now(&host).as_second() + 3600;
    let put = clients
        .dynamodb
        .put_item()
        .table_name("Items")
        .item("PK", text("a"))
        .item("SK", text("-"));
    put.item("expires_at", AttributeValue::N(expires_at.to_string()))
        .send()
        .await
        .unwrap();
    let exists = async || {
        let get = clients
            .dynamodb
            .get_item()
            .table_name("Items")
            .key("PK", text("a"))
            .key("SK", text("-"));
        get.send().await.unwrap().item().is_some()
    };
    advance(&host, 1800);
    host.at_rest().await;
    assert!(exists().await);
    advance(&host, 24 * 3600);
    host.at_rest().await;
    assert!(!exists().await);
    host.shutdown().await;
}
