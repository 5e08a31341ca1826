//! Invocations that nobody waits for: accepted durably, tried, retried after one and two minutes of shown time, given up into a queue.
//! It must not know who sent the event.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Condition, Failure, FailureRecord, Functions, Invocation, Outcome};
use crate::agenda::Agenda;
use crate::arn::Region;
use crate::clock::Clock;
use crate::journal::{Entry, Journal, JournalError, LeftWork, Work};
use crate::queues::Queues;
use crate::rest::{Held, Rest};

pub(crate) const KIND: &str = "invocation";

/// What Lambda takes for an asynchronous invocation.
pub(crate) const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// An event on its way to a function.
#[derive(Debug)]
pub(crate) struct Accepted {
    id: u64,
    function: String,
    invocation: Invocation,
    state: State,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    request_id: String,
    accepted_at: Timestamp,
    /// Attempts that have failed.
    attempts: u32,
    /// When to try again; `None` for now.
    due: Option<Timestamp>,
}

pub(crate) struct Asynchronous {
    pub(crate) functions: Arc<Functions>,
    pub(crate) journal: Journal,
    pub(crate) queues: Arc<Queues>,
    pub(crate) agenda: Arc<Agenda>,
    pub(crate) rest: Rest,
    pub(crate) clock: Clock,
    pub(crate) region: Region,
    /// Shown time before the first and the second retry.
    pub(crate) retry_delays: [SignedDuration; 2],
}

impl Asynchronous {
    /// The event and the entry that makes it durable; once that is written the caller MUST call `start`.
    pub(crate) fn accept(&self, function: &str, payload: Bytes) -> (Accepted, Entry) {
        let id = self.journal.new_id();
        let invocation = Invocation::new(payload.clone());
        let state = State {
            request_id: invocation.request_id.clone(),
            accepted_at: self.clock.now(),
            attempts: 0,
            due: None,
        };
        let entry = Entry::Work(Work {
            id,
            kind: KIND,
            target: function.to_owned(),
            state: to_text(&state),
            body: payload,
        });
        let accepted = Accepted {
            id,
            function: function.to_owned(),
            invocation,
            state,
        };
        (accepted, entry)
    }

    /// Accepts and starts; returns once the event survives a kill. A caller that goes away meanwhile changes nothing.
    pub(crate) async fn take(
        self: &Arc<Self>,
        function: &str,
        payload: Bytes,
    ) -> Result<(), JournalError> {
        let (accepted, entry) = self.accept(function, payload);
        let this = self.clone();
        let held = self.rest.hold();
        let taking = tokio::spawn(async move {
            this.journal.write(vec![entry]).await?;
            this.start(accepted);
            drop(held);
            Ok(())
        });
        taking
            .await
            .unwrap_or_else(|stopped| Err(JournalError(stopped.to_string())))
    }

    pub(crate) fn start(self: &Arc<Self>, accepted: Accepted) {
        let held = self.rest.hold();
        let this = self.clone();
        tokio::spawn(async move { this.attempt(accepted, held).await });
    }

    /// Takes up what the last run of the machine left.
    pub(crate) fn take_up(self: &Arc<Self>, left: LeftWork) {
        let state: State = match serde_json::from_str(&left.state) {
            Ok(state) => state,
            Err(error) => {
                tracing::error!(%error, id = left.id, "a left invocation cannot be read and stays where it is");
                return;
            }
        };
        let accepted = Accepted {
            id: left.id,
            function: left.target,
            invocation: Invocation {
                request_id: state.request_id.clone(),
                payload: left.body,
            },
            state,
        };
        match accepted.state.due {
            Some(due) => self.start_at(due, accepted),
            None => self.start(accepted),
        }
    }

    fn start_at(self: &Arc<Self>, due: Timestamp, accepted: Accepted) {
        let this = self.clone();
        self.agenda.at(due, move |held| {
            tokio::spawn(async move { this.attempt(accepted, held).await });
        });
    }

    async fn attempt(self: Arc<Self>, mut accepted: Accepted, held: Held) {
        let Some(settings) = self.functions.settings(&accepted.function) else {
            tracing::warn!(
                function = accepted.function,
                "an event waits for a function that the template no longer names"
            );
            return;
        };
        let asynchronous = settings.asynchronous.clone();
        let max_age = SignedDuration::from_secs(asynchronous.max_event_age_seconds.into());
        let is_too_old = |now: Timestamp| now.duration_since(accepted.state.accepted_at) > max_age;
        if accepted.state.attempts > 0 && is_too_old(self.clock.now()) {
            return self
                .give_up(
                    &accepted,
                    Condition::EventAgeExceeded,
                    None,
                    asynchronous.on_failure_queue,
                )
                .await;
        }
        let Some(outcome) = self
            .functions
            .invoke(&accepted.function, accepted.invocation.clone())
            .await
        else {
            return;
        };
        let Outcome::Failed(failure) = outcome else {
            self.journal.note(vec![Entry::Done { id: accepted.id }]);
            drop(held);
            return;
        };
        accepted.state.attempts += 1;
        let delay = self.retry_delays[usize::from(accepted.state.attempts > 1)];
        let due = self.clock.now() + delay;
        if accepted.state.attempts > asynchronous.max_retries {
            return self
                .give_up(
                    &accepted,
                    Condition::RetriesExhausted,
                    Some(&failure),
                    asynchronous.on_failure_queue,
                )
                .await;
        }
        if due.duration_since(accepted.state.accepted_at) > max_age {
            return self
                .give_up(
                    &accepted,
                    Condition::EventAgeExceeded,
                    Some(&failure),
                    asynchronous.on_failure_queue,
                )
                .await;
        }
        accepted.state.due = Some(due);
        self.journal.note(vec![Entry::State {
            id: accepted.id,
            state: to_text(&accepted.state),
        }]);
        self.start_at(due, accepted);
        drop(held);
    }

    async fn give_up(
        &self,
        accepted: &Accepted,
        condition: Condition,
        failure: Option<&Failure>,
        queue: Option<String>,
    ) {
        let mut entries = vec![Entry::Done { id: accepted.id }];
        let message = queue.map(|queue| {
            let record = FailureRecord {
                now: self.clock.now(),
                request_id: &accepted.invocation.request_id,
                function_arn: &self.region.function(&accepted.function),
                condition,
                invocations: accepted.state.attempts,
                failure,
            };
            let body = record.of_event(&accepted.invocation.payload).to_string();
            let (message, entry) = self.queues.accept(&queue, body, Vec::new());
            entries.push(entry);
            message
        });
        if message.is_none() {
            tracing::warn!(
                function = accepted.function,
                ?condition,
                "an event is lost: the function has no failure queue"
            );
        }
        // The message and the end of the event are one write, so that a kill loses neither and doubles neither.
        if let Err(error) = self.journal.write(entries).await {
            tracing::error!(%error, "a failed event could not be put into its queue; it is tried again after a restart");
            return;
        }
        if let Some(message) = message {
            self.queues.add(message);
        }
    }
}

fn to_text(state: &State) -> String {
    // Plain strings and numbers always become JSON.
    serde_json::to_string(state).unwrap_or_default()
}
