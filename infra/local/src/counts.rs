//! Counts what was asked of the machine: requests and capacity units per operation, invocations per function.
//! It must not judge the numbers.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Everything counted since the machine started.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// By operation, e.g. `TransactWriteItems`, `PutEvents`, `SendRawEmail`.
    pub operations: BTreeMap<String, OperationCount>,
    /// By logical id.
    pub functions: BTreeMap<String, FunctionCount>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct OperationCount {
    pub requests: u64,
    /// Of these, answered with an error.
    pub refused: u64,
    pub read_units: f64,
    pub write_units: f64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionCount {
    pub invocations: u64,
    /// Of these, ended by an error, a time-out or the end of the process.
    pub errors: u64,
    pub timeouts: u64,
    /// Processes started.
    pub starts: u64,
}

#[derive(Default)]
pub(crate) struct Counter(Mutex<Counts>);

impl Counter {
    pub(crate) fn operation(&self, operation: &str, count: impl FnOnce(&mut OperationCount)) {
        let mut counts = self.counts();
        match counts.operations.get_mut(operation) {
            Some(found) => count(found),
            None => count(counts.operations.entry(operation.to_owned()).or_default()),
        }
    }

    pub(crate) fn function(&self, function: &str, count: impl FnOnce(&mut FunctionCount)) {
        let mut counts = self.counts();
        match counts.functions.get_mut(function) {
            Some(found) => count(found),
            None => count(counts.functions.entry(function.to_owned()).or_default()),
        }
    }

    pub(crate) fn snapshot(&self) -> Counts {
        self.counts().clone()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
