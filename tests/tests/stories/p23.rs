//! P23 and P26: steps that wait for a tool's event, whichever is first, the event or the wait; branches; tracked tasks.

use domain::case::{Case, RunState};
use domain::id::StepId;
use serde_json::{Value, json};
use tests::machine::{Machine, is_completed, report};
use tests::world::sample;

const TUESDAY: &str = "2026-11-24T08:00:00Z";

fn done(case: &Case, step: &str, outcome: Option<&str>) -> Value {
    let run = case.steps[&StepId::from(step)].number;
    let id = format!("task.done/{}/{step}/{run}", case.id);
    let data = json!({ "case": case.id, "step": step, "outcome": outcome, "by": "amira" });
    report("task.done", &id, data)
}

/// The steps that are open now.
fn open(case: &Case) -> Vec<&str> {
    let is_open = |state: &RunState| matches!(state, RunState::Open { .. });
    let open = case.steps.iter().filter(|(_, run)| is_open(&run.state));
    open.map(|(step, _)| step.as_str()).collect()
}

async fn replays(machine: &Machine, case: &Case) {
    let trace = machine.trace(&case.id).await;
    assert!(trace.replays, "{trace:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p23_an_answer_that_comes_after_the_wait_ends_it() {
    let machine = Machine::at(TUESDAY).await;
    machine.send(&[sample("proposal.drafted")]).await;
    let case = machine.case_of("proposal").await;
    // 14,500 is below the price that somebody has to approve.
    assert_eq!(open(&case), ["send"]);
    machine.send(&[done(&case, "send", None)]).await;
    assert_eq!(open(&machine.case_of("proposal").await), ["answered"]);
    machine
        .send(&[sample("proposal.answered"), sample("proposal.answered")])
        .await;
    let case = machine.case_of("proposal").await;
    assert_eq!(open(&case), ["contract"]);
    machine.send(&[done(&case, "contract", None)]).await;
    let case = machine.case_of("proposal").await;
    assert!(is_completed(&case));
    replays(&machine, &case).await;
    assert_eq!(machine.parked().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn p23_an_answer_that_came_before_the_wait_ends_it_at_once() {
    let machine = Machine::at(TUESDAY).await;
    machine.send(&[sample("proposal.drafted")]).await;
    machine.send(&[sample("proposal.answered")]).await;
    let case = machine.case_of("proposal").await;
    assert_eq!(open(&case), ["send"], "nothing waits for it yet");
    machine.send(&[done(&case, "send", None)]).await;
    let case = machine.case_of("proposal").await;
    assert_eq!(open(&case), ["contract"]);
    replays(&machine, &case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p23_an_answer_that_does_not_come_is_chased_and_one_that_comes_meanwhile_counts() {
    let machine = Machine::at(TUESDAY).await;
    machine.send(&[sample("proposal.drafted")]).await;
    let case = machine.case_of("proposal").await;
    machine.send(&[done(&case, "send", None)]).await;
    // Five working days after Tuesday 14:00 in Berlin, and not a minute before.
    machine.forward_to("2026-12-01T12:55:00Z".parse().expect("a time"));
    machine.sweeps(1).await;
    assert_eq!(open(&machine.case_of("proposal").await), ["answered"]);
    machine.sweeps(6).await;
    let case = machine.case_of("proposal").await;
    assert_eq!(open(&case), ["chase"]);

    // It comes while somebody asks; the wait that follows must not miss it.
    let mut answer = sample("proposal.answered");
    answer["detail"]["answer"] = "declined".into();
    machine.send(&[answer]).await;
    assert_eq!(open(&machine.case_of("proposal").await), ["chase"]);
    machine
        .send(&[done(&case, "chase", Some("still_thinking"))])
        .await;
    let case = machine.case_of("proposal").await;
    assert_eq!(open(&case), ["learn"]);
    replays(&machine, &case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p23_another_tools_event_closes_a_tracked_task_and_only_the_right_one() {
    let machine = Machine::at(TUESDAY).await;
    machine.send(&[sample("ticket.created")]).await;
    let mut other = sample("ticket.solved");
    other["detail"]["ticket_id"] = "T-9".into();
    other["detail"]["update_id"] = "desk-900".into();
    // Another event of the same ticket is heard by its clocks, and ends no task.
    machine.send(&[other, sample("ticket.replied")]).await;
    assert_eq!(open(&machine.case_of("support_ticket").await), ["solve"]);
    machine.send(&[sample("ticket.solved")]).await;
    let case = machine.case_of("support_ticket").await;
    assert!(is_completed(&case));
    replays(&machine, &case).await;
    assert_eq!(machine.parked().await, []);
}
