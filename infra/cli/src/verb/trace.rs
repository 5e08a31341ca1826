//! `baton trace`: one case from its first event on, or the list of cases.
//! It reads; it must not change anything.

use std::collections::BTreeMap;

use app::trace::Trace;
use clap::Args;
use domain::case::{Case, Record, State};
use domain::id::CaseId;
use serde_json::json;
use store::Store;

use crate::failure::Failure;
use crate::names::Names;
use crate::show::{BOLD, Cell, DIM, Out, columns, paint};
use crate::target::{Target, Where};
use crate::timeline;

/// The states in which cases are listed.
const STATES: [&str; 3] = ["running", "completed", "stopped"];

#[derive(Debug, Args)]
pub struct Arguments {
    /// The case's id; without it the cases are listed
    #[arg(value_name = "CASE")]
    case: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let names = match store.company().await {
        Ok(company) => Names::new(&company.team, company.clients.values()),
        Err(_) => Names::unknown(),
    };
    match &arguments.case {
        Some(id) => one(&store, &CaseId::from(id.as_str()), &names, &target, out).await,
        None => list(&store, &names, &target, out).await,
    }
}

async fn one(
    store: &Store,
    id: &CaseId,
    names: &Names,
    target: &Target,
    out: &Out,
) -> Result<(), Failure> {
    let Some(trace) = app::trace::trace(store, id).await? else {
        return Err(
            Failure::refused(format!("there is no case {id} in {}", target.name))
                .help("`baton trace` lists the cases"),
        );
    };
    out.json(&trace);
    if !out.is_json {
        let mut history = BTreeMap::new();
        histories(store, &trace, &mut history).await?;
        let of = |case: &Case| history.get(&case.id).cloned().unwrap_or_default();
        out.say(&timeline::render(&trace, &of, names));
    }
    Ok(())
}

async fn histories(
    store: &Store,
    trace: &Trace,
    history: &mut BTreeMap<CaseId, Vec<Record>>,
) -> Result<(), Failure> {
    history.insert(trace.case.id.clone(), store.history(&trace.case.id).await?);
    for project in &trace.projects {
        Box::pin(histories(store, project, history)).await?;
    }
    Ok(())
}

async fn list(store: &Store, names: &Names, target: &Target, out: &Out) -> Result<(), Failure> {
    let mut cases = Vec::new();
    for state in STATES {
        cases.extend(store.load_cases(state).await?);
    }
    cases.sort_by_key(|case| case.started_at);
    out.json(&json!({ "target": target.name, "cases": cases }));
    if cases.is_empty() {
        out.say(&format!("No case has been started in {}.", target.name));
        return Ok(());
    }
    let rows: Vec<Vec<Cell>> = cases.iter().map(|case| row(case, names)).collect();
    out.say(&format!(
        "{}\n{}",
        paint(BOLD, &format!("Cases in {}", target.name)),
        columns(2, &rows)
    ));
    Ok(())
}

fn row(case: &Case, names: &Names) -> Vec<Cell> {
    let state = match case.state {
        State::Running => format!("since {}", names.short(case.started_at)),
        State::Completed { at } => format!("completed {}", names.short(at)),
        State::Stopped { at } => format!("stopped {}", names.short(at)),
    };
    let client = case
        .client
        .as_ref()
        .map_or("", |client| names.client(client));
    vec![
        Cell::new(BOLD, case.id.as_str()),
        case.title.as_str().into(),
        client.into(),
        names.person(&case.owner).into(),
        Cell::new(DIM, state),
    ]
}
