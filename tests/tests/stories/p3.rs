//! P3: the starter's workflows, each from its event to its end by every way it offers; each step refuses what is wrong,
//! warns, is late and still comes to its end; and what no case can be begun with is somebody's.

mod ends;
mod play;
mod refused;
mod ways;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use domain::case::{Case, Record, RunState, State};
use domain::definition::{Action, Workflow};
use domain::id::{CaseId, StepId};
use serde_json::{Value, json};
use store::Company;
use tests::machine::{Machine, report};
use tests::owned;
use tests::world::{billing_of, starter_with};

use ends::Seen;
use play::{Says, Stands, Way};
use ways::{LIMITED, WAYS};

const TUESDAY: &str = "2026-11-24T07:50:00Z";

/// The starter with a client whose invoices somebody approves. `roomy`: and with leads who take any number of projects.
fn company(roomy: bool) -> Company {
    starter_with(|files| {
        billing_of(files, LIMITED)["approval_above_cents"] = 1_000_000.into();
        for workflow in files.workflows.iter_mut().filter(|_| roomy) {
            for step in &mut workflow.steps {
                if let Action::Assign { limits, .. } = &mut step.action {
                    limits.max_load_percent = Some(10_000);
                    workflow.version += 1;
                }
            }
        }
    })
}

