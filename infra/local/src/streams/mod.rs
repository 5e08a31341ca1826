//! Table stream → function: one batch at a time in the stream's order, retried, halved, resumed after the records that succeeded.
//! It must not know what the records mean.

mod attempt;
mod record;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use event_pattern::Pattern;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::agenda::Agenda;
use crate::arn::Region;
use crate::clock::Clock;
use crate::journal::{Entry, Journal, StreamRow, stream_rows};
use crate::lambda::Functions;
use crate::queues::Queues;
use crate::rest::{Held, Rest};
use crate::table::Writes;
use crate::template::StreamMapping;

use record::{Record, ends_as_it_began, outline, with_images};

/// Rows looked at in one go while searching for records that pass the filters.
const ROWS_AT_ONCE: usize = 256;
/// Lambda sends at most 6 MB in one invocation; JSON around the images needs some of that.
const MAX_BATCH_BYTES: usize = 5 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
#[error("stream of {table} to {function}: {reason}")]
pub(crate) struct MappingError {
    table: String,
    function: String,
    reason: String,
}

/// How far each consumer of each table has come; what all have passed is deleted.
#[derive(Default)]
pub(crate) struct Positions(Mutex<HashMap<String, BTreeMap<String, i64>>>);

impl Positions {
    /// The sequence number that every consumer of the table has passed.
    fn passed(&self, table: &str, consumer: &str, position: i64) -> i64 {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let consumers = tables.entry(table.to_owned()).or_default();
        consumers.insert(consumer.to_owned(), position);
        consumers.values().copied().min().unwrap_or(0)
    }
}

/// Everything the consumer of one mapping works with.
pub(crate) struct Rooms {
    pub(crate) functions: Arc<Functions>,
    pub(crate) journal: Journal,
    pub(crate) queues: Arc<Queues>,
    pub(crate) agenda: Arc<Agenda>,
    pub(crate) rest: Rest,
    pub(crate) clock: Clock,
    pub(crate) region: Region,
    pub(crate) positions: Arc<Positions>,
}

pub(crate) struct Consumer {
    mapping: StreamMapping,
    filters: Vec<Pattern>,
    filters_read_images: bool,
    rooms: Arc<Rooms>,
    writes: Writes,
    reader: Mutex<Connection>,
    position: AtomicI64,
    /// The table's write count when the stream was last read to its end.
    caught_up_at: AtomicU64,
    /// A retry or a batching window is waited for, so nothing is due now.
    is_waiting: AtomicBool,
}

/// The machine stops.
struct Stopped;

impl Consumer {
    pub(crate) fn new(
        mapping: StreamMapping,
        rooms: Arc<Rooms>,
        writes: Writes,
        reader: Connection,
        left: &BTreeMap<String, String>,
    ) -> Result<Self, MappingError> {
        let failed = |reason: String| MappingError {
            table: mapping.table.clone(),
            function: mapping.function.clone(),
            reason,
        };
        let filters: Vec<Pattern> = mapping
            .filters
            .iter()
            .map(Pattern::parse)
            .collect::<Result<_, _>>()
            .map_err(|error| failed(error.to_string()))?;
        let filters_read_images = filters.iter().any(|filter| {
            filter.looks_into(&["dynamodb", "NewImage"])
                || filter.looks_into(&["dynamodb", "OldImage"])
        });
        let position = left
            .get(&position_name(&mapping))
            .and_then(|position| position.parse().ok())
            .unwrap_or(0);
        rooms
            .positions
            .passed(&mapping.table, &mapping.function, position);
        Ok(Self {
            mapping,
            filters,
            filters_read_images,
            rooms,
            writes,
            reader: Mutex::new(reader),
            position: AtomicI64::new(position),
            // Not caught up before the first look, which finds what the last run left.
            caught_up_at: AtomicU64::new(u64::MAX),
            is_waiting: AtomicBool::new(false),
        })
    }

