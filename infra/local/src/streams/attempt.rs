//! What happens to a batch: invoked, and on failure resumed, halved, retried or given up.
//! It must not know how a batch was found.

use std::collections::VecDeque;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::record::{Record, shown_sequence_number};
use super::{Batch, Consumer, Stopped};
use crate::lambda::{Condition, Failure, FailureRecord, Invocation, Outcome};
use crate::queues::mapping::{Failed, failed_items};
use crate::rest::Held;

/// Lambda keeps a record for a day whatever the mapping says.
const LONGEST_AGE: SignedDuration = SignedDuration::from_hours(24);
/// Shown time before the second retry; the first follows at once, later ones after twice the pause before.
const SECOND_PAUSE: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// Records that are invoked together.
struct Segment {
    records: Vec<Record>,
    /// Invocations that have failed.
    attempts: u32,
}

/// What is left of a segment after an invocation.
enum Left {
    Nothing,
    /// These again, sooner ones first.
    Again(Vec<Segment>),
    GaveUp(Segment, Condition, Failure),
}

impl Consumer {
    /// Gets the whole batch behind it, one way or the other.
    pub(super) async fn process(&self, batch: Batch, mut held: Held) -> Result<Held, Stopped> {
        let mut segments = VecDeque::new();
        if !batch.records.is_empty() {
            segments.push_back(Segment {
                records: batch.records,
                attempts: 0,
            });
        }
        while let Some(segment) = segments.pop_front() {
            if let Some(until) = pause_end(&segment, self.rooms.clock.now()) {
                held = self.wait(held, until).await.ok_or(Stopped)?;
            }
            let last = segment.records.last().map(|record| record.sequence_number);
            let request_id = uuid::Uuid::new_v4().to_string();
            match self.attempt(segment, &request_id).await? {
                Left::Nothing => {}
                Left::Again(again) => {
                    let first = again.first().and_then(|segment| segment.records.first());
                    if let Some(first) = first {
                        // What succeeded before the first record to repeat is not repeated after a kill either.
                        self.rooms
                            .journal
                            .note(self.advance(first.sequence_number - 1));
                    }
                    for segment in again.into_iter().rev() {
                        segments.push_front(segment);
                    }
                    continue;
                }
                Left::GaveUp(segment, condition, failure) => {
                    self.give_up(&segment, &request_id, condition, &failure)
                        .await;
                }
            }
            if let Some(last) = last {
                self.rooms.journal.note(self.advance(last));
            }
        }
        if let Some(scanned_to) = batch.scanned_to {
            self.rooms.journal.note(self.advance(scanned_to));
        }
        Ok(held)
    }

    async fn attempt(&self, mut segment: Segment, request_id: &str) -> Result<Left, Stopped> {
        let records: Vec<&Value> = segment.records.iter().map(|record| &record.json).collect();
        let invocation = Invocation {
            request_id: request_id.to_owned(),
            payload: Bytes::from(json!({ "Records": records }).to_string()),
        };
        let outcome = self
            .rooms
            .functions
            .invoke(&self.mapping.function, invocation)
            .await
            .ok_or(Stopped)?;
        let (failure, first_failed) = match outcome {
            Outcome::Answered(answer) => {
                if !self.mapping.partial_batch_response {
                    return Ok(Left::Nothing);
                }
                match first_failed(&segment, &answer) {
                    None => return Ok(Left::Nothing),
                    Some(first) => (Failure::reported(answer), first),
                }
            }
            Outcome::Failed(failure) => (failure, 0),
        };
        if first_failed > 0 {
            // Progress: the rest is a new, smaller batch.
            segment.records.drain(..first_failed);
            segment.attempts = 0;
        }
        if self.mapping.bisect_on_error && first_failed == 0 && segment.records.len() > 1 {
            let second = segment.records.split_off(segment.records.len() / 2);
            let attempts = segment.attempts;
            return Ok(Left::Again(vec![
                segment,
                Segment {
                    records: second,
                    attempts,
                },
            ]));
        }
        segment.attempts += 1;
        if self
            .mapping
            .max_retries
            .is_some_and(|most| segment.attempts > most)
        {
            return Ok(Left::GaveUp(
                segment,
                Condition::RetryAttemptsExhausted,
                failure,
            ));
        }
        if self.is_too_old(&segment) {
            return Ok(Left::GaveUp(segment, Condition::RecordAgeExceeded, failure));
        }
        Ok(Left::Again(vec![segment]))
    }

    fn is_too_old(&self, segment: &Segment) -> bool {
        let longest = self
            .mapping
            .max_record_age_seconds
            .map_or(LONGEST_AGE, |age| SignedDuration::from_secs(age.into()));
        let now = self.rooms.clock.now();
        segment
            .records
            .first()
            .is_some_and(|first| now.duration_since(first.created_at) > longest)
    }

    async fn give_up(
        &self,
        segment: &Segment,
        request_id: &str,
        condition: Condition,
        failure: &Failure,
    ) {
        let (Some(first), Some(last)) = (segment.records.first(), segment.records.last()) else {
            return;
        };
        let Some(queue) = &self.mapping.on_failure_queue else {
            tracing::warn!(
                function = self.mapping.function,
                ?condition,
                records = segment.records.len(),
                "stream records are lost: the mapping has no failure queue"
            );
            return;
        };
        let function_arn = self.rooms.region.function(&self.mapping.function);
        let record = FailureRecord {
            now: self.rooms.clock.now(),
            request_id,
            function_arn: &function_arn,
            condition,
            invocations: segment.attempts,
            failure: Some(failure),
        };
        let body = record.of_stream_batch(json!({
            "shardId": format!("shardId-00000001-{}", self.mapping.table),
            "startSequenceNumber": shown_sequence_number(first.sequence_number),
            "endSequenceNumber": shown_sequence_number(last.sequence_number),
            "approximateArrivalOfFirstRecord": format!("{:.0}", first.created_at),
            "approximateArrivalOfLastRecord": format!("{:.0}", last.created_at),
            "batchSize": segment.records.len(),
            "streamArn": self.rooms.region.stream(&self.mapping.table),
        }));
        let (message, entry) = self
            .rooms
            .queues
            .accept(queue, body.to_string(), Vec::new());
        let mut entries = self.advance(last.sequence_number);
        entries.push(entry);
        match self.rooms.journal.write(entries).await {
            Ok(()) => self.rooms.queues.add(message),
            Err(error) => tracing::error!(%error, "a failed batch could not be put into its queue"),
        }
    }
}

/// Index of the first record that the function says has failed; 0 fails the whole segment.
fn first_failed(segment: &Segment, answer: &[u8]) -> Option<usize> {
    match failed_items(answer) {
        Failed::None => None,
        Failed::All => Some(0),
        Failed::Some(ids) => {
            let is_failed =
                |record: &Record| ids.contains(&shown_sequence_number(record.sequence_number));
            // An identifier that is in no record fails the whole batch, as on AWS.
            Some(segment.records.iter().position(is_failed).unwrap_or(0))
        }
    }
}

fn pause_end(segment: &Segment, now: Timestamp) -> Option<Timestamp> {
    let doublings = segment.attempts.checked_sub(2)?.min(10);
    now.checked_add((SECOND_PAUSE * (1 << doublings)).min(LONGEST_PAUSE))
        .ok()
}
