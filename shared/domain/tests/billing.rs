//! Billing rules as tables and laws: what may be issued, how it is numbered, and that sums hold.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its own samples has failed"
)]

use domain::billing::*;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn seller() -> Seller {
    Seller::read(&json!({
        "name": "Sample Studio GmbH",
        "address": { "street": "Musterstrasse 1", "postcode": "10115", "city": "Berlin", "country": "DE" },
        "vat_id": "DE123456788",
        "mail": "billing@studio.example",
        "bank": { "iban": "DE02120300000000202051", "bic": "BYLADEM1001", "name": "Sample Bank" },
        "series": { "main": { "number": "SST-{year}-{count:4}" } },
    }))
    .unwrap()
}

fn client_with(change: impl FnOnce(&mut Value)) -> ClientBilling {
    let mut billing = json!({
        "address": { "street": "Hafenallee 12", "postcode": "20457", "city": "Hamburg", "country": "DE" },
        "vat_id": "DE987654324",
        "currency": "EUR",
        "terms_days": 14,
        "tax": { "category": "S", "percent": 19 },
        "series": "main",
        "send_to": ["accounts@harbour-clinic.example"],
        "po": "PO-4711",
    });
    change(&mut billing);
    ClientBilling::read("Harbour Clinic", &billing).unwrap()
}

fn client() -> ClientBilling {
    client_with(|_| ())
}

fn sale() -> Sale {
    Sale {
        text: "Shop goes live".into(),
        amount_cents: 480_000,
        currency: "EUR".parse().unwrap(),
        delivered_on: date(2026, 11, 20),
        references: References {
            contract: Some("C-7".into()),
            milestone: Some("live".into()),
            ..References::default()
        },
        bills: vec![BilledPart::of(["C-7", "live"])],
    }
}

fn draft() -> Draft {
    Draft::for_milestone(&client(), &seller(), sale()).unwrap()
}

fn number(count: u64, on: Date) -> InvoiceNumber {
    let counter = (count > 1).then(|| Counter {
        last: count - 1,
        last_issue_date: on,
    });
    seller().series["main"].next(counter, on).unwrap().number
}

fn issued() -> Invoice {
    let on = date(2026, 11, 22);
    draft().issue(number(1, on), on).unwrap()
}

#[test]
fn a_milestone_becomes_an_immutable_invoice() {
    insta::assert_json_snapshot!(issued());
}

#[test]
fn a_stored_invoice_reads_back_as_it_was_and_holds_no_float() {
    let invoice = issued();
    let text = serde_json::to_string(&invoice).unwrap();
    assert_eq!(serde_json::from_str::<Invoice>(&text).unwrap(), invoice);
    fn no_float(value: &Value) {
        match value {
            Value::Number(number) => {
                assert!(number.is_i64() || number.is_u64(), "{number} is a float")
            }
            Value::Array(items) => items.iter().for_each(no_float),
            Value::Object(fields) => fields.values().for_each(no_float),
            _ => {}
        }
    }
    no_float(&serde_json::from_str(&text).unwrap());
    assert!(invoice.figures_agree().unwrap());
    let tampered = text.replace("\"gross\":571200", "\"gross\":571201");
    assert_ne!(tampered, text);
    assert!(
        !serde_json::from_str::<Invoice>(&tampered)
            .unwrap()
            .figures_agree()
            .unwrap()
    );
}

#[test]
fn a_floating_point_rate_is_refused_with_what_to_write() {
    let mut billing = json!({ "tax": { "category": "S", "percent": 8.1 } });
    let error = serde_json::from_value::<TaxTreatment>(billing["tax"].take()).unwrap_err();
    assert!(error.to_string().contains("a decimal in quotes"), "{error}");
    let quoted: TaxTreatment =
        serde_json::from_value(json!({ "category": "S", "percent": "8.1" })).unwrap();
    assert_eq!(quoted.vat.percent, Decimal::new(81, 1));
}

