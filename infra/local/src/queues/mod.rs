//! Queues: messages that are received, hidden for a while, deleted, or moved on after too many receives.
//! It must not know who consumes them.

pub(crate) mod mapping;
pub(crate) mod wire;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::agenda::Agenda;
use crate::clock::Clock;
use crate::journal::{Entry, Journal, JournalError, LeftWork, Work};
use crate::template;

pub(crate) const KIND: &str = "message";

/// A message of a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    id: u64,
    queue: String,
    pub body: String,
    head: Head,
}

/// What is kept of a message beside its body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Head {
    message_id: String,
    /// Message attributes, all of type String.
    attributes: Vec<(String, String)>,
    sent_at: Timestamp,
    receives: u32,
    first_received_at: Option<Timestamp>,
}

impl Message {
    pub fn message_id(&self) -> &str {
        &self.head.message_id
    }

    /// A message attribute, e.g. `ERROR_CODE` of an event that could not be delivered.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.head
            .attributes
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    fn work(&self) -> Work {
        Work {
            id: self.id,
            kind: KIND,
            target: self.queue.clone(),
            state: self.state(),
            body: Bytes::from(self.body.clone()),
        }
    }

    fn state(&self) -> String {
        // Plain strings and numbers always become JSON.
        serde_json::to_string(&self.head).unwrap_or_default()
    }
}

/// A received message and the receipt by which it is deleted.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) receipt: String,
    pub(crate) message: Message,
}

pub(crate) struct Queues {
    this: Weak<Self>,
    queues: BTreeMap<String, Queue>,
    journal: Journal,
    clock: Clock,
    agenda: Arc<Agenda>,
}

struct Queue {
    settings: template::Queue,
    messages: Mutex<Messages>,
    arrived: Notify,
}

#[derive(Default)]
struct Messages {
    visible: VecDeque<Message>,
    /// By receipt.
    hidden: HashMap<String, Message>,
}

impl Queues {
    pub(crate) fn new(
        settings: &[template::Queue],
        journal: Journal,
        clock: Clock,
        agenda: Arc<Agenda>,
    ) -> Arc<Self> {
        let queues = settings.iter().map(|settings| {
            let queue = Queue {
                settings: settings.clone(),
                messages: Mutex::default(),
                arrived: Notify::new(),
            };
            (settings.name.clone(), queue)
        });
        Arc::new_cyclic(|this| Self {
            this: this.clone(),
            queues: queues.collect(),
            journal,
            clock,
            agenda,
        })
    }

    /// The message and the entry that makes it durable; once that is written the caller MUST call `add`.
    pub(crate) fn accept(
        &self,
        queue: &str,
        body: String,
        attributes: Vec<(String, String)>,
    ) -> (Message, Entry) {
        let message = Message {
            id: self.journal.new_id(),
            queue: queue.to_owned(),
            body,
            head: Head {
                message_id: uuid::Uuid::new_v4().to_string(),
                attributes,
                sent_at: self.clock.now(),
                receives: 0,
                first_received_at: None,
            },
        };
        let entry = Entry::Work(message.work());
        (message, entry)
    }

    /// Sends a message; returns its id once it survives a kill. A caller that goes away meanwhile changes nothing.
    async fn send(
        &self,
        queue: &str,
        body: String,
        attributes: Vec<(String, String)>,
    ) -> Result<String, JournalError> {
        let (message, entry) = self.accept(queue, body, attributes);
        let message_id = message.message_id().to_owned();
        let (journal, this) = (self.journal.clone(), self.this.clone());
        let sending = tokio::spawn(async move {
            journal.write(vec![entry]).await?;
            if let Some(this) = this.upgrade() {
                this.add(message);
            }
            Ok(message_id)
        });
        sending
            .await
            .unwrap_or_else(|stopped| Err(JournalError(stopped.to_string())))
    }

    pub(crate) fn add(&self, message: Message) {
        match self.queues.get(&message.queue) {
            Some(queue) => {
                queue.messages().visible.push_back(message);
                queue.arrived.notify_one();
            }
            None => tracing::warn!(
                queue = message.queue,
                "a message waits for a queue that the template no longer names"
            ),
        }
    }

