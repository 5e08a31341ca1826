use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    due_at: Option<String>,
    minutes: u32,
    facts: Vec<serde_json::Value>,
    nested: Option<Option<bool>>,
}

fn row() -> Row {
    Row {
        pk: "CASE#1".to_owned(),
        sk: "A#CASE".to_owned(),
        due_at: None,
        minutes: 90,
        facts: vec![serde_json::json!({ "none": null, "amount": 12.5, "text": "" })],
        nested: None,
    }
}

#[test]
fn a_row_comes_back_as_it_went() {
    let item = to_item(&row()).unwrap();
    assert_eq!(from_item::<Row>(item).unwrap(), row());
}

#[test]
fn what_has_no_value_is_absent_so_that_sparse_indexes_stay_sparse() {
    let item = to_item(&row()).unwrap();
    assert!(!item.contains_key("due_at"));
    assert_eq!(item["minutes"], AttributeValue::N("90".to_owned()));
    assert_eq!(item[PK], AttributeValue::S("CASE#1".to_owned()));
}

#[test]
fn an_item_that_does_not_fit_is_named_by_its_key() {
    let mut item = to_item(&row()).unwrap();
    item.insert("minutes".to_owned(), AttributeValue::S("many".to_owned()));
    let error = from_item::<Row>(item).unwrap_err();
    assert!(matches!(error, StoreError::Never { .. }));
    assert!(error.to_string().contains("CASE#1 / A#CASE"), "{error}");
}

#[test]
fn an_item_without_its_key_has_none() {
    assert_eq!(Key::of(&Item::new()), None);
    let key = Key::new("CASE#1", "A#CASE");
    assert_eq!(Key::of(&key.to_item()), Some(key));
}
