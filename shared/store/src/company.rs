//! The company's files as applied: one pointer names the revision in force, its parts never change.
//! It must not know what is in a workflow beyond its name and version.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use domain::company::{Client, Team};
use domain::correlation::Listening;
use domain::definition::Workflow;
use domain::event::Envelope;
use domain::id::{ClientId, EventId, WorkflowId};
use domain::start::Triggers;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{StoreError, unless_conflict};
use crate::keys;
use crate::rows::{Head, from_body, from_item, to_body};
use crate::store::Store;
use crate::table::{Query, Write, to_item};

/// Everything in force, as read at one moment.
pub struct Company {
    pub revision: String,
    pub team: Team,
    pub clients: BTreeMap<ClientId, Client>,
    pub workflows: BTreeMap<WorkflowId, Workflow>,
    pub triggers: Triggers,
    /// What running cases may wait for, by these workflows and by every version before.
    pub listening: Listening,
}

impl Company {
    /// # Errors
    /// When a trigger's pattern does not parse; the loader refuses such a file, so a table that holds one was not
    /// written by it.
    pub fn new(
        revision: String,
        team: Team,
        clients: Vec<Client>,
        workflows: Vec<Workflow>,
    ) -> Result<Self, String> {
        let triggers = Triggers::new(&workflows)?;
        let listening = Listening::of(&workflows);
        Ok(Company {
            revision,
            team,
            clients: clients
                .into_iter()
                .map(|client| (client.id.clone(), client))
                .collect(),
            workflows: workflows
                .into_iter()
                .map(|workflow| (workflow.id.clone(), workflow))
                .collect(),
            triggers,
            listening,
        })
    }

    /// Whether any workflow or running case may listen for this kind of event.
    pub fn hears(&self, source: &str, detail_type: &str) -> bool {
        self.triggers.hears(source, detail_type) || self.listening.hears(source, detail_type)
    }

    /// The id by which repeats of an event are known.
    pub fn event_id(&self, envelope: &Envelope) -> EventId {
        envelope.event_id(self.team.id_path(&envelope.source))
    }
}

#[derive(Default)]
pub(crate) struct Cache {
    company: Option<(Instant, Arc<Company>)>,
    workflows: BTreeMap<(WorkflowId, u32), Arc<Workflow>>,
}

/// One part of a revision, or of all of them: the team, a client, a workflow's version.
#[derive(Debug, Serialize, Deserialize)]
struct PartRow {
    #[serde(flatten)]
    head: Head,
    body: String,
}

/// The pointer to the revision in force.
#[derive(Debug, Serialize, Deserialize)]
struct CurrentRow {
    #[serde(flatten)]
    head: Head,
    revision: String,
    #[serde(default)]
    since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leaves: Option<String>,
}

/// The files in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    pub revision: String,
    pub since: Timestamp,
    /// Until all that follows from putting them in force is done: the revision that running clocks may still follow.
    pub leaves: Option<String>,
}

impl Store {
    /// The company in force, at most five seconds old.
    ///
    /// # Errors
    /// `TryAgain` also when nothing has been applied to this table yet.
    pub async fn company(&self) -> Result<Arc<Company>, StoreError> {
        let known = self.cached();
        if let Some((read_at, company)) = &known
            && read_at.elapsed() < Self::cached_for()
        {
            return Ok(company.clone());
        }
        let current = self.revision().await?.ok_or_else(|| StoreError::TryAgain {
            context: "no company files are in force on this table; `baton apply` puts them there"
                .into(),
            source: None,
        })?;
        let company = match known {
            Some((_, company)) if company.revision == current => company,
            _ => Arc::new(self.read_company(current).await?),
        };
        self.lock().company = Some((Instant::now(), company.clone()));
        Ok(company)
    }

    /// The revision in force, if any.
    pub async fn revision(&self) -> Result<Option<String>, StoreError> {
        Ok(self.in_force().await?.map(|current| current.revision))
    }

    pub async fn in_force(&self) -> Result<Option<InForce>, StoreError> {
        let Some(item) = self.table.get(&keys::config()).await? else {
            return Ok(None);
        };
        let CurrentRow {
            revision,
            since,
            leaves,
            ..
        } = from_item(item)?;
        Ok(Some(InForce {
            revision,
            since,
            leaves,
        }))
    }

