//! For tests: the demo's events played through the rules alone, on a clock that ticks a quarter of a second per decision.
//! Effects are carried out at once and without fail; the mails they would be are kept.

use std::collections::BTreeMap;

use domain::assign::Loads;
use domain::case::{Case, Decision, Effect, Fact, Input, Record, Refusal, World, decide, start};
use domain::company::Client;
use domain::definition::Workflow;
use domain::event::Envelope;
use domain::id::{CaseId, ClientId, EffectId, StepId, WorkflowId};
use domain::start::{Triggers, opening};
use domain::value::Values;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{EffectRow, EffectState};

use crate::carried::{DEMO_EVENTS, STARTER};
use crate::demo::{AttachmentSeen, CaseSeen, MailSeen};
use crate::names::Names;

const TICK: SignedDuration = SignedDuration::from_millis(250);

/// The company, its cases with their histories, and its mails.
pub struct Sample {
    pub workspace: loader::Workspace,
    clients: BTreeMap<ClientId, Client>,
    workflows: BTreeMap<WorkflowId, Workflow>,
    loads: Loads,
    pub cases: BTreeMap<CaseId, CaseSeen>,
    pub mails: Vec<MailSeen>,
    now: Timestamp,
}

impl Sample {
    /// The first `count` events of the demo.
    pub fn played(count: usize) -> Self {
        let files = STARTER
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        let workspace = loader::load(&files).workspace.unwrap();
        let mut sample = Sample {
            clients: workspace
                .clients
                .iter()
                .map(|client| (client.id.clone(), client.clone()))
                .collect(),
            workflows: workspace
                .workflows
                .iter()
                .map(|workflow| (workflow.id.clone(), workflow.clone()))
                .collect(),
            loads: Loads::new(),
            workspace,
            cases: BTreeMap::new(),
            mails: Vec::new(),
            now: Timestamp::UNIX_EPOCH,
        };
        for (_, text) in &DEMO_EVENTS[..count] {
            let envelope: Envelope = serde_json::from_str(text).unwrap();
            sample.now = sample.now.max(envelope.time);
            sample.event(&envelope);
        }
        sample
    }

    pub fn names(&self) -> Names {
        Names::new(&self.workspace.team, &self.workspace.clients)
    }

    /// The first case of a workflow.
    pub fn case(&self, workflow: &str) -> &CaseSeen {
        self.cases
            .values()
            .find(|seen| seen.case.workflow.as_str() == workflow)
            .unwrap()
    }

    /// The time of the next mark of a case's step has come.
    pub fn warn(&mut self, workflow: &str, step: &str) {
        let step = StepId::from(step);
        let seen = self.case(workflow);
        let clock = seen.case.duty(&step).and_then(|duty| duty.clock);
        let (id, (at, _)) = (seen.case.id.clone(), clock.unwrap().next_mark().unwrap());
        self.now = at;
        self.input(
            &id,
            &Input::TimeReached { step: step.clone() },
            &format!("the clock of {step} spoke"),
        );
    }

