//! From one entry in a field's list to a condition: every operator, and what it refuses.
//! It decides what an operator takes and must not know of fields or `$or`.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::Invalid;
use crate::address::{Block, address};
use crate::matcher::{Bound, Matcher, Range};
use crate::number::comparable;
use crate::refuse::At;
use crate::wildcard::Wildcard;

/// What the list of a field says its value may be.
///
/// # Errors
/// The place in the list, what is wrong and how to mend it.
pub(crate) fn conditions(at: &At<'_>, items: &[Value]) -> Result<Arc<[Matcher]>, Invalid> {
    if items.is_empty() {
        return at.refuse("the list is empty", "give at least one value");
    }
    let numbered = items.iter().enumerate();
    numbered
        .map(|(index, item)| condition(&at.index(index), item))
        .collect()
}

fn condition(at: &At<'_>, item: &Value) -> Result<Matcher, Invalid> {
    Ok(match item {
        Value::String(text) => {
            address(text).map_or_else(|| Matcher::Text(text.clone()), Matcher::Address)
        }
        Value::Number(number) => Matcher::Number(number.clone()),
        Value::Bool(wanted) => Matcher::Bool(*wanted),
        Value::Null => Matcher::Null,
        Value::Array(_) => {
            return at.refuse("a list inside the list of values", "write one list");
        }
        Value::Object(operators) => {
            let (operator, operand) = only_operator(at, operators)?;
            let at = at.key(operator);
            match operator {
                "exactly" => Matcher::Text(text(&at, operand)?.to_owned()),
                "prefix" => match ignoring_case(&at, operand)? {
                    Some(prefix) => Matcher::PrefixIgnoreCase(prefix),
                    None => Matcher::Prefix(text(&at, operand)?.to_owned()),
                },
                "suffix" => match ignoring_case(&at, operand)? {
                    Some(suffix) => Matcher::SuffixIgnoreCase(suffix),
                    None => Matcher::Suffix(text(&at, operand)?.to_owned()),
                },
                "equals-ignore-case" => Matcher::EqualsIgnoreCase(text(&at, operand)?.to_owned()),
                "wildcard" => wildcard(&at, operand)?,
                "cidr" => match Block::parse(text(&at, operand)?) {
                    Ok(block) => Matcher::Cidr(block),
                    Err(problem) => {
                        return at.refuse(problem, "write such as 10.0.0.0/24 or 2001:db8::/32");
                    }
                },
                "exists" => match operand {
                    Value::Bool(true) => Matcher::Present,
                    Value::Bool(false) => Matcher::Absent,
                    other => {
                        return at.refuse(
                            format!("{} where `exists` takes true or false", kind(other)),
                            r#"write {"exists": true} or {"exists": false}"#,
                        );
                    }
                },
                "numeric" => Matcher::Range(numeric(&at, operand)?),
                "anything-but" => Matcher::AnythingBut(anything_but(&at, operand)?),
                unknown => {
                    return at.refuse(
                        format!("`{unknown}` is no operator"),
                        "use prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, \
                         exists or cidr",
                    );
                }
            }
        }
    })
}

