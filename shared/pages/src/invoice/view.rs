//! From an issued document to the texts its template prints, in the document's language.
//! It must not know where on the page anything stands.

use domain::billing::{
    Adjustment, AdjustmentValue, Delivered, Direction, Draft, Invoice, Kind, Language, Line,
    LineTotal, Minor, Party, VatGroup, VatRate,
};
use jiff::civil::Date;
use serde::Serialize;

use super::country;
use super::typesetter::Printed;
use super::words::{self, Words, words};
use crate::format;

#[derive(Debug, Serialize)]
pub(super) struct View {
    language: &'static str,
    ident: String,
    title: &'static str,
    number: String,
    issue_date: DateParts,
    seller: String,
    sender_line: String,
    recipient: Vec<String>,
    facts: Vec<Fact>,
    words: Words,
    currency: &'static str,
    /// With one VAT rate the column would repeat itself.
    shows_vat: bool,
    lines: Vec<LineView>,
    sums: Vec<Fact>,
    due: Fact,
    remarks: Vec<String>,
    terms: String,
    account: Vec<Fact>,
    footer: Vec<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct DateParts {
    year: i16,
    month: i8,
    day: i8,
}

#[derive(Debug, Serialize)]
struct Fact {
    label: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct LineView {
    position: String,
    text: String,
    details: Vec<String>,
    quantity: String,
    price: String,
    vat: String,
    amount: String,
}

fn fact(label: impl Into<String>, value: impl Into<String>) -> Fact {
    Fact {
        label: label.into(),
        value: value.into(),
    }
}

impl Printed for View {
    fn ident(&self) -> String {
        self.ident.clone()
    }
}

impl View {
    pub(super) fn of(invoice: &Invoice) -> View {
        let draft = &invoice.content;
        let (kind, language) = (draft.kind, draft.language);
        let words = words(kind, language);
        let date = invoice.issue_date;
        let seller = &draft.seller;
        let account = seller
            .vat_id
            .as_deref()
            .or(seller.tax_number.as_deref())
            .unwrap_or(&seller.name);
        View {
            language: match language {
                Language::De => "de",
                Language::En => "en",
            },
            ident: format!("{account} {} {}", kind.type_code(), invoice.number),
            title: words::title(kind, language),
            number: invoice.number.to_string(),
            issue_date: DateParts {
                year: date.year(),
                month: date.month(),
                day: date.day(),
            },
            seller: seller.name.clone(),
            sender_line: std::iter::once(seller.name.clone())
                .chain(street_and_city(seller))
                .collect::<Vec<_>>()
                .join(" · "),
            recipient: recipient(draft),
            facts: facts(invoice, &words),
            words,
            currency: draft.currency.code(),
            shows_vat: invoice.totals.vat_groups.len() > 1,
            lines: draft
                .lines
                .iter()
                .zip(&invoice.totals.lines)
                .map(|(line, total)| line_view(draft, line, *total))
                .collect(),
            sums: sums(invoice, &words),
            due: fact(
                words::due(kind, language, &format::date(invoice.due_date, language)),
                format::money(invoice.totals.due, draft.currency, language),
            ),
            remarks: remarks(invoice),
            terms: invoice.terms.clone(),
            account: account_facts(invoice, &words),
            footer: footer(draft, &words),
        }
    }
}

fn street_and_city(party: &Party) -> impl Iterator<Item = String> {
    let city = format!("{} {}", party.address.postcode, party.address.city);
    party
        .address
        .street
        .iter()
        .cloned()
        .chain([city.trim().to_owned()])
}

/// Name and address; the country where the letter crosses a border.
fn recipient(draft: &Draft) -> Vec<String> {
    let buyer = &draft.buyer;
    let mut lines = vec![buyer.name.clone()];
    lines.extend(buyer.contact_name.clone());
    lines.extend(street_and_city(buyer));
    if buyer.address.country != draft.seller.address.country {
        lines.push(country::name(&buyer.address.country, draft.language).to_owned());
    }
    lines.iter().map(|line| format::breakable(line)).collect()
}

fn facts(invoice: &Invoice, words: &Words) -> Vec<Fact> {
    let draft = &invoice.content;
    let day = |date: Date| format::date(date, draft.language);
    let mut facts = vec![
        fact(words.number, invoice.number.as_str()),
        fact(words.issue_date, day(invoice.issue_date)),
    ];
    facts.push(match draft.delivered {
        Delivered::On(date) => fact(words.delivered, day(date)),
        Delivered::Between { from, to } => {
            fact(words.period, format!("{} – {}", day(from), day(to)))
        }
    });
    if draft.kind == Kind::Invoice {
        facts.push(fact(words.due_date, day(invoice.due_date)));
    }
    let references = &draft.references;
    if let Some(preceding) = &references.preceding {
        facts.push(fact(
            words.credited_invoice,
            format!("{}, {}", preceding.number, day(preceding.issue_date)),
        ));
    }
    let optional = [
        (words.your_order, &references.purchase_order),
        (words.your_reference, &references.buyer_reference),
        (words.contract, &references.contract),
        (words.project, &references.project),
        (words.milestone, &references.milestone),
        (words.your_vat_id, &draft.buyer.vat_id),
    ];
    facts.extend(
        optional
            .into_iter()
            .filter_map(|(label, value)| Some(fact(label, value.clone()?))),
    );
    for fact in &mut facts {
        fact.value = format::breakable(&fact.value);
    }
    facts
}

fn line_view(draft: &Draft, line: &Line, total: LineTotal) -> LineView {
    let language = draft.language;
    let is_one = line.quantity == rust_decimal::Decimal::ONE;
    let unit = words::unit(line.unit.code(), is_one, language);
    let quantity = format::number(line.quantity.normalize(), language);
    let price = format::price(line.price, draft.currency, language);
    let per = match line.base_quantity.normalize() {
        one if one == rust_decimal::Decimal::ONE => String::new(),
        base => format!(" / {}", format::number(base, language)),
    };
    let description = line.description.iter().cloned();
    let adjustments = line
        .adjustments
        .iter()
        .map(|adjustment| adjustment_text(adjustment, language));
    LineView {
        position: line.id.clone(),
        text: format::breakable(&line.text),
        details: (description.chain(adjustments))
            .map(|detail| format::breakable(&detail))
            .collect(),
        quantity: format!("{quantity}\u{a0}{unit}").trim().to_owned(),
        price: format!("{price}{per}"),
        vat: rate(line.vat, language),
        amount: format::amount(total.net, draft.currency, language),
    }
}

fn adjustment_text(adjustment: &Adjustment, language: Language) -> String {
    let sign = match adjustment.direction {
        Direction::Allowance => '\u{2212}',
        Direction::Charge => '+',
    };
    match &adjustment.value {
        AdjustmentValue::Percent(part) => {
            format!(
                "{}: {sign}{}\u{a0}%",
                adjustment.reason,
                format::number(part.percent.normalize(), language)
            )
        }
        AdjustmentValue::Amount(_) => adjustment.reason.clone(),
    }
}

/// `19 %`; a category without tax is told by its code, which the remarks explain.
fn rate(vat: VatRate, language: Language) -> String {
    let percent = format!(
        "{}\u{a0}%",
        format::number(vat.percent.normalize(), language)
    );
    if vat.category.needs_reason() {
        format!("{percent} {}", vat.category)
    } else {
        percent
    }
}

fn sums(invoice: &Invoice, words: &Words) -> Vec<Fact> {
    let (draft, totals) = (&invoice.content, &invoice.totals);
    let amount = |minor: Minor| format::amount(minor, draft.currency, draft.language);
    let mut sums = Vec::new();
    if !draft.adjustments.is_empty() {
        sums.push(fact(words.sum_of_lines, amount(totals.sum_of_lines)));
    }
    for (stated, minor) in draft.adjustments.iter().zip(&totals.adjustments) {
        let signed = match stated.adjustment.direction {
            Direction::Allowance => Minor(-minor.0),
            Direction::Charge => *minor,
        };
        let text = adjustment_text(&stated.adjustment, draft.language);
        let label = match totals.vat_groups.len() {
            1 => text,
            _ => format!(
                "{text} ({} {})",
                words.vat,
                rate(stated.vat, draft.language)
            ),
        };
        sums.push(fact(label, amount(signed)));
    }
    sums.push(fact(words.net, amount(totals.net)));
    sums.extend(
        totals
            .vat_groups
            .iter()
            .map(|group| vat_fact(invoice, words, group)),
    );
    let after_gross = totals.prepaid != Minor::ZERO || totals.payable_rounding != Minor::ZERO;
    if after_gross {
        sums.push(fact(words.gross, amount(totals.gross)));
    }
    if totals.prepaid != Minor::ZERO {
        sums.push(fact(words.prepaid, amount(Minor(-totals.prepaid.0))));
    }
    if totals.payable_rounding != Minor::ZERO {
        sums.push(fact(words.cash_rounding, amount(totals.payable_rounding)));
    }
    sums
}

fn vat_fact(invoice: &Invoice, words: &Words, group: &VatGroup) -> Fact {
    let draft = &invoice.content;
    let amount = |minor: Minor| format::amount(minor, draft.currency, draft.language);
    let rate = rate(group.vat, draft.language);
    let label = match invoice.totals.vat_groups.len() {
        1 => format!("{} {rate}", words.vat),
        _ => format!(
            "{} {rate} {} {}",
            words.vat,
            words.on,
            amount(group.taxable)
        ),
    };
    fact(label, amount(group.tax))
}

/// What the draft adds, why no tax is charged, and the tax in the seller's own currency.
fn remarks(invoice: &Invoice) -> Vec<String> {
    let (draft, totals) = (&invoice.content, &invoice.totals);
    let words = words(draft.kind, draft.language);
    let several = totals.vat_groups.len() > 1;
    let reasons = (totals.vat_groups.iter()).filter_map(|group| {
        let reason = draft
            .exemption_reason(group.vat.category)
            .filter(|_| group.vat.category.needs_reason())?;
        Some(if several {
            format!("{}: {reason}.", group.vat.category)
        } else {
            format!("{reason}.")
        })
    });
    let mut remarks: Vec<String> = draft.notes.iter().cloned().chain(reasons).collect();
    if let (Some(vat), Some(to)) = (totals.vat_in_accounting_currency, &draft.accounting_vat) {
        let rate = format::number(to.exchange_rate.normalize(), draft.language);
        let shown = format::amount(vat, to.currency, draft.language);
        remarks.push(format!(
            "{} {}: {shown} (1 {} = {rate} {}).",
            words.vat_in, to.currency, draft.currency, to.currency
        ));
    }
    remarks
}

fn account_facts(invoice: &Invoice, words: &Words) -> Vec<Fact> {
    let draft = &invoice.content;
    let Some(bank) = draft
        .bank
        .as_ref()
        .filter(|_| draft.kind == Kind::Invoice && invoice.totals.due > Minor::ZERO)
    else {
        return Vec::new();
    };
    let mut facts = vec![
        fact(
            words.account_holder,
            bank.holder.as_deref().unwrap_or(&draft.seller.name),
        ),
        fact("IBAN", in_fours(&bank.iban)),
    ];
    facts.extend(bank.bic.as_ref().map(|bic| fact("BIC", bic)));
    facts.extend(bank.name.as_ref().map(|name| fact(words.bank, name)));
    facts.push(fact(words.payment_reference, invoice.number.as_str()));
    facts
}

/// As a bank prints it: groups of four, kept on one line.
fn in_fours(iban: &str) -> String {
    let compact: Vec<char> = iban.chars().filter(|c| *c != ' ').collect();
    compact
        .chunks(4)
        .map(String::from_iter)
        .collect::<Vec<_>>()
        .join("\u{a0}")
}

fn footer(draft: &Draft, words: &Words) -> Vec<Vec<String>> {
    let seller = &draft.seller;
    let mut who = vec![seller.name.clone()];
    who.extend(street_and_city(seller));
    who.push(country::name(&seller.address.country, draft.language).to_owned());
    let reach = [&seller.contact_name, &seller.phone, &seller.mail]
        .into_iter()
        .filter_map(Clone::clone)
        .collect();
    let labelled = |label: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{label} {value}"))
    };
    let registered = [
        labelled(words.vat_id, &seller.vat_id),
        labelled(words.tax_number, &seller.tax_number),
        seller.registration.clone(),
    ];
    let registered = registered.into_iter().flatten().collect();
    let columns: [Vec<String>; 3] = [who, reach, registered];
    columns
        .into_iter()
        .filter(|column| !column.is_empty())
        .collect()
}
