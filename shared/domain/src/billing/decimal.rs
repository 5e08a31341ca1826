//! How decimals are read and written: as strings, or as whole numbers in hand-written files.
//! It must not let a floating-point number in, because 0.1 would already be a different amount.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserializer, Serializer, de};

pub(crate) fn serialize<S: Serializer>(value: &Decimal, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(value)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Decimal, D::Error> {
    input.deserialize_any(Exact)
}

struct Exact;

impl de::Visitor<'_> for Exact {
    type Value = Decimal;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a decimal in quotes such as \"8.1\", or a whole number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
        Decimal::from_str_exact(text)
            .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_i64<E: de::Error>(self, whole: i64) -> Result<Decimal, E> {
        Ok(Decimal::from(whole))
    }

    fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Decimal, E> {
        Ok(Decimal::from(whole))
    }
}
