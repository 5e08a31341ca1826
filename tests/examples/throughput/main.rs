//! How many signed contracts this machine carries to their kickoff mail: `throughput [seconds]`, over `baton local --data`.
//! It must not assert anything: the figures are the machine's.

#![expect(clippy::print_stdout, reason = "its output is its purpose")]

mod company;
mod null;
mod usage;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use domain::id::{CaseId, EffectId};
use store::{EffectState, EntryOutcome};
use tests::machine::{case_of_contract, contract, entry};
use tests::process::Process;
use usage::Usage;

const CLIENTS: usize = 16;
/// Until every function has as many processes as it will have.
const WARM_UP: Duration = Duration::from_secs(5);
/// The mail to the client is the second effect that a contract's first transaction owes.
const KICKOFF_MAIL: (u64, usize) = (1, 2);

/// What all clients have done so far.
#[derive(Default)]
struct Done {
    /// Of each run, in the order they ended.
    latencies: Mutex<Vec<Duration>>,
    asked: AtomicU64,
    stop: AtomicBool,
}

impl Done {
    fn latencies(&self) -> MutexGuard<'_, Vec<Duration>> {
        self.latencies.lock().expect("nobody panics with it")
    }
}

#[tokio::main]
async fn main() {
    let seconds = std::env::args()
        .nth(1)
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or(20);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let process = Arc::new(Process::start(folder.path(), None, 1).await);
    app::apply::apply(&process.store, &company::tireless())
        .await
        .expect("it can be applied");
    let idle = Usage::of(&process);
    let done = Arc::new(Done::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| tokio::spawn(sign(process.clone(), done.clone(), client)))
        .collect();
    tokio::time::sleep(WARM_UP).await;
    let (before, started, cpu) = (done.latencies().len(), Instant::now(), Usage::of(&process));
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let (after, passed, used) = (
        done.latencies().len(),
        started.elapsed(),
        Usage::of(&process),
    );
    done.stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.expect("a client ends");
    }
    let runs = after - before;
    println!(
        "contract.signed to the kickoff mail's closed row, {CLIENTS} clients, {seconds} s, everything kept in a folder"
    );
    println!(
        "  runs per second     {:>8.1}",
        runs as f64 / passed.as_secs_f64()
    );
    println!(
        "  CPU per run         {:>8.2} ms (host {:.2}, functions {:.2})",
        used.since(&cpu).cpu_ms() / runs.max(1) as f64,
        used.since(&cpu).host_ms / runs.max(1) as f64,
        used.since(&cpu).functions_ms / runs.max(1) as f64
    );
    let mut latencies = std::mem::take(&mut *done.latencies());
    latencies.sort_unstable();
    for (share, name) in [(50, "median"), (99, "p99")] {
        let last = latencies.len().saturating_sub(1);
        let latency = latencies
            .get(last * share / 100)
            .copied()
            .unwrap_or_default();
        let ms = latency.as_secs_f64() * 1000.0;
        println!("  latency, {name:<10} {ms:>8.1} ms");
    }
    println!(
        "  looks per run       {:>8.1} (the clients' own reads)",
        done.asked.load(Ordering::SeqCst) as f64 / latencies.len().max(1) as f64
    );
    println!(
        "  memory, idle        {:>8.1} MiB ({} processes)",
        idle.memory_mib, idle.processes
    );
    println!(
        "  memory, after       {:>8.1} MiB ({} processes)",
        used.memory_mib, used.processes
    );
    let counts = tokio::task::spawn_blocking(move || counts(&process.url)).await;
    println!("{}", counts.expect("the host answers"));
    let null = null::calls_per_second(CLIENTS, Duration::from_secs(5)).await;
    println!("a function that does nothing, called by its URL on such a host");
    println!("  calls per second    {null:>8.1}");
}

/// What was asked of the host from its start, as its own page tells it.
fn counts(url: &str) -> String {
    let page = ureq::get(url).call().expect("the host answers");
    let page = page.into_body().read_to_string().expect("with a page");
    let counts = page
        .lines()
        .filter(|line| line.starts_with("call ") || line.starts_with("function "));
    counts.map(|line| format!("  {line}\n")).collect()
}

/// Signs one contract after the other, each when the kickoff mail of the one before is sent and its row closed.
async fn sign(process: Arc<Process>, done: Arc<Done>, client: usize) {
    let effect = EffectId::new(KICKOFF_MAIL.0, KICKOFF_MAIL.1);
    let mut expected = Duration::from_millis(20);
    for n in 0.. {
        if done.stop.load(Ordering::SeqCst) {
            return;
        }
        let id = format!("C-{client}-{n}");
        let started = Instant::now();
        let signed = entry(&contract(&id), process.store.now());
        match process.bus.publish(&[signed]).await.pop() {
            Some(EntryOutcome::Published { .. }) => {}
            other => panic!("the bus answered {other:?}"),
        }
        // Most of the time a run takes is not worth asking in.
        tokio::time::sleep(expected.mul_f64(0.8)).await;
        closed(
            &process,
            &done,
            &case_of_contract(&id),
            &effect,
            expected / 8,
        )
        .await;
        let took = started.elapsed();
        expected = expected.mul_f64(0.8) + took.mul_f64(0.2);
        done.latencies().push(took);
    }
}

async fn closed(process: &Process, done: &Done, case: &CaseId, effect: &EffectId, pause: Duration) {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        done.asked.fetch_add(1, Ordering::SeqCst);
        let row = process
            .store
            .effect(case, effect)
            .await
            .expect("the table answers");
        if row.is_some_and(|row| row.state == EffectState::Closed) {
            return;
        }
        assert!(Instant::now() < patience, "{case} is stuck");
        tokio::time::sleep(pause.max(Duration::from_millis(2))).await;
    }
}
