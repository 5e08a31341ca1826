//! `kill -9` of functions and of the host at any moment under load: what was taken is completed, waiting or parked, once.

#![expect(
    clippy::print_stdout,
    reason = "what was killed and how long a restart took is for whoever looks"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use mail_parser::MessageParser;
use store::{Bus, EntryOutcome};
use tests::machine::{Machine, case_of_contract, contract, entry};
use tests::process::{Process, end, until};
use tokio::task::JoinSet;

const MONDAY: &str = "2026-11-23T08:00:05Z";
/// How long the host lives in each round, in milliseconds: early in a chain, in its middle, under full load.
const ROUNDS_MS: [u64; 4] = [500, 900, 1_400, 2_100];
const CLIENTS: usize = 4;

#[derive(Default)]
struct Load {
    /// Contracts for which the bus answered that it has them.
    received: BTreeSet<String>,
    functions_killed: usize,
}

/// Signs contracts until the host is gone.
async fn sign(bus: Bus, name: String) -> BTreeSet<String> {
    let mut received = BTreeSet::new();
    for n in 0.. {
        let id = format!("C-{name}-{n:04}");
        let entry = entry(&contract(&id), MONDAY.parse().expect("it is a time"));
        match bus.publish(&[entry]).await.pop() {
            Some(EntryOutcome::Published { .. }) => received.insert(id),
            _ => break,
        };
    }
    received
}

/// Ends a function process every 150 ms: one after the other, whatever it is at.
async fn kill_functions(process: &Process, stop: &AtomicBool) -> usize {
    let mut killed = 0;
    while !stop.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let functions = process.functions();
        if let Some((id, _)) = functions.get(killed % functions.len().max(1)) {
            end(*id);
            killed += 1;
        }
    }
    killed
}

async fn round(data: &Path, number: usize, load: &mut Load) {
    let clock = (number == 0).then(|| MONDAY.parse::<Timestamp>().expect("it is a time"));
    let process = Process::start(data, clock, 1).await;
    if number == 0 {
        process.apply_starter().await;
    }
    let stop = AtomicBool::new(false);
    let clients = async {
        let mut signing = JoinSet::new();
        for client in 0..CLIENTS {
            signing.spawn(sign(process.bus.clone(), format!("{number}-{client}")));
        }
        signing.join_all().await
    };
    let power_cut = async {
        tokio::time::sleep(Duration::from_millis(ROUNDS_MS[number])).await;
        stop.store(true, Ordering::SeqCst);
        let functions = process.functions();
        end(process.id().expect("it runs"));
        functions.iter().for_each(|(id, _)| end(*id));
    };
    let (received, killed, ()) = tokio::join!(clients, kill_functions(&process, &stop), power_cut);
    load.received.extend(received.into_iter().flatten());
    load.functions_killed += killed;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_received_is_completed_waiting_or_parked_after_any_kill() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut load = Load::default();
    for number in 0..ROUNDS_MS.len() {
        round(folder.path(), number, &mut load).await;
    }
    let machine = Machine::on(folder.path()).await;
    machine.rest().await;
    // Leases of killed functions end, what nobody closed is found by its due time, and each delivery is tried again.
    let mut cases = machine.cases().await;
    loop {
        machine.sweeps(8).await;
        let after = machine.cases().await;
        if after == cases {
            break;
        }
        cases = after;
    }
    let mut by_contract = BTreeMap::new();
    for case in cases
        .values()
        .filter(|case| case.workflow.0 == "contract_to_kickoff")
    {
        let contract = case.values["contract"].as_str().expect("it is a text");
        *by_contract.entry(contract.to_owned()).or_insert(0) += 1;
    }
    let lost: Vec<_> = load
        .received
        .iter()
        .filter(|id| !by_contract.contains_key(*id))
        .collect();
    assert!(lost.is_empty(), "received and lost: {lost:?}");
    assert!(
        by_contract.values().all(|count| *count == 1),
        "started twice"
    );
    assert_eq!(machine.parked().await.len(), 0);

    let mut owed = BTreeSet::new();
    for id in cases.keys() {
        let trace = machine.trace(id).await;
        assert!(trace.replays, "{id}");
        assert!(
            trace.case.owed.is_empty(),
            "{id} still owes {:?}",
            trace.case.owed.keys()
        );
        owed.extend(
            trace
                .effects
                .iter()
                .map(|row| format!("{}.{}", row.effect, row.case)),
        );
    }
    let (mails, doubled) = mails(&machine);
    let mails: BTreeSet<String> = mails
        .iter()
        .filter_map(|id| Some(id.split_once('@')?.0.to_owned()))
        .collect();
    let more: Vec<_> = mails.symmetric_difference(&owed).collect();
    assert!(
        more.is_empty(),
        "owed and not taken, or taken and not owed: {more:?}"
    );
    let kills = load.functions_killed + ROUNDS_MS.len() * 8;
    assert!(
        doubled <= kills,
        "{doubled} mails doubled, {kills} processes killed"
    );
    println!(
        "{} contracts received, {} cases, {} mails, {doubled} doubled, {} functions and {} hosts killed",
        load.received.len(),
        cases.len(),
        mails.len(),
        load.functions_killed,
        ROUNDS_MS.len()
    );
    machine.host.shutdown().await;
    restart(folder.path()).await;
}

/// Prints how long it takes from the start of the host on this folder to the first case of a new contract.
async fn restart(data: &Path) {
    let started = Instant::now();
    let process = Process::start(data, None, 1).await;
    let signed = entry(&contract("C-after"), process.store.now());
    process.bus.publish(&[signed]).await;
    until("the contract has a case", async || {
        let case = process.store.load_case(&case_of_contract("C-after")).await;
        case.ok()
            .flatten()
            .ok_or_else(|| "there is none".to_owned())
    })
    .await;
    println!(
        "the first case runs {} ms after the restart",
        started.elapsed().as_millis()
    );
    process.kill().await;
}

/// Different mails by Message-ID, and how many came again under one.
fn mails(machine: &Machine) -> (BTreeSet<String>, usize) {
    let all = machine.host.mails();
    let id = |raw: &[u8]| {
        let mail = MessageParser::default()
            .parse(raw)
            .expect("a mail can be read");
        mail.message_id().expect("a mail has an id").to_owned()
    };
    let different: BTreeSet<String> = all.iter().map(|mail| id(&mail.raw)).collect();
    let doubled = all.len() - different.len();
    (different, doubled)
}
