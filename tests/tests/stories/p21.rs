//! P21: a signed contract becomes a project, an assignment by free hours and a kickoff mail, with no human in it.

use std::collections::BTreeSet;

use domain::id::{RoleId, StepId};
use serde_json::json;
use tests::machine::{Machine, contract, demo_event, is_completed, report};

const MONDAY: &str = "2026-11-23T08:00:05Z";

#[tokio::test(flavor = "multi_thread")]
async fn p21_a_signed_contract_becomes_a_staffed_project_and_a_kickoff_mail() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    let case = machine.case_of("contract_to_kickoff").await;
    let project = machine.case_of("standard_project").await;
    assert_eq!(case.children, std::slice::from_ref(&project.id));
    // Of those with the skill web_shop, Luis has the most hours free.
    let lead = &case.roles[&RoleId::from("project_lead")];
    assert_eq!(lead.0, "luis");
    assert_eq!(project.roles.get(&RoleId::from("project_lead")), Some(lead));
    let open: BTreeSet<_> = case
        .open_tasks()
        .map(|(step, ..)| step.0.as_str())
        .collect();
    assert_eq!(open, BTreeSet::from(["kickoff", "onboarding"]));
    let (_, plan) = project
        .open_task(&StepId::from("plan"))
        .expect("the project's first task is open");
    assert_eq!(&plan.owner, lead);
    let mails = machine.mails();
    let kickoff = mails.iter().filter(|(to, subject)| {
        to == "hanna@harbour-clinic.example" && subject.contains("ready to start")
    });
    assert_eq!(kickoff.count(), 1, "{mails:#?}");
    let to_lead: Vec<_> = mails
        .iter()
        .filter(|(to, _)| to == "luis@studio.example")
        .collect();
    assert_eq!(to_lead.len(), 3, "one for each task: {to_lead:#?}");
    let onboarding = machine.mail_texts("luis", "Onboard Harbour Clinic");
    for item in ["Create the project folder", "File the signed contract"] {
        assert!(onboarding[0].contains(item), "{item}: {onboarding:#?}");
    }
    // Its milestones are what the client will see, in order; none is reached.
    let company = machine.store.company().await.expect("it is in force");
    let steps = &company.workflows[&project.workflow].steps;
    let milestones = steps.iter().filter(|step| step.milestone.is_some());
    let milestones: Vec<_> = milestones.map(|step| step.id.as_str()).collect();
    assert_eq!(milestones, ["first_version", "final_version", "handover"]);
    assert_eq!(project.open_tasks().count(), 1, "the plan is made first");
    assert_eq!(machine.parked().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn p21_the_same_signature_five_times_changes_nothing_more() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    let (cases, mails) = (machine.cases().await, machine.mails());
    let mut told_again = demo_event(1);
    told_again["detail"]["envelope_id"] = "env-another-delivery".into();
    let again = [
        demo_event(1),
        demo_event(1),
        demo_event(1),
        demo_event(1),
        told_again,
    ];
    machine.send(&again).await;
    machine.sweeps(3).await;
    assert_eq!(machine.cases().await, cases);
    assert_eq!(machine.mails(), mails);
    assert_eq!(machine.parked().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn p21_no_capacity_becomes_a_decision_and_the_decision_goes_on_at_once() {
    let machine = Machine::at(MONDAY).await;
    let mut signed = 0;
    let waiting = loop {
        signed += 1;
        assert!(
            signed < 40,
            "three leads never have hours for forty contracts"
        );
        machine.send(&[contract(&format!("C-{signed:02}"))]).await;
        let cases = machine.cases().await;
        let asks = |case: &&domain::case::Case| {
            case.open_task(&StepId::from("ask_for_capacity")).is_some()
        };
        if let Some(case) = cases.values().find(asks) {
            break case.clone();
        }
    };
    let (_, decision) = waiting
        .open_task(&StepId::from("ask_for_capacity"))
        .expect("it is open");
    assert_eq!(decision.owner.0, "olga", "a decision has one owner");
    assert!(decision.clock.is_some(), "and a clock");
    let kickoffs = |machine: &Machine| {
        machine
            .mails()
            .iter()
            .filter(|(_, subject)| subject.contains("ready to start"))
            .count()
    };
    assert_eq!(
        kickoffs(&machine),
        signed - 1,
        "nobody is told of a start that is not decided"
    );
    let data = json!({ "case": waiting.id, "step": "ask_for_capacity", "choice": "overload", "by": "olga" });
    machine
        .send(&[report("decision.made", "decision-1", data)])
        .await;
    let cases = machine.cases().await;
    let case = &cases[&waiting.id];
    assert!(
        case.roles.contains_key(&RoleId::from("project_lead")),
        "{case:#?}"
    );
    assert_eq!(kickoffs(&machine), signed);
    assert!(!is_completed(case));
}
