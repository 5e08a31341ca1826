//! The time that everything on this machine is shown: the real time, shifted and sped up.
//! It must not know who waits for what.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

/// The highest rate that the functions take from the clock file.
const FASTEST_RATE: f64 = 1_000_000.0;

/// The clock could not be read or set.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    #[error("the clock file {} cannot be used: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error(
        "the clock file {} holds {found:?}; delete it, or write one line of two RFC 3339 times and a rate: \
         2026-11-22T09:00:00Z 2026-12-01T09:00:00Z 60",
        path.display()
    )]
    Malformed { path: PathBuf, found: String },
    #[error("a rate of {rate}; give one from 0, which stops the clock, to 1000000")]
    Rate { rate: f64 },
}

/// A handle on the shown time; all clones are one clock. Tells whole milliseconds, as the functions see them.
#[derive(Debug, Clone)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    setting: watch::Sender<Setting>,
    /// Where the function processes read the same setting.
    file: Option<PathBuf>,
}

/// From `real` on the shown time begins at `shown` and runs `rate` times as fast. Milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Setting {
    real: i64,
    shown: i64,
    rate: f64,
}

impl Clock {
    /// The real time, until it is set. No file, so function processes do not follow.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Setting::real_time(), None)
    }

    /// The clock that a file keeps between runs; the real time if there is no such file yet. Function processes read it.
    ///
    /// # Errors
    /// The file can be neither read nor made, or holds something else.
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Self, ClockError> {
        let path = path.into();
        let setting = match fs::read_to_string(&path) {
            Ok(text) => Setting::parse(&text).ok_or_else(|| ClockError::Malformed {
                path: path.clone(),
                found: text.trim_end().chars().take(120).collect(),
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let setting = Setting::real_time();
                setting.write(&path)?;
                setting
            }
            Err(source) => return Err(ClockError::File { path, source }),
        };
        Ok(Self::new(setting, Some(path)))
    }

    fn new(setting: Setting, file: Option<PathBuf>) -> Self {
        Self {
            inner: Arc::new(Inner {
                setting: watch::Sender::new(setting),
                file,
            }),
        }
    }

    /// The file that function processes read, if there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.inner.file.as_deref()
    }

    /// The shown time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let setting = *self.inner.setting.borrow();
        at(setting.shown_at(real_now()))
    }

    /// How many shown seconds pass in a real one; 0 for a stopped clock.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.inner.setting.borrow().rate
    }

    /// Shows `to` from now on, at the same rate. Every sleeper wakes.
    ///
    /// # Errors
    /// The clock file cannot be written; the clock is then as before.
    pub fn set(&self, to: Timestamp) -> Result<(), ClockError> {
        self.change(|setting, real| Setting {
            real,
            shown: to.as_millisecond(),
            rate: setting.rate,
        })
    }

    /// Runs on from the shown time at another rate, 0 to 1,000,000. Every sleeper wakes.
    ///
    /// # Errors
    /// The rate is out of range, or the clock file cannot be written; the clock is then as before.
    pub fn set_rate(&self, rate: f64) -> Result<(), ClockError> {
        if !(0.0..=FASTEST_RATE).contains(&rate) {
            return Err(ClockError::Rate { rate });
        }
        self.change(|setting, real| Setting {
            real,
            shown: setting.shown_at(real),
            rate,
        })
    }

    /// How long to sleep for real until `shown` is shown: zero if it has been, [`Duration::MAX`] if the clock stands.
    #[must_use]
    pub fn real_duration_until(&self, shown: Timestamp) -> Duration {
        let setting = *self.inner.setting.borrow();
        let left = shown
            .as_millisecond()
            .saturating_sub(setting.shown_at(real_now()));
        if left <= 0 {
            return Duration::ZERO;
        }
        // Rounded up to the next millisecond: a sleeper must not wake to a time that is still short of `shown`.
        let real_milliseconds = (left as f64 / setting.rate).ceil();
        Duration::try_from_secs_f64(real_milliseconds / 1_000.0).unwrap_or(Duration::MAX)
    }

    /// Ends when the clock is set or its rate changes after this call; the wait begins with the call, not with the first poll.
    pub fn changed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut setting = self.inner.setting.subscribe();
        // Kept so that the sender outlives the wait.
        let clock = self.clone();
        async move {
            let _ = setting.changed().await;
            drop(clock);
        }
    }

    fn change(&self, next: impl FnOnce(Setting, i64) -> Setting) -> Result<(), ClockError> {
        let mut outcome = Ok(());
        // The watch's lock is held over the write, so that the file never shows another order of settings than the handle.
        self.inner.setting.send_if_modified(|setting| {
            let changed = next(*setting, real_now());
            outcome = self
                .inner
                .file
                .as_deref()
                .map_or(Ok(()), |path| changed.write(path));
            if outcome.is_ok() {
                *setting = changed;
            }
            outcome.is_ok()
        });
        outcome
    }
}

impl Setting {
    fn real_time() -> Self {
        let real = real_now();
        Self {
            real,
            shown: real,
            rate: 1.0,
        }
    }

