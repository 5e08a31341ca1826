use std::sync::atomic::{AtomicI64, Ordering};

use aws_smithy_async::rt::sleep::Sleep;
use aws_smithy_async::time::TimeSource;

use super::*;

/// A present that only sleeping moves, so that a test of sleeping takes no time.
#[derive(Debug, Clone, Default)]
struct Simulated {
    milliseconds: Arc<AtomicI64>,
    naps: Arc<Mutex<Vec<u128>>>,
}

impl TimeSource for Simulated {
    fn now(&self) -> SystemTime {
        let passed = self.milliseconds.load(Ordering::SeqCst);
        UNIX_EPOCH + Duration::from_millis(u64::try_from(passed).unwrap())
    }
}

impl AsyncSleep for Simulated {
    fn sleep(&self, duration: Duration) -> Sleep {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap();
        self.milliseconds.fetch_add(milliseconds, Ordering::SeqCst);
        self.naps.lock().unwrap().push(duration.as_millis());
        Sleep::new(std::future::ready(()))
    }
}

fn simulated(now: &str) -> (Clock, Simulated) {
    let world = Simulated::default();
    let now: Timestamp = now.parse().unwrap();
    world
        .milliseconds
        .store(now.as_millisecond(), Ordering::SeqCst);
    let clock = Clock::driven(
        SharedTimeSource::new(world.clone()),
        SharedAsyncSleep::new(world.clone()),
    );
    (clock, world)
}

fn with_file(clock: Clock, path: &Path) -> Clock {
    let read = Clock::from_file(path).unwrap();
    Clock {
        file: read.file,
        ..clock
    }
}

fn write(folder: &tempfile::TempDir, line: &str) -> PathBuf {
    let path = folder.path().join("clock");
    let new = folder.path().join("clock.new");
    std::fs::write(&new, line).unwrap();
    std::fs::rename(&new, &path).unwrap();
    path
}

#[test]
fn the_present_is_cut_to_milliseconds() {
    assert_eq!(Clock::system().now().subsec_nanosecond() % 1_000_000, 0);
}

#[test]
fn the_shown_time_runs_from_the_shown_moment_at_its_rate() {
    let cases = [
        (
            "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z 1",
            "2026-12-01T09:00:10Z",
        ),
        (
            "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z 60",
            "2026-12-01T09:10:00Z",
        ),
        (
            "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z 0.25\n",
            "2026-12-01T09:00:02.5Z",
        ),
        (
            "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z 0",
            "2026-12-01T09:00:00Z",
        ),
        (
            "2026-11-22T10:00:20+01:00 2026-12-01T10:00:00+01:00 60",
            "2026-12-01T08:50:00Z",
        ),
        (
            "2026-11-22T09:00:00Z 9999-12-30T00:00:00Z 1000000",
            "9999-12-30T22:00:00.999999999Z",
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (line, expected) in cases {
        let (clock, _) = simulated("2026-11-22T09:00:10Z");
        let shown = with_file(clock, &write(&folder, line)).now();
        assert_eq!(shown, expected.parse::<Timestamp>().unwrap(), "{line}");
    }
}

#[test]
fn a_file_in_another_shape_is_refused_with_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "",
        "2026-11-22T09:00:00Z",
        "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z",
        "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z fast",
        "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z -1",
        "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z NaN",
        "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z inf",
        "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z 1 1",
        "2026-11-22 2026-12-01 1",
    ] {
        match Clock::from_file(&write(&folder, line)) {
            Err(ClockError::Malformed { found, .. }) => assert_eq!(found, line),
            other => panic!("{line:?}: {other:?}"),
        }
    }
    let missing = Clock::from_file(&folder.path().join("none"));
    assert!(matches!(missing, Err(ClockError::Unreadable { .. })));
}

#[test]
fn a_file_that_vanishes_leaves_the_last_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z 60");
    let (clock, world) = simulated("2026-11-22T09:00:10Z");
    let clock = with_file(clock, &path);
    std::fs::remove_file(&path).unwrap();
    world.milliseconds.fetch_add(10_000, Ordering::SeqCst);
    assert_eq!(clock.now(), "2026-12-01T09:20:00Z".parse().unwrap());
}

#[tokio::test]
async fn the_system_clock_is_slept_on_in_one_nap() {
    let (clock, world) = simulated("2026-11-22T09:00:00Z");
    clock
        .sleep_until("2026-11-22T09:00:59.750Z".parse().unwrap())
        .await;
    assert_eq!(*world.naps.lock().unwrap(), [59_750]);
    clock
        .sleep_until("2026-11-22T09:00:00Z".parse().unwrap())
        .await;
    assert_eq!(
        world.naps.lock().unwrap().len(),
        1,
        "the past is not waited for"
    );
}

#[tokio::test]
async fn a_sleeper_under_a_file_never_wakes_early_nor_far_too_late() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z 60");
    let (clock, world) = simulated("2026-11-22T09:00:00Z");
    let clock = with_file(clock, &path);
    let until: Timestamp = "2026-12-01T09:00:30Z".parse().unwrap();
    clock.sleep_until(until).await;
    let late = clock.now().duration_since(until);
    assert!(!late.is_negative() && late.as_secs() < 1, "{late:?} late");
    let slept: u128 = world.naps.lock().unwrap().iter().sum();
    assert!(
        (500..=510).contains(&slept),
        "30 shown seconds are half a real one, not {slept} ms"
    );
}

/// While asleep, somebody sets the clock of a stopped world two days forward.
#[tokio::test(flavor = "current_thread")]
async fn a_sleeper_wakes_when_the_clock_is_set_forward() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "2026-11-22T09:00:00Z 2026-12-01T09:00:00Z 0");
    let clock = Clock::from_file(&path).unwrap();
    let until: Timestamp = "2026-12-02T09:00:00Z".parse().unwrap();
    let sleeper = clock.sleep_until(until);
    let setter = async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        write(&folder, "2026-11-22T09:00:00Z 2026-12-03T09:00:00Z 0");
    };
    let both = async { tokio::join!(sleeper, setter) };
    tokio::time::timeout(Duration::from_secs(5), both)
        .await
        .unwrap();
    assert_eq!(clock.now(), "2026-12-03T09:00:00Z".parse().unwrap());
}