    /// Takes up what the last run of the machine left.
    pub(crate) fn take_up(&self, left: LeftWork) {
        match (
            serde_json::from_str(&left.state),
            String::from_utf8(left.body.to_vec()),
        ) {
            (Ok(head), Ok(body)) => self.add(Message {
                id: left.id,
                queue: left.target,
                body,
                head,
            }),
            _ => tracing::error!(
                id = left.id,
                "a left message cannot be read and stays where it is"
            ),
        }
    }

    /// Up to `limit` messages, hidden from others until they are deleted or the visibility time-out has passed.
    pub(crate) fn receive(&self, queue: &str, limit: usize) -> Vec<Received> {
        let Some(found) = self.queues.get(queue) else {
            return Vec::new();
        };
        let now = self.clock.now();
        let mut entries = Vec::new();
        let mut received = Vec::new();
        {
            let mut messages = found.messages();
            while received.len() < limit
                && let Some(mut message) = messages.visible.pop_front()
            {
                message.head.receives += 1;
                message.head.first_received_at.get_or_insert(now);
                entries.push(Entry::State {
                    id: message.id,
                    state: message.state(),
                });
                let receipt = uuid::Uuid::new_v4().to_string();
                messages.hidden.insert(receipt.clone(), message.clone());
                received.push(Received { receipt, message });
            }
        }
        self.journal.note(entries);
        let visible_again =
            now + SignedDuration::from_secs(found.settings.visibility_timeout_seconds.into());
        for Received { receipt, .. } in &received {
            let (this, queue, receipt) = (self.this.clone(), queue.to_owned(), receipt.clone());
            self.agenda.at(visible_again, move |_| {
                if let Some(this) = this.upgrade() {
                    this.show_again(&queue, &receipt);
                }
            });
        }
        received
    }

    /// Whether the receipt was still good.
    pub(crate) fn delete(&self, queue: &str, receipt: &str) -> bool {
        let Some(found) = self.queues.get(queue) else {
            return false;
        };
        let removed = found.messages().hidden.remove(receipt);
        if let Some(message) = &removed {
            self.journal.note(vec![Entry::Done { id: message.id }]);
        }
        removed.is_some()
    }

    /// Waits until a message arrives or becomes visible again.
    pub(crate) async fn arrived(&self, queue: &str) {
        match self.queues.get(queue) {
            Some(queue) => queue.arrived.notified().await,
            None => std::future::pending().await,
        }
    }

    /// All messages, visible ones first.
    pub(crate) fn messages(&self, queue: &str) -> Vec<Message> {
        let Some(queue) = self.queues.get(queue) else {
            return Vec::new();
        };
        let messages = queue.messages();
        messages
            .visible
            .iter()
            .chain(messages.hidden.values())
            .cloned()
            .collect()
    }

    /// Visible and hidden messages; `None` for an unknown queue.
    pub(crate) fn sizes(&self, queue: &str) -> Option<(usize, usize)> {
        let messages = self.queues.get(queue)?.messages();
        Some((messages.visible.len(), messages.hidden.len()))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.queues.keys().map(String::as_str)
    }

    fn settings(&self, queue: &str) -> Option<&template::Queue> {
        self.queues.get(queue).map(|queue| &queue.settings)
    }

    fn show_again(&self, queue: &str, receipt: &str) {
        let Some(found) = self.queues.get(queue) else {
            return;
        };
        let Some(mut message) = found.messages().hidden.remove(receipt) else {
            return;
        };
        match &found.settings.redrive {
            Some(redrive) if message.head.receives >= redrive.max_receives => {
                message.queue.clone_from(&redrive.queue);
                self.journal.note(vec![Entry::Work(message.work())]);
                self.add(message);
            }
            _ => {
                found.messages().visible.push_back(message);
                found.arrived.notify_one();
            }
        }
    }
}

impl Queue {
    fn messages(&self) -> MutexGuard<'_, Messages> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
