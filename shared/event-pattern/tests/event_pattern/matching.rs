//! Every kind of condition with values that meet it and values that do not.
//! The same table is put to an independent implementation by `reference`.

use event_pattern::Pattern;
use serde_json::{Map, Value, json};

/// How the independent implementation answers a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reference {
    Agrees,
    /// It departs from Event Ruler here, AWS's own published matcher, which we follow.
    Differs,
}
use Reference::{Agrees, Differs};

/// A pattern over `detail` and values of `detail`.
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    pub(crate) pattern: &'static str,
    pub(crate) matching: &'static [&'static str],
    pub(crate) others: &'static [&'static str],
    pub(crate) reference: Reference,
}

const fn case(
    kind: &'static str,
    pattern: &'static str,
    matching: &'static [&'static str],
    others: &'static [&'static str],
) -> Case {
    Case {
        kind,
        pattern,
        matching,
        others,
        reference: Agrees,
    }
}

const fn differs(case: Case) -> Case {
    Case {
        reference: Differs,
        ..case
    }
}

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    case("exact string", r#"{"a": ["x"]}"#, &[r#"{"a": "x"}"#, r#"{"a": "x", "b": 1}"#], &[r#"{"a": "X"}"#, r#"{"a": "xx"}"#, r#"{"b": "x"}"#, "{}"]),
    case("one of several", r#"{"a": ["x", "y"]}"#, &[r#"{"a": "y"}"#], &[r#"{"a": "z"}"#]),
    case("all fields", r#"{"a": ["x"], "b": ["y"]}"#, &[r#"{"a": "x", "b": "y"}"#], &[r#"{"a": "x"}"#, r#"{"a": "x", "b": "x"}"#]),
    case("nested field", r#"{"a": {"b": ["x"]}}"#, &[r#"{"a": {"b": "x", "c": 1}}"#], &[r#"{"a": "x"}"#, r#"{"b": "x"}"#]),
    case("empty string", r#"{"a": [""]}"#, &[r#"{"a": ""}"#], &[r#"{"a": null}"#, "{}"]),
    case("null", r#"{"a": [null]}"#, &[r#"{"a": null}"#], &[r#"{"a": "null"}"#, r#"{"a": ""}"#, "{}"]),
    case("true and false", r#"{"a": [true]}"#, &[r#"{"a": true}"#], &[r#"{"a": false}"#, r#"{"a": "true"}"#, r#"{"a": 1}"#]),
    case("number by value", r#"{"a": [300]}"#, &[r#"{"a": 300}"#, r#"{"a": 300.0}"#, r#"{"a": 3.0e2}"#], &[r#"{"a": "300"}"#, r#"{"a": 301}"#]),
    case("number, other spelling", r#"{"a": [3.0e2]}"#, &[r#"{"a": 300}"#, r#"{"a": 300.00}"#], &[r#"{"a": 30}"#]),
    case("zero is zero", r#"{"a": [-0.0]}"#, &[r#"{"a": 0}"#, r#"{"a": -0.0}"#], &[r#"{"a": 1}"#]),
    case("account number", r#"{"a": [123456789012]}"#, &[r#"{"a": 123456789012}"#], &[r#"{"a": 123456789013}"#]),
    case("integer above 2^53 by its digits", r#"{"a": [9007199254740993]}"#, &[r#"{"a": 9007199254740993}"#], &[r#"{"a": 9007199254740992}"#]),
    case("array in the event", r#"{"a": ["x"]}"#, &[r#"{"a": ["w", "x"]}"#, r#"{"a": [["x"]]}"#], &[r#"{"a": []}"#, r#"{"a": ["y"]}"#, r#"{"a": [{"a": "x"}]}"#]),
    case("exactly", r#"{"a": [{"exactly": "x"}]}"#, &[r#"{"a": "x"}"#], &[r#"{"a": "X"}"#]),
    case("prefix", r#"{"a": [{"prefix": "eu-"}]}"#, &[r#"{"a": "eu-west-1"}"#, r#"{"a": "eu-"}"#], &[r#"{"a": "EU-west-1"}"#, r#"{"a": "xeu-"}"#, r#"{"a": 5}"#]),
    case("empty prefix is any string", r#"{"a": [{"prefix": ""}]}"#, &[r#"{"a": ""}"#, r#"{"a": "x"}"#], &[r#"{"a": 5}"#, r#"{"a": null}"#, "{}"]),
    case("prefix ignoring case", r#"{"a": [{"prefix": {"equals-ignore-case": "EventB"}}]}"#, &[r#"{"a": "EVENTBridge"}"#, r#"{"a": "eventb"}"#], &[r#"{"a": "event"}"#]),
    case("suffix", r#"{"a": [{"suffix": ".png"}]}"#, &[r#"{"a": "logo.png"}"#, r#"{"a": ".png"}"#], &[r#"{"a": "logo.PNG"}"#, r#"{"a": ".png?"}"#]),
    case("suffix ignoring case", r#"{"a": [{"suffix": {"equals-ignore-case": ".png"}}]}"#, &[r#"{"a": "logo.PnG"}"#], &[r#"{"a": "png"}"#]),
    case("equals ignoring case", r#"{"a": [{"equals-ignore-case": "alice"}]}"#, &[r#"{"a": "ALICE"}"#, r#"{"a": "Alice"}"#], &[r#"{"a": "alice "}"#, r#"{"a": 1}"#]),
    case("case that changes length", r#"{"a": [{"equals-ignore-case": "straße"}]}"#, &[r#"{"a": "STRASSE"}"#, r#"{"a": "STRAßE"}"#], &[r#"{"a": "strasse"}"#, r#"{"a": "strase"}"#]),
    case("suffix whose case changes length", r#"{"a": [{"suffix": {"equals-ignore-case": "aße"}}]}"#, &[r#"{"a": "STRASSE"}"#, r#"{"a": "aße"}"#], &[r#"{"a": "ße"}"#]),
    case("wildcard", r#"{"a": [{"wildcard": "dir/*.png"}]}"#, &[r#"{"a": "dir/.png"}"#, r#"{"a": "dir/b/c.png"}"#], &[r#"{"a": "dir/c.jpg"}"#, r#"{"a": "xdir/c.png"}"#]),
    case("wildcard with several stars", r#"{"a": [{"wildcard": "*a*b*"}]}"#, &[r#"{"a": "ab"}"#, r#"{"a": "xxaxxbxx"}"#], &[r#"{"a": "ba"}"#]),
    case("wildcard pieces do not overlap", r#"{"a": [{"wildcard": "aba*aba"}]}"#, &[r#"{"a": "abaaba"}"#, r#"{"a": "aba-aba"}"#], &[r#"{"a": "aba"}"#, r#"{"a": "ababa"}"#]),
    case("wildcard over line breaks", r#"{"a": [{"wildcard": "a*b"}]}"#, &[r#"{"a": "a\nb"}"#], &[]),
    case("escaped star", r#"{"a": [{"wildcard": "5\\**"}]}"#, &[r#"{"a": "5*"}"#, r#"{"a": "5*x"}"#], &[r#"{"a": "55"}"#]),
    case("escaped backslash", r#"{"a": [{"wildcard": "c:\\\\*"}]}"#, &[r#"{"a": "c:\\dir"}"#], &[r#"{"a": "c:dir"}"#]),
    case("wildcard without star", r#"{"a": [{"wildcard": "x"}]}"#, &[r#"{"a": "x"}"#], &[r#"{"a": "xx"}"#]),
    case("anything but a string", r#"{"a": [{"anything-but": "x"}]}"#, &[r#"{"a": "y"}"#, r#"{"a": 5}"#, r#"{"a": null}"#, r#"{"a": true}"#], &[r#"{"a": "x"}"#, "{}", r#"{"a": {}}"#, r#"{"a": []}"#]),
    case("anything but, in an array", r#"{"a": [{"anything-but": "x"}]}"#, &[r#"{"a": ["x", "y"]}"#], &[r#"{"a": ["x", "x"]}"#]),
    case("anything but strings", r#"{"a": [{"anything-but": ["x", "y"]}]}"#, &[r#"{"a": "z"}"#], &[r#"{"a": "x"}"#, r#"{"a": "y"}"#]),
    case("anything but a number", r#"{"a": [{"anything-but": 100}]}"#, &[r#"{"a": 101}"#, r#"{"a": "100"}"#], &[r#"{"a": 100}"#, r#"{"a": 1e2}"#]),
    case("anything but numbers", r#"{"a": [{"anything-but": [100, 200.5]}]}"#, &[r#"{"a": 200}"#], &[r#"{"a": 100.0}"#, r#"{"a": 200.50}"#]),
    case("anything but a prefix", r#"{"a": [{"anything-but": {"prefix": "us-"}}]}"#, &[r#"{"a": "eu-west-1"}"#, r#"{"a": 5}"#], &[r#"{"a": "us-east-1"}"#, "{}"]),
    case("anything but prefixes", r#"{"a": [{"anything-but": {"prefix": ["us-", "eu-"]}}]}"#, &[r#"{"a": "ap-south-1"}"#], &[r#"{"a": "eu-west-1"}"#]),
    case("anything but a suffix", r#"{"a": [{"anything-but": {"suffix": ".png"}}]}"#, &[r#"{"a": "a.jpg"}"#], &[r#"{"a": "a.png"}"#]),
    case("anything but suffixes", r#"{"a": [{"anything-but": {"suffix": [".png", ".jpg"]}}]}"#, &[r#"{"a": "a.txt"}"#], &[r#"{"a": "a.jpg"}"#]),
    case("anything but, ignoring case", r#"{"a": [{"anything-but": {"equals-ignore-case": "init"}}]}"#, &[r#"{"a": "done"}"#], &[r#"{"a": "INIT"}"#]),
    case("anything but several, ignoring case", r#"{"a": [{"anything-but": {"equals-ignore-case": ["init", "done"]}}]}"#, &[r#"{"a": "run"}"#], &[r#"{"a": "DONE"}"#]),
    case("anything but a wildcard", r#"{"a": [{"anything-but": {"wildcard": "*/lib/*"}}]}"#, &[r#"{"a": "/bin/x"}"#], &[r#"{"a": "/lib/x"}"#]),
    case("anything but wildcards", r#"{"a": [{"anything-but": {"wildcard": ["*/bin/*.jar", "*/bin/*.class"]}}]}"#, &[r#"{"a": "/src/a.jar"}"#], &[r#"{"a": "/bin/a.jar"}"#, r#"{"a": "/bin/a.class"}"#]),
    case("numeric =", r#"{"a": [{"numeric": ["=", 3.018e2]}]}"#, &[r#"{"a": 301.8}"#], &[r#"{"a": 301.81}"#, r#"{"a": "301.8"}"#, r#"{"a": true}"#]),
    case("numeric <", r#"{"a": [{"numeric": ["<", 10]}]}"#, &[r#"{"a": 9.99}"#, r#"{"a": -1e300}"#], &[r#"{"a": 10}"#]),
    case("numeric <=", r#"{"a": [{"numeric": ["<=", 10]}]}"#, &[r#"{"a": 10.0}"#], &[r#"{"a": 10.01}"#]),
    case("numeric >", r#"{"a": [{"numeric": [">", 0]}]}"#, &[r#"{"a": 0.1}"#], &[r#"{"a": 0}"#]),
    case("numeric >=", r#"{"a": [{"numeric": [">=", -5]}]}"#, &[r#"{"a": -5}"#], &[r#"{"a": -5.1}"#]),
    case("numeric range", r#"{"a": [{"numeric": [">", 0, "<=", 5]}]}"#, &[r#"{"a": 5}"#, r#"{"a": [9, 3]}"#], &[r#"{"a": 0}"#, r#"{"a": 5.1}"#, r#"{"a": null}"#]),
    case("exists", r#"{"a": [{"exists": true}]}"#, &[r#"{"a": 1}"#, r#"{"a": null}"#, r#"{"a": [""]}"#], &["{}", r#"{"a": {"b": 1}}"#, r#"{"a": []}"#]),
    case("does not exist", r#"{"a": [{"exists": false}]}"#, &["{}", r#"{"a": {"b": 1}}"#, r#"{"a": []}"#, r#"{"b": 1}"#], &[r#"{"a": 1}"#, r#"{"a": null}"#]),
    case("absent or a value", r#"{"a": [{"exists": false}, "x"]}"#, &["{}", r#"{"a": "x"}"#], &[r#"{"a": "y"}"#]),
    case("absent below a string", r#"{"a": {"b": [{"exists": false}]}}"#, &[r#"{"a": "x"}"#, "{}"], &[r#"{"a": {"b": 1}}"#]),
    case("cidr v4", r#"{"a": [{"cidr": "10.0.0.0/24"}]}"#, &[r#"{"a": "10.0.0.255"}"#], &[r#"{"a": "10.0.1.0"}"#, r#"{"a": "10.0.0.1/24"}"#, r#"{"a": "::1"}"#, r#"{"a": 10}"#]),
    case("cidr with host bits", r#"{"a": [{"cidr": "10.0.0.77/24"}]}"#, &[r#"{"a": "10.0.0.1"}"#], &[r#"{"a": "10.0.2.1"}"#]),
    case("cidr of everything", r#"{"a": [{"cidr": "0.0.0.0/0"}]}"#, &[r#"{"a": "255.255.255.255"}"#], &[r#"{"a": "everything"}"#]),
    case("cidr v6", r#"{"a": [{"cidr": "2001:db8::/32"}]}"#, &[r#"{"a": "2001:db8:ffff::1"}"#], &[r#"{"a": "2001:db9::1"}"#, r#"{"a": "10.0.0.1"}"#]),
    case("several operators are alternatives", r#"{"a": [{"prefix": "x"}, {"numeric": [">", 5]}, null]}"#, &[r#"{"a": "xy"}"#, r#"{"a": 6}"#, r#"{"a": null}"#], &[r#"{"a": "y"}"#, r#"{"a": 5}"#]),
    case("$or", r#"{"$or": [{"a": ["x"]}, {"b": ["y"]}]}"#, &[r#"{"a": "x"}"#, r#"{"b": "y"}"#], &[r#"{"a": "y"}"#, "{}"]),
    case("$or beside a field", r#"{"c": ["z"], "$or": [{"a": ["x"]}, {"b": ["y"]}]}"#, &[r#"{"c": "z", "b": "y"}"#], &[r#"{"a": "x"}"#, r#"{"c": "z"}"#]),
    case("$or within $or", r#"{"$or": [{"a": ["x"]}, {"b": ["y"], "$or": [{"c": [1]}, {"d": [2]}]}]}"#, &[r#"{"a": "x"}"#, r#"{"b": "y", "d": 2}"#], &[r#"{"b": "y"}"#, r#"{"c": 1}"#]),
    case("$or below a field", r#"{"n": {"$or": [{"a": ["x"]}, {"b": {"c": ["y"]}}]}}"#, &[r#"{"n": {"a": "x"}}"#, r#"{"n": {"b": {"c": "y"}}}"#], &[r#"{"a": "x"}"#, r#"{"n": {"b": "y"}}"#]),
    case("$or after a field of the same name wins", r#"{"a": ["1"], "$or": [{"a": ["2"]}, {"b": ["3"]}]}"#, &[r#"{"a": "2"}"#, r#"{"a": "1", "b": "3"}"#], &[r#"{"a": "1"}"#, r#"{"b": "3"}"#]),
    case("field after a $or of the same name wins", r#"{"$or": [{"a": ["2"]}, {"b": ["3"]}], "a": ["1"]}"#, &[r#"{"a": "1"}"#], &[r#"{"a": "2"}"#]),
    case("fields from one element", r#"{"l": {"a": ["x"], "b": ["y"]}}"#, &[r#"{"l": [{"a": "x", "b": "y"}]}"#, r#"{"l": [{"a": "x"}, {"a": ["w", "x"], "b": ["y"]}]}"#], &[r#"{"l": [{"a": "x"}, {"b": "y"}]}"#, r#"{"l": [{"a": "x", "b": "z"}, {"a": "w", "b": "y"}]}"#]),
    case("elements of elements", r#"{"l": {"m": {"a": ["x"], "b": ["y"]}}}"#, &[r#"{"l": [{"m": [{"a": "x", "b": "y"}]}]}"#], &[r#"{"l": [{"m": [{"a": "x"}, {"b": "y"}]}]}"#, r#"{"l": [{"m": {"a": "x"}}, {"m": {"b": "y"}}]}"#]),
    case("two arrays do not bind each other", r#"{"l": {"a": ["x"]}, "m": {"b": ["y"]}}"#, &[r#"{"l": [{"a": "w"}, {"a": "x"}], "m": [{"b": "y"}]}"#], &[r#"{"l": [{"a": "x"}], "m": [{"b": "z"}]}"#]),
    case("dotted key", r#"{"a.b": ["x"]}"#, &[r#"{"a": {"b": "x"}}"#], &[r#"{"a": "x"}"#]),
    differs(case("key with a dot in the event", r#"{"a": {"b": ["x"]}}"#, &[r#"{"a.b": "x"}"#], &[r#"{"a.c": "x"}"#])),
    differs(case("address by value", r#"{"a": ["2001:db8::1"]}"#, &[r#"{"a": "2001:DB8:0::0:1"}"#], &[r#"{"a": "2001:db8::2"}"#])),
    differs(case("absent from every element", r#"{"l": {"b": [{"exists": false}]}}"#, &[r#"{"l": [{"a": 1}, {"a": 2}]}"#], &[r#"{"l": [{"b": 1}, {"a": 2}]}"#])),
    case("absent from the chosen element", r#"{"l": {"a": ["x"], "b": [{"exists": false}]}}"#, &[r#"{"l": [{"b": 1}, {"a": "x"}]}"#], &[r#"{"l": [{"a": "x", "b": 1}]}"#]),
    differs(case("absence is judged in order of names", r#"{"l": {"b": [{"exists": false}], "c": ["x"]}}"#, &[r#"{"l": [{"a": 1}, {"c": "x"}]}"#], &[r#"{"l": [{"b": 1}, {"c": "x"}]}"#])),
];

/// An event as it stands on a bus.
pub(crate) fn event(detail: &str) -> Value {
    json!({
        "version": "0",
        "id": "0a1b2c3d-0000-4000-8000-000000000000",
        "account": "000000000000",
        "region": "eu-central-1",
        "time": "2026-11-22T10:00:00Z",
        "source": "esign",
        "detail-type": "contract.signed",
        "resources": [],
        "detail": serde_json::from_str::<Value>(detail).unwrap(),
    })
}

pub(crate) fn on_detail(pattern: &str) -> Value {
    json!({ "detail": serde_json::from_str::<Value>(pattern).unwrap() })
}

#[test]
fn each_kind_matches_what_it_says() {
    for case in CASES {
        let pattern = Pattern::parse(&on_detail(case.pattern)).unwrap();
        for (details, wanted) in [(case.matching, true), (case.others, false)] {
            for detail in details {
                let found = pattern.matches(&event(detail));
                assert_eq!(found, wanted, "{}: {} on {detail}", case.kind, case.pattern);
            }
        }
    }
}

#[test]
fn the_table_covers_the_kinds_compared_in_the_field_study() {
    assert!(CASES.len() >= 36, "{}", CASES.len());
    assert!(CASES.iter().all(|case| !case.matching.is_empty()));
}

#[test]
fn an_event_that_is_no_object_matches_nothing() {
    let pattern = Pattern::parse(&json!({"a": [{"exists": false}]})).unwrap();
    assert!(pattern.matches(&json!({})));
    for event in [json!(null), json!("a"), json!([]), json!([{"b": 1}])] {
        assert!(!pattern.matches(&event), "{event}");
    }
}

#[test]
fn a_very_deep_event_is_matched_and_not_a_stack_overflow() {
    let in_arrays = (0..200_000).fold(json!("x"), |inner, _| Value::Array(vec![inner]));
    let in_objects = (0..200_000).fold(json!("x"), |inner, _| {
        Value::Object(Map::from_iter([("b".to_owned(), inner)]))
    });
    let event = Value::Object(Map::from_iter([
        ("a".to_owned(), in_arrays),
        ("b".to_owned(), in_objects),
    ]));
    let matches = |pattern: Value| Pattern::parse(&pattern).unwrap().matches(&event);
    assert!(matches(json!({"a": ["x"], "b": [{"exists": false}]})));
    assert!(!matches(json!({"a": ["y"]})));
    let named = (0..90).fold(json!(["x"]), |inner, _| json!({ "b": inner }));
    assert!(!matches(named));
    // To drop so deep a value would itself recurse.
    std::mem::forget(event);
}

#[test]
fn many_elements_cost_no_more_than_they_are() {
    let element =
        |n: usize| json!({"a": n, "b": "x", "c": "x", "d": if n == 0 { "y" } else { "x" }});
    let list: Vec<Value> = (0..20_000).map(element).collect();
    let event = json!({ "l": list, "m": list });
    let wanted =
        |a: Value| json!({"l": {"b": ["x"], "c": ["x"], "d": [a]}, "m": {"b": ["x"], "d": ["z"]}});
    assert!(!Pattern::parse(&wanted(json!("y"))).unwrap().matches(&event));
}

#[test]
fn a_pattern_looks_into_what_it_names_and_what_is_above() {
    let looks = |pattern: Value, path: &[&str]| Pattern::parse(&pattern).unwrap().looks_into(path);
    let nested = json!({"detail": {"s": {"t": [{"exists": false}]}}});
    assert!(looks(nested.clone(), &["detail"]));
    assert!(looks(nested.clone(), &["detail", "s"]));
    assert!(looks(nested.clone(), &["detail", "s", "t"]));
    assert!(!looks(nested.clone(), &["detail", "s", "t", "u"]));
    assert!(!looks(nested, &["detail", "st"]));
    let either = json!({"detail": {"$or": [{"s": ["a"]}, {"longer": ["b"]}]}});
    assert!(looks(either.clone(), &["detail", "longer"]));
    assert!(!looks(either, &["detail", "long"]));
}

#[test]
fn literal_values_are_the_strings_that_confine_a_field() {
    let values = |pattern: Value| {
        Pattern::parse(&pattern)
            .unwrap()
            .literal_values(&["detail", "s"])
    };
    let some = |texts: &[&str]| Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(
        values(json!({"detail": {"s": ["b", "a", "b"]}})),
        some(&["a", "b"])
    );
    assert_eq!(
        values(json!({"detail": {"s": [{"exactly": "a"}], "t": [1]}})),
        some(&["a"])
    );
    assert_eq!(
        values(json!({"detail": {"$or": [{"s": ["a"]}, {"s": ["b"]}]}})),
        some(&["a", "b"])
    );
    assert_eq!(
        values(json!({"detail": {"$or": [{"s": ["a"]}, {"t": ["b"]}]}})),
        None
    );
    assert_eq!(
        values(json!({"detail": {"s": ["a", {"prefix": "b"}]}})),
        None
    );
    assert_eq!(values(json!({"detail": {"s": ["10.0.0.1"]}})), None);
    assert_eq!(values(json!({"detail": {"s": [1]}})), None);
    assert_eq!(values(json!({"source": ["a"]})), None);
}
