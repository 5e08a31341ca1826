use serde_json::{Value, json};
use store::{BatchWrite, Item, Key, Query, StoreError, Write};

use crate::wire::{Answer, Script};

pub(crate) fn item(pk: &str, sk: &str) -> Item {
    store::to_item(&json!({ "PK": pk, "SK": sk })).unwrap()
}

pub(crate) fn wire_item(pk: &str, sk: &str) -> Value {
    json!({ "PK": { "S": pk }, "SK": { "S": sk } })
}

fn throttled() -> Answer {
    Answer::error(
        400,
        "ProvisionedThroughputExceededException",
        json!({ "message": "slow down" }),
    )
}

#[tokio::test(start_paused = true)]
async fn a_get_is_consistent_and_counted() {
    let script = Script::of([
        Answer::json(
            json!({ "Item": wire_item("CASE#1", "A#CASE"), "ConsumedCapacity": { "TableName": "t", "CapacityUnits": 1.5 } }),
        ),
        Answer::json(json!({})),
    ]);
    let table = script.clients().table().unwrap();
    let key = Key::new("CASE#1", "A#CASE");
    assert_eq!(
        table.get(&key).await.unwrap(),
        Some(item("CASE#1", "A#CASE"))
    );
    assert_eq!(table.clone().get(&key).await.unwrap(), None);
    let asked = script.asked();
    assert_eq!(asked[0]["ConsistentRead"], json!(true));
    assert_eq!(asked[0]["Key"], wire_item("CASE#1", "A#CASE"));
    let usage = table.usage();
    assert_eq!(
        (usage.read_units, usage.write_units, usage.requests),
        (1.5, 0.0, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_throttle_passes_within_bounded_attempts() {
    let script = Script::of([
        throttled(),
        Answer::Broken,
        throttled(),
        Answer::json(json!({})),
    ]);
    assert_eq!(
        script
            .clients()
            .table()
            .unwrap()
            .get(&Key::new("a", "b"))
            .await
            .unwrap(),
        None
    );

    let script = Script::of(vec![throttled(); 4]);
    let error = script
        .clients()
        .table()
        .unwrap()
        .get(&Key::new("a", "b"))
        .await
        .unwrap_err();
    assert!(error.is_try_again(), "{error:?}");
    assert_eq!(script.calls(), 4);
}

#[tokio::test(start_paused = true)]
async fn errors_are_sorted_by_whose_fault_they_are() {
    for (code, never) in [
        ("ValidationException", true),
        ("AccessDeniedException", false),
        ("ResourceNotFoundException", false),
        ("UnrecognizedClientException", false),
    ] {
        let script = Script::of([Answer::error(400, code, json!({ "message": "so it is" }))]);
        let error = script
            .clients()
            .table()
            .unwrap()
            .get(&Key::new("CASE#1", "A#CASE"))
            .await
            .unwrap_err();
        assert_eq!(
            matches!(error, StoreError::Never { .. }),
            never,
            "{error:?}"
        );
        assert_eq!(error.is_try_again(), !never);
        let told = store::explain(&error);
        assert!(
            told.contains("get CASE#1 / A#CASE") && told.contains("so it is"),
            "{told}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_reads_every_page_the_empty_ones_too() {
    let script = Script::of([
        Answer::json(
            json!({ "Items": [wire_item("p", "1"), wire_item("p", "2")], "LastEvaluatedKey": wire_item("p", "2") }),
        ),
        Answer::json(json!({ "Items": [], "LastEvaluatedKey": wire_item("p", "7") })),
        Answer::json(json!({ "Items": [wire_item("p", "9")] })),
    ]);
    let found = script
        .clients()
        .table()
        .unwrap()
        .query_all(&Query::partition("p").begins_with("A#"))
        .await
        .unwrap();
    assert_eq!(found, [item("p", "1"), item("p", "2"), item("p", "9")]);
    let asked = script.asked();
    assert_eq!(asked[0]["ConsistentRead"], json!(true));
    assert_eq!(
        asked[0]["KeyConditionExpression"],
        json!("#p = :p AND begins_with(#s, :s)")
    );
    let starts: Vec<&Value> = asked
        .iter()
        .map(|body| &body["ExclusiveStartKey"])
        .collect();
    assert_eq!(
        starts,
        [&Value::Null, &wire_item("p", "2"), &wire_item("p", "7")]
    );
}

#[tokio::test(start_paused = true)]
async fn a_query_stops_at_its_limit() {
    let two = json!({ "Items": [wire_item("p", "1"), wire_item("p", "2")], "LastEvaluatedKey": wire_item("p", "2") });
    let one = json!({ "Items": [wire_item("p", "3")], "LastEvaluatedKey": wire_item("p", "3") });
    let script = Script::of([Answer::json(two), Answer::json(one)]);
    let found = script
        .clients()
        .table()
        .unwrap()
        .query_all(&Query::partition("p").at_most(3))
        .await
        .unwrap();
    assert_eq!(found.len(), 3);
    let limits: Vec<Value> = script
        .asked()
        .iter()
        .map(|body| body["Limit"].clone())
        .collect();
    assert_eq!(limits, [json!(3), json!(1)]);
}

#[tokio::test(start_paused = true)]
async fn a_query_that_breaks_on_its_second_page_is_no_answer() {
    let first = json!({ "Items": [wire_item("p", "1")], "LastEvaluatedKey": wire_item("p", "1") });
    let denied = Answer::error(400, "AccessDeniedException", json!({}));
    let script = Script::of([Answer::json(first), denied]);
    assert!(
        script
            .clients()
            .table()
            .unwrap()
            .query_all(&Query::partition("p"))
            .await
            .is_err()
    );
}

/// Answers a batch read with the items under the keys `from..to`, and names `left` as unprocessed.
fn batch(from: usize, to: usize, left: &[usize]) -> Answer {
    let items: Vec<Value> = (from..to)
        .rev()
        .map(|number| wire_item("p", &number.to_string()))
        .collect();
    let keys: Vec<Value> = left
        .iter()
        .map(|number| wire_item("p", &number.to_string()))
        .collect();
    let unprocessed = if keys.is_empty() {
        json!({})
    } else {
        json!({ "baton-test": { "Keys": keys, "ConsistentRead": true } })
    };
    Answer::json(json!({ "Responses": { "baton-test": items }, "UnprocessedKeys": unprocessed }))
}

#[tokio::test(start_paused = true)]
async fn a_batch_read_goes_in_hundreds_and_asks_for_what_was_left() {
    let script = Script::of([
        batch(0, 98, &[98, 99]),
        batch(98, 100, &[]),
        batch(100, 129, &[]),
    ]);
    let mut keys: Vec<Key> = (0..130)
        .map(|number| Key::new("p", number.to_string()))
        .collect();
    keys.push(keys[7].clone());
    let found = script
        .clients()
        .table()
        .unwrap()
        .batch_get(&keys)
        .await
        .unwrap();
    assert_eq!(found.len(), 131);
    for (number, found) in found.iter().take(129).enumerate() {
        assert_eq!(found.as_ref(), Some(&item("p", &number.to_string())));
    }
    assert_eq!(found[129], None, "no item is there");
    assert_eq!(
        found[130], found[7],
        "a key asked for twice is answered twice"
    );
    let sizes: Vec<usize> = script
        .asked()
        .iter()
        .map(|body| {
            let keys = &body["RequestItems"]["baton-test"];
            assert_eq!(keys["ConsistentRead"], json!(true));
            keys["Keys"].as_array().unwrap().len()
        })
        .collect();
    assert_eq!(sizes, [100, 2, 30]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_read_that_gets_nowhere_fails_rather_than_missing_items() {
    let script = Script::of(vec![batch(0, 0, &[0]); 6]);
    let error = script
        .clients()
        .table()
        .unwrap()
        .batch_get(&[Key::new("p", "0")])
        .await
        .unwrap_err();
    assert!(error.is_try_again(), "{error:?}");
    assert_eq!(script.calls(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_batch_write_goes_in_twenty_fives_and_repeats_only_what_was_left() {
    let left = json!({ "UnprocessedItems": { "baton-test": [{ "DeleteRequest": { "Key": wire_item("p", "3") } }] } });
    let script = Script::of([
        Answer::json(left),
        Answer::json(json!({})),
        Answer::json(json!({})),
    ]);
    let mut all: Vec<BatchWrite> = (0..29)
        .map(|number| BatchWrite::Put(item("p", &number.to_string())))
        .collect();
    all[3] = BatchWrite::Delete(Key::new("p", "3"));
    script
        .clients()
        .table()
        .unwrap()
        .batch_write(all)
        .await
        .unwrap();
    let sizes: Vec<usize> = script
        .asked()
        .iter()
        .map(|body| body["RequestItems"]["baton-test"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [25, 1, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_condition_gives_the_item_as_it_stands() {
    let failed = json!({ "message": "no", "Item": wire_item("CASE#1", "A#CASE") });
    let script = Script::of([Answer::error(
        400,
        "ConditionalCheckFailedException",
        failed,
    )]);
    let table = script.clients().table().unwrap();
    let write = Write::update(Key::new("CASE#1", "A#CASE"), "SET #v = :next")
        .when("#v = :seen")
        .name("#v", "version")
        .number(":seen", 4)
        .number(":next", 5);
    match table.write(write).await {
        Err(StoreError::Conflict { context, found }) => {
            assert_eq!(context, "update CASE#1 / A#CASE");
            assert_eq!(found.as_deref(), Some(&item("CASE#1", "A#CASE")));
        }
        other => panic!("{other:?}"),
    }
    let asked = &script.asked()[0];
    assert_eq!(asked["ConditionExpression"], json!("#v = :seen"));
    assert_eq!(
        asked["ExpressionAttributeValues"],
        json!({ ":seen": { "N": "4" }, ":next": { "N": "5" } })
    );
    assert_eq!(
        asked["ReturnValuesOnConditionCheckFailure"],
        json!("ALL_OLD")
    );
}

#[tokio::test(start_paused = true)]
async fn opening_tells_no_failure_and_takes_no_longer_than_three_seconds() {
    let denied = Answer::error(400, "AccessDeniedException", json!({}));
    for answer in [denied, Answer::Silence] {
        let script = Script::of([answer]);
        let begun = tokio::time::Instant::now();
        script.clients().table().unwrap().open().await;
        assert_eq!(script.operations(), ["GetItem"]);
        assert!(begun.elapsed() <= std::time::Duration::from_millis(3_010));
    }
}
