//! What each kind of step does when the case reaches it.
//! It must not decide what comes after; that is `flow`'s.

use super::flow::Turn;
use super::{Effect, Fact, Notice, Portal, Refusal, Task, TaskKind};
use crate::assign::{self, Request};
use crate::clock::Clock;
use crate::company::{Contact, Role};
use crate::definition::{Action, InvoiceRule, Limits, Owner, Step};
use crate::id::{ClientId, PersonId, RoleId, StepId};
use crate::value::{self, Values};

/// What a branch ends with when no condition held.
const OTHERWISE: &str = "otherwise";

impl<'a> Turn<'a> {
    pub fn enter(&mut self, id: &StepId) -> Result<(), Refusal> {
        let step = self.step(id)?;
        match &step.action {
            Action::Task { title, .. } => self.open_task(step, TaskKind::Task, title),
            Action::Checklist { title, .. } => self.open_task(step, TaskKind::Checklist, title),
            Action::Approve { question, .. } => self.open_task(step, TaskKind::Decision, question),
            Action::Assign {
                role,
                limits,
                if_nobody,
            } => self.assign(step, role, limits, if_nobody),
            Action::Project { template } => {
                let run = self.next_run(id);
                let project = self.case.id.of_child(id, run);
                self.project_started(id, project, template);
                self.step_done(id, None, None)
            }
            Action::Mail {
                template,
                to,
                sender,
            } => {
                let mail = self.mail(step, template, to, sender.as_ref(), None)?;
                self.wait_for(step, mail)
            }
            Action::Portal {
                template,
                to,
                sender,
                client,
                holds_days,
            } => {
                let portal = Portal {
                    client: self.client(step, client)?,
                    holds_days: *holds_days,
                };
                let mail = self.mail(step, template, to, sender.as_ref(), Some(portal))?;
                self.wait_for(step, mail)
            }
            Action::Notify { template, to } => {
                let to = self.person(step, to)?;
                self.wait_for(
                    step,
                    Effect::Notify {
                        template: template.clone(),
                        to,
                    },
                )
            }
            Action::Chat { template, chat } => self.wait_for(
                step,
                Effect::Chat {
                    template: template.clone(),
                    chat: chat.clone(),
                },
            ),
            Action::Call {
                target,
                with,
                takes,
            } => {
                let mut body = Values::new();
                for (name, path) in with {
                    let value = value::named(&self.case.values, path).ok_or_else(|| {
                        Refusal::Never(format!("step {id} sends \"{path}\", which this case lacks"))
                    })?;
                    body.insert(name.clone(), value.clone());
                }
                self.wait_for(
                    step,
                    Effect::Call {
                        target: target.clone(),
                        body,
                        takes: takes.clone(),
                    },
                )
            }
            Action::Invoice(rule) => {
                let invoice = self.invoice(step, rule)?;
                self.wait_for(step, invoice)
            }
            Action::Branch { ways, .. } => {
                let mut taken = OTHERWISE;
                for (condition, _) in ways {
                    if condition.holds(&self.case.values).map_err(Refusal::Never)? {
                        taken = &condition.text;
                        break;
                    }
                }
                self.step_done(id, Some(taken.to_owned()), None)
            }
            Action::Wait { heard, at_most, .. } => self.begin_wait(step, heard, at_most),
            Action::Emit { event, with, .. } => {
                let mut values = self.case.values.clone();
                for (name, text) in with {
                    let sent = match value::named(&self.case.values, text) {
                        Some(value) => value.clone(),
                        None => value::fill(text, &self.case.values)
                            .map_err(Refusal::Never)?
                            .into(),
                    };
                    values.insert(name.clone(), sent);
                }
                self.emit(event, values);
                self.step_done(id, None, None)
            }
        }
    }

