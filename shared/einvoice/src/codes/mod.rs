//! Code lists of EN 16931 (version 16 of its registry, November 2025): units, countries, currencies, address schemes.
//! It must not know which element takes which code.

const UNITS: &str = include_str!("units.txt");
const COUNTRIES: &str = include_str!("countries.txt");
const CURRENCIES: &str = include_str!("currencies.txt");
const ADDRESSES: &str = include_str!("addresses.txt");

fn holds(list: &str, code: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == code)
}

/// UN/ECE Recommendations 20 and 21 (BR-CL-23).
pub(crate) fn is_unit(code: &str) -> bool {
    holds(UNITS, code)
}

/// ISO 3166-1 (BR-CL-14).
pub(crate) fn is_country(code: &str) -> bool {
    holds(COUNTRIES, code)
}

/// ISO 4217 (BR-CL-04).
pub(crate) fn is_currency(code: &str) -> bool {
    holds(CURRENCIES, code)
}

/// Schemes of electronic addresses, EAS (BR-CL-25).
pub(crate) fn is_address_scheme(code: &str) -> bool {
    holds(ADDRESSES, code)
}

/// Greece writes `EL` before its VAT ids (BR-CO-09).
pub(crate) fn begins_vat_id(vat_id: &str) -> bool {
    vat_id
        .get(..2)
        .is_some_and(|prefix| prefix == "EL" || is_country(prefix))
}
