//! Counts the work that is due and unfinished, so that somebody can wait until there is none.
//! It must not know what kind of work it counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The count of due, unfinished work of one machine.
#[derive(Clone, Default)]
pub(crate) struct Rest(Arc<Inner>);

#[derive(Default)]
struct Inner {
    held: AtomicUsize,
    changed: Notify,
}

/// One piece of unfinished work; dropping it says that the work is done or no longer due.
pub(crate) struct Held(Rest);

impl Rest {
    pub(crate) fn hold(&self) -> Held {
        self.0.held.fetch_add(1, Ordering::SeqCst);
        Held(self.clone())
    }

    pub(crate) fn held(&self) -> usize {
        self.0.held.load(Ordering::SeqCst)
    }

    /// Tells everybody who waits to look again.
    pub(crate) fn look_again(&self) {
        self.0.changed.notify_waiters();
    }

    /// Returns once `is_idle` holds and nothing is held, seen at one moment.
    pub(crate) async fn wait(&self, is_idle: impl Fn() -> bool) {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            // Registered before the check, or a change between the two would be missed.
            changed.as_mut().enable();
            if self.held() == 0 && is_idle() && self.held() == 0 {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.0.0.held.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.look_again();
        }
    }
}
