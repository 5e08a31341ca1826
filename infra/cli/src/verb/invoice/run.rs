//! `baton invoice run`: what a month owes is asked for, once, and what was asked for before is told.
//! It must not number or mail anything; the invoice function does.

use app::invoice_run::{ClientRun, Request, RunContent, RunInvoice, RunState, run as run_month};
use clap::Args;
use domain::billing::{Period, minutes_in_words};
use domain::id::ClientId;
use serde_json::json;

use crate::failure::Failure;
use crate::names::Names;
use crate::show::{ALERT, BOLD, Cell, DIM, GOOD, Out, PLAIN, WARM, columns, paint};
use crate::target::Where;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The month, such as 2026-11
    #[arg(long, value_name = "MONTH")]
    period: Period,
    /// Only this client, by its id
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Show what would be billed, line by line, and bill nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let client = arguments.client.as_deref().map(ClientId::from);
    let request = Request {
        period: arguments.period,
        client: client.as_ref(),
        is_dry: arguments.dry_run,
    };
    let runs = run_month(&store, &request).await;
    let runs = runs.map_err(|error| {
        Failure::outside(error.to_string())
            .help("run it again: what was asked for is not asked for twice")
    })?;
    let runs = runs.map_err(Failure::refused)?;
    out.json(&json!({
        "target": target.name,
        "period": arguments.period,
        "dry_run": arguments.dry_run,
        "clients": runs,
    }));
    if !out.is_json {
        let company = store.company().await?;
        let names = Names::new(&company.team, company.clients.values());
        out.say(&told(arguments, &runs, &names));
    }
    Ok(())
}

fn told(arguments: &Arguments, runs: &[ClientRun], names: &Names) -> String {
    let period = arguments.period;
    let mut parts = Vec::new();
    for run in runs {
        parts.extend(run.invoices.iter().map(|invoice| one(run, invoice, names)));
        if run.unbilled_minutes > 0 {
            parts.push(format!(
                "{}  {}",
                paint(BOLD, names.client(&run.client)),
                paint(
                    WARM,
                    &format!(
                        "{} are logged, and its rules do not say how time is billed: add `time` in clients.yaml",
                        minutes_in_words(run.unbilled_minutes)
                    )
                )
            ));
        }
    }
    if parts.is_empty() {
        return format!("Nothing of {period} is to be billed.");
    }
    let any = |is: fn(&RunState) -> bool| {
        let mut invoices = runs.iter().flat_map(|run| &run.invoices);
        invoices.any(|invoice| is(&invoice.state))
    };
    let end = if any(|state| matches!(state, RunState::WouldBeOwed)) {
        "\n\nThis was a dry run: nothing was billed."
    } else if any(|state| matches!(state, RunState::Owed { .. })) {
        "\n\nOn their way; `baton invoice list` shows them as they are issued."
    } else {
        ""
    };
    format!("{}{end}", parts.join("\n"))
}

fn one(run: &ClientRun, invoice: &RunInvoice, names: &Names) -> String {
    let (style, state) = match &invoice.state {
        RunState::Owed { .. } => (GOOD, "asked for".to_owned()),
        RunState::WouldBeOwed => (PLAIN, "would be billed".to_owned()),
        RunState::OwedBefore { draft, .. } => (
            WARM,
            format!("asked for before, and not issued yet ({draft})"),
        ),
        RunState::Billed { number } => (DIM, format!("billed before on {number}")),
        RunState::NothingLeft => (DIM, "nothing was left of it".to_owned()),
        RunState::Missing { what } => (ALERT, format!("can not be issued yet: {what}")),
    };
    let head = format!(
        "{}  {}  {}",
        paint(BOLD, names.client(&run.client)),
        paint(DIM, &invoice.part),
        paint(style, &state)
    );
    match &invoice.content {
        Some(content) => format!("{head}\n{}", lines(content)),
        None => head,
    }
}

fn lines(content: &RunContent) -> String {
    let mut rows: Vec<Vec<Cell>> = content
        .lines
        .iter()
        .map(|line| {
            vec![
                line.text.as_str().into(),
                format!("{} {}", line.quantity, line.unit).into(),
                line.net.as_str().into(),
            ]
        })
        .collect();
    rows.push(vec![
        Cell::new(BOLD, "net, and to be paid with tax"),
        "".into(),
        Cell::new(BOLD, format!("{}, {}", content.net, content.due)),
    ]);
    columns(4, &rows)
}