async fn machine(company: &Company) -> Machine {
    let machine = Machine::at(TUESDAY).await;
    app::apply::apply(&machine.store, company)
        .await
        .expect("it can be applied");
    machine
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

/// The case stands where its way leads, its history makes its state, and nobody waits for what is not coming.
async fn stands(machine: &Machine, case: &CaseId, way: &Way) {
    let trace = machine.trace(case).await;
    assert!(trace.replays, "{way:?}");
    let case = trace.case;
    let found = match case.state {
        State::Running => Stands::Open,
        State::Completed { .. } => Stands::Completed,
        State::Stopped { .. } => Stands::Stopped,
    };
    assert_eq!(
        found,
        way.stands,
        "{way:?}: {:?}\n{}",
        open(&case),
        subjects(&machine.mails())
    );
    assert_eq!(found == Stands::Open, !open(&case).is_empty(), "{way:?}");
    for project in trace.projects {
        assert!(project.replays, "{way:?}");
        let is_left = project.case.is_running() && open(&project.case).is_empty();
        assert!(!is_left, "{way:?} leaves {} to nobody", project.case.id);
    }
}

/// Everything that every case has recorded, by what looks at it.
async fn of_all<T>(
    machine: &Machine,
    company: &Company,
    look: impl Fn(&Workflow, &Case, &[Record]) -> T,
) -> Vec<T> {
    let mut found = Vec::new();
    for case in machine.cases().await.into_values() {
        let history = machine
            .store
            .history(&case.id)
            .await
            .expect("the table answers");
        found.push(look(&company.workflows[&case.workflow], &case, &history));
    }
    found
}

fn missing(all: impl IntoIterator<Item = Seen>, seen: &BTreeSet<Seen>) -> Vec<Seen> {
    all.into_iter().filter(|one| !seen.contains(one)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_each_starter_goes_every_way_it_offers() {
    let company = company(false);
    let machine = machine(&company).await;
    for (number, way) in WAYS.iter().enumerate() {
        let case = play::begin(&machine, &company, way.start, number).await;
        for (round, says) in way.says.iter().enumerate() {
            play::say(&machine, &case, *says, number, round).await;
        }
        stands(&machine, &case.id, way).await;
        let parked = machine.parked().await;
        assert!(parked.is_empty(), "{way:?}: {parked:#?}");
    }
    of_all(&machine, &company, |_, _, history| {
        owned::at_every_instant(&company.team, history)
    })
    .await;
    let ended = of_all(&machine, &company, ends::ended).await;
    let ended: BTreeSet<Seen> = ended.into_iter().flatten().collect();
    let offered = company.workflows.values().flat_map(ends::offered);
    assert_eq!(
        missing(offered, &ended),
        [],
        "offered by a starter, and on no way of this story"
    );
}

/// The ways on which each step is somebody's, up to that step: one for each step, and one more where other events have
/// come before. The longer ones come first, since time passes for all.
fn until_each_step() -> Vec<(&'static Way, usize)> {
    let mut known = BTreeSet::new();
    let mut found = Vec::new();
    for way in WAYS {
        for (said, says) in way.says.iter().enumerate() {
            let Some(step) = says.of() else { continue };
            let before = &way.says[..said];
            let events = before
                .iter()
                .filter(|says| matches!(says, Says::Event(_) | Says::EventWith(..)));
            let events: Vec<_> = events.map(|says| format!("{says:?}")).collect();
            if known.insert((way.start.workflow, step, events)) {
                found.push((way, said));
            }
        }
    }
    let pass = |says: &Says| match says {
        Says::Nothing(days) => *days,
        _ => 0,
    };
    found.sort_by_key(|(way, said)| Reverse(way.says[..*said].iter().map(pass).sum::<i64>()));
    found
}

/// A way, how much of it was said, and its case.
type Played = (usize, &'static Way, usize, Case);

/// Every step of every starter, open in some case.
async fn all_steps_open(machine: &Machine, company: &Company) -> Vec<Played> {
    let ways: Vec<_> = until_each_step().into_iter().enumerate().collect();
    let passes = |way: &Way, said: usize| {
        way.says[..said]
            .iter()
            .any(|says| matches!(says, Says::Nothing(_)))
    };
    let (slow, quick): (Vec<_>, Vec<_>) = ways
        .into_iter()
        .partition(|(_, (way, said))| passes(way, *said));
    let mut played = Vec::new();
    for (number, (way, said)) in slow {
        let case = play::begin(machine, company, way.start, number).await;
        for (round, says) in way.says[..said].iter().enumerate() {
            play::say(machine, &case, *says, number, round).await;
        }
        played.push((number, way, said, case));
    }
    // Where no time passes, all say their next word at once.
    let starts: Vec<_> = quick
        .iter()
        .map(|(number, (way, _))| (way.start, *number))
        .collect();
    let begun = play::begin_all(machine, company, &starts).await;
    let quick: Vec<Played> = quick
        .into_iter()
        .zip(begun)
        .map(|((number, (way, said)), case)| (number, way, said, case))
        .collect();
    let rounds = quick
        .iter()
        .map(|(_, _, said, _)| *said)
        .max()
        .unwrap_or_default();
    for round in 0..rounds {
        let mut words = Vec::new();
        for (number, way, _, case) in quick.iter().filter(|(_, _, said, _)| round < *said) {
            words.extend(play::next(machine, case, way.says[round], *number, round).await);
        }
        machine.send(&words).await;
    }
    played.extend(quick);
    played
}

/// What is no answer to an open step, each with a word of why.
async fn wrong_words(
    machine: &Machine,
    case: &Case,
    says: Says,
    number: usize,
) -> Vec<(Value, String)> {
    let said = play::word(machine, case, says, 0).await;
    let right = said.expect("a person says it")["detail"]["data"].clone();
    let (kind, other) = match says {
        Says::Chooses(..) => ("decision.made", "task.done"),
        Says::TicksAll(_) => ("checklist.ticked", "task.done"),
        _ => ("task.done", "decision.made"),
    };
    let with = |field: &str, value: Value| {
        let mut data = right.clone();
        data[field] = value;
        data
    };
    let mut wrong = vec![(
        kind,
        with("by", json!("somebody")),
        "\"somebody\" is nobody in team.yaml",
    )];
    match says {
        Says::Ends(..) => {
            wrong.push((
                kind,
                with("outcome", json!("perhaps")),
                "\"perhaps\" is not one",
            ));
            wrong.push((kind, with("outcome", Value::Null), "none was given"));
        }
        Says::Chooses(..) => wrong.push((
            kind,
            with("choice", json!("perhaps")),
            "\"perhaps\" is not one",
        )),
        Says::TicksAll(_) => wrong.push((
            kind,
            with("items", json!(["all of it"])),
            "no item \"all of it\"",
        )),
        _ => {}
    }
    let mut otherwise = with("choice", json!("perhaps"));
    otherwise["outcome"] = Value::Null;
    wrong.push((other, otherwise, "is not for it"));
    let wrong = wrong.into_iter().enumerate();
    wrong
        .map(|(place, (kind, data, why))| {
            (
                report(kind, &format!("wrong/{number}/{place}"), data),
                why.to_owned(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_each_step_refuses_what_is_wrong_warns_is_late_and_still_comes_to_its_end() {
    let company = company(true);
    let machine = machine(&company).await;
    let played = all_steps_open(&machine, &company).await;

    // Whatever is said wrongly changes nothing, and is kept with its reason.
    let mut wrong = Vec::new();
    for (number, way, said, case) in &played {
        wrong.extend(wrong_words(&machine, case, way.says[*said], *number).await);
    }
    let before = machine.cases().await;
    let events: Vec<_> = wrong.iter().map(|(event, _)| event.clone()).collect();
    machine.send(&events).await;
    assert_eq!(machine.cases().await, before);
    let parked = machine.parked().await;
    assert_eq!(parked.len(), wrong.len(), "{parked:#?}");
    for (event, why) in &wrong {
        let id = event["detail"]["metadata"]["id"].as_str().expect("an id");
        let id = format!("\"{id}\"");
        let row = parked
            .iter()
            .find(|row| row.body.contains(&id))
            .expect("it is kept");
        assert!(row.reason.contains(why.as_str()), "{why}: {}", row.reason);
    }

    // Nobody does anything: each clock warns before its deadline, and says afterwards that it was missed.
    let mut cases: BTreeSet<CaseId> = BTreeSet::new();
    for (_, _, _, case) in &played {
        cases.extend(case.children.iter().cloned().chain([case.id.clone()]));
    }
    play::until_all_is_late(&machine, &cases).await;
    let told = of_all(&machine, &company, |workflow, _, history| {
        ends::told(workflow, history)
    })
    .await;
    let (marks, words): (Vec<_>, Vec<_>) = told.into_iter().unzip();
    let marks: BTreeSet<Seen> = marks.into_iter().flatten().collect();
    let promised = company.workflows.values().flat_map(ends::promised);
    assert_eq!(
        missing(promised, &marks),
        [],
        "promised by a starter, and never said"
    );
    let mails = machine.mails();
    for (person, title) in words.into_iter().flatten() {
        let reads = |(to, subject): &(String, String)| {
            to.starts_with(&format!("{person}@")) && subject.contains(&title)
        };
        assert!(
            mails.iter().any(reads),
            "{person} hears nothing of {title:?}:\n{}",
            subjects(&mails)
        );
    }

    // However late, the next word leads on; and what has come the longest way of each starter goes to its end.
    let mut next = Vec::new();
    for (_, way, said, case) in &played {
        next.extend(play::word(&machine, case, way.says[*said], *said).await);
    }
    machine.send(&next).await;
    let mut longest = BTreeMap::new();
    for (number, way, said, case) in &played {
        let before = longest.insert(way.start.workflow, (*number, *way, *said, case));
        if let Some(before) = before.filter(|(_, _, longer, _)| said < longer) {
            longest.insert(way.start.workflow, before);
        }
    }
    for (number, way, said, case) in longest.into_values() {
        for (round, says) in way.says.iter().enumerate().skip(said + 1) {
            play::say(&machine, case, *says, number, round).await;
        }
        stands(&machine, &case.id, way).await;
    }
    of_all(&machine, &company, |_, _, history| {
        owned::at_every_instant(&company.team, history)
    })
    .await;
    assert_eq!(
        machine.parked().await.len(),
        wrong.len(),
        "nothing else was refused"
    );
}
