//! What holds for every pattern and every event.

use event_pattern::Pattern;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// JSON that often looks like a pattern: operators where fields may be, and the reverse.
fn json_like_a_pattern() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "x",
            "*",
            "a*b",
            "**",
            "\\",
            "\\*",
            "<",
            ">=",
            "=",
            "10.0.0.0/8",
            "::1",
            "ß",
            "10.0.0.1/0"
        ])
        .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "a",
        "b",
        "a.b",
        "",
        ".",
        "$or",
        "prefix",
        "suffix",
        "exactly",
        "numeric",
        "exists",
        "cidr",
        "wildcard",
        "anything-but",
        "equals-ignore-case",
    ]);
    scalar.prop_recursive(6, 60, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

/// One valid condition.
fn condition() -> impl Strategy<Value = Value> {
    prop_oneof![
        small_value(),
        Just(json!({"prefix": "x"})),
        Just(json!({"suffix": {"equals-ignore-case": "Y"}})),
        Just(json!({"anything-but": ["x", "yx"]})),
        Just(json!({"anything-but": {"wildcard": "*x*"}})),
        Just(json!({"numeric": [">=", 1, "<", 3]})),
        Just(json!({"exists": true})),
        Just(json!({"exists": false})),
        Just(json!({"cidr": "10.0.0.0/8"})),
    ]
}

fn small_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!("x"),
        json!("y"),
        json!("xy"),
        json!("10.1.2.3"),
        json!(1),
        json!(2.5),
        json!(true),
        json!(null),
    ])
}

/// Conditions on some of the fields named.
fn fields(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let conditions = prop::collection::vec(condition(), 1..3).prop_map(Value::from);
    prop::collection::btree_map(
        prop::sample::select(names).prop_map(str::to_owned),
        conditions,
        1..3,
    )
    .prop_map(|fields| json!(fields))
}

fn event() -> impl Strategy<Value = Value> {
    let value = small_value().prop_recursive(3, 20, 3, |inner| {
        let keys = prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys, inner, 0..3).prop_map(|fields| json!(fields)),
        ]
    });
    let keys = prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(str::to_owned);
    prop::collection::btree_map(keys, value, 0..5).prop_map(|fields| json!(fields))
}

fn matches(pattern: &Value, event: &Value) -> bool {
    Pattern::parse(pattern).unwrap().matches(event)
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().rev().map(reversed).collect(),
        Value::Object(inner) => Value::Object(
            inner
                .iter()
                .map(|(key, value)| (key.clone(), reversed(value)))
                .collect(),
        ),
        scalar => scalar.clone(),
    }
}

/// `*` for any characters, read letter by letter.
fn like(text: &[char], wildcard: &[char]) -> bool {
    match wildcard {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|from| like(&text[from..], rest)),
        [one, rest @ ..] => text.first() == Some(one) && like(&text[1..], rest),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_json_is_taken_or_refused_and_never_a_panic(pattern in json_like_a_pattern(), event in json_like_a_pattern()) {
        match Pattern::parse(&pattern) {
            Ok(parsed) => {
 let _ = (parsed.matches(&event), parsed.matches(&pattern));
 }
            Err(refusal) => prop_assert!(!refusal.path.is_empty() && !refusal.mend.is_empty()),
        }
    }

    #[test]
    fn or_is_either(left in fields(&["a", "b"]), right in fields(&["a", "b", "c"]), event in event()) {
        let either = matches(&json!({"$or": [left, right]}), &event);
        prop_assert_eq!(either, matches(&left, &event) || matches(&right, &event));
    }

    #[test]
    fn several_conditions_are_either(one in condition(), other in condition(), event in event()) {
        let either = matches(&json!({"a": [one, other]}), &event);
        prop_assert_eq!(either, matches(&json!({"a": [one]}), &event) || matches(&json!({"a": [other]}), &event));
    }

    #[test]
    fn a_field_is_there_or_it_is_not(event in event()) {
        let there = matches(&json!({"a": {"b": [{"exists": true}]}}), &event);
        prop_assert_ne!(there, matches(&json!({"a": {"b": [{"exists": false}]}}), &event));
    }

    #[test]
    fn anything_but_is_the_opposite_for_one_value(text in "[xy]{0,3}", value in "[xyXY]{0,3}") {
        for condition in [json!({"prefix": text}), json!({"suffix": text}), json!({"equals-ignore-case": text})] {
            prop_assume!(!text.is_empty());
            let event = json!({ "a": value });
            let opposite = matches(&json!({"a": [{ "anything-but": condition }]}), &event);
            prop_assert_ne!(opposite, matches(&json!({"a": [condition]}), &event));
        }
        let event = json!({ "a": value });
        prop_assert_ne!(matches(&json!({"a": [{"anything-but": text}]}), &event), matches(&json!({"a": [text]}), &event));
    }

    #[test]
    fn the_order_of_elements_does_not_matter(pattern in fields(&["a", "b", "a.c", "b.a"]), event in event()) {
        prop_assert_eq!(matches(&pattern, &event), matches(&pattern, &reversed(&event)));
    }

    #[test]
    fn fields_that_no_pattern_names_do_not_matter(pattern in fields(&["a", "b", "a.c"]), event in event(), more in event()) {
        let mut with_more = event.clone();
        with_more["else"] = more;
        prop_assert_eq!(matches(&pattern, &event), matches(&pattern, &with_more));
    }

    #[test]
    fn what_a_pattern_does_not_look_into_is_as_good_as_missing(pattern in fields(&["a", "b", "a.c"]), event in event()) {
        let parsed = Pattern::parse(&pattern).unwrap();
        if !parsed.looks_into(&["b"]) {
            let mut without = event.clone();
            without.as_object_mut().unwrap().remove("b");
            prop_assert_eq!(parsed.matches(&event), parsed.matches(&without));
        }
    }

    #[test]
    fn an_index_by_literal_values_loses_no_match(pattern in fields(&["a", "b"]), event in event()) {
        let parsed = Pattern::parse(&pattern).unwrap();
        if let (Some(literals), Some(Value::String(found))) = (parsed.literal_values(&["a"]), event.get("a")) {
            prop_assert!(literals.contains(found) || !parsed.matches(&event));
        }
    }

    #[test]
    fn a_wildcard_is_read_letter_by_letter(pieces in prop::collection::vec("[ab]{0,2}", 1..4), text in "[ab]{0,8}") {
        let wildcard = pieces.iter().filter(|piece| !piece.is_empty()).cloned().collect::<Vec<_>>().join("*");
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        let found = matches(&json!({"a": [{ "wildcard": wildcard }]}), &json!({ "a": text }));
        prop_assert_eq!(found, like(&letters(&text), &letters(&wildcard)), "{} on {}", wildcard, text);
    }

    #[test]
    fn a_number_matches_its_other_spellings(number in -1_000_000_i64..1_000_000, tenths in 0..10_i64) {
        let texts = [format!("{number}.{tenths}"), format!("{number}.{tenths}0"), format!("{number}{tenths}e-1"), format!("{number}.{tenths}e0")];
        for (one, other) in texts.iter().zip(texts.iter().cycle().skip(1)) {
            let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            prop_assert!(matches(&json!({"a": [value(one)]}), &json!({"a": value(other)})), "{} and {}", one, other);
            let same = matches(&json!({"a": [{"numeric": ["=", value(one)]}]}), &json!({"a": value(other)}));
            prop_assert!(same, "{} = {}", one, other);
        }
    }
}
