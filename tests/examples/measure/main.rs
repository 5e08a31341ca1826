//! What Baton's functions weigh and what a run costs, beside a hello-world function and the bars of the project.
//! It must not do what it measures: the functions are the real programs, on the machine that `infra/local` is.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its output is its purpose"
)]

mod chain;
mod instructions;
mod process;
mod programs;
mod report;
mod requests;
mod stage;
mod weight;

use std::process::ExitCode;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const USAGE: &str = "\
cargo measure [OPTIONS]                release build; asserts bytes, write units and invocations
cargo run -p tests --example measure   dev build; functions are held to no bar

  --json          one JSON object instead of tables
  --runs N        fresh processes per function, of which the median CPU time and memory are told; 5 without it
  --bin-dir DIR   take programs of the same profile from there instead of building them; the yardstick is DIR/examples/hello";

/// What the command is asked.
struct Arguments {
    is_json: bool,
    runs: usize,
    bin_dir: Option<std::path::PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match measure(&arguments).await {
        Ok(over) if over.is_empty() => ExitCode::SUCCESS,
        Ok(over) => {
            for line in over {
                eprintln!("over its bar: {line}");
            }
            ExitCode::FAILURE
        }
        Err(failure) => {
            eprintln!("not measured: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments {
        is_json: false,
        runs: 5,
        bin_dir: None,
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => arguments.is_json = true,
            "--runs" => {
                let count = words.next().and_then(|count| count.parse().ok());
                arguments.runs = count
                    .filter(|count| (1..=100).contains(count))
                    .ok_or("--runs takes a number from 1 to 100")?;
            }
            "--bin-dir" => {
                arguments.bin_dir = Some(words.next().ok_or("--bin-dir takes a folder")?.into());
            }
            other => return Err(format!("{other} is no argument of this command")),
        }
    }
    Ok(arguments)
}

/// Builds, measures and prints; gives what is over an asserted bar.
async fn measure(arguments: &Arguments) -> Result<Vec<String>, Failure> {
    let programs = match &arguments.bin_dir {
        Some(folder) => programs::Programs::built(folder)?,
        None => programs::build().await?,
    };
    eprintln!("playing the chains");
    let chains = chain::measure(&programs.folder).await?;
    let weights = weight::measure(&programs, arguments.runs).await?;
    let report = report::Report::new(weights, chains, programs.is_release);
    if arguments.is_json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}", report.render());
    }
    Ok(report.over())
}
