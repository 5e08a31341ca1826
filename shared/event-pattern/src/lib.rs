//! EventBridge event patterns: parse one, refuse what AWS refuses, match events against it.
//! It knows the pattern language and must not know who sends events or what they mean.

mod address;
mod compile;
mod condition;
mod find;
mod ignore_case;
mod matcher;
mod number;
mod refuse;
mod wildcard;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use matcher::Matcher;

/// The longest pattern that EventBridge takes, in characters of compact JSON.
pub const MAX_CHARACTERS: usize = 4096;

/// A checked event pattern. Cheap to clone; safe to share between threads.
///
/// A field that is named both outside and inside a `$or`, or twice by a dotted name, keeps what was written last, as on AWS.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The pattern without `$or`: it matches when one of these does.
    alternatives: Arc<[Alternative]>,
}

/// Dotted field name → what its value may be. All fields must hold at once.
type Alternative = BTreeMap<String, Arc<[Matcher]>>;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}; {mend}")]
pub struct Invalid {
    /// Where in the pattern, such as `detail.amount[0].numeric`; `pattern` for the whole.
    pub path: String,
    /// What is wrong there.
    pub problem: String,
    /// What to write instead.
    pub mend: String,
}

impl Pattern {
    /// Checks a pattern as EventBridge's PutRule does.
    ///
    /// Stricter than AWS in three places, where AWS takes a pattern that cannot have been meant: a `$or` that is not a list of
    /// two or more objects (AWS then looks for a field named `$or`), an empty list under a nested `anything-but`,
    /// and more than 100 levels.
    ///
    /// # Errors
    /// [`Invalid`] names the place in the pattern, what is wrong and how to mend it.
    pub fn parse(pattern: &Value) -> Result<Self, Invalid> {
        let alternatives = compile::compile(pattern)?;
        wildcard::check_complexity(&alternatives)?;
        Ok(Self {
            alternatives: alternatives.into(),
        })
    }

    /// Whether the event matches. An event that is not an object matches nothing.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        event.is_object()
            && self
                .alternatives
                .iter()
                .any(|fields| find::all_hold(fields, event))
    }

    /// The strings to which a field is confined, for an index over many patterns: an event whose field has none of them cannot
    /// match. `None` when the field is free, or confined by anything but exact strings. `pattern.literal_values(&["source"])`.
    #[must_use]
    pub fn literal_values(&self, path: &[&str]) -> Option<Vec<String>> {
        let name = path.join(".");
        let mut values = BTreeSet::new();
        for fields in self.alternatives.iter() {
            for matcher in fields.get(&name)?.iter() {
                let Matcher::Text(text) = matcher else {
                    return None;
                };
                values.insert(text.clone());
            }
        }
        Some(values.into_iter().collect())
    }

    /// Whether the pattern asks for the field, or for anything below it: `pattern.looks_into(&["detail", "items"])`.
    /// An event without that field is told from others by nothing else then.
    #[must_use]
    pub fn looks_into(&self, path: &[&str]) -> bool {
        let name = path.join(".");
        let is_there = |field: &String| {
            field
                .strip_prefix(&name)
                .is_some_and(|below| below.is_empty() || below.starts_with('.'))
        };
        self.alternatives
            .iter()
            .any(|fields| fields.keys().any(is_there))
    }
}
