//! Puts a company's checked files in force: a plan first, then all of it at once.
//! Whether the files are right is the loader's to say.

use std::collections::{BTreeMap, BTreeSet};

use domain::case::{self, Case, Input, World};
use domain::company::{Client, Hours, Team};
use domain::definition::Workflow;
use domain::id::{CaseId, PersonId, StepId, WorkflowId, digest};
use jiff::Timestamp;
use serde::Serialize;
use store::{Company, Guard, InForce, Store, StoreError};

use crate::advance;
use crate::outcome::Halt;
use crate::rounds;

/// What applying would change.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// Names this set of files; the same files have the same revision.
    pub revision: String,
    /// Whether exactly these files are in force already, and every running clock follows them.
    pub in_force: bool,
    pub workflows: Vec<Change>,
    pub people: usize,
    pub clients: usize,
    /// Running clocks that edited hours and targets move: time already measured stays, the rest follows the new files.
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
    /// How many cases run, by the version on which each began and will end.
    pub running: BTreeMap<u32, usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    New,
    NewVersion,
    Unchanged,
    /// Another text is stored under this version; running cases rely on it.
    ChangedWithoutNewVersion,
    /// In force or running, and in none of these files: it starts nothing any more.
    Removed,
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
    let current = store.in_force().await?;
    let old = match &current {
        Some(_) => Some(store.company().await?),
        None => None,
    };
    let is_current = |current: &&InForce| current.revision == company.revision;
    let same = current.as_ref().filter(is_current);
    let moving = match (&old, same) {
        (_, Some(same)) => left_to_move(store, same).await?,
        (Some(old), None) => cases_that_move(store, old, company, store.now()).await?,
        (None, None) => Vec::new(),
    };
    Ok(Plan {
        revision: company.revision.clone(),
        in_force: same.is_some_and(|current| current.leaves.is_none()),
        workflows: changes(store, old.as_deref(), company).await?,
        people: company.team.people.len(),
        clients: company.clients.len(),
        clocks: moving
            .into_iter()
            .flat_map(|moving| moving.clocks)
            .collect(),
    })
}

/// What becomes of each workflow: of those in the files, then of those that have no file any more.
async fn changes(
    store: &Store,
    old: Option<&Company>,
    new: &Company,
) -> Result<Vec<Change>, ApplyError> {
    let mut running = store.running_versions().await?;
    let mut changes = Vec::new();
    for workflow in new.workflows.values() {
        changes.push(Change {
            workflow: workflow.id.clone(),
            version: workflow.version,
            what: what(store, workflow).await?,
            running: running.remove(&workflow.id).unwrap_or_default(),
        });
    }
    changes.extend(removed(old, new, running));
    Ok(changes)
}

async fn what(store: &Store, workflow: &Workflow) -> Result<What, ApplyError> {
    let stored = store.workflow_text(&workflow.id, workflow.version).await?;
    let text =
        serde_json::to_string(workflow).map_err(|error| ApplyError::Invalid(error.to_string()))?;
    Ok(match stored {
        Some(stored) if stored == text => What::Unchanged,
        Some(_) => What::ChangedWithoutNewVersion,
        None if workflow.version > 1 => What::NewVersion,
        None => What::New,
    })
}

/// What is in force or still runs, and has no file any more.
fn removed(
    old: Option<&Company>,
    new: &Company,
    running: BTreeMap<WorkflowId, BTreeMap<u32, usize>>,
) -> Vec<Change> {
    let in_force = old.into_iter().flat_map(|old| old.workflows.values());
    let gone = in_force.filter(|workflow| !new.workflows.contains_key(&workflow.id));
    let mut removed: BTreeMap<WorkflowId, (u32, BTreeMap<u32, usize>)> = gone
        .map(|workflow| (workflow.id.clone(), (workflow.version, BTreeMap::new())))
        .collect();
    // Of what still runs, the newest version that does is the one to name.
    removed.extend(running.into_iter().map(|(workflow, versions)| {
        let newest = versions.keys().next_back().copied().unwrap_or_default();
        (workflow, (newest, versions))
    }));
    let change = |(workflow, (version, running))| Change {
        workflow,
        version,
        what: What::Removed,
        running,
    };
    removed.into_iter().map(change).collect()
}

/// A case whose working hours or targets are edited, with the hours before.
struct Moving {
    case: CaseId,
    was: Hours,
    clocks: Vec<MovedClock>,
}