    fn world(&self) -> World<'_> {
        World {
            team: &self.workspace.team,
            clients: &self.clients,
            workflows: &self.workflows,
            loads: Some(&self.loads),
        }
    }

    fn event(&mut self, envelope: &Envelope) {
        let data = &envelope.detail["data"];
        let text = |key: &str| data[key].as_str().unwrap_or_default();
        let (step, by) = (StepId::from(text("step")), text("by").into());
        let input = match envelope.detail_type.as_str() {
            "task.done" => Input::TaskDone {
                step,
                by,
                outcome: data["outcome"].as_str().map(str::to_owned),
            },
            "checklist.ticked" => Input::ChecklistTicked {
                step,
                by,
                items: serde_json::from_value(data["items"].clone()).unwrap(),
            },
            _ => return self.start(envelope),
        };
        self.input(
            &CaseId::from(text("case")),
            &input,
            &format!("{} {}", envelope.detail_type, envelope.id),
        );
    }

    fn start(&mut self, envelope: &Envelope) {
        for id in Triggers::new(self.workflows.values())
            .unwrap()
            .started_by(envelope)
        {
            let workflow = &self.workflows[&id];
            let cause = format!("{} from {}", envelope.detail_type, envelope.source);
            let decided = opening(self.world(), workflow, envelope)
                .and_then(|opening| start(self.world(), workflow, opening, &cause, self.now));
            self.take(decided);
        }
    }

    fn input(&mut self, case: &CaseId, input: &Input, cause: &str) {
        let case = &self.cases[case].case;
        let decided = decide(
            self.world(),
            &self.workflows[&case.workflow],
            case,
            input,
            cause,
            self.now,
        );
        self.take(decided);
    }

    fn take(&mut self, decided: Result<Decision, Refusal>) {
        let decision = decided.unwrap();
        let mut owed = Vec::new();
        for decision in std::iter::once(&decision).chain(&decision.children) {
            owed.extend(self.keep(&decision.case, &decision.record));
        }
        for (case, id, effect) in owed {
            self.now += TICK;
            self.carry_out(&case, &id, effect);
        }
    }

    fn keep(&mut self, case: &Case, record: &Record) -> Vec<(CaseId, EffectId, Effect)> {
        let seen = self
            .cases
            .entry(case.id.clone())
            .or_insert_with(|| CaseSeen {
                case: case.clone(),
                history: Vec::new(),
                effects: Vec::new(),
                replays: true,
            });
        seen.case = case.clone();
        seen.history.push(record.clone());
        for fact in &record.facts {
            match fact {
                Fact::EffectOwed { id, effect, .. } => {
                    seen.effects
                        .push(EffectRow::of(case, id, effect, record.at).unwrap());
                }
                Fact::EffectClosed { id, .. } => {
                    let row = seen
                        .effects
                        .iter_mut()
                        .find(|row| row.effect == *id)
                        .unwrap();
                    row.state = EffectState::Closed;
                }
                _ => {}
            }
        }
        let owed = record.facts.iter().filter_map(|fact| match fact {
            Fact::EffectOwed { id, effect, .. } => {
                Some((case.id.clone(), id.clone(), effect.clone()))
            }
            _ => None,
        });
        owed.collect()
    }

    fn carry_out(&mut self, case: &CaseId, id: &EffectId, effect: Effect) {
        let mut values = Values::new();
        let mut reference = format!("mail-{}", self.mails.len() + 1);
        match effect {
            Effect::Mail { template, to, .. } => self.mail(&reference, &to.mail, &template, vec![]),
            Effect::MonthInvoice { period, .. } => panic!("no case bills {period}"),
            Effect::Chat { .. } | Effect::Call { .. } => panic!("the sample calls nobody"),
            Effect::InvoiceMail { number, .. } => panic!("no case owes a mail with {number}"),
            Effect::Notify { template, to } => self.mail(
                &reference,
                &format!("{to}@studio.example"),
                &template,
                vec![],
            ),
            Effect::Notice { to, .. } => self.mail(
                &reference,
                &format!("{to}@studio.example"),
                "a notice",
                vec![],
            ),
            Effect::Invoice { .. } => {
                reference = "SST-2026-0001".into();
                values.insert("number".into(), reference.as_str().into());
                values.insert("total".into(), "22,848.00 EUR".into());
                let pdf = AttachmentSeen {
                    name: format!("{reference}.pdf"),
                    bytes: 34_000,
                    is_pdf: true,
                };
                self.mail(
                    "mail-invoice",
                    "accounts@harbour-clinic.example",
                    "Invoice SST-2026-0001",
                    vec![pdf],
                );
            }
            Effect::Tell { case, message } => {
                self.input(&case, &Input::Told(message), "told by another case")
            }
            Effect::Emit {
                ref event,
                values: ref data,
            } => {
                let metadata = json!({ "id": id, "correlation_id": "c", "causation_id": "c", "time": self.now, "schema_version": 1 });
                let envelope = json!({ "id": id, "source": "baton.workflow", "detail-type": event, "time": self.now,
                    "detail": { "metadata": metadata, "data": data } });
                self.close(case, id, &reference, &values);
                return self.event(&serde_json::from_value(envelope).unwrap());
            }
        }
        self.close(case, id, &reference, &values);
    }

    fn close(&mut self, case: &CaseId, id: &EffectId, reference: &str, values: &Values) {
        let input = Input::EffectClosed {
            effect: id.clone(),
            reference: reference.into(),
            values: values.clone(),
        };
        self.input(case, &input, &format!("{id} was carried out"));
    }

    fn mail(
        &mut self,
        message_id: &str,
        to: &str,
        subject: &str,
        attachments: Vec<AttachmentSeen>,
    ) {
        self.mails.push(MailSeen {
            at: self.now,
            after_seconds: 0.5,
            message_id: message_id.into(),
            to: vec![to.into()],
            subject: subject.into(),
            attachments,
        });
    }

    /// A trace of one case and its projects, as the use case gives it.
    pub fn trace(&self, seen: &CaseSeen) -> app::trace::Trace {
        let entries = seen.history.iter().map(|record| app::trace::Entry {
            sequence: record.sequence,
            at: record.at,
            cause: record.cause.clone(),
            facts: record.facts.iter().map(Fact::words).collect(),
        });
        let projects = seen
            .case
            .children
            .iter()
            .map(|id| self.trace(&self.cases[id]));
        app::trace::Trace {
            entries: entries.collect(),
            effects: seen.effects.clone(),
            time: Vec::new(),
            replays: Case::replay(&seen.history).as_ref() == Some(&seen.case),
            projects: projects.collect(),
            case: seen.case.clone(),
        }
    }
}
