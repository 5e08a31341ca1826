//! What both syntaxes say of an issued document, in the texts and figures that EN 16931 allows.
//! It must not name an element of either.

use domain::billing::{
    Adjustment, AdjustmentValue, BankAccount, CountryCode, Direction, DocumentAdjustment, Draft,
    Invoice, Kind, Line, LineTotal, Minor, MoneyError, Party, VatCategory, VatRate,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// An allowance or charge with its amount.
pub(crate) struct Stated<'a> {
    pub is_charge: bool,
    pub amount: String,
    /// The percentage and what it is of, where these give the amount to within two hundredths.
    pub share: Option<(String, String)>,
    pub reason: &'a str,
    /// Of the document's; a line's follow the line.
    pub vat: VatRate,
}

/// Receivers recompute the amount and allow this much (PEPPOL-EN16931-R040).
const SLACK: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

pub(crate) fn amount(draft: &Draft, minor: Minor) -> String {
    draft.currency.decimal(minor).to_string()
}

pub(crate) fn number(value: Decimal) -> String {
    value.normalize().to_string()
}

/// The line's allowances and charges, in its order.
pub(crate) fn of_line<'a>(
    draft: &Draft,
    line: &'a Line,
    total: LineTotal,
) -> Result<Vec<Stated<'a>>, MoneyError> {
    let amounts = line.adjustment_amounts(draft.currency, draft.rounding)?;
    // What the line had before them: its net without what they took and added.
    let before = Minor(total.net.0 + total.allowances.0 - total.charges.0);
    let stated = line.adjustments.iter().zip(amounts);
    Ok(stated
        .map(|(adjustment, minor)| state(draft, adjustment, line.vat, minor, before))
        .collect())
}

/// The document's allowances and charges, in its order.
pub(crate) fn of_document(invoice: &Invoice) -> impl Iterator<Item = Stated<'_>> {
    let (draft, totals) = (&invoice.content, &invoice.totals);
    let stated = draft.adjustments.iter().zip(&totals.adjustments);
    stated.map(move |(DocumentAdjustment { adjustment, vat }, minor)| {
        let lines = draft.lines.iter().zip(&totals.lines);
        let of_group = lines.filter(|(line, _)| line.vat == *vat);
        let lines_of_group = Minor(of_group.map(|(_, total)| total.net.0).sum());
        state(draft, adjustment, *vat, *minor, lines_of_group)
    })
}

fn state<'a>(
    draft: &Draft,
    adjustment: &'a Adjustment,
    vat: VatRate,
    minor: Minor,
    stands_on: Minor,
) -> Stated<'a> {
    let share = match &adjustment.value {
        AdjustmentValue::Amount(_) => None,
        AdjustmentValue::Percent(part) => {
            let base = part.base.unwrap_or(stands_on);
            let exact = draft.currency.decimal(base) * part.percent / Decimal::ONE_HUNDRED;
            let apart = (exact - draft.currency.decimal(minor)).abs();
            (apart <= SLACK).then(|| (number(part.percent), amount(draft, base)))
        }
    };
    Stated {
        is_charge: adjustment.direction == Direction::Charge,
        amount: amount(draft, minor),
        share,
        reason: &adjustment.reason,
        vat,
    }
}

/// Whether the work is outside the scope of VAT, where neither party's VAT id may stand (BR-O-02 to BR-O-04).
pub(crate) fn is_outside_vat(draft: &Draft) -> bool {
    let lines = draft.lines.iter().map(|line| line.vat.category);
    let adjustments = draft
        .adjustments
        .iter()
        .map(|adjustment| adjustment.vat.category);
    lines
        .chain(adjustments)
        .any(|category| category == VatCategory::O)
}

/// Lines of category O state no rate at all (BR-O-05 to BR-O-07).
pub(crate) fn rate(vat: VatRate) -> Option<String> {
    (vat.category != VatCategory::O).then(|| number(vat.percent))
}

/// How a party is named in an electronic document.
pub(crate) struct Named<'a> {
    pub party: &'a Party,
    pub vat_id: Option<&'a str>,
    /// Only the seller's has a place (BT-32).
    pub tax_number: Option<&'a str>,
    /// BT-29: where no register and no VAT id identifies the seller (BR-CO-26).
    pub identifier: Option<&'a str>,
    /// Scheme and address (BT-34, BT-49).
    pub electronic_address: Option<(&'a str, &'a str)>,
    /// Person or place to ask, phone, mail (BG-6, BG-9).
    pub contact: Option<Contact<'a>>,
}

