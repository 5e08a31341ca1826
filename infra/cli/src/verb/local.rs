//! `baton local`: the deployment template on this machine, until Ctrl-C.
//! It must not apply files or send events; other verbs do, from another terminal.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use local::clock::Clock;
use serde_json::json;

use crate::failure::Failure;
use crate::machine::{self, Machine, Wish};
use crate::show::{BOLD, Cell, DIM, FRESH, Out, columns, paint};

/// Where tools of this machine find it unless told otherwise.
const PORT: u16 = 8420;
const SENDER: &str = "baton@local.example";

#[derive(Debug, Args)]
pub struct Arguments {
    /// Keep everything in this folder across restarts; without it nothing is kept
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The port to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = PORT)]
    port: u16,
    /// Begin at this time instead of now: 2026-11-23T09:00:00+01:00
    #[arg(long, value_name = "TIME", value_parser = time)]
    clock: Option<Timestamp>,
    /// Let this many seconds pass in each real one
    #[arg(long, value_name = "RATE", value_parser = rate, allow_negative_numbers = true)]
    rate: Option<f64>,
    /// The address that mails come from
    #[arg(long, value_name = "ADDRESS", default_value = SENDER)]
    sender: String,
    /// Take the built functions from this folder instead of building them
    #[arg(long, value_name = "DIR")]
    bin_dir: Option<PathBuf>,
    /// Print what the functions print
    #[arg(long)]
    logs: bool,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let data = arguments
        .data
        .as_deref()
        .map(std::path::absolute)
        .transpose();
    let data = data.map_err(|error| Failure::refused(format!("--data: {error}")))?;
    // Held until the end: without --data the clock's file goes with the machine.
    let (clock, _folder) = clock(arguments, data.as_deref())?;
    let machine = Machine::start(Wish {
        data: data.as_deref(),
        port: arguments.port,
        bin_dir: arguments.bin_dir.as_deref(),
        sender: &arguments.sender,
        clock,
        hands_mails_on: true,
        is_findable: true,
        shows_logs: arguments.logs,
    })
    .await?;
    out.json(&json!({
        "url": machine.running.url,
        "table": machine.running.table,
        "bus": machine.running.bus,
        "process": machine.running.process,
        "data": arguments.data,
        "pages": machine.pages().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "environment": machine.host.environment(),
    }));
    out.say(&told(&machine, arguments));
    machine::told_to_stop().await;
    out.say("\nStopping.");
    machine.stop().await;
    Ok(())
}

/// The real clock, unless another is asked for or one was left in the folder.
fn clock(
    arguments: &Arguments,
    data: Option<&std::path::Path>,
) -> Result<(Clock, Option<tempfile::TempDir>), Failure> {
    let failed = |error: local::clock::ClockError| Failure::refused(error.to_string());
    let kept = data.map(|folder| folder.join("clock"));
    if arguments.clock.is_none()
        && arguments.rate.is_none()
        && !kept.as_ref().is_some_and(|file| file.is_file())
    {
        return Ok((Clock::system(), None));
    }
    let (file, folder) = match kept {
        Some(file) => {
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|error| Failure::outside(format!("{}: {error}", folder.display())))?;
            }
            (file, None)
        }
        None => {
            let folder = tempfile::tempdir().map_err(|error| {
                Failure::outside(format!("no temporary folder can be made: {error}"))
            })?;
            (folder.path().join("clock"), Some(folder))
        }
    };
    let clock = Clock::from_file(&file).map_err(failed)?;
    if let Some(at) = arguments.clock {
        clock.set(at).map_err(failed)?;
    }
    if let Some(rate) = arguments.rate {
        clock.set_rate(rate).map_err(failed)?;
    }
    Ok((clock, folder))
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        "a time with its zone, such as 2026-11-23T09:00:00+01:00 or 2026-11-23T08:00:00Z".to_owned()
    })
}

fn rate(text: &str) -> Result<f64, String> {
    let in_range = |rate: &f64| (0.0..=1_000_000.0).contains(rate);
    text.parse()
        .ok()
        .filter(in_range)
        .ok_or_else(|| "a number from 0, which stops the clock, to 1000000".to_owned())
}

fn told(machine: &Machine, arguments: &Arguments) -> String {
    let kept = match &arguments.data {
        Some(folder) => format!("everything is kept in {}", folder.display()),
        None => "nothing is kept; --data DIR keeps it".to_owned(),
    };
    let mut places: Vec<Vec<Cell>> = machine
        .pages()
        .into_iter()
        .map(|(name, address)| vec![Cell::new(DIM, name), Cell::new(FRESH, address)])
        .collect();
    places.push(vec![
        Cell::new(DIM, "AWS endpoint"),
        machine.running.url.as_str().into(),
    ]);
    if machine.running.clock_file.is_some() {
        places.push(vec![
            Cell::new(DIM, "Clock"),
            format!(
                "{:.0}, {} × real time",
                machine.host.clock().now(),
                machine.host.clock().rate()
            )
            .into(),
        ]);
    }
    let variables: Vec<String> = machine
        .host
        .environment()
        .iter()
        .filter(|(name, _)| {
            name.starts_with("AWS_ENDPOINT_URL_E")
                || matches!(
                    name.as_str(),
                    "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY"
                )
        })
        .map(|(name, value)| format!("  export {name}={value}"))
        .collect();
    format!(
        "{}\n{}\n\n{}\n{}\n  # then PutEvents with EventBusName \"{}\"\n\n{}\n  {}\n  {}\n  {}",
        paint(
            BOLD,
            &format!("Baton runs on this machine; {kept}. Ctrl-C stops it.")
        ),
        columns(2, &places),
        paint(
            BOLD,
            "A tool sends events with any AWS SDK and these variables:"
        ),
        variables.join("\n"),
        machine.running.bus,
        paint(BOLD, "From another terminal:"),
        "baton apply DIR      put a company's files in force",
        "baton send FILE      put one event on the bus",
        "baton trace          list the cases, or tell one"
    )
}
