//! The starter and the worked example of the product's description load as they stand.

use crate::common::{starter, told};
use domain::definition::{Action, Next, Owner};
use domain::id::{RoleId, StepId, WorkflowId};

/// From the description of the workflow file format, word for word.
const WORKED_EXAMPLE: &str = include_str!("worked_example.yaml");

fn workflow(files: &crate::common::Files, id: &str) -> domain::definition::Workflow {
    let loaded = loader::load(files);
    let shown = loader::render(&loaded.problems, files, false);
    let workspace = loaded.workspace.unwrap_or_else(|| panic!("{shown}"));
    workspace
        .workflows
        .into_iter()
        .find(|workflow| workflow.id == WorkflowId::from(id))
        .expect("it is in the workspace")
}

#[test]
fn the_starter_has_no_problem() {
    let files = starter();
    let loaded = loader::load(&files);
    assert_eq!(
        loader::render(&loaded.problems, &files, false),
        "no problems\n"
    );
    let workspace = loaded.workspace.expect("it loads");
    assert_eq!(
        (
            workspace.team.people.len(),
            workspace.clients.len(),
            workspace.workflows.len()
        ),
        (12, 3, 15)
    );
}

#[test]
fn each_starter_has_a_backup_a_runbook_and_a_clock() {
    let workspace = loader::load(&starter()).workspace.expect("it loads");
    for workflow in &workspace.workflows {
        let id = &workflow.id;
        assert!(workflow.backup.is_some(), "{id} has no backup");
        assert!(workflow.runbook.is_some(), "{id} has no runbook");
        let of_steps = workflow.steps.iter().any(|step| step.clock.is_some());
        assert!(of_steps || !workflow.clocks.is_empty(), "{id} has no clock");
    }
}

#[test]
fn the_worked_example_loads_as_written() {
    let mut files = starter();
    files.insert(
        "workflows/contract_to_kickoff.yaml".into(),
        WORKED_EXAMPLE.into(),
    );
    // Only what the starter's project bills is missing in it, and that is a warning at its project step.
    let warned = ["V12 workflows/contract_to_kickoff.yaml:19"; 2];
    assert_eq!(told(&files), warned);
    let workflow = workflow(&files, "contract_to_kickoff");
    assert_eq!(workflow.version, 3);
    let after: Vec<_> = workflow
        .steps
        .iter()
        .map(|step| {
            (
                step.id.as_str(),
                step.after.iter().map(StepId::as_str).collect::<Vec<_>>(),
            )
        })
        .collect();
    let expected: Vec<(&str, Vec<&str>)> = vec![
        ("create_project", vec![]),
        ("pick_lead", vec!["create_project"]),
        ("onboarding", vec!["pick_lead"]),
        ("kickoff_mail", vec!["pick_lead"]),
        ("kickoff", vec!["kickoff_mail"]),
        ("told", vec!["kickoff", "onboarding"]),
        ("ask_for_capacity", vec![]),
    ];
    assert_eq!(after, expected);
}

#[test]
fn names_are_resolved_to_what_they_stand_for() {
    let files = starter();
    let contract = workflow(&files, "contract_to_kickoff");
    let onboarding = contract.step(&"onboarding".into()).expect("a step");
    assert_eq!(
        onboarding.owner,
        Some(Owner::Role(RoleId::from("project_lead")))
    );
    let Action::Checklist {
        items,
        effort_minutes,
        title,
    } = &onboarding.action
    else {
        panic!("a checklist")
    };
    assert_eq!(
        (items.len(), *effort_minutes, title.as_str()),
        (5, 180, "Onboard {{ client.name }}")
    );
    let ask = contract.step(&"ask_for_capacity".into()).expect("a step");
    let Action::Approve { choices, .. } = &ask.action else {
        panic!("an approve step")
    };
    assert_eq!(choices[2], ("decline".into(), Next::Stop));
    assert!(contract.mails["kickoff"].starts_with("subject: We are ready"));
    let build = workflow(&files, "ready_for_qa")
        .step(&"build".into())
        .cloned()
        .expect("a step");
    assert_eq!(build.owner, Some(Owner::Value("developer".into())));
    let project = workflow(&files, "standard_project");
    let shares: Vec<_> = project
        .steps
        .iter()
        .filter_map(|step| step.milestone.as_ref())
        .map(|milestone| (milestone.before_percent, milestone.share_percent))
        .collect();
    assert_eq!(shares, [(0, 40), (40, 40), (80, 20)]);
}

#[test]
fn rounds_are_those_of_whoever_gets_the_work_back() {
    let files = starter();
    for (id, step, rounds) in [
        ("ready_for_qa", "build", Some(3)),
        ("ready_for_qa", "qa", None),
        ("new_lead", "call_again", Some(3)),
        // It sends the case back to a wait, which nobody works on, and has it again when nothing came.
        ("proposal", "chase", Some(3)),
        ("proposal", "answered", None),
        ("proposal", "send", None),
    ] {
        assert_eq!(
            workflow(&files, id).rounds_into(&step.into()),
            rounds,
            "{step}"
        );
    }
}

#[test]
fn what_is_applied_reads_back_the_same() {
    let workspace = loader::load(&starter()).workspace.expect("it loads");
    for workflow in workspace.workflows {
        let text = serde_json::to_string(&workflow).expect("it is data");
        let again: domain::definition::Workflow =
            serde_json::from_str(&text).expect("it reads back");
        assert_eq!(
            loader::content_hash(&workflow),
            loader::content_hash(&again)
        );
    }
}

#[test]
fn an_own_template_is_tried_before_it_is_in_force() {
    let mut files = starter();
    files.insert(
        "invoice/invoice.typ".into(),
        "Invoice\n#view.number\n".into(),
    );
    let loaded = loader::load(&files);
    let told: Vec<_> = loaded
        .problems
        .iter()
        .map(|problem| (problem.file.as_str(), problem.line))
        .collect();
    assert_eq!(told, [("invoice/invoice.typ", 2)], "{:?}", loaded.problems);
    files.insert(
        "invoice/invoice.typ".into(),
        "#set document(title: \"x\", date: datetime(year: 2026, month: 1, day: 1))\n#json(\"view.json\").number\n".into(),
    );
    let team = loader::load(&files).workspace.expect("it can be set").team;
    assert!(!team.letterhead.is_plain());
}
