//! Clocks over the real table, store and sweep, in one process: what a sweep costs, and whether every warning comes in time.

mod cost;
mod interrupted;
mod warned;

use std::collections::BTreeMap;

use domain::case::{self, Decision, Opening, World as Company};
use domain::definition::Workflow;
use domain::id::CaseId;
use domain::value::Values;
use jiff::Timestamp;
use serde_json::json;
use tests::world::World;

pub const BEGIN: &str = "2026-11-24T08:00:00Z";

/// A company that answers leads within five minutes, day and night; and tickets, which are worked in a help desk.
pub fn company() -> store::Company {
    let always = json!([["00:00", "24:00"]]);
    let team = serde_json::from_value(json!({
        "name": "Studio", "calendar": "always",
        "calendars": { "always": { "tz": "UTC", "weekly": { "mon": always, "tue": always, "wed": always, "thu": always,
            "fri": always, "sat": always, "sun": always } } },
        "people": { "olga": { "name": "Olga", "mail": "o@studio.example", "minutes_per_week": 2400 } },
        "roles": { "ops_lead": { "held_by": "olga" } },
    }))
    .expect("the team is right");
    let lead: Workflow = serde_json::from_value(json!({
        "id": "lead", "version": 1, "title": "Lead", "kind": "operations", "owner": { "role": "ops_lead" },
        "outcome": { "measure": "m", "from": null, "to": "answer", "target": "5 minutes" },
        "stuck_after": "3 business days",
        "steps": [{ "id": "answer", "do": "task", "title": "Answer", "owner": { "role": "ops_lead" },
                    "clock": { "within": "5 minutes", "warn_at": ["80%"] } }],
    }))
    .expect("the workflow is right");
    let on = |event: &str| json!({ "event": { "event": event, "from": "desk", "same": [["detail.ticket_id", "ticket"]] } });
    let ticket: Workflow = serde_json::from_value(json!({
        "id": "ticket", "version": 1, "title": "Ticket", "kind": "operations", "owner": { "role": "ops_lead" },
        "outcome": { "measure": "m", "from": null, "to": "solve", "target": "1 hour" },
        "stuck_after": "3 business days",
        "data": [["ticket", { "path": "detail.ticket_id" }]],
        "clocks": [{ "id": "answer", "title": "Answer", "rule": { "within": "5 minutes", "warn_at": ["80%"] },
                     "signals": [["starts", "start"], ["pauses", on("ticket.waiting")], ["resumes", on("ticket.replied")]] }],
        "steps": [{ "id": "solve", "do": "task", "title": "Solve", "owner": { "role": "ops_lead" },
                    "clock": { "within": "5 minutes", "warn_at": ["80%"] } }],
    }))
    .expect("the workflow is right");
    app::apply::company(team, Vec::new(), vec![lead, ticket]).expect("they fit")
}

/// A lead that comes in at `at`.
pub fn lead(company: &store::Company, number: usize, at: Timestamp) -> Decision {
    opened(company, "lead", number, at)
}

/// A case of one of the company's workflows, begun at `at`.
pub fn opened(company: &store::Company, workflow: &str, number: usize, at: Timestamp) -> Decision {
    let world = Company {
        team: &company.team,
        clients: &company.clients,
        workflows: &company.workflows,
        loads: None,
    };
    let opening = Opening {
        case: CaseId(format!("case_{number:07}")),
        values: Values::from_iter([("ticket".to_owned(), json!(format!("T-{number}")))]),
        client: None,
        parent: None,
        roles: BTreeMap::new(),
        correlation_id: "c".into(),
        hops: 0,
        started_by: None,
    };
    let workflow = &company.workflows[&workflow.into()];
    case::start(world, workflow, opening, "it came in", at).expect("a case can start")
}

/// A world in which that company is in force.
pub async fn world() -> World {
    let world = World::new(BEGIN).await;
    app::apply::apply(&world.store(), &company())
        .await
        .expect("the company can be applied");
    world
}
