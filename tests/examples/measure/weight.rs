//! What one function weighs: its program's bytes, and the CPU time, memory and instructions of its first request.
//! It must not judge the figures.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

use crate::programs::Programs;
use crate::requests::{ask_each, name, unfired};
use crate::stage::Stage;
use crate::{Failure, instructions, process};

/// Headers and directory of a zip with one file `bootstrap`.
const ZIP_FRAME_BYTES: u64 = 116;
/// A function that has answered asks for the next request; this is longer than that takes.
const SETTLED_AFTER: Duration = Duration::from_millis(50);

/// `None` is what this machine can not tell, or, for `zipped_bytes`, what is not worth telling of a dev build.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Weight {
    pub function: String,
    pub first_request: String,
    /// What the first request asked the table, the bus and the mailer, by operation.
    pub requests: BTreeMap<String, u64>,
    pub bytes: u64,
    pub zipped_bytes: Option<u64>,
    pub instructions: Option<u64>,
    pub cpu_microseconds: Option<u64>,
    pub peak_memory_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
pub struct Weights {
    /// The yardstick.
    pub hello: Weight,
    pub functions: Vec<Weight>,
    pub runs: usize,
    /// Why there are no instructions.
    pub instructions_not_measured: Option<String>,
}

/// Each run starts every function in a fresh process.
pub async fn measure(programs: &Programs, runs: usize) -> Result<Weights, Failure> {
    let mut weights: BTreeMap<String, Weight> = BTreeMap::new();
    let mut cpu: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut memory: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for run in 1..=runs {
        eprintln!("first requests, run {run} of {runs}");
        let wiring = unfired();
        let functions = wiring.functions.clone();
        let stage = Stage::start(&programs.folder, wiring).await?;
        ask_each(&stage, &functions, async |answered| {
            tokio::time::sleep(SETTLED_AFTER).await;
            let function = name(answered.function).to_owned();
            let running = process::child_running(&programs.path(&answered.function.binary));
            if let Some(spent) = running.and_then(process::cpu_time) {
                let microseconds = u64::try_from(spent.as_micros())?;
                cpu.entry(function.clone()).or_default().push(microseconds);
            }
            if let Some(peak) = running.and_then(process::peak_memory_bytes) {
                memory.entry(function.clone()).or_default().push(peak);
            }
            let weight = Weight {
                function: function.clone(),
                first_request: answered.what.to_owned(),
                requests: answered.requests.clone(),
                ..Weight::default()
            };
            weights.insert(answered.function.binary.clone(), weight);
            Ok(())
        })
        .await?;
        stage.host.shutdown().await;
    }
    let (counted, instructions_not_measured) = match instructions::count(programs).await? {
        Ok(counted) => (counted, None),
        Err(reason) => (BTreeMap::new(), Some(reason)),
    };
    for (binary, weight) in &mut weights {
        let program = std::fs::read(programs.path(binary))?;
        weight.bytes = u64::try_from(program.len())?;
        weight.zipped_bytes = programs.is_release.then(|| zipped(&program)).transpose()?;
        weight.cpu_microseconds = cpu.remove(&weight.function).and_then(median);
        weight.peak_memory_bytes = memory.remove(&weight.function).and_then(median);
        weight.instructions = counted.get(&weight.function).copied();
    }
    let hello = weights
        .remove(crate::programs::HELLO_PROGRAM)
        .ok_or("the yardstick was not measured")?;
    Ok(Weights {
        hello,
        functions: weights.into_values().collect(),
        runs,
        instructions_not_measured,
    })
}

fn median(mut figures: Vec<u64>) -> Option<u64> {
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied()
}

/// What is uploaded of a program: a zip with it alone.
fn zipped(program: &[u8]) -> Result<u64, Failure> {
    // This implementation at its best comes to what `sam deploy` makes with Python's zlib at its usual level, to 1 %.
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(program)?;
    Ok(u64::try_from(encoder.finish()?.len())? + ZIP_FRAME_BYTES)
}
