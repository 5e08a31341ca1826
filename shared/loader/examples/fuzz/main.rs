//! Feeds the loader or the condition parser with random input: `fuzz files|conditions <count> [seed]`.
//! It must not accept a panic, an input that takes seconds, or one that needs more than 64 MB.

#![expect(clippy::print_stdout, reason = "its output is its purpose")]
#![expect(clippy::expect_used, reason = "what it stands on must be there")]

mod conditions;
#[path = "../../tests/loader/slips.rs"]
mod slips;

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::value::Values;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

type Files = BTreeMap<String, String>;

/// Longer than this is a hang; the worst input seen takes milliseconds.
const HANG: Duration = Duration::from_secs(5);
const MOST_GROWTH_KB: u64 = 64 * 1024;
/// Until the allocator has what it needs for ordinary input.
const WARM_UP: u64 = 200;
const BRANCH: &str = "workflows/proposal.yaml";
const CONDITION: &str = "value_cents >= 2500000";

/// The input at work, for the guard that looks whether it ends.
type AtWork = Arc<Mutex<Option<(Instant, Files)>>>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let count: u64 = arguments
        .next()
        .and_then(|count| count.parse().ok())
        .unwrap_or(10_000);
    let seed: u64 = arguments
        .next()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    let strategy = match what.as_str() {
        "files" => files().boxed(),
        "conditions" => conditions().boxed(),
        _ => {
            println!("usage: fuzz files|conditions <count> [seed]");
            return ExitCode::from(2);
        }
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let at_work = AtWork::default();
    guard(at_work.clone());

    let (started, mut slowest, mut loaded) = (Instant::now(), Duration::ZERO, 0_u64);
    let mut base_kb = 0;
    for n in 0..count {
        if n == WARM_UP {
            base_kb = peak_kb();
        }
        let input = strategy
            .new_tree(&mut runner)
            .expect("an input can be made")
            .current();
        let begun = Instant::now();
        *at_work.lock().expect("nobody panics with it") = Some((begun, input.clone()));
        match catch_unwind(|| one(&input)) {
            Ok(is_whole) => loaded += u64::from(is_whole),
            Err(_) => {
                println!("input {n} of seed {seed} panicked:\n{}", told(&input));
                return ExitCode::FAILURE;
            }
        }
        slowest = slowest.max(begun.elapsed());
    }
    let grown_kb = peak_kb().saturating_sub(base_kb);
    println!(
        "{count} {what} of seed {seed} in {:.0?}: {loaded} loaded, the others refused; none panicked",
        started.elapsed()
    );
    println!(
        "  slowest {slowest:.1?}, memory grew by {:.1} MB",
        grown_kb as f64 / 1024.0
    );
    match grown_kb <= MOST_GROWTH_KB {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Two workflows and what they need: small, so that many fit an hour.
fn small() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/starter");
    let mut files = loader::read_folder(&folder).expect("the starter is beside this crate");
    let kept = [
        "team.yaml",
        "clients.yaml",
        "webhooks/tracker.yaml",
        BRANCH,
        "runbooks/proposal.md",
        // What clients are promised names it.
        "workflows/support_ticket.yaml",
        "runbooks/support-ticket.md",
    ];
    files.retain(|path, _| kept.contains(&path.as_str()));
    let loaded = loader::load(&files);
    let told = loader::render(&loaded.problems, &files, false);
    assert!(
        loaded.workspace.is_some(),
        "the start must be whole:\n{told}"
    );
    files
}

fn files() -> impl Strategy<Value = Files> {
    let start = small();
    prop::collection::vec((0..100_usize, slips::slip()), 1..8).prop_map(move |slips| {
        let mut files = start.clone();
        let names: Vec<_> = files.keys().cloned().collect();
        for (file, slip) in &slips {
            let name = &names[file % names.len()];
            let changed = slips::apply(&files[name], slip);
            files.insert(name.clone(), changed);
        }
        files
    })
}

fn conditions() -> impl Strategy<Value = Files> {
    let start = small();
    conditions::text().prop_map(move |condition| {
        let mut files = start.clone();
        let quoted = serde_json::Value::String(condition).to_string();
        let changed = files[BRANCH].replace(CONDITION, &quoted);
        files.insert(BRANCH.to_owned(), changed);
        files
    })
}

/// Loads, shows, and answers each condition that was accepted. Whether the files were accepted.
fn one(files: &Files) -> bool {
    let loaded = loader::load(files);
    let shown = loader::render(&loaded.problems, files, false);
    std::hint::black_box(shown);
    let Some(workspace) = &loaded.workspace else {
        return false;
    };
    for condition in workspace.workflows.iter().flat_map(conditions::of) {
        for values in conditions::values() {
            let _ = std::hint::black_box(condition.holds(&values as &Values));
        }
    }
    true
}

/// Ends the program when one input does not.
fn guard(at_work: AtWork) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let hangs = at_work.lock().ok().and_then(|at_work| {
                let (begun, input) = at_work.as_ref()?;
                (HANG < begun.elapsed()).then(|| told(input))
            });
            if let Some(input) = hangs {
                println!("this input does not end:\n{input}");
                std::process::exit(1);
            }
        }
    });
}

fn told(files: &Files) -> String {
    let each = files
        .iter()
        .map(|(path, text)| format!("--- {path}\n{text}\n"));
    each.collect()
}

/// The most memory that this process has had, in KB; 0 where the system does not tell.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
