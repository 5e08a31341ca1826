//! P30, P33: the clocks of a ticket that is worked in the help desk: first response, next response and solution, by priority
//! and client, late, paused and reopened; and what `baton explain clock` and a dry run of `baton apply` say of them.

use domain::case::Case;
use domain::clock::State;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::machine::Machine;
use tests::world::{root, sample};

const TUESDAY: &str = "2026-11-24T08:30:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().expect("it is a time")
}

/// The sample of an event with another detail, at a time of that Tuesday.
fn event(kind: &str, id: &str, time: &str, detail: &Value) -> Value {
    let mut event = sample(kind);
    event["time"] = json!(format!("2026-11-24T{time}Z"));
    event["detail"]["update_id"] = json!(id);
    let more = detail.as_object().expect("fields");
    event["detail"]
        .as_object_mut()
        .expect("fields")
        .extend(more.clone());
    event
}

fn told(machine: &Machine, words: &str) -> usize {
    let mails = machine.mails().into_iter();
    mails
        .filter(|(to, subject)| to.contains("aron@") && subject.contains(words))
        .count()
}

fn stands(case: &Case, clock: &str) -> String {
    let Some(timed) = case.clocks.get(&clock.into()) else {
        return "none".into();
    };
    let state = match timed.clock.state() {
        State::Running { .. } => "runs",
        State::Paused { .. } => "rests",
        State::Stopped { .. } => "stopped",
        State::Cancelled { .. } => "cancelled",
    };
    format!("{state}, life {}", timed.run)
}

