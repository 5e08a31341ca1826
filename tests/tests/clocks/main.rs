//! Clocks over the real table, store and sweep, in one process: what a sweep costs, and whether every warning comes in time.

mod cost;
mod interrupted;
mod warned;

use std::collections::BTreeMap;

use domain::case::{self, Decision, Opening, World as Company};
use domain::definition::Workflow;
use domain::id::CaseId;
use jiff::Timestamp;
use serde_json::json;
use tests::world::World;

pub const BEGIN: &str = "2026-11-24T08:00:00Z";

/// A company that answers leads within five minutes, day and night.
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
    app::apply::company(team, Vec::new(), vec![lead]).expect("they fit")
}

/// A lead that comes in at `at`.
pub fn lead(company: &store::Company, number: usize, at: Timestamp) -> Decision {
    let world = Company {
        team: &company.team,
        clients: &company.clients,
        workflows: &company.workflows,
        loads: None,
    };
    let opening = Opening {
        case: CaseId(format!("case_{number:07}")),
        values: Default::default(),
        client: None,
        parent: None,
        roles: BTreeMap::new(),
        correlation_id: "c".into(),
        hops: 0,
        started_by: None,
    };
    let workflow = &company.workflows[&"lead".into()];
    case::start(world, workflow, opening, "a lead", at).expect("a lead can start")
}

/// A world in which that company is in force.
pub async fn world() -> World {
    let world = World::new(BEGIN).await;
    app::apply::apply(&world.store(), &company())
        .await
        .expect("the company can be applied");
    world
}
