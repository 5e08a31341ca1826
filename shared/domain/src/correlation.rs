//! Which events concern which running case: what a step listens for, and the value that both must share.
//! It must not know who waits; that is the case's state.

use std::collections::{BTreeMap, BTreeSet};

use event_pattern::Pattern;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::Workflow;
use crate::event::Envelope;
use crate::id::digest;
use crate::value::{self, Values};

/// An event that a running case listens for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// EventBridge detail-type.
    pub event: String,
    /// EventBridge source.
    pub from: String,
    /// EventBridge pattern over the whole envelope, beyond `event` and `from`.
    #[serde(default)]
    pub pattern: Value,
    /// Each path into the event with the case's value that it must equal.
    pub same: Vec<(String, String)>,
}

impl Heard {
    /// What an event must carry to concern a case with these values: a hash, because values enter no key.
    ///
    /// # Errors
    /// The name of the value that the case lacks.
    pub fn expected(&self, values: &Values) -> Result<String, String> {
        let stated = self.same.iter().map(|(path, name)| {
            let value = value::named(values, name).filter(|value| !value.is_null());
            Ok((path.as_str(), value.ok_or_else(|| name.clone())?))
        });
        let stated = stated.collect::<Result<Vec<_>, String>>()?;
        Ok(hash(&self.from, &self.event, &stated))
    }

    /// Whether `envelope` is the event that a case waits for under `expected`.
    pub fn is(&self, envelope: &Envelope, expected: &str) -> bool {
        let paths: Vec<_> = self.same.iter().map(|(path, _)| path.clone()).collect();
        self.event == envelope.detail_type
            && self.from == envelope.source
            && carried(envelope, &paths).as_deref() == Some(expected)
            && self.fits(envelope)
    }

    fn fits(&self, envelope: &Envelope) -> bool {
        match &self.pattern {
            Value::Null => true,
            // A pattern that does not parse was refused when the file was loaded; it fits nothing.
            stated => {
                Pattern::parse(stated).is_ok_and(|pattern| pattern.matches(&envelope.to_value()))
            }
        }
    }
}

/// What `envelope` carries under `paths`; `None` when one of them is missing or empty.
fn carried(envelope: &Envelope, paths: &[String]) -> Option<String> {
    let stated = paths
        .iter()
        .map(|path| Some((path.as_str(), envelope.at(path).filter(|v| !v.is_null())?)))
        .collect::<Option<Vec<_>>>()?;
    Some(hash(&envelope.source, &envelope.detail_type, &stated))
}

/// A number and the text of the same digits are the same value: tools disagree on how an id is written.
fn hash(source: &str, event: &str, stated: &[(&str, &Value)]) -> String {
    let texts: Vec<_> = stated
        .iter()
        .flat_map(|(path, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            [(*path).to_owned(), text]
        })
        .collect();
    let parts = [source, event]
        .into_iter()
        .chain(texts.iter().map(String::as_str));
    digest(&parts.collect::<Vec<_>>())
}

/// Which paths of which events any definition correlates by, so that an event nobody waits for costs no read. It only
/// grows: a case started by an older version still waits for what the newer one no longer names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Listening(BTreeMap<String, BTreeMap<String, BTreeSet<Vec<String>>>>);

impl Listening {
    pub fn of<'a>(workflows: impl IntoIterator<Item = &'a Workflow>) -> Self {
        let mut listening = Self::default();
        for heard in workflows.into_iter().flat_map(Workflow::hears) {
            let paths = heard.same.iter().map(|(path, _)| path.clone()).collect();
            listening.add(&heard.from, &heard.event, paths);
        }
        listening
    }

    fn add(&mut self, source: &str, event: &str, paths: Vec<String>) {
        let by_event = self.0.entry(source.to_owned()).or_default();
        by_event.entry(event.to_owned()).or_default().insert(paths);
    }

    pub fn merge(&mut self, other: &Self) {
        for (source, events) in &other.0 {
            for (event, ways) in events {
                for paths in ways {
                    self.add(source, event, paths.clone());
                }
            }
        }
    }

    /// Whether any case may wait for this kind of event.
    pub fn hears(&self, source: &str, detail_type: &str) -> bool {
        self.0
            .get(source)
            .is_some_and(|events| events.contains_key(detail_type))
    }

    /// The correlations under which cases may wait for `envelope`.
    pub fn correlations(&self, envelope: &Envelope) -> BTreeSet<String> {
        self.0
            .get(&envelope.source)
            .and_then(|events| events.get(&envelope.detail_type))
            .into_iter()
            .flatten()
            .filter_map(|paths| carried(envelope, paths))
            .collect()
    }
}
