//! The case's decisions: handoffs, rounds, assignment under a limit, repeats, and the fold.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stopped"
)]

use std::collections::BTreeMap;

use domain::assign::{Load, Loads};
use domain::case::{self, Case, Decision, Effect, Fact, Input, Opening, Refusal, State, World};
use domain::company::Team;
use domain::definition::Workflow;
use domain::id::{CaseId, PersonId, RoleId, StepId, WorkflowId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn team() -> Team {
    let week = json!({ "mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]], "wed": [["09:00", "17:00"]],
        "thu": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]] });
    serde_json::from_value(json!({
        "name": "Studio", "calendar": "office",
        "calendars": { "office": { "tz": "Europe/Berlin", "weekly": week, "holidays": [] } },
        "people": {
            "olga": { "name": "Olga", "mail": "olga@studio.example", "minutes_per_week": 2400, "backup": "dana" },
            "dana": { "name": "Dana", "mail": "dana@studio.example", "minutes_per_week": 2400 },
            "lena": { "name": "Lena", "mail": "lena@studio.example", "minutes_per_week": 2400, "skills": ["web"] },
            "luis": { "name": "Luis", "mail": "luis@studio.example", "minutes_per_week": 2400, "skills": ["web"] },
            "lotte": { "name": "Lotte", "mail": "lotte@studio.example", "minutes_per_week": 2400 },
        },
        "roles": {
            "ops_lead": { "held_by": "olga" },
            "lead": { "picked_from": ["lena", "luis", "lotte"] },
        },
    }))
    .unwrap()
}

fn workflow(id: &str, steps: Value) -> Workflow {
    serde_json::from_value(json!({
        "id": id, "version": 1, "title": "Case of {{ what }}", "kind": "operations", "owner": { "role": "ops_lead" },
        "outcome": { "measure": "m", "from": null, "to": "end", "target": "3 business days" }, "steps": steps,
    }))
    .unwrap()
}

fn build_and_test() -> Workflow {
    workflow(
        "build",
        json!([
            { "id": "build", "do": "task", "title": "Build {{ what }}", "owner": { "person": "luis" },
              "clock": { "within": "4 business hours", "warn_at": ["50%"] } },
            { "id": "qa", "do": "task", "title": "Test {{ what }}", "owner": { "person": "lena" }, "after": ["build"],
              "outcomes": [["passed", "onward"], ["rejected", { "step": { "step": "build" } }]], "rounds": 2 },
            { "id": "end", "do": "emit", "event": "build.accepted", "after": ["qa"], "end": true },
        ]),
    )
}

fn staffing() -> Workflow {
    workflow(
        "staffing",
        json!([
            { "id": "begin", "do": "emit", "event": "begun" },
            { "id": "pick", "after": ["begin"], "do": "assign", "role": "lead", "if_nobody": "ask",
              "limits": { "max_load_percent": 50, "needs_skill": "skill", "looks_ahead": "5 business days" } },
            { "id": "work", "do": "task", "title": "Work", "owner": { "role": "lead" }, "effort_minutes": 600, "after": ["pick"] },
            { "id": "end", "do": "emit", "event": "done", "after": ["work"], "end": true },
            { "id": "ask", "do": "approve", "question": "Who?", "owner": { "role": "ops_lead" },
              "choices": [["overload", { "step": { "step": "pick", "without": ["max_load"] } }], ["decline", "stop"]] },
        ]),
    )
}

struct Bench {
    team: Team,
    workflow: Workflow,
    loads: Option<Loads>,
    case: Option<Case>,
    history: Vec<case::Record>,
    now: Timestamp,
}

impl Bench {
    fn new(workflow: Workflow) -> Self {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        Bench {
            team: team(),
            workflow,
            loads: None,
            case: None,
            history: Vec::new(),
            now,
        }
    }

    fn decide(&mut self, input: Option<Input>) -> Result<Decision, Refusal> {
        let (clients, workflows) = (BTreeMap::new(), BTreeMap::<WorkflowId, Workflow>::new());
        let world = World {
            team: &self.team,
            clients: &clients,
            workflows: &workflows,
            loads: self.loads.as_ref(),
        };
        let decision = match (&self.case, input) {
            (Some(case), Some(input)) => {
                case::decide(world, &self.workflow, case, &input, "test", self.now)?
            }
            _ => {
                let opening = Opening {
                    case: CaseId::from("case_1"),
                    values: json!({ "what": "it", "skill": "web" })
                        .as_object()
                        .unwrap()
                        .clone(),
                    client: None,
                    parent: None,
                    roles: BTreeMap::new(),
                    correlation_id: "c".into(),
                    hops: 0,
                    started_by: None,
                };
                case::start(world, &self.workflow, opening, "test", self.now)?
            }
        };
        self.history.push(decision.record.clone());
        assert_eq!(
            Case::replay(&self.history).as_ref(),
            Some(&decision.case),
            "the history makes the state"
        );
        self.case = Some(decision.case.clone());
        Ok(decision)
    }

