//! What no case can be begun with is kept, once, with its reason and the workflow's owner; and the right event begins one.

use std::collections::BTreeMap;

use domain::definition::{DataSource, Owner, Trigger, Workflow};
use serde_json::{Value, json};
use store::Company;
use tests::machine::Machine;
use tests::world::starter;

use super::TUESDAY;
use super::play::{event, fields};

/// An event, and what its reason says; none: it is not one of those that begin a case.
struct Wrong {
    event: Value,
    says: Option<String>,
}

/// An example of what begins a workflow.
fn right(workflow: &Workflow, trigger: &Trigger, number: usize) -> Value {
    let mut event = event(&trigger.event, number, 0, None);
    if trigger.every.is_some() {
        fields(&mut event).insert("workflow".into(), json!(workflow.id));
    }
    event
}

fn owner_of(company: &Company, workflow: &Workflow) -> String {
    let Owner::Role(role) = &workflow.owner else {
        panic!("a starter is a role's");
    };
    let holder = company.team.holder(role);
    holder.expect("the role is held by one").0.clone()
}

/// Everything that a workflow reads of its event, each missing, empty and of a kind that nobody can use.
fn wrong_of(workflow: &Workflow, trigger: &Trigger, number: &mut usize) -> Vec<Wrong> {
    let mut paths: BTreeMap<&str, Vec<(Value, String)>> = BTreeMap::new();
    for path in &trigger.once_per {
        paths.entry(path).or_default();
    }
    for (_, source) in &workflow.data {
        let (path, wrong) = match source {
            DataSource::Path(path) => (
                path,
                vec![(json!("x".repeat(5_000)), "over 4096 bytes".into())],
            ),
            DataSource::LookupClient(path) | DataSource::LookupPerson(path) => (
                path,
                vec![
                    (json!("nobody-known"), "nobody-known".into()),
                    (json!(7), format!("the field {path} must be a text")),
                ],
            ),
        };
        paths.entry(path).or_default().extend(wrong);
    }
    let mut all = Vec::new();
    for (path, values) in paths {
        let lacks = || format!("lacks the field {path}");
        let field = path.rsplit('.').next().expect("a path has an end");
        let at = format!("/{}", path.replace('.', "/"));
        // What comes round is asked for by the name of its workflow.
        let is_asked_for = trigger.pattern.pointer(&at).is_some()
            || trigger.every.is_some() && field == "workflow";
        let absent = [(None, lacks()), (Some(Value::Null), lacks())];
        let values = values.into_iter().map(|(value, says)| (Some(value), says));
        for (value, says) in absent.into_iter().chain(values) {
            *number += 1;
            let mut event = right(workflow, trigger, *number);
            match value {
                Some(value) => fields(&mut event).insert(field.to_owned(), value),
                None => fields(&mut event).remove(field),
            };
            all.push(Wrong {
                event,
                says: (!is_asked_for).then_some(says),
            });
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_what_no_case_can_be_begun_with_is_kept_with_its_reason_and_owner() {
    let company = starter();
    let machine = Machine::at(TUESDAY).await;
    let triggers = company
        .workflows
        .values()
        .filter_map(|workflow| Some((workflow, workflow.starts_on.as_ref()?)));
    let triggers: Vec<_> = triggers.collect();
    let mut number = 1_000;
    let mut all = Vec::new();
    for (workflow, trigger) in &triggers {
        let owner = owner_of(&company, workflow);
        let wrong = wrong_of(workflow, trigger, &mut number);
        all.extend(wrong.into_iter().map(|wrong| (owner.clone(), wrong)));
    }
    // A sum that is a text: read only when a step asks for it.
    for (name, field) in [
        ("proposal.drafted", "value_cents"),
        ("milestone.done", "amount_cents"),
    ] {
        number += 1;
        let event = event(name, number, 0, Some((field, "a lot")));
        let mut triggered = triggers.iter().filter(|(_, trigger)| trigger.event == name);
        let (workflow, _) = triggered.next().expect("a workflow hears it");
        let says = Some(field.to_owned());
        all.push((owner_of(&company, workflow), Wrong { event, says }));
    }
    // Twice, as whoever sends it may.
    let events: Vec<_> = all.iter().map(|(_, wrong)| wrong.event.clone()).collect();
    machine.send(&events).await;
    machine.send(&events).await;
    assert_eq!(machine.cases().await.len(), 0);
    let mut parked = machine.parked().await;
    for (owner, wrong) in &all {
        let Some(says) = &wrong.says else { continue };
        let detail = &wrong.event["detail"];
        let is_it = |body: &str| {
            serde_json::from_str::<Value>(body).is_ok_and(|body| body["detail"] == *detail)
        };
        let place = parked.iter().position(|row| is_it(&row.body));
        let row =
            parked.remove(place.unwrap_or_else(|| panic!("{detail:#} is not kept for {says:?}")));
        // Whoever enters it where the invoice stands may be the first to refuse a number that is none.
        let number = detail["invoice_number"].as_str().map_or(0, str::len);
        let is_none = row.detail_type == "invoice.disputed" && !(1..100).contains(&number);
        let is_told = row.reason.contains(says.as_str())
            || is_none && row.reason.contains("invoice") && row.reason.len() < 200;
        assert!(is_told, "{says}: {}", row.reason);
        assert_eq!(row.owner, *owner, "{}", row.reason);
    }
    assert!(parked.is_empty(), "{parked:#?}");

    // None of them is in the way of the right one.
    let events: Vec<_> = triggers
        .iter()
        .enumerate()
        .map(|(number, (workflow, trigger))| right(workflow, trigger, number))
        .collect();
    machine.send(&events).await;
    let begun: Vec<_> = machine
        .cases()
        .await
        .into_values()
        .map(|case| case.workflow)
        .collect();
    for (workflow, _) in &triggers {
        assert!(
            begun.contains(&workflow.id),
            "{} did not begin",
            workflow.id
        );
    }
}