#[tokio::test(flavor = "multi_thread")]
async fn p30_a_ticket_is_answered_paused_solved_and_reopened_by_its_own_clocks() {
    let machine = Machine::at(TUESDAY).await;
    let says = async |kind: &str, id: &str, time: &str, detail: Value| {
        machine.forward_to(at(&format!("2026-11-24T{time}Z")));
        let event = event(kind, id, time, &detail);
        // Every event comes twice, and changes what it changes once.
        machine.send(&[event.clone(), event]).await;
        machine.case_of("support_ticket").await
    };
    let case = says("ticket.created", "d-1", "08:31:00", json!({})).await;
    assert_eq!(stands(&case, "first_response"), "runs, life 1");
    assert_eq!(stands(&case, "next_response"), "none");
    // This client was promised 15 minutes. Nobody answers; a sweep is lost, two come at once.
    machine.forward_to(at("2026-11-24T08:50:00Z"));
    machine.sweeps(2).await;
    assert_eq!(
        told(&machine, "Warned too late: Answer Harbour Clinic"),
        2,
        "{:#?}",
        machine.mails()
    );
    assert_eq!(told(&machine, "Overdue since"), 1, "{:#?}", machine.mails());
    let case = says(
        "ticket.replied",
        "d-2",
        "08:58:00",
        json!({ "by": "agent" }),
    )
    .await;
    assert_eq!(stands(&case, "first_response"), "stopped, life 1");
    // While it waits on the client nothing is warned about, however long that takes.
    let case = says("ticket.waiting", "d-3", "09:01:00", json!({})).await;
    assert_eq!(stands(&case, "resolution"), "rests, life 1");
    machine.forward_to(at("2026-11-24T14:00:00Z"));
    machine.sweeps(2).await;
    assert_eq!(
        told(&machine, "left: Solve T-2041"),
        0,
        "{:#?}",
        machine.mails()
    );
    let case = says(
        "ticket.replied",
        "d-4",
        "14:10:00",
        json!({ "by": "client" }),
    )
    .await;
    assert_eq!(stands(&case, "resolution"), "runs, life 1");
    assert_eq!(stands(&case, "next_response"), "runs, life 1");
    let due = |case: &Case| case.clocks[&"resolution".into()].clock.due_at();
    let urgent = due(&case);
    // Another priority counts from the start.
    let case = says(
        "ticket.changed",
        "d-5",
        "14:12:00",
        json!({ "priority": "low" }),
    )
    .await;
    assert!(urgent < due(&case), "{urgent:?} {:?}", due(&case));
    let case = says(
        "ticket.replied",
        "d-6",
        "14:20:00",
        json!({ "by": "agent" }),
    )
    .await;
    assert_eq!(stands(&case, "next_response"), "stopped, life 1");
    let case = says("ticket.solved", "d-7", "14:25:00", json!({})).await;
    assert!(!case.is_running());
    assert_eq!(stands(&case, "resolution"), "stopped, life 1");
    // The client is not content.
    let case = says(
        "ticket.replied",
        "d-8",
        "14:40:00",
        json!({ "by": "client" }),
    )
    .await;
    assert_eq!(stands(&case, "resolution"), "runs, life 1");
    assert_eq!(stands(&case, "next_response"), "runs, life 2");
    let board = machine.board("").await;
    assert!(
        board.contains("Solve T-2041 for Harbour Clinic"),
        "the clock stands in its owner's queue"
    );
    let explained = machine
        .baton(
            &["explain", "clock", &format!("{}/resolution", case.id)],
            "",
        )
        .await;
    for words in [
        "target 2 business days",
        "Europe/Berlin",
        "not running",
        "running",
        "Aron's clock",
    ] {
        assert!(explained.out.contains(words), "{words}: {explained:?}");
    }
    let unknown = machine
        .baton(&["explain", "clock", case.id.as_str()], "")
        .await;
    assert!(unknown.err.contains("which clock"), "{unknown:?}");
    let case = says("ticket.solved", "d-9", "14:50:00", json!({})).await;
    assert_eq!(stands(&case, "resolution"), "stopped, life 1");
    assert_eq!(stands(&case, "next_response"), "stopped, life 2");
    let trace = machine.trace(&case.id).await;
    assert!(trace.replays);
    let facts = trace.entries.iter().flat_map(|entry| &entry.facts);
    let heard = facts.filter(|fact| fact.contains(" concerns ")).count();
    assert_eq!(heard, 8, "each event once: {:#?}", trace.entries);
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p30_a_client_is_promised_less_and_running_clocks_follow_once_it_is_in_force() {
    let machine = Machine::at(TUESDAY).await;
    let created = event(
        "ticket.created",
        "d-1",
        "08:31:00",
        &json!({ "client_id": "summit", "priority": "low" }),
    );
    machine.forward_to(at("2026-11-24T08:31:00Z"));
    machine.send(&[created]).await;
    let before = machine.case_of("support_ticket").await;
    let company = tempfile::tempdir().expect("a folder");
    super::p31::copy(&root().join("infra/starter"), company.path());
    let clients = company.path().join("clients.yaml");
    let text = std::fs::read_to_string(&clients).expect("clients");
    let summit = "    account_manager: aron\n    billing:\n      name: Summit Tours AG";
    let promised = "    account_manager: aron\n    targets: { support_ticket.resolution: 3 business hours }\n    billing:\n      name: Summit Tours AG";
    assert!(text.contains(summit));
    std::fs::write(&clients, text.replace(summit, promised)).expect("written");
    let folder = company.path().to_str().expect("a path");
    let said = machine.baton(&["apply", folder, "--dry-run"], "").await;
    for words in ["1 running clock moves", "resolution", "sooner"] {
        assert!(said.out.contains(words), "{words}: {said:?}");
    }
    assert_eq!(
        machine.case_of("support_ticket").await,
        before,
        "a dry run changes nothing"
    );
    let said = machine.baton(&["apply", folder], "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let after = machine.case_of("support_ticket").await;
    let due = after.clocks[&"resolution".into()].clock.due_at();
    assert!(
        due.is_some_and(|due| due.to_string().starts_with("2026-11-24T11:31")),
        "three hours after its start: {due:?}"
    );
    let again = machine.baton(&["apply", folder], "").await;
    assert!(again.out.contains("in force already"), "{again:?}");
}
