//! Every lead is warned about a minute before its deadline or earlier, and every mark of a task's clock and of a case's is
//! told once: sweeps are lost, run twice, and overlap, and events come twice while they run.

use std::collections::BTreeMap;
use std::rc::Rc;

use domain::case::Fact;
use domain::clock::Mark;
use domain::id::{CaseId, StepId};
use jiff::{SignedDuration, Timestamp};
use store::Guard;
use tests::world::{World, sample};

use crate::{BEGIN, company, opened, world};

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

/// What the histories say of the marks.
#[derive(Default)]
struct Seen {
    /// Of every mark, sorted.
    late_seconds: Vec<i64>,
    least_left_seconds: i64,
}

impl Seen {
    fn of_hundred(&self, share: usize) -> i64 {
        let last = self.late_seconds.len() - 1;
        self.late_seconds[last * share / 100]
    }
}

/// As many cases of `workflow` as `count` come in at random within `minutes`; in any four minutes one sweep is lost at
/// random. Tickets are swept by two sweepers, one of them twice; each waits for its client at some time, and what the help
/// desk says of it comes three times.
async fn simulate(workflow: &'static str, count: usize, minutes: u64) -> Seen {
    let world = Rc::new(world().await);
    let mut dice = Dice(7);
    let mut starts: Vec<u64> = (0..count).map(|_| dice.below(minutes * 60)).collect();
    starts.sort_unstable();
    let local = tokio::task::LocalSet::new();
    let coming = world.clone();
    let waits: Vec<_> = (0..count)
        .map(|_| (1 + dice.below(280), 1 + dice.below(400)))
        .collect();
    let news = match workflow {
        "ticket" => starts.iter().zip(waits).enumerate().collect(),
        _ => Vec::new(),
    };
    for (number, (start, (until, rest))) in news {
        let times = [
            ("ticket.waiting", start + until),
            ("ticket.replied", start + until + rest),
        ];
        for (kind, second) in times {
            for again in [0, 0, dice.below(90)] {
                let world = world.clone();
                local.spawn_local(async move {
                    hear(&world, kind, number, after(second), after(second + again)).await;
                });
            }
        }
    }
    local.spawn_local(async move {
        let (store, company) = (coming.store(), company());
        for (number, start) in starts.into_iter().enumerate() {
            store.clock().sleep_until(after(start)).await;
            let decision = opened(&company, workflow, number, store.now());
            let committed = store.commit(&decision, &Guard::None).await;
            committed.expect("a case starts");
        }
    });
    let mut lost = 0;
    // The last clock runs and waits for no longer than this after it came in.
    let longest = if workflow == "ticket" { 13 } else { 8 };
    for minute in 0..minutes + longest {
        if minute % 4 == 0 {
            lost = minute + dice.below(4);
        }
        if minute == lost {
            continue;
        }
        let sweepers = if workflow == "ticket" { 3 } else { 1 };
        for delay in [0, dice.below(3), dice.below(50)]
            .into_iter()
            .take(sweepers)
        {
            let world = world.clone();
            let at = after(minute * 60 + delay);
            local.spawn_local(async move { sweep(&world, at).await });
        }
    }
    local.await;
    let clocks = if workflow == "ticket" { 2 } else { 1 };
    look(&world, count, clocks).await
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let clocks = self.late_seconds.len() / 2;
        let left = self.least_left_seconds;
        let [median, p99, most] = [50, 99, 100].map(|share| self.of_hundred(share));
        write!(
            f,
            "{clocks} clocks, each warned {left} s before its deadline or earlier; \
             marks late by {median} s at the median, {p99} s at p99, {most} s at most"
        )
    }
}

fn after(seconds: u64) -> Timestamp {
    let begin: Timestamp = BEGIN.parse().expect("a time");
    begin + SignedDuration::from_secs(i64::try_from(seconds).expect("some hours"))
}

async fn sweep(world: &World, at: Timestamp) {
    let store = world.store();
    store.clock().sleep_until(at).await;
    let swept = app::sla_check::handle(&store, &world.bus()).await;
    assert_eq!(swept.expect("the sweep comes to its end").failed, 0);
    // Its mails go out, or every later sweep would find them unsent again.
    world.carry_out(&store).await;
}

/// What the help desk says of a ticket `at` that time comes when it is `heard`.
async fn hear(world: &World, kind: &str, number: usize, at: Timestamp, heard: Timestamp) {
    let store = world.store();
    store.clock().sleep_until(heard).await;
    let mut event = sample(kind);
    event["id"] = format!("{kind}-{number}").into();
    event["time"] = at.to_string().into();
    event["detail"]["update_id"] = event["id"].clone();
    event["detail"]["ticket_id"] = format!("T-{number}").into();
    let told = app::advance_case::handle(&store, event).await;
    told.expect("it is heard");
}

async fn look(world: &World, count: usize, clocks: usize) -> Seen {
    let store = world.store();
    let mut seen = Seen {
        least_left_seconds: i64::MAX,
        ..Seen::default()
    };
    for number in 0..count {
        let id = CaseId(format!("case_{number:07}"));
        let history = store.history(&id).await.expect("the table answers");
        let mut fired: BTreeMap<&StepId, Vec<(Timestamp, Mark, Timestamp)>> = BTreeMap::new();
        for record in &history {
            for fact in &record.facts {
                if let Fact::MarkFired { step, mark, at, .. } = fact {
                    let at = at.expect("it says when");
                    fired.entry(step).or_default().push((record.at, *mark, at));
                }
            }
        }
        assert_eq!(fired.len(), clocks, "{id}: every clock has spoken");
        for (clock, fired) in fired {
            let marks: Vec<_> = fired.iter().map(|(_, mark, _)| mark.to_string()).collect();
            assert_eq!(marks, ["80%", "breach"], "{id} {clock}: once, in order");
            let (warned, deadline) = (fired[0].0, fired[1].2.as_second() - 1);
            let left = deadline - warned.as_second();
            seen.least_left_seconds = seen.least_left_seconds.min(left);
            let late =
                |(told, _, at): &(Timestamp, Mark, Timestamp)| told.as_second() - at.as_second();
            seen.late_seconds.extend(fired.iter().map(late));
        }
    }
    seen.late_seconds.sort_unstable();
    seen
}

fn simulated() -> usize {
    let said = std::env::var(LEADS).ok();
    said.and_then(|count| count.parse().ok()).unwrap_or(48)
}

/// About sixteen come in a minute.
fn minutes(count: usize) -> u64 {
    (count as u64 / 16).max(3)
}

#[tokio::test(start_paused = true)]
async fn p31_every_lead_is_warned_a_minute_before_its_deadline_whatever_happens_to_the_sweeps() {
    let count = simulated();
    let seen = simulate("lead", count, minutes(count)).await;
    println!("{seen}");
    let left = seen.least_left_seconds;
    assert!(60 <= left, "{left} s left");
    let latest = seen.of_hundred(100);
    assert!(latest <= 2, "{latest} s late");
}

#[tokio::test(start_paused = true)]
async fn p31_every_mark_of_tasks_and_cases_comes_once_while_sweepers_overlap_and_events_repeat() {
    let count = simulated();
    let seen = simulate("ticket", count, minutes(count)).await;
    println!("{seen}");
    let p99 = seen.of_hundred(99);
    assert!(p99 <= 2, "{p99} s late at p99");
    // A clock that is resumed just before its mark is found when the index is read again.
    let latest = seen.of_hundred(100);
    assert!(latest <= 20, "{latest} s late");
}
