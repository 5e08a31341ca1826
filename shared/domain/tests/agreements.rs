//! Fees, retainers and prepaid hours: when they are billed, and that what is drawn comes out exactly.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stopped"
)]

use std::collections::BTreeMap;

use domain::billing::{
    Agreement, ClientBilling, Drawn, Minor, Part, Period, PeriodBill, PeriodDraft, Seller,
    TimeEntry, draw,
};
use domain::id::PersonId;
use proptest::prelude::*;
use serde_json::{Value, json};

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

fn agreement(value: Value) -> Agreement {
    let agreement: Agreement = serde_json::from_value(value).unwrap();
    assert!(
        agreement.check("a").is_empty(),
        "{:?}",
        agreement.check("a")
    );
    agreement
}

fn seller() -> Seller {
    Seller::read(&json!({
        "name": "Sample Studio GmbH", "address": { "street": "A 1", "postcode": "10115", "city": "Berlin", "country": "DE" },
        "vat_id": "DE123456788", "registration": "HRB 1", "mail": "b@studio.example", "phone": "1", "contact_name": "Felix",
        "bank": { "iban": "DE02120300000000202051" }, "series": { "main": { "number": "S-{count}" } },
    }))
    .unwrap()
}

fn client(more: Value) -> ClientBilling {
    let mut billing = json!({
        "address": { "street": "B 2", "postcode": "20457", "city": "Hamburg", "country": "DE" }, "currency": "EUR",
        "terms_days": 14, "tax": { "category": "S", "percent": 19 }, "series": "main", "send_to": ["a@b.example"],
    });
    for (name, value) in more.as_object().unwrap() {
        billing[name] = value.clone();
    }
    ClientBilling::read("Harbour Clinic", &billing).unwrap()
}

fn entry(id: usize, on: &str, minutes: u32, work: Option<&str>) -> TimeEntry {
    serde_json::from_value(json!({
        "id": format!("e{id:02}"), "client": "harbour", "by": "luis", "on": on, "minutes": minutes,
        "note": format!("work {id}"), "work": work, "entered_at": "2026-11-23T08:00:00Z",
    }))
    .unwrap()
}

fn bill(
    client: &ClientBilling,
    entries: &[TimeEntry],
    drawn: &BTreeMap<String, Drawn>,
) -> PeriodDraft {
    let period = period("2026-11");
    let due = client
        .rules
        .agreements_due(period)
        .map(|(id, _)| id.clone());
    let part = Part {
        series: "main".into(),
        agreements: due.collect(),
        entries: entries.iter().collect(),
    };
    let name = |person: &PersonId| person.0.clone();
    let bill = PeriodBill {
        client,
        seller: &seller(),
        period,
        part: &part,
        drawn,
        name: &name,
    };
    bill.draft().unwrap().unwrap()
}

fn shown(made: &PeriodDraft) -> String {
    let totals = made.draft.totals().unwrap();
    let lines = made.draft.lines.iter().zip(&totals.lines);
    let lines = lines.map(|(line, total)| {
        let below = line
            .description
            .clone()
            .unwrap_or_default()
            .replace('\n', "; ");
        format!(
            "{} {} {} at {} = {} | {} | {below}",
            line.id, line.quantity, line.unit, line.price, total.net.0, line.text
        )
    });
    let lines: Vec<String> = lines.collect();
    format!(
        "{}\nnet {} draws {:?}",
        lines.join("\n"),
        totals.net.0,
        made.draws
    )
}