pub(crate) struct Contact<'a> {
    pub name: &'a str,
    pub phone: Option<&'a str>,
    pub mail: Option<&'a str>,
}

pub(crate) fn seller(draft: &Draft) -> Named<'_> {
    let party = &draft.seller;
    let vat_id = party.vat_id.as_deref().filter(|_| !is_outside_vat(draft));
    let tax_number = party.tax_number.as_deref();
    let unidentified = vat_id.is_none() && party.registration.is_none();
    Named {
        party,
        vat_id,
        tax_number,
        identifier: tax_number.filter(|_| unidentified),
        electronic_address: address(party, None),
        contact: Some(Contact {
            name: party.contact_name.as_deref().unwrap_or(&party.name),
            phone: party.phone.as_deref(),
            mail: party.mail.as_deref(),
        }),
    }
}

pub(crate) fn buyer(draft: &Draft) -> Named<'_> {
    let party = &draft.buyer;
    let contact = Contact {
        name: party.contact_name.as_deref().unwrap_or_default(),
        phone: party.phone.as_deref(),
        mail: party.mail.as_deref(),
    };
    let known = !contact.name.is_empty() || contact.phone.is_some() || contact.mail.is_some();
    Named {
        party,
        vat_id: party.vat_id.as_deref().filter(|_| !is_outside_vat(draft)),
        tax_number: None,
        identifier: None,
        electronic_address: address(party, draft.send_to.first()),
        contact: known.then_some(contact),
    }
}

/// `0208:0123456789` as scheme and number; without one, a mail address under the scheme of mail addresses.
fn address<'a>(party: &'a Party, send_to: Option<&'a String>) -> Option<(&'a str, &'a str)> {
    match &party.electronic_address {
        Some(address) => address.split_once(':'),
        None => Some(("EM", send_to.or(party.mail.as_ref())?.as_str())),
    }
}

/// Where the work went (BG-15), city and post code where they are known.
pub(crate) struct DeliveredTo<'a> {
    pub postcode: &'a str,
    pub city: &'a str,
    pub country: &'a CountryCode,
}

pub(crate) fn delivered_to(draft: &Draft) -> Option<DeliveredTo<'_>> {
    let country = draft.delivered_to.as_ref()?;
    let buyer = &draft.buyer.address;
    let (postcode, city) = if buyer.country == *country {
        (buyer.postcode.as_str(), buyer.city.as_str())
    } else {
        ("", "")
    };
    Some(DeliveredTo {
        postcode,
        city,
        country,
    })
}

/// Where to pay. A credit note does not say how money goes back.
pub(crate) fn account(draft: &Draft) -> Option<&BankAccount> {
    draft.bank.as_ref().filter(|_| draft.kind == Kind::Invoice)
}

/// UNTDID 4461 (BT-81): a transfer, in euros by SEPA, or nothing agreed.
pub(crate) fn payment_means(draft: &Draft) -> &'static str {
    match (account(draft), draft.currency.code()) {
        (None, _) => "1",
        (Some(_), "EUR") => "58",
        (Some(_), _) => "30",
    }
}

pub(crate) fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

pub(crate) fn compact_date(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// The price and how many units it is for, such that a receiver who multiplies again comes to the line's net.
///
/// Peppol and XRechnung allow two hundredths between them (PEPPOL-EN16931-R120). Where the currency's smallest coin is
/// larger, as the yen is, the same price is stated for the whole quantity: 832.5 yen for 2.5 hours become 833 for 2.5.
pub(crate) fn checked_price(draft: &Draft, line: &Line, total: LineTotal) -> (Decimal, Decimal) {
    let before = Minor(total.net.0 + total.allowances.0 - total.charges.0);
    let before = draft.currency.decimal(before);
    let exact = line
        .quantity
        .checked_mul(line.price)
        .and_then(|product| product.checked_div(line.base_quantity));
    let apart = exact.is_none_or(|exact| (exact - before).abs() > SLACK);
    let same_sign =
        before.is_zero() || before.is_sign_negative() == line.quantity.is_sign_negative();
    if apart && same_sign && !line.quantity.is_zero() {
        (before.abs(), line.quantity.abs())
    } else {
        (line.price, line.base_quantity)
    }
}