#[test]
fn what_is_missing_is_said_before_a_number_is_taken() {
    type Change = fn(&mut Draft);
    let table: &[(Change, &[&str])] = &[
        (|_| (), &[]),
        (|d| d.seller.vat_id = None, &["seller.vat_id"]),
        (
            |d| (d.seller.vat_id, d.seller.tax_number) = (None, Some("12/345/67890".into())),
            &[],
        ),
        (|d| d.buyer.name = "  ".into(), &["buyer.name"]),
        (|d| d.buyer.name = "Clinic\u{7}".into(), &["buyer.name"]),
        (
            |d| d.buyer.address.street.clear(),
            &["buyer.address.street"],
        ),
        (
            |d| d.buyer.vat_id = Some("987654324".into()),
            &["buyer.vat_id"],
        ),
        (|d| d.send_to.clear(), &["send_to"]),
        (
            |d| d.send_to = vec!["a@b.example".into(), "nobody".into()],
            &["send_to[1]"],
        ),
        (
            |d| d.send_to = vec!["a@b.example\r\nBcc: x@y.example".into()],
            &["send_to[0]"],
        ),
        (|d| d.bank = None, &["bank"]),
        (
            |d| d.bank.as_mut().unwrap().iban = "DE03120300000000202051".into(),
            &["bank.iban"],
        ),
        (|d| d.lines.clear(), &["lines"]),
        (|d| d.lines[0].text = String::new(), &["lines[0].text"]),
        (
            |d| d.lines[0].price = Decimal::NEGATIVE_ONE,
            &["lines[0].price", "lines"],
        ),
        (|d| d.lines[0].quantity = Decimal::ZERO, &[]),
        (|d| d.lines[0].quantity = Decimal::NEGATIVE_ONE, &["lines"]),
        (
            |d| d.lines[0].base_quantity = Decimal::ZERO,
            &["lines[0].base_quantity"],
        ),
        (
            |d| d.lines[0].price = Decimal::new(1, 7),
            &["lines[0].price"],
        ),
        (
            |d| d.lines[0].quantity = Decimal::MAX,
            &["lines[0].quantity", "lines[0]"],
        ),
        (|d| d.lines.push(d.lines[0].clone()), &["lines[1].id"]),
        (
            |d| d.lines[0].vat.percent = Decimal::ZERO,
            &["lines[0].vat"],
        ),
        (
            |d| d.lines[0].vat.category = VatCategory::Z,
            &["lines[0].vat"],
        ),
        (|d| d.lines[0].vat = VatRate::untaxed(VatCategory::AE), &[]),
        (
            |d| (d.lines[0].vat, d.buyer.vat_id) = (VatRate::untaxed(VatCategory::AE), None),
            &["buyer.vat_id"],
        ),
        (
            |d| d.lines[0].vat = VatRate::untaxed(VatCategory::K),
            &["delivered_to"],
        ),
        (
            |d| d.lines[0].vat = VatRate::untaxed(VatCategory::E),
            &["exemption_reasons"],
        ),
        (
            |d| {
                d.lines.push(Line {
                    id: "2".into(),
                    vat: VatRate::untaxed(VatCategory::O),
                    ..d.lines[0].clone()
                })
            },
            &["lines"],
        ),
        (|d| d.po_required = true, &[]),
        (
            |d| (d.po_required, d.references.purchase_order) = (true, None),
            &["references.purchase_order"],
        ),
        (|d| d.kind = Kind::CreditNote, &["references.preceding"]),
        (
            |d| {
                d.delivered = Delivered::Between {
                    from: date(2026, 11, 30),
                    to: date(2026, 11, 1),
                }
            },
            &["delivered"],
        ),
        (|d| d.prepaid = Minor(-1), &["prepaid"]),
        (|d| d.prepaid = Minor(571_200), &[]),
        (|d| d.prepaid = Minor(571_201), &["lines"]),
    ];
    for (row, (change, expected)) in table.iter().enumerate() {
        let mut draft = draft();
        change(&mut draft);
        let problems = draft.check().err().unwrap_or_default();
        let fields: Vec<_> = problems
            .iter()
            .map(|problem| problem.field.as_str())
            .collect();
        assert_eq!(fields, *expected, "row {row}: {problems:#?}");
        let on = date(2026, 11, 22);
        assert_eq!(
            draft.issue(number(1, on), on).is_err(),
            !expected.is_empty(),
            "row {row}"
        );
    }
}

#[test]
fn problems_read_as_instructions() {
    let mut draft = draft();
    (draft.po_required, draft.references.purchase_order) = (true, None);
    draft.lines[0].vat = VatRate::untaxed(VatCategory::AE);
    draft.buyer.vat_id = None;
    let on = date(2026, 11, 22);
    insta::assert_snapshot!(
        draft
            .issue(number(1, on), on)
            .unwrap_err()
            .to_string()
            .replace(" | ", "\n")
    );
}

