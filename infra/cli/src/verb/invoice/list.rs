//! `baton invoice list`: every document with where it stands and what is open.

use clap::{Args, ValueEnum};
use domain::billing::{Kind, Minor, Stands};
use serde_json::{Value, json};
use store::Standing;

use super::money;
use crate::failure::Failure;
use crate::names::Names;
use crate::show::{ALERT, BOLD, Cell, DIM, GOOD, Out, PLAIN, WARM, columns, paint};
use crate::target::Where;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Only this client's, by its id
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Only those in this state
    #[arg(long)]
    state: Option<State>,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    Draft,
    Approved,
    Issued,
    Mailed,
    Bounced,
    Disputed,
    Paid,
    Credited,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let names = match store.company().await {
        Ok(company) => Names::new(&company.team, company.clients.values()),
        Err(_) => Names::unknown(),
    };
    let state = arguments.state.and_then(|state| state.to_possible_value());
    let mut standings = store.standings().await?;
    standings.retain(|standing| {
        let word = standing.life.stands.word();
        let is_state = state.as_ref().is_none_or(|state| state.get_name() == word);
        let client = standing.client.as_str();
        is_state && arguments.client.as_deref().is_none_or(|id| id == client)
    });
    out.json(&json!({
        "target": target.name,
        "invoices": standings.iter().map(as_json).collect::<Vec<_>>(),
    }));
    if standings.is_empty() {
        out.say(&format!("No such invoice is in {}.", target.name));
        return Ok(());
    }
    let rows: Vec<Vec<Cell>> = standings.iter().map(|one| row(one, &names)).collect();
    out.say(&format!(
        "{}\n{}",
        paint(BOLD, &format!("Invoices in {}", target.name)),
        columns(2, &rows)
    ));
    Ok(())
}

/// An invoice as one JSON object; amounts in whole minor units.
pub(super) fn as_json(standing: &Standing) -> Value {
    json!({
        "id": standing.id,
        "kind": standing.life.kind,
        "client": standing.client,
        "title": standing.title,
        "dated": standing.dated,
        "payable_until": standing.payable_until,
        "currency": standing.life.currency,
        "due_cents": standing.life.due,
        "open_cents": standing.life.open().ok(),
        "state": standing.life.stands.word(),
        "stands": standing.life.stands,
        "payments": standing.life.payments,
        "credits": standing.life.credits,
        "reminders": standing.life.reminders,
        "reminded": standing.life.reminded,
        "owed_by": standing.owed_by,
    })
}

fn row(standing: &Standing, names: &Names) -> Vec<Cell> {
    let life = &standing.life;
    let style = match life.stands {
        Stands::Paid { .. } => GOOD,
        Stands::Draft { .. } | Stands::Approved { .. } | Stands::Disputed { .. } => WARM,
        Stands::Bounced { .. } => ALERT,
        Stands::Issued | Stands::Mailed { .. } => PLAIN,
        Stands::Credited { .. } => DIM,
    };
    vec![
        Cell::new(BOLD, standing.id.as_str()),
        standing.dated.to_string().into(),
        names.client(&standing.client).into(),
        Cell::new(style, life.stands.word()),
        money(life.due, life.currency).into(),
        Cell::new(DIM, note(standing)),
    ]
}

/// What one wants to know beyond the state.
pub(super) fn note(standing: &Standing) -> String {
    let life = &standing.life;
    let open = life.open().unwrap_or(life.due);
    let open_text = match open {
        Minor(..0) => format!(
            "{} too much",
            money(Minor(open.0.saturating_neg()), life.currency)
        ),
        open if open != life.due => format!("{} open", money(open, life.currency)),
        _ => String::new(),
    };
    let until = standing
        .payable_until
        .map(|date| format!("payable until {date}"));
    let until = until.unwrap_or_default();
    let parts = match &life.stands {
        _ if life.kind == Kind::CreditNote => vec![standing.title.clone()],
        Stands::Draft { waits } => vec![waits.words(life.currency)],
        Stands::Approved { by } => vec![format!("approved by {by}")],
        Stands::Issued | Stands::Mailed { .. } => vec![until, open_text],
        Stands::Bounced { address, .. } => vec![format!("{address} refused it"), open_text],
        Stands::Disputed { reason, .. } => vec![reason.clone(), open_text],
        Stands::Paid { on } => vec![format!("on {on}"), open_text],
        Stands::Credited { note } => vec![format!("by {note}")],
    };
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}
