//! Time from what was logged to what is billed: what is added up, at which price, and that no minute is lost.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stopped"
)]

use domain::billing::{Language, Line, Scope, Suggestion, TimeEntry, TimeRules, Wording};
use domain::id::PersonId;
use proptest::prelude::*;
use serde_json::{Value, json};

fn rules(scope: &str, increment: Value, rates: Value) -> TimeRules {
    serde_json::from_value(json!({ "scope": scope, "increment": increment, "rates": rates }))
        .unwrap()
}

fn entry(id: &str, on: &str, minutes: u32, more: Value) -> TimeEntry {
    let mut entry = json!({
        "id": id, "client": "harbour", "by": "luis", "on": on, "minutes": minutes, "note": format!("note {id}"),
        "entered_at": "2026-11-23T08:00:00Z",
    });
    for (name, value) in more.as_object().unwrap() {
        entry[name] = value.clone();
    }
    serde_json::from_value(entry).unwrap()
}

fn lines(rules: &TimeRules, entries: &[TimeEntry]) -> Vec<Line> {
    let name = |person: &PersonId| person.0.clone();
    let wording = Wording {
        scope: rules.scope,
        language: Language::En,
        currency: "EUR".parse().unwrap(),
        vat: serde_json::from_value(json!({ "category": "S", "percent": 19 })).unwrap(),
        name: &name,
    };
    let groups = rules.timesheet(entries).unwrap();
    groups
        .iter()
        .enumerate()
        .map(|(place, worked)| wording.line((place + 1).to_string(), worked))
        .collect()
}

