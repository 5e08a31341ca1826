//! A ticket worked in another tool, with its clocks: opened, heard of, and looked at.

use std::collections::BTreeMap;

use domain::case::{self, Case, ClockChange, Decision, Fact, Input, Opening, Refusal, World};
use domain::clock::State;
use domain::company::{Client, Team};
use domain::definition::Workflow;
use domain::event::Envelope;
use domain::id::{CaseId, ClientId, EventId, WorkflowId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const BEGIN: &str = "2026-11-23T09:00:00Z";

/// `shop`'s hours are nine to five, everybody else is served day and night.
pub(crate) fn team() -> Team {
    let always = json!([["00:00", "24:00"]]);
    let day = json!([["09:00", "17:00"]]);
    serde_json::from_value(json!({
        "name": "Studio", "calendar": "always",
        "calendars": {
            "always": { "tz": "UTC", "weekly": { "mon": always, "tue": always, "wed": always, "thu": always, "fri": always,
                        "sat": always, "sun": always } },
            "office": { "tz": "UTC", "weekly": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day } },
        },
        "people": { "aron": { "name": "Aron", "mail": "a@studio.example", "minutes_per_week": 2400, "backup": "mira" },
                    "mira": { "name": "Mira", "mail": "m@studio.example", "minutes_per_week": 2400 } },
        "roles": { "ops_lead": { "held_by": "mira" } },
    }))
    .unwrap()
}

pub(crate) fn clients() -> BTreeMap<ClientId, Client> {
    let client = |id: &str, more: Value| {
        let mut client = json!({ "id": id, "name": id, "contact": { "name": "H", "mail": "h@client.example" },
                                 "account_manager": "aron" });
        client
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        (ClientId::from(id), serde_json::from_value(client).unwrap())
    };
    BTreeMap::from([
        client("harbour", json!({})),
        client("shop", json!({ "calendar": "office" })),
        client(
            "clinic",
            json!({ "targets": { "ticket.first_response": "10 minutes",
            "ticket.resolution": { "by": "priority", "cases": [["urgent", "1 hour"]], "otherwise": "2 hours" } } }),
        ),
    ])
}

fn on(event: &str, by: Value) -> Value {
    let pattern = if by.is_null() {
        Value::Null
    } else {
        json!({ "detail": { "by": [by] } })
    };
    json!({ "event": { "event": event, "from": "desk", "pattern": pattern, "same": [["detail.ticket_id", "ticket"]] } })
}

fn workflow() -> Workflow {
    let (agent, client) = (
        on("ticket.replied", json!("agent")),
        on("ticket.replied", json!("client")),
    );
    let (waiting, solved) = (
        on("ticket.waiting", Value::Null),
        on("ticket.solved", Value::Null),
    );
    let changed = on("ticket.changed", Value::Null)["event"].clone();
    serde_json::from_value(json!({
        "id": "ticket", "version": 1, "title": "Ticket", "kind": "operations", "owner": { "person": "aron" },
        "outcome": { "measure": "m", "from": null, "to": "solve", "target": "3 business days" },
        "data": [["ticket", { "path": "detail.ticket_id" }], ["priority", { "path": "detail.priority" }],
                 ["client", { "lookup_client": "detail.client_id" }]],
        "changes_on": [{ "heard": changed, "takes": [["priority", { "path": "detail.priority" }],
                                                     ["client", { "lookup_client": "detail.client_id" }]] }],
        "clocks": [
            { "id": "first_response", "title": "First response to {{ ticket }}",
              "rule": { "within": "30 minutes", "warn_at": ["50%"] },
              "signals": [["stops", agent], ["starts", "start"]] },
            { "id": "next_response", "title": "Next response to {{ ticket }}", "after": ["first_response"],
              "rule": { "within": "60 minutes", "warn_at": ["50%"] },
              "signals": [["stops", agent], ["stops", solved], ["starts", client]] },
            { "id": "resolution", "title": "Solve {{ ticket }}",
              "rule": { "within": { "by": "priority", "cases": [["urgent", "2 hours"], ["high", "4 hours"]], "otherwise": "8 hours" },
                        "warn_at": ["50%"] },
              "signals": [["cancels", on("ticket.merged", Value::Null)], ["stops", solved], ["stops", "end"], ["pauses", waiting],
                          ["resumes", client], ["reopens", client], ["starts", "start"]] },
        ],
        "steps": [
            { "id": "solve", "do": "task", "title": "Solve", "owner": { "person": "aron" }, "end": true,
              "outcomes": [["solved", "onward"], ["withdrawn", "stop"]] },
        ],
    }))
    .unwrap()
}

pub(crate) struct Ticket {
    pub team: Team,
    pub clients: BTreeMap<ClientId, Client>,
    pub workflow: Workflow,
    pub case: Case,
    pub history: Vec<case::Record>,
    pub events: u32,
}