#[test]
fn a_fee_is_billed_in_the_first_month_of_each_span_until_it_ends() {
    let billed = |every: &str, until: Option<&str>| {
        let mut care = json!({ "title": "Care", "kind": "fee", "amount_cents": 1, "from": "2026-02-15", "every": every });
        if let Some(until) = until {
            care["until"] = until.into();
        }
        let care = agreement(care);
        let months = (1..=14).map(|month| period("2026-01").plus_months(month - 1));
        let due = months.filter(|month| care.billed_in(*month).is_some());
        due.map(|month| month.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        billed("quarter", None),
        "2026-02 2026-05 2026-08 2026-11 2027-02"
    );
    assert_eq!(billed("year", None), "2026-02 2027-02");
    assert_eq!(
        billed("month", Some("2026-04-01")),
        "2026-02 2026-03 2026-04"
    );
}

#[test]
fn a_month_with_a_fee_a_retainer_and_a_block() {
    let client = client(json!({
        "time": { "increment": { "minutes": 15, "round": "up" },
                  "rates": [{ "work": "on_call", "cents_per_hour": 18000 }, { "cents_per_hour": 12000 }] },
        "agreements": {
            "care": { "title": "Care plan", "kind": "fee", "amount_cents": 50000, "from": "2026-01-01", "every": "quarter" },
            "hosting": { "title": "Hosting", "kind": "fee", "amount_cents": 4900, "from": "2026-01-01" },
            "retainer": { "title": "Retainer", "kind": "retainer", "amount_cents": 200000, "from": "2026-01-01", "hours": 2 },
            "block": { "title": "Prepaid hours", "kind": "block", "amount_cents": 400000, "from": "2026-11-10", "hours": 40, "covers": ["on_call"] },
        },
    }));
    let entries = [
        entry(1, "2026-11-02", 100, None),
        entry(2, "2026-11-03", 20, Some("on_call")),
        entry(3, "2026-11-12", 60, Some("on_call")),
        entry(4, "2026-11-13", 50, None),
    ];
    insta::assert_snapshot!(shown(&bill(&client, &entries, &BTreeMap::new())));
}

#[test]
fn hours_that_lapse_are_lost_and_hours_that_carry_over_are_not() {
    let retainer = |unused: &str| {
        agreement(json!({
            "title": "R", "kind": "retainer", "amount_cents": 1, "from": "2026-01-01", "hours": 10, "unused": unused,
        }))
    };
    let drawn = vec![(period("2026-01"), 60), (period("2026-02"), 600)];
    let at = |unused: &str, month: &str| retainer(unused).available_minutes(period(month), &drawn);
    assert_eq!(
        (
            at("lapses", "2026-01"),
            at("lapses", "2026-02"),
            at("lapses", "2026-03")
        ),
        (540, 0, 600)
    );
    assert_eq!(
        (at("carries_over", "2026-02"), at("carries_over", "2026-03")),
        (540, 1140)
    );
    assert_eq!(
        at("carries_over", "2026-01"),
        0,
        "February has taken what January would have had left"
    );
    assert_eq!(at("lapses", "2025-12"), 0);
}

#[test]
fn the_vector_of_a_block_comes_out_of_its_rules() {
    // V33 of the invoice vectors: 12.25 h at 120.00 shown, 10 h taken back.
    let client = client(json!({
        "time": { "rates": [{ "cents_per_hour": 12000 }] },
        "agreements": { "block": { "title": "Block", "kind": "block", "amount_cents": 120000, "from": "2026-10-01", "hours": 10 } },
    }));
    let made = bill(
        &client,
        &[entry(1, "2026-11-02", 735, None)],
        &BTreeMap::new(),
    );
    let totals = made.draft.totals().unwrap();
    let lines: Vec<_> = made
        .draft
        .lines
        .iter()
        .map(|line| (line.quantity.to_string(), line.price.to_string()))
        .collect();
    assert_eq!(
        lines,
        [
            ("12.25".into(), "120.00".into()),
            ("-10".into(), "120.00".to_owned())
        ]
    );
    assert_eq!(
        (totals.net, totals.vat, totals.gross),
        (Minor(27_000), Minor(5_130), Minor(32_130))
    );
}

proptest! {
    #[test]
    fn nothing_is_drawn_that_is_not_there(available in 0_u32..5000, wanted in proptest::collection::vec(0_u32..900, 0..30)) {
        let drawn = draw(available, wanted.clone());
        prop_assert_eq!(drawn.len(), wanted.len());
        prop_assert!(drawn.iter().zip(&wanted).all(|(drawn, wanted)| drawn <= wanted));
        let (sum, all): (u32, u32) = (drawn.iter().sum(), wanted.iter().sum());
        prop_assert_eq!(sum, available.min(all));
    }

    #[test]
    fn what_hours_cover_costs_exactly_nothing_and_the_rest_is_never_below_zero(
        drawn in proptest::collection::vec((1_u32..28, 1_u32..400), 1..25), hours in 1_u32..60, step in 1_u32..31,
        cents in 1_i64..20_000, before in 0_u32..2000,
    ) {
        let client = client(json!({
            "time": { "increment": { "minutes": step, "round": "up" }, "rates": [{ "cents_per_hour": cents }] },
            "agreements": { "block": { "title": "Block", "kind": "block", "amount_cents": 1, "from": "2026-10-01", "hours": hours } },
        }));
        let entries: Vec<_> = drawn.iter().enumerate()
            .map(|(id, (day, minutes))| entry(id, &format!("2026-11-{day:02}"), *minutes, None)).collect();
        let past = BTreeMap::from([("block".to_owned(), vec![(period("2026-10"), before)])]);
        let made = bill(&client, &entries, &past);
        let billed: u32 = client.rules.time.as_ref().unwrap().timesheet(&entries).unwrap().iter().map(|w| w.billed_minutes).sum();
        let taken = made.draws.get("block").copied().unwrap_or(0);
        let there = (hours * 60).saturating_sub(before);
        prop_assert_eq!(taken, billed.min(there), "never more than the balance, never less than it could");
        let net = made.draft.totals().unwrap().net;
        prop_assert!(net >= Minor::ZERO);
        if billed <= there {
            prop_assert_eq!(net, Minor::ZERO);
        }
        if taken == 0 {
            prop_assert!(made.draft.lines.iter().all(|line| line.quantity.is_sign_positive()));
        }
    }
}