/// Text, quantity with unit, price, and what stands below it.
fn shown(lines: &[Line]) -> String {
    let shown = lines.iter().map(|line| {
        let below = line
            .description
            .clone()
            .unwrap_or_default()
            .replace('\n', "\n    ");
        format!(
            "{} | {} {} | {}\n    {below}",
            line.text, line.quantity, line.unit, line.price
        )
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_contract_says_what_is_added_up_before_it_is_rounded() {
    let quarter = json!({ "minutes": 15, "round": "up" });
    let rate = json!([{ "cents_per_hour": 12000 }]);
    let of_ticket =
        |id: &str, on: &str, minutes| entry(id, on, minutes, json!({ "ticket": "T-1" }));
    let entries = [
        of_ticket("a", "2026-11-03", 45),
        of_ticket("b", "2026-11-03", 45),
        of_ticket("c", "2026-11-04", 5),
        entry("d", "2026-11-04", 7, json!({})),
    ];
    let mut told = Vec::new();
    for (scope, minutes) in [
        ("entry", 120),
        ("ticket", 120),
        ("day", 105),
        ("invoice", 105),
    ] {
        let rules = rules(scope, quarter.clone(), rate.clone());
        let billed: u32 = rules
            .timesheet(&entries)
            .unwrap()
            .iter()
            .map(|w| w.billed_minutes)
            .sum();
        assert_eq!(billed, minutes, "{scope}");
        told.push(format!("{scope}\n{}", shown(&lines(&rules, &entries))));
    }
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn the_first_rate_that_fits_is_the_price_and_none_is_guessed() {
    let rates = json!([
        { "role": "project_lead", "work": "on_call", "cents_per_hour": 20000 },
        { "work": "on_call", "cents_per_hour": 15000 },
        { "role": "project_lead", "cents_per_hour": 13000 },
    ]);
    let rules = rules("entry", json!({ "minutes": 1, "round": "up" }), rates);
    assert!(rules.check().is_empty());
    let priced = |more: Value| {
        let entries = [entry("a", "2026-11-03", 60, more)];
        let groups = rules.timesheet(&entries);
        groups
            .map(|groups| groups[0].hourly.0)
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        priced(json!({ "role": "project_lead", "work": "on_call" })),
        Ok(20000)
    );
    assert_eq!(
        priced(json!({ "role": "qa_lead", "work": "on_call" })),
        Ok(15000)
    );
    assert_eq!(
        priced(json!({ "role": "project_lead", "work": "design" })),
        Ok(13000)
    );
    assert_eq!(
        priced(json!({ "role": "qa_lead" })).unwrap_err(),
        "no rate fits 60 minutes of luis on 2026-11-03 (role qa_lead); add one to the client's `time: rates`"
    );
}

#[test]
fn two_prices_never_share_a_line() {
    let rates =
        json!([{ "work": "on_call", "cents_per_hour": 20000 }, { "cents_per_hour": 10000 }]);
    let rules = rules("invoice", json!({ "minutes": 15, "round": "up" }), rates);
    let entries = [
        entry("a", "2026-11-03", 10, json!({})),
        entry("b", "2026-11-03", 10, json!({ "work": "on_call" })),
        entry("c", "2026-11-04", 10, json!({})),
        entry("taken-back", "2026-11-04", 0, json!({})),
    ];
    let lines = lines(&rules, &entries);
    assert_eq!(lines.len(), 2);
    let of = |line: &Line| {
        line.entries
            .iter()
            .map(|id| id.0.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (of(&lines[0]), of(&lines[1])),
        (vec!["a".into(), "c".into()], vec!["b".into()])
    );
}

#[test]
fn a_suggestion_is_a_median_and_needs_five_finished_runs() {
    assert_eq!(Suggestion::of(vec![60, 60, 60, 60]), None);
    let suggested = |minutes: &[u32]| Suggestion::of(minutes.to_vec()).unwrap();
    assert_eq!(suggested(&[10, 480, 30, 20, 40]).minutes, 30);
    assert_eq!(
        suggested(&[10, 20, 30, 35, 40, 480]),
        Suggestion {
            minutes: 33,
            runs: 6
        }
    );
}

fn entries() -> impl Strategy<Value = Vec<TimeEntry>> {
    let one = (1_u32..28, 1_u32..600, 0_usize..4, 0_usize..3);
    proptest::collection::vec(one, 0..40).prop_map(|drawn| {
        let made = drawn
            .into_iter()
            .enumerate()
            .map(|(place, (day, minutes, ticket, work))| {
                let mut more = json!({});
                if ticket > 0 {
                    more["ticket"] = format!("T-{ticket}").into();
                }
                if work > 0 {
                    more["work"] = ["on_call", "design"][work - 1].into();
                }
                entry(
                    &format!("e{place:02}"),
                    &format!("2026-11-{day:02}"),
                    minutes,
                    more,
                )
            });
        made.collect()
    })
}

proptest! {
    #[test]
    fn every_entry_is_billed_on_exactly_one_line_and_rounding_up_loses_nothing(
        entries in entries(), step in 1_u32..61, scope in 0_usize..4,
    ) {
        let scope = ["entry", "ticket", "day", "invoice"][scope];
        let rates = json!([{ "work": "on_call", "cents_per_hour": 20000 }, { "cents_per_hour": 10000 }]);
        let rules = rules(scope, json!({ "minutes": step, "round": "up" }), rates);
        let groups = rules.timesheet(&entries).unwrap();
        let mut ids: Vec<_> = groups.iter().flat_map(|group| group.entries.iter().map(|e| e.id.0.clone())).collect();
        ids.sort();
        let mut all: Vec<_> = entries.iter().map(|e| e.id.0.clone()).collect();
        all.sort();
        prop_assert_eq!(ids, all);
        for group in &groups {
            let logged: u32 = group.entries.iter().map(|entry| entry.minutes).sum();
            prop_assert_eq!(group.logged_minutes, logged);
            prop_assert!(group.billed_minutes >= logged && group.billed_minutes < logged + step);
            prop_assert_eq!(group.billed_minutes % step, 0);
        }
        let mut reversed = entries.clone();
        reversed.reverse();
        if rules.scope == Scope::Invoice {
            prop_assert!(groups.len() <= 2);
        }
        prop_assert_eq!(rules.timesheet(&reversed).unwrap(), groups, "the order of reports does not matter");
    }
}
