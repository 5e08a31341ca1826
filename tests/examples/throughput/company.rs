//! The starter company with leads who never tire, so that a run never ends in a decision about capacity.
//! Everything else is as it is shipped.

use domain::company::Role;
use domain::definition::Action;
use domain::id::{PersonId, RoleId};
use store::Company;
use tests::world::starter;

/// A bigger company than the starter's: contracts that come at once do not all meet one person's row.
const LEADS: usize = 24;
const NO_LIMIT_PERCENT: u32 = 1_000_000;

pub fn tireless() -> Company {
    let mut company = starter();
    let lead = company
        .team
        .person(&PersonId::from("luis"))
        .expect("he is in the starter")
        .clone();
    let leads: Vec<_> = (0..LEADS)
        .map(|n| PersonId(format!("lead-{n:02}")))
        .collect();
    for id in &leads {
        company.team.people.insert(id.clone(), lead.clone());
    }
    company
        .team
        .roles
        .insert(RoleId::from("project_lead"), Role::PickedFrom(leads));
    let steps = company
        .workflows
        .values_mut()
        .flat_map(|workflow| &mut workflow.steps);
    for step in steps {
        if let Action::Assign { limits, .. } = &mut step.action {
            limits.max_load_percent = Some(NO_LIMIT_PERCENT);
        }
    }
    company
}
