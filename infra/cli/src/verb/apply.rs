//! `baton apply`: what would change, then all of it in force at once.
//! It must not decide whether a file is right (the loader does) nor how files are stored.

mod secrets;

use std::path::PathBuf;

use app::apply::{ApplyError, MovedClock, Plan, What};
use clap::Args;
use domain::definition::Workflow;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{Company, Store};

use super::check::{self, Checked};
use crate::failure::Failure;
use crate::names::Names;
use crate::show::{ALERT, BOLD, Cell, DIM, GOOD, Out, PLAIN, columns, paint};
use crate::target::Where;

/// How long a running function may go on with the set it has read.
const READ_WITHIN: SignedDuration = SignedDuration::from_secs(5);

#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder with team.yaml and clients.yaml
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let checked = Checked::read(&arguments.dir)?;
    checked.say(out);
    let Some(workspace) = checked.workspace().cloned() else {
        out.json(&checked.to_json());
        return Err(Failure::told());
    };
    let names = Names::new(&workspace.team, &workspace.clients);
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let company = app::apply::company(workspace.team, workspace.clients, workspace.workflows)
        .map_err(failed)?;
    let plan = app::apply::plan(&store, &company).await.map_err(failed)?;
    out.say(&told(&plan, &target.name));
    let staying = staying(&plan);
    if !staying.is_empty() {
        out.say(&staying);
    }
    if !plan.clocks.is_empty() {
        out.say(&moves(&plan.clocks, &names));
    }
    if plan
        .workflows
        .iter()
        .any(|change| change.what == What::ChangedWithoutNewVersion)
    {
        return refuse(&store, &company, &checked, &plan, out).await;
    }
    if !arguments.dry_run && !plan.in_force {
        app::apply::apply(&store, &company).await.map_err(failed)?;
    }
    // The files are in force, whether or not this may be asked.
    let missing = secrets::missing(&target, &company.team).await;
    let now = store.now();
    let by = now + READ_WITHIN;
    out.json(&json!({
        "ok": true,
        "target": target.name,
        "dry_run": arguments.dry_run,
        "plan": plan,
        "problems": checked.loaded.problems,
        "missing_secrets": missing.as_ref().ok(),
        "in_force_from": (!arguments.dry_run).then_some(now),
        "read_by_every_function_at": (!arguments.dry_run).then_some(by),
    }));
    out.say(&match (arguments.dry_run, plan.in_force) {
        (_, true) => "These files are in force already; nothing was changed.".to_owned(),
        (true, false) => "Nothing was changed; without --dry-run this is put in force.".to_owned(),
        (false, false) => format!(
            "{} from {}; a function that is running reads it by {} ({}).",
            paint(GOOD, "In force"),
            names.second(now),
            names.second(by),
            names.zone()
        ),
    });
    out.say(&match missing {
        Ok(missing) if missing.is_empty() => return Ok(()),
        Ok(missing) => secrets::told(&missing),
        Err(failure) => format!(
            "Which secrets are set can not be told: {}.",
            failure.message
        ),
    });
    Ok(())
}

/// The running clocks that edited hours move, and by how much.
fn moves(clocks: &[MovedClock], names: &Names) -> String {
    let moment =
        |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| names.moment(at));
    let rows: Vec<Vec<Cell>> = clocks
        .iter()
        .map(|clock| {
            vec![
                Cell::new(PLAIN, clock.title.as_str()),
                Cell::new(PLAIN, clock.step.as_str()),
                Cell::new(DIM, names.person(&clock.owner)),
                Cell::new(PLAIN, moment(clock.due_was)),
                Cell::new(BOLD, moment(clock.due_will_be)),
                Cell::new(
                    DIM,
                    clock.moves_by_seconds.map_or_else(String::new, by_how_much),
                ),
            ]
        })
        .collect();
    let count = match clocks.len() {
        1 => "1 running clock moves".to_owned(),
        count => format!("{count} running clocks move"),
    };
    format!(
        "{} ({}); time already measured stays, the rest follows the new hours:\n{}",
        paint(BOLD, &count),
        names.zone(),
        columns(2, &rows)
    )
}

