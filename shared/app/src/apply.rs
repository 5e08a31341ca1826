//! Puts a company's checked files in force: a plan first, then all of it at once.
//! Whether the files are right is the loader's to say.

use domain::company::{Client, Team};
use domain::definition::Workflow;
use domain::id::{WorkflowId, digest};
use serde::Serialize;
use store::{Company, Store, StoreError};

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
    })
}

/// Applies the files unless one was changed without raising its version.
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
    store.apply(company).await?;
    Ok(plan)
}
