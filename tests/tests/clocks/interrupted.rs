//! An `apply` that is stopped at any of its calls finishes when it is repeated: running clocks follow the edited hours, once,
//! as of the moment at which the files came in force.

use domain::case::{ClockChange, Fact};
use domain::id::CaseId;
use jiff::Timestamp;
use serde_json::json;
use store::Guard;
use tests::world::{Fault, World};

use crate::{BEGIN, company, lead, world};

/// The same company, which now answers from ten in the morning on.
fn edited() -> store::Company {
    let before = company();
    let mut team = before.team;
    let late = json!([["10:00", "24:00"]]);
    let late = json!({ "tz": "UTC", "weekly": { "mon": late, "tue": late, "wed": late, "thu": late, "fri": late } });
    let late = serde_json::from_value(late).expect("a calendar");
    team.calendars.insert("always".into(), late);
    let workflows = before.workflows.into_values().collect();
    app::apply::company(team, Vec::new(), workflows).expect("they fit")
}

/// Stops the `at`-th call of an apply, applies again, and looks. `false`: it has no such call.
async fn stopped(at: usize, fault: Fault) -> bool {
    let world = world().await;
    let store = world.store();
    let begin: Timestamp = BEGIN.parse().expect("a time");
    let decision = lead(&company(), 0, begin);
    store
        .commit(&decision, &Guard::None)
        .await
        .expect("a lead starts");
    world.fail(at, fault);
    let first = first_apply(&world).await;
    // Another process, later.
    let store = world.store();
    let plan = app::apply::plan(&store, &edited())
        .await
        .expect("the files can be compared");
    if !plan.in_force {
        app::apply::apply(&store, &edited())
            .await
            .expect("it is finished");
    }
    let plan = app::apply::plan(&store, &edited())
        .await
        .expect("the files can be compared");
    assert!(
        plan.in_force && plan.clocks.is_empty(),
        "{at} {fault:?}: {plan:?}"
    );
    let current = store
        .in_force()
        .await
        .expect("the table answers")
        .expect("it is in force");
    let id = CaseId::from("case_0000000");
    let history = store.history(&id).await.expect("the table answers");
    let moves = history
        .iter()
        .flat_map(|record| &record.facts)
        .filter(|fact| {
            matches!(
                fact,
                Fact::ClockChanged {
                    how: ClockChange::HoursEdited,
                    ..
                }
            )
        });
    assert_eq!(moves.count(), 1, "{at} {fault:?}");
    let case = store
        .load_case(&id)
        .await
        .expect("the table answers")
        .expect("it is there");
    let due = case
        .duties()
        .next()
        .and_then(|duty| duty.clock?.due_at())
        .expect("a deadline");
    let ten: Timestamp = "2026-11-24T10:05:00Z".parse().expect("a time");
    let used = current.since.as_second() - begin.as_second();
    assert_eq!(
        due.as_second() + used,
        ten.as_second(),
        "{at} {fault:?}: what was measured stays"
    );
    first.is_none()
}

/// What the stopped process did; `None`: it was stopped.
async fn first_apply(world: &World) -> Option<()> {
    let (store, edited) = (world.store(), edited());
    let applied = world.run(app::apply::apply(&store, &edited)).await?;
    applied.expect("it is not stopped");
    Some(())
}

#[tokio::test(start_paused = true)]
async fn p32_an_apply_that_was_stopped_anywhere_is_finished_by_the_next() {
    for fault in [Fault::StopBefore, Fault::StopAfter] {
        let mut calls = 0;
        while stopped(calls, fault).await {
            calls += 1;
        }
        assert!(8 < calls, "only {calls} calls of an apply were stopped");
    }
}