/// `3 h 20 min later`.
fn by_how_much(seconds: i64) -> String {
    let minutes = seconds.abs() / 60;
    let (days, hours, minutes) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
    let parts: Vec<_> = [(days, "d"), (hours, "h"), (minutes, "min")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    match (seconds, parts.is_empty()) {
        (_, true) => "the marks before it".to_owned(),
        (1.., _) => format!("{} later", parts.join(" ")),
        (_, _) => format!("{} sooner", parts.join(" ")),
    }
}

fn failed(error: ApplyError) -> Failure {
    match error {
        ApplyError::Store(error) => error.into(),
        other => Failure::refused(other.to_string()),
    }
}

/// What would change, as a table.
fn told(plan: &Plan, target: &str) -> String {
    let rows: Vec<Vec<Cell>> = plan
        .workflows
        .iter()
        .map(|change| {
            let (style, what) = match change.what {
                What::New => (GOOD, "new"),
                What::NewVersion => (GOOD, "new version"),
                What::Unchanged => (DIM, "unchanged"),
                What::ChangedWithoutNewVersion => {
                    (ALERT, "changed, but its version was not raised")
                }
                What::Removed => (ALERT, "gone: it starts nothing any more"),
            };
            vec![
                Cell::new(PLAIN, change.workflow.as_str()),
                Cell::new(DIM, format!("version {}", change.version)),
                Cell::new(style, what),
            ]
        })
        .collect();
    format!(
        "{}\n{}\n  {}",
        paint(BOLD, &format!("Revision {} for {target}", plan.revision)),
        columns(2, &rows),
        paint(
            DIM,
            &format!("{} people, {} clients", plan.people, plan.clients)
        )
    )
}

/// The running cases that end on another text than these files hold.
fn staying(plan: &Plan) -> String {
    let rows: Vec<Vec<Cell>> = plan
        .workflows
        .iter()
        .filter_map(|change| {
            let stays = |version: &u32| change.what == What::Removed || *version != change.version;
            let told: Vec<_> = change
                .running
                .iter()
                .filter(|(version, _)| stays(version))
                .map(|(version, count)| match count {
                    1 => format!("1 case on version {version}"),
                    count => format!("{count} cases on version {version}"),
                })
                .collect();
            let row = vec![
                Cell::new(PLAIN, change.workflow.as_str()),
                Cell::new(DIM, told.join(", ")),
            ];
            (!told.is_empty()).then_some(row)
        })
        .collect();
    match rows.is_empty() {
        true => String::new(),
        false => format!(
            "{}\n{}",
            paint(BOLD, "Running cases end on the version they began with"),
            columns(2, &rows)
        ),
    }
}

/// Points at the version in each file that was changed without raising it. Nothing is applied.
async fn refuse(
    store: &Store,
    company: &Company,
    checked: &Checked,
    plan: &Plan,
    out: &Out,
) -> Result<(), Failure> {
    let mut applied = Vec::new();
    for workflow in company.workflows.values() {
        let text = store.workflow_text(&workflow.id, workflow.version).await?;
        if let Some(stored) = text.and_then(|text| serde_json::from_str::<Workflow>(&text).ok()) {
            applied.push((
                workflow.id.clone(),
                workflow.version,
                loader::content_hash(&stored),
            ));
        }
    }
    let problems = loader::check_versions(&applied, &checked.loaded);
    if problems.is_empty() {
        let changed = plan
            .workflows
            .iter()
            .filter(|change| change.what == What::ChangedWithoutNewVersion);
        let ids: Vec<_> = changed.map(|change| change.workflow.as_str()).collect();
        return Err(Failure::refused(format!(
            "{} was changed and its version was not raised",
            ids.join(", ")
        ))
        .help(
            "raise `version` in its file; running cases finish on the version they started with",
        ));
    }
    check::say(&problems, &checked.files, out);
    out.json(&json!({ "ok": false, "plan": plan, "problems": problems }));
    Err(Failure::told())
}