/// Reads every case with a clock, but only when hours or targets are edited.
async fn cases_that_move(
    store: &Store,
    old: &Company,
    new: &Company,
    at: Timestamp,
) -> Result<Vec<Moving>, ApplyError> {
    if old.team.calendars == new.team.calendars
        && old.team.calendar == new.team.calendar
        && old.clients == new.clients
    {
        return Ok(Vec::new());
    }
    let world = World {
        team: &new.team,
        clients: &new.clients,
        workflows: &new.workflows,
        loads: None,
    };
    let mut moving = Vec::new();
    let cases = cases_with_clocks(store, old, new).await?;
    for case in store.cases(&cases).await? {
        let workflow = store.workflow(&case.workflow, case.version).await?;
        let Some(was) = hours(old, &case) else {
            continue;
        };
        // A case that can not follow says so when it is moved.
        let Ok(moved) = case::moved(world, &workflow, &case, &was, at) else {
            let clocks = Vec::new();
            let case = case.id;
            moving.push(Moving { case, was, clocks });
            continue;
        };
        let clocks: Vec<_> = moved
            .into_iter()
            .map(|moved| {
                let due = moved.was.due_at().zip(moved.is.due_at());
                MovedClock {
                    case: case.id.clone(),
                    title: case.title.clone(),
                    owner: moved.owner,
                    step: moved.step,
                    due_was: moved.was.due_at(),
                    due_will_be: moved.is.due_at(),
                    moves_by_seconds: due.map(|(was, is)| is.as_second() - was.as_second()),
                }
            })
            .collect();
        if !clocks.is_empty() {
            let case = case.id;
            moving.push(Moving { case, was, clocks });
        }
    }
    Ok(moving)
}

/// Every case in which a clock may run: those that run, and those with a clock that was reopened after their end.
async fn cases_with_clocks(
    store: &Store,
    old: &Company,
    new: &Company,
) -> Result<Vec<CaseId>, StoreError> {
    let mut cases: BTreeSet<CaseId> = store.cases_in("running").await?.into_iter().collect();
    let people: BTreeSet<_> = old
        .team
        .people
        .keys()
        .chain(new.team.people.keys())
        .collect();
    for person in people {
        cases.extend(store.cases_of_owner(person).await?);
    }
    Ok(cases.into_iter().collect())
}

/// The working hours by which a case's clocks run in a company.
fn hours(company: &Company, case: &Case) -> Option<Hours> {
    let client = case.client.as_ref();
    let client = client.and_then(|client| company.clients.get(client));
    company.team.hours(client).ok()
}

/// What the files in force have not moved yet.
async fn left_to_move(store: &Store, current: &InForce) -> Result<Vec<Moving>, ApplyError> {
    let Some(before) = &current.leaves else {
        return Ok(Vec::new());
    };
    let old = store.read_company(before.clone()).await?;
    let new = store.read_company(current.revision.clone()).await?;
    cases_that_move(store, &old, &new, current.since).await
}

/// Applies the files, and moves the running clocks to edited hours and targets, unless one was changed without raising its
/// version. Ended half way, it goes on where it was when it is repeated: a clock is moved as of the moment at which the
/// files came in force, whenever that is done.
pub async fn apply(store: &Store, company: &Company) -> Result<Plan, ApplyError> {
    move_clocks(store).await?;
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
    store.apply(company).await?;
    rounds::arrange(store, company).await?;
    move_clocks(store).await?;
    Ok(plan)
}

/// Moves every clock that still follows the revision before. One that can not be moved holds up no other.
async fn move_clocks(store: &Store) -> Result<(), ApplyError> {
    let Some(current) = store.in_force().await? else {
        return Ok(());
    };
    let mut left = None;
    for Moving { case, was, .. } in left_to_move(store, &current).await? {
        let input = Input::CompanyEdited {
            was: Box::new(was),
            at: current.since,
        };
        let cause = "the working hours or targets were edited";
        match advance::advance(store, &case, &input, cause, &Guard::None).await {
            Ok(_) => {}
            Err(Halt::Later(again)) => return Err(ApplyError::ClocksLeft(case, again.to_string())),
            Err(Halt::Never(reason)) => left = Some((case, reason)),
        }
    }
    store.left_behind(&current).await?;
    match left {
        Some((case, reason)) => Err(ApplyError::ClocksLeft(case, reason)),
        None => Ok(()),
    }
}
