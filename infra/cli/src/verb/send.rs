//! `baton send`: one event envelope, checked and put on the bus.
//! It must not know which workflow listens; an event that nobody hears is an event.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use store::{Entry, EntryOutcome};

use crate::failure::Failure;
use crate::show::{BOLD, GOOD, Out, paint};
use crate::target::Where;

/// What the bus takes for one entry; nothing much larger is even read.
const MOST_BYTES: usize = 1024 * 1024;
/// Room for an envelope's spaces and fields that are not sent on.
const MOST_READ: u64 = 4 * 1024 * 1024;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A file with one event envelope, as in events/; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let text = read(&arguments.file)?;
    let name = name(&arguments.file);
    // Refused before a target is looked for: a broken file is broken wherever it would go.
    let event = Event::read(&text).map_err(|failure| Failure {
        message: format!("{name}: {}", failure.message),
        ..failure
    })?;
    let target = arguments.place.find().await?;
    let now = target
        .config
        .clock()
        .map_err(store::StartError::from)?
        .now();
    let entry = event.entry(now);
    let bus = target.clients.bus()?;
    let event_id = match bus.publish_one(&entry).await {
        EntryOutcome::Published { event_id } => event_id,
        EntryOutcome::Refused { code, reason } => {
            return Err(Failure::refused(format!(
                "{} refuses this event: {code}: {reason}",
                target.name
            )));
        }
        EntryOutcome::TryAgain { code, reason } => {
            return Err(Failure::outside(format!(
                "{} did not take the event: {code}: {reason}",
                target.name
            ))
            .help("send it again: an event that arrives twice changes nothing more"));
        }
    };
    out.json(&json!({
        "event_id": event_id,
        "source": entry.source,
        "detail_type": entry.detail_type,
        "time": entry.time,
        "target": target.name,
    }));
    out.say(&format!(
        "{} {} from {} to {}\nevent id {event_id}",
        paint(GOOD, "sent"),
        paint(BOLD, &entry.detail_type),
        entry.source,
        target.name
    ));
    Ok(())
}

fn name(file: &Path) -> String {
    if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        Failure::refused(format!("{}: {error}", name(file)))
            .help("the folder events/ holds one example per event type")
    };
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MOST_READ + 1)
            .read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(MOST_READ + 1).read_to_end(&mut bytes))
    };
    read.map_err(failed)?;
    if bytes.len() as u64 > MOST_READ {
        return Err(Failure::refused(format!(
            "{}: over 4 MB, and the bus takes 1 MB for an event",
            name(file)
        ))
        .help(LINK_INSTEAD));
    }
    String::from_utf8(bytes).map_err(|error| {
        Failure::refused(format!(
            "{}: not UTF-8 from byte {}",
            name(file),
            error.utf8_error().valid_up_to()
        ))
    })
}

const LINK_INSTEAD: &str = "put the large part where it can be fetched, and send a link to it";

/// The parts of an envelope that are sent; the bus adds the rest.
#[derive(Debug, PartialEq)]
pub struct Event {
    source: String,
    detail_type: String,
    detail: Value,
    time: Option<Timestamp>,
}

impl Event {
    /// # Errors
    /// When this is not an envelope, with the place or the field and what to write there.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let value: Value = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
        let Value::Object(fields) = value else {
            return Err(Failure::refused("an event is one JSON object").help(SHAPE));
        };
        let source = required(&fields, "source", &["Source"])?;
        let detail_type = required(
            &fields,
            "detail-type",
            &["DetailType", "detailType", "detail_type"],
        )?;
        let detail = match fields.get("detail") {
            Some(detail @ Value::Object(_)) => detail.clone(),
            Some(Value::String(_)) => {
                return Err(Failure::refused("`detail` is a text")
                    .help("write the object itself, without quotes around it"));
            }
            Some(other) => {
                return Err(Failure::refused(format!("`detail` is {}", kind(other)))
                    .help("it has to be an object: \"detail\": { … }"));
            }
            None => return Err(Failure::refused("`detail` is missing").help(SHAPE)),
        };
        let time = match fields.get("time") {
            None | Some(Value::Null) => None,
            Some(stated) => {
                let parsed = stated.as_str().and_then(|text| text.parse().ok());
                Some(parsed.ok_or_else(|| {
                    Failure::refused(format!("`time` is {stated}"))
                        .help("write it as 2026-11-23T08:00:00Z, or leave it out")
                })?)
            }
        };
        let bytes = detail.to_string().len() + source.len() + detail_type.len();
        if bytes >= MOST_BYTES {
            return Err(Failure::refused(format!(
                "the event has {bytes} bytes, and the bus takes less than {MOST_BYTES}"
            ))
            .help(LINK_INSTEAD));
        }
        Ok(Self {
            source,
            detail_type,
            detail,
            time,
        })
    }

    /// As the bus takes it; an event that does not say when it happened happens now.
    pub fn entry(&self, now: Timestamp) -> Entry {
        Entry {
            source: self.source.clone(),
            detail_type: self.detail_type.clone(),
            detail: self.detail.clone(),
            time: self.time.unwrap_or(now),
        }
    }

    pub fn time(&self) -> Option<Timestamp> {
        self.time
    }
}

