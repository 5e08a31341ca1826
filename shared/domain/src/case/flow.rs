//! One turn: from an input to rest. It records facts, enters the steps that are ready and opens child cases.
//! What each kind of step does when it is entered is in `enter`.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::effect::Handover;
use super::{
    Case, Decision, Effect, Fact, Listener, Message, Opening, Record, Refusal, RunState, World,
    decide,
};
use crate::assign::Commitment;
use crate::company::Team;
use crate::definition::{Action, Next, Owner, Step, Workflow};
use crate::id::{CaseId, EffectId, PersonId, StepId, WorkflowId};

/// How a wait ends whose event did not come in time.
pub(super) const LATE: &str = "late";

pub(super) struct Turn<'a> {
    pub world: World<'a>,
    pub workflow: &'a Workflow,
    pub now: Timestamp,
    pub case: Case,
    /// The step that was finished by this turn's input, for the words to the next owner.
    pub handover: Option<Handover>,
    listened: BTreeSet<Listener>,
    was_running: bool,
    facts: Vec<Fact>,
    effects: usize,
    pub needs_active: BTreeSet<PersonId>,
    pub commitments: Vec<Commitment>,
    projects: Vec<(CaseId, WorkflowId)>,
}

impl<'a> Turn<'a> {
    pub fn begin(
        world: World<'a>,
        workflow: &'a Workflow,
        opening: Opening,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let title = crate::value::fill(&workflow.title, &opening.values).map_err(Refusal::Never)?;
        let owner = resolve(world.team, &opening.roles, &opening.values, &workflow.owner)
            .or_else(|| world.team.ops_lead().cloned())
            .ok_or_else(|| {
                Refusal::Never(format!("workflow {} has nobody as its owner", workflow.id))
            })?;
        let fact = Fact::CaseStarted {
            case: opening.case,
            workflow: workflow.id.clone(),
            version: workflow.version,
            title,
            owner,
            client: opening.client,
            parent: opening.parent,
            correlation_id: opening.correlation_id,
            hops: opening.hops,
            started_by: opening.started_by,
            values: opening.values,
            roles: opening.roles.into_iter().collect(),
        };
        let mut state = None;
        Case::fold(&mut state, &fact, now);
        let case = state.ok_or_else(|| Refusal::Never("a case begins with its start".into()))?;
        let mut turn = Self::resume(world, workflow, case, now);
        turn.facts.push(fact);
        Ok(turn)
    }

    pub fn resume(world: World<'a>, workflow: &'a Workflow, case: Case, now: Timestamp) -> Self {
        Turn {
            world,
            workflow,
            now,
            listened: case.listeners(),
            was_running: case.is_running(),
            case,
            handover: None,
            facts: Vec::new(),
            effects: 0,
            needs_active: BTreeSet::new(),
            commitments: Vec::new(),
            projects: Vec::new(),
        }
    }

    /// Applies a fact to the state and keeps it for the history.
    pub fn record(&mut self, fact: Fact) {
        self.case.apply(&fact, self.now);
        self.facts.push(fact);
    }

    /// Owes an effect; `step` is the run that waits for it.
    pub fn owe(&mut self, step: Option<(StepId, u32)>, effect: Effect) -> EffectId {
        self.effects += 1;
        let id = EffectId::new(self.case.sequence + 1, self.effects);
        self.record(Fact::EffectOwed {
            id: id.clone(),
            step,
            effect,
        });
        id
    }

