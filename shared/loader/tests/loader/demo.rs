//! The demo's events, played in their order through the domain's rules: every one of them is taken, and the chain ends in an invoice.

use std::collections::BTreeMap;

use domain::case::{Case, Decision, Effect, Fact, Input, Refusal, World, decide, start};
use domain::event::Envelope;
use domain::id::{CaseId, ClientId, WorkflowId};
use domain::start::{Triggers, opening};
use domain::value::Values;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::common::starter;
use crate::events::{files, folder};

/// Cases in memory; effects are carried out at once, as executors that never fail would.
struct Played {
    workspace: loader::Workspace,
    clients: BTreeMap<ClientId, domain::company::Client>,
    workflows: BTreeMap<WorkflowId, domain::definition::Workflow>,
    loads: domain::assign::Loads,
    cases: BTreeMap<CaseId, Case>,
    /// What was carried out, in words.
    log: Vec<String>,
}

impl Played {
    fn new() -> Self {
        let workspace = loader::load(&starter())
            .workspace
            .expect("the starter loads");
        Played {
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
            loads: domain::assign::Loads::default(),
            workspace,
            cases: BTreeMap::new(),
            log: Vec::new(),
        }
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
        let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
        let input = match envelope.detail_type.as_str() {
            "task.done" => Input::TaskDone {
                step: text("step").as_str().into(),
                by: text("by").as_str().into(),
                outcome: data["outcome"].as_str().map(str::to_owned),
            },
            "checklist.ticked" => Input::ChecklistTicked {
                step: text("step").as_str().into(),
                items: serde_json::from_value(data["items"].clone()).expect("a list of texts"),
                by: text("by").as_str().into(),
            },
            _ => return self.start(envelope),
        };
        self.input(&CaseId(text("case")), &input, envelope.time);
    }

    fn start(&mut self, envelope: &Envelope) {
        let triggers = Triggers::new(self.workflows.values()).expect("the patterns parse");
        for id in triggers.started_by(envelope) {
            let workflow = &self.workflows[&id];
            let decided = opening(self.world(), workflow, envelope).and_then(|opening| {
                start(
                    self.world(),
                    workflow,
                    opening,
                    &envelope.detail_type,
                    envelope.time,
                )
            });
            self.take(decided, envelope.time);
        }
    }

    fn input(&mut self, case: &CaseId, input: &Input, now: Timestamp) {
        let case = self
            .cases
            .get(case)
            .unwrap_or_else(|| panic!("{input:?} is for {case}, which never started"));
        let workflow = &self.workflows[&case.workflow];
        let decided = decide(self.world(), workflow, case, input, "demo", now);
        self.take(decided, now);
    }

    fn take(&mut self, decided: Result<Decision, Refusal>, now: Timestamp) {
        let decision = decided.unwrap_or_else(|refusal| panic!("refused: {refusal}"));
        let mut open = vec![decision];
        while let Some(Decision {
            case,
            record,
            children,
            ..
        }) = open.pop()
        {
            open.extend(children);
            let id = case.id.clone();
            self.cases.insert(id.clone(), case);
            for fact in record.facts {
                if let Fact::EffectOwed {
                    id: effect,
                    effect: owed,
                    ..
                } = fact
                {
                    self.carry_out(&id, owed, effect, now);
                }
            }
        }
    }

    fn carry_out(
        &mut self,
        case: &CaseId,
        owed: Effect,
        effect: domain::id::EffectId,
        now: Timestamp,
    ) {
        let mut values = Values::new();
        match owed {
            Effect::Emit { event, values } => {
                self.log.push(format!("emit {event}"));
                let metadata = json!({ "id": format!("{case}/{effect}"), "correlation_id": "demo", "causation_id": "demo",
                    "time": now.to_string(), "hops": 1, "schema_version": 1 });
                let detail = json!({ "metadata": metadata, "data": values });
                let envelope = json!({ "id": effect.0, "source": "baton.workflow", "detail-type": event, "time": now.to_string(), "detail": detail });
                self.event(&serde_json::from_value(envelope).expect("an envelope"));
            }
            Effect::Invoice {
                client,
                amount_cents,
                currency,
                line,
                ..
            } => {
                self.log.push(format!(
                    "invoice {client} {amount_cents} {currency}: {line}"
                ));
                values.insert("number".into(), Value::from("SST-2026-0001"));
            }
            Effect::MonthInvoice { period, .. } => panic!("no case bills {period}"),
            Effect::Chat { .. } | Effect::Call { .. } => panic!("the demo calls nobody"),
            Effect::InvoiceMail { number, .. } => panic!("no case owes a mail with {number}"),
            Effect::Mail {
                template,
                to,
                sender,
                ..
            } => {
                let sender = sender.map_or_else(String::new, |sender| sender.0);
                self.log
                    .push(format!("mail {template} from {sender} to {}", to.mail));
            }
            Effect::Notify { template, to } => self.log.push(format!("notify {to} {template}")),
            Effect::Tell { case, message } => self.input(&case, &Input::Told(message), now),
            Effect::Notice { .. } => {}
        }
        if self.cases[case].owed.contains_key(&effect) {
            self.input(
                case,
                &Input::EffectClosed {
                    effect,
                    reference: "demo".into(),
                    values,
                },
                now,
            );
        }
    }
}

#[test]
fn the_demo_plays_from_the_signature_to_the_invoice() {
    let mut played = Played::new();
    for (name, event) in files(&folder().join("demo")) {
        let envelope: Envelope =
            serde_json::from_value(event).unwrap_or_else(|error| panic!("{name}: {error}"));
        played.log.push(format!("> {name}"));
        played.event(&envelope);
    }
    insta::assert_snapshot!(played.log.join("\n"));
    let ended: Vec<_> = played
        .cases
        .values()
        .filter(|case| !case.is_running())
        .map(|case| case.workflow.as_str())
        .collect();
    assert_eq!(ended.len(), 3, "all but the project have ended: {ended:?}");
}
