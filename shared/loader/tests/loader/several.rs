//! Workspaces with more than one fault: each fault is told once, at its line, whatever else is wrong.

use std::collections::BTreeSet;

use crate::broken;
use crate::common::{Expected, change, difference, starter};

const TEAM: &str = "team.yaml";
const CLIENTS: &str = "clients.yaml";
const CONTRACT: &str = "workflows/contract_to_kickoff.yaml";
const QA: &str = "workflows/ready_for_qa.yaml";
const TICKET: &str = "workflows/support_ticket.yaml";
const PROPOSAL: &str = "workflows/proposal.yaml";
const AUDIT: &str = "workflows/monthly_audit.yaml";
const PAYROLL: &str = "workflows/payroll.yaml";
const PROJECT: &str = "projects/standard.yaml";
const CHECKLIST: &str = "checklists/onboarding.yaml";
const TRACKER: &str = "webhooks/tracker.yaml";
const KICKOFF: &str = "mails/kickoff.txt";
const SECOND: &str = "workflows/second_qa.yaml";

/// A second workflow on the trigger of `ready_for_qa`, whose end nobody hears.
const TWIN: &str = "workflow: second_qa
version: 1
title: Tell of it too
kind: operations
owner: delivery_lead
backup: ops_lead
runbook: runbooks/ready-for-qa.md
outcome: { measure: told, from: start, to: told, target: 1 business day }
starts_on: { event: issue.started, from: tracker, once_per: detail.issue_key }
steps:
  - { id: told, do: emit, event: twin.told, end: true }
";

