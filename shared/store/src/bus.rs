//! Puts entries on the event bus and tells of each one what became of it: an answer of 200 may hold failures.
//! The only caller of PutEvents; must not know what an entry means.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use jiff::Timestamp;

use crate::backoff;
use crate::error::explain;

const MOST_ENTRIES: usize = 10;
/// One request stays below 1 MB.
const LIMIT_BYTES: usize = 1024 * 1024;
/// What AWS counts for an entry's time.
const TIME_BYTES: usize = 14;
const TOO_LARGE: &str = "EntryTooLarge";
const NO_ANSWER: &str = "NoAnswer";

/// Codes that say that the entry itself will never be taken. Any other code is worth another try.
const REFUSALS: &[&str] = &[
    "MalformedDetail",
    "InvalidArgument",
    "InvalidArgumentException",
    "ValidationException",
    "NotAuthorizedForSourceException",
    "NotAuthorizedForDetailTypeException",
    TOO_LARGE,
];

/// One event to be put on the bus.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub source: String,
    pub detail_type: String,
    /// A JSON object.
    pub detail: serde_json::Value,
    /// When it happened; the bus keeps whole seconds.
    pub time: Timestamp,
}

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryOutcome {
    /// On the bus, under the id that the bus gave it.
    Published { event_id: String },
    /// Not taken in several attempts, or nobody knows: put it again later. It may arrive twice.
    TryAgain { code: String, reason: String },
    /// The entry itself is at fault and will never be taken.
    Refused { code: String, reason: String },
}

/// The event bus.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Client,
    name: String,
    sleep: SharedAsyncSleep,
}

impl Bus {
    pub fn new(client: Client, name: &str, sleep: SharedAsyncSleep) -> Self {
        Self {
            client,
            name: name.to_owned(),
            sleep,
        }
    }

    /// Puts all entries on the bus in as few requests as fit (10 entries, 1 MB), repeats those that failed a bounded
    /// number of times, and answers for each entry, in the order given. A request that failed as a whole is the
    /// outcome of its entries, so nothing already published is forgotten.
    pub async fn publish(&self, entries: &[Entry]) -> Vec<EntryOutcome> {
        let mut outcomes: Vec<EntryOutcome> = vec![EntryOutcome::nobody_answered(); entries.len()];
        let details: Vec<String> = entries
            .iter()
            .map(|entry| entry.detail.to_string())
            .collect();
        let sizes: Vec<usize> = entries
            .iter()
            .zip(&details)
            .map(|(entry, detail)| size_bytes(entry, detail))
            .collect();
        let mut waiting: Vec<usize> = Vec::with_capacity(entries.len());
        for (position, &size) in sizes.iter().enumerate() {
            if size < LIMIT_BYTES {
                waiting.push(position);
            } else {
                outcomes[position] = EntryOutcome::of_error(
                    TOO_LARGE,
                    &format!("the entry has {size} bytes, the limit is {LIMIT_BYTES}"),
                );
            }
        }
        for attempt in 0..backoff::ATTEMPTS {
            if attempt > 0 {
                backoff::pause(&self.sleep, attempt).await;
            }
            for chunk in chunks(&waiting, &sizes) {
                let requests = chunk
                    .iter()
                    .map(|&position| self.request(&entries[position], &details[position]));
                let answers = self.put(requests.collect()).await;
                for (&position, answer) in chunk.iter().zip(answers) {
                    outcomes[position] = answer;
                }
            }
            waiting.retain(|&position| matches!(outcomes[position], EntryOutcome::TryAgain { .. }));
            if waiting.is_empty() {
                break;
            }
        }
        outcomes
    }

    fn request(&self, entry: &Entry, detail: &str) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(&entry.source)
            .detail_type(&entry.detail_type)
            .detail(detail)
            .time(DateTime::from_millis(entry.time.as_millisecond()))
            .build()
    }

    /// One request; as many outcomes as entries, in their order.
    async fn put(&self, requests: Vec<PutEventsRequestEntry>) -> Vec<EntryOutcome> {
        let asked = requests.len();
        let sent = self
            .client
            .put_events()
            .set_entries(Some(requests))
            .send()
            .await;
        let mut outcomes: Vec<EntryOutcome> = match sent {
            Ok(answer) => answer
                .entries()
                .iter()
                .map(EntryOutcome::of_answer)
                .collect(),
            Err(error) => {
                let code = match &error {
                    SdkError::ServiceError(answer) => {
                        answer.err().code().unwrap_or(NO_ANSWER).to_owned()
                    }
                    _ => NO_ANSWER.to_owned(),
                };
                vec![EntryOutcome::of_error(&code, &explain(&error)); asked]
            }
        };
        outcomes.resize(asked, EntryOutcome::nobody_answered());
        outcomes
    }
}

impl EntryOutcome {
    fn nobody_answered() -> Self {
        Self::of_error(NO_ANSWER, "the bus said nothing of this entry")
    }

    fn of_answer(answer: &PutEventsResultEntry) -> Self {
        match (answer.event_id(), answer.error_code()) {
            (_, Some(code)) => Self::of_error(code, answer.error_message().unwrap_or_default()),
            (Some(event_id), None) => Self::Published {
                event_id: event_id.to_owned(),
            },
            (None, None) => Self::nobody_answered(),
        }
    }

    fn of_error(code: &str, reason: &str) -> Self {
        let (code, reason) = (code.to_owned(), reason.to_owned());
        if REFUSALS.contains(&code.as_str()) {
            Self::Refused { code, reason }
        } else {
            Self::TryAgain { code, reason }
        }
    }
}

/// The size of an entry as AWS counts it: the time, and the UTF-8 bytes of source, detail-type and detail.
fn size_bytes(entry: &Entry, detail: &str) -> usize {
    TIME_BYTES + entry.source.len() + entry.detail_type.len() + detail.len()
}

/// Cuts the waiting positions, in order, into runs that fit one request each.
fn chunks(waiting: &[usize], sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut chunks: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for &position in waiting {
        let size = sizes[position];
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < MOST_ENTRIES && bytes + size < LIMIT_BYTES => {
                chunk.push(position);
                bytes += size;
            }
            _ => {
                chunks.push(vec![position]);
                bytes = size;
            }
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_holds_ten_entries_and_less_than_a_megabyte() {
        let lengths = |sizes: &[usize]| -> Vec<usize> {
            let waiting: Vec<usize> = (0..sizes.len()).collect();
            chunks(&waiting, sizes).iter().map(Vec::len).collect()
        };
        assert_eq!(lengths(&[100; 25]), [10, 10, 5]);
        assert_eq!(lengths(&[LIMIT_BYTES / 2; 3]), [1, 1, 1]);
        assert_eq!(lengths(&[LIMIT_BYTES / 2 - 1; 3]), [2, 1]);
        assert_eq!(lengths(&[LIMIT_BYTES - 2, 1, 1]), [2, 1]);
        assert!(lengths(&[]).is_empty());
    }

    #[test]
    fn an_entry_is_measured_in_bytes_of_utf8() {
        let entry = Entry {
            source: "crm".to_owned(),
            detail_type: "lead.created".to_owned(),
            detail: serde_json::json!({ "name": "Zoë" }),
            time: Timestamp::UNIX_EPOCH,
        };
        let detail = entry.detail.to_string();
        assert_eq!(
            size_bytes(&entry, &detail),
            14 + 3 + 12 + r#"{"name":"Zo?"}"#.len() + 1
        );
    }
}
