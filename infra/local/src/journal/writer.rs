//! The one thread that writes the journal: takes all that has arrived, commits it as one, flushes once, answers all.
//! It must not know what the entries mean.

use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::{Answer, DatabaseFile, Durability, Entry, JournalError, Request, rows};
use crate::table::WriteGate;

/// How long entries that nobody waits for are gathered.
const GATHER: Duration = Duration::from_millis(5);

pub(super) fn start(
    file: &DatabaseFile,
    gate: WriteGate,
    inbox: UnboundedReceiver<Request>,
) -> JoinHandle<()> {
    let log = match file.durability() {
        Durability::Disk => file.log().map(Some),
        Durability::Memory => Ok(None),
    };
    let writer = Writer {
        gate,
        log: log.map_err(|error| JournalError(error.to_string())),
    };
    std::thread::spawn(move || writer.run(inbox))
}

struct Writer {
    gate: WriteGate,
    /// `None` where nothing outlives the machine anyway.
    log: Result<Option<std::fs::File>, JournalError>,
}

impl Writer {
    fn run(self, mut inbox: UnboundedReceiver<Request>) {
        while let Some(first) = inbox.blocking_recv() {
            if first.answer.is_none() && inbox.is_empty() {
                std::thread::sleep(GATHER);
            }
            let mut entries = first.entries;
            let mut answers: Vec<Answer> = first.answer.into_iter().collect();
            while let Ok(request) = inbox.try_recv() {
                entries.extend(request.entries);
                answers.extend(request.answer);
            }
            let result = self.commit(&entries).and_then(|()| {
                if answers.is_empty() {
                    Ok(())
                } else {
                    self.flush()
                }
            });
            if let (Err(error), true) = (&result, answers.is_empty()) {
                tracing::error!(%error, "the journal lost entries that nobody waits for; their work is repeated after a restart");
            }
            for answer in answers {
                // Who no longer listens has been cut off and repeats its call.
                let _ = answer.send(result.clone());
            }
        }
    }

    fn commit(&self, entries: &[Entry]) -> Result<(), JournalError> {
        if entries.is_empty() {
            return Ok(());
        }
        // By the table engine's own connection: a commit by another would make it forget every page it holds.
        let engine = self.gate.blocking_lock();
        let connection = engine.conn();
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .and_then(|()| {
                entries
                    .iter()
                    .try_for_each(|entry| rows::apply(connection, entry))
            })
            .and_then(|()| connection.execute_batch("COMMIT"))
            .map_err(|error| {
                let _ = connection.execute_batch("ROLLBACK");
                JournalError(error.to_string())
            })
    }

    fn flush(&self) -> Result<(), JournalError> {
        match &self.log {
            Ok(Some(log)) => log
                .sync_data()
                .map_err(|error| JournalError(error.to_string())),
            Ok(None) => Ok(()),
            Err(error) => Err(error.clone()),
        }
    }
}
