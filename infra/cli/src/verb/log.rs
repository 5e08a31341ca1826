//! `baton log`: time that somebody worked, for a step of a case or for a client.
//! It must not price it; an invoice does.

use app::Told;
use app::time_log::{self, Logged, became};
use clap::Args;
use domain::billing::minutes_in_words;
use domain::id::{ClientId, EventId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use store::{KnownEntry, Store};

use crate::failure::Failure;
use crate::names::Names;
use crate::show::{BOLD, GOOD, Out, paint};
use crate::target::{Target, Where};
use crate::timeline;

#[derive(Debug, Args)]
pub struct Arguments {
    /// How long, in whole minutes; without it, the entries of the case or the client are listed
    #[arg(value_name = "MINUTES")]
    minutes: Option<u32>,
    /// A step of a case, such as case_9e1e516a2b053d9c/kickoff
    #[arg(long, value_name = "CASE/STEP", conflicts_with = "client")]
    task: Option<String>,
    /// A client, for work that is no step
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// The day of the work; without it, today
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// Who worked, by the id in team.yaml; without it, the user of this machine
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// What was done; the client reads it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// The ticket it belongs to, where that is not the case
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    /// The kind of work, as the client's rates name it
    #[arg(long, value_name = "KIND")]
    work: Option<String>,
    /// The role in which it was done, where the step does not say it
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Correct this entry: what is not said is as it was, and 0 minutes take it back
    #[arg(long, value_name = "ENTRY", requires = "minutes")]
    replaces: Option<String>,
    /// An id of your own: the same one twice changes nothing
    #[arg(long, value_name = "ID", requires = "minutes")]
    id: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let step = arguments.task.as_deref().map(case_and_step).transpose()?;
    let is_said = step.is_some() || arguments.client.is_some() || arguments.replaces.is_some();
    if !is_said {
        return Err(Failure::refused("it is not said for what")
            .help("add --task CASE/STEP, or --client CLIENT; `baton trace` lists the cases"));
    }
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let company = store.company().await?;
    let names = Names::new(&company.team, company.clients.values());
    let Some(minutes) = arguments.minutes else {
        return list(&store, &target, arguments, step, &names, out).await;
    };
    let user = || std::env::var("USER").ok();
    let by = arguments.by.clone().or_else(|| match arguments.replaces {
        Some(_) => None,
        None => user(),
    });
    let replaced_by = match (&by, &arguments.replaces) {
        (None, Some(replaces)) => {
            let known = store.time_entry(&replaces.as_str().into()).await?;
            known.map(|known| known.entry.by.0)
        }
        _ => None,
    };
    let by = by.or(replaced_by).ok_or_else(|| {
        Failure::refused("it is not said who worked").help("add --by PERSON, an id of team.yaml")
    })?;
    let (case, step) = step.unzip();
    let logged = Logged {
        minutes,
        by,
        on: arguments.on,
        case,
        step,
        client: arguments.client.clone(),
        client_id: None,
        note: arguments.note.clone(),
        ticket: arguments.ticket.clone(),
        work: arguments.work.clone(),
        role: arguments.role.clone(),
        replaces: arguments.replaces.clone(),
    };
    let own = || format!("baton log {} {}", Timestamp::now(), std::process::id());
    let event = EventId(arguments.id.clone().unwrap_or_else(own));
    let said = time_log::log(&store, &event, &logged).await;
    let said = said.map_err(|error| {
        Failure::outside(error.to_string()).help("with --id ID it can be said again safely")
    })?;
    let (told, known) = said.map_err(Failure::refused)?;
    let entry = &known.entry;
    out.json(&as_json(&known));
    let word = match told {
        Told::Repeat(_) => paint(BOLD, "unchanged"),
        _ => paint(GOOD, "logged"),
    };
    let of_what = entry.subject.clone();
    let of_what = of_what.map_or_else(String::new, |subject| format!(", {subject}"));
    out.say(&format!(
        "{word} {} of {} on {} for {}{of_what}\n{} {}; correct it by:  baton log MINUTES --replaces {}",
        minutes_in_words(entry.minutes),
        names.person(&entry.by),
        entry.on,
        names.client(&entry.client),
        paint(BOLD, entry.id.as_str()),
        became(&known),
        entry.id,
    ));
    Ok(())
}

fn case_and_step(task: &str) -> Result<(String, String), Failure> {
    let parts = task
        .split_once('/')
        .filter(|(case, step)| !case.is_empty() && !step.is_empty());
    parts
        .map(|(case, step)| (case.to_owned(), step.to_owned()))
        .ok_or_else(|| {
            Failure::refused(format!("`{task}` is no step of a case"))
                .help("write case and step with a slash between: case_9e1e516a2b053d9c/kickoff")
        })
}

/// Every entry of the step, or of the client, with what became of it.
async fn list(
    store: &Store,
    target: &Target,
    arguments: &Arguments,
    step: Option<(String, String)>,
    names: &Names,
    out: &Out,
) -> Result<(), Failure> {
    let entries = match (step, &arguments.client) {
        (Some((case, step)), _) => {
            let step = step.as_str().into();
            store
                .time_of_case(&case.as_str().into(), Some(&step))
                .await?
        }
        (None, Some(client)) => {
            let (first, last) = (Date::constant(2000, 1, 1), Date::constant(9999, 12, 31));
            let client = ClientId::from(client.as_str());
            store.time_of_client(&client, first, last).await?
        }
        (None, None) => Vec::new(),
    };
    out.json(&json!({
        "target": target.name,
        "entries": entries.iter().map(as_json).collect::<Vec<_>>(),
    }));
    if entries.is_empty() {
        out.say("No time is logged there.");
        return Ok(());
    }
    out.say(&timeline::entries(&entries, names));
    Ok(())
}

fn as_json(known: &KnownEntry) -> Value {
    json!(known)
}