impl Ticket {
    pub fn open(client: &str, priority: &str) -> Ticket {
        let (team, clients, workflow) = (team(), clients(), workflow());
        let opening = Opening {
            case: CaseId::from("case_1"),
            values: json!({ "ticket": "T-1", "priority": priority, "client": { "id": client } })
                .as_object()
                .unwrap()
                .clone(),
            client: Some(ClientId::from(client)),
            parent: None,
            roles: BTreeMap::new(),
            correlation_id: "c".into(),
            hops: 0,
            started_by: Some(EventId("created".into())),
        };
        let workflows = BTreeMap::<WorkflowId, Workflow>::new();
        let world = World {
            team: &team,
            clients: &clients,
            workflows: &workflows,
            loads: None,
        };
        let Decision { case, record, .. } =
            case::start(world, &workflow, opening, "t", at(0)).unwrap();
        Ticket {
            team,
            clients,
            workflow,
            case,
            history: vec![record],
            events: 0,
        }
    }

    pub fn decide(&mut self, input: &Input, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        let workflows = BTreeMap::<WorkflowId, Workflow>::new();
        let world = World {
            team: &self.team,
            clients: &self.clients,
            workflows: &workflows,
            loads: None,
        };
        let decision = case::decide(world, &self.workflow, &self.case, input, "t", now)?;
        self.history.push(decision.record.clone());
        let replayed = Case::replay(&self.history);
        assert_eq!(
            replayed.as_ref(),
            Some(&decision.case),
            "the history makes the state"
        );
        self.case = decision.case;
        Ok(decision.record.facts)
    }

    /// An event that happened `minutes` after the start and is heard `heard` minutes after it.
    pub fn late(
        &mut self,
        minutes: i64,
        heard: i64,
        event: &str,
        detail: Value,
    ) -> Result<Vec<Fact>, Refusal> {
        self.events += 1;
        let mut detail = detail;
        detail["ticket_id"] = json!("T-1");
        let envelope = Envelope {
            id: self.events.to_string(),
            source: "desk".into(),
            detail_type: event.into(),
            time: at(minutes),
            detail,
        };
        let event = EventId(self.events.to_string());
        let envelope = Box::new(envelope);
        self.decide(&Input::ClocksHear { event, envelope }, at(heard))
    }

    pub fn hears(&mut self, minutes: i64, event: &str) -> Vec<Fact> {
        let (event, by) = event.split_once(' ').unwrap_or((event, "nobody"));
        self.late(minutes, minutes, event, json!({ "by": by }))
            .unwrap()
    }

    pub fn ends(&mut self, minutes: i64, outcome: &str) {
        let input = Input::TaskDone {
            step: "solve".into(),
            by: "aron".into(),
            outcome: Some(outcome.into()),
        };
        self.decide(&input, at(minutes)).unwrap();
    }

    pub fn effects_close(&mut self, minutes: i64) {
        for effect in self.case.owed.keys().cloned().collect::<Vec<_>>() {
            let input = Input::EffectClosed {
                effect,
                reference: "m".into(),
                values: Default::default(),
            };
            self.decide(&input, at(minutes)).unwrap();
        }
    }

    /// Each clock: name, life, state, and minutes from the start to its deadline.
    pub fn stands(&self) -> Vec<String> {
        let told = self.case.clocks.iter().map(|(name, timed)| {
            let state = match timed.clock.state() {
                State::Running { .. } => "runs",
                State::Paused { .. } => "rests",
                State::Stopped { .. } => "stopped",
                State::Cancelled { .. } => "cancelled",
            };
            let due = timed
                .clock
                .due_at()
                .map(|due| (due.as_second() - at(0).as_second()) / 60);
            let due = due.map_or_else(String::new, |due| format!(" {due}"));
            format!("{name} {} {state}{due}", timed.run)
        });
        told.collect()
    }

    pub fn stand(&self, clock: &str) -> String {
        let is = |told: &&String| told.starts_with(&format!("{clock} "));
        self.stands().iter().find(is).cloned().unwrap_or_default()
    }

    pub fn marks(&mut self, clock: &str, minutes: i64) -> Vec<String> {
        let input = Input::TimeReached { step: clock.into() };
        let facts = self.decide(&input, at(minutes)).unwrap_or_default();
        let marks = facts.iter().filter_map(|fact| match fact {
            Fact::MarkFired { mark, run, .. } => Some(format!("{mark} of life {run}")),
            _ => None,
        });
        marks.collect()
    }
}

pub(crate) fn at(minutes: i64) -> Timestamp {
    BEGIN.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

pub(crate) fn has(facts: &[Fact], wanted: ClockChange) -> bool {
    let is = |fact: &Fact| matches!(fact, Fact::ClockChanged { how, .. } if *how == wanted);
    facts.iter().any(is)
}
