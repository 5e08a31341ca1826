//! The `baton` command: reads its arguments, runs one verb, says how it ended.
//! It must not hold a rule of Baton's, nor talk to AWS but through `store`.

mod binaries;
mod book;
mod carried;
mod demo;
mod failure;
mod machine;
mod names;
mod new_file;
mod pain;
mod running;
mod show;
mod target;
mod timeline;
mod verb;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;
use crate::show::Out;

/// The local host hands every request from thread to thread; the system's allocator is a sixth of its work then.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the answer is no: files with errors, an event that is refused, no such case, a chain that is not complete, an orphan
  2  the arguments are wrong
  3  something outside did not answer: no host runs, AWS refuses, cargo can not build

Start here:  baton demo";

/// Passes the work on: workflows of a small company, run from events.
#[derive(Debug, Parser)]
#[command(name = "baton", bin_name = "baton", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Arguments {
    /// Answer in JSON on standard output; progress stays on standard error
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Play a signed contract to its mailed invoice on this machine
    Demo(verb::demo::Arguments),
    /// Write a sample company to start from
    Init(verb::init::Arguments),
    /// Find everything that is wrong with a company's files
    Check(verb::check::Arguments),
    /// Follow an event over all files: what it starts, who owns each step, where it ends
    Chain(verb::chain::Arguments),
    /// Say who answers for each workflow and step, and what nobody answers for
    Owners(verb::owners::Arguments),
    /// Write workflows out as pages to read, with a drawing and what people noted
    Runbook(verb::runbook::Arguments),
    /// Put a company's files in force
    Apply(verb::apply::Arguments),
    /// Run the deployment template on this machine
    Local(verb::local::Arguments),
    /// Put one event on the bus
    Send(verb::send::Arguments),
    /// Print when a calendar is open, or when something is due by it
    Calendar(verb::calendar::Arguments),
    /// Say why a case stands where it stands, each clock line by line
    Explain(verb::explain::Arguments),
    /// List invoices, and say what happened to them: paid, credited, disputed
    Invoice(verb::invoice::Arguments),
    /// Say how long somebody worked, or list what was said
    Log(verb::log::Arguments),
    /// Close the pages that clients were sent links to
    Portal(verb::portal::Arguments),
    /// List what is parked, or try it again
    Redrive(verb::redrive::Arguments),
    /// List work that comes again and again and is in no workflow, or write one down
    Repeats(verb::repeats::Arguments),
    /// Keep, rotate and list the secrets that functions read by name
    Secret(verb::secret::Arguments),
    /// Tell a case from its first event on, or list the cases
    Trace(verb::trace::Arguments),
    /// Say what would stall if somebody were away
    WhatIf(verb::what_if::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let out = Out::new(arguments.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return out.fail(&Failure::outside(format!(
                "no threads can be started: {error}"
            )));
        }
    };
    let ended = runtime.block_on(async {
        match arguments.verb {
            Verb::Demo(arguments) => verb::demo::run(&arguments, &out).await,
            Verb::Init(arguments) => verb::init::run(&arguments, &out),
            Verb::Check(arguments) => verb::check::run(&arguments, &out),
            Verb::Chain(arguments) => verb::chain::run(&arguments, &out),
            Verb::Owners(arguments) => verb::owners::run(&arguments, &out),
            Verb::Runbook(arguments) => verb::runbook::run(&arguments, &out),
            Verb::Apply(arguments) => verb::apply::run(&arguments, &out).await,
            Verb::Local(arguments) => verb::local::run(&arguments, &out).await,
            Verb::Send(arguments) => verb::send::run(&arguments, &out).await,
            Verb::Calendar(arguments) => verb::calendar::run(&arguments, &out),
            Verb::Explain(arguments) => verb::explain::run(&arguments, &out).await,
            Verb::Invoice(arguments) => verb::invoice::run(&arguments, &out).await,
            Verb::Log(arguments) => verb::log::run(&arguments, &out).await,
            Verb::Portal(arguments) => verb::portal::run(&arguments, &out).await,
            Verb::Redrive(arguments) => verb::redrive::run(&arguments, &out).await,
            Verb::Repeats(arguments) => verb::repeats::run(&arguments, &out).await,
            Verb::Secret(arguments) => verb::secret::run(&arguments, &out).await,
            Verb::Trace(arguments) => verb::trace::run(&arguments, &out).await,
            Verb::WhatIf(arguments) => verb::what_if::run(&arguments, &out).await,
        }
    });
    // A request that nobody waits for any more must not hold the command up.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => out.fail(&failure),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_is_asked_in_the_wrong_way_is_refused_with_the_right_one() {
        let refusal = |line: &str| match Arguments::try_parse_from(line.split(' ')) {
            Ok(parsed) => panic!("{line}: {parsed:?}"),
            Err(error) => format!("$ {line}\n{}", error.render()),
        };
        let refusals: Vec<String> = [
            "baton sned event.json",
            "baton send",
            "baton send one.json two.json",
            "baton apply . --stack prod --local http://127.0.0.1:8420",
            "baton apply . --stack prod --data here",
            "baton local --port 99999",
            "baton local --clock yesterday",
            "baton local --rate -1",
            "baton demo --twice",
            "baton trace case_1 --table",
        ]
        .into_iter()
        .map(refusal)
        .collect();
        insta::assert_snapshot!(refusals.join("\n"));
    }
}