    /// Opens a task with its owner, its clock and the message that tells the owner: one decision.
    fn open_task(&mut self, step: &Step, kind: TaskKind, title: &str) -> Result<(), Refusal> {
        let run = self.next_run(&step.id);
        let owner = self.task_owner(step, run)?;
        let title = value::fill(title, &self.case.values).map_err(Refusal::Never)?;
        let clock = self.clock(step)?;
        let due_at = clock.as_ref().and_then(|clock| clock.due_at());
        let tracked = match &step.action {
            Action::Task {
                tracks: Some(heard),
                ..
            } => Some(self.correlation(step, heard)?),
            _ => None,
        };
        self.needs_active.insert(owner.clone());
        let task = Task {
            kind,
            owner: owner.clone(),
            title: title.clone(),
            clock,
            accepted_at: None,
            ticked: Default::default(),
            tracked,
        };
        self.record(Fact::TaskOpened {
            step: step.id.clone(),
            run,
            task,
        });
        let from = self.handover.clone();
        let notice = Notice::HandedOver {
            step: step.id.clone(),
            run,
            kind,
            title,
            due_at,
            from,
        };
        self.owe(None, Effect::Notice { to: owner, notice });
        Ok(())
    }

    /// The step's owner; the workflow's owner once the work has been sent back as often as the file allows.
    fn task_owner(&self, step: &Step, run: u32) -> Result<PersonId, Refusal> {
        let named = step.owner.as_ref().unwrap_or(&self.workflow.owner);
        let owner = self.person(step, named)?;
        let rounds = self.workflow.rounds_into(&step.id);
        let owner = if rounds.is_some_and(|rounds| run > rounds) {
            self.case.owner.clone()
        } else {
            owner
        };
        self.present(owner)
    }

    /// `person`, or the first of the backups who is there, when loads say that the person is away.
    pub fn present(&self, person: PersonId) -> Result<PersonId, Refusal> {
        let Some(loads) = self.world.loads else {
            return Ok(person);
        };
        let there = |id: &PersonId| loads.get(id).is_none_or(|load| !load.away);
        if there(&person) {
            return Ok(person);
        }
        self.stand_ins(&person).find(there).ok_or_else(|| {
            Refusal::Never(format!(
                "{person} is away and so is every backup; name somebody who is there"
            ))
        })
    }

    /// Who is asked when `person` is not there.
    pub(super) fn stand_ins(&self, person: &PersonId) -> impl Iterator<Item = PersonId> {
        let of_workflow = self.workflow.backup.as_ref();
        let of_workflow = of_workflow.and_then(|owner| self.resolve(owner));
        self.world.team.stand_ins(person, of_workflow)
    }

    fn clock(&self, step: &Step) -> Result<Option<Clock>, Refusal> {
        step.clock
            .as_ref()
            .map(|rule| self.begin_clock(&step.id, rule))
            .transpose()
    }

    fn assign(
        &mut self,
        step: &Step,
        role: &RoleId,
        limits: &Limits,
        if_nobody: &StepId,
    ) -> Result<(), Refusal> {
        let loads = self.world.loads.ok_or(Refusal::NeedsLoads)?;
        let team = self.world.team;
        let candidates = match team.roles.get(role) {
            Some(Role::PickedFrom(people)) => people.clone(),
            Some(Role::HeldBy(person)) => vec![person.clone()],
            None => {
                return Err(Refusal::Never(format!(
                    "there is no role {role} in team.yaml"
                )));
            }
        };
        let skill = match &limits.needs_skill {
            Some(path) => value::named(&self.case.values, path)
                .and_then(|value| value.as_str().map(str::to_owned)),
            None => None,
        };
        let calendar = team.calendar_of_clocks(None).map_err(Refusal::Never)?;
        let until = calendar
            .due(self.now, &limits.looks_ahead)
            .map_err(|error| Refusal::Never(format!("looks_ahead of step {}: {error}", step.id)))?;
        let lifted = self
            .case
            .lifted
            .get(&step.id)
            .is_some_and(|lifted| lifted.contains("max_load"));
        let request = Request {
            candidates: &candidates,
            skill: skill.as_deref(),
            effort_minutes: self.effort_minutes(role),
            max_load_percent: (!lifted)
                .then(|| limits.max_load_percent.unwrap_or(team.max_load_percent)),
            from: self.now,
            until,
        };
        match assign::pick(team, loads, &request) {
            Ok(pick) => {
                let person = pick.commitment.person.clone();
                self.commitments.push(pick.commitment);
                self.needs_active.insert(person.clone());
                self.record(Fact::RoleFilled {
                    role: role.clone(),
                    person: person.clone(),
                    step: Some(step.id.clone()),
                    free_minutes: Some(pick.free_minutes),
                });
                self.tell_projects(role, &person);
                self.step_done(&step.id, None, None)
            }
            Err(reasons) => {
                let run = self.next_run(&step.id);
                let decision = if_nobody.clone();
                self.record(Fact::NobodyFree {
                    step: step.id.clone(),
                    run,
                    decision,
                    reasons,
                });
                self.send_to(if_nobody, Default::default())
            }
        }
    }

