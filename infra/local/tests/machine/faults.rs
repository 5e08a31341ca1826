//! Failures on order, as an SDK client sees them.

use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use local::{Fault, Host, How, When};

use crate::support::{Clients, ground, start};

fn fault(when: When, how: How) -> Fault {
    Fault {
        operation: "PutItem".to_owned(),
        skip: 0,
        times: 1,
        when,
        how,
    }
}

async fn put(clients: &Clients) -> Result<(), aws_sdk_dynamodb::Error> {
    let put = clients
        .dynamodb
        .put_item()
        .table_name("Items")
        .item("PK", AttributeValue::S("a".to_owned()));
    put.item("SK", AttributeValue::S("-".to_owned()))
        .send()
        .await
        .map(|_| ())
        .map_err(Into::into)
}

async fn exists(clients: &Clients) -> bool {
    let get = clients
        .dynamodb
        .get_item()
        .table_name("Items")
        .key("PK", AttributeValue::S("a".to_owned()));
    get.key("SK", AttributeValue::S("-".to_owned()))
        .send()
        .await
        .unwrap()
        .item()
        .is_some()
}

async fn failed(host: &Host, clients: &Clients, when: When, how: How) -> aws_sdk_dynamodb::Error {
    host.fail(fault(when, how));
    put(clients).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_before_the_effect_leaves_none() {
    let host = start(ground()).await;
    let clients = Clients::of(&host);
    let error = failed(&host, &clients, When::Before, How::Throttle).await;
    assert_eq!(error.code(), Some("ProvisionedThroughputExceededException"));
    let error = failed(&host, &clients, When::Before, How::ServerError).await;
    assert_eq!(error.code(), Some("InternalServerError"));
    assert!(!exists(&clients).await);
    put(&clients).await.unwrap();
    assert!(exists(&clients).await);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_after_the_effect_leaves_it() {
    let host = start(ground()).await;
    let clients = Clients::of(&host);
    let error = failed(&host, &clients, When::After, How::Cut).await;
    assert_eq!(error.code(), None, "no answer at all");
    assert!(exists(&clients).await);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_may_come_late() {
    let host = start(ground()).await;
    let clients = Clients::of(&host);
    failed(
        &host,
        &clients,
        When::Late(Duration::from_millis(100)),
        How::ServerError,
    )
    .await;
    assert!(!exists(&clients).await);
    host.at_rest().await;
    assert!(exists(&clients).await);
    host.shutdown().await;
}
