//! Schedules on the shown clock.

use local::template::{DeliveryRetry, Schedule, Wiring};
use serde_json::json;

use crate::support::{Clients, advance, function, ground, start};

fn wiring() -> Wiring {
    let schedule = Schedule {
        name: "EveryMinute".to_owned(),
        expression: "rate(1 minute)".to_owned(),
        zone: "UTC".to_owned(),
        function: "Sweep".to_owned(),
        input: json!({ "sweep": true }),
        retry: DeliveryRetry {
            max_attempts: 0,
            max_age_seconds: 60,
        },
        dead_letter_queue: None,
    };
    Wiring {
        functions: vec![function("Sweep", "recorder")],
        schedules: vec![schedule],
        ..ground()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_occurrence_hands_over_the_input_and_a_jump_counts_as_one() {
    let host = start(wiring()).await;
    let clients = Clients::of(&host);
    host.at_rest().await;
    let before = clients.notes("Sweep").await.len();
    for _ in 0..3 {
        advance(&host, 60);
        host.at_rest().await;
    }
    let notes = clients.notes("Sweep").await;
    assert_eq!(notes.len(), before + 3);
    assert_eq!(notes[0], json!({ "sweep": true }));
    advance(&host, 24 * 3600);
    host.at_rest().await;
    assert_eq!(
        clients.notes("Sweep").await.len(),
        before + 4,
        "a day's jump is one sweep"
    );
    advance(&host, 60);
    host.at_rest().await;
    assert_eq!(clients.notes("Sweep").await.len(), before + 5);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_can_be_lost_paused_and_asked_for() {
    let host = start(wiring()).await;
    host.at_rest().await;
    let invocations = || {
        host.counts()
            .functions
            .get("Sweep")
            .map_or(0, |count| count.invocations)
    };
    let before = invocations();
    host.skip_next_schedule("EveryMinute");
    advance(&host, 60);
    host.at_rest().await;
    assert_eq!(invocations(), before);
    advance(&host, 60);
    host.at_rest().await;
    assert_eq!(invocations(), before + 1);
    host.pause_schedules(true);
    advance(&host, 600);
    host.at_rest().await;
    assert_eq!(invocations(), before + 1);
    host.pause_schedules(false);
    assert!(host.fire_schedule("EveryMinute").await);
    assert!(!host.fire_schedule("Unknown").await);
    host.at_rest().await;
    assert_eq!(invocations(), before + 2);
    host.shutdown().await;
}