    fn shown_at(&self, real: i64) -> i64 {
        let passed = real.saturating_sub(self.real) as f64 * self.rate;
        self.shown.saturating_add(passed as i64)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let real: Timestamp = words.next()?.parse().ok()?;
        let shown: Timestamp = words.next()?.parse().ok()?;
        let rate: f64 = words.next()?.parse().ok()?;
        let is_whole = words.next().is_none() && (0.0..=FASTEST_RATE).contains(&rate);
        is_whole.then(|| Self {
            real: real.as_millisecond(),
            shown: shown.as_millisecond(),
            rate,
        })
    }

    /// Replaces the file in one step: a reader sees the old line or the new one.
    fn write(&self, path: &Path) -> Result<(), ClockError> {
        let line = format!("{} {} {}\n", at(self.real), at(self.shown), self.rate);
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let written = fs::write(&beside, line).and_then(|()| fs::rename(&beside, path));
        written.map_err(|source| ClockError::File {
            path: path.to_owned(),
            source,
        })
    }
}

fn real_now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A time beyond the calendar's ends stands at the end: a clock must not fail.
fn at(milliseconds: i64) -> Timestamp {
    let end = if milliseconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_millisecond(milliseconds).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn setting(rate: f64) -> Setting {
        Setting {
            real: time("2026-11-22T09:00:00Z").as_millisecond(),
            shown: time("2026-12-01T08:00:00Z").as_millisecond(),
            rate,
        }
    }

    #[test]
    fn shown_time_runs_on_from_where_it_was_set_at_its_rate() {
        let real = time("2026-11-22T09:00:10Z").as_millisecond();
        for (rate, shown) in [
            (1.0, "2026-12-01T08:00:10Z"),
            (60.0, "2026-12-01T08:10:00Z"),
            (0.5, "2026-12-01T08:00:05Z"),
            (0.0, "2026-12-01T08:00:00Z"),
        ] {
            assert_eq!(at(setting(rate).shown_at(real)), time(shown), "{rate}");
        }
        assert_eq!(at(setting(1e6).shown_at(i64::MAX)), Timestamp::MAX);
    }

    #[test]
    fn the_file_holds_one_line_that_the_functions_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        setting(60.0).write(&path).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "2026-11-22T09:00:00Z 2026-12-01T08:00:00Z 60\n"
        );
        assert_eq!(
            Setting::parse(&fs::read_to_string(&path).unwrap()),
            Some(setting(60.0))
        );
    }

    #[test]
    fn a_clock_goes_on_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        let first = Clock::from_file(&path).unwrap();
        assert!(Timestamp::now().duration_since(first.now()).as_secs() < 60);
        first.set_rate(0.0).unwrap();
        first.set(time("2030-01-01T00:00:00.250Z")).unwrap();
        let again = Clock::from_file(&path).unwrap();
        assert_eq!(again.now(), time("2030-01-01T00:00:00.250Z"));
        assert_eq!(again.rate(), 0.0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_clock_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        for text in [
            "",
            "now",
            "2026-11-22T09:00:00Z",
            "2026-11-22T09:00:00Z 2026-11-22T09:00:00Z -1",
            "2026-11-22T09:00:00Z 2026-11-22T09:00:00Z 1 2",
        ] {
            fs::write(&path, text).unwrap();
            let refusal = Clock::from_file(&path).unwrap_err().to_string();
            assert!(
                refusal.contains("clock") && refusal.contains(&format!("{text:?}")),
                "{refusal}"
            );
        }
        for rate in [-1.0, f64::NAN, f64::INFINITY, 1e7] {
            assert!(Clock::system().set_rate(rate).is_err(), "{rate}");
        }
    }

    #[test]
    fn a_clock_that_cannot_be_written_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::from_file(folder.path().join("clock")).unwrap();
        clock.set_rate(0.0).unwrap();
        let before = clock.now();
        drop(folder);
        assert!(clock.set(time("2030-01-01T00:00:00Z")).is_err());
        assert_eq!(clock.now(), before);
    }

    #[test]
    fn sleeping_time_is_real_time() {
        let clock = Clock::system();
        let clone = clock.clone();
        clone.set_rate(0.0).unwrap();
        clone.set(time("2030-01-01T00:00:00Z")).unwrap();
        assert_eq!(
            clock.real_duration_until(time("2030-01-01T00:00:00Z")),
            Duration::ZERO
        );
        assert_eq!(
            clock.real_duration_until(time("2030-01-01T00:00:01Z")),
            Duration::MAX
        );
        clone.set_rate(3600.0).unwrap();
        let wait = clock.real_duration_until(time("2030-01-01T10:00:00Z"));
        assert!(
            wait > Duration::from_secs(8) && wait <= Duration::from_secs(10),
            "{wait:?}"
        );
    }

    #[tokio::test]
    async fn a_sleeper_hears_of_a_change_made_between_the_call_and_the_wait() {
        let clock = Clock::system();
        let changed = clock.changed();
        clock.set(time("2030-01-01T00:00:00Z")).unwrap();
        changed.await;
        let again = clock.changed();
        clock.set_rate(2.0).unwrap();
        again.await;
        let never = tokio::time::timeout(Duration::from_millis(5), clock.changed()).await;
        assert!(never.is_err());
    }
}
