//! How amounts, numbers and dates read in a language.
//! It must not compute: what it shows was rounded and added up before.

use domain::billing::{Currency, Language, Minor};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// `1.234,50` or `1,234.50`, with a true minus sign and as many decimals as the value is written with.
pub(crate) fn number(value: Decimal, language: Language) -> String {
    let (group, point) = match language {
        Language::De => ('.', ','),
        Language::En => (',', '.'),
    };
    let digits = value.abs().to_string();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = String::new();
    if value.is_sign_negative() && !value.is_zero() {
        text.push('\u{2212}');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(point);
        text.push_str(fraction);
    }
    text
}

pub(crate) fn amount(amount: Minor, currency: Currency, language: Language) -> String {
    number(currency.decimal(amount), language)
}

/// `5.712,00 EUR`, kept on one line.
pub(crate) fn money(minor: Minor, currency: Currency, language: Language) -> String {
    format!("{}\u{a0}{}", amount(minor, currency, language), currency)
}

/// A price keeps every decimal that matters and shows at least those of the currency.
pub(crate) fn price(price: Decimal, currency: Currency, language: Language) -> String {
    let mut shown = price.normalize();
    if shown.scale() < currency.exponent() {
        shown.rescale(currency.exponent());
    }
    number(shown, language)
}

/// `22.11.2026` or `22 November 2026`.
pub fn date(date: Date, language: Language) -> String {
    match language {
        Language::De => date.strftime("%d.%m.%Y").to_string(),
        Language::En => date.strftime("%-d %B %Y").to_string(),
    }
}

/// A word longer than any column of a document may break anywhere; shorter ones stay whole for whoever copies them.
pub(crate) fn breakable(text: &str) -> String {
    const LONGEST: usize = 26;
    let mut broken = String::with_capacity(text.len());
    let mut run = 0;
    for c in text.chars() {
        run = if c.is_whitespace() { 0 } else { run + 1 };
        if run > LONGEST {
            broken.push('\u{200b}');
            run = 1;
        }
        broken.push(c);
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_in_their_language() {
        let table = [
            ("0", "0", "0"),
            ("-0.00", "0,00", "0.00"),
            ("999", "999", "999"),
            ("1000", "1.000", "1,000"),
            (
                "-1234567.80",
                "\u{2212}1.234.567,80",
                "\u{2212}1,234,567.80",
            ),
        ];
        for (value, de, en) in table {
            let value = Decimal::from_str_exact(value).unwrap();
            assert_eq!(
                (
                    number(value, Language::De).as_str(),
                    number(value, Language::En).as_str()
                ),
                (de, en)
            );
        }
    }

    #[test]
    fn prices_keep_what_matters() {
        let (eur, jpy): (Currency, Currency) = ("EUR".parse().unwrap(), "JPY".parse().unwrap());
        for (value, currency, shown) in [
            ("4800", eur, "4,800.00"),
            ("0.1234500", eur, "0.12345"),
            ("333", jpy, "333"),
            ("1.10", jpy, "1.1"),
        ] {
            assert_eq!(
                price(
                    Decimal::from_str_exact(value).unwrap(),
                    currency,
                    Language::En
                ),
                shown
            );
        }
    }

    #[test]
    fn dates_read_as_in_their_language() {
        let day = jiff::civil::date(2026, 3, 7);
        assert_eq!(
            (
                date(day, Language::De).as_str(),
                date(day, Language::En).as_str()
            ),
            ("07.03.2026", "7 March 2026")
        );
    }

    #[test]
    fn only_a_word_that_no_column_holds_may_break() {
        let long = "x".repeat(26);
        let table = [
            ("two words", "two words".to_owned()),
            (long.as_str(), long.clone()),
            (
                &format!("{long}y z{long}"),
                format!("{long}\u{200b}y z{}\u{200b}x", "x".repeat(25)),
            ),
        ];
        for (text, broken) in table {
            assert_eq!(breakable(text), broken);
        }
    }
}
