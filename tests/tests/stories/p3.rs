//! P3: the starter's workflows, each from its sample event to its end, and where each of its other ways leads.

use domain::case::{Case, RunState, State};
use domain::id::StepId;
use serde_json::{Value, json};
use tests::machine::{Machine, report};
use tests::world::sample;

const TUESDAY: &str = "2026-11-24T07:50:00Z";

/// What somebody says about a step, and by which word.
#[derive(Debug, Clone, Copy)]
enum Says {
    Done(&'static str),
    Ends(&'static str, &'static str),
    Chooses(&'static str, &'static str),
    TicksAll(&'static str),
    Event(&'static str),
}

fn says(case: &Case, says: Says, round: usize) -> Value {
    let id = format!("{}/{round}", case.id);
    match says {
        Says::Done(step) => report(
            "task.done",
            &id,
            json!({ "case": case.id, "step": step, "by": "olga" }),
        ),
        Says::Ends(step, outcome) => {
            let data = json!({ "case": case.id, "step": step, "by": "olga", "outcome": outcome });
            report("task.done", &id, data)
        }
        Says::Chooses(step, choice) => {
            let data = json!({ "case": case.id, "step": step, "by": "olga", "choice": choice });
            report("decision.made", &id, data)
        }
        Says::TicksAll(step) => {
            let items = [
                "Accounts for the client's people, each with a second factor",
                "Name and certificate",
                "Backup runs every night",
                "Monitoring tells the support desk",
                "Access written down where the team looks for it",
            ];
            let data = json!({ "case": case.id, "step": step, "by": "olga", "items": items });
            report("checklist.ticked", &id, data)
        }
        Says::Event(event) => sample(event),
    }
}

fn open(case: &Case) -> Vec<(String, Option<String>)> {
    let owner = |step: &StepId| Some(case.open_task(step)?.1.owner.0.clone());
    let is_open = |state: &RunState| matches!(state, RunState::Open { .. });
    let open = case.steps.iter().filter(|(_, run)| is_open(&run.state));
    open.map(|(step, _)| (step.0.clone(), owner(step)))
        .collect()
}

/// Plays one way through a workflow; returns the case and the mails that went out.
async fn played(workflow: &str, event: &str, way: &[Says]) -> (Case, Vec<(String, String)>) {
    let machine = Machine::at(TUESDAY).await;
    machine.send(&[sample(event)]).await;
    let started = machine.case_of(workflow).await;
    for (round, step) in way.iter().enumerate() {
        machine.send(&[says(&started, *step, round)]).await;
    }
    let case = machine.case_of(workflow).await;
    assert!(machine.trace(&case.id).await.replays, "{workflow} {way:?}");
    let parked = machine.parked().await;
    assert!(parked.is_empty(), "{workflow} {way:?}: {parked:#?}");
    (case, machine.mails())
}

fn subjects(mails: &[(String, String)]) -> String {
    let lines = mails.iter().map(|(to, subject)| format!("{to}: {subject}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A workflow, its event, what happens, whether the case ends completed (`true`), stopped (`false`) or is still open.
type Way = (&'static str, &'static str, &'static [Says], Option<bool>);

const WAYS: [Way; 16] = {
    use Says::{Chooses, Done, Ends, Event, TicksAll};
    [
        (
            "new_lead",
            "lead.created",
            &[Ends("call", "qualified"), Done("propose")],
            Some(true),
        ),
        (
            "new_lead",
            "lead.created",
            &[Ends("call", "not_a_fit")],
            Some(false),
        ),
        (
            "new_lead",
            "lead.created",
            &[
                Ends("call", "no_answer"),
                Ends("call_again", "no_answer"),
                Ends("call_again", "qualified"),
                Done("propose"),
            ],
            Some(true),
        ),
        (
            "support_ticket",
            "ticket.created",
            &[Event("ticket.replied"), Event("ticket.solved")],
            Some(true),
        ),
        (
            "support_ticket",
            "ticket.created",
            &[Event("ticket.waiting"), Done("solve")],
            Some(true),
        ),
        (
            "ticket_escalation",
            "ticket.escalated",
            &[Chooses("decide", "take_over"), Done("solve")],
            Some(true),
        ),
        (
            "ticket_escalation",
            "ticket.escalated",
            &[Chooses("decide", "leave_it")],
            Some(true),
        ),
        (
            "proposal",
            "proposal.drafted",
            &[Done("send"), Event("proposal.answered"), Done("contract")],
            Some(true),
        ),
        ("proposal", "proposal.drafted", &[Done("send")], None),
        (
            "invoice_dispute",
            "invoice.disputed",
            &[
                Done("answer"),
                Chooses("settle", "they_are_right"),
                Done("correct"),
            ],
            Some(true),
        ),
        (
            "invoice_dispute",
            "invoice.disputed",
            &[Done("answer"), Chooses("settle", "we_are_right")],
            Some(true),
        ),
        (
            "provision_environment",
            "environment.requested",
            &[TicksAll("set_up"), Ends("check", "ready")],
            Some(true),
        ),
        (
            "provision_environment",
            "environment.requested",
            &[TicksAll("set_up"), Ends("check", "not_ready")],
            None,
        ),
        (
            "time_off",
            "time_off.requested",
            &[Chooses("decide", "yes_it_fits")],
            Some(true),
        ),
        (
            "time_off",
            "time_off.requested",
            &[Chooses("decide", "no_not_then"), Done("talk")],
            Some(true),
        ),
        (
            "ready_for_qa",
            "issue.started",
            &[Done("build"), Ends("qa", "passed")],
            Some(true),
        ),
    ]
};

#[tokio::test(flavor = "multi_thread")]
async fn p3_each_starter_goes_every_way_it_offers() {
    for (workflow, event, way, ended) in WAYS {
        let (case, mails) = played(workflow, event, way).await;
        let found = match case.state {
            State::Running => None,
            State::Completed { .. } => Some(true),
            State::Stopped { .. } => Some(false),
        };
        assert_eq!(
            found,
            ended,
            "{workflow} {way:?}: {:?}\n{}",
            open(&case),
            subjects(&mails)
        );
        assert_eq!(
            found.is_none(),
            !open(&case).is_empty(),
            "{workflow} {way:?}"
        );
    }
}
