//! Checks of single fields and parties, and the words in which something wrong is reported.
//! It must not know what kind of document the field stands on.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::party::Party;
use super::totals::TotalsError;

/// One thing to mend: which field, what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Path of the field, such as `buyer.vat_id` or `lines[2].text` (counted from 0).
    pub field: String,
    pub what: String,
    pub fix: String,
}

impl Problem {
    pub fn new(
        field: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Problem {
        Problem {
            field: field.into(),
            what: what.into(),
            fix: fix.into(),
        }
    }

    pub(crate) fn of_totals(error: &TotalsError) -> Problem {
        let field = match error {
            TotalsError::BaseQuantityZero { line } => format!("lines[{line}].base_quantity"),
            TotalsError::Line { line, .. } => format!("lines[{line}]"),
            TotalsError::Document(_) => "lines".to_owned(),
        };
        Problem::new(
            field,
            error.to_string(),
            "correct quantity, price or adjustments",
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{}: {}; {}", self.field, self.what, self.fix)
    }
}

pub(crate) fn listed(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(Problem::to_string)
        .collect::<Vec<_>>()
        .join(" | ")
}

pub(crate) fn check_party(party: &Party, who: &str, found: &mut Vec<Problem>) {
    let field = |name: &str| format!("{who}.{name}");
    check_text(&party.name, &field("name"), "state the legal name", found);
    check_text(
        &party.address.city,
        &field("address.city"),
        "state the city",
        found,
    );
    for (at, line) in party.address.street.iter().enumerate() {
        let field = field(&format!("address.street[{at}]"));
        check_text(line, &field, "state street and number", found);
    }
    if !(1..=3).contains(&party.address.street.len()) {
        let what = format!(
            "the address has {} lines above the city",
            party.address.street.len()
        );
        found.push(Problem::new(
            field("address.street"),
            what,
            "state one to three",
        ));
    }
    if let Some(vat_id) = &party.vat_id {
        let (prefix, rest) = vat_id.split_at_checked(2).unwrap_or((vat_id, ""));
        let shaped = prefix.bytes().all(|byte| byte.is_ascii_uppercase())
            && (2..=13).contains(&rest.len())
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+*.".contains(&byte));
        if !shaped {
            let what = format!("`{vat_id}` is not a VAT id");
            found.push(Problem::new(
                field("vat_id"),
                what,
                "write country and number without blanks, such as DE123456789",
            ));
        }
    }
    for (name, text) in [
        ("address.postcode", Some(&party.address.postcode)),
        ("tax_number", party.tax_number.as_ref()),
        ("registration", party.registration.as_ref()),
        ("contact_name", party.contact_name.as_ref()),
        ("phone", party.phone.as_ref()),
        ("mail", party.mail.as_ref()),
        ("electronic_address", party.electronic_address.as_ref()),
    ] {
        check_printable(text.map_or("", String::as_str), &field(name), found);
    }
}

pub(crate) fn check_text(text: &str, field: &str, fix: &str, found: &mut Vec<Problem>) {
    if text.trim().is_empty() {
        found.push(Problem::new(field, "it is empty", fix));
    }
    check_printable(text, field, found);
}

/// Control characters have no shape on paper and are forbidden in XML, line breaks and tabs apart.
pub(crate) fn check_printable(text: &str, field: &str, found: &mut Vec<Problem>) {
    let bad =
        |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{fffe}' || c == '\u{ffff}';
    if let Some(c) = text.chars().find(|c| bad(*c)) {
        let what = format!("it holds the unprintable character U+{:04X}", u32::from(c));
        found.push(Problem::new(field, what, "remove that character"));
    }
}

pub(crate) fn is_mail_address(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"@".contains(c))
    };
    text.split_once('@')
        .is_some_and(|(name, host)| plain(name) && plain(host))
}
