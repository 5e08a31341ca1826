//! `baton redrive`: what is parked, and trying it again once its cause is mended.
//! It must not decide what is tried: whoever asks names it.

use app::{Told, redrive};
use clap::Args;
use jiff::tz::TimeZone;
use serde_json::json;
use store::ParkedRow;

use crate::failure::Failure;
use crate::show::{BOLD, Cell, DIM, GOOD, Out, columns, paint};
use crate::target::Where;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The ids of what to try again; without any, what is parked is listed
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Try everything again
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let parked = store.parked().await?;
    if arguments.ids.is_empty() && !arguments.all {
        out.json(&parked.iter().map(as_json).collect::<Vec<_>>());
        out.say(&listed(&parked));
        return Ok(());
    }
    let unknown = arguments
        .ids
        .iter()
        .find(|id| !parked.iter().any(|row| row.id() == *id));
    if let Some(unknown) = unknown {
        return Err(Failure::refused(format!(
            "nothing with the id {unknown} is parked in {}",
            target.name
        ))
        .help("`baton redrive` lists what is"));
    }
    let bus = target.clients.bus()?;
    let (mut told, mut refused) = (Vec::new(), 0);
    for row in parked
        .iter()
        .filter(|row| arguments.all || arguments.ids.iter().any(|id| row.id() == id))
    {
        let outcome = redrive::redrive(&store, &bus, row).await.map_err(|error| {
            Failure::outside(error.to_string()).help("it is still parked; try again")
        })?;
        refused += usize::from(matches!(outcome, Told::Parked(_)));
        told.push((row.id().to_owned(), outcome));
    }
    out.json(
        &told
            .iter()
            .map(|(id, outcome)| json!({ "id": id, "outcome": outcome }))
            .collect::<Vec<_>>(),
    );
    for (id, outcome) in &told {
        out.say(&match outcome {
            Told::Parked(reason) => format!("{} {id}: {reason}", paint(BOLD, "still parked")),
            Told::Done(text) | Told::Repeat(text) => {
                format!("{} {id}: {text}", paint(GOOD, "tried again"))
            }
            Told::Unheard => format!("{} {id}: nobody listens for it", paint(BOLD, "tried again")),
        });
    }
    match refused {
        0 => Ok(()),
        _ => Err(Failure::refused(format!(
            "{refused} of {} can not be tried again from here",
            told.len()
        ))),
    }
}

fn as_json(row: &ParkedRow) -> serde_json::Value {
    json!({
        "id": row.id(),
        "what": row.title,
        "state": row.state,
        "owner": row.owner,
        "parked_at": row.parked_at,
        "reason": row.reason,
        "case": row.case,
        "effect": row.effect,
    })
}

fn listed(parked: &[ParkedRow]) -> String {
    if parked.is_empty() {
        return "Nothing is parked.".to_owned();
    }
    let rows: Vec<Vec<Cell>> = parked
        .iter()
        .map(|row| {
            vec![
                Cell::new(BOLD, row.id()),
                row.parked_at
                    .to_zoned(TimeZone::system())
                    .strftime("%a %d %b %H:%M")
                    .to_string()
                    .into(),
                row.owner.as_str().into(),
                format!("{} from {}", row.detail_type, row.source).into(),
                Cell::new(DIM, row.reason.as_str()),
            ]
        })
        .collect();
    format!(
        "{}\n\nOnce its cause is mended:  baton redrive ID, or --all",
        columns(2, &rows)
    )
}