    /// What filling `role` takes on: its steps here and in the projects this workflow starts.
    fn effort_minutes(&self, role: &RoleId) -> u32 {
        let projects = self
            .workflow
            .steps
            .iter()
            .filter_map(|step| match &step.action {
                Action::Project { template } => self.world.workflows.get(template),
                _ => None,
            });
        self.workflow.effort_minutes(role)
            + projects
                .map(|project| project.effort_minutes(role))
                .sum::<u32>()
    }

    fn wait_for(&mut self, step: &Step, effect: Effect) -> Result<(), Refusal> {
        let run = self.next_run(&step.id);
        let id = self.owe(Some((step.id.clone(), run)), effect);
        self.record(Fact::EffectAwaited {
            step: step.id.clone(),
            run,
            effect: id,
        });
        Ok(())
    }

    pub(super) fn emit(&mut self, event: &str, values: Values) {
        self.owe(
            None,
            Effect::Emit {
                event: event.to_owned(),
                values,
            },
        );
    }

    fn invoice(&self, step: &Step, rule: &InvoiceRule) -> Result<Effect, Refusal> {
        let values = &self.case.values;
        let missing = |name: &str| {
            Refusal::Never(format!(
                "step {} bills \"{name}\", which this case lacks",
                step.id
            ))
        };
        let client = self.client(step, &rule.client)?;
        let amount_cents = value::named(values, &rule.amount_cents)
            .and_then(|value| value.as_i64())
            .ok_or_else(|| missing(&rule.amount_cents))?;
        let currency = value::named(values, &rule.currency)
            .and_then(|value| value.as_str())
            .ok_or_else(|| missing(&rule.currency))?;
        let bills = rule
            .bills
            .iter()
            .map(|name| {
                let value = value::named(values, name).ok_or_else(|| missing(name))?;
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                Ok((name.clone(), text))
            })
            .collect::<Result<_, Refusal>>()?;
        Ok(Effect::Invoice {
            client,
            line: value::fill(&rule.line, values).map_err(Refusal::Never)?,
            amount_cents,
            currency: currency.to_owned(),
            bills,
        })
    }

    fn mail(
        &self,
        step: &Step,
        template: &str,
        to: &str,
        sender: Option<&Owner>,
        portal: Option<Portal>,
    ) -> Result<Effect, Refusal> {
        Ok(Effect::Mail {
            template: template.to_owned(),
            to: self.contact(step, to)?,
            sender: sender.and_then(|owner| self.resolve(owner)),
            portal,
        })
    }

    /// The client that a value of the case is.
    fn client(&self, step: &Step, path: &str) -> Result<ClientId, Refusal> {
        value::named(&self.case.values, &format!("{path}.id"))
            .and_then(|value| value.as_str())
            .map(ClientId::from)
            .ok_or_else(|| {
                Refusal::Never(format!(
                    "step {} is about the client \"{path}\", which this case lacks",
                    step.id
                ))
            })
    }

    fn contact(&self, step: &Step, path: &str) -> Result<Contact, Refusal> {
        value::named(&self.case.values, path)
            .and_then(|value| serde_json::from_value(value.clone()).ok())
            .ok_or_else(|| {
                Refusal::Never(format!(
                    "step {} mails to {path}, which has no name and mail",
                    step.id
                ))
            })
    }

    fn person(&self, step: &Step, owner: &Owner) -> Result<PersonId, Refusal> {
        self.resolve(owner).ok_or_else(|| {
            let named = match owner {
                Owner::Person(person) => person.to_string(),
                Owner::Role(role) => role.to_string(),
                Owner::Value(path) => path.clone(),
            };
            Refusal::Never(format!(
                "step {} names {named}, who is nobody in team.yaml",
                step.id
            ))
        })
    }
}