    /// Whether no record is due to be processed.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_waiting.load(Ordering::SeqCst)
            || self.caught_up_at.load(Ordering::SeqCst) == self.writes.count()
    }

    pub(crate) async fn run(self: Arc<Self>) {
        let mut writes = self.writes.watch();
        loop {
            let seen = *writes.borrow_and_update();
            let mut held = self.rooms.rest.hold();
            loop {
                match self.next_batch() {
                    Ok(batch) if batch.scanned_to.is_none() => break,
                    Ok(batch) => {
                        if self.is_batch_early(&batch) {
                            held = match self.wait(held, self.window_end(&batch)).await {
                                Some(held) => held,
                                None => return,
                            };
                        }
                        // A window may have brought more records.
                        let batch = if self.mapping.batching_window_seconds > 0 {
                            self.next_batch().unwrap_or(batch)
                        } else {
                            batch
                        };
                        held = match self.process(batch, held).await {
                            Ok(held) => held,
                            Err(Stopped) => return,
                        };
                    }
                    Err(error) => {
                        tracing::error!(%error, table = self.mapping.table, "the stream cannot be read");
                        break;
                    }
                }
            }
            self.caught_up_at.store(seen, Ordering::SeqCst);
            drop(held);
            self.rooms.rest.look_again();
            if writes.changed().await.is_err() {
                return;
            }
        }
    }

    /// The next records that pass the filters. `scanned_to` is the last row looked at, past which nothing needs a second look.
    fn next_batch(&self) -> Result<Batch, rusqlite::Error> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = self.mapping.batch_size.max(1) as usize;
        let mut batch = Batch::default();
        let mut bytes = 0;
        let mut after = self.position.load(Ordering::SeqCst);
        loop {
            let rows = stream_rows(&reader, &self.mapping.table, after, ROWS_AT_ONCE)?;
            let is_last = rows.len() < ROWS_AT_ONCE;
            for row in rows {
                let size = row_bytes(&row);
                if batch.records.len() == limit
                    || (bytes + size > MAX_BATCH_BYTES && !batch.records.is_empty())
                {
                    batch.is_full = true;
                    return Ok(batch);
                }
                after = row.sequence_number;
                batch.scanned_to = Some(after);
                if !ends_as_it_began(&row)
                    && let Some(record) = self.wanted(&row)
                {
                    bytes += size;
                    batch.records.push(record);
                }
            }
            if is_last {
                return Ok(batch);
            }
        }
    }

    /// Most records pass no filter, and most filters ask for keys only: their images are not read.
    fn wanted(&self, row: &StreamRow) -> Option<Record> {
        let outline = outline(row, &self.mapping.table, &self.rooms.region)?;
        if !self.filters_read_images && !self.passes(&outline) {
            return None;
        }
        let record = with_images(outline, row)?;
        self.passes(&record).then_some(record)
    }

    fn passes(&self, record: &Record) -> bool {
        let filters = &self.filters;
        filters.is_empty() || filters.iter().any(|filter| filter.matches(&record.json))
    }

    fn is_batch_early(&self, batch: &Batch) -> bool {
        !batch.is_full
            && !batch.records.is_empty()
            && self.window_end(batch) > self.rooms.clock.now()
    }

    fn window_end(&self, batch: &Batch) -> Timestamp {
        let window = SignedDuration::from_secs(self.mapping.batching_window_seconds.into());
        let first = batch
            .records
            .first()
            .map_or(Timestamp::UNIX_EPOCH, |record| record.created_at);
        first.checked_add(window).unwrap_or(Timestamp::MAX)
    }

    /// Waits on the shown clock without counting as unfinished work. `None` when the machine stops.
    async fn wait(&self, held: Held, until: Timestamp) -> Option<Held> {
        let (awake, alarm) = oneshot::channel();
        self.rooms.agenda.at(until, move |held| {
            let _ = awake.send(held);
        });
        self.is_waiting.store(true, Ordering::SeqCst);
        drop(held);
        self.rooms.rest.look_again();
        let held = alarm.await.ok();
        self.is_waiting.store(false, Ordering::SeqCst);
        held
    }

    /// Remembers how far this consumer has come, and deletes what every consumer has passed.
    fn advance(&self, position: i64) -> Vec<Entry> {
        self.position.store(position, Ordering::SeqCst);
        let table = &self.mapping.table;
        let up_to = self
            .rooms
            .positions
            .passed(table, &self.mapping.function, position);
        vec![
            Entry::Position {
                name: position_name(&self.mapping),
                value: position.to_string(),
            },
            Entry::TrimStream {
                table: table.clone(),
                up_to,
            },
        ]
    }
}

#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    /// `None` when there was no row at all.
    scanned_to: Option<i64>,
    /// More rows follow.
    is_full: bool,
}

fn row_bytes(row: &StreamRow) -> usize {
    row.keys.len()
        + row.new_image.as_ref().map_or(0, String::len)
        + row.old_image.as_ref().map_or(0, String::len)
        + 512
}

fn position_name(mapping: &StreamMapping) -> String {
    format!("stream/{}/{}", mapping.table, mapping.function)
}
