//! Who hears of a clock, when, and what becomes of a task that is accepted, handed on or forgotten.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stopped"
)]

use std::collections::BTreeMap;

use domain::case::{self, Case, Decision, Effect, Fact, Input, Notice, Opening, Refusal, World};
use domain::company::Team;
use domain::definition::Workflow;
use domain::id::{CaseId, PersonId, StepId, WorkflowId};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Luis works in Berlin, Dana from noon to eight in New York; the client's clock runs day and night.
fn team() -> Team {
    let week = |from: &str, to: &str| {
        let day = json!([[from, to]]);
        json!({ "mon": day, "tue": day, "wed": day, "thu": day, "fri": day })
    };
    let always = json!([["00:00", "24:00"]]);
    serde_json::from_value(json!({
        "name": "Studio", "calendar": "always",
        "calendars": {
            "berlin": { "tz": "Europe/Berlin", "weekly": week("09:00", "17:00") },
            "late": { "tz": "America/New_York", "weekly": week("12:00", "20:00") },
            "always": { "tz": "UTC", "weekly": { "mon": always, "tue": always, "wed": always, "thu": always,
                        "fri": always, "sat": always, "sun": always } },
        },
        "people": {
            "olga": { "name": "Olga", "mail": "o@studio.example", "minutes_per_week": 2400, "calendar": "berlin" },
            "dana": { "name": "Dana", "mail": "d@studio.example", "minutes_per_week": 2400, "calendar": "late" },
            "luis": { "name": "Luis", "mail": "l@studio.example", "minutes_per_week": 2400, "calendar": "berlin", "backup": "dana" },
        },
        "roles": { "ops_lead": { "held_by": "olga" } },
    }))
    .unwrap()
}

fn answer(clock: Value) -> Workflow {
    serde_json::from_value(json!({
        "id": "lead", "version": 1, "title": "Lead", "kind": "operations", "owner": { "role": "ops_lead" },
        "outcome": { "measure": "m", "from": null, "to": "end", "target": "3 business days" },
        "steps": [
            { "id": "answer", "do": "task", "title": "Answer", "owner": { "person": "luis" }, "clock": clock },
            { "id": "end", "do": "emit", "event": "answered", "after": ["answer"], "end": true },
        ],
    }))
    .unwrap()
}

struct Bench {
    team: Team,
    workflow: Workflow,
    case: Option<Case>,
    history: Vec<case::Record>,
    last: Option<Decision>,
}

impl Bench {
    fn start(workflow: Workflow, at: &str) -> Bench {
        let mut bench = Bench {
            team: team(),
            workflow,
            case: None,
            history: Vec::new(),
            last: None,
        };
        bench.decide(None, at).unwrap();
        bench
    }

    fn decide(&mut self, input: Option<Input>, at: &str) -> Result<Vec<Fact>, Refusal> {
        let (clients, workflows) = (BTreeMap::new(), BTreeMap::<WorkflowId, Workflow>::new());
        let world = World {
            team: &self.team,
            clients: &clients,
            workflows: &workflows,
            loads: None,
        };
        let now: Timestamp = at.parse().unwrap();
        let decision = match (&self.case, input) {
            (Some(case), Some(input)) => {
                case::decide(world, &self.workflow, case, &input, "test", now)?
            }
            _ => {
                let opening = Opening {
                    case: CaseId::from("case_1"),
                    values: Default::default(),
                    client: None,
                    parent: None,
                    roles: BTreeMap::new(),
                    correlation_id: "c".into(),
                    hops: 0,
                    started_by: None,
                };
                case::start(world, &self.workflow, opening, "test", now)?
            }
        };
        self.history.push(decision.record.clone());
        let replayed = Case::replay(&self.history);
        assert_eq!(
            replayed.as_ref(),
            Some(&decision.case),
            "the history makes the state"
        );
        self.case = Some(decision.case.clone());
        let facts = decision.record.facts.clone();
        self.last = Some(decision);
        Ok(facts)
    }

    /// What the clock says at `at`: the marks it fires or holds, and who is told what.
    fn speaks(&mut self, at: &str) -> Vec<String> {
        let input = Input::TimeReached {
            step: StepId::from("answer"),
        };
        match self.decide(Some(input), at) {
            Ok(facts) => facts.iter().filter_map(said).collect(),
            Err(Refusal::Repeat(_)) => Vec::new(),
            Err(other) => panic!("{other}"),
        }
    }

