//! One condition on one value, and whether a value meets it.
//! It knows nothing of field names, of `$or` or of arrays.

use std::net::IpAddr;

use serde_json::{Number, Value};

use crate::address::{Block, address};
use crate::ignore_case;
use crate::number::{comparable, same};
use crate::wildcard::Wildcard;

/// What a field may be. `Absent` alone is no condition on a value: it asks that there be none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Matcher {
    Text(String),
    Number(Number),
    Bool(bool),
    Null,
    /// An exact string that is an IP address, which EventBridge compares as an address.
    Address(IpAddr),
    Prefix(String),
    PrefixIgnoreCase(String),
    Suffix(String),
    SuffixIgnoreCase(String),
    EqualsIgnoreCase(String),
    Wildcard(Wildcard),
    Range(Range),
    Cidr(Block),
    /// None of these, whatever the type of the value.
    AnythingBut(Vec<Matcher>),
    Present,
    Absent,
}

/// `numeric`: at most one bound on each side; equality is both bounds at once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    pub(crate) bottom: Option<Bound>,
    pub(crate) top: Option<Bound>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bound {
    pub(crate) value: f64,
    pub(crate) included: bool,
}

impl Range {
    fn contains(&self, number: f64) -> bool {
        let above = |b: &Bound| number > b.value || (b.included && number == b.value);
        let below = |b: &Bound| number < b.value || (b.included && number == b.value);
        self.bottom.as_ref().is_none_or(above) && self.top.as_ref().is_none_or(below)
    }
}

impl Matcher {
    /// Whether a value, neither array nor object, meets the condition.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Present, _) => true,
            (Self::Absent, _) => false,
            (Self::AnythingBut(refused), _) => !refused.iter().any(|one| one.accepts(value)),
            (Self::Null, Value::Null) => true,
            (Self::Bool(wanted), Value::Bool(found)) => wanted == found,
            (Self::Number(wanted), Value::Number(found)) => same(wanted, found),
            (Self::Range(range), Value::Number(found)) => {
                comparable(found).is_some_and(|number| range.contains(number))
            }
            (_, Value::String(found)) => self.accepts_text(found),
            _ => false,
        }
    }

    fn accepts_text(&self, found: &str) -> bool {
        match self {
            Self::Text(wanted) => wanted == found,
            Self::Prefix(wanted) => found.starts_with(wanted),
            Self::PrefixIgnoreCase(wanted) => ignore_case::starts_with(found, wanted),
            Self::Suffix(wanted) => found.ends_with(wanted),
            Self::SuffixIgnoreCase(wanted) => ignore_case::ends_with(found, wanted),
            Self::EqualsIgnoreCase(wanted) => ignore_case::equals(found, wanted),
            Self::Wildcard(wildcard) => wildcard.matches(found),
            Self::Address(wanted) => address(found) == Some(*wanted),
            Self::Cidr(block) => address(found).is_some_and(|address| block.contains(address)),
            _ => false,
        }
    }
}
