//! What a draft must have, beyond what every invoice needs, for its XML to be accepted; asked before a number is taken.
//! It must not repeat `Draft::check`, which has been asked first.

use std::fmt;

use domain::billing::{Draft, Line, Party, Problem};

use crate::codes;
use crate::content;
use crate::{UblRules, buyer_reference};

/// Why the norm itself has no way to say the document. It may still be issued on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCarried(String);

impl fmt::Display for NotCarried {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "no electronic invoice: {}", self.0)
    }
}

impl std::error::Error for NotCarried {}

/// Whether EN 16931 has words and decimals for the draft.
pub fn carries(draft: &Draft) -> Result<(), NotCarried> {
    let accounting = draft.accounting_vat.as_ref().map(|to| to.currency);
    for currency in [Some(draft.currency), accounting].into_iter().flatten() {
        if currency.exponent() > 2 {
            return Err(NotCarried(format!(
                "an amount in {currency} has {} decimals, and EN 16931 allows two (BR-DEC)",
                currency.exponent()
            )));
        }
        if !codes::is_currency(currency.code()) {
            return Err(NotCarried(format!(
                "{currency} is not in the currency list of EN 16931 (BR-CL-04)"
            )));
        }
    }
    Ok(())
}

/// What would make a receiver refuse the XML and can be mended in the company's files.
pub fn check(draft: &Draft) -> Result<(), Vec<Problem>> {
    let rules = UblRules::of(draft.format);
    let mut found = Vec::new();
    match (carries(draft), rules) {
        (Ok(()), _) => {}
        // The client takes paper too, so nothing has to be mended.
        (Err(_), None) => return Ok(()),
        (Err(why), Some(_)) => found.push(Problem::new(
            "format",
            why.to_string(),
            "bill this client in another currency, or take the line `format` out of its rules",
        )),
    }
    check_parties(draft, &mut found);
    for (at, line) in draft.lines.iter().enumerate() {
        check_line(line, at, &mut found);
    }
    if let Some(rules) = rules {
        check_network(draft, rules, &mut found);
    }
    if rules == Some(UblRules::Xrechnung) {
        check_xrechnung(draft, &mut found);
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn check_parties(draft: &Draft, found: &mut Vec<Problem>) {
    for (who, party) in [("seller", &draft.seller), ("buyer", &draft.buyer)] {
        let field = |name: &str| format!("{who}.{name}");
        check_country(
            party.address.country.code(),
            field("address.country"),
            found,
        );
        check_address(party, who, found);
        if let Some(vat_id) = party
            .vat_id
            .as_deref()
            .filter(|vat_id| !codes::begins_vat_id(vat_id))
        {
            found.push(Problem::new(
                field("vat_id"),
                format!("`{vat_id}` does not begin with a country (BR-CO-09)"),
                "write the country's two letters before the number, such as DE123456789",
            ));
        }
    }
    if let Some(country) = &draft.delivered_to {
        check_country(country.code(), "delivered_to".into(), found);
    }
    let seller = content::seller(draft);
    if seller.vat_id.is_none() && seller.identifier.is_none() && seller.party.registration.is_none()
    {
        let outside = if content::is_outside_vat(draft) {
            ": work outside the scope of VAT may not show its VAT id (BR-O-02)"
        } else {
            ""
        };
        found.push(Problem::new(
            "seller.registration",
            format!("nothing identifies the seller (BR-CO-26){outside}"),
            "state the entry in the commercial register, or the tax number, in team.yaml",
        ));
    }
}

fn check_country(code: &str, field: String, found: &mut Vec<Problem>) {
    if !codes::is_country(code) {
        found.push(Problem::new(
            field,
            format!("`{code}` is no country of ISO 3166"),
            "write its two capital letters, such as DE",
        ));
    }
}

fn check_address(party: &Party, who: &str, found: &mut Vec<Problem>) {
    let Some(address) = &party.electronic_address else {
        return;
    };
    let sound = address
        .split_once(':')
        .is_some_and(|(scheme, number)| codes::is_address_scheme(scheme) && !number.is_empty());
    if !sound {
        found.push(Problem::new(
            format!("{who}.electronic_address"),
            format!("`{address}` is no electronic address"),
            "write its scheme and number, such as 0208:0123456789 or EM:invoices@client.example",
        ));
    }
}

fn check_line(line: &Line, at: usize, found: &mut Vec<Problem>) {
    if !codes::is_unit(line.unit.code()) {
        found.push(Problem::new(
            format!("lines[{at}].unit"),
            format!(
                "`{}` is no unit of UN/ECE Recommendation 20 (BR-CL-23)",
                line.unit
            ),
            "write C62 (one), HUR (hour), DAY or MON",
        ));
    }
    if line.base_quantity <= rust_decimal::Decimal::ZERO {
        found.push(Problem::new(
            format!("lines[{at}].base_quantity"),
            "a price is for more than no units",
            "state how many units it is for",
        ));
    }
}

/// What both networks want beyond the norm.
fn check_network(draft: &Draft, rules: UblRules, found: &mut Vec<Problem>) {
    if content::seller(draft).electronic_address.is_none() {
        found.push(Problem::new(
            "seller.mail",
            "the seller has no electronic address",
            "state `mail` or `electronic_address` of the seller in team.yaml",
        ));
    }
    let order = draft.references.purchase_order.as_deref();
    let reference = buyer_reference(draft, rules).or(order);
    if reference.is_none_or(|text| text.trim().is_empty()) {
        found.push(Problem::new(
            "buyer_reference",
            "the client's e-invoices need its reference or an order number",
            "ask the client for it and state `buyer_reference` or `po` in its billing rules",
        ));
    }
}

/// BR-DE-3 to BR-DE-28, as far as the norm and the model do not settle them.
fn check_xrechnung(draft: &Draft, found: &mut Vec<Problem>) {
    let mut needs = |missing: bool, field: &str, what: &str, fix: &str| {
        if missing {
            found.push(Problem::new(field, format!("XRechnung {what}"), fix));
        }
    };
    let seller = &draft.seller;
    let phone = seller.phone.as_deref().unwrap_or_default();
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let fix = "state it for the seller in team.yaml";
    needs(
        digits < 3,
        "seller.phone",
        "wants a phone number of the seller",
        fix,
    );
    let mail = seller.mail.as_deref().unwrap_or_default();
    let dotted = mail.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && host.split('.').all(|part| !part.is_empty())
            && !host.contains('@')
            && !mail.contains(char::is_whitespace)
    });
    needs(
        !dotted,
        "seller.mail",
        "wants a mail address of the seller, name@host.country",
        fix,
    );
    let no_code = |party: &Party| party.address.postcode.trim().is_empty();
    needs(
        no_code(seller),
        "seller.address.postcode",
        "wants a post code",
        fix,
    );
    needs(
        no_code(&draft.buyer),
        "address.postcode",
        "wants a post code",
        "state the client's in its billing rules",
    );
    let elsewhere = content::delivered_to(draft).is_some_and(|to| to.city.is_empty());
    needs(
        elsewhere,
        "delivered_to",
        "wants city and post code of a delivery to another country than the buyer's",
        "bill this client by `format: peppol`",
    );
    let terms = draft.terms.as_deref().unwrap_or_default();
    needs(
        terms.lines().any(|line| line.trim_start().starts_with('#')),
        "terms",
        "keeps lines that begin with # for discounts",
        "begin the line with a word",
    );
}
