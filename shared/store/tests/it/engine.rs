//! The same operations on a real engine: the embedded one always, and the one at STORE_TEST_ENDPOINT when it is set.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use serde_json::json;
use store::{
    AttributeValue, BatchWrite, Clients, Config, Index, Item, Key, Query, Reason, StoreError,
    Table, TransactError, Write,
};

const DUE: Index = Index {
    name: "due",
    partition: "due_shard",
    sort: "due_at",
};

/// A fresh table on each engine that is there.
async fn tables() -> Vec<Table> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let embedded = format!("http://{}", listener.local_addr().unwrap());
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let mut tables = Vec::new();
    for endpoint in [Some(embedded), std::env::var("STORE_TEST_ENDPOINT").ok()]
        .into_iter()
        .flatten()
    {
        let name = format!(
            "store-{}-{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let config = Config::local(&endpoint, &name, "bus", "ops@example.com").unwrap();
        let clients = Clients::new(&config);
        create(&clients.dynamodb(), &name).await;
        tables.push(clients.table().unwrap());
    }
    tables
}

async fn create(client: &aws_sdk_dynamodb::Client, name: &str) {
    let key = |attribute: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(attribute)
            .key_type(kind)
            .build()
            .unwrap()
    };
    let text = |attribute: &str| {
        let text = ScalarAttributeType::S;
        AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(text)
            .build()
            .unwrap()
    };
    let due = GlobalSecondaryIndex::builder()
        .index_name(DUE.name)
        .key_schema(key(DUE.partition, KeyType::Hash))
        .key_schema(key(DUE.sort, KeyType::Range))
        .projection(
            Projection::builder()
                .projection_type(ProjectionType::KeysOnly)
                .build(),
        )
        .build()
        .unwrap();
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(
            ["PK", "SK", DUE.partition, DUE.sort].map(text).to_vec(),
        ))
        .key_schema(key("PK", KeyType::Hash))
        .key_schema(key("SK", KeyType::Range))
        .global_secondary_indexes(due)
        .send()
        .await
        .unwrap();
}

fn item(pk: &str, sk: &str, version: u32) -> Item {
    store::to_item(&json!({ "PK": pk, "SK": sk, "version": version })).unwrap()
}

fn version(item: &Item) -> &str {
    item["version"].as_n().unwrap()
}

fn next_version(key: &Key, seen: u32) -> Write {
    Write::update(key.clone(), "SET #v = :next")
        .when("#v = :seen")
        .name("#v", "version")
        .number(":seen", seen)
        .number(":next", seen + 1)
}