const SHAPE: &str = r#"an event looks like this; the folder events/ holds one example per type:
{ "source": "esign", "detail-type": "contract.signed", "detail": { "contract_id": "C-2026-014", … } }"#;

fn required(fields: &Map<String, Value>, name: &str, misspelt: &[&str]) -> Result<String, Failure> {
    match fields.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
        Some(Value::String(_)) => Err(Failure::refused(format!("`{name}` is empty")).help(SHAPE)),
        Some(other) => Err(Failure::refused(format!("`{name}` is {}", kind(other))).help(SHAPE)),
        None => {
            let written = misspelt
                .iter()
                .find(|misspelt| fields.contains_key(**misspelt));
            let help = written.map_or_else(
                || SHAPE.to_owned(),
                |written| format!("`{written}` is spelt `{name}` in an envelope"),
            );
            Err(Failure::refused(format!("`{name}` is missing")).help(help))
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn not_json(text: &str, error: &serde_json::Error) -> Failure {
    if text.trim().is_empty() {
        return Failure::refused("it is empty").help(SHAPE);
    }
    if error.is_eof() {
        let message = format!("not JSON: it ends too early, on line {}", error.line());
        return Failure::refused(message).help("a bracket or a quote is still open");
    }
    let line: String = text
        .lines()
        .nth(error.line().saturating_sub(1))
        .unwrap_or_default()
        .chars()
        .take(120)
        .collect();
    Failure::refused(format!("not JSON: {error}")).help(format!(
        "line {} is: {}",
        error.line(),
        line.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_is_refused_with_the_field_and_the_way_to_mend_it() {
        let told: Vec<String> = [
            "",
            "contract.signed",
            "{ \"source\": \"esign\",\n",
            "{\n  \"source\": \"esign\",\n  \"detail-type\" \"contract.signed\"\n}",
            "[]",
            r#"{ "detail-type": "contract.signed", "detail": {} }"#,
            r#"{ "source": " ", "detail-type": "contract.signed", "detail": {} }"#,
            r#"{ "source": 7, "detail-type": "contract.signed", "detail": {} }"#,
            r#"{ "source": "esign", "detail": {} }"#,
            r#"{ "source": "esign", "DetailType": "contract.signed", "detail": {} }"#,
            r#"{ "source": "esign", "detail-type": "contract.signed" }"#,
            r#"{ "source": "esign", "detail-type": "contract.signed", "detail": "{}" }"#,
            r#"{ "source": "esign", "detail-type": "contract.signed", "detail": [1] }"#,
            r#"{ "source": "esign", "detail-type": "contract.signed", "detail": {}, "time": "yesterday" }"#,
        ]
        .into_iter()
        .map(|text| match Event::read(text) {
            Ok(event) => panic!("{text}: {event:?}"),
            Err(Failure { message, help, .. }) => format!("{text}\n  error: {message}\n  help:  {}", help.unwrap_or_default()),
        })
        .collect();
        insta::assert_snapshot!(told.join("\n\n"));
    }

    #[test]
    fn a_megabyte_is_too_much_and_a_little_less_is_not() {
        let event = |bytes: usize| {
            json!({ "source": "s", "detail-type": "t", "detail": { "a": "x".repeat(bytes) } })
                .to_string()
        };
        assert!(Event::read(&event(MOST_BYTES - 100)).is_ok());
        let failure = Event::read(&event(MOST_BYTES)).unwrap_err();
        assert!(
            failure.message.starts_with("the event has 1048"),
            "{failure:?}"
        );
    }

    #[test]
    fn every_event_that_the_demo_plays_is_one_that_can_be_sent() {
        for (path, text) in crate::carried::DEMO_EVENTS {
            let event = Event::read(text).unwrap_or_else(|failure| panic!("{path}: {failure:?}"));
            assert!(event.time().is_some(), "{path}");
        }
    }

    #[test]
    fn an_event_without_a_time_happens_now() {
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let event =
            Event::read(r#"{ "source": "esign", "detail-type": "contract.signed", "detail": {} }"#)
                .unwrap();
        assert_eq!(event.entry(now).time, now);
    }
}
