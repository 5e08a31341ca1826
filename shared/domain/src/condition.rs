//! Conditions of branches: a checked tree over the case's values, in which nothing loops, calls out or grows.
//! It must not know how a condition is spelled; the loader reads a subset of CEL into this tree.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::value::{self, Values};

/// A condition as its file states it, and what it means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub text: String,
    pub rule: Expression,
}

/// Numbers are exact decimals: a tool's `5`, `5.0` and `5.00` are the same. Everything else is CEL's meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    List(Vec<Expression>),
    /// A value of the case, by its dotted path.
    Value(String),
    /// Inside a quantifier: the element, or a path into it.
    Element(String),
    /// Whether the case has a value at this path.
    Has(String),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    Calculate(Operation, Box<Expression>, Box<Expression>),
    In(Box<Expression>, Box<Expression>),
    /// What of the first text the second is.
    Part(Part, Box<Expression>, Box<Expression>),
    /// Characters of a text, elements of a list, keys of a group.
    Size(Box<Expression>),
    /// Whether `holds` is true for every element of the list at `over`, or for at least one.
    Quantified {
        every: bool,
        over: String,
        holds: Box<Expression>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Start,
    End,
    Anywhere,
}

impl Condition {
    /// Whether it holds for these values.
    ///
    /// # Errors
    /// In words: a value is missing, or is not of the kind that the condition compares it with.
    pub fn holds(&self, values: &Values) -> Result<bool, String> {
        let told = |reason| {
            format!(
                "the condition `{}` can not be answered: {reason}",
                self.text
            )
        };
        let known = Known {
            values,
            element: None,
        };
        truth(&self.rule, known).map_err(told)
    }
}

#[derive(Clone, Copy)]
struct Known<'a> {
    values: &'a Values,
    element: Option<&'a Value>,
}

/// What a part of a condition comes to.
#[derive(Debug, Clone, PartialEq)]
enum Found {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    List(Vec<Found>),
    Group(usize, Value),
}

impl Found {
    fn of(value: &Value) -> Result<Self, String> {
        Ok(match value {
            Value::Null => Found::Null,
            Value::Bool(truth) => Found::Bool(*truth),
            Value::Number(number) => Found::Number(decimal(&number.to_string())?),
            Value::String(text) => Found::Text(text.clone()),
            Value::Array(items) => {
                Found::List(items.iter().map(Found::of).collect::<Result<_, _>>()?)
            }
            Value::Object(map) => Found::Group(map.len(), value.clone()),
        })
    }

    fn what(&self) -> &'static str {
        match self {
            Found::Null => "nothing",
            Found::Bool(_) => "true or false",
            Found::Number(_) => "a number",
            Found::Text(_) => "a text",
            Found::List(_) => "a list",
            Found::Group(..) => "a group of values",
        }
    }
}

fn decimal(text: &str) -> Result<Decimal, String> {
    text.parse()
        .or_else(|_| Decimal::from_scientific(text))
        .map_err(|_| format!("{text} is too large or too fine a number"))
}

fn truth(expression: &Expression, known: Known<'_>) -> Result<bool, String> {
    match find(expression, known)? {
        Found::Bool(truth) => Ok(truth),
        other => Err(format!("{} is where true or false must be", other.what())),
    }
}

