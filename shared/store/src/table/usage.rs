//! Counts requests and consumed capacity, cheaply enough to be always on.
//! Must not know which operation was counted.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// What a table has cost so far. Cancelled transactions consume too, but their answers do not say how much.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units, those of indexes included.
    pub write_units: f64,
    /// Calls that were answered well; repeats inside the SDK are not seen.
    pub requests: u64,
}

/// Units come in halves, so halves are counted and nothing is rounded.
#[derive(Debug, Default)]
pub(super) struct Counters {
    read_halves: AtomicU64,
    write_halves: AtomicU64,
    requests: AtomicU64,
}

impl Counters {
    pub(super) fn count_read(&self, consumed: &[ConsumedCapacity]) {
        self.count(consumed, &self.read_halves);
    }

    pub(super) fn count_write(&self, consumed: &[ConsumedCapacity]) {
        self.count(consumed, &self.write_halves);
    }

    pub(super) fn read(&self) -> Usage {
        let units = |halves: &AtomicU64| halves.load(Ordering::Relaxed) as f64 / 2.0;
        Usage {
            read_units: units(&self.read_halves),
            write_units: units(&self.write_halves),
            requests: self.requests.load(Ordering::Relaxed),
        }
    }

    /// A transaction that was replayed by its token costs reads, and then says so; otherwise the total is of one kind.
    fn count(&self, consumed: &[ConsumedCapacity], kind: &AtomicU64) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        for capacity in consumed {
            match (capacity.read_capacity_units, capacity.write_capacity_units) {
                (None, None) => add(kind, capacity.capacity_units),
                (reads, writes) => {
                    add(&self.read_halves, reads);
                    add(&self.write_halves, writes);
                }
            }
        }
    }
}

fn add(halves: &AtomicU64, units: Option<f64>) {
    let counted = (units.unwrap_or(0.0) * 2.0).round();
    halves.fetch_add(counted as u64, Ordering::Relaxed);
}
