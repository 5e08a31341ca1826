//! The example events are what the bus delivers, carry the ids that the starter really makes, and start what they should.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::definition::Workflow;
use domain::event::{EFFECT_SOURCE, Envelope, REPORT_SOURCE, WORKFLOW_SOURCE};
use domain::id::{CaseId, StepId, WorkflowId};
use domain::start::Triggers;
use serde_json::Value;

use crate::common::starter;

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("an event file");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder in the order of their names, without their ending.
pub fn files(folder: &Path) -> Vec<(String, Value)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the events folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            (
                path.file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned(),
                read(&path),
            )
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

fn workflows() -> Vec<Workflow> {
    loader::load(&starter())
        .workspace
        .expect("the starter loads")
        .workflows
}

#[test]
fn each_file_is_one_complete_envelope_and_is_named_by_its_type() {
    let mut delivery_ids = BTreeSet::new();
    for (name, event) in files(&folder()) {
        let envelope: Envelope =
            serde_json::from_value(event.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(name, envelope.detail_type);
        assert!(
            delivery_ids.insert(envelope.id.clone()),
            "{name} has the id of another"
        );
        for field in ["version", "account", "region", "resources"] {
            assert!(event.get(field).is_some(), "{name} lacks {field}");
        }
        let own = envelope.source.starts_with("baton.");
        assert_eq!(
            envelope.metadata().is_some(),
            own,
            "{name}: Baton's own events carry metadata, a tool's do not"
        );
        if let Some(metadata) = envelope.metadata() {
            assert_eq!(
                (metadata.time, metadata.schema_version),
                (envelope.time, 1),
                "{name}"
            );
        }
    }
}

#[test]
fn the_table_in_the_readme_names_every_file() {
    let readme = std::fs::read_to_string(folder().join("README.md")).expect("the README");
    for (name, event) in files(&folder()) {
        let row = format!(
            "| `{name}` | `{}` |",
            event["source"].as_str().expect("a source")
        );
        assert!(readme.contains(&row), "the README has no row {row}");
    }
}

#[test]
fn the_case_ids_are_those_that_the_sample_contract_makes() {
    let contract = CaseId::of_trigger(&WorkflowId::from("contract_to_kickoff"), "[\"C-2026-014\"]");
    let project = contract.of_child(&StepId::from("create_project"), 1);
    let issue = CaseId::of_trigger(&WorkflowId::from("ready_for_qa"), "[\"WEB-101\"]");
    let cash = CaseId::of_trigger(
        &WorkflowId::from("milestone_to_cash"),
        "[\"C-2026-014\",\"first_version\"]",
    );
    let known = [&contract, &project, &issue, &cash];
    let mut seen = BTreeSet::new();
    for (name, event) in files(&folder())
        .into_iter()
        .chain(files(&folder().join("demo")))
    {
        let data = &event["detail"]["data"];
        for case in [&data["case"], &data["project"]]
            .into_iter()
            .filter_map(Value::as_str)
        {
            assert!(
                known.iter().any(|known| known.as_str() == case),
                "{name} names {case}, which the samples never make"
            );
            seen.insert(case.to_owned());
        }
    }
    assert_eq!(seen.len(), known.len());
}

#[test]
fn each_event_starts_exactly_what_listens_for_it() {
    let workflows = workflows();
    let triggers = Triggers::new(&workflows).expect("the patterns parse");
    for (name, event) in files(&folder()) {
        let envelope: Envelope = serde_json::from_value(event).expect("an envelope");
        let started: Vec<_> = triggers
            .started_by(&envelope)
            .into_iter()
            .map(|id| id.0)
            .collect();
        let expected: &[&str] = match name.as_str() {
            "contract.signed" => &["contract_to_kickoff"],
            "issue.started" => &["ready_for_qa"],
            "milestone.done" => &["milestone_to_cash"],
            "invoice.attention" => &["invoice_attention"],
            "invoice.approval_needed" => &["invoice_approval"],
            "lead.created" => &["new_lead"],
            "proposal.drafted" => &["proposal"],
            "ticket.created" => &["support_ticket"],
            "ticket.escalated" => &["ticket_escalation"],
            "invoice.disputed" => &["invoice_dispute"],
            "environment.requested" => &["provision_environment"],
            "time_off.requested" => &["time_off"],
            "schedule.reached" => &["payroll"],
            _ => &[],
        };
        assert_eq!(started, expected, "{name}");
        let source = envelope.source.as_str();
        let family = [
            WORKFLOW_SOURCE,
            REPORT_SOURCE,
            EFFECT_SOURCE,
            "crm",
            "desk",
            "esign",
            "people",
            "tracker",
            // Whoever tells of money and bounces; no workflow of the starter listens.
            "bank",
            "mailer",
            "aws.ses",
        ];
        assert!(family.contains(&source), "{name} comes from {source}");
    }
}
