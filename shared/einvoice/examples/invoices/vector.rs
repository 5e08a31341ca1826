//! The shape of `tests/vectors/invoice.json`: one document's arithmetic, and the totals it must come to.
//! It must not add anything up.

use domain::billing::{
    AccountingVat, Adjustment, AdjustmentValue, Currency, Direction, DocumentAdjustment, Kind,
    Line, Minor, Percent, Rounding, Totals, UnitCode, VatRate,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

type Read<T> = Result<T, String>;

/// What a vector says; who sells, who buys and when are left open.
pub struct Vector {
    pub id: String,
    pub kind: Kind,
    pub currency: Currency,
    pub rounding: Rounding,
    pub lines: Vec<Line>,
    pub adjustments: Vec<DocumentAdjustment>,
    pub prepaid: Minor,
    pub cash_increment: Minor,
    pub accounting: Option<AccountingVat>,
}

impl Vector {
    pub fn read(value: &Value) -> Read<Vector> {
        let currency: Currency = needed(value, "currency")?
            .parse()
            .map_err(|error| format!("currency: {error}"))?;
        let amount = |name| match text(value, name)? {
            Some(text) => parsed(currency, &text, name),
            None => Ok(Minor::ZERO),
        };
        let lines = list(value, "lines")?;
        let mut adjustments = adjusted(value, "doc_allowances", Direction::Allowance, currency)?;
        adjustments.extend(adjusted(value, "doc_charges", Direction::Charge, currency)?);
        let accounting = match text(value, "vat_currency")? {
            None => None,
            Some(code) => Some(AccountingVat {
                currency: code
                    .parse()
                    .map_err(|error| format!("vat_currency: {error}"))?,
                exchange_rate: decimal(value, "vat_rate_of_exchange")?
                    .ok_or("vat_rate_of_exchange is missing")?,
            }),
        };
        Ok(Vector {
            id: needed(value, "id")?,
            kind: match text(value, "type")?.as_deref() {
                None | Some("invoice") => Kind::Invoice,
                Some("credit_note") => Kind::CreditNote,
                Some(other) => return Err(format!("type: `{other}` is no kind of document")),
            },
            currency,
            rounding: match value.get("rounding") {
                None => Rounding::default(),
                Some(rounding) => serde_json::from_value(rounding.clone())
                    .map_err(|error| format!("rounding: {error}"))?,
            },
            lines: lines
                .iter()
                .enumerate()
                .map(|(at, found)| {
                    line(found, at, currency).map_err(|error| format!("lines[{at}]: {error}"))
                })
                .collect::<Read<_>>()?,
            adjustments,
            prepaid: amount("prepaid")?,
            cash_increment: amount("cash_increment")?,
            accounting,
        })
    }

    /// The totals in the keys that the vectors expect.
    pub fn shaped(&self, totals: &Totals) -> Value {
        let amount = |minor| Value::from(self.currency.decimal(minor).to_string());
        let lines = self.lines.iter().zip(&totals.lines).map(|(line, total)| {
            json!({ "id": line.id, "allowance": amount(total.allowances), "charge": amount(total.charges), "net": amount(total.net) })
        });
        let groups = totals.vat_groups.iter().map(|group| {
            json!({ "cat": group.vat.category, "rate": group.vat.percent.to_string(), "taxable": amount(group.taxable), "tax": amount(group.tax) })
        });
        let mut shaped = json!({
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
        if let (Some(minor), Some(to)) = (totals.vat_in_accounting_currency, &self.accounting) {
            shaped["vat_total_accounting"] = to.currency.decimal(minor).to_string().into();
        }
        shaped
    }
}

fn line(value: &Value, at: usize, currency: Currency) -> Read<Line> {
    let adjustments = [
        ("allowances", Direction::Allowance),
        ("charges", Direction::Charge),
    ];
    let mut stated = Vec::new();
    for (name, direction) in adjustments {
        for found in list(value, name)? {
            stated.push(adjustment(found, direction, currency)?);
        }
    }
    Ok(Line {
        id: text(value, "id")?.unwrap_or_else(|| (at + 1).to_string()),
        text: text(value, "name")?.unwrap_or_else(|| format!("Agreed work, part {}", at + 1)),
        description: None,
        quantity: decimal(value, "qty")?.ok_or("qty is missing")?,
        unit: UnitCode::ONE,
        price: decimal(value, "price")?.ok_or("price is missing")?,
        base_quantity: decimal(value, "base_qty")?.unwrap_or(Decimal::ONE),
        adjustments: stated,
        vat: vat(value)?,
        entries: Vec::new(),
    })
}

fn adjusted(
    value: &Value,
    name: &str,
    direction: Direction,
    currency: Currency,
) -> Read<Vec<DocumentAdjustment>> {
    let read = |found| {
        Ok(DocumentAdjustment {
            adjustment: adjustment(found, direction, currency)?,
            vat: vat(found)?,
        })
    };
    list(value, name)?
        .iter()
        .map(|found| read(found).map_err(|error: String| format!("{name}: {error}")))
        .collect()
}

fn adjustment(value: &Value, direction: Direction, currency: Currency) -> Read<Adjustment> {
    let amount = |name| match text(value, name)? {
        Some(text) => parsed(currency, &text, name).map(Some),
        None => Ok::<_, String>(None),
    };
    let base = amount("base")?;
    let value_of = match (amount("amount")?, decimal(value, "percent")?) {
        (Some(amount), _) => AdjustmentValue::Amount(amount),
        (None, Some(percent)) => AdjustmentValue::Percent(Percent { percent, base }),
        (None, None) => return Err("neither amount nor percent".into()),
    };
    let standard = match direction {
        Direction::Allowance => "Discount",
        Direction::Charge => "Surcharge",
    };
    Ok(Adjustment {
        direction,
        value: value_of,
        reason: text(value, "reason")?.unwrap_or_else(|| standard.into()),
    })
}

fn vat(value: &Value) -> Read<VatRate> {
    let category = value.get("cat").ok_or("cat is missing")?;
    Ok(VatRate {
        category: serde_json::from_value(category.clone())
            .map_err(|error| format!("cat: {error}"))?,
        percent: decimal(value, "rate")?.unwrap_or_default(),
    })
}

fn parsed(currency: Currency, text: &str, name: &str) -> Read<Minor> {
    currency
        .parse(text)
        .map_err(|error| format!("{name}: {error}"))
}

/// A text, or a number as it is written.
fn text(value: &Value, name: &str) -> Read<Option<String>> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(other) => Err(format!("{name}: {other} is not a text")),
    }
}

fn needed(value: &Value, name: &str) -> Read<String> {
    text(value, name)?.ok_or_else(|| format!("{name} is missing"))
}

fn decimal(value: &Value, name: &str) -> Read<Option<Decimal>> {
    let read = |text: String| {
        Decimal::from_str_exact(&text).map_err(|error| format!("{name}: `{text}`: {error}"))
    };
    text(value, name)?.map(read).transpose()
}

fn list<'a>(value: &'a Value, name: &str) -> Read<&'a [Value]> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(format!("{name} is not a list")),
    }
}

/// The vectors of a file, which is a list of them or an object that holds one.
pub fn vectors(file: &Value) -> Read<Vec<&Value>> {
    match file {
        Value::Array(vectors) => Ok(vectors.iter().collect()),
        Value::Object(fields) => found(fields),
        _ => Err("the file is neither a list of vectors nor an object with `vectors`".into()),
    }
}

fn found(fields: &Map<String, Value>) -> Read<Vec<&Value>> {
    let vectors = fields.get("vectors").and_then(Value::as_array);
    Ok(vectors
        .ok_or("the file has no list `vectors`")?
        .iter()
        .collect())
}