    pub fn step(&self, id: &StepId) -> Result<&'a Step, Refusal> {
        self.workflow.step(id).ok_or_else(|| {
            Refusal::Never(format!(
                "workflow {} version {} has no step {id}",
                self.case.workflow, self.case.version
            ))
        })
    }

    pub fn project_started(&mut self, step: &StepId, project: CaseId, template: &WorkflowId) {
        self.projects.push((project.clone(), template.clone()));
        self.record(Fact::ProjectStarted {
            step: step.clone(),
            project,
        });
    }

    /// Enters whatever is ready until nothing more happens by itself.
    pub fn rest(&mut self) -> Result<(), Refusal> {
        while self.case.is_running() {
            let Some(step) = self.workflow.steps.iter().find(|step| self.is_ready(step)) else {
                break;
            };
            self.enter(&step.id)?;
        }
        Ok(())
    }

    fn is_ready(&self, step: &Step) -> bool {
        self.is_owed(step) && self.is_staffed(step)
    }

    /// Its turn has come and it was not reached: the first step from the start, any other after what it follows.
    fn is_owed(&self, step: &Step) -> bool {
        let run = self.case.steps.get(&step.id);
        let reached = run.is_some_and(|run| !matches!(run.state, RunState::Cleared));
        let is_first = || {
            self.workflow
                .steps
                .first()
                .is_some_and(|first| first.id == step.id)
        };
        let follows = match step.after.is_empty() {
            true => is_first(),
            false => step.after.iter().all(|id| self.is_done(id)),
        };
        !reached && follows
    }

    /// Done, and not with an outcome that led elsewhere.
    fn is_done(&self, id: &StepId) -> bool {
        let Some(RunState::Done { outcome, .. }) = self.case.steps.get(id).map(|run| &run.state)
        else {
            return false;
        };
        let leads_on = |step| matches!(leads_to(step, outcome.as_deref()), Ok(Next::Onward));
        self.workflow.step(id).is_some_and(leads_on)
    }

    /// A project whose lead is still being decided waits with the steps that need one.
    fn is_staffed(&self, step: &Step) -> bool {
        step.owner
            .as_ref()
            .is_none_or(|owner| self.resolve(owner).is_some())
    }

    /// The number of the run that entering `step` now begins.
    pub fn next_run(&self, step: &StepId) -> u32 {
        self.case.steps.get(step).map_or(1, |run| run.number + 1)
    }

    /// Marks a step as done and follows where its end leads.
    pub fn step_done(
        &mut self,
        id: &StepId,
        outcome: Option<String>,
        by: Option<PersonId>,
    ) -> Result<(), Refusal> {
        let step = self.step(id)?;
        let run = match self.case.steps.get(id) {
            Some(run) if matches!(run.state, RunState::Open { .. }) => run.number,
            _ => self.next_run(id),
        };
        let next = leads_to(step, outcome.as_deref())?;
        self.record(Fact::StepDone {
            step: id.clone(),
            run,
            outcome,
            by: by.clone(),
        });
        if matches!(next, Next::Onward) {
            self.milestone_reached(step)?;
        }
        match next {
            Next::Onward => Ok(()),
            Next::Step { step: to, without } => self.send_to(to, without.clone()),
            Next::Stop => {
                self.stop(by);
                Ok(())
            }
        }
    }

    /// Ends the case where it stands, and tells the projects that it started.
    fn stop(&mut self, by: Option<PersonId>) {
        self.record(Fact::CaseStopped { by: by.clone() });
        for case in self.case.children.clone() {
            let message = Message::ParentStopped { by: by.clone() };
            self.owe(None, Effect::Tell { case, message });
        }
    }

    /// A project that still waits for its people ends with the case that started it; one that is under way is its
    /// owner's, and goes on.
    pub fn parent_stopped(&mut self, by: Option<PersonId>) -> Result<(), Refusal> {
        if !self.case.is_running() || self.case.has_open_step() {
            return Err(Refusal::Repeat(format!(
                "case {} is under way or has ended",
                self.case.id
            )));
        }
        self.record(Fact::CaseStopped { by });
        Ok(())
    }

    /// Leads the case to `to`: it and all that comes after it count as not done.
    pub fn send_to(&mut self, to: &StepId, without: BTreeSet<String>) -> Result<(), Refusal> {
        let cleared = self
            .workflow
            .from_step_on(to)
            .into_iter()
            .filter(|id| self.case.steps.contains_key(id))
            .collect();
        self.record(Fact::SentTo {
            to: to.clone(),
            cleared,
            without,
        });
        self.enter(to)
    }

    pub fn resolve(&self, owner: &Owner) -> Option<PersonId> {
        self.case.resolve(self.world.team, owner)
    }

    pub fn finish(mut self, cause: &str) -> Result<Decision, Refusal> {
        if self.case.is_running()
            && !self.case.has_open_step()
            && self.case.owed.is_empty()
            && self.is_through()
        {
            self.record(Fact::CaseCompleted);
        }
        if self.was_running && !self.case.is_running() {
            self.clocks_end()?;
        }
        let mut children = Vec::new();
        for (project, template) in std::mem::take(&mut self.projects) {
            children.push(self.child(project, &template, cause)?);
        }
        if self.facts.is_empty() {
            return Err(Refusal::Repeat(
                "nothing is left to do for this input".into(),
            ));
        }
        let look_again_at = self.look_again_at();
        self.case.sequence += 1;
        let record = Record {
            sequence: self.case.sequence,
            at: self.now,
            cause: cause.to_owned(),
            facts: self.facts,
        };
        let listeners = self.case.listeners();
        Ok(Decision {
            armed: listeners.difference(&self.listened).cloned().collect(),
            released: self.listened.difference(&listeners).cloned().collect(),
            case: self.case,
            record,
            needs_active: self.needs_active.into_iter().collect(),
            look_again_at,
            commitments: self.commitments,
            children,
        })
    }

    /// Whether nothing more will become ready: every step that could follow has been reached.
    fn is_through(&self) -> bool {
        !self.workflow.steps.iter().any(|step| self.is_owed(step))
    }

    fn child(
        &self,
        project: CaseId,
        template: &WorkflowId,
        cause: &str,
    ) -> Result<Decision, Refusal> {
        let workflow =
            self.world.workflows.get(template).ok_or_else(|| {
                Refusal::Never(format!("there is no project template {template}"))
            })?;
        let opening = Opening {
            case: project,
            values: self.case.values.clone(),
            client: self.case.client.clone(),
            parent: Some(self.case.id.clone()),
            roles: self.case.roles.clone(),
            correlation_id: self.case.correlation_id.clone(),
            hops: self.case.hops,
            started_by: None,
        };
        decide::start(self.world, workflow, opening, cause, self.now)
    }

    /// Tells the projects of this case who fills a role, unless they start in this very turn and know it anyway.
    pub fn tell_projects(&mut self, role: &crate::id::RoleId, person: &PersonId) {
        for case in self.case.children.clone() {
            if !self.projects.iter().any(|(project, _)| *project == case) {
                let message = Message::RoleFilled {
                    role: role.clone(),
                    person: person.clone(),
                };
                self.owe(None, Effect::Tell { case, message });
            }
        }
    }
}

