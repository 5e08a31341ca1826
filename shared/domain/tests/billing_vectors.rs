//! Every figure of tests/vectors/invoice.json, whose expected totals several independent
//! decimal libraries agreed on (copied from the project's shared vectors).

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its own samples has failed"
)]

use domain::billing::*;
use rust_decimal::Decimal;
use serde_json::Value;

const VECTORS: &str = include_str!("../../../tests/vectors/invoice.json");

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).map(|found| {
        found
            .as_str()
            .unwrap_or_else(|| panic!("{name} of {value} is not a string"))
    })
}

fn decimal(value: &Value, name: &str) -> Option<Decimal> {
    text(value, name).map(|text| Decimal::from_str_exact(text).unwrap())
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .map_or(&[], |found| found.as_array().unwrap())
}

fn vat(value: &Value) -> VatRate {
    let category = serde_json::from_value(value["cat"].clone()).unwrap();
    VatRate {
        category,
        percent: decimal(value, "rate").unwrap_or_default(),
    }
}

fn adjustment(value: &Value, direction: Direction, currency: Currency) -> Adjustment {
    let base = text(value, "base").map(|base| currency.parse(base).unwrap());
    let amount = text(value, "amount").map(|amount| currency.parse(amount).unwrap());
    let value = match (amount, decimal(value, "percent")) {
        (Some(amount), None) => AdjustmentValue::Amount(amount),
        (None, Some(percent)) => AdjustmentValue::Percent(Percent { percent, base }),
        both => panic!("an adjustment is an amount or a percentage: {both:?}"),
    };
    Adjustment {
        direction,
        value,
        reason: "as agreed".into(),
    }
}

fn line(value: &Value, currency: Currency) -> Line {
    let of = |name, direction| {
        list(value, name)
            .iter()
            .map(move |found| adjustment(found, direction, currency))
    };
    Line {
        id: text(value, "id").unwrap().into(),
        text: "work".into(),
        description: None,
        quantity: decimal(value, "qty").unwrap(),
        unit: UnitCode::ONE,
        price: decimal(value, "price").unwrap(),
        base_quantity: decimal(value, "base_qty").unwrap_or(Decimal::ONE),
        adjustments: of("allowances", Direction::Allowance)
            .chain(of("charges", Direction::Charge))
            .collect(),
        vat: vat(value),
        entries: Vec::new(),
    }
}

fn totals(vector: &Value) -> Totals {
    let currency: Currency = text(vector, "currency").unwrap().parse().unwrap();
    assert_eq!(
        u64::from(currency.exponent()),
        vector["minor_units"].as_u64().unwrap()
    );
    let amount =
        |name| text(vector, name).map_or(Minor::ZERO, |text| currency.parse(text).unwrap());
    let of = |name, direction| {
        list(vector, name)
            .iter()
            .map(move |found| DocumentAdjustment {
                adjustment: adjustment(found, direction, currency),
                vat: vat(found),
            })
    };
    let accounting = text(vector, "vat_currency").map(|code| AccountingVat {
        currency: code.parse().unwrap(),
        exchange_rate: decimal(vector, "vat_rate_of_exchange").unwrap(),
    });
    Totals::of(Sums {
        currency,
        rounding: serde_json::from_value(vector["rounding"].clone()).unwrap(),
        lines: &list(vector, "lines")
            .iter()
            .map(|found| line(found, currency))
            .collect::<Vec<_>>(),
        adjustments: &of("doc_allowances", Direction::Allowance)
            .chain(of("doc_charges", Direction::Charge))
            .collect::<Vec<_>>(),
        prepaid: amount("prepaid"),
        cash_increment: amount("cash_increment"),
        accounting: accounting.as_ref(),
    })
    .unwrap()
}

/// The totals in the vectors' own shape.
fn as_vector(totals: &Totals, vector: &Value) -> Value {
    let currency: Currency = text(vector, "currency").unwrap().parse().unwrap();
    let amount = |minor| Value::from(currency.decimal(minor).to_string());
    let lines = list(vector, "lines").iter().zip(&totals.lines).map(|(line, total)| {
        serde_json::json!({ "id": line["id"], "allowance": amount(total.allowances), "charge": amount(total.charges), "net": amount(total.net) })
    });
    let groups = totals.vat_groups.iter().map(|group| {
        serde_json::json!({ "cat": group.vat.category, "rate": group.vat.percent.to_string(), "taxable": amount(group.taxable), "tax": amount(group.tax) })
    });
    let mut shaped = serde_json::json!({
        "lines": lines.collect::<Vec<_>>(),
        "sum_lines": amount(totals.sum_of_lines),
        "sum_allowances": amount(totals.allowances),
        "sum_charges": amount(totals.charges),
        "net": amount(totals.net),
        "vat": groups.collect::<Vec<_>>(),
        "vat_total": amount(totals.vat),
        "gross": amount(totals.gross),
        "prepaid": amount(totals.prepaid),
        "payable_rounding": amount(totals.payable_rounding),
        "due": amount(totals.due),
    });
    if let (Some(minor), Some(code)) = (
        totals.vat_in_accounting_currency,
        text(vector, "vat_currency"),
    ) {
        let currency: Currency = code.parse().unwrap();
        shaped["vat_total_accounting"] = currency.decimal(minor).to_string().into();
    }
    shaped
}

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

#[test]
fn p72_every_vector_is_equal_to_the_minor_unit() {
    let vectors = vectors();
    assert!(vectors.len() >= 17, "the file lost vectors");
    for vector in &vectors {
        assert_eq!(
            as_vector(&totals(vector), vector),
            vector["expected"],
            "{}: {}",
            vector["id"],
            vector["note"]
        );
    }
}

#[test]
fn time_and_instalments_lead_to_the_lines_of_their_vectors() {
    for vector in vectors() {
        let currency: Currency = text(&vector, "currency").unwrap().parse().unwrap();
        let lines: Vec<_> = list(&vector, "lines")
            .iter()
            .map(|found| line(found, currency))
            .collect();
        if let Some(log) = vector.get("time_logs") {
            let increment = Increment {
                minutes: log["increment"].as_u64().unwrap().try_into().unwrap(),
                round: serde_json::from_value(log["how"].clone()).unwrap(),
                at_least_minutes: 0,
            };
            for (line, minutes) in lines.iter().zip(log["minutes"].as_array().unwrap()) {
                let billed = increment
                    .billed_minutes(minutes.as_u64().unwrap().try_into().unwrap())
                    .unwrap();
                let hourly = currency.round(line.price, Rounding::HalfUp).unwrap();
                let made = Line::time(line.id.clone(), "work", billed, hourly, currency, line.vat);
                assert_eq!(
                    (made.quantity, made.base_quantity),
                    (line.quantity, line.base_quantity),
                    "{}",
                    vector["id"]
                );
            }
        }
        if let Some(milestone) = vector.get("milestone") {
            let total = Money {
                minor: currency.parse(text(milestone, "total").unwrap()).unwrap(),
                currency,
            };
            let shares: Vec<_> = milestone["percents"]
                .as_array()
                .unwrap()
                .iter()
                .map(|share| Decimal::from(share.as_u64().unwrap()))
                .collect();
            let index = usize::try_from(milestone["index"].as_u64().unwrap()).unwrap() - 1;
            let part = instalment(total, &shares, index).unwrap();
            assert_eq!(currency.decimal(part), lines[0].price, "{}", vector["id"]);
        }
    }
}