    fn done(&mut self, step: &str, by: &str, outcome: Option<&str>) -> Result<Decision, Refusal> {
        let input = Input::TaskDone {
            step: StepId::from(step),
            by: PersonId::from(by),
            outcome: outcome.map(str::to_owned),
        };
        self.decide(Some(input))
    }

    fn open(&self) -> Vec<(String, String)> {
        let case = self.case.as_ref().unwrap();
        case.open_tasks()
            .map(|(step, run, task)| (format!("{step} {run}"), task.owner.0.clone()))
            .collect()
    }

    /// Closes everything owed, as the executors do.
    fn settle(&mut self) {
        while let Some(effect) = self
            .case
            .as_ref()
            .and_then(|case| case.owed.keys().next().cloned())
        {
            let input = Input::EffectClosed {
                effect,
                reference: "sent".into(),
                values: Default::default(),
            };
            self.decide(Some(input)).unwrap();
        }
    }
}

fn open(step: &str, owner: &str) -> Vec<(String, String)> {
    vec![(step.to_owned(), owner.to_owned())]
}

#[test]
fn p20_a_rejected_outcome_sends_the_work_back_and_tells_its_owner() {
    let mut bench = Bench::new(build_and_test());
    bench.decide(None).unwrap();
    assert_eq!(bench.open(), open("build 1", "luis"));
    let handed = bench.done("build", "luis", None).unwrap();
    assert_eq!(bench.open(), open("qa 1", "lena"));
    let told: Vec<_> = handed
        .record
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::EffectOwed {
                effect: Effect::Notice { to, .. },
                ..
            } => Some(to.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["lena"], "the card never moves without the message");
    bench.done("qa", "lena", Some("rejected")).unwrap();
    assert_eq!(bench.open(), open("build 2", "luis"));
    bench.done("build", "luis", None).unwrap();
    assert_eq!(bench.open(), open("qa 2", "lena"));
    bench.done("qa", "lena", Some("passed")).unwrap();
    assert!(
        bench.case.as_ref().unwrap().is_running(),
        "it does not close before its messages are taken"
    );
    bench.settle();
    assert!(matches!(bench.case.unwrap().state, State::Completed { .. }));
}

#[test]
fn p23_sent_back_too_often_it_becomes_the_workflow_owners() {
    let mut bench = Bench::new(build_and_test());
    bench.decide(None).unwrap();
    for _ in 0..2 {
        bench.done("build", "luis", None).unwrap();
        bench.done("qa", "lena", Some("rejected")).unwrap();
    }
    assert_eq!(bench.open(), open("build 3", "olga"));
}

#[test]
fn a_report_that_fits_nothing_says_what_would() {
    let mut bench = Bench::new(build_and_test());
    bench.decide(None).unwrap();
    let table = [
        (
            "qa",
            "lena",
            Some("passed"),
            "step qa is not open yet: the steps before it are not done",
        ),
        ("build", "nobody", None, "\"nobody\" is nobody in team.yaml"),
        (
            "paint",
            "lena",
            None,
            "workflow build version 1 has no step paint",
        ),
    ];
    for (step, by, outcome, words) in table {
        assert_eq!(
            bench.done(step, by, outcome),
            Err(Refusal::Never(words.into()))
        );
    }
    bench.done("build", "luis", None).unwrap();
    assert!(matches!(
        bench.done("build", "luis", None),
        Err(Refusal::Repeat(_))
    ));
    let refused = bench.done("qa", "lena", Some("maybe"));
    assert_eq!(
        refused,
        Err(Refusal::Never(
            "step qa ends with one of: passed, rejected; \"maybe\" is not one".into()
        ))
    );
}

#[test]
fn p31_each_mark_of_a_clock_is_told_once() {
    let mut bench = Bench::new(build_and_test());
    bench.decide(None).unwrap();
    let reached = || {
        Some(Input::TimeReached {
            step: StepId::from("build"),
        })
    };
    bench.now += SignedDuration::from_hours(2);
    assert!(bench.decide(reached()).is_ok());
    assert!(
        matches!(bench.decide(reached()), Err(Refusal::Repeat(_))),
        "the warning was told"
    );
    bench.now += SignedDuration::from_hours(3);
    assert!(bench.decide(reached()).is_ok());
    assert!(
        matches!(bench.decide(reached()), Err(Refusal::Repeat(_))),
        "so was the miss"
    );
}