#[test]
fn files_with_a_wrong_field_are_refused() {
    let refused = |billing: Value| {
        ClientBilling::read("Harbour Clinic", &billing)
            .unwrap_err()
            .to_string()
    };
    assert!(refused(Value::Null).contains("`billing` is missing"));
    let mut typo = json!({ "address": { "street": "a", "city": "b", "country": "DE" }, "terms_days": 14, "currency": "EUR",
        "tax": { "category": "S", "percent": 19 }, "series": "main", "send_to": [], "languge": "de" });
    assert!(refused(typo.clone()).contains("unknown field `languge`"));
    typo.as_object_mut().unwrap().remove("languge");
    typo["currency"] = "XAU".into();
    assert!(refused(typo.clone()).contains("write a code such as EUR"));
    typo["currency"] = "EUR".into();
    typo["address"]["country"] = "Germany".into();
    assert!(refused(typo).contains("two capital letters"));
}

#[test]
fn a_sale_that_does_not_fit_the_clients_rules_is_refused() {
    let dollars = Sale {
        currency: "USD".parse().unwrap(),
        ..sale()
    };
    assert_eq!(
        Draft::for_milestone(&client(), &seller(), dollars)
            .unwrap_err()
            .field,
        "currency"
    );
    let elsewhere = client_with(|billing| billing["series"] = "swiss".into());
    let problem = Draft::for_milestone(&elsewhere, &seller(), sale()).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "series: there is no series `swiss`; name one of the seller's series: main"
    );
}

#[test]
fn numbers_follow_each_other_and_dates_never_go_back() {
    let yearly = Series::parse("SST-{year}-{count:4}").unwrap();
    let plain = Series::parse("{count}").unwrap();
    let at = |last, on| {
        Some(Counter {
            last,
            last_issue_date: on,
        })
    };
    let table = [
        (
            &yearly,
            None,
            date(2026, 11, 22),
            "SST-2026-0001",
            date(2026, 11, 22),
        ),
        (
            &yearly,
            at(1, date(2026, 11, 22)),
            date(2026, 11, 22),
            "SST-2026-0002",
            date(2026, 11, 22),
        ),
        (
            &yearly,
            at(9_999, date(2026, 11, 22)),
            date(2026, 11, 30),
            "SST-2026-10000",
            date(2026, 11, 30),
        ),
        (
            &yearly,
            at(7, date(2026, 12, 31)),
            date(2027, 1, 1),
            "SST-2027-0001",
            date(2027, 1, 1),
        ),
        // A clock five minutes behind at New Year stays in the year that has begun.
        (
            &yearly,
            at(1, date(2027, 1, 1)),
            date(2026, 12, 31),
            "SST-2027-0002",
            date(2027, 1, 1),
        ),
        (
            &plain,
            at(7, date(2026, 12, 31)),
            date(2027, 1, 1),
            "8",
            date(2027, 1, 1),
        ),
    ];
    for (series, counter, today, number, issue_date) in table {
        let next = series.next(counter, today).unwrap();
        assert_eq!(
            (next.number.as_str(), next.issue_date),
            (number, issue_date)
        );
        assert_eq!(next.counter.last_issue_date, issue_date);
    }
    assert_eq!(
        plain.next(at(u64::MAX, date(2026, 1, 1)), date(2026, 1, 1)),
        Err(SeriesError::Full)
    );
    for wrong in [
        "",
        "{year}",
        "{count}-{year}",
        "R/{count}",
        "R {count:4}",
        "{count:0}",
        "{count:99}",
        "{year}{year}{count}",
        "{Year}-{count}",
    ] {
        assert!(
            matches!(Series::parse(wrong), Err(SeriesError::Pattern(_))),
            "{wrong}"
        );
    }
}

#[test]
fn files_may_write_one_street_or_several_lines() {
    let address = |street: Value| {
        client_with(|billing| billing["address"]["street"] = street)
            .buyer
            .address
            .street
    };
    assert_eq!(address(json!("Hafenallee 12")), ["Hafenallee 12"]);
    assert_eq!(
        address(json!(["House 4", "Hafenallee 12"])),
        ["House 4", "Hafenallee 12"]
    );
    let series = &seller().series["main"];
    assert_eq!(
        serde_json::to_value(series).unwrap(),
        json!({ "number": "SST-{year}-{count:4}" })
    );
}

#[test]
fn billed_keys_tell_every_part_apart() {
    let parts: [&[&str]; 5] = [&["ab", "c"], &["a", "bc"], &["abc"], &["ab;1:c"], &[]];
    let keys: std::collections::BTreeSet<_> = parts
        .iter()
        .map(|part| BilledPart::of(part.iter().copied()).billed_key())
        .collect();
    assert_eq!(keys.len(), parts.len());
}

