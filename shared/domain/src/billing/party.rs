//! Who sells and who buys, as the law wants them named on an invoice.
//! It must not know which of the two a party is in a given document.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The legal name (BT-27, BT-44).
    pub name: String,
    pub address: Address,
    /// With its country prefix, such as `DE123456789` (BT-31, BT-48).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<String>,
    /// The number a local tax office gave (BT-32).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_number: Option<String>,
    /// Entry in a commercial register (BT-30, BT-47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<String>,
    /// The person to ask (BG-6, BG-9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Where electronic invoices reach it: scheme and address, such as `0208:0123456789` (BT-34, BT-49).
    /// Without one, its mail address is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electronic_address: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and number, and whatever else stands above the city: one to three lines (BT-35, BT-36, BT-163).
    #[serde(deserialize_with = "one_or_several")]
    pub street: Vec<String>,
    #[serde(default)]
    pub postcode: String,
    pub city: String,
    pub country: CountryCode,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankAccount {
    /// Whose account it is, where that is not the seller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    pub iban: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<String>,
    /// The bank's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Most streets are one line, so a file may write it without a list.
fn one_or_several<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "a street, or a list of the lines above the city"
    )]
    enum Lines {
        One(String),
        Several(Vec<String>),
    }
    Ok(match Lines::deserialize(input)? {
        Lines::One(line) => vec![line],
        Lines::Several(lines) => lines,
    })
}

/// An ISO 3166-1 code of two capital letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode(String);

impl CountryCode {
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CountryCode {
    type Error = CountryCodeError;

    fn try_from(code: String) -> Result<Self, CountryCodeError> {
        let shaped = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        if shaped {
            Ok(CountryCode(code))
        } else {
            Err(CountryCodeError(code))
        }
    }
}

impl From<CountryCode> for String {
    fn from(country: CountryCode) -> String {
        country.0
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a country code; write two capital letters, such as DE")]
pub struct CountryCodeError(String);