#[test]
fn p40_assignment_asks_for_loads_and_keeps_the_limit() {
    let mut bench = Bench::new(staffing());
    assert_eq!(bench.decide(None), Err(Refusal::NeedsLoads));
    let full = |minutes| Load {
        away: false,
        weeks: BTreeMap::from([("2026-W48".to_owned(), minutes)]),
    };
    bench.loads = Some(BTreeMap::from([
        (PersonId::from("lena"), full(300)),
        (PersonId::from("luis"), full(100)),
    ]));
    let decision = bench.decide(None).unwrap();
    assert_eq!(decision.case.roles[&RoleId::from("lead")].as_str(), "luis");
    let added: u32 = decision.commitments[0]
        .weeks
        .iter()
        .map(|week| week.add_minutes)
        .sum();
    assert_eq!(added, 600, "all of the effort is committed");
    assert!(
        decision.commitments[0]
            .weeks
            .iter()
            .all(|week| week.limit_minutes == Some(1200))
    );
}

#[test]
fn p21_no_capacity_becomes_a_decision_and_an_overload_is_its_choice() {
    let mut bench = Bench::new(staffing());
    let full = Load {
        away: false,
        weeks: BTreeMap::from([("2026-W48".to_owned(), 1100), ("2026-W49".to_owned(), 1100)]),
    };
    let away = Load {
        away: true,
        ..Load::default()
    };
    bench.loads = Some(BTreeMap::from([
        (PersonId::from("lena"), full),
        (PersonId::from("luis"), away),
    ]));
    let asked = bench.decide(None).unwrap();
    assert_eq!(bench.open(), open("ask 1", "olga"));
    let reasons: Vec<_> = asked
        .record
        .facts
        .iter()
        .filter(|fact| matches!(fact, Fact::NobodyFree { .. }))
        .map(Fact::words)
        .collect();
    assert_eq!(
        reasons,
        [
            "nobody can take pick: lena would have 28.3 of 40.0 hours in week 2026-W48, over 50 %; luis is away; lotte does not have the skill web"
        ]
    );
    let choose = |choice: &str| {
        Some(Input::DecisionMade {
            step: StepId::from("ask"),
            choice: choice.into(),
            by: PersonId::from("olga"),
        })
    };
    let overloaded = bench.decide(choose("overload")).unwrap();
    assert_eq!(
        overloaded.case.roles[&RoleId::from("lead")].as_str(),
        "lena"
    );
    assert!(
        overloaded.commitments[0]
            .weeks
            .iter()
            .all(|week| week.limit_minutes.is_none())
    );
    assert!(
        overloaded.case.lifted.is_empty(),
        "the limit is lifted for that one assignment"
    );
}

#[test]
fn a_decision_may_stop_the_case() {
    let mut bench = Bench::new(staffing());
    let away = || Load {
        away: true,
        ..Load::default()
    };
    bench.loads = Some(
        ["lena", "luis", "lotte"]
            .map(|id| (PersonId::from(id), away()))
            .into(),
    );
    bench.decide(None).unwrap();
    let input = Input::DecisionMade {
        step: "ask".into(),
        choice: "decline".into(),
        by: "olga".into(),
    };
    bench.decide(Some(input)).unwrap();
    assert!(matches!(bench.case.unwrap().state, State::Stopped { .. }));
}

fn project() -> Bench {
    Bench::new(workflow(
        "project",
        json!([
            { "id": "plan", "do": "task", "title": "Plan", "owner": { "role": "lead" } },
            { "id": "end", "do": "emit", "event": "done", "after": ["plan"], "end": true },
        ]),
    ))
}

#[test]
fn a_project_that_waits_for_its_lead_ends_with_its_contract_and_one_under_way_goes_on() {
    let lead = case::Message::RoleFilled {
        role: RoleId::from("lead"),
        person: PersonId::from("luis"),
    };
    let stopped = || {
        Some(Input::Told(case::Message::ParentStopped {
            by: Some(PersonId::from("olga")),
        }))
    };
    let mut waiting = project();
    waiting.decide(None).unwrap();
    waiting.decide(stopped()).unwrap();
    assert!(matches!(
        waiting.case.as_ref().unwrap().state,
        State::Stopped { .. }
    ));
    assert!(matches!(waiting.decide(stopped()), Err(Refusal::Repeat(_))));

    let mut begun = project();
    begun.decide(None).unwrap();
    begun.decide(Some(Input::Told(lead))).unwrap();
    assert!(matches!(begun.decide(stopped()), Err(Refusal::Repeat(_))));
    assert_eq!(begun.open(), open("plan 1", "luis"));
}

#[test]
fn a_project_whose_lead_is_undecided_waits_and_begins_when_told() {
    let mut bench = project();
    bench.decide(None).unwrap();
    assert_eq!(bench.open(), []);
    assert!(
        bench.case.as_ref().unwrap().is_running(),
        "it has not begun, so it is not done"
    );
    let message = case::Message::RoleFilled {
        role: RoleId::from("lead"),
        person: PersonId::from("luis"),
    };
    bench.decide(Some(Input::Told(message.clone()))).unwrap();
    assert_eq!(bench.open(), open("plan 1", "luis"));
    assert!(matches!(
        bench.decide(Some(Input::Told(message))),
        Err(Refusal::Repeat(_))
    ));
}
