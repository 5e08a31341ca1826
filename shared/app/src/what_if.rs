//! What would happen if somebody were away: who would get each thing that is open, and what nobody would take.
//! It asks the same decision that `person.away` asks, and saves nothing.

use domain::assign::Loads;
use domain::calendar::Occurrence;
use domain::case::{self, Case, Fact, Input};
use domain::definition::{Owner, Step, Workflow};
use domain::id::{CaseId, PersonId, StepId, WorkflowId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use store::{Company, Store, StoreError};

use crate::advance;

/// Everything that hangs on one person for some days.
#[derive(Debug, Serialize)]
pub struct WhatIf {
    pub person: PersonId,
    /// What is theirs now, soonest due first.
    pub open: Vec<OpenTask>,
    /// What is theirs in every new case, and who would have it instead.
    pub duties: Vec<Duty>,
    /// Workflows that come round by themselves in those days.
    pub begins: Vec<Begins>,
}

#[derive(Debug, Serialize)]
pub struct OpenTask {
    pub case: CaseId,
    pub step: StepId,
    pub title: String,
    pub due_at: Option<Timestamp>,
    /// Due before they are back.
    pub is_due_then: bool,
    /// `None`: nobody would take it.
    pub goes_to: Option<PersonId>,
}

#[derive(Debug, Serialize)]
pub struct Duty {
    pub workflow: WorkflowId,
    /// Steps by name; empty where they own the workflow only.
    pub steps: Vec<StepId>,
    pub goes_to: Option<PersonId>,
}

#[derive(Debug, Serialize)]
pub struct Begins {
    pub workflow: WorkflowId,
    pub on: Date,
    pub goes_to: Option<PersonId>,
}

impl WhatIf {
    /// Whether anything would have nobody.
    pub fn stalls(&self) -> bool {
        let tasks = self.open.iter().any(|task| task.goes_to.is_none());
        let duties = self.duties.iter().any(|duty| duty.goes_to.is_none());
        tasks || duties || self.begins.iter().any(|begins| begins.goes_to.is_none())
    }
}

/// What is asked, and what it is asked about.
struct Asked<'a> {
    company: &'a Company,
    /// As they would be.
    loads: &'a Loads,
    person: &'a PersonId,
    now: Timestamp,
    from: Timestamp,
    to: Timestamp,
}

/// As if `person` were away from `from` until `to`, beside everybody who is away now. `None`: they are nobody in team.yaml.
///
/// # Errors
/// Of the store.
pub async fn what_if_away(
    store: &Store,
    person: &PersonId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Option<WhatIf>, StoreError> {
    let company = store.company().await?;
    if company.team.person(person).is_none() {
        return Ok(None);
    }
    let mut loads = store.loads(&company.team).await?;
    loads.entry(person.clone()).or_default().away = true;
    let asked = Asked {
        company: &company,
        loads: &loads,
        person,
        now: store.now(),
        from,
        to,
    };
    let mut open = Vec::new();
    let cases: Vec<_> = store.cases_of_owner(person).await?.into_iter().collect();
    for case in store.cases(&cases).await? {
        let workflow = store.workflow(&case.workflow, case.version).await?;
        open.extend(asked.tasks(&workflow, &case));
    }
    open.sort_by_key(|task| (task.due_at.is_none(), task.due_at));
    let workflows = company.workflows.values();
    Ok(Some(WhatIf {
        person: person.clone(),
        open,
        duties: workflows
            .filter_map(|workflow| asked.duty(workflow))
            .collect(),
        begins: asked.begins(),
    }))
}

impl Asked<'_> {
    fn tasks(&self, workflow: &Workflow, case: &Case) -> Vec<OpenTask> {
        let input = Input::OwnerAway {
            person: self.person.clone(),
        };
        let world = advance::world(self.company, Some(self.loads));
        // A refusal means that nobody takes it; that is what was asked.
        let decided = case::decide(world, workflow, case, &input, "what if", self.now);
        let facts = decided.map_or_else(|_| Vec::new(), |decision| decision.record.facts);
        let taker = |wanted: &StepId| {
            facts.iter().find_map(|fact| match fact {
                Fact::TaskHanded { step, to, .. } if step == wanted => Some(to.clone()),
                _ => None,
            })
        };
        let theirs = case
            .open_tasks()
            .filter(|(_, _, task)| task.owner == *self.person);
        let told = theirs.map(|(step, _, task)| {
            let due_at = task.clock.as_ref().and_then(|clock| clock.due_at());
            OpenTask {
                case: case.id.clone(),
                step: step.clone(),
                title: task.title.clone(),
                due_at,
                is_due_then: due_at.is_some_and(|due_at| due_at < self.to),
                goes_to: taker(step),
            }
        });
        told.collect()
    }

    /// Whoever would stand in for them in new cases of a workflow.
    fn stand_in(&self, workflow: &Workflow) -> Option<PersonId> {
        let is_there = |id: &PersonId| self.loads.get(id).is_none_or(|load| !load.away);
        let backup = workflow.backup.as_ref();
        let backup = backup.and_then(|owner| self.holder(owner)).cloned();
        let mut stand_ins = self.company.team.stand_ins(self.person, backup);
        stand_ins.find(is_there)
    }

    /// Who an owner is in every case; `None` where the case decides it.
    fn holder<'o>(&'o self, owner: &'o Owner) -> Option<&'o PersonId> {
        match owner {
            Owner::Person(person) => Some(person),
            Owner::Role(role) => self.company.team.holder(role),
            Owner::Value(_) => None,
        }
    }

    fn duty(&self, workflow: &Workflow) -> Option<Duty> {
        let is_theirs = |owner: &Owner| self.holder(owner) == Some(self.person);
        let own = |step: &&Step| step.owner.as_ref().is_some_and(is_theirs);
        let steps = workflow.steps.iter().filter(own);
        let steps: Vec<_> = steps.map(|step| step.id.clone()).collect();
        (is_theirs(&workflow.owner) || !steps.is_empty()).then(|| Duty {
            workflow: workflow.id.clone(),
            steps,
            goes_to: self.stand_in(workflow),
        })
    }

    fn begins(&self) -> Vec<Begins> {
        let Ok(calendar) = self.company.team.calendar_of_clocks(None) else {
            return Vec::new();
        };
        let mut begins = Vec::new();
        for workflow in self.company.workflows.values() {
            let every = workflow.starts_on.as_ref().and_then(|on| on.every);
            let (Some(every), Some(duty)) = (every, self.duty(workflow)) else {
                continue;
            };
            let in_time = |next: &Occurrence| next.at < self.to;
            let mut after = self.from;
            while let Some(next) = every.next_after(calendar, after).filter(in_time) {
                begins.push(Begins {
                    workflow: workflow.id.clone(),
                    on: next.on,
                    goes_to: duty.goes_to.clone(),
                });
                after = next.at;
            }
        }
        begins.sort_by_key(|begins| begins.on);
        begins
    }
}
