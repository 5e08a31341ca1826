//! Every lead is warned about a minute before its deadline or earlier, and every mark is told once: sweeps are lost, run
//! twice, and overlap.

use std::rc::Rc;

use domain::case::Fact;
use domain::clock::Mark;
use domain::id::CaseId;
use jiff::{SignedDuration, Timestamp};
use store::Guard;
use tests::world::World;

use crate::{BEGIN, company, lead, world};

/// With this variable set, as many leads come in as it says; 10,000 take minutes.
const LEADS: &str = "BATON_SIMULATED_LEADS";

/// The same draws at every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

struct Seen {
    leads: usize,
    latest_seconds: i64,
    least_left_seconds: i64,
}

/// `leads` come in at random within `minutes`; in any four minutes one sweep is lost at random.
async fn simulate(leads: usize, minutes: u64) -> Seen {
    let world = Rc::new(world().await);
    let begin: Timestamp = BEGIN.parse().expect("a time");
    let mut dice = Dice(7);
    let mut starts: Vec<u64> = (0..leads).map(|_| dice.below(minutes * 60)).collect();
    starts.sort_unstable();
    let after = move |seconds: u64| begin + SignedDuration::from_secs(seconds as i64);
    let local = tokio::task::LocalSet::new();
    let coming = world.clone();
    local.spawn_local(async move {
        let (store, company) = (coming.store(), company());
        for (number, start) in starts.into_iter().enumerate() {
            store.clock().sleep_until(after(start)).await;
            let decision = lead(&company, number, store.now());
            store
                .commit(&decision, &Guard::None)
                .await
                .expect("a lead starts");
        }
    });
    let mut lost = 0;
    for minute in 0..minutes + 8 {
        if minute % 4 == 0 {
            lost = minute + dice.below(4);
        }
        if minute == lost {
            continue;
        }
        // Two sweepers at about the same time, and one of them twice.
        for delay in [0, dice.below(3), dice.below(50)] {
            let world = world.clone();
            let at = after(minute * 60 + delay);
            local.spawn_local(async move { sweep(&world, at).await });
        }
    }
    local.await;
    look(&world, leads).await
}

async fn sweep(world: &World, at: Timestamp) {
    let store = world.store();
    store.clock().sleep_until(at).await;
    let swept = app::sla_check::handle(&store, &world.bus()).await;
    assert_eq!(swept.expect("the sweep comes to its end").failed, 0);
}

async fn look(world: &World, leads: usize) -> Seen {
    let store = world.store();
    let mut seen = Seen {
        leads,
        latest_seconds: 0,
        least_left_seconds: i64::MAX,
    };
    for number in 0..leads {
        let id = CaseId(format!("case_{number:07}"));
        let history = store.history(&id).await.expect("the table answers");
        let started_at = history[0].at;
        let fired: Vec<_> = history
            .iter()
            .flat_map(|record| record.facts.iter().map(move |fact| (record.at, fact)))
            .filter_map(|(at, fact)| match fact {
                Fact::MarkFired { mark, .. } => Some((at, *mark)),
                _ => None,
            })
            .collect();
        let marks: Vec<_> = fired.iter().map(|(_, mark)| mark.to_string()).collect();
        assert_eq!(marks, ["80%", "breach"], "{id}: each mark once, in order");
        let used = |at: Timestamp| at.as_second() - started_at.as_second();
        for (at, mark) in fired {
            let due = match mark {
                Mark::Warning(_) => {
                    seen.least_left_seconds = seen.least_left_seconds.min(300 - used(at));
                    240
                }
                Mark::Breach | Mark::Rung(_) => 301,
            };
            seen.latest_seconds = seen.latest_seconds.max(used(at) - due);
        }
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn p31_every_lead_is_warned_a_minute_before_its_deadline_whatever_happens_to_the_sweeps() {
    let leads = std::env::var(LEADS)
        .ok()
        .and_then(|leads| leads.parse().ok());
    let leads = leads.unwrap_or(100);
    // About sixteen leads a minute.
    let seen = simulate(leads, (leads as u64 / 16).max(10)).await;
    assert!(
        60 <= seen.least_left_seconds,
        "{} s left",
        seen.least_left_seconds
    );
    assert!(seen.latest_seconds <= 2, "{} s late", seen.latest_seconds);
    assert_eq!(seen.leads, leads);
}