#[test]
fn a_credit_note_mirrors_its_invoice_and_never_exceeds_it() {
    let invoice = issued();
    let full = invoice.credit_note();
    assert_eq!(full.totals().unwrap(), invoice.totals);
    assert_eq!(invoice.may_credit(&[], &full), Ok(()));
    let on = date(2026, 11, 23);
    let note = full.clone().issue(number(2, on), on).unwrap();
    assert_eq!(
        (note.content.kind.type_code(), note.file_name().as_str()),
        ("381", "credit-note-SST-2026-0002.pdf")
    );
    assert!(note.billed_keys().is_empty());
    assert!(matches!(
        invoice.may_credit(&[&note.totals], &full),
        Err(CreditError::MoreThanGroup { .. })
    ));
    let mut half = invoice.credit_note();
    half.lines[0].price = Decimal::new(240_000, 2);
    let half_totals = half.totals().unwrap();
    assert_eq!(invoice.may_credit(&[&half_totals], &half), Ok(()));
    half.lines[0].price = Decimal::new(240_001, 2);
    assert!(invoice.may_credit(&[&half_totals], &half).is_err());
    let mut other_rate = invoice.credit_note();
    other_rate.lines[0].vat = VatRate::standard(7);
    assert!(matches!(
        invoice.may_credit(&[], &other_rate),
        Err(CreditError::MoreThanGroup { .. })
    ));
}

#[test]
fn minutes_are_billed_as_the_contract_says() {
    let quarter = |round, at_least_minutes| Increment {
        minutes: 15,
        round,
        at_least_minutes,
    };
    let table = [
        (quarter(RoundMinutes::Up, 0), 0, 0),
        (quarter(RoundMinutes::Up, 0), 1, 15),
        (quarter(RoundMinutes::Up, 30), 1, 30),
        (quarter(RoundMinutes::Up, 30), 0, 0),
        (quarter(RoundMinutes::Up, 0), 15, 15),
        (quarter(RoundMinutes::Nearest, 0), 7, 0),
        (quarter(RoundMinutes::Nearest, 0), 8, 15),
        (
            Increment {
                minutes: 10,
                round: RoundMinutes::Nearest,
                at_least_minutes: 0,
            },
            5,
            10,
        ),
        (quarter(RoundMinutes::Down, 0), 29, 15),
        (
            Increment {
                minutes: 0,
                round: RoundMinutes::Up,
                at_least_minutes: 0,
            },
            29,
            29,
        ),
    ];
    for (increment, worked, billed) in table {
        assert_eq!(
            increment.billed_minutes(worked),
            Some(billed),
            "{increment:?} of {worked}"
        );
    }
    assert_eq!(
        quarter(RoundMinutes::Up, 0).billed_minutes(u32::MAX),
        Some(u32::MAX)
    );
    assert_eq!(
        Increment {
            minutes: 7,
            round: RoundMinutes::Up,
            at_least_minutes: 0
        }
        .billed_minutes(u32::MAX),
        None
    );
}

#[test]
fn shares_that_are_not_a_whole_are_refused() {
    let eur: Currency = "EUR".parse().unwrap();
    let split = |shares: &[i64], index| {
        let shares: Vec<_> = shares.iter().map(|share| Decimal::from(*share)).collect();
        instalment(
            Money {
                minor: Minor(1_000_005),
                currency: eur,
            },
            &shares,
            index,
        )
    };
    assert_eq!(split(&[30, 40, 30], 0), Ok(Minor(300_002)));
    assert_eq!(split(&[30, 40, 30], 2), Ok(Minor(300_001)));
    assert!(matches!(
        split(&[30, 40], 0),
        Err(InstalmentError::NotHundred(_))
    ));
    assert!(matches!(
        split(&[130, -30], 0),
        Err(InstalmentError::NotPositive)
    ));
    assert!(matches!(
        split(&[100], 1),
        Err(InstalmentError::NoSuchShare { index: 1, count: 1 })
    ));
    assert!(matches!(split(&[], 0), Err(InstalmentError::NotHundred(_))));
}

fn rates() -> impl Strategy<Value = VatRate> {
    prop_oneof![
        Just(VatRate::standard(19)),
        Just(VatRate::standard(7)),
        Just(VatRate::standard(Decimal::new(81, 1))),
        Just(VatRate::untaxed(VatCategory::AE)),
        Just(VatRate::untaxed(VatCategory::E)),
        Just(VatRate::untaxed(VatCategory::Z)),
    ]
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (
        -1_000_000_i64..1_000_000,
        0_i64..100_000_000,
        1_i64..1000,
        rates(),
    )
        .prop_map(|(quantity, price, base, vat)| Line {
            id: String::new(),
            text: "work".into(),
            description: None,
            quantity: Decimal::new(quantity, 3),
            unit: UnitCode::ONE,
            price: Decimal::new(price, 4),
            base_quantity: Decimal::from(base),
            adjustments: Vec::new(),
            vat,
            entries: Vec::new(),
        });
    proptest::collection::vec(line, 0..40)
}