    fn clock(&self) -> &domain::clock::Clock {
        let (_, task) = self
            .case
            .as_ref()
            .unwrap()
            .open_task(&"answer".into())
            .unwrap();
        task.clock.as_ref().unwrap()
    }
}

fn said(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::MarkFired {
            mark, late_seconds, ..
        } => format!("{mark} {late_seconds}"),
        Fact::MarkHeld { mark, until, .. } => format!("{mark} held until {until}"),
        Fact::FoundStuck { times, .. } => format!("stuck {times}"),
        Fact::EffectOwed {
            effect: Effect::Notice { to, notice },
            ..
        } => {
            let what = match notice {
                Notice::DeadlineNear { .. } => "near",
                Notice::DeadlineMissed { .. } => "missed",
                Notice::Escalated { .. } => "escalated",
                Notice::Handed { .. } => "handed",
                Notice::Stuck { .. } => "stuck",
                _ => "told",
            };
            format!("{to} {what}")
        }
        _ => return None,
    })
}

#[test]
fn a_ladder_reaches_named_people_each_rung_once() {
    let clock = json!({ "within": "60 minutes", "warn_at": ["50%"],
        "escalate": [{ "at": "80%", "to": { "person": "dana" } }, { "at": "breach", "to": { "role": "ops_lead" } },
                     { "at": "30 minutes after", "to": { "person": "dana" } }] });
    let mut bench = Bench::start(answer(clock), "2026-11-24T13:00:00Z");
    assert_eq!(bench.speaks("2026-11-24T13:30:00Z"), ["50% 0", "luis near"]);
    assert!(bench.speaks("2026-11-24T13:30:00Z").is_empty());
    assert_eq!(
        bench.clock().next_mark().unwrap().0,
        "2026-11-24T13:48:00Z".parse().unwrap()
    );
    // Three marks were missed at once: each once, in order, and each says how late it is. Dana
    // had not begun to work at hers, so Olga, who was there, hears of them too.
    assert_eq!(
        bench.speaks("2026-11-24T18:00:00Z"),
        [
            "80% 15120",
            "dana escalated",
            "olga escalated",
            "breach 14399",
            "luis missed",
            "olga escalated",
            "30 minutes after 12599",
            "dana escalated",
            "olga escalated",
        ]
    );
    assert!(bench.speaks("2026-11-25T15:00:00Z").is_empty());
}

#[test]
fn a_mark_waits_until_somebody_is_on_duty() {
    // Two in the morning in Berlin, eight in the evening in New York has passed: nobody is there until nine.
    let clock = json!({ "within": "60 minutes", "warn_at": ["50%"] });
    let mut bench = Bench::start(answer(clock), "2026-11-25T02:00:00Z");
    assert_eq!(
        bench.speaks("2026-11-25T02:30:00Z"),
        ["50% held until 2026-11-25T08:00:00Z"]
    );
    assert_eq!(
        bench.clock().next_mark().unwrap().0,
        "2026-11-25T03:00:01Z".parse().unwrap()
    );
    assert_eq!(
        bench.speaks("2026-11-25T03:00:01Z"),
        ["breach held until 2026-11-25T08:00:00Z"]
    );
    assert!(bench.speaks("2026-11-25T07:59:59Z").is_empty());
    assert_eq!(
        bench.speaks("2026-11-25T08:00:00Z"),
        ["50% 19800", "luis near", "breach 17999", "luis missed"]
    );
}

#[test]
fn whoever_stands_in_hears_of_it_when_the_owner_is_off_duty() {
    let clock = json!({ "within": "60 minutes", "warn_at": ["50%"] });
    // Eight in the evening in Berlin; Dana, who stands in for Luis, works until two.
    let mut bench = Bench::start(answer(clock), "2026-11-24T19:00:00Z");
    assert_eq!(
        bench.speaks("2026-11-24T19:30:00Z"),
        ["50% 0", "luis near", "dana escalated"]
    );
}

