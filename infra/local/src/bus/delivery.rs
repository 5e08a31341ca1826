//! Hands an event to its function's queue of asynchronous invocations; retries a hand-over that fails, then leaves a dead letter.
//! It must not know whether a rule or a schedule sent the event.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agenda::Agenda;
use crate::arn::Region;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::journal::{Entry, Journal, JournalError, LeftWork, Work};
use crate::lambda::asynchronous::{self, Asynchronous, MAX_EVENT_BYTES};
use crate::queues::Queues;
use crate::rest::{Held, Rest};
use crate::template::{self, DeliveryRetry};

pub(crate) const KIND: &str = "delivery";

/// The pause before the first retry of a hand-over; it doubles up to `LONGEST_PAUSE`.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// Who sends, to whom, and how hard to try.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    sender: Sender,
    function: String,
    max_attempts: u32,
    max_age_seconds: u32,
    dead_letter_queue: Option<String>,
    #[serde(default)]
    attempts: u32,
    accepted_at: Option<Timestamp>,
    due: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Sender {
    Rule { bus: String, name: String },
    Schedule { name: String },
}

impl Delivery {
    pub(crate) fn of_rule(rule: &template::Rule) -> Self {
        let sender = Sender::Rule {
            bus: rule.bus.clone(),
            name: rule.name.clone(),
        };
        Self::new(
            sender,
            &rule.function,
            &rule.retry,
            rule.dead_letter_queue.as_deref(),
        )
    }

    pub(crate) fn of_schedule(schedule: &template::Schedule) -> Self {
        let sender = Sender::Schedule {
            name: schedule.name.clone(),
        };
        Self::new(
            sender,
            &schedule.function,
            &schedule.retry,
            schedule.dead_letter_queue.as_deref(),
        )
    }

    fn new(
        sender: Sender,
        function: &str,
        retry: &DeliveryRetry,
        dead_letter_queue: Option<&str>,
    ) -> Self {
        Self {
            sender,
            function: function.to_owned(),
            max_attempts: retry.max_attempts,
            max_age_seconds: retry.max_age_seconds,
            dead_letter_queue: dead_letter_queue.map(str::to_owned),
            attempts: 0,
            accepted_at: None,
            due: None,
        }
    }
}

/// Why a hand-over failed, as EventBridge names it.
struct HandOverError {
    code: &'static str,
    message: String,
    is_final: bool,
}

/// An accepted delivery, either already an invocation or still to be handed over.
enum Started {
    Invocation(asynchronous::Accepted),
    HandOver(Pending),
}

struct Pending {
    id: u64,
    delivery: Delivery,
    payload: Bytes,
    error: Option<HandOverError>,
}

pub(crate) struct Deliveries {
    pub(crate) asynchronous: Arc<Asynchronous>,
    pub(crate) journal: Journal,
    pub(crate) queues: Arc<Queues>,
    pub(crate) agenda: Arc<Agenda>,
    pub(crate) rest: Rest,
    pub(crate) clock: Clock,
    pub(crate) region: Region,
    pub(crate) faults: Arc<Faults>,
}

impl Deliveries {
    /// Takes deliveries over; returns once they survive a kill. A caller that goes away meanwhile changes nothing.
    pub(crate) async fn take(
        self: &Arc<Self>,
        deliveries: Vec<(Delivery, Bytes)>,
    ) -> Result<(), JournalError> {
        self.take_with(deliveries, Vec::new()).await
    }

    /// As `take`, with more entries in the same write.
    pub(crate) async fn take_with(
        self: &Arc<Self>,
        deliveries: Vec<(Delivery, Bytes)>,
        mut entries: Vec<Entry>,
    ) -> Result<(), JournalError> {
        if deliveries.is_empty() && entries.is_empty() {
            return Ok(());
        }
        let mut accepted = Vec::with_capacity(deliveries.len());
        for (delivery, payload) in deliveries {
            let (started, entry) = self.accept(delivery, payload);
            accepted.push(started);
            entries.push(entry);
        }
        let this = self.clone();
        let held = self.rest.hold();
        let taking = tokio::spawn(async move {
            this.journal.write(entries).await?;
            for started in accepted {
                this.start(started);
            }
            drop(held);
            Ok(())
        });
        taking
            .await
            .unwrap_or_else(|stopped| Err(JournalError(stopped.to_string())))
    }

    /// The delivery and the entry that makes it durable; once that is written `start` follows.
    fn accept(&self, mut delivery: Delivery, payload: Bytes) -> (Started, Entry) {
        match self.hand_over_error(&delivery, &payload) {
            // The usual case: handing over cannot fail, so one write does for the bus and for the function's queue.
            None => {
                let (accepted, entry) = self.asynchronous.accept(&delivery.function, payload);
                (Started::Invocation(accepted), entry)
            }
            Some(error) => {
                delivery.accepted_at = Some(self.clock.now());
                let pending = Pending {
                    id: self.journal.new_id(),
                    delivery,
                    payload,
                    error: Some(error),
                };
                let entry = Entry::Work(pending.work());
                (Started::HandOver(pending), entry)
            }
        }
    }

    fn start(self: &Arc<Self>, started: Started) {
        match started {
            Started::Invocation(accepted) => self.asynchronous.start(accepted),
            Started::HandOver(pending) => {
                let held = self.rest.hold();
                let this = self.clone();
                tokio::spawn(async move { this.attempt(pending, held).await });
            }
        }
    }