fn find(expression: &Expression, known: Known<'_>) -> Result<Found, String> {
    Ok(match expression {
        Expression::Null => Found::Null,
        Expression::Bool(truth) => Found::Bool(*truth),
        Expression::Number(number) => Found::Number(*number),
        Expression::Text(text) => Found::Text(text.clone()),
        Expression::List(items) => {
            let found = items.iter().map(|item| find(item, known));
            Found::List(found.collect::<Result<_, _>>()?)
        }
        Expression::Value(path) => Found::of(named(path, known)?)?,
        Expression::Element(path) => Found::of(element(path, known)?)?,
        Expression::Has(path) => Found::Bool(value::named(known.values, path).is_some()),
        Expression::Not(inner) => Found::Bool(!truth(inner, known)?),
        Expression::Negative(inner) => Found::Number(-number(inner, known)?),
        Expression::All(parts) => {
            Found::Bool(settled(parts.iter().map(|part| truth(part, known)), false)?)
        }
        Expression::Any(parts) => {
            Found::Bool(settled(parts.iter().map(|part| truth(part, known)), true)?)
        }
        Expression::Compare(how, left, right) => {
            Found::Bool(compare(*how, &find(left, known)?, &find(right, known)?)?)
        }
        Expression::Calculate(operation, left, right) => {
            let (left, right) = (number(left, known)?, number(right, known)?);
            let result = match operation {
                Operation::Add => left.checked_add(right),
                Operation::Subtract => left.checked_sub(right),
                Operation::Multiply => left.checked_mul(right),
            };
            Found::Number(result.ok_or("a number grows too large")?)
        }
        Expression::In(item, list) => {
            let item = find(item, known)?;
            match find(list, known)? {
                Found::List(items) => Found::Bool(items.contains(&item)),
                Found::Group(_, group) => match item {
                    Found::Text(key) => Found::Bool(group.get(&key).is_some()),
                    other => return Err(format!("{} can not be a key", other.what())),
                },
                other => return Err(format!("`in` looks into a list, not {}", other.what())),
            }
        }
        Expression::Part(part, whole, piece) => {
            let (whole, piece) = (text(whole, known)?, text(piece, known)?);
            Found::Bool(match part {
                Part::Start => whole.starts_with(&piece),
                Part::End => whole.ends_with(&piece),
                Part::Anywhere => whole.contains(&piece),
            })
        }
        Expression::Size(inner) => {
            let size = match find(inner, known)? {
                Found::Text(text) => text.chars().count(),
                Found::List(items) => items.len(),
                Found::Group(size, _) => size,
                other => return Err(format!("{} has no size", other.what())),
            };
            Found::Number(Decimal::from(size))
        }
        Expression::Quantified { every, over, holds } => {
            let Value::Array(items) = named(over, known)? else {
                return Err(format!("{over} is not a list"));
            };
            let each = items.iter().map(|item| {
                let known = Known {
                    element: Some(item),
                    ..known
                };
                truth(holds, known)
            });
            Found::Bool(settled(each, !every)?)
        }
    })
}

/// One answer that settles it outweighs what could not be answered, whatever the order: CEL's `&&` and `||`.
fn settled(
    answers: impl Iterator<Item = Result<bool, String>>,
    settles: bool,
) -> Result<bool, String> {
    let mut unknown = None;
    for answer in answers {
        match answer {
            Ok(answer) if answer == settles => return Ok(settles),
            Ok(_) => {}
            Err(reason) => unknown = unknown.or(Some(reason)),
        }
    }
    unknown.map_or(Ok(!settles), Err)
}

fn compare(how: Comparison, left: &Found, right: &Found) -> Result<bool, String> {
    let order = || match (left, right) {
        (Found::Number(left), Found::Number(right)) => Ok(left.cmp(right)),
        (Found::Text(left), Found::Text(right)) => Ok(left.cmp(right)),
        (Found::Bool(left), Found::Bool(right)) => Ok(left.cmp(right)),
        _ => Err(format!(
            "{} and {} have no order",
            left.what(),
            right.what()
        )),
    };
    Ok(match how {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => order()?.is_lt(),
        Comparison::AtMost => order()?.is_le(),
        Comparison::More => order()?.is_gt(),
        Comparison::AtLeast => order()?.is_ge(),
    })
}

fn named<'a>(path: &str, known: Known<'a>) -> Result<&'a Value, String> {
    value::named(known.values, path).ok_or_else(|| format!("this case has no value {path}"))
}

fn element<'a>(path: &str, known: Known<'a>) -> Result<&'a Value, String> {
    let element = known.element.ok_or("there is no element here")?;
    match path {
        "" => Ok(element),
        path => value::at(element, path).ok_or_else(|| format!("an element has no {path}")),
    }
}

fn number(expression: &Expression, known: Known<'_>) -> Result<Decimal, String> {
    match find(expression, known)? {
        Found::Number(number) => Ok(number),
        other => Err(format!("{} is where a number must be", other.what())),
    }
}

fn text(expression: &Expression, known: Known<'_>) -> Result<String, String> {
    match find(expression, known)? {
        Found::Text(text) => Ok(text),
        other => Err(format!("{} is where a text must be", other.what())),
    }
}
