//! A script of events played in one process, and played again with every delivery twice and every AWS call failing:
//! the end must be the same. It must not know what the script is about.

use std::collections::{BTreeMap, BTreeSet};

use app::invoice_run::{self, Request};
use domain::billing::Period;
use domain::case::{Case, RunState, State};
use mail_parser::MessageParser;
use serde_json::Value;
use store::Company;

use crate::world::{FAULTS, Fault, World};

/// Events in order, and the time at which the first may come.
pub struct Script {
    pub at: &'static str,
    pub events: Vec<Value>,
    /// The month that a person bills in the end, for which the company's files are these.
    pub bills: Option<(Period, fn() -> Company)>,
}

/// What must be the same whatever went wrong on the way.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    pub cases: BTreeMap<String, (String, Vec<String>)>,
    /// To whom, and the subject without its time of day.
    pub mails: BTreeMap<String, usize>,
    /// Why something was parked.
    pub parked: Vec<String>,
    /// How each invoice stands, and what it comes to.
    pub invoices: BTreeMap<String, String>,
    /// What became of the month's entries, and what is drawn of prepaid hours.
    pub billed: Vec<String>,
}

/// One play of a script, and what it left behind.
pub struct Played {
    pub end: End,
    /// Mails that were handed over more than once under one Message-ID.
    pub doubled: usize,
    pub calls: Vec<String>,
    /// What reached the failure queues.
    pub failed: Vec<String>,
    pub unreplayable: Vec<String>,
}

/// Plays a script, three sweeps after each event, with every delivery twice or with one call that fails.
pub async fn play(script: &Script, twice: bool, fault: Option<(usize, Fault)>) -> Played {
    let mut world = World::new(script.at).await;
    world.twice = twice;
    if let Some((_, company)) = script.bills {
        let applied = app::apply::apply(&world.store(), &company()).await;
        applied.expect("it can be applied");
    }
    let begun = world.calls();
    if let Some((at, fault)) = fault {
        world.fail(at, fault);
    }
    for event in &script.events {
        world.send(event.clone()).await;
        // Whatever a fault left behind is found by its due time, before the next person acts.
        for _ in 0..3 {
            world.sweep().await;
        }
    }
    if let Some((period, _)) = script.bills {
        bill(&mut world, period).await;
    }
    let calls = (begun..world.calls())
        .filter_map(|at| world.call_name(at))
        .collect();
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
    let parked = world.store().parked().await.expect("the table answers");
    let parked = parked.into_iter().map(|row| row.reason).collect();
    let invoices = invoices(&world).await;
    let billed = match script.bills {
        Some((period, _)) => billed(&world, period).await,
        None => Vec::new(),
    };
    Played {
        end: End {
            cases,
            mails,
            parked,
            invoices,
            billed,
        },
        doubled,
        calls,
        failed: world
            .failed
            .iter()
            .map(|(error, _)| error.clone())
            .collect(),
        unreplayable,
    }
}

/// A person runs the month, again until it says that it is done, and twice where everything comes twice.
async fn bill(world: &mut World, period: Period) {
    let request = Request {
        period,
        client: None,
        is_dry: false,
    };
    let mut wanted = if world.twice { 2 } else { 1 };
    while wanted > 0 {
        let store = world.store();
        // Stopped, or told to try again: they do.
        if let Some(Ok(said)) = world.run(invoice_run::run(&store, &request)).await {
            said.expect("the month can be billed");
            wanted -= 1;
        }
    }
    world.settle().await;
    for _ in 0..4 {
        world.sweep().await;
    }
}

async fn invoices(world: &World) -> BTreeMap<String, String> {
    let standings = world.store().standings().await.expect("the table answers");
    let told = |standing: store::Standing| {
        let life = &standing.life;
        (
            standing.id.clone(),
            format!("{}, {}", life.stands.word(), life.due.0),
        )
    };
    standings.into_iter().map(told).collect()
}

