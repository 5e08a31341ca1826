//! What happens later: work with a due time on the shown clock, started when the clock gets there, by running or by a jump.
//! It must not know what the work is.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::rest::{Held, Rest};

type Job = Box<dyn FnOnce(Held) + Send>;

pub(crate) struct Agenda {
    clock: Clock,
    rest: Rest,
    entries: Mutex<Entries>,
    sooner: Notify,
}

#[derive(Default)]
struct Entries {
    heap: BinaryHeap<Entry>,
    next: u64,
}

struct Entry {
    due: Timestamp,
    order: u64,
    job: Job,
}

impl Agenda {
    pub(crate) fn new(clock: Clock, rest: Rest) -> Self {
        Self {
            clock,
            rest,
            entries: Mutex::default(),
            sooner: Notify::new(),
        }
    }

    /// Runs `job` once the shown clock reaches `due`. The job gets a hold that begins before the entry leaves the agenda.
    pub(crate) fn at(&self, due: Timestamp, job: impl FnOnce(Held) + Send + 'static) {
        let is_first = {
            let mut entries = self.entries();
            let order = entries.next;
            entries.next += 1;
            let is_first = entries.heap.peek().is_none_or(|first| due < first.due);
            entries.heap.push(Entry {
                due,
                order,
                job: Box::new(job),
            });
            is_first
        };
        if is_first {
            self.sooner.notify_one();
        }
    }

    pub(crate) fn is_nothing_due(&self) -> bool {
        let now = self.clock.now();
        self.entries()
            .heap
            .peek()
            .is_none_or(|first| first.due > now)
    }

    /// When the next entry is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.entries().heap.peek().map(|first| first.due)
    }

    /// Forgets everything.
    pub(crate) fn close(&self) {
        let heap = std::mem::take(&mut self.entries().heap);
        // Dropped outside the lock: a job may own what owns this agenda.
        drop(heap);
    }

    /// Starts what is due, for as long as the machine runs.
    pub(crate) async fn run(&self) {
        loop {
            let jumped = self.clock.changed();
            self.start_due();
            let next = self.entries().heap.peek().map(|first| first.due);
            let wait = next.map(|due| self.clock.real_duration_until(due));
            tokio::select! {
                () = async {
                    match wait {
                        Some(wait) => tokio::time::sleep(wait).await,
                        None => std::future::pending().await,
                    }
                } => {}
                _ = jumped => {}
                () = self.sooner.notified() => {}
            }
        }
    }

    fn start_due(&self) {
        loop {
            let now = self.clock.now();
            let (entry, held) = {
                let mut entries = self.entries();
                if entries.heap.peek().is_none_or(|first| first.due > now) {
                    return;
                }
                let held = self.rest.hold();
                match entries.heap.pop() {
                    Some(entry) => (entry, held),
                    None => return,
                }
            };
            (entry.job)(held);
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // No code panics while it holds the lock, so a poisoned heap is still whole.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// A `BinaryHeap` gives its greatest first: the soonest, then the first added.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.order).cmp(&(self.due, self.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
