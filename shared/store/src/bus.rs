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
        let requests: Vec<PutEventsRequestEntry> =
            entries.iter().map(|entry| self.request(entry)).collect();
        let sizes: Vec<usize> = requests.iter().map(size_bytes).collect();
        let mut outcomes: Vec<EntryOutcome> =
            sizes.iter().map(|&size| before_sending(size)).collect();
        for attempt in 0..backoff::ATTEMPTS {
            let waiting: Vec<usize> = (0..entries.len())
                .filter(|&position| outcomes[position].is_try_again())
                .collect();
            if waiting.is_empty() {
                break;
            }
            if attempt > 0 {
                backoff::pause(&self.sleep, attempt).await;
            }
            for chunk in chunks(&waiting, &sizes) {
                let put = self.put_chunk(&requests, &chunk, &mut outcomes);
                if let Err(Unanswered) = put.await {
                    // The SDK has repeated it already, and the bus is no nearer for the rest.
                    return outcomes;
                }
            }
        }
        outcomes
    }

    /// Puts one entry on the bus, as [`publish`](Self::publish) does.
    pub async fn publish_one(&self, entry: &Entry) -> EntryOutcome {
        let mut outcomes = self.publish(std::slice::from_ref(entry)).await;
        outcomes.pop().expect("each entry has an outcome")
    }

    fn request(&self, entry: &Entry) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(&entry.source)
            .detail_type(&entry.detail_type)
            .detail(entry.detail.to_string())
            .time(DateTime::from_millis(entry.time.as_millisecond()))
            .build()
    }

    /// Puts one chunk and notes the outcome of each of its entries. A request that is refused whole because of one of
    /// its entries is put again entry by entry, so that the others do not suffer for it.
    async fn put_chunk(
        &self,
        requests: &[PutEventsRequestEntry],
        chunk: &[usize],
        outcomes: &mut [EntryOutcome],
    ) -> Result<(), Unanswered> {
        let asked: Vec<_> = chunk
            .iter()
            .map(|&position| requests[position].clone())
            .collect();
        let whole = match self.put(asked).await {
            Ok(answers) => {
                for (&position, answer) in chunk.iter().zip(answers) {
                    outcomes[position] = answer;
                }
                return Ok(());
            }
            Err(whole) => whole,
        };
        if whole.is_try_again() {
            for &position in chunk {
                outcomes[position] = whole.clone();
            }
            return Err(Unanswered);
        }
        if let [position] = chunk {
            outcomes[*position] = whole;
            return Ok(());
        }
        for position in chunk {
            Box::pin(self.put_chunk(requests, &[*position], outcomes)).await?;
        }
        Ok(())
    }

    /// One request; as many outcomes as entries, in their order, or the one outcome of all.
    async fn put(
        &self,
        requests: Vec<PutEventsRequestEntry>,
    ) -> Result<Vec<EntryOutcome>, EntryOutcome> {
        let asked = requests.len();
        let call = self.client.put_events().set_entries(Some(requests));
        let answer = call.send().await.map_err(|error| {
            let code = match &error {
                SdkError::ServiceError(answer) => answer.err().code(),
                _ => None,
            };
            EntryOutcome::of_error(code.unwrap_or(NO_ANSWER), &explain(&error))
        })?;
        let mut outcomes: Vec<EntryOutcome> = answer
            .entries()
            .iter()
            .map(EntryOutcome::of_answer)
            .collect();
        outcomes.resize(asked, EntryOutcome::nobody_answered());
        Ok(outcomes)
    }
}

/// No answer came for a whole request.
struct Unanswered;

/// An entry that fits no request is refused unsent; any other waits.
fn before_sending(size_bytes: usize) -> EntryOutcome {
    if size_bytes < LIMIT_BYTES {
        return EntryOutcome::nobody_answered();
    }
    let reason = format!("the entry has {size_bytes} bytes, the limit is {LIMIT_BYTES}");
    EntryOutcome::of_error(TOO_LARGE, &reason)
}

impl EntryOutcome {
    /// Whether the entry should be put again later.
    pub fn is_try_again(&self) -> bool {
        matches!(self, Self::TryAgain { .. })
    }

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
fn size_bytes(entry: &PutEventsRequestEntry) -> usize {
    let text = [entry.source(), entry.detail_type(), entry.detail()];
    let bytes: usize = text.iter().flatten().map(|text| text.len()).sum();
    TIME_BYTES + bytes
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
        let entry = PutEventsRequestEntry::builder()
            .source("crm")
            .detail_type("lead.created")
            .detail(r#"{"name":"Zoë"}"#)
            .event_bus_name("not counted")
            .build();
        let characters = "crm".len() + "lead.created".len() + r#"{"name":"Zo?"}"#.len();
        assert_eq!(size_bytes(&entry), 14 + characters + 1);
    }
}
