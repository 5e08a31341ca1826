//! `baton explain`: why a case stands where it stands, and each clock's arithmetic line by line.
//! It reads; every figure is the clock's own.

use app::explain::{ClockTold, Explained, Waiting, explain};
use clap::Args;
use domain::id::{CaseId, StepId};

use crate::failure::Failure;
use crate::names::Names;
use crate::show::{BOLD, DIM, Out, paint};
use crate::target::Where;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A case, and only this step or clock of it: CASE, CASE STEP, `case CASE`, `clock CASE/CLOCK`; `baton trace` lists
    /// the cases
    #[arg(value_name = "CASE", required = true, num_args = 1..=3)]
    what: Vec<String>,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let (id, step) = meant(&arguments.what)?;
    let Some(explained) = explain(&store, &id, step.as_ref()).await? else {
        return Err(
            Failure::refused(format!("there is no case {id} in {}", target.name))
                .help("`baton trace` lists the cases"),
        );
    };
    let is_nothing = explained.waits_for.is_empty() && explained.clocks.is_empty();
    if let Some(step) = step.filter(|_| is_nothing) {
        return Err(
            Failure::refused(format!("{id} waits for nothing in a step {step}")).help(format!(
                "`baton explain {id}` tells everything that it waits for"
            )),
        );
    }
    out.json(&explained);
    if !out.is_json {
        let company = store.company().await?;
        let names = Names::new(&company.team, company.clients.values());
        out.say(&told(&explained, &names));
    }
    Ok(())
}

/// `CASE`, `CASE STEP` or `CASE/STEP`, with or without the word for what it is.
fn meant(words: &[String]) -> Result<(CaseId, Option<StepId>), Failure> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (is_clock, rest) = match words.as_slice() {
        ["clock", rest @ ..] => (true, rest),
        ["case", rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (case, step) = match rest {
        [one] => one
            .split_once('/')
            .map_or((*one, None), |(case, step)| (case, Some(step))),
        [case, step] => (*case, Some(*step)),
        _ => {
            return Err(
                Failure::refused("it is not said which case").help("write `baton explain CASE`")
            );
        }
    };
    if is_clock && step.is_none() {
        return Err(Failure::refused(format!("it is not said which clock of {case}"))
            .help(format!("write `baton explain clock {case}/first_response`; `baton explain {case}` lists its clocks")));
    }
    Ok((CaseId::from(case), step.map(StepId::from)))
}

fn told(explained: &Explained, names: &Names) -> String {
    let mut text = format!(
        "{} {}\n{}, owned by {}\nstarted {} by {}\nlast {} by {}",
        paint(BOLD, &explained.title),
        paint(DIM, &explained.case.0),
        explained.state,
        names.person(&explained.owner.as_str().into()),
        names.moment(explained.started_at),
        explained.cause,
        names.moment(explained.last_at),
        explained.last_cause
    );
    if explained.waits_for.is_empty() && explained.clocks.is_empty() {
        text.push_str("\n\nIt waits for nothing.");
    }
    for waiting in &explained.waits_for {
        text.push_str("\n\n");
        text.push_str(&one(waiting, names));
    }
    for clock in &explained.clocks {
        text.push_str("\n\n");
        text.push_str(&of_case(clock, names));
    }
    text
}

fn of_case(clock: &ClockTold, names: &Names) -> String {
    let person = clock.owner.as_str().into();
    let owner = names.person(&person);
    let life = match clock.life {
        1 => String::new(),
        life => format!(", life {life}"),
    };
    let lines = clock.lines.iter().map(|line| format!("\n  {line}"));
    format!(
        "{}{}{}",
        paint(BOLD, &format!("{}'s clock: {}", owner, clock.title)),
        paint(DIM, &format!(" ({}, {}{life})", clock.clock, clock.state)),
        lines.collect::<String>()
    )
}

fn one(waiting: &Waiting, names: &Names) -> String {
    let who = match &waiting.owner {
        Some(owner) => format!("waits for {}: ", names.person(&owner.as_str().into())),
        None => "waits for ".to_owned(),
    };
    let step = waiting
        .step
        .as_ref()
        .map_or_else(String::new, |step| format!(" ({step})"));
    let since = waiting.since.map_or_else(String::new, |since| {
        format!(" since {}", names.moment(since))
    });
    let clock = waiting.clock.iter().map(|line| format!("\n  {line}"));
    format!(
        "{}{}{}",
        paint(BOLD, &format!("{who}{}", waiting.what)),
        paint(DIM, &format!("{step}{since}")),
        clock.collect::<String>()
    )
}