/// File, what is found there (nothing: the file is new), what is put in its place.
type Change = (&'static str, &'static str, &'static str);

const SEVERAL: &[(&[Change], &[Expected])] = &[
    (
        &[
            (
                CONTRACT,
                "owner: ops_lead                     # a",
                "owner: [olga, dana]  # a",
            ),
            (QA, "rejected: build }", "rejected: biuld }"),
            (TEAM, "hours: 36, backup: dana", "hours: full, backup: dana"),
        ],
        &[
            ("V1", CONTRACT, "owner: [olga"),
            ("V7", QA, "biuld"),
            ("V25", TEAM, "olga:"),
        ],
    ),
    (
        &[
            (CLIENTS, "currency: CHF", "currency: FRS"),
            (CLIENTS, "country: NL", "country: NO"),
            (CLIENTS, "account_manager: amira", "account_manager: amara"),
        ],
        &[
            ("V16", CLIENTS, "currency: FRS"),
            ("V25", CLIENTS, "country: NO"),
            ("V1", CLIENTS, "amara"),
        ],
    ),
    (
        &[
            (TICKET, "    within: 30 minutes", "    within: 30 minuts"),
            (
                TICKET,
                "by: priority, urgent: 1 business hour",
                "by: prioriti, urgent: 1 business hour",
            ),
            (
                TICKET,
                "    pauses_on: { event: ticket.waiting",
                "    pauses_on: { event: ticket.wating",
            ),
        ],
        &[
            ("V13", TICKET, "30 minuts"),
            ("V12", TICKET, "prioriti,"),
            ("V5", TICKET, "ticket.wating"),
        ],
    ),
    (
        &[
            (PROPOSAL, "    at_most: 5 business days\n", ""),
            (PROPOSAL, "    if_late: chase", "    if_late: chasing"),
            (PROPOSAL, "value_cents >= 2500000", "value_cent >= 2500000"),
        ],
        &[
            ("V15", PROPOSAL, "id: answered"),
            ("V7", PROPOSAL, "if_late: chasing"),
            ("V11", PROPOSAL, "value_cent >"),
        ],
    ),
    (
        &[
            (PROJECT, "ends_within: 45 business days\n", ""),
            (PROJECT, "share: 20%", "share: 10%"),
        ],
        &[
            ("V22", PROJECT, "kind: project"),
            ("V16", PROJECT, "share: 10%"),
        ],
    ),
    (
        &[
            (AUDIT, "month on the 1st business day", "day"),
            (PAYROLL, "detail.data.month_name", "detail.data.mont_name"),
        ],
        &[("V5", AUDIT, "every: day"), ("V6", PAYROLL, "mont_name")],
    ),
    (
        &[
            (TEAM, "calendar: office ", "calendar: ofice "),
            (
                TEAM,
                "holidays: [all of DE-BE]\n  mornings",
                "holidays: [all of DE-BX]\n  mornings",
            ),
        ],
        &[("V13", TEAM, "calendar: ofice"), ("V13", TEAM, "DE-BX")],
    ),
    (
        &[
            (TRACKER, "name: body.type", "name: boddy.type"),
            (TRACKER, "      issue_key:", "      isue_key:"),
        ],
        &[("V5", TRACKER, "boddy"), ("V5", TRACKER, "isue_key")],
    ),
    (
        &[
            (KICKOFF, "{{ contract }}", "{{ contrct }}"),
            (CHECKLIST, "{{ client.name }}", "{{ customer.name }}"),
        ],
        &[
            ("V12", CONTRACT, "id: kickoff_mail"),
            ("V12", CONTRACT, "id: onboarding"),
        ],
    ),
    (
        &[
            (QA, "version: 1\n", ""),
            (QA, "runbook: runbooks/ready-for-qa.md\n", ""),
            (QA, "backup: ops_lead\n", ""),
            (QA, "to: accepted, target", "to: acepted, target"),
        ],
        &[
            ("V21", QA, "workflow: ready"),
            ("V4", QA, "workflow: ready"),
            ("V3", QA, "owner: delivery_lead"),
            ("V4", QA, "acepted"),
        ],
    ),
    (
        &[
            (
                QA,
                "kind: operations\n",
                "kind: operations\nkind: operations\n",
            ),
            (QA, "passed: next", "yes: next"),
        ],
        &[("V25", QA, "line 6"), ("V25", QA, "yes: next")],
    ),
    (
        &[
            (TEAM, "{ held_by: quinn }", "{ held_by: [quinn, mira] }"),
            (CONTRACT, "to: client.contact,", "to: skill,"),
            (
                TEAM,
                "seller:  ",
                "targets: { a: { url: \"http://tool.example/\" } }\nseller:  ",
            ),
        ],
        &[
            ("V2", TEAM, "qa_lead:"),
            ("V17", CONTRACT, "to: skill"),
            ("V18", TEAM, "targets:"),
        ],
    ),
    (
        &[
            (QA, "warn_at: [80%]", "warn_at: [soon]"),
            (
                QA,
                "passed: next, rejected: build",
                "passed: build, rejected: build",
            ),
        ],
        &[
            ("V13", QA, "soon"),
            ("V8", QA, "id: accepted"),
            ("V10", QA, "id: build"),
        ],
    ),
    // One person has three steps of what is critical, and nobody stands in.
    (
        &[
            (
                TEAM,
                "hours: 25, backup: olga, calendar",
                "hours: 25, calendar",
            ),
            (
                PAYROLL,
                "    owner: ops_lead\n    within",
                "    owner: finance_lead\n    within",
            ),
        ],
        &[("V24", PAYROLL, "id: pay")],
    ),
    (
        &[(SECOND, "", TWIN)],
        &[
            ("V20", SECOND, "starts_on"),
            ("V19", SECOND, "event: twin.told"),
        ],
    ),
    (
        &[
            (
                CHECKLIST,
                "items:\n",
                "notes: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\nitems:\n",
            ),
            (
                QA,
                "  - { id: build, do: task, title: \"Build",
                "  - { id: build, do: taks, title: \"Build",
            ),
        ],
        &[("V23", CHECKLIST, "notes:"), ("V25", QA, "do: taks")],
    ),
    (
        &[
            (QA, "    rounds: 3   ", "    #   "),
            (
                QA,
                "within: 3 business days, warn_at: [80%]",
                "effort: 3 hours",
            ),
            (
                QA,
                "once_per: detail.issue_key",
                "once_per: detail.issue_id",
            ),
        ],
        &[
            ("V9", QA, "rejected: build"),
            ("V14", QA, "id: build"),
            ("V6", QA, "issue_id"),
        ],
    ),
];

#[test]
fn several_faults_are_told_each_once() {
    let mut wrong = Vec::new();
    for (changes, brings) in SEVERAL {
        let mut files = starter();
        for (file, find, put) in *changes {
            if find.is_empty() {
                files.insert((*file).to_owned(), (*put).to_owned());
                continue;
            }
            change(&mut files, file, find, put);
        }
        if let Some(difference) = difference(&files, brings) {
            wrong.push(format!("{changes:#?}\n{difference}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n------\n"));
}

#[test]
fn every_rule_is_broken_by_one_of_more_than_a_hundred_workspaces() {
    let of_several = SEVERAL
        .iter()
        .flat_map(|(_, brings)| brings.iter().map(|(rule, ..)| *rule));
    let rules: BTreeSet<&str> = broken::rules().chain(of_several).collect();
    let all: Vec<String> = (1..=25).map(|number| format!("V{number}")).collect();
    assert_eq!(rules, all.iter().map(String::as_str).collect());
    assert!(100 <= broken::count() + SEVERAL.len());
}
