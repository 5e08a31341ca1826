//! The whole chain in one process: contract, staffing, kickoff, build and QA, milestone, invoice; then the same with
//! every delivery twice.

use std::collections::{BTreeMap, BTreeSet};

use domain::case::{Case, RunState, State};
use mail_parser::MessageParser;
use tests::world::{World, demo_events};

const MONDAY_MORNING: &str = "2026-11-23T08:00:00Z";

/// What must be the same whatever went wrong on the way.
#[derive(Debug, PartialEq, Eq)]
struct End {
    cases: BTreeMap<String, (String, Vec<String>)>,
    /// To whom, and the subject without its time of day.
    mails: BTreeMap<String, usize>,
}

struct Played {
    end: End,
    /// Mails that were handed over more than once under one Message-ID.
    doubled: usize,
    /// What reached the failure queues.
    failed: Vec<String>,
    unreplayable: Vec<String>,
}

async fn play(twice: bool) -> Played {
    let mut world = World::new(MONDAY_MORNING).await;
    world.twice = twice;
    for event in demo_events() {
        world.send(event).await;
        // Whatever was left behind is found by its due time, before the next person acts.
        for _ in 0..3 {
            world.sweep().await;
        }
    }
    let cases = world.cases().await;
    let mut unreplayable = Vec::new();
    for (id, case) in &cases {
        let history = world.store().history(id).await.expect("the table answers");
        if Case::replay(&history).as_ref() != Some(case) {
            unreplayable.push(id.0.clone());
        }
    }
    let (mails, doubled) = mails(&world);
    let cases = cases
        .iter()
        .map(|(id, case)| (id.0.clone(), stands(case)))
        .collect();
    Played {
        end: End { cases, mails },
        doubled,
        failed: world
            .failed
            .iter()
            .map(|(error, _)| error.clone())
            .collect(),
        unreplayable,
    }
}

fn stands(case: &Case) -> (String, Vec<String>) {
    let state = match case.state {
        State::Running => "running",
        State::Completed { .. } => "completed",
        State::Stopped { .. } => "stopped",
    };
    let steps = case
        .steps
        .iter()
        .map(|(step, run)| {
            let state = match &run.state {
                RunState::Open { .. } => "open".to_owned(),
                RunState::Done { outcome, .. } => format!("done {outcome:?}"),
                RunState::Undecided { .. } => "undecided".to_owned(),
                RunState::Cleared => "cleared".to_owned(),
            };
            format!("{step} run {} {state}", run.number)
        })
        .collect();
    (state.to_owned(), steps)
}

fn mails(world: &World) -> (BTreeMap<String, usize>, usize) {
    let (mut seen, mut mails, mut doubled) = (BTreeSet::new(), BTreeMap::new(), 0);
    for taken in world.mails() {
        let mail = MessageParser::default()
            .parse(&taken.raw)
            .expect("a mail can be read");
        if !seen.insert(mail.message_id().unwrap_or_default().to_owned()) {
            doubled += 1;
            continue;
        }
        let to = mail
            .to()
            .and_then(|to| to.first())
            .and_then(|to| to.address())
            .unwrap_or_default()
            .to_owned();
        let subject = mail.subject().unwrap_or_default();
        let timeless = subject.split(" (by ").next().unwrap_or_default();
        *mails.entry(format!("{to}: {timeless}")).or_insert(0) += 1;
    }
    (mails, doubled)
}

#[tokio::test(start_paused = true)]
async fn p21_p22_p80_the_chain_runs_from_contract_to_invoice() {
    let played = play(false).await;
    assert_eq!(played.failed, Vec::<String>::new());
    assert_eq!(
        played.unreplayable,
        Vec::<String>::new(),
        "P80: the history makes the stored state"
    );
    let states: Vec<_> = played
        .end
        .cases
        .values()
        .map(|(state, _)| state.as_str())
        .collect();
    assert_eq!(played.end.cases.len(), 4, "{:#?}", played.end);
    assert_eq!(
        states.iter().filter(|state| **state == "completed").count(),
        3,
        "{:#?}",
        played.end
    );
    assert!(
        played
            .end
            .mails
            .keys()
            .any(|mail| mail.starts_with("hanna@") && mail.contains("ready to start"))
    );
    assert!(
        played
            .end
            .mails
            .keys()
            .any(|mail| mail.starts_with("accounts@") && mail.contains("SST-2026-0001"))
    );
    assert_eq!(played.doubled, 0);
}

#[tokio::test(start_paused = true)]
async fn every_delivery_twice_changes_nothing() {
    let (once, twice) = (play(false).await, play(true).await);
    assert_eq!(once.end, twice.end);
    assert_eq!(twice.doubled, 0);
    assert_eq!(twice.failed, Vec::<String>::new());
}