#[test]
fn told_otherwise_it_is_told_at_any_time() {
    let clock = json!({ "within": "60 minutes", "warn_at": ["50%"], "at_any_time": true });
    let mut bench = Bench::start(answer(clock), "2026-11-25T02:00:00Z");
    let said = bench.speaks("2026-11-25T02:30:00Z");
    assert_eq!(said[..2], ["50% 0", "luis near"]);
}

#[test]
fn a_task_is_accepted_and_handed_on_with_its_clock() {
    let clock = json!({ "within": "60 minutes", "warn_at": ["50%"] });
    let mut bench = Bench::start(answer(clock), "2026-11-24T13:00:00Z");
    let accepted = |by: &str| Input::TaskAccepted {
        step: "answer".into(),
        by: PersonId::from(by),
    };
    let handed = |to: &str| Input::TaskHanded {
        step: "answer".into(),
        by: "luis".into(),
        to: PersonId::from(to),
    };
    let at = "2026-11-24T13:10:00Z";
    let told = bench.decide(Some(accepted("dana")), at).unwrap_err();
    assert_eq!(told.to_string(), "answer is luis's, not dana's");
    bench.decide(Some(accepted("luis")), at).unwrap();
    assert!(matches!(
        bench.decide(Some(accepted("luis")), at),
        Err(Refusal::Repeat(_))
    ));
    let due_at = bench.clock().due_at();
    let facts = bench.decide(Some(handed("dana")), at).unwrap();
    assert_eq!(
        facts.iter().filter_map(said).collect::<Vec<_>>(),
        ["dana handed"]
    );
    assert_eq!(bench.clock().due_at(), due_at, "the clock runs on");
    let (_, task) = bench
        .case
        .as_ref()
        .unwrap()
        .open_task(&"answer".into())
        .unwrap();
    assert_eq!((task.owner.as_str(), task.accepted_at), ("dana", None));
    assert!(matches!(
        bench.decide(Some(handed("dana")), at),
        Err(Refusal::Repeat(_))
    ));
    assert!(matches!(
        bench.decide(Some(handed("nobody")), at),
        Err(Refusal::Never(_))
    ));
}

#[test]
fn a_case_that_stands_still_is_told_to_its_owner_and_then_higher_up() {
    let mut workflow = answer(Value::Null);
    workflow.stuck_after = Some("2 business days".parse().unwrap());
    workflow.owner = serde_json::from_value(json!({ "person": "luis" })).unwrap();
    let mut bench = Bench::start(workflow, "2026-11-24T13:10:00Z");
    let look_again_at = bench.last.as_ref().unwrap().look_again_at.unwrap();
    assert_eq!(look_again_at, "2026-11-26T14:00:00Z".parse().unwrap());
    let early = bench.decide(Some(Input::AgeReached), "2026-11-26T13:00:00Z");
    assert!(matches!(early, Err(Refusal::Repeat(_))));
    let facts = bench
        .decide(Some(Input::AgeReached), "2026-11-26T14:00:00Z")
        .unwrap();
    let said_once: Vec<_> = facts.iter().filter_map(said).collect();
    assert_eq!(said_once, ["stuck 1", "luis stuck"]);
    // Told, and still nothing moves: after as long again, also whoever answers for all operations.
    assert!(
        bench
            .decide(Some(Input::AgeReached), "2026-11-27T14:00:00Z")
            .is_err()
    );
    let facts = bench
        .decide(Some(Input::AgeReached), "2026-11-28T15:00:00Z")
        .unwrap();
    let said_twice: Vec<_> = facts.iter().filter_map(said).collect();
    assert_eq!(said_twice, ["stuck 2", "luis stuck", "olga stuck"]);
    let done = Input::TaskDone {
        step: "answer".into(),
        by: "luis".into(),
        outcome: None,
    };
    bench.decide(Some(done), "2026-11-28T15:00:00Z").unwrap();
    assert_eq!(bench.case.as_ref().unwrap().stuck, None);
}

#[test]
fn a_running_clock_warns_and_the_age_limit_waits_for_it() {
    let mut workflow = answer(json!({ "within": "10 business days" }));
    workflow.stuck_after = Some("1 business day".parse().unwrap());
    let bench = Bench::start(workflow, "2026-11-24T13:10:00Z");
    let look_again_at = bench.last.as_ref().unwrap().look_again_at.unwrap();
    assert_eq!(look_again_at, "2026-12-05T14:00:00Z".parse().unwrap());
}