async fn billed(world: &World, period: Period) -> Vec<String> {
    let store = world.store();
    let company = store.company().await.expect("the files are there");
    let mut told = Vec::new();
    for client in company.clients.keys() {
        let entries = store.time_of_client(client, period.first(), period.last());
        for known in entries.await.expect("the table answers") {
            told.push(format!("{}: {:?}", known.entry.id, known.became));
        }
        let hours = store.hours(client).await.expect("the table answers");
        for (agreement, hours) in hours {
            told.push(format!("{agreement}: {:?}", hours.drawn()));
        }
    }
    told
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
        // What is left, and the minute that is named, depend on when a call that failed was tried again.
        let subject = subject
            .split_once(" left: ")
            .map_or(subject, |(_, what)| what);
        let subject = match subject.strip_prefix("Overdue since ") {
            Some(since) => since.split_once(": ").map_or(since, |(_, what)| what),
            None => subject.strip_prefix("Warned too late: ").unwrap_or(subject),
        };
        let subject = subject.split(" (was due ").next().unwrap_or_default();
        let subject = subject.split(" (due ").next().unwrap_or_default();
        let timeless = subject.split(" (by ").next().unwrap_or_default();
        *mails.entry(format!("{to}: {timeless}")).or_insert(0) += 1;
    }
    (mails, doubled)
}

/// W, the one window in which a mail may be doubled: SES took it and its row does not say so yet.
fn in_window(calls: &[String], at: usize, fault: Fault) -> bool {
    let is_mail = |at: usize| {
        calls
            .get(at)
            .is_some_and(|name| name.ends_with(" SendRawEmail"))
    };
    let answer_lost = is_mail(at) && matches!(fault, Fault::LostAfter | Fault::StopAfter);
    let mark_lost = at > 0 && is_mail(at - 1) && fault != Fault::StopAfter;
    answer_lost || mark_lost
}

/// What fails in one play: the call's place in the chain, and how.
type Combination = (usize, Fault);

/// Every call of the chain in every way.
fn every(calls: &[String]) -> Vec<Combination> {
    (0..calls.len())
        .flat_map(|at| FAULTS.into_iter().map(move |fault| (at, fault)))
        .collect()
}

/// Every place in the code of a function in every way: of the calls that it makes in the chain another one for each fault.
fn each_site(calls: &[String], of: &str) -> Vec<Combination> {
    let mut sites: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, site) in calls.iter().enumerate() {
        if site.starts_with(of) {
            sites.entry(site).or_default().push(at);
        }
    }
    let spread =
        |made: &Vec<usize>, place: usize| made[place * (made.len() - 1) / (FAULTS.len() - 1)];
    sites
        .values()
        .flat_map(|made| {
            FAULTS
                .into_iter()
                .enumerate()
                .map(|(place, fault)| (spread(made, place), fault))
        })
        .collect()
}

/// How many plays had which fault at which place in the code.
fn matrix(calls: &[String], played: &[Combination]) -> String {
    let mut sites: BTreeMap<&str, [usize; FAULTS.len()]> = BTreeMap::new();
    for (at, fault) in played {
        let column = FAULTS
            .iter()
            .position(|one| one == fault)
            .expect("it is one of them");
        sites.entry(&calls[*at]).or_default()[column] += 1;
    }
    let head: String = FAULTS
        .iter()
        .map(|fault| format!("{:>12}", format!("{fault:?}")))
        .collect();
    let mut table = format!("{:<44}{head}\n", "");
    for (site, counts) in sites {
        let cells: String = counts.iter().map(|count| format!("{count:>12}")).collect();
        table.push_str(&format!("{site:<44}{cells}\n"));
    }
    table
}

/// Which calls fail.
pub enum Calls {
    /// Every single one of the script.
    Every,
    /// Each place in the code that calls AWS.
    EachSite,
    /// Each place in the code of one function.
    Of(&'static str),
}

/// Plays the script once for each call and fault, and expects the same end each time. `show` is given the table of what
/// is played.
pub fn faults_change_nothing(script: &Script, calls: Calls, show: impl Fn(&str)) {
    let plain = run(play(script, false, None));
    let combinations = match calls {
        Calls::Every => every(&plain.calls),
        Calls::EachSite => each_site(&plain.calls, ""),
        Calls::Of(function) => each_site(&plain.calls, function),
    };
    show(&matrix(&plain.calls, &combinations));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (plain, combinations) = (&plain, &combinations);
            scope.spawn(move || {
                for (at, fault) in combinations.iter().skip(thread).step_by(threads) {
                    let played = run(play(script, false, Some((*at, *fault))));
                    let what = format!("{fault:?} at call {at}, {}", plain.calls[*at]);
                    assert_eq!(plain.end, played.end, "{what}");
                    assert_eq!(played.unreplayable, Vec::<String>::new(), "{what}");
                    assert_eq!(played.failed, Vec::<String>::new(), "{what}");
                    let most = usize::from(in_window(&plain.calls, *at, *fault));
                    assert!(
                        played.doubled <= most,
                        "{what}: {} mails doubled",
                        played.doubled
                    );
                }
            });
        }
    });
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime can be made")
        .block_on(future)
}
