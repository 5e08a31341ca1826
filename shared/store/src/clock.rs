//! The one place where the present enters: the system's clock, or the clock file of local mode.
//! Must not know what the time is used for; rules take it as an argument.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use jiff::Timestamp;

/// How often a sleeper looks whether the clock file was set forward.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// The longest single sleep; a sleeper that wakes early looks at the clock and sleeps on.
const LONGEST_NAP: Duration = Duration::from_secs(3_600);
const FASTEST_RATE: f64 = 1_000_000.0;

/// A clock file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    #[error("the clock file {} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "the clock file {} holds {found:?}; expected one line `real shown rate`: two RFC 3339 times and a rate from 0 to 1000000, as in `2026-11-22T09:00:00Z 2026-12-01T09:00:00Z 60`",
        path.display()
    )]
    Malformed { path: PathBuf, found: String },
}

/// Tells the present, in whole milliseconds.
#[derive(Debug, Clone)]
pub struct Clock {
    time: SharedTimeSource,
    sleep: SharedAsyncSleep,
    file: Option<Arc<ClockFile>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::driven(
            SharedTimeSource::default(),
            SharedAsyncSleep::new(TokioSleep::new()),
        )
    }

    /// A clock whose present and whose sleep come from elsewhere: a simulation gives the same two to [`crate::Wire`].
    pub fn driven(time: SharedTimeSource, sleep: SharedAsyncSleep) -> Self {
        Self {
            time,
            sleep,
            file: None,
        }
    }

    /// The clock file of local mode: one line `real_rfc3339 shown_rfc3339 rate`, read again at each question, so that
    /// the local host can set the time forward under running functions. The writer replaces the file by a rename.
    pub fn from_file(path: &Path) -> Result<Self, ClockError> {
        let file = ClockFile {
            path: path.to_owned(),
            last_good: Mutex::new(Reading::of(path)?),
        };
        Ok(Self {
            file: Some(Arc::new(file)),
            ..Self::system()
        })
    }

    /// The present as shown to everybody, cut to milliseconds.
    pub fn now(&self) -> Timestamp {
        self.shown().0
    }

    /// Waits until [`Clock::now`] is `shown` or later. With a clock file the file is looked at every 50 ms.
    pub async fn sleep_until(&self, shown: Timestamp) {
        loop {
            let (now, rate) = self.shown();
            let left_milliseconds = shown.as_millisecond() - now.as_millisecond();
            if left_milliseconds <= 0 {
                return;
            }
            let longest = if self.file.is_some() {
                LOOK_AGAIN
            } else {
                LONGEST_NAP
            };
            let real_seconds = left_milliseconds as f64 / 1_000.0 / rate;
            let nap = Duration::try_from_secs_f64(real_seconds)
                .unwrap_or(longest)
                .min(longest);
            // A nap below a millisecond would spin: timers are no finer.
            self.sleep.sleep(nap.max(Duration::from_millis(1))).await;
        }
    }

    fn shown(&self) -> (Timestamp, f64) {
        let real = milliseconds(self.time.now());
        match &self.file {
            None => (at(real), 1.0),
            Some(file) => {
                let reading = file.reading();
                (at(reading.shown(real)), reading.rate)
            }
        }
    }
}

#[derive(Debug)]
struct ClockFile {
    path: PathBuf,
    last_good: Mutex<Reading>,
}

impl ClockFile {
    /// A file that cannot be read for a moment must not stop the time: the last good reading goes on.
    fn reading(&self) -> Reading {
        let mut last_good = self
            .last_good
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match Reading::of(&self.path) {
            Ok(reading) => *last_good = reading,
            Err(error) => {
                tracing::warn!(%error, "the clock file is not usable, its last reading goes on")
            }
        }
        *last_good
    }
}

/// From `real` on, the shown time runs `rate` times as fast, beginning at `shown`. Milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reading {
    real: i64,
    shown: i64,
    rate: f64,
}

impl Reading {
    fn of(path: &Path) -> Result<Self, ClockError> {
        let text = std::fs::read_to_string(path).map_err(|source| ClockError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).ok_or_else(|| ClockError::Malformed {
            path: path.to_owned(),
            found: text.trim_end().chars().take(120).collect(),
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let real: Timestamp = words.next()?.parse().ok()?;
        let shown: Timestamp = words.next()?.parse().ok()?;
        let rate: f64 = words.next()?.parse().ok()?;
        let in_range = (0.0..=FASTEST_RATE).contains(&rate);
        (in_range && words.next().is_none()).then(|| Self {
            real: real.as_millisecond(),
            shown: shown.as_millisecond(),
            rate,
        })
    }

    fn shown(&self, real: i64) -> i64 {
        let passed = (real - self.real) as f64 * self.rate;
        self.shown.saturating_add(passed as i64)
    }
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = |(later, earlier): (SystemTime, SystemTime)| {
        later.duration_since(earlier).map_or(0, |passed| {
            i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
        })
    };
    since((time, UNIX_EPOCH)) - since((UNIX_EPOCH, time))
}

/// A time beyond the calendar's ends stands at the end: a clock must not fail.
fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(if milliseconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

#[cfg(test)]
mod tests;
