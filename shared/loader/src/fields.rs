//! Reads the keys of one group: the known ones by name, every other one is refused with what was probably meant.
//! It must not know which rule a value has to keep beyond being there and being of its kind.

use std::cell::RefCell;
use std::str::FromStr;

use crate::problem::{At, Sink, suggest};
use crate::yaml::{Key, Node, NodeKind};

/// The keys of one group. Every key that is asked for is known; [`Fields::finish`] refuses the rest.
pub(crate) struct Fields<'n, 's> {
    entries: &'n [(Key, Node)],
    asked: RefCell<Vec<&'static str>>,
    /// Where a missing key is reported.
    pub at: At,
    pub sink: Sink<'s>,
}

/// A text and its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'n> {
    pub text: &'n str,
    pub at: At,
}

impl<'n, 's> Fields<'n, 's> {
    /// `None`, and told under `rule`, when `node` is not a group of keys.
    pub(crate) fn of(
        node: &'n Node,
        at: At,
        sink: Sink<'s>,
        rule: &str,
        what: &str,
    ) -> Option<Self> {
        match &node.kind {
            NodeKind::Map(entries) => Some(Self {
                entries,
                asked: RefCell::default(),
                at,
                sink,
            }),
            NodeKind::Broken => None,
            _ => {
                let message = format!("{what} is {}, not a group of keys", node.what());
                sink.error(
                    rule,
                    node.at,
                    message,
                    "write keys and values, such as `{ name: Ada }`",
                );
                None
            }
        }
    }

