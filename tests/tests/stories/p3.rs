//! P3: the starter's workflows, each from its sample event to its end, where each of its other ways leads, and what is
//! said when it is late.

use std::collections::BTreeSet;

use domain::case::{Case, RunState, State};
use domain::definition::Action;
use domain::id::{CaseId, StepId};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::machine::{Machine, report};
use tests::world::sample;

const TUESDAY: &str = "2026-11-24T07:50:00Z";

/// What happens next, and by which word.
#[derive(Debug, Clone, Copy)]
enum Says {
    Done(&'static str),
    Ends(&'static str, &'static str),
    Chooses(&'static str, &'static str),
    TicksAll(&'static str),
    Event(&'static str),
    /// An event with a field of its own.
    EventWith(&'static str, &'static str, &'static str),
    /// So many days in which nobody says anything.
    Nothing(i64),
}

/// An example of an event about a thing of its own.
fn event(name: &str, number: usize, with: Option<(&str, &str)>) -> Value {
    let mut event = sample(name);
    if let Some(fields) = event.as_object_mut() {
        fields.remove("time");
    }
    if let Some(detail) = event["detail"].as_object_mut() {
        for (field, value) in detail.iter_mut() {
            let is_own = field != "client_id" && field.ends_with("_id");
            if (is_own || field == "issue_key" || field == "environment")
                && let Some(text) = value.as_str()
            {
                *value = format!("{text}-{number}").into();
            }
        }
        if let Some((field, value)) = with {
            let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
            detail.insert(field.to_owned(), value);
        }
    }
    event
}

async fn items(machine: &Machine, case: &Case, step: &str) -> Vec<String> {
    let company = machine.store.company().await.expect("it is in force");
    let workflow = &company.workflows[&case.workflow];
    match &workflow.step(&step.into()).expect("a step").action {
        Action::Checklist { items, .. } => items.clone(),
        other => panic!("{step} is no checklist: {other:?}"),
    }
}

async fn say(machine: &Machine, case: &Case, says: Says, number: usize, round: usize) {
    let id = format!("{}/{round}", case.id);
    let mut data = json!({ "case": case.id, "by": "olga" });
    let (kind, step) = match says {
        Says::Event(name) => return machine.send(&[event(name, number, None)]).await,
        Says::EventWith(name, field, value) => {
            let event = event(name, number, Some((field, value)));
            return machine.send(&[event]).await;
        }
        Says::Nothing(days) => {
            let now = machine.host.clock().now();
            machine.forward_to(now + SignedDuration::from_hours(24 * days));
            return machine.sweeps(1).await;
        }
        Says::Done(step) => ("task.done", step),
        Says::Ends(step, outcome) => {
            data["outcome"] = outcome.into();
            ("task.done", step)
        }
        Says::Chooses(step, choice) => {
            data["choice"] = choice.into();
            ("decision.made", step)
        }
        Says::TicksAll(step) => {
            data["items"] = items(machine, case, step).await.into();
            ("checklist.ticked", step)
        }
    };
    data["step"] = step.into();
    machine.send(&[report(kind, &id, data)]).await;
}

fn open(case: &Case) -> Vec<(String, Option<String>)> {
    let owner = |step: &StepId| Some(case.open_task(step)?.1.owner.0.clone());
    let is_open = |state: &RunState| matches!(state, RunState::Open { .. });
    let open = case.steps.iter().filter(|(_, run)| is_open(&run.state));
    open.map(|(step, _)| (step.0.clone(), owner(step)))
        .collect()
}

fn subjects(mails: &[(String, String)]) -> String {
    let lines = mails.iter().map(|(to, subject)| format!("{to}: {subject}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A workflow, its event with a field of its own, what happens, and whether the case ends completed (`true`), stopped
/// (`false`) or is still open.
type Way = (
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
    &'static [Says],
    Option<bool>,
);

const WAYS: &[Way] = {
    use Says::{Chooses, Done, Ends, Event, EventWith, Nothing, TicksAll};
    const LEAD: (&str, &str) = ("new_lead", "lead.created");
    const TICKET: (&str, &str) = ("support_ticket", "ticket.created");
    const ESCALATION: (&str, &str) = ("ticket_escalation", "ticket.escalated");
    const PROPOSAL: (&str, &str) = ("proposal", "proposal.drafted");
    const DISPUTE: (&str, &str) = ("invoice_dispute", "invoice.disputed");
    const ENVIRONMENT: (&str, &str) = ("provision_environment", "environment.requested");
    const LEAVE: (&str, &str) = ("time_off", "time_off.requested");
    const ISSUE: (&str, &str) = ("ready_for_qa", "issue.started");
    const LARGE: Option<(&str, &str)> = Some(("value_cents", "2500000"));
    const SMALL: Option<(&str, &str)> = Some(("value_cents", "2499999"));
    const YES: Says = EventWith("proposal.answered", "answer", "accepted");
    const NO: Says = EventWith("proposal.answered", "answer", "declined");
    &[
        (
            LEAD.0,
            LEAD.1,
            None,
            &[Ends("call", "qualified"), Done("propose")],
            Some(true),
        ),
        (
            LEAD.0,
            LEAD.1,
            None,
            &[Ends("call", "not_a_fit")],
            Some(false),
        ),
        (
            LEAD.0,
            LEAD.1,
            None,
            &[
                Ends("call", "no_answer"),
                Ends("call_again", "no_answer"),
                Ends("call_again", "qualified"),
                Done("propose"),
            ],
            Some(true),
        ),
        (
            LEAD.0,
            LEAD.1,
            None,
            &[Ends("call", "no_answer"), Ends("call_again", "not_a_fit")],
            Some(false),
        ),
        (
            TICKET.0,
            TICKET.1,
            None,
            &[Event("ticket.replied"), Event("ticket.solved")],
            Some(true),
        ),
        (
            TICKET.0,
            TICKET.1,
            None,
            &[Event("ticket.waiting"), Done("solve")],
            Some(true),
        ),
        (
            ESCALATION.0,
            ESCALATION.1,
            None,
            &[Chooses("decide", "take_over"), Done("solve")],
            Some(true),
        ),
        (
            ESCALATION.0,
            ESCALATION.1,
            None,
            &[Chooses("decide", "leave_it")],
            Some(true),
        ),
        (
            PROPOSAL.0,
            PROPOSAL.1,
            SMALL,
            &[Done("send"), YES, Done("contract")],
            Some(true),
        ),
        (
            PROPOSAL.0,
            PROPOSAL.1,
            SMALL,
            &[Done("send"), NO, Done("learn")],
            Some(true),
        ),
        (PROPOSAL.0, PROPOSAL.1, SMALL, &[Done("send")], None),
        (
            PROPOSAL.0,
            PROPOSAL.1,
            LARGE,
            &[
                Chooses("approve_price", "send_it"),
                Done("send"),
                YES,
                Done("contract"),
            ],
            Some(true),
        ),
        (
            PROPOSAL.0,
            PROPOSAL.1,
            LARGE,
            &[Chooses("approve_price", "withdraw")],
            Some(false),
        ),
        (
            DISPUTE.0,
            DISPUTE.1,
            None,
            &[
                Done("answer"),
                Chooses("settle", "they_are_right"),
                Done("correct"),
            ],
            Some(true),
        ),
        (
            DISPUTE.0,
            DISPUTE.1,
            None,
            &[Done("answer"), Chooses("settle", "we_are_right")],
            Some(true),
        ),
        (
            ENVIRONMENT.0,
            ENVIRONMENT.1,
            None,
            &[TicksAll("set_up"), Ends("check", "ready")],
            Some(true),
        ),
        (
            ENVIRONMENT.0,
            ENVIRONMENT.1,
            None,
            &[TicksAll("set_up"), Ends("check", "not_ready")],
            None,
        ),
        (
            ENVIRONMENT.0,
            ENVIRONMENT.1,
            None,
            &[
                TicksAll("set_up"),
                Ends("check", "not_ready"),
                TicksAll("set_up"),
                Ends("check", "ready"),
            ],
            Some(true),
        ),
        (
            LEAVE.0,
            LEAVE.1,
            None,
            &[Chooses("decide", "yes_it_fits")],
            Some(true),
        ),
        (
            LEAVE.0,
            LEAVE.1,
            None,
            &[Chooses("decide", "no_not_then"), Done("talk")],
            Some(true),
        ),
        (
            ISSUE.0,
            ISSUE.1,
            None,
            &[Done("build"), Ends("qa", "passed")],
            Some(true),
        ),
        (
            ISSUE.0,
            ISSUE.1,
            None,
            &[
                Done("build"),
                Ends("qa", "rejected"),
                Done("build"),
                Ends("qa", "passed"),
            ],
            Some(true),
        ),
        (
            "payroll",
            "schedule.reached",
            None,
            &[
                TicksAll("collect"),
                Chooses("release", "mend_first"),
                TicksAll("collect"),
                Chooses("release", "release"),
                Done("pay"),
            ],
            Some(true),
        ),
        // Nobody answers: somebody asks, and asks again, until it is lost or won.
        (
            PROPOSAL.0,
            PROPOSAL.1,
            SMALL,
            &[
                Done("send"),
                Nothing(9),
                Ends("chase", "still_thinking"),
                Nothing(9),
                Ends("chase", "lost"),
                Done("learn"),
            ],
            Some(true),
        ),
    ]
};

#[tokio::test(flavor = "multi_thread")]
async fn p3_each_starter_goes_every_way_it_offers() {
    let machine = Machine::at(TUESDAY).await;
    let mut known: BTreeSet<CaseId> = BTreeSet::new();
    for (number, (workflow, name, with, way, ended)) in WAYS.iter().enumerate() {
        machine.send(&[event(name, number, *with)]).await;
        let cases = machine.cases().await.into_values();
        let mut new =
            cases.filter(|case| case.workflow.0 == *workflow && !known.contains(&case.id));
        let started = new
            .next()
            .unwrap_or_else(|| panic!("{workflow} did not start"));
        known.insert(started.id.clone());
        for (round, says) in way.iter().enumerate() {
            say(&machine, &started, *says, number, round).await;
        }
        let trace = machine.trace(&started.id).await;
        let case = trace.case;
        assert!(trace.replays, "{workflow} {way:?}");
        let parked = machine.parked().await;
        assert!(parked.is_empty(), "{workflow} {way:?}: {parked:#?}");
        let found = match case.state {
            State::Running => None,
            State::Completed { .. } => Some(true),
            State::Stopped { .. } => Some(false),
        };
        assert_eq!(
            found,
            *ended,
            "{workflow} {way:?}: {:?}\n{}",
            open(&case),
            subjects(&machine.mails())
        );
        assert_eq!(
            found.is_none(),
            !open(&case).is_empty(),
            "{workflow} {way:?}"
        );
    }
}

/// What is open in each starter when nobody does anything: its owner is warned before the deadline and told after it, by
/// the title of what they have.
#[tokio::test(flavor = "multi_thread")]
async fn p3_each_starter_warns_its_owner_and_says_when_it_is_late() {
    const SILENT: [&str; 10] = [
        "contract.signed",
        "issue.started",
        "lead.created",
        "proposal.drafted",
        "ticket.created",
        "ticket.escalated",
        "invoice.disputed",
        "environment.requested",
        "time_off.requested",
        "schedule.reached",
    ];
    let machine = Machine::at(TUESDAY).await;
    let events: Vec<_> = SILENT.iter().map(|name| event(name, 1, None)).collect();
    machine.send(&events).await;
    let clocks: Vec<(String, String)> = machine
        .cases()
        .await
        .into_values()
        .flat_map(|case| {
            let timed = case.duties().filter(|duty| duty.clock.is_some());
            let told = timed.map(|duty| (case.workflow.0.clone(), duty.title.to_owned()));
            told.collect::<Vec<_>>()
        })
        .collect();
    let workflows: BTreeSet<_> = clocks.iter().map(|(workflow, _)| workflow).collect();
    assert!(SILENT.len() <= workflows.len(), "{clocks:#?}");

    // Each day is looked at past every mark; what was to be said meanwhile is said at once, and says how late it is.
    // At night no mark is near, for which a sweep would wait.
    machine.forward_to("2026-11-25T01:00:00Z".parse().expect("a time"));
    for _ in 0..28 {
        machine.sweeps(1).await;
        let now = machine.host.clock().now();
        machine.forward_to(now + SignedDuration::from_hours(24));
    }
    let mails = machine.mails();
    for (workflow, title) in &clocks {
        let about = mails.iter().filter(|(_, subject)| subject.contains(title));
        let late: Vec<_> = about
            .filter(|(_, subject)| subject.starts_with("Overdue"))
            .collect();
        assert!(
            !late.is_empty(),
            "nobody hears that {title:?} of {workflow} is late:\n{}",
            subjects(&mails)
        );
    }
    assert!(machine.parked().await.is_empty());
}
