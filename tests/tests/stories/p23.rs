//! P23, P26 and P30: steps that wait for a tool's event, whichever is first, the event or the wait; branches; tracked tasks;
//! events that come in another order than they happened.

use domain::case::{Case, RunState};
use domain::clock::State;
use domain::id::StepId;
use serde_json::{Value, json};
use tests::machine::{Machine, is_completed, report};
use tests::world::{root, sample};

const TUESDAY: &str = "2026-11-24T08:00:00Z";
const MONDAY: &str = "2026-11-23T08:00:05Z";

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

/// An event whose place among its tool's own is stated.
fn placed(source: &str, event: &str, place: u32, detail: Value) -> Value {
    let mut detail = detail;
    detail["place"] = place.into();
    detail["change_id"] = format!("{event}/{place}").into();
    detail["update_id"] = detail["change_id"].clone();
    json!({ "source": source, "detail-type": event, "detail": detail })
}

/// The starter, with issues that are built in the tracker, and two tools that number their events.
async fn with_order() -> Machine {
    let machine = Machine::at(MONDAY).await;
    let mut files = loader::read_folder(&root().join("infra/starter")).expect("the starter");
    for (file, find, put) in [
        (
            "team.yaml",
            "  desk:\n    id: detail.update_id\n",
            "  desk:\n    id: detail.update_id\n    order: detail.place\n",
        ),
        (
            "team.yaml",
            "  tracker:\n    id: detail.change_id\n",
            "  tracker:\n    id: detail.change_id\n    order: detail.place\n",
        ),
        (
            "team.yaml",
            "      issue.started:",
            "      issue.updated: [change_id, issue_key, status]\n      issue.started:",
        ),
        (
            "webhooks/tracker.yaml",
            "ignored: [",
            "ignored: [issue.updated, ",
        ),
        (
            "workflows/ready_for_qa.yaml",
            "owner: developer, within",
            "owner: developer, tracks: { from: tracker, event: issue.updated, same: detail.issue_key, done: { detail: { status: [Done] } } }, within",
        ),
        ("workflows/ready_for_qa.yaml", "version: 1", "version: 2"),
    ] {
        let text = files.get_mut(file).expect("a file of the starter");
        assert!(text.contains(find), "{file} has no {find:?}");
        *text = text.replacen(find, put, 1);
    }
    let loaded = loader::load(&files);
    let workspace = loaded
        .workspace
        .unwrap_or_else(|| panic!("{:#?}", loaded.problems));
    let company = app::apply::company(workspace.team, workspace.clients, workspace.workflows);
    app::apply::apply(&machine.store, &company.expect("it fits"))
        .await
        .expect("it can be applied");
    machine
}

#[tokio::test(flavor = "multi_thread")]
async fn p23_p30_what_a_tools_newer_word_overtook_ends_no_task_and_moves_no_clock() {
    let machine = with_order().await;
    let updated = |place, status: &str| {
        placed(
            "tracker",
            "issue.updated",
            place,
            json!({ "issue_key": "WEB-101", "status": status }),
        )
    };
    // It was done and taken up again before anybody here began; only the newest word counts.
    machine
        .send(&[updated(5, "Done"), updated(6, "In progress")])
        .await;
    machine.send(&[sample("issue.started")]).await;
    let is_built = async || {
        let case = machine.case_of("ready_for_qa").await;
        replays(&machine, &case).await;
        case.open_task(&"build".into()).is_none()
    };
    assert!(!is_built().await);
    machine.send(&[updated(8, "In progress")]).await;
    machine.send(&[updated(7, "Done")]).await;
    assert!(!is_built().await, "8 came before 7");
    machine.send(&[updated(9, "Done")]).await;
    assert!(is_built().await);

    let ticket = |event: &str, place, by: &str| {
        placed(
            "desk",
            event,
            place,
            json!({ "ticket_id": "T-2041", "by": by }),
        )
    };
    machine.send(&[sample("ticket.created")]).await;
    let is_paused = async || {
        let case = machine.case_of("support_ticket").await;
        replays(&machine, &case).await;
        let clock = &case.clocks[&"resolution".into()].clock;
        matches!(clock.state(), State::Paused { .. })
    };
    machine.send(&[ticket("ticket.waiting", 3, "agent")]).await;
    assert!(is_paused().await);
    machine.send(&[ticket("ticket.replied", 2, "client")]).await;
    assert!(is_paused().await, "3 came before 2");
    machine.send(&[ticket("ticket.replied", 4, "client")]).await;
    assert!(!is_paused().await);
    assert!(machine.parked().await.is_empty());
}
