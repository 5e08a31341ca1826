//! Parameters: given values, defaults, and what a value must be.
//! It must not know where a parameter is used.

use std::collections::BTreeMap;

use super::TemplateError;
use super::error::Place;
use super::node::{Kind, Node};

/// The value of every parameter.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    values: BTreeMap<String, Value>,
}

#[derive(Debug)]
enum Value {
    Text(String),
    List(Vec<String>),
}

impl Parameters {
    /// # Errors
    /// A parameter has no value, or one that its declaration refuses; or a value is given for none.
    pub(super) fn read(
        section: Option<&Node>,
        given: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let declared = section.and_then(Node::as_map).unwrap_or_default();
        let mut values = BTreeMap::new();
        for entry in declared {
            let place = Place::new(entry.line, "Parameters").below(&entry.key, entry.line);
            let default = entry.value.get("Default").and_then(Node::as_text);
            let Some(text) = given.get(&entry.key).map(String::as_str).or(default) else {
                return place.refuse(
                    "it has neither a value nor a default",
                    format!("give a value for {}", entry.key),
                );
            };
            check(text, &entry.value, &place)?;
            let kind = entry
                .value
                .get("Type")
                .and_then(Node::as_text)
                .unwrap_or_default();
            let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
            let value = if is_list {
                Value::List(text.split(',').map(|item| item.trim().to_owned()).collect())
            } else {
                Value::Text(text.to_owned())
            };
            values.insert(entry.key.clone(), value);
        }
        if let Some(unknown) = given.keys().find(|name| !values.contains_key(*name)) {
            let names: Vec<&str> = values.keys().map(String::as_str).collect();
            return Place::new(section.map_or(1, |section| section.line), "Parameters").refuse(
                format!("a value is given for `{unknown}`, which is no parameter"),
                format!("the parameters are {}", names.join(", ")),
            );
        }
        Ok(Self { values })
    }

    pub(super) fn value(&self, name: &str, line: usize) -> Option<Node> {
        Some(match self.values.get(name)? {
            Value::Text(text) => Node::text(line, text),
            Value::List(items) => {
                let items = items.iter().map(|item| Node::text(line, item));
                Node {
                    line,
                    kind: Kind::List(items.collect()),
                }
            }
        })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.values.keys()
    }
}

fn check(text: &str, declaration: &Node, place: &Place) -> Result<(), TemplateError> {
    let stated = |key: &str| declaration.get(key).and_then(Node::as_text);
    let bound = |key: &str| stated(key).and_then(|bound| bound.parse::<f64>().ok());
    let Some(kind) = stated("Type") else {
        return place.refuse("it has no Type", "write Type: String");
    };
    if let Some(allowed) = declaration.get("AllowedValues").and_then(Node::as_list) {
        let allowed: Vec<&str> = allowed.iter().filter_map(Node::as_text).collect();
        if !allowed.contains(&text) {
            return place.refuse(
                format!("`{text}` is not among its AllowedValues"),
                format!("use one of {}", allowed.join(", ")),
            );
        }
    }
    let measure = match kind {
        "Number" => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                (number, bound("MinValue"), bound("MaxValue"), "its value")
            }
            _ => return place.refuse(format!("`{text}` is no number"), "give a number"),
        },
        _ => (
            text.chars().count() as f64,
            bound("MinLength"),
            bound("MaxLength"),
            "its length",
        ),
    };
    let (found, least, most, what) = measure;
    if least.is_some_and(|least| found < least) || most.is_some_and(|most| found > most) {
        let range = match (least, most) {
            (Some(least), Some(most)) => format!("from {least} to {most}"),
            (Some(least), None) => format!("{least} or more"),
            (None, most) => format!("{} or less", most.unwrap_or_default()),
        };
        return place.refuse(format!("{what} is {found}"), format!("it must be {range}"));
    }
    Ok(())
}
