//! Conditions mean what CEL means, and what could run for ever or take all memory is refused before it is stored.

use std::cell::RefCell;

use cel::{Context, Program, Value as Cel};
use domain::condition::Condition;
use domain::value::Values;
use proptest::prelude::*;
use serde_json::json;

use crate::fields::Text;
use crate::names::{Names, Shape};
use crate::problem::{At, Sink};

fn values() -> Values {
    let values = json!({
        "cents": 250_000, "zero": 0, "minus": -3, "share": 0.25, "priority": "high", "empty": "",
        "yes": true, "no": false,
        "tags": ["vip", "late"], "lines": [{ "cents": 5 }, { "cents": 70 }], "none": [],
        "client": { "id": "harbour", "name": "Harbour Clinic" },
    });
    serde_json::from_value(values).expect("a group of values")
}

fn read(source: &str) -> Result<Condition, String> {
    let mut names = Names::default();
    for name in values().keys() {
        names.insert(name, Shape::Field);
    }
    let problems = RefCell::default();
    let text = Text {
        text: source,
        at: At::START,
    };
    let read = super::read(text, &names, &mut Vec::new(), Sink::new("file", &problems));
    read.ok_or_else(|| {
        let problems = problems.into_inner();
        assert_eq!(problems.len(), 1, "{source}: one refusal, not {problems:?}");
        format!("{}; {}", problems[0].message, problems[0].help)
    })
}

fn by_cel(source: &str) -> Option<bool> {
    let program = Program::compile(source).ok()?;
    let mut context = Context::default();
    for (name, value) in values() {
        match value.as_i64() {
            // The crate reads whole numbers of JSON as unsigned ones, which CEL adds to nothing else.
            Some(number) => context.add_variable_from_value(name, Cel::Int(number)),
            None => context.add_variable(name, value).ok()?,
        }
    }
    match program.execute(&context) {
        Ok(Cel::Bool(truth)) => Some(truth),
        _ => None,
    }
}

#[test]
fn every_part_of_the_subset_means_what_cel_means() {
    for source in [
        "cents == 250000",
        "cents != 250000",
        "cents < 250000",
        "cents <= 250000",
        "cents > 249999",
        "cents >= 250001",
        "cents + 1 > 250000",
        "cents - 1 == 249999",
        "minus * minus == 9",
        "-minus == 3",
        "zero == 0",
        "priority == \"high\"",
        "priority < \"low\"",
        "priority in [\"high\", \"urgent\"]",
        "\"vip\" in tags",
        "\"gone\" in tags",
        "\"id\" in client",
        "!yes || no",
        "yes && !no",
        "yes && cents > 1 && priority != \"low\"",
        "priority.startsWith(\"hi\")",
        "priority.endsWith(\"x\")",
        "client.name.contains(\"Cli\")",
        "size(tags) == 2",
        "tags.size() == 3",
        "size(priority) > 3",
        "size(client) == 2",
        "has(client.id)",
        "has(client.mail)",
        "tags.exists(tag, tag == \"late\")",
        "tags.all(tag, tag != \"late\")",
        "none.all(tag, tag == 1)",
        "none.exists(tag, tag == 1)",
        "lines.exists(line, line.cents > 60)",
        "lines.all(line, line.cents > 60)",
        "tags[0] == \"vip\"",
        "client[\"id\"] == \"harbour\"",
        "no && missing_field_is_not_asked == 1 || yes",
    ] {
        if source.contains("missing_field") {
            assert!(
                read(source)
                    .expect_err("unknown names are refused")
                    .contains("no value")
            );
            continue;
        }
        let condition = read(source).unwrap_or_else(|refused| panic!("{source}: {refused}"));
        let ours = condition.holds(&values()).ok();
        assert_eq!(ours, by_cel(source), "{source}");
        assert!(ours.is_some(), "{source} has an answer");
        let stored = serde_json::to_string(&condition).expect("it can be stored");
        assert_eq!(
            serde_json::from_str::<Condition>(&stored).expect("and read"),
            condition
        );
    }
}

#[test]
fn one_answer_outweighs_what_can_not_be_answered_as_in_cel() {
    for (source, answer) in [
        ("no && client > 1", Some(false)),
        ("client > 1 && no", Some(false)),
        ("yes || client > 1", Some(true)),
        ("client > 1 || no", None),
        ("tags.exists(tag, tag > 1 || tag == \"vip\")", Some(true)),
    ] {
        let condition = read(source).unwrap_or_else(|refused| panic!("{source}: {refused}"));
        assert_eq!(condition.holds(&values()).ok(), answer, "{source}");
    }
    let told = read("priority > 3")
        .expect("the type is only known when an event comes")
        .holds(&values());
    assert_eq!(
        told.expect_err("a text has no order with a number"),
        "the condition `priority > 3` can not be answered: a text and a number have no order"
    );
}

#[test]
fn what_could_grow_loop_or_surprise_is_refused_with_a_way_out() {
    let bomb = "[1,1,1,1,1,1,1,1,1,1].map(a, [1,1,1,1,1,1,1,1,1,1].map(b, [1,1,1,1,1,1,1,1,1,1].map(c, cents))) == none";
    let long = format!("cents == {}", "1 + ".repeat(200) + "1");
    let nots = format!("{}yes", "!(".repeat(20)) + &")".repeat(20);
    let wide = vec!["yes"; 70].join("&&");
    for (source, why) in [
        (bomb, "no new list"),
        ("tags.filter(a, a == 1) == tags", "no new list"),
        ("tags.exists_one(a, a == \"vip\")", "no new list"),
        ("tags.exists(a, tags.exists(b, a == b))", "inside another"),
        ("[1, 2].exists(a, a == cents)", "only a value of the case"),
        (long.as_str(), "bytes"),
        (nots.as_str(), "too large"),
        (wide.as_str(), "too large"),
        ("priority.matches(\"(a+)+$\")", "no patterns"),
        ("cents / 2 > 1", "does not divide"),
        ("cents % 2 == 1", "does not divide"),
        ("yes ? no : yes", "no `? :`"),
        ("cents + 1", "neither true nor false"),
        ("priority + \"x\" == \"highx\"", "a number must be"),
        ("1 < 2", "the same for every case"),
        ("{\"a\": cents} == client", "no groups"),
        (
            "timestamp(priority) > timestamp(\"2026-01-01T00:00:00Z\")",
            "no `timestamp`",
        ),
        ("cents == ", "no condition"),
        ("", "no condition"),
        ("cents == 1e400", ""),
    ] {
        let refused = read(source).expect_err(source);
        assert!(refused.contains(why), "{source}: {refused}");
    }
}

proptest! {
    /// Whatever is written: an answer or one refusal, never a panic, and what is stored is small.
    #[test]
    fn any_text_is_read_or_refused(source in "[a-z0-9 .<>=!&|()\\[\\],\"+*%-]{0,80}") {
        if let Ok(condition) = read(&source) {
            prop_assert!(serde_json::to_string(&condition).expect("it can be stored").len() < 16 * 1024);
            let _ = condition.holds(&values());
        }
    }

    /// Whole numbers compare and add as in CEL.
    #[test]
    fn numbers_are_cels(a in -1_000_000_i64..1_000_000, b in -1000_i64..1000, how in 0..6_usize, op in 0..3_usize) {
        let (how, op) = (["==", "!=", "<", "<=", ">", ">="][how], ["+", "-", "*"][op]);
        let source = format!("cents {op} ({b}) {how} {a}");
        let condition = read(&source).map_err(TestCaseError::fail)?;
        prop_assert_eq!(condition.holds(&values()).ok(), by_cel(&source), "{}", source);
    }
}
