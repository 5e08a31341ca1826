//! Conditions at random: mostly of the language, some far outside it, some made to burst.
//! It must not know which of them are accepted.

use domain::condition::Condition;
use domain::definition::{Action, Workflow};
use domain::value::Values;
use proptest::prelude::*;
use serde_json::json;

pub fn text() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        6 => prop::sample::select(vec![
            "value_cents", "title", "client", "client.name", "client.contact.mail", "answered.answer", "currency",
            "nobody", "client.nothing", "it", "true", "false", "null",
        ]).prop_map(str::to_owned),
        3 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_map(|number| format!("{number:?}")),
        2 => "\"[a-z ä🦀]{0,8}\"",
        1 => "[\\PC]{0,12}",
        1 => Just("99999999999999999999999999".to_owned()),
    ];
    let grown = atom.prop_recursive(6, 64, 4, |inner| {
        let operator = prop::sample::select(vec![
            "==", "!=", "<", "<=", ">", ">=", "&&", "||", "in", "+", "-", "*", "/", "%",
        ]);
        let function = prop::sample::select(vec![
            "startsWith",
            "endsWith",
            "contains",
            "matches",
            "size",
            "has",
            "string",
            "map",
        ]);
        let fold = prop::sample::select(vec!["exists", "all", "map", "filter", "exists_one"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone())
                .prop_map(|(one, operator, other)| format!("({one} {operator} {other})")),
            inner.clone().prop_map(|one| format!("!({one})")),
            inner.clone().prop_map(|one| format!("size({one})")),
            inner.clone().prop_map(|one| format!("has({one})")),
            (inner.clone(), function, inner.clone())
                .prop_map(|(one, function, other)| format!("{one}.{function}({other})")),
            (inner.clone(), fold, inner.clone())
                .prop_map(|(one, fold, other)| format!("{one}.{fold}(it, {other})")),
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(one, two, three)| format!("{one} ? {two} : {three}")),
        ]
    });
    prop_oneof![
        10 => grown.clone(),
        // A parser that calls itself meets its end in these.
        1 => (1..600_usize).prop_map(|depth| format!("{}1{}", "(".repeat(depth), ")".repeat(depth))),
        1 => (1..600_usize).prop_map(|depth| format!("{}true", "!".repeat(depth))),
        1 => (1..600_usize).prop_map(|depth| format!("{}1", "-".repeat(depth))),
        1 => (1..300_usize).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth))),
        1 => (1..200_usize).prop_map(|depth| format!("title{}", ".name".repeat(depth))),
        1 => (1..200_usize, prop::sample::select(vec![" && ", " + ", " == ", " ? 1 : "])).prop_map(|(times, between)| vec!["true"; times].join(between)),
        1 => (grown, 0..64_usize).prop_map(|(text, cut)| text.chars().take(cut).collect()),
    ]
}

/// The conditions of a workflow's branches.
pub fn of(workflow: &Workflow) -> Vec<Condition> {
    let ways = workflow.steps.iter().filter_map(|step| match &step.action {
        Action::Branch { ways, .. } => Some(ways),
        _ => None,
    });
    ways.flatten()
        .map(|(condition, _)| condition.clone())
        .collect()
}

/// Cases as they may stand, and as no case should.
pub fn values() -> Vec<Values> {
    [
        json!({ "value_cents": 2_500_000, "title": "Shop", "currency": "EUR", "client": { "name": "Harbour", "contact": { "mail": "a@b.example" } } }),
        json!({ "value_cents": "a text", "title": null, "currency": ["EUR"], "client": { "name": 7 } }),
        json!({ "value_cents": 1e300, "title": "x".repeat(4000), "answered": { "answer": "accepted" } }),
        json!({}),
    ]
    .into_iter()
    .filter_map(|value| value.as_object().cloned())
    .collect()
}