fn only_operator<'v>(
    at: &At<'_>,
    operators: &'v Map<String, Value>,
) -> Result<(&'v str, &'v Value), Invalid> {
    let mut entries = operators.iter();
    match (entries.next(), entries.next()) {
        (Some((operator, operand)), None) => Ok((operator, operand)),
        (None, _) => at.refuse("the condition is empty", r#"name one: {"prefix": "a"}"#),
        (Some((one, _)), Some((other, _))) => at.refuse(
            format!("`{one}` and `{other}` in one condition"),
            "give each its own object in the list; they are then alternatives",
        ),
    }
}

fn text<'v>(at: &At<'_>, operand: &'v Value) -> Result<&'v str, Invalid> {
    match operand {
        Value::String(text) => Ok(text),
        other => at.refuse(
            format!("{} where a string belongs", kind(other)),
            "write one string in quotes",
        ),
    }
}

/// `{"equals-ignore-case": "…"}` under `prefix` or `suffix`; `None` if the operand is no object.
fn ignoring_case(at: &At<'_>, operand: &Value) -> Result<Option<String>, Invalid> {
    let Value::Object(operators) = operand else {
        return Ok(None);
    };
    let (operator, inner) = only_operator(at, operators)?;
    let at = at.key(operator);
    if operator == "equals-ignore-case" {
        return Ok(Some(text(&at, inner)?.to_owned()));
    }
    at.refuse(
        format!("`{operator}` cannot stand here"),
        "give a string, or equals-ignore-case with a string",
    )
}

fn wildcard(at: &At<'_>, operand: &Value) -> Result<Matcher, Invalid> {
    match Wildcard::parse(text(at, operand)?) {
        Ok(wildcard) => Ok(Matcher::Wildcard(wildcard)),
        Err(problem) => at.refuse(
            problem,
            r"write one `*` for any characters, `\*` for a star and `\\` for a backslash",
        ),
    }
}

fn numeric(at: &At<'_>, operand: &Value) -> Result<Range, Invalid> {
    let items = operand.as_array().map(Vec::as_slice).unwrap_or_default();
    let sign = |index: usize| items.get(index).and_then(Value::as_str);
    let (lower, upper, length) = match (sign(0), sign(2)) {
        (Some("="), _) => (Some((0, true)), Some((0, true)), 2),
        (Some(top @ ("<" | "<=")), _) => (None, Some((0, top == "<=")), 2),
        (Some(bottom @ (">" | ">=")), Some(top @ ("<" | "<="))) => {
            (Some((0, bottom == ">=")), Some((2, top == "<=")), 4)
        }
        (Some(bottom @ (">" | ">=")), _) => (Some((0, bottom == ">=")), None, 2),
        _ => {
            return at.refuse(
                "it does not begin with =, <, <=, > or >= in a list",
                MEND_RANGE,
            );
        }
    };
    let range = Range {
        bottom: bound(at, items, lower)?,
        top: bound(at, items, upper)?,
    };
    if items.len() != length {
        let extra = at.index(length);
        return extra.refuse("this does not belong to the range", MEND_RANGE);
    }
    if let (4, Some(bottom), Some(top)) = (length, range.bottom, range.top)
        && bottom.value >= top.value
    {
        return at.refuse("the lower bound is not below the upper", MEND_RANGE);
    }
    Ok(range)
}

const MEND_RANGE: &str = r#"write such as ["=", 5], [">", 0] or [">=", 0, "<", 10]"#;

/// The number after the operator at an index, as a bound that includes that number or not.
fn bound(
    at: &At<'_>,
    items: &[Value],
    operator: Option<(usize, bool)>,
) -> Result<Option<Bound>, Invalid> {
    let Some((index, included)) = operator else {
        return Ok(None);
    };
    let at = at.index(index + 1);
    match items.get(index + 1) {
        Some(Value::Number(number)) => match comparable(number) {
            Some(value) => Ok(Some(Bound { value, included })),
            None => at.refuse(TOO_MANY_DIGITS, MEND_DIGITS),
        },
        _ => at.refuse("a number is missing here", MEND_RANGE),
    }
}

const TOO_MANY_DIGITS: &str = "the number has more digits than EventBridge can compare";
const MEND_DIGITS: &str = "use a number below 2^53";

fn anything_but(at: &At<'_>, operand: &Value) -> Result<Vec<Matcher>, Invalid> {
    match operand {
        Value::Object(operators) => {
            let (operator, inner) = only_operator(at, operators)?;
            let at = at.key(operator);
            let one = |at: &At<'_>, value: &Value| nested_anything_but(at, operator, value);
            match inner {
                Value::Array(values) if values.is_empty() => {
                    at.refuse("the list is empty", "give at least one value")
                }
                Value::Array(values) => {
                    let numbered = values.iter().enumerate();
                    numbered.map(|(i, v)| one(&at.index(i), v)).collect()
                }
                single => Ok(vec![one(&at, single)?]),
            }
        }
        Value::Array(values) => {
            let strings = values.iter().filter(|value| value.is_string()).count();
            if values.is_empty() || (strings != 0 && strings != values.len()) {
                return at.refuse(
                    "the list holds neither strings alone nor numbers alone",
                    r#"write such as ["a", "b"] or [1, 2]"#,
                );
            }
            let numbered = values.iter().enumerate();
            numbered.map(|(i, v)| refused(&at.index(i), v)).collect()
        }
        single => Ok(vec![refused(at, single)?]),
    }
}

fn refused(at: &At<'_>, value: &Value) -> Result<Matcher, Invalid> {
    match value {
        Value::String(text) => Ok(Matcher::Text(text.clone())),
        Value::Number(number) if comparable(number).is_some() => {
            Ok(Matcher::Number(number.clone()))
        }
        Value::Number(_) => at.refuse(TOO_MANY_DIGITS, MEND_DIGITS),
        other => at.refuse(
            format!("{} under anything-but", kind(other)),
            "give strings, numbers, prefix, suffix, equals-ignore-case or wildcard",
        ),
    }
}

fn nested_anything_but(at: &At<'_>, operator: &str, value: &Value) -> Result<Matcher, Invalid> {
    let affix = || match text(at, value)? {
        "" => at.refuse("an empty prefix or suffix", "give at least one character"),
        affix => Ok(affix.to_owned()),
    };
    Ok(match operator {
        "prefix" => Matcher::Prefix(affix()?),
        "suffix" => Matcher::Suffix(affix()?),
        "equals-ignore-case" => Matcher::EqualsIgnoreCase(text(at, value)?.to_owned()),
        "wildcard" => wildcard(at, value)?,
        other => {
            return at.refuse(
                format!("anything-but cannot turn `{other}` round"),
                "use prefix, suffix, equals-ignore-case or wildcard under it",
            );
        }
    })
}

/// A value by its type, as a sentence names it.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
