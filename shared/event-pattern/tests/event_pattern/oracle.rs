//! The search over arrays against a plain reading of AWS's rule, slow and obvious.
//! "Any match in which two fields are within different elements of the same array is refused" (event-ruler README).

use std::collections::BTreeMap;

use event_pattern::Pattern;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A value of the flattened event: its dotted name and the element it lies in, for each array around it.
struct Field {
    name: String,
    value: Value,
    elements: BTreeMap<usize, usize>,
}

fn flatten(
    value: &Value,
    name: &str,
    elements: &BTreeMap<usize, usize>,
    arrays: &mut usize,
    fields: &mut Vec<Field>,
) {
    match value {
        Value::Object(inner) => {
            for (key, child) in inner {
                let dotted = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                flatten(child, &dotted, elements, arrays, fields);
            }
        }
        Value::Array(items) => {
            let array = *arrays;
            *arrays += 1;
            for (index, item) in items.iter().enumerate() {
                let mut around = elements.clone();
                if item.is_object() || item.is_array() {
                    around.insert(array, index);
                }
                flatten(item, name, &around, arrays, fields);
            }
        }
        scalar => fields.push(Field {
            name: name.to_owned(),
            value: scalar.clone(),
            elements: elements.clone(),
        }),
    }
}

/// What the tests' conditions come to: a text, its absence, or anything but a text.
fn meets(condition: &Value, value: &Value) -> bool {
    match condition {
        Value::Object(operator) => operator.get("anything-but").is_some_and(|not| not != value),
        text => text == value,
    }
}

fn search(
    pattern: &[(&String, &Value)],
    fields: &[Field],
    so_far: &BTreeMap<usize, usize>,
) -> bool {
    let Some(((name, conditions), rest)) = pattern.split_first() else {
        return true;
    };
    let agrees = |field: &&Field| {
        let clash = |(array, element): (&usize, &usize)| {
            so_far.get(array).is_some_and(|chosen| chosen != element)
        };
        field.name == **name && !field.elements.iter().any(clash)
    };
    let conditions = conditions.as_array().unwrap();
    let found: Vec<&Field> = fields.iter().filter(agrees).collect();
    if found.is_empty()
        && conditions.contains(&json!({"exists": false}))
        && search(rest, fields, so_far)
    {
        return true;
    }
    found.iter().any(|field| {
        let mut chosen = so_far.clone();
        chosen.extend(&field.elements);
        conditions
            .iter()
            .any(|condition| meets(condition, &field.value))
            && search(rest, fields, &chosen)
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("b"), Just("c"), Just("a.b")].prop_map(str::to_owned)
}

fn event() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(json!("x")), Just(json!("y"))];
    let value = leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner),
        ]
    });
    object(value)
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let fields = prop::collection::btree_map(key(), value, 0..4);
    fields.prop_map(|fields| Value::Object(Map::from_iter(fields)))
}

fn pattern() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let name = prop::collection::vec(prop_oneof![Just("a"), Just("b"), Just("c")], 1..4)
        .prop_map(|keys| keys.join("."));
    let condition = prop_oneof![
        4 => Just(json!("x")),
        2 => Just(json!({"exists": false})),
        1 => Just(json!({"anything-but": "x"})),
    ];
    let conditions = prop::collection::vec(condition, 1..3).prop_map(Value::from);
    prop::collection::btree_map(name, conditions, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_search_finds_what_the_rule_says(pattern in pattern(), event in event()) {
        let mut fields = Vec::new();
        flatten(&event, "", &BTreeMap::new(), &mut 0, &mut fields);
        let sorted: Vec<_> = pattern.iter().collect();
        let wanted = search(&sorted, &fields, &BTreeMap::new());
        let parsed = Pattern::parse(&json!(pattern)).unwrap();
        prop_assert_eq!(parsed.matches(&event), wanted, "{} on {}", json!(pattern), event);
    }
}
