//! Puts a company's checked files in force: a plan first, then all of it at once.
//! Whether the files are right is the loader's to say.

use domain::calendar::Calendar;
use domain::case::{self, Case, Input};
use domain::company::{Client, Team};
use domain::definition::Workflow;
use domain::id::{CaseId, PersonId, StepId, WorkflowId, digest};
use jiff::Timestamp;
use serde::Serialize;
use store::{Company, Guard, Store, StoreError};

use crate::advance;
use crate::outcome::Halt;
use crate::rounds;

/// What applying would change.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// Names this set of files; the same files have the same revision.
    pub revision: String,
    /// Whether exactly these files are in force already.
    pub in_force: bool,
    pub workflows: Vec<Change>,
    pub people: usize,
    pub clients: usize,
    /// Running clocks that the edited calendars move: time already measured stays, the rest follows the new hours.
    pub clocks: Vec<MovedClock>,
}

/// A running clock whose marks stand elsewhere under the new files.
#[derive(Debug, Serialize)]
pub struct MovedClock {
    pub case: CaseId,
    pub title: String,
    pub step: StepId,
    pub owner: PersonId,
    pub due_was: Option<Timestamp>,
    pub due_will_be: Option<Timestamp>,
    /// Elapsed seconds from the old deadline to the new one.
    pub moves_by_seconds: Option<i64>,
}

#[derive(Debug, Serialize)]
pub struct Change {
    pub workflow: WorkflowId,
    pub version: u32,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    New,
    NewVersion,
    Unchanged,
    /// Another text is stored under this version; running cases rely on it.
    ChangedWithoutNewVersion,
}

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Nothing was applied.
    #[error(
        "{0} was changed but still says version {1}; running cases rely on version {1}: raise `version` in its file"
    )]
    VersionNotRaised(WorkflowId, u32),
    #[error("{0}")]
    Invalid(String),
    /// In force, but a case could not be moved to the new hours.
    #[error("the files are in force, but the clocks of {0} still run by the hours before: {1}")]
    ClocksLeft(CaseId, String),
    #[error("{}", store::explain(.0))]
    Store(#[from] StoreError),
}

/// The files as one company, under the revision that names their content.
pub fn company(
    team: Team,
    clients: Vec<Client>,
    workflows: Vec<Workflow>,
) -> Result<Company, ApplyError> {
    let text = serde_json::to_string(&(&team, &clients, &workflows))
        .map_err(|error| ApplyError::Invalid(format!("the files can not be stored: {error}")))?;
    let revision = digest(&[&text])[..16].to_owned();
    Company::new(revision, team, clients, workflows).map_err(ApplyError::Invalid)
}

/// Compares the files with what is stored.
pub async fn plan(store: &Store, company: &Company) -> Result<Plan, ApplyError> {
    let mut workflows = Vec::new();
    for workflow in company.workflows.values() {
        let stored = store.workflow_text(&workflow.id, workflow.version).await?;
        let text = serde_json::to_string(workflow)
            .map_err(|error| ApplyError::Invalid(error.to_string()))?;
        let what = match stored {
            Some(stored) if stored == text => What::Unchanged,
            Some(_) => What::ChangedWithoutNewVersion,
            None if workflow.version > 1 => What::NewVersion,
            None => What::New,
        };
        workflows.push(Change {
            workflow: workflow.id.clone(),
            version: workflow.version,
            what,
        });
    }
    Ok(Plan {
        in_force: store.revision().await?.as_deref() == Some(company.revision.as_str()),
        revision: company.revision.clone(),
        workflows,
        people: company.team.people.len(),
        clients: company.clients.len(),
        clocks: cases_that_move(store, company)
            .await?
            .into_iter()
            .flat_map(|moving| moving.clocks)
            .collect(),
    })
}

/// A running case whose working hours are edited, with the hours before.
struct Moving {
    case: CaseId,
    was: Calendar,
    clocks: Vec<MovedClock>,
}

/// Reads every running case only when a calendar in force is edited.
async fn cases_that_move(store: &Store, new: &Company) -> Result<Vec<Moving>, ApplyError> {
    if store.revision().await?.is_none() {
        return Ok(Vec::new());
    }
    let old = store.company().await?;
    let same_hours = |case: &Case| hours(&old, case) == hours(new, case);
    if old.team.calendars == new.team.calendars
        && old.team.calendar == new.team.calendar
        && old.clients == new.clients
    {
        return Ok(Vec::new());
    }
    let now = store.now();
    let mut moving = Vec::new();
    for case in store.load_cases("running").await? {
        let (Some(was), Some(is)) = (hours(&old, &case), hours(new, &case)) else {
            continue;
        };
        if same_hours(&case) {
            continue;
        }
        let clocks: Vec<_> = case::moved(&case, was, is, now)
            .into_iter()
            .map(|(step, _, before, after)| {
                let due = before.due_at().zip(after.due_at());
                MovedClock {
                    case: case.id.clone(),
                    title: case.title.clone(),
                    owner: case
                        .open_task(&step)
                        .map_or_else(|| case.owner.clone(), |(_, task)| task.owner.clone()),
                    step,
                    due_was: before.due_at(),
                    due_will_be: after.due_at(),
                    moves_by_seconds: due.map(|(was, is)| is.as_second() - was.as_second()),
                }
            })
            .collect();
        if !clocks.is_empty() {
            moving.push(Moving {
                was: was.clone(),
                case: case.id,
                clocks,
            });
        }
    }
    Ok(moving)
}

/// The working hours by which a case's clocks run in a company.
fn hours<'a>(company: &'a Company, case: &Case) -> Option<&'a Calendar> {
    let client = case.client.as_ref();
    let client = client.and_then(|client| company.clients.get(client));
    company.team.calendar_of_clocks(client).ok()
}

/// Applies the files, and moves the running clocks to edited hours, unless one was changed without raising its version.
pub async fn apply(store: &Store, company: &Company) -> Result<Plan, ApplyError> {
    let plan = plan(store, company).await?;
    if let Some(change) = plan
        .workflows
        .iter()
        .find(|change| change.what == What::ChangedWithoutNewVersion)
    {
        return Err(ApplyError::VersionNotRaised(
            change.workflow.clone(),
            change.version,
        ));
    }
    let moving = cases_that_move(store, company).await?;
    store.apply(company).await?;
    rounds::arrange(store, company).await?;
    for Moving { case, was, .. } in moving {
        let input = Input::CalendarChanged { was };
        let cause = "the working hours were edited";
        match advance::advance(store, &case, &input, cause, &Guard::None).await {
            Ok(_) => {}
            Err(Halt::Later(again)) => return Err(ApplyError::ClocksLeft(case, again.to_string())),
            Err(Halt::Never(reason)) => return Err(ApplyError::ClocksLeft(case, reason)),
        }
    }
    Ok(plan)
}
