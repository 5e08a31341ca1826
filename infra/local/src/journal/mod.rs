//! Remembers unfinished work across a kill: queued deliveries, retries, queue messages, stream and schedule positions, mails.
//! It must not know what the work means; the rooms hold the live copy in memory and read this one only at a start.

mod file;
mod rows;
mod writer;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

pub(crate) use file::{DatabaseFile, Durability};
pub(crate) use rows::{MailRow, StreamRow, mail, mails_after, newest_mails, stream_rows};

use crate::table::WriteGate;

/// A change to what is remembered.
#[derive(Debug)]
pub(crate) enum Entry {
    Work(Work),
    /// New state of remembered work, e.g. its attempts so far.
    State {
        id: u64,
        state: String,
    },
    /// The work is finished and forgotten.
    Done {
        id: u64,
    },
    Mail(MailRow),
    Position {
        name: String,
        value: String,
    },
    /// Every consumer of the table's stream has passed this sequence number.
    TrimStream {
        table: String,
        up_to: i64,
    },
}

/// Unfinished work. `kind` names the room that takes it up again.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) id: u64,
    pub(crate) kind: &'static str,
    pub(crate) target: String,
    pub(crate) state: String,
    pub(crate) body: Bytes,
}

/// What the last run of the machine left behind.
#[derive(Debug, Default)]
pub(crate) struct Left {
    pub(crate) work: Vec<LeftWork>,
    pub(crate) positions: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) struct LeftWork {
    pub(crate) id: u64,
    pub(crate) kind: String,
    pub(crate) target: String,
    pub(crate) state: String,
    pub(crate) body: Bytes,
}

#[derive(Debug, Clone, thiserror::Error)]
#[error("the journal cannot be written: {0}")]
pub(crate) struct JournalError(pub(crate) String);

type Answer = oneshot::Sender<Result<(), JournalError>>;

struct Request {
    entries: Vec<Entry>,
    answer: Option<Answer>,
}

/// Cheap to clone; all clones write by one thread, which groups what arrives while it flushes.
#[derive(Clone)]
pub(crate) struct Journal {
    requests: mpsc::UnboundedSender<Request>,
    next_id: Arc<AtomicU64>,
    durability: Durability,
}

impl Journal {
    /// Starts the writer and says what the last run left.
    pub(crate) fn open(
        file: &DatabaseFile,
        gate: WriteGate,
    ) -> Result<(Self, Left, Writer), rusqlite::Error> {
        let connection = file.connect()?;
        rows::prepare(&connection)?;
        let (left, next_id) = rows::left(&connection)?;
        let (requests, inbox) = mpsc::unbounded_channel();
        let writer = writer::start(file, gate, inbox);
        let journal = Self {
            requests,
            next_id: Arc::new(AtomicU64::new(next_id)),
            durability: file.durability(),
        };
        Ok((journal, left, Writer(Some(writer))))
    }

    pub(crate) fn new_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns once the entries survive a kill.
    pub(crate) async fn write(&self, mut entries: Vec<Entry>) -> Result<(), JournalError> {
        self.keep_what_matters(&mut entries);
        if entries.is_empty() {
            return Ok(());
        }
        self.send_and_wait(entries).await
    }

    /// Writes soon, with whatever else is written then. For what may be repeated after a kill, such as the end of work.
    pub(crate) fn note(&self, mut entries: Vec<Entry>) {
        self.keep_what_matters(&mut entries);
        if !entries.is_empty() {
            // A closed channel means that the machine has stopped; the work is then repeated at the next start.
            let _ = self.requests.send(Request {
                entries,
                answer: None,
            });
        }
    }

    /// Returns once everything committed before the call, by any connection, is on disk.
    pub(crate) async fn flush(&self) -> Result<(), JournalError> {
        match self.durability {
            Durability::Disk => self.send_and_wait(Vec::new()).await,
            Durability::Memory => Ok(()),
        }
    }

    /// Returns once everything noted so far is written.
    pub(crate) async fn settle(&self) -> Result<(), JournalError> {
        self.send_and_wait(Vec::new()).await
    }

    async fn send_and_wait(&self, entries: Vec<Entry>) -> Result<(), JournalError> {
        let stopped = || JournalError("the machine has stopped".to_owned());
        let (answer, written) = oneshot::channel();
        self.requests
            .send(Request {
                entries,
                answer: Some(answer),
            })
            .map_err(|_| stopped())?;
        written.await.map_err(|_| stopped())?
    }

    /// A machine that ends with its memory has nothing to take up again; only mails and trimmed streams matter to it.
    fn keep_what_matters(&self, entries: &mut Vec<Entry>) {
        if self.durability == Durability::Memory {
            entries.retain(|entry| matches!(entry, Entry::Mail(_) | Entry::TrimStream { .. }));
        }
    }
}

/// The writer's thread.
pub(crate) struct Writer(Option<std::thread::JoinHandle<()>>);

impl Writer {
    /// Waits for the last write. Every `Journal` must have been dropped before, or this waits for ever.
    pub(crate) fn join(mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}