    /// Takes up what the last run of the machine left.
    pub(crate) fn take_up(self: &Arc<Self>, left: LeftWork) {
        match serde_json::from_str::<Delivery>(&left.state) {
            Ok(delivery) => {
                let due = delivery.due;
                let pending = Pending {
                    id: left.id,
                    delivery,
                    payload: left.body,
                    error: None,
                };
                match due {
                    Some(due) => self.start_at(due, pending),
                    None => self.start(Started::HandOver(pending)),
                }
            }
            Err(error) => {
                tracing::error!(%error, id = left.id, "a left delivery cannot be read and stays where it is")
            }
        }
    }

    async fn attempt(self: Arc<Self>, mut pending: Pending, held: Held) {
        let error = pending
            .error
            .take()
            .or_else(|| self.hand_over_error(&pending.delivery, &pending.payload));
        let Some(error) = error else {
            let (accepted, entry) = self
                .asynchronous
                .accept(&pending.delivery.function, pending.payload);
            match self
                .journal
                .write(vec![Entry::Done { id: pending.id }, entry])
                .await
            {
                Ok(()) => self.asynchronous.start(accepted),
                Err(error) => {
                    tracing::error!(%error, "a delivery could not be recorded; it is repeated after a restart")
                }
            }
            return;
        };
        pending.delivery.attempts += 1;
        let now = self.clock.now();
        let accepted_at = pending.delivery.accepted_at.unwrap_or(now);
        let doublings = pending.delivery.attempts.min(16) - 1;
        let pause = (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE);
        let due = now + pause;
        let is_too_old = due.duration_since(accepted_at)
            > SignedDuration::from_secs(pending.delivery.max_age_seconds.into());
        // The first attempt is not a retry.
        let is_exhausted = pending.delivery.attempts > pending.delivery.max_attempts;
        if error.is_final || is_exhausted || is_too_old {
            let condition = match (error.is_final, is_exhausted) {
                (true, _) => None,
                (false, true) => Some("MaximumRetryAttempts"),
                (false, false) => Some("MaximumEventAgeInSeconds"),
            };
            self.leave_dead_letter(pending, &error, condition).await;
            drop(held);
            return;
        }
        pending.delivery.due = Some(due);
        self.journal.note(vec![Entry::State {
            id: pending.id,
            state: pending.state(),
        }]);
        self.start_at(due, pending);
        drop(held);
    }

    fn start_at(self: &Arc<Self>, due: Timestamp, pending: Pending) {
        let this = self.clone();
        self.agenda.at(due, move |held| {
            tokio::spawn(async move { this.attempt(pending, held).await });
        });
    }

    fn hand_over_error(&self, delivery: &Delivery, payload: &Bytes) -> Option<HandOverError> {
        if payload.len() > MAX_EVENT_BYTES {
            return Some(HandOverError {
                code: "INVALID_PARAMETER",
                message: format!(
                    "The event has {} bytes; an asynchronous invocation takes {MAX_EVENT_BYTES}.",
                    payload.len()
                ),
                is_final: true,
            });
        }
        if self
            .asynchronous
            .functions
            .settings(&delivery.function)
            .is_none()
        {
            return Some(HandOverError {
                code: "RESOURCE_NOT_FOUND",
                message: format!(
                    "Function not found: {}",
                    self.region.function(&delivery.function)
                ),
                is_final: true,
            });
        }
        self.faults
            .of_delivery(&delivery.function)
            .map(|message| HandOverError {
                code: "SDK_CLIENT_ERROR",
                message,
                is_final: false,
            })
    }

    async fn leave_dead_letter(
        &self,
        pending: Pending,
        error: &HandOverError,
        condition: Option<&str>,
    ) {
        let mut entries = vec![Entry::Done { id: pending.id }];
        let message = pending.delivery.dead_letter_queue.as_ref().map(|queue| {
            let mut attributes = vec![
                ("ERROR_CODE".to_owned(), error.code.to_owned()),
                ("ERROR_MESSAGE".to_owned(), error.message.clone()),
                (
                    "RETRY_ATTEMPTS".to_owned(),
                    pending.delivery.attempts.saturating_sub(1).to_string(),
                ),
                (
                    "TARGET_ARN".to_owned(),
                    self.region.function(&pending.delivery.function),
                ),
            ];
            if let Some(condition) = condition {
                attributes.push(("EXHAUSTED_RETRY_CONDITION".to_owned(), condition.to_owned()));
            }
            attributes.push(match &pending.delivery.sender {
                Sender::Rule { bus, name } => ("RULE_ARN".to_owned(), self.region.rule(bus, name)),
                Sender::Schedule { name } => {
                    ("SCHEDULE_ARN".to_owned(), self.region.schedule(name))
                }
            });
            let body = String::from_utf8_lossy(&pending.payload).into_owned();
            let (message, entry) = self.queues.accept(queue, body, attributes);
            entries.push(entry);
            message
        });
        if message.is_none() {
            tracing::warn!(
                function = pending.delivery.function,
                code = error.code,
                "an event is lost: its rule has no dead-letter queue"
            );
        }
        if let Err(error) = self.journal.write(entries).await {
            tracing::error!(%error, "a dead letter could not be written; the delivery is tried again after a restart");
            return;
        }
        if let Some(message) = message {
            self.queues.add(message);
        }
    }
}

impl Pending {
    fn work(&self) -> Work {
        Work {
            id: self.id,
            kind: KIND,
            target: self.delivery.function.clone(),
            state: self.state(),
            body: self.payload.clone(),
        }
    }

    fn state(&self) -> String {
        // Plain strings and numbers always become JSON.
        serde_json::to_string(&self.delivery).unwrap_or_default()
    }
}
