//! From the JSON of a pattern to conditions by field, `$or` multiplied out, and every refusal on the way.
//! It decides what is a pattern and must not know how one is matched.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::condition::{conditions, kind};
use crate::refuse::At;
use crate::{Alternative, Invalid, MAX_CHARACTERS};

const MAX_LEVELS: usize = 100;

/// How many patterns without `$or` one pattern may stand for.
const MAX_COMBINATIONS: usize = 1000;

const OR: &str = "$or";

/// Names that may not be fields inside `$or`; the last ones are kept free by EventBridge for later.
const RESERVED_INSIDE_OR: [&str; 23] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
];

pub(crate) fn compile(pattern: &Value) -> Result<Vec<Alternative>, Invalid> {
    let at = At::Whole;
    if too_long(pattern) {
        return at.refuse(
            format!("it is longer than {MAX_CHARACTERS} characters of JSON"),
            "shorten it, or use two rules",
        );
    }
    let Value::Object(fields) = pattern else {
        return at.refuse(
            format!("it is {}, not an object", kind(pattern)),
            r#"write it as {"field": ["value"]}"#,
        );
    };
    let mut alternatives = vec![Alternative::new()];
    Compiler { inside_or: false }.object(&mut alternatives, &at, "", fields, 0)?;
    Ok(alternatives)
}

#[derive(Clone, Copy)]
struct Compiler {
    inside_or: bool,
}

impl Compiler {
    fn object(
        self,
        alternatives: &mut Vec<Alternative>,
        at: &At<'_>,
        name: &str,
        fields: &Map<String, Value>,
        level: usize,
    ) -> Result<(), Invalid> {
        if fields.is_empty() {
            return at.refuse(
                "the object is empty",
                "name a field, or leave the object out",
            );
        }
        if level > MAX_LEVELS {
            return at.refuse(
                format!("it is nested deeper than {MAX_LEVELS} levels"),
                "match a field further out",
            );
        }
        for (key, value) in fields {
            let here = at.key(key);
            if key == OR {
                self.or(alternatives, &here, name, value, level + 1)?;
                continue;
            }
            if self.inside_or && RESERVED_INSIDE_OR.contains(&key.as_str()) {
                return here.refuse(
                    format!("`{key}` is an operator, and `{OR}` takes whole fields"),
                    format!(r#"write {{"field": [{{"{key}": …}}]}}"#),
                );
            }
            let dotted = match name {
                "" => key.clone(),
                _ => format!("{name}.{key}"),
            };
            match value {
                Value::Object(inner) => {
                    self.object(alternatives, &here, &dotted, inner, level + 1)?;
                }
                Value::Array(items) => {
                    let matchers = conditions(&here, items)?;
                    for alternative in alternatives.iter_mut() {
                        alternative.insert(dotted.clone(), Arc::clone(&matchers));
                    }
                }
                bare => {
                    return here.refuse(
                        format!("{} where a list belongs", kind(bare)),
                        format!("write [{bare}]"),
                    );
                }
            }
        }
        Ok(())
    }

    fn or(
        self,
        alternatives: &mut Vec<Alternative>,
        at: &At<'_>,
        name: &str,
        value: &Value,
        level: usize,
    ) -> Result<(), Invalid> {
        let branches = value.as_array().map(Vec::as_slice).unwrap_or_default();
        if branches.len() < 2 {
            return at.refuse(
                format!("`{OR}` is not a list of two or more objects"),
                format!(r#"write "{OR}": [{{"a": ["x"]}}, {{"b": ["y"]}}]"#),
            );
        }
        let before = std::mem::take(alternatives);
        for (index, branch) in branches.iter().enumerate() {
            let here = at.index(index);
            let Value::Object(fields) = branch else {
                return here.refuse(
                    format!("{} where `{OR}` takes an object", kind(branch)),
                    r#"write {"field": ["value"]}"#,
                );
            };
            let mut forked = before.clone();
            Self { inside_or: true }.object(&mut forked, &here, name, fields, level)?;
            alternatives.append(&mut forked);
            if alternatives.len() > MAX_COMBINATIONS {
                return at.refuse(
                    format!("the pattern stands for more than {MAX_COMBINATIONS} combinations"),
                    format!("use fewer `{OR}` branches, or two rules"),
                );
            }
        }
        Ok(())
    }
}

/// Counts the characters of the compact JSON without recursion and stops at the limit.
fn too_long(pattern: &Value) -> bool {
    let mut characters = 0;
    let mut waiting = vec![pattern];
    while let Some(value) = waiting.pop() {
        // Brackets, and one comma or colon less than there are children: together never less than what is written.
        characters += match value {
            Value::Array(items) => {
                waiting.extend(items);
                2 + items.len().saturating_sub(1)
            }
            Value::Object(fields) => {
                waiting.extend(fields.values());
                let keys = fields
                    .keys()
                    .map(|key| Value::from(key.as_str()).to_string());
                let keys: usize = keys.map(|key| key.chars().count() + 1).sum();
                2 + keys + fields.len().saturating_sub(1)
            }
            scalar => scalar.to_string().chars().count(),
        };
        if characters > MAX_CHARACTERS {
            return true;
        }
    }
    false
}
