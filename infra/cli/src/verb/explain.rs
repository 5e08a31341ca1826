//! `baton explain`: why a case stands where it stands, and each clock's arithmetic line by line.
//! It reads; every figure is the clock's own.

use app::explain::{Explained, Waiting, explain};
use clap::Args;
use domain::id::{CaseId, StepId};

use crate::failure::Failure;
use crate::names::Names;
use crate::show::{BOLD, DIM, Out, paint};
use crate::target::Where;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The case's id; `baton trace` lists them
    #[arg(value_name = "CASE")]
    case: String,
    /// Only this step
    #[arg(value_name = "STEP")]
    step: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let id = CaseId::from(arguments.case.as_str());
    let step = arguments.step.as_deref().map(StepId::from);
    let Some(explained) = explain(&store, &id, step.as_ref()).await? else {
        return Err(
            Failure::refused(format!("there is no case {id} in {}", target.name))
                .help("`baton trace` lists the cases"),
        );
    };
    if let Some(step) = step.filter(|_| explained.waits_for.is_empty()) {
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
    if explained.waits_for.is_empty() {
        text.push_str("\n\nIt waits for nothing.");
    }
    for waiting in &explained.waits_for {
        text.push_str("\n\n");
        text.push_str(&one(waiting, names));
    }
    text
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
