//! What EventBridge refuses, and that each refusal names the place and the mend.

use event_pattern::Pattern;
use serde_json::{Value, json};

/// A pattern and the place that its refusal names.
#[rustfmt::skip]
pub(crate) const REFUSED: &[(&str, &str)] = &[
    ("[]", "pattern"),
    ("\"a\"", "pattern"),
    ("{}", "pattern"),
    (r#"{"a": {}}"#, "a"),
    (r#"{"a": "x"}"#, "a"),
    (r#"{"a": 5}"#, "a"),
    (r#"{"": 5}"#, r#"pattern."""#),
    (r#"{"a": null}"#, "a"),
    (r#"{"a": {"b": true}}"#, "a.b"),
    (r#"{"a": []}"#, "a"),
    (r#"{"a": ["x", ["y"]]}"#, "a[1]"),
    (r#"{"a": [{}]}"#, "a[0]"),
    (r#"{"a": [{"like": "x"}]}"#, "a[0].like"),
    (r#"{"a": [{"b": ["x"]}]}"#, "a[0].b"),
    (r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#, "a[0]"),
    (r#"{"a": [{"exactly": 5}]}"#, "a[0].exactly"),
    (r#"{"a": [{"prefix": 5}]}"#, "a[0].prefix"),
    (r#"{"a": [{"prefix": ["x"]}]}"#, "a[0].prefix"),
    (r#"{"a": [{"prefix": {"suffix": "x"}}]}"#, "a[0].prefix.suffix"),
    (r#"{"a": [{"prefix": {"equals-ignore-case": 5}}]}"#, "a[0].prefix.equals-ignore-case"),
    (r#"{"a": [{"suffix": null}]}"#, "a[0].suffix"),
    (r#"{"a": [{"suffix": {}}]}"#, "a[0].suffix"),
    (r#"{"a": [{"equals-ignore-case": ["x"]}]}"#, "a[0].equals-ignore-case"),
    (r#"{"a": [{"wildcard": 5}]}"#, "a[0].wildcard"),
    (r#"{"a": [{"wildcard": "a**b"}]}"#, "a[0].wildcard"),
    (r#"{"a": [{"wildcard": "a\\b"}]}"#, "a[0].wildcard"),
    (r#"{"a": [{"wildcard": "a\\"}]}"#, "a[0].wildcard"),
    (r#"{"a": [{"cidr": "10.0.0.0"}]}"#, "a[0].cidr"),
    (r#"{"a": [{"cidr": "10.0.0.0/32"}]}"#, "a[0].cidr"),
    (r#"{"a": [{"cidr": "10.0.0.0/-1"}]}"#, "a[0].cidr"),
    (r#"{"a": [{"cidr": "10.0.0/8"}]}"#, "a[0].cidr"),
    (r#"{"a": [{"cidr": "10.0.0.256/8"}]}"#, "a[0].cidr"),
    (r#"{"a": [{"cidr": "10.0.0.0/8/8"}]}"#, "a[0].cidr"),
    (r#"{"a": [{"cidr": "::/128"}]}"#, "a[0].cidr"),
    (r#"{"a": [{"cidr": "example.com/8"}]}"#, "a[0].cidr"),
    (r#"{"a": [{"cidr": 5}]}"#, "a[0].cidr"),
    (r#"{"a": [{"exists": "true"}]}"#, "a[0].exists"),
    (r#"{"a": [{"numeric": 5}]}"#, "a[0].numeric"),
    (r#"{"a": [{"numeric": []}]}"#, "a[0].numeric"),
    (r#"{"a": [{"numeric": [5]}]}"#, "a[0].numeric"),
    (r#"{"a": [{"numeric": ["=="]}]}"#, "a[0].numeric"),
    (r#"{"a": [{"numeric": ["="]}]}"#, "a[0].numeric[1]"),
    (r#"{"a": [{"numeric": ["=", "5"]}]}"#, "a[0].numeric[1]"),
    (r#"{"a": [{"numeric": ["=", 5, "<", 6]}]}"#, "a[0].numeric[2]"),
    (r#"{"a": [{"numeric": ["<", 5, ">", 1]}]}"#, "a[0].numeric[2]"),
    (r#"{"a": [{"numeric": [">", 5, ">", 6]}]}"#, "a[0].numeric[2]"),
    (r#"{"a": [{"numeric": [">", 5, "<"]}]}"#, "a[0].numeric[3]"),
    (r#"{"a": [{"numeric": [">", 5, "<", 6, 7]}]}"#, "a[0].numeric[4]"),
    (r#"{"a": [{"numeric": [">", 5, "<", 5]}]}"#, "a[0].numeric"),
    (r#"{"a": [{"numeric": [">", 6, "<", 5]}]}"#, "a[0].numeric"),
    (r#"{"a": [{"numeric": ["=", 9007199254740993]}]}"#, "a[0].numeric[1]"),
    (r#"{"a": [{"anything-but": null}]}"#, "a[0].anything-but"),
    (r#"{"a": [{"anything-but": true}]}"#, "a[0].anything-but"),
    (r#"{"a": [{"anything-but": []}]}"#, "a[0].anything-but"),
    (r#"{"a": [{"anything-but": ["x", 5]}]}"#, "a[0].anything-but"),
    (r#"{"a": [{"anything-but": [null]}]}"#, "a[0].anything-but[0]"),
    (r#"{"a": [{"anything-but": [{"prefix": "x"}]}]}"#, "a[0].anything-but[0]"),
    (r#"{"a": [{"anything-but": 9007199254740993}]}"#, "a[0].anything-but"),
    (r#"{"a": [{"anything-but": {}}]}"#, "a[0].anything-but"),
    (r#"{"a": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}"#, "a[0].anything-but.cidr"),
    (r#"{"a": [{"anything-but": {"prefix": "x", "suffix": "y"}}]}"#, "a[0].anything-but"),
    (r#"{"a": [{"anything-but": {"prefix": ""}}]}"#, "a[0].anything-but.prefix"),
    (r#"{"a": [{"anything-but": {"suffix": ["x", ""]}}]}"#, "a[0].anything-but.suffix[1]"),
    (r#"{"a": [{"anything-but": {"equals-ignore-case": [5]}}]}"#, "a[0].anything-but.equals-ignore-case[0]"),
    (r#"{"a": [{"anything-but": {"wildcard": "a**"}}]}"#, "a[0].anything-but.wildcard"),
    (r#"{"$or": [{"a": ["x"]}]}"#, "$or"),
    (r#"{"$or": []}"#, "$or"),
    (r#"{"$or": [{"a": ["x"]}, "b"]}"#, "$or[1]"),
    (r#"{"$or": [{"a": ["x"]}, {}]}"#, "$or[1]"),
    (r#"{"$or": [{"a": ["x"]}, {"b": {"prefix": [{"prefix": "x"}]}}]}"#, "$or[1].b.prefix"),
    (r#"{"$or": [{"a": ["x"]}, {"b": ["y"], "numeric": {"c": ["x"]}}]}"#, "$or[1].numeric"),
    (r#"{"detail": {"l": {"a": ["x", {"suffix": 1}]}}}"#, "detail.l.a[1].suffix"),
];

/// What AWS takes and we refuse, because it cannot have been meant.
#[rustfmt::skip]
pub(crate) const STRICTER: &[(&str, &str)] = &[
    (r#"{"$or": {"a": ["x"]}}"#, "$or"),
    (r#"{"$or": ["x", "y"]}"#, "$or[0]"),
    (r#"{"$or": [{"numeric": ["=", 5]}, {"prefix": "abc"}]}"#, "$or[0].numeric"),
];

#[test]
fn what_eventbridge_refuses_is_refused_by_place() {
    for (text, path) in REFUSED.iter().chain(STRICTER) {
        let pattern: Value = serde_json::from_str(text).unwrap();
        let refusal = Pattern::parse(&pattern).expect_err(text);
        assert_eq!(refusal.path, *path, "{text}");
        assert!(
            !refusal.problem.is_empty() && !refusal.mend.is_empty(),
            "{text}"
        );
    }
}

#[test]
fn a_refusal_reads_as_a_sentence() {
    let refusal = |pattern: Value| Pattern::parse(&pattern).unwrap_err().to_string();
    assert_eq!(
        refusal(json!({"source": "esign"})),
        r#"source: a string where a list belongs; write ["esign"]"#
    );
}

#[test]
fn a_pattern_may_have_4096_characters_and_no_more() {
    // `{"a":["…"]}` has 10 characters around the text; `é` is one character.
    let pattern = |characters: usize| json!({ "a": ["é".repeat(characters - 10)] });
    assert!(Pattern::parse(&pattern(4096)).is_ok());
    assert_eq!(Pattern::parse(&pattern(4097)).unwrap_err().path, "pattern");
    // Escapes and separators count as they are written.
    let list = json!({ "a": vec!["\n"; 1000], "b": [1, true, null, -2.5] });
    let length = list.to_string().chars().count();
    assert!(length > 4096, "{length}");
    assert!(Pattern::parse(&list).is_err());
}

#[test]
fn or_may_stand_for_1000_patterns_and_no_more() {
    let branches = |n: usize| (0..n).map(|i| json!({ "a": [i] })).collect::<Vec<_>>();
    let pattern = |outer: usize, inner: usize| json!({ "x": {"$or": branches(outer)}, "y": {"$or": branches(inner)} });
    assert!(Pattern::parse(&pattern(40, 25)).is_ok());
    assert_eq!(Pattern::parse(&pattern(77, 13)).unwrap_err().path, "y.$or");
}

#[test]
fn depth_is_refused_before_it_can_hurt() {
    let nested = |levels: usize| (0..levels).fold(json!(["x"]), |inner, _| json!({ "a": inner }));
    assert!(Pattern::parse(&nested(100)).is_ok());
    assert!(Pattern::parse(&nested(500)).is_err());
    // Deeper than any parser gives: the value is forgotten, because to drop it would itself recurse.
    let bottomless = (0..200_000).fold(json!("x"), |inner, _| Value::Array(vec![inner]));
    assert!(Pattern::parse(&bottomless).is_err());
    std::mem::forget(bottomless);
}

#[test]
fn wildcards_that_overlap_too_much_are_refused() {
    let parse = |wildcards: Vec<String>| {
        let list: Vec<Value> = wildcards.iter().map(|w| json!({ "wildcard": w })).collect();
        Pattern::parse(&json!({ "detail": { "stack-id": list } }))
    };
    let stacks = |n: usize| {
        ["Shared", "Cluster", "Service", "Monitoring"]
            .iter()
            .take(n)
            .map(|name| format!("*:stack/{name}/*"))
            .collect()
    };
    // As reported in public: three of these were deployed, the fourth was "too complex".
    assert!(parse(stacks(3)).is_ok());
    assert_eq!(parse(stacks(4)).unwrap_err().path, "detail.stack-id");
    assert!(parse(vec!["*a*a*a*a*a*a*a*a*".to_owned()]).is_err());
    assert!(parse(vec!["a".repeat(2000) + "*" + "b"]).is_ok());
    // All of them match the quote before the value at the same time.
    let many = |n: usize| (0..n).map(|n| format!("{n}-*")).collect();
    assert!(parse(many(10)).is_ok());
    assert!(parse(many(11)).is_err());
}
