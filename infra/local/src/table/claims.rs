//! Refuses what overlaps a running transaction on an item, with the codes of DynamoDB; the table engine itself never would.
//! It must not know what the calls do with their items.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dynoxide::DynoxideError;
use dynoxide::errors::CancellationReason;
use hyper::StatusCode;

use super::Refusal;
use super::keys::{ItemKey, Wanted};

/// The items of calls in flight.
#[derive(Clone, Default)]
pub(super) struct Claims(Arc<Mutex<HashMap<ItemKey, Use>>>);

#[derive(Debug, Default)]
struct Use {
    is_in_transaction: bool,
    writers: usize,
}

/// The items of one call; dropping it lets others have them.
pub(super) struct Claim {
    claims: Claims,
    keys: Vec<ItemKey>,
    is_transaction: bool,
}

impl Claims {
    pub(super) fn take(&self, wanted: Wanted) -> Result<Claim, Refusal> {
        let mut uses = self.uses();
        match wanted {
            Wanted::TransactWrite(keys) => {
                let is_taken =
                    |key: &ItemKey| uses.get(key).is_some_and(|found| found.is_in_transaction);
                refuse_conflicts(&keys, is_taken)?;
                // An item named twice is claimed once; the engine refuses such a transaction by itself.
                let keys: HashSet<ItemKey> = keys.into_iter().flatten().collect();
                for key in &keys {
                    uses.entry(key.clone()).or_default().is_in_transaction = true;
                }
                Ok(self.claim(keys.into_iter().collect(), true))
            }
            Wanted::TransactRead(keys) => {
                let is_written = |key: &ItemKey| {
                    uses.get(key)
                        .is_some_and(|found| found.is_in_transaction || found.writers > 0)
                };
                refuse_conflicts(&keys, is_written)?;
                Ok(self.claim(Vec::new(), true))
            }
            Wanted::Write { keys, is_batch } => {
                // A batch has no code for a conflict: it runs before or after the transaction, the engine sees to that.
                if !is_batch
                    && keys
                        .iter()
                        .any(|key| uses.get(key).is_some_and(|found| found.is_in_transaction))
                {
                    return Err(conflict());
                }
                for key in &keys {
                    uses.entry(key.clone()).or_default().writers += 1;
                }
                Ok(self.claim(keys, false))
            }
        }
    }

    fn claim(&self, keys: Vec<ItemKey>, is_transaction: bool) -> Claim {
        Claim {
            claims: self.clone(),
            keys,
            is_transaction,
        }
    }

    fn uses(&self) -> MutexGuard<'_, HashMap<ItemKey, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut uses = self.claims.uses();
        for key in self.keys.drain(..) {
            if let Entry::Occupied(mut entry) = uses.entry(key) {
                let found = entry.get_mut();
                if self.is_transaction {
                    found.is_in_transaction = false;
                } else {
                    found.writers -= 1;
                }
                if !found.is_in_transaction && found.writers == 0 {
                    entry.remove();
                }
            }
        }
    }
}

fn refuse_conflicts(
    keys: &[Option<ItemKey>],
    is_taken: impl Fn(&ItemKey) -> bool,
) -> Result<(), Refusal> {
    let conflicts: Vec<bool> = keys
        .iter()
        .map(|key| key.as_ref().is_some_and(&is_taken))
        .collect();
    if !conflicts.contains(&true) {
        return Ok(());
    }
    let codes: Vec<&str> = conflicts
        .iter()
        .map(|conflict| {
            if *conflict {
                "TransactionConflict"
            } else {
                "None"
            }
        })
        .collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    let reasons = codes.into_iter().map(|code| CancellationReason {
        code: code.to_owned(),
        message: (code != "None").then(|| "Transaction is ongoing for the item".to_owned()),
        item: None,
    });
    Err(DynoxideError::TransactionCanceledException(message, reasons.collect()).into())
}

fn conflict() -> Refusal {
    Refusal {
        status: StatusCode::BAD_REQUEST,
        body: r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException","message":"Transaction is ongoing for the item"}"#
            .to_owned(),
    }
}
