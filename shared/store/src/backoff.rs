//! How long to wait before a bounded repeat: full jitter, so that writers who met once do not meet again.
//! Must not know what is repeated.

use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep};

/// How often a part of an answer that was not carried out is asked for again.
pub(crate) const ATTEMPTS: u32 = 6;

const FIRST_MILLISECONDS: u64 = 50;
const LONGEST_MILLISECONDS: u64 = 2_000;

/// Waits before attempt `attempt` (1 = the first repeat): anything up to 50 ms, 100 ms, … 2 s.
pub(crate) async fn pause(sleep: &SharedAsyncSleep, attempt: u32) {
    sleep
        .sleep(Duration::from_millis(fastrand::u64(1..=ceiling(attempt))))
        .await;
}

fn ceiling(attempt: u32) -> u64 {
    let doubled = FIRST_MILLISECONDS << attempt.saturating_sub(1).min(10);
    doubled.min(LONGEST_MILLISECONDS)
}

#[cfg(test)]
mod tests {
    use super::ceiling;

    #[test]
    fn grows_twofold_and_stops() {
        let ceilings: Vec<u64> = [0, 1, 2, 3, 6, 7, 40].map(ceiling).to_vec();
        assert_eq!(ceilings, [50, 50, 100, 200, 1600, 2000, 2000]);
    }
}