fn totals_of(lines: &[Line], currency: Currency, prepaid: i64, step: i64) -> Totals {
    let (prepaid, cash_increment) = (Minor(prepaid), Minor(step));
    Totals::of(Sums {
        currency,
        rounding: Rounding::HalfUp,
        lines,
        adjustments: &[],
        prepaid,
        cash_increment,
        accounting: None,
    })
    .unwrap()
}

fn sum(amounts: impl Iterator<Item = Minor>) -> i64 {
    amounts.map(|amount| amount.0).sum()
}

proptest! {
    #[test]
    fn instalments_add_up_to_the_total(total in -10_000_000_i64..10_000_000, cuts in proptest::collection::btree_set(1_u32..10_000, 0..12)) {
        let currency: Currency = "EUR".parse().unwrap();
        let edges: Vec<u32> = std::iter::once(0).chain(cuts).chain([10_000]).collect();
        let shares: Vec<_> = edges.windows(2).map(|pair| Decimal::new(i64::from(pair[1] - pair[0]), 2)).collect();
        let total = Money { minor: Minor(total), currency };
        let parts: Vec<_> = (0..shares.len()).map(|index| instalment(total, &shares, index).unwrap()).collect();
        prop_assert_eq!(sum(parts.iter().copied()), total.minor.0);
        prop_assert!(parts.iter().all(|part| part.0.signum() * total.minor.0.signum() >= 0), "no instalment turns round: {:?}", parts);
    }

    #[test]
    fn every_sum_is_exact(lines in lines(), prepaid in 0_i64..1_000_000, code in prop_oneof!["EUR", "JPY", "KWD", "CHF"], step in prop_oneof![Just(0_i64), Just(1), Just(5), Just(100)]) {
        let totals = totals_of(&lines, code.parse().unwrap(), prepaid, step);
        prop_assert_eq!(totals.sum_of_lines.0, sum(totals.lines.iter().map(|line| line.net)));
        prop_assert_eq!(totals.net.0, sum(totals.vat_groups.iter().map(|group| group.taxable)));
        prop_assert_eq!(totals.vat.0, sum(totals.vat_groups.iter().map(|group| group.tax)));
        prop_assert_eq!(totals.gross.0, totals.net.0 + totals.vat.0);
        prop_assert_eq!(totals.due.0, totals.gross.0 - prepaid + totals.payable_rounding.0);
        prop_assert_eq!(totals.due.0 % step.max(1), 0);
        prop_assert!(totals.payable_rounding.0.abs() * 2 <= step);
    }

    #[test]
    fn the_order_of_lines_changes_no_total(lines in lines()) {
        let currency: Currency = "EUR".parse().unwrap();
        let forth = totals_of(&lines, currency, 0, 0);
        let back = totals_of(&lines.into_iter().rev().collect::<Vec<_>>(), currency, 0, 0);
        prop_assert_eq!((forth.vat_groups, forth.due), (back.vat_groups, back.due));
    }

    #[test]
    fn taking_back_is_the_mirror_of_billing(lines in lines()) {
        let currency: Currency = "EUR".parse().unwrap();
        let mirrored: Vec<_> = lines.iter().map(|line| Line { quantity: -line.quantity, ..line.clone() }).collect();
        let (forth, back) = (totals_of(&lines, currency, 0, 0), totals_of(&mirrored, currency, 0, 0));
        prop_assert_eq!(forth.due.0, -back.due.0);
        prop_assert_eq!(forth.vat.0, -back.vat.0);
    }

    #[test]
    fn a_document_discount_is_split_by_group(lines in lines(), tenths in 1_i64..1000) {
        let mut draft = draft();
        draft.lines = lines;
        let before = draft.totals().unwrap();
        draft.discount_percent(Decimal::new(tenths, 1), "loyalty").unwrap();
        let after = draft.totals().unwrap();
        prop_assert_eq!(before.vat_groups.len(), after.vat_groups.len());
        for (full, cut) in before.vat_groups.iter().zip(&after.vat_groups) {
            let off = full.taxable.0 - cut.taxable.0;
            let exact = full.taxable.0 as i128 * i128::from(tenths);
            prop_assert!((i128::from(off) * 1000 - exact).abs() * 2 <= 1000, "{} off {}", off, full.taxable.0);
        }
    }
}
