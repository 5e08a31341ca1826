//! The world's time: moved by hand and by whoever sleeps, never by the machine's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::TimeSource;
use jiff::Timestamp;

/// Tokio's paused time drives it: sleeping costs nothing and moves it forward.
#[derive(Debug, Clone)]
pub struct SimClock {
    origin: tokio::time::Instant,
    /// What the world shows when tokio's time is at `origin`, in milliseconds.
    shown_ms: Arc<AtomicI64>,
}

impl SimClock {
    pub fn starting(at: Timestamp) -> Self {
        SimClock {
            origin: tokio::time::Instant::now(),
            shown_ms: Arc::new(AtomicI64::new(at.as_millisecond())),
        }
    }

    pub fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.origin.elapsed().as_millis()).unwrap_or(0);
        let shown = self.shown_ms.load(Ordering::SeqCst) + passed;
        Timestamp::from_millisecond(shown).expect("the world ends before the year 9999")
    }

    /// Sets the shown time forward; never back.
    pub fn forward_to(&self, at: Timestamp) {
        let ahead = at.as_millisecond() - self.now().as_millisecond();
        if ahead > 0 {
            self.shown_ms.fetch_add(ahead, Ordering::SeqCst);
        }
    }
}

impl TimeSource for SimClock {
    fn now(&self) -> SystemTime {
        let milliseconds = SimClock::now(self).as_millisecond();
        UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
    }
}