    /// Every running clock follows the files in force, unless others have been put in force meanwhile.
    pub async fn left_behind(&self, current: &InForce) -> Result<(), StoreError> {
        let write = Write::update(keys::config(), "REMOVE leaves")
            .when("revision = :revision AND since = :since")
            .text(":revision", &current.revision)
            .text(":since", current.since.to_string());
        unless_conflict(self.table.write(write).await)
    }

    /// A revision as it was put in force.
    pub async fn read_company(&self, revision: String) -> Result<Company, StoreError> {
        let parts = self
            .table
            .query_all(&Query::partition(keys::config_partition(&revision)))
            .await?;
        let (mut team, mut clients, mut workflows) = (None, Vec::new(), Vec::new());
        let mut listening = Listening::default();
        for item in parts {
            let part: PartRow = from_item(item)?;
            match part.head.kind.as_str() {
                "team" => team = Some(from_body(&part.body)?),
                "client" => clients.push(from_body(&part.body)?),
                "listening" => listening = from_body(&part.body)?,
                _ => workflows.push(from_body(&part.body)?),
            }
        }
        let team = team.ok_or_else(|| {
            StoreError::never("read the company", format!("{revision} has no team"))
        })?;
        let mut company = Company::new(revision, team, clients, workflows)
            .map_err(|error| StoreError::never("read the company", error))?;
        company.listening.merge(&listening);
        Ok(company)
    }

    /// The version that a case runs on, whatever is in force by now.
    pub async fn workflow(
        &self,
        id: &WorkflowId,
        version: u32,
    ) -> Result<Arc<Workflow>, StoreError> {
        let wanted = (id.clone(), version);
        if let Some(workflow) = self.lock().workflows.get(&wanted) {
            return Ok(workflow.clone());
        }
        let key = keys::definition(id, version);
        let item = self.table.get(&key).await?;
        let item = item
            .ok_or_else(|| StoreError::never("read a workflow", format!("{key} is not there")))?;
        let row: PartRow = from_item(item)?;
        let workflow: Arc<Workflow> = Arc::new(from_body(&row.body)?);
        self.lock().workflows.insert(wanted, workflow.clone());
        Ok(workflow)
    }

    /// The stored text of a version, to tell whether a file was changed without raising it.
    pub async fn workflow_text(
        &self,
        id: &WorkflowId,
        version: u32,
    ) -> Result<Option<String>, StoreError> {
        let item = self.table.get(&keys::definition(id, version)).await?;
        item.map(|item| from_item::<PartRow>(item).map(|row| row.body))
            .transpose()
    }

    /// Puts a company in force: every part first, then the pointer, so that nobody sees half of it. The pointer says which
    /// revision running clocks still follow until they have been moved.
    pub async fn apply(&self, company: &Company) -> Result<(), StoreError> {
        let revision = &company.revision;
        let mut listening = company.listening.clone();
        let before = self.revision().await?;
        if let Some(before) = before.clone() {
            listening.merge(&self.read_company(before).await?.listening);
        }
        let mut parts = vec![
            (keys::team(revision), "team", to_body(&company.team)?),
            (keys::listening(revision), "listening", to_body(&listening)?),
        ];
        for client in company.clients.values() {
            parts.push((
                keys::client_of_config(revision, &client.id),
                "client",
                to_body(client)?,
            ));
        }
        for workflow in company.workflows.values() {
            let body = to_body(workflow)?;
            parts.push((
                keys::workflow_of_config(revision, &workflow.id),
                "workflow",
                body.clone(),
            ));
            parts.push((
                keys::definition(&workflow.id, workflow.version),
                "workflow",
                body,
            ));
        }
        for (key, kind, body) in parts {
            let row = PartRow {
                head: Head::new(key, kind),
                body,
            };
            self.table.write(Write::put(to_item(&row)?)).await?;
        }
        let current = CurrentRow {
            head: Head::new(keys::config(), "config"),
            revision: revision.clone(),
            since: self.now(),
            leaves: before.or_else(|| Some(revision.clone())),
        };
        self.table.write(Write::put(to_item(&current)?)).await?;
        self.lock().company = None;
        Ok(())
    }

    fn cached(&self) -> Option<(Instant, Arc<Company>)> {
        self.lock().company.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cache> {
        // A panic while the lock was held leaves a cache that is merely old.
        self.cache
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