#[tokio::test]
async fn one_item_is_written_on_condition_and_read_back() {
    for table in tables().await {
        let key = Key::new("CASE#1", "A#CASE");
        let first = || Write::put(item("CASE#1", "A#CASE", 1)).when("attribute_not_exists(PK)");
        table.write(first()).await.unwrap();
        match table.write(first()).await {
            Err(StoreError::Conflict {
                found: Some(found), ..
            }) => assert_eq!(version(&found), "1"),
            other => panic!("{other:?}"),
        }
        let after = table
            .write_returning(next_version(&key, 1))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(version(&after), "2");
        assert!(
            table
                .write(next_version(&key, 1))
                .await
                .unwrap_err()
                .is_conflict()
        );
        assert_eq!(version(&table.get(&key).await.unwrap().unwrap()), "2");

        let check = |seen| {
            let check = Write::check(key.clone(), "#v = :seen");
            check.name("#v", "version").number(":seen", seen)
        };
        assert!(table.write(check(2)).await.is_ok());
        assert!(table.write(check(7)).await.unwrap_err().is_conflict());

        let before = table
            .write_returning(Write::delete(key.clone()))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(version(&before), "2");
        assert_eq!(table.get(&key).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_transaction_happens_whole_or_not_at_all_and_once_per_token() {
    for table in tables().await {
        let counter = Key::new("SERIES#a", "NEXT");
        table
            .write(Write::put(item("SERIES#a", "NEXT", 1)))
            .await
            .unwrap();
        let take = |seen: u32, invoice: &str| {
            vec![
                Write::put(item(&format!("INV#{invoice}"), "-", 1))
                    .when("attribute_not_exists(PK)"),
                next_version(&counter, seen),
                Write::check(Key::new("PERSON#ada", "NOW"), "attribute_not_exists(PK)"),
            ]
        };
        table.transact(take(1, "1"), "token-1").await.unwrap();
        table.transact(take(1, "1"), "token-1").await.unwrap();
        assert_eq!(
            version(&table.get(&counter).await.unwrap().unwrap()),
            "2",
            "the same token counts once"
        );

        let other_body = table.transact(take(2, "2"), "token-1").await.unwrap_err();
        assert!(
            matches!(other_body, TransactError::TokenTaken { .. }),
            "{other_body:?}"
        );

        let stale = table.transact(take(1, "2"), "token-2").await.unwrap_err();
        let TransactError::Cancelled(reasons) = stale else {
            panic!("{stale:?}");
        };
        assert_eq!(reasons[0], Reason::None);
        assert!(
            matches!(&reasons[1], Reason::ConditionFailed(Some(found)) if version(found) == "2"),
            "{reasons:?}"
        );
        assert_eq!(reasons[2], Reason::None);
        assert_eq!(
            table.get(&Key::new("INV#2", "-")).await.unwrap(),
            None,
            "nothing of it was written"
        );

        let twice = vec![
            Write::put(item("a", "a", 1)),
            Write::delete(Key::new("a", "a")),
        ];
        let refused = table.transact(twice, "token-3").await.unwrap_err();
        assert!(matches!(refused, TransactError::Never(_)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_query_reads_past_the_megabyte_of_one_page_in_order() {
    for table in tables().await {
        let filler = AttributeValue::S("x".repeat(90_000));
        let history: Vec<BatchWrite> = (0..30)
            .map(|number| {
                let mut item = item("CASE#1", &format!("H#{number:04}"), 1);
                item.insert("filler".to_owned(), filler.clone());
                BatchWrite::Put(item)
            })
            .chain([
                BatchWrite::Put(item("CASE#1", "A#CASE", 1)),
                BatchWrite::Put(item("CASE#2", "H#0000", 1)),
            ])
            .collect();
        table.batch_write(history).await.unwrap();

        let sorts = |items: Vec<Item>| -> Vec<String> {
            items.iter().map(|item| Key::of(item).unwrap().sk).collect()
        };
        let requests = table.usage().requests;
        let found = sorts(
            table
                .query_all(&Query::partition("CASE#1").begins_with("H#"))
                .await
                .unwrap(),
        );
        assert_eq!(
            found,
            (0..30)
                .map(|number| format!("H#{number:04}"))
                .collect::<Vec<_>>()
        );
        assert!(
            table.usage().requests - requests >= 3,
            "2.7 MB are at least three pages"
        );

        let query = Query::partition("CASE#1");
        assert_eq!(table.query_all(&query).await.unwrap().len(), 31);
        let last = query.clone().newest_first().at_most(2);
        assert_eq!(
            sorts(table.query_all(&last).await.unwrap()),
            ["H#0029", "H#0028"]
        );
        let some = query.clone().between("H#0003", "H#0005");
        assert_eq!(
            sorts(table.query_all(&some).await.unwrap()),
            ["H#0003", "H#0004", "H#0005"]
        );
        assert_eq!(
            sorts(
                table
                    .query_all(&query.clone().up_to("H#0000"))
                    .await
                    .unwrap()
            ),
            ["A#CASE", "H#0000"]
        );
        assert_eq!(
            sorts(
                table
                    .query_all(&query.clone().from("H#0028"))
                    .await
                    .unwrap()
            ),
            ["H#0028", "H#0029"]
        );

        let page = table
            .query_page(&query.clone().at_most(1), None)
            .await
            .unwrap();
        let second = table
            .query_page(&query.at_most(1), page.next)
            .await
            .unwrap();
        assert_eq!(
            (sorts(page.items), sorts(second.items)),
            (vec!["A#CASE".to_owned()], vec!["H#0000".to_owned()])
        );
    }
}

#[tokio::test]
async fn a_sparse_index_shows_only_what_has_its_keys() {
    for table in tables().await {
        for (sort, due) in [
            ("A#1", Some("2026-11-22T09:00:00Z")),
            ("A#2", None),
            ("A#3", Some("2026-11-22T08:00:00Z")),
        ] {
            let shard = due.map(|_| "DUE#0");
            let row = json!({ "PK": "CASE#1", "SK": sort, "due_shard": shard, "due_at": due });
            table
                .write(Write::put(store::to_item(&row).unwrap()))
                .await
                .unwrap();
        }
        let due = table.query_all(&Query::index(DUE, "DUE#0")).await.unwrap();
        let sorts: Vec<String> = due.iter().map(|item| Key::of(item).unwrap().sk).collect();
        assert_eq!(
            sorts,
            ["A#3", "A#1"],
            "soonest first, and no row without a time"
        );
        let now = Query::index(DUE, "DUE#0").up_to("2026-11-22T08:30:00Z");
        assert_eq!(table.query_all(&now).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn batches_of_any_size_are_read_and_written() {
    for table in tables().await {
        let put = |number: usize| BatchWrite::Put(item("p", &number.to_string(), 1));
        table
            .batch_write((0..130).map(put).collect())
            .await
            .unwrap();
        table
            .batch_write(vec![BatchWrite::Delete(Key::new("p", "5"))])
            .await
            .unwrap();
        let keys: Vec<Key> = (0..131)
            .map(|number| Key::new("p", number.to_string()))
            .collect();
        let found = table.batch_get(&keys).await.unwrap();
        let missing: Vec<usize> = (0..131).filter(|&number| found[number].is_none()).collect();
        assert_eq!(missing, [5, 130]);
        assert!(table.batch_get(&[]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn capacity_is_counted_as_it_is_charged() {
    for table in tables().await {
        let used = async |act: std::pin::Pin<Box<dyn Future<Output = ()>>>| {
            let before = table.usage();
            act.await;
            let after = table.usage();
            (
                after.read_units - before.read_units,
                after.write_units - before.write_units,
            )
        };
        let writer = table.clone();
        let put = used(Box::pin(async move {
            writer.write(Write::put(item("p", "1", 1))).await.unwrap()
        }))
        .await;
        assert_eq!(put, (0.0, 1.0));
        let writer = table.clone();
        let pair = vec![Write::put(item("p", "2", 1)), Write::put(item("p", "3", 1))];
        let both = used(Box::pin(async move {
            writer.transact(pair, "t").await.unwrap()
        }))
        .await;
        assert_eq!(both, (0.0, 4.0), "a transaction costs twice");
        let reader = table.clone();
        let get = used(Box::pin(async move {
            assert!(reader.get(&Key::new("p", "1")).await.unwrap().is_some())
        }))
        .await;
        assert_eq!(get, (1.0, 0.0), "a consistent read of less than 4 KB");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_for_good() {
    for table in tables().await {
        let mut large = item("p", "1", 1);
        large.insert("text".to_owned(), AttributeValue::S("x".repeat(410_000)));
        let error = table.write(Write::put(large)).await.unwrap_err();
        assert!(matches!(error, StoreError::Never { .. }), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_port_where_nobody_listens_is_not_the_inputs_fault() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let config = Config::local(&nobody, "baton", "bus", "ops@example.com").unwrap();
    let table = Clients::new(&config).table().unwrap();
    let error = table.get(&Key::new("a", "b")).await.unwrap_err();
    assert!(error.is_try_again(), "{error:?}");
}
