//! A YAML file as a small tree in which every value knows its line and column.
//! It must not know what the values mean.

mod parse;

pub(crate) use parse::parse;

use serde_json::{Number, Value};

use crate::problem::At;

/// Larger files are refused before they are read.
pub(crate) const MAX_FILE_BYTES: usize = 64 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub at: At,
    pub kind: NodeKind,
}

#[derive(Debug, Clone)]
pub(crate) enum NodeKind {
    /// `quoted` tells `"10115"`, which is a text, from `10115`, which may be a number.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
    /// Something that was refused and told already; nothing more is said about it.
    Broken,
}

#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub at: At,
    pub text: String,
}

impl Node {
    /// The value of a key, `None` as well when it is empty.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        let NodeKind::Map(entries) = &self.kind else {
            return None;
        };
        entries
            .iter()
            .find(|(name, _)| name.text == key)
            .map(|(_, node)| node)
            .filter(|node| !node.is_null())
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, quoted: false } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.kind, NodeKind::Broken)
    }

    /// Whether anything in it was refused.
    pub(crate) fn has_broken(&self) -> bool {
        match &self.kind {
            NodeKind::Broken => true,
            NodeKind::Scalar { .. } => false,
            NodeKind::List(items) => items.iter().any(Node::has_broken),
            NodeKind::Map(entries) => entries.iter().any(|(_, node)| node.has_broken()),
        }
    }

    /// What kind of value this is, in a few words.
    pub(crate) fn what(&self) -> &'static str {
        match self.kind {
            NodeKind::Scalar { .. } if self.is_null() => "empty",
            NodeKind::Scalar { .. } => "a single value",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a group of keys",
            NodeKind::Broken => "unreadable",
        }
    }

    /// The same as JSON, with numbers, true, false and null as YAML 1.2 reads them.
    pub(crate) fn to_json(&self) -> Value {
        match &self.kind {
            NodeKind::Scalar { text, quoted: true } => Value::String(text.clone()),
            NodeKind::Scalar {
                text,
                quoted: false,
            } => plain(text),
            NodeKind::List(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            NodeKind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.text.clone(), node.to_json()))
                    .collect(),
            ),
            NodeKind::Broken => Value::Null,
        }
    }

    /// The node at a path such as `detail.value_cents[0].numeric`, or the nearest one above it.
    pub(crate) fn nearest(&self, path: &str) -> &Node {
        let mut node = self;
        for part in path.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
            let next = match &node.kind {
                NodeKind::List(items) => part
                    .parse::<usize>()
                    .ok()
                    .and_then(|place| items.get(place)),
                _ => node.get(part),
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || digits.contains('_') {
        return None;
    }
    // `01067` is a post code, not the number 1067.
    if digits.len() > 1
        && digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
        .then_some(())?;
    Number::from_f64(text.parse().ok()?)
}