/// Where a step's end leads; an outcome that is not offered is refused with the ones that are.
fn leads_to<'s>(step: &'s Step, outcome: Option<&str>) -> Result<&'s Next, Refusal> {
    let offered = match &step.action {
        Action::Task { outcomes, .. } => outcomes,
        Action::Approve { choices, .. } => choices,
        Action::Branch { ways, otherwise } => {
            let taken = ways
                .iter()
                .find(|(condition, _)| Some(condition.text.as_str()) == outcome);
            return Ok(taken.map_or(otherwise, |(_, next)| next));
        }
        Action::Wait { if_late, .. } if outcome == Some(LATE) => return Ok(if_late),
        _ => return Ok(&Next::Onward),
    };
    if offered.is_empty() {
        return Ok(&Next::Onward);
    }
    let names: Vec<_> = offered.iter().map(|(name, _)| name.as_str()).collect();
    offered
        .iter()
        .find(|(name, _)| Some(name.as_str()) == outcome)
        .map(|(_, next)| next)
        .ok_or_else(|| {
            let given = outcome.map_or_else(
                || "none was given".to_owned(),
                |outcome| format!("\"{outcome}\" is not one"),
            );
            Refusal::Never(format!(
                "step {} ends with one of: {}; {given}",
                step.id,
                names.join(", ")
            ))
        })
}

impl Case {
    /// The person whom `owner` names in this case, if they are in the team.
    pub fn resolve(&self, team: &Team, owner: &Owner) -> Option<PersonId> {
        resolve(team, &self.roles, &self.values, owner)
    }
}

fn resolve(
    team: &Team,
    roles: &std::collections::BTreeMap<crate::id::RoleId, PersonId>,
    values: &crate::value::Values,
    owner: &Owner,
) -> Option<PersonId> {
    match owner {
        Owner::Person(person) => Some(person.clone()),
        Owner::Role(role) => roles.get(role).or_else(|| team.holder(role)).cloned(),
        Owner::Value(path) => decide::person_at(values, path),
    }
    .filter(|person| team.person(person).is_some())
}