    fn raw(&self, key: &'static str) -> Option<&'n Node> {
        self.asked.borrow_mut().push(key);
        self.entries
            .iter()
            .find(|(name, _)| name.text == key)
            .map(|(_, node)| node)
    }

    /// The value of a key; `None` when it is missing or empty, and when it was refused already.
    pub(crate) fn get(&self, key: &'static str) -> Option<&'n Node> {
        self.raw(key)
            .filter(|node| !node.is_null() && !node.is_broken())
    }

    /// Like [`Fields::get`]; missing is told under `rule`.
    pub(crate) fn required(&self, key: &'static str, rule: &str, help: &str) -> Option<&'n Node> {
        match self.raw(key) {
            Some(node) if node.is_broken() => None,
            Some(node) if node.is_null() => {
                self.sink
                    .error(rule, self.key_at(key), format!("`{key}` is empty"), help);
                None
            }
            Some(node) => Some(node),
            None => {
                self.sink
                    .error(rule, self.at, format!("`{key}` is missing"), help);
                None
            }
        }
    }

    pub(crate) fn text(&self, key: &'static str, rule: &str) -> Option<Text<'n>> {
        self.get(key)
            .and_then(|node| text_of(node, key, rule, self.sink))
    }

    pub(crate) fn required_text(
        &self,
        key: &'static str,
        rule: &str,
        help: &str,
    ) -> Option<Text<'n>> {
        self.required(key, rule, help)
            .and_then(|node| text_of(node, key, rule, self.sink))
    }

    /// A value with a form of its own, such as a duration; its error is the message.
    pub(crate) fn parsed<T: FromStr<Err: std::fmt::Display>>(
        &self,
        key: &'static str,
        rule: &str,
    ) -> Option<(T, At)> {
        self.text(key, rule)
            .and_then(|text| parse_at(text, rule, self.sink))
    }

    pub(crate) fn flag(&self, key: &'static str) -> bool {
        let Some(text) = self.text(key, "V25") else {
            return false;
        };
        if !matches!(text.text, "true" | "false") {
            let message = format!(
                "`{key}` is `{}`, which is neither true nor false",
                text.text
            );
            self.sink
                .error("V25", text.at, message, "write `true` or `false`");
        }
        text.text == "true"
    }

    /// A whole number within `range`.
    pub(crate) fn number(
        &self,
        key: &'static str,
        range: std::ops::RangeInclusive<u32>,
        rule: &str,
    ) -> Option<u32> {
        let text = self.text(key, rule)?;
        let number = text
            .text
            .parse()
            .ok()
            .filter(|number| range.contains(number));
        if number.is_none() {
            let message = format!("`{key}` is `{}`", text.text);
            let help = format!(
                "write a whole number from {} to {}",
                range.start(),
                range.end()
            );
            self.sink.error(rule, text.at, message, help);
        }
        number
    }

    /// A share such as `70%`.
    pub(crate) fn percent(&self, key: &'static str, rule: &str) -> Option<u32> {
        let text = self.text(key, rule)?;
        let number = text
            .text
            .strip_suffix('%')
            .and_then(|number| number.trim().parse().ok());
        let percent = number.filter(|percent| (1..=100).contains(percent));
        if percent.is_none() {
            let message = format!("`{key}` is `{}`, which is no share", text.text);
            self.sink.error(
                rule,
                text.at,
                message,
                "write a whole share from 1% to 100%, such as `70%`",
            );
        }
        percent
    }

    /// A list of texts; a single text counts as a list of one.
    pub(crate) fn texts(&self, key: &'static str, rule: &str) -> Option<Vec<Text<'n>>> {
        self.get(key)
            .map(|node| texts_of(node, key, rule, self.sink))
    }

    /// The keys of a group whose names are free, such as people.
    pub(crate) fn entries(&self, key: &'static str, rule: &str) -> &'n [(Key, Node)] {
        self.get(key)
            .map_or(&[], |node| entries_of(node, key, rule, self.sink))
    }

    /// Where the name of a key stands, else where the group begins.
    pub(crate) fn key_at(&self, key: &str) -> At {
        self.entries
            .iter()
            .find(|(name, _)| name.text == key)
            .map_or(self.at, |(name, _)| name.at)
    }

    /// Refuses every key that was never asked for.
    pub(crate) fn finish(self, what: &str) {
        let asked = self.asked.into_inner();
        for (key, _) in self
            .entries
            .iter()
            .filter(|(key, node)| !node.is_broken() && !asked.contains(&key.text.as_str()))
        {
            let mut known = asked.clone();
            known.sort_unstable();
            known.dedup();
            let message = format!("{what} has no key `{}`", short(&key.text));
            self.sink.error(
                "V25",
                key.at,
                message,
                suggest(&key.text, known.iter().copied()),
            );
        }
    }
}

/// A list of texts; a single text counts as a list of one.
pub(crate) fn texts_of<'n>(node: &'n Node, key: &str, rule: &str, sink: Sink<'_>) -> Vec<Text<'n>> {
    match &node.kind {
        NodeKind::List(items) => items
            .iter()
            .filter(|item| !item.is_broken())
            .filter_map(|item| text_of(item, key, rule, sink))
            .collect(),
        _ => text_of(node, key, rule, sink).into_iter().collect(),
    }
}

pub(crate) fn entries_of<'n>(
    node: &'n Node,
    key: &str,
    rule: &str,
    sink: Sink<'_>,
) -> &'n [(Key, Node)] {
    match &node.kind {
        NodeKind::Map(entries) => entries,
        NodeKind::Broken => &[],
        _ => {
            let message = format!("`{key}` is {}, not a group of names", node.what());
            sink.error(rule, node.at, message, "write one line per name: `name: …`");
            &[]
        }
    }
}

pub(crate) fn text_of<'n>(
    node: &'n Node,
    key: &str,
    rule: &str,
    sink: Sink<'_>,
) -> Option<Text<'n>> {
    match node.text() {
        Some(text) => Some(Text { text, at: node.at }),
        None if node.is_broken() => None,
        None => {
            sink.error(
                rule,
                node.at,
                format!("`{key}` is {}, not a text", node.what()),
                "write a single word or line",
            );
            None
        }
    }
}

pub(crate) fn parse_at<T: FromStr<Err: std::fmt::Display>>(
    text: Text<'_>,
    rule: &str,
    sink: Sink<'_>,
) -> Option<(T, At)> {
    match text.text.parse() {
        Ok(value) => Some((value, text.at)),
        Err(error) => {
            let told = format!("{error}");
            let (message, help) = told
                .split_once("; ")
                .unwrap_or((&told, "write it like the other examples in the README"));
            sink.error(rule, text.at, message, help);
            None
        }
    }
}

/// A name for a message: the first 40 characters.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
