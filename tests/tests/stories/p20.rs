//! P20: a status change moves the card to the next owner's queue and tells them, in one transaction.

use domain::case::{Case, Effect, Fact, Notice};
use domain::id::StepId;
use local::{Fault, How, When};
use serde_json::{Value, json};
use tests::machine::{Machine, demo_event, is_completed, report};

const TUESDAY: &str = "2026-11-24T10:29:00Z";

fn issue(key: &str) -> Value {
    let mut event = demo_event(4);
    event["detail"]["issue_key"] = key.into();
    event["detail"]["change_id"] = format!("chg-{key}").into();
    event
}

fn done(case: &Case, step: &str, round: u32, by: &str, outcome: Option<&str>) -> Value {
    let id = format!("task.done/{}/{step}/{round}", case.id);
    let data = json!({ "case": case.id, "step": step, "outcome": outcome, "by": by });
    report("task.done", &id, data)
}

fn owner(case: &Case, step: &str) -> Option<String> {
    let (_, task) = case.open_task(&StepId::from(step))?;
    Some(task.owner.0.clone())
}

/// The mails to `to` about handing over `key`'s step, by the words of their subject.
fn told(machine: &Machine, to: &str, title: &str) -> usize {
    let to = format!("{to}@studio.example");
    let about = |(reader, subject): &(String, String)| *reader == to && subject.contains(title);
    machine.mails().iter().filter(|mail| about(mail)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn p20_ready_for_qa_moves_the_card_and_tells_its_next_owner_in_one_transaction() {
    let machine = Machine::at(TUESDAY).await;
    machine.send(&[issue("WEB-1")]).await;
    let case = machine.case_of("ready_for_qa").await;
    assert_eq!(owner(&case, "build").as_deref(), Some("mira"));
    machine.send(&[done(&case, "build", 1, "mira", None)]).await;

    let case = machine.case_of("ready_for_qa").await;
    assert_eq!(owner(&case, "build"), None);
    assert_eq!(owner(&case, "qa").as_deref(), Some("quinn"));
    assert_eq!(told(&machine, "quinn", "Test WEB-1 "), 1);

    // Status, owner, clock, history and the message that is owed stand in one row of history: one transaction.
    let history = machine
        .store
        .history(&case.id)
        .await
        .expect("the table answers");
    let moves = |fact: &Fact| matches!(fact, Fact::StepDone { step, .. } if step.0 == "build");
    let moved = history
        .iter()
        .find(|record| record.facts.iter().any(moves))
        .expect("the build was done");
    let opened = moved.facts.iter().find_map(|fact| match fact {
        Fact::TaskOpened { step, task, .. } if step.0 == "qa" => Some(task),
        _ => None,
    });
    let opened = opened.expect("the next task opens with it");
    assert_eq!(opened.owner.0, "quinn");
    assert!(
        opened
            .clock
            .as_ref()
            .and_then(|clock| clock.due_at())
            .is_some()
    );
    let owed = moved.facts.iter().any(|fact| {
        matches!(fact, Fact::EffectOwed { effect: Effect::Notice { to, notice: Notice::HandedOver { step, .. } }, .. }
            if to.0 == "quinn" && step.0 == "qa")
    });
    assert!(owed, "{moved:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p20_what_qa_rejects_goes_back_to_its_builder_and_comes_again() {
    let machine = Machine::at(TUESDAY).await;
    machine.send(&[issue("WEB-1")]).await;
    let case = machine.case_of("ready_for_qa").await;
    machine.send(&[done(&case, "build", 1, "mira", None)]).await;
    machine
        .send(&[done(&case, "qa", 1, "quinn", Some("rejected"))])
        .await;
    let back = machine.case_of("ready_for_qa").await;
    assert_eq!(owner(&back, "build").as_deref(), Some("mira"));
    assert_eq!(
        told(&machine, "mira", "Build WEB-1"),
        2,
        "{:#?}",
        machine.mails()
    );
    machine.send(&[done(&case, "build", 2, "mira", None)]).await;
    machine
        .send(&[done(&case, "qa", 2, "quinn", Some("passed"))])
        .await;
    let end = machine.case_of("ready_for_qa").await;
    assert!(is_completed(&end), "{end:#?}");
    assert_eq!(told(&machine, "quinn", "Test WEB-1 "), 2);
}

/// A call of `operation` fails once: before its effect or after it, refused, broken or without an answer.
fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    // The first PutEvents is the report itself; the second is the relay's.
    for (operation, skip) in [
        ("TransactWriteItems", 0),
        ("PutEvents", 1),
        ("UpdateItem", 0),
        ("SendRawEmail", 0),
    ] {
        for when in [When::Before, When::After] {
            for how in [How::Throttle, How::ServerError, How::Cut] {
                let operation = operation.to_owned();
                faults.push(Fault {
                    operation,
                    skip,
                    times: 1,
                    when,
                    how,
                });
            }
        }
    }
    faults
}

#[tokio::test(flavor = "multi_thread")]
async fn p20_the_card_never_moves_without_the_message_whatever_call_fails() {
    let machine = Machine::at(TUESDAY).await;
    let faults = faults();
    let keys: Vec<String> = (0..faults.len()).map(|n| format!("APP-{n:02}.")).collect();
    for (fault, key) in faults.into_iter().zip(&keys) {
        machine.send(&[issue(key)]).await;
        let cases = machine.cases().await;
        let case = cases
            .values()
            .find(|case| case.values["issue"] == key.as_str())
            .expect("the issue has a case");
        machine.host.fail(fault.clone());
        machine.send(&[done(case, "build", 1, "mira", None)]).await;
        // What a fault left undone is found by its due time.
        machine.sweeps(3).await;
        machine.host.clear_faults();
        let case = machine
            .store
            .load_case(&case.id)
            .await
            .expect("the table answers");
        let case = case.expect("it is there");
        assert_eq!(owner(&case, "qa").as_deref(), Some("quinn"), "{fault:?}");
        let window = fault.operation == "SendRawEmail" || fault.operation == "UpdateItem";
        let mails = told(&machine, "quinn", &format!("Test {key}"));
        let most = if window && fault.when == When::After {
            2
        } else {
            1
        };
        assert!((1..=most).contains(&mails), "{fault:?}: {mails} mails");
    }
}
