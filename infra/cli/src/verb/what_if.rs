//! `baton what-if`: what would stall if somebody were away, before their leave is approved.
//! It must not change anything; `person.away` does that.

use app::what_if::{Duty, WhatIf, what_if_away};
use clap::Args;
use domain::id::PersonId;
use jiff::ToSpan;
use jiff::civil::Date;

use crate::book::listed;
use crate::failure::Failure;
use crate::names::Names;
use crate::show::{ALERT, BOLD, Cell, DIM, GOOD, Out, columns, paint};
use crate::target::Where;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Who would be away, by their id in team.yaml
    #[arg(long, value_name = "PERSON")]
    away: String,
    /// The first day
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Date,
    /// The last day
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Date,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    if arguments.to < arguments.from {
        return Err(Failure::refused("--to is before --from"));
    }
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let company = store.company().await?;
    let person = PersonId(arguments.away.clone());
    let zone = company.team.calendar_of(&person);
    let zone = zone.map_or(jiff::tz::TimeZone::UTC, |calendar| {
        calendar.time_zone().clone()
    });
    let midnight = |date: Date| Ok(date.to_zoned(zone.clone())?.timestamp());
    let after = arguments.to.checked_add(1.day()).and_then(midnight);
    let (from, to) = midnight(arguments.from)
        .and_then(|from| Ok((from, after?)))
        .map_err(|error: jiff::Error| Failure::refused(error.to_string()))?;
    let Some(what_if) = what_if_away(&store, &person, from, to).await? else {
        let known: Vec<_> = company.team.people.keys().map(PersonId::as_str).collect();
        return Err(Failure::refused(format!("{person} is nobody in team.yaml"))
            .help(format!("it has {}", known.join(", "))));
    };
    out.json(&what_if);
    out.say(&told(
        &what_if,
        arguments.from,
        arguments.to,
        &Names::new(&company.team, company.clients.values()),
    ));
    match what_if.stalls() {
        true => Err(Failure::told()),
        false => Ok(()),
    }
}

fn told(what_if: &WhatIf, from: Date, to: Date, names: &Names) -> String {
    let head = format!(
        "If {} is away from {} to {}",
        names.person(&what_if.person),
        from.strftime("%A %-d %B"),
        to.strftime("%A %-d %B")
    );
    let mut parts = vec![paint(BOLD, &head)];
    if !what_if.open.is_empty() {
        let rows = what_if.open.iter().map(|task| {
            let due = task.due_at.map_or_else(
                || "no deadline".to_owned(),
                |due_at| format!("due {}", names.moment(due_at)),
            );
            let due = match task.is_due_then {
                true => Cell::from(due),
                false => Cell::new(DIM, due),
            };
            vec![
                Cell::from(task.title.as_str()),
                due,
                taker(task.goes_to.as_ref(), names),
            ]
        });
        parts.push(table("Theirs now", rows.collect()));
    }
    if !what_if.begins.is_empty() {
        let rows = what_if.begins.iter().map(|begins| {
            let on = begins.on.strftime("%a %-d %b").to_string();
            let workflow = Cell::from(begins.workflow.as_str());
            vec![
                workflow,
                Cell::from(on),
                taker(begins.goes_to.as_ref(), names),
            ]
        });
        parts.push(table("Begins in those days", rows.collect()));
    }
    if !what_if.duties.is_empty() {
        let rows = what_if.duties.iter().map(|duty| duty_row(duty, names));
        parts.push(table("Theirs in every new case", rows.collect()));
    }
    parts.push(match what_if.stalls() {
        true => format!(
            "{} somebody has to be named first.",
            paint(ALERT, "Something would stall:")
        ),
        false => format!(
            "{} each thing has somebody.",
            paint(GOOD, "Nothing would stall:")
        ),
    });
    parts.join("\n\n")
}

fn table(title: &str, rows: Vec<Vec<Cell>>) -> String {
    format!("{}\n{}", paint(BOLD, title), columns(2, &rows))
}

fn duty_row(duty: &Duty, names: &Names) -> Vec<Cell> {
    let steps: Vec<_> = duty
        .steps
        .iter()
        .map(|step| step.as_str().to_owned())
        .collect();
    let steps = match steps.as_slice() {
        [] => Cell::new(DIM, "answers for it"),
        steps => Cell::from(listed(steps, "and")),
    };
    let workflow = Cell::from(duty.workflow.as_str());
    vec![workflow, steps, taker(duty.goes_to.as_ref(), names)]
}

fn taker(goes_to: Option<&PersonId>, names: &Names) -> Cell {
    match goes_to {
        Some(person) => Cell::from(format!("{} takes it", names.person(person))),
        None => Cell::new(ALERT, "nobody takes it"),
    }
}
