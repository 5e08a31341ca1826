//! Seeded mistakes: each is one small change to the starter, and brings exactly its own problems at the right lines.

use crate::common::{Expected, change, difference, starter};

const TEAM: &str = "team.yaml";
const CLIENTS: &str = "clients.yaml";
const CONTRACT: &str = "workflows/contract_to_kickoff.yaml";
const QA: &str = "workflows/ready_for_qa.yaml";
const CASH: &str = "workflows/milestone_to_cash.yaml";
const ATTENTION: &str = "workflows/invoice_attention.yaml";
const APPROVAL: &str = "workflows/invoice_approval.yaml";
const TICKET: &str = "workflows/support_ticket.yaml";
const DISPUTE: &str = "workflows/invoice_dispute.yaml";
const ENVIRONMENT: &str = "workflows/provision_environment.yaml";
const ESCALATION: &str = "workflows/ticket_escalation.yaml";
const LEAD: &str = "workflows/new_lead.yaml";
const TIME_OFF: &str = "workflows/time_off.yaml";
const AUDIT: &str = "workflows/monthly_audit.yaml";
const PAYROLL: &str = "workflows/payroll.yaml";
const PROPOSAL: &str = "workflows/proposal.yaml";
const PROJECT: &str = "projects/standard.yaml";
const CHECKLIST: &str = "checklists/onboarding.yaml";
const TRACKER: &str = "webhooks/tracker.yaml";
const KICKOFF: &str = "mails/kickoff.txt";

/// What is changed, and each problem it brings.
struct Seeded {
    file: &'static str,
    find: &'static str,
    put: &'static str,
    brings: &'static [Expected],
}

macro_rules! seeded {
    ($($file:ident: $find:literal => $put:literal, [$($rule:literal $at:ident $line:literal),* $(,)?];)+) => {
        &[$(Seeded { file: $file, find: $find, put: $put, brings: &[$(($rule, $at, $line)),*] }),+]
    };
}

const SEEDED: &[Seeded] = seeded! {
    // V18: where calls may go, and what is said there.
    TEAM: "seller:  " => "targets: { a: { url: \"http://tool.example/\" } }\nseller:  ", ["V18" TEAM "targets:"];
    TEAM: "seller:  " => "targets: { a: { url: \"https://169.254.169.254/\" } }\nseller:  ", ["V18" TEAM "targets:"];
    TEAM: "seller:  " => "targets: { a: { url: \"https://tool.example/\", secret: a } }\nseller:  ", ["V18" TEAM "targets:"];
    TEAM: "seller:  " => "targets: { a: { url: \"https://tool.example/\", auth: beerer, secret: a } }\nseller:  ", ["V18" TEAM "targets:"];
    TEAM: "seller:  " => "targets: { a: { url: \"https://tool.example/\", method: GET } }\nseller:  ", ["V18" TEAM "targets:"];
    TEAM: "seller:  " => "targets: { a: { url: \"https://tool.example/\", headers: { Authorization: x } } }\nseller:  ", ["V18" TEAM "targets:"];
    TEAM: "seller:  " => "chat: { a: { kind: slak, secret: a } }\nseller:  ", ["V18" TEAM "chat:"];
    TIME_OFF: "do: task, title: \"Find other days with {{ person.name }}\", owner: ops_lead, within: 2 business days" => "do: call, target: nowhere, with: { day: firstday }", ["V12" TIME_OFF "id: talk", "V18" TIME_OFF "id: talk"];
    // V5: how requests are signed, and what they become.
    TEAM: "{ scheme: standard, secret: tracker }" => "{ scheme: standart, secret: tracker }", ["V5" TEAM "standart"];
    TEAM: "{ scheme: standard, secret: tracker }" => "{ scheme: standard }", ["V5" TEAM "    webhook:"];
    TEAM: "{ scheme: standard, secret: tracker }" => "{ scheme: standard, secret: whsec_MfKQ9r8GKYqrTwjUPD8I= }", ["V5" TEAM "    webhook:"];
    TEAM: "{ scheme: standard, secret: tracker }" => "{ scheme: standard, secret: links }", ["V5" TEAM "    webhook:"];
    TEAM: "{ scheme: standard, secret: tracker }" => "{ scheme: hmac, secret: tracker }", ["V5" TEAM "    webhook:"];
    TEAM: "{ scheme: standard, secret: tracker }" => "{ scheme: hmac, secret: tracker, header: x-sign, encoding: hexa }", ["V5" TEAM "    webhook:"];
    TEAM: "{ scheme: standard, secret: tracker }" => "{ scheme: github, secret: tracker, heder: x-sign }", ["V25" TEAM "    webhook:"];
    TEAM: "    id: detail.change_id\n    webhook" => "    webhook", ["V5" TEAM "    webhook:"];
    TEAM: "id: detail.envelope_id " => "id: detail.envelope_id\n    order: signed_at ", ["V5" TEAM "order: signed_at"];
    TEAM: "    webhook: { scheme: standard, secret: tracker }" => "   ", ["V5" TRACKER "line 1"];
    TRACKER: "name: body.type" => "name: boddy.type", ["V5" TRACKER "boddy"];
    TRACKER: "name: body.type" => "id: header.x-delivery\nname: body.type", ["V5" TRACKER "x-delivery"];
    TRACKER: "  issue.started:" => "  issue.begun:", ["V5" TRACKER "issue.begun"];
    TRACKER: "      issue_key:" => "      isue_key:", ["V5" TRACKER "isue_key"];
    TRACKER: "      title: body.data.title\n" => "", ["V5" TRACKER "    detail:"];
    TRACKER: "      title: body.data.title\n" => "      title: data.title\n", ["V5" TRACKER "data.title"];
    TRACKER: "      title: body.data.title\n" => "      title: body.data.title\n      change_id: body.id\n", ["V5" TRACKER "      change_id"];
    TRACKER: "ignored: [issue.created" => "ignored: [issue.started", ["V5" TRACKER "ignored:"];
    // V1: who is responsible.
    CONTRACT: "owner: ops_lead                     # a" => "# a", ["V1" CONTRACT "workflow: contract"];
    CONTRACT: "owner: ops_lead                     # a" => "owner: ops_led  # a", ["V1" CONTRACT "owner: ops_led "];
    CONTRACT: "owner: ops_lead                     # a" => "owner: [olga, dana]  # a", ["V1" CONTRACT "owner: [olga"];
    CONTRACT: "owner: ops_lead\n    within" => "within", ["V1" CONTRACT "id: ask_for_capacity"];
    QA: "owner: developer, " => "owner: issue, ", ["V1" QA "id: build"];
    QA: "owner: qa_lead\n" => "owner: the_team\n", ["V1" QA "owner: the_team"];
    TEAM: "backup: dana }" => "backup: dan }", ["V1" TEAM "olga:"];
    TEAM: "ops_lead:      { held_by: olga }" => "ops_lead:      { held_by: olag }", ["V1" TEAM "held_by: olag"];
    TEAM: "  ops_lead:      { held_by: olga }\n" => "  office_lead:   { held_by: olga }\n",
        ["V1" TEAM "roles:", "V1" CONTRACT "owner: ops_lead     ", "V1" CONTRACT "id: create_project", "V1" CONTRACT "    owner: ops_lead",
         "V1" QA "backup: ops_lead", "V1" CASH "backup: ops_lead", "V1" ATTENTION "backup: ops_lead", "V1" APPROVAL "backup: ops_lead", "V1" PROJECT "backup: ops_lead",
         "V1" DISPUTE "backup: ops_lead", "V1" LEAD "backup: ops_lead", "V1" PROPOSAL "backup: ops_lead", "V1" PROPOSAL "    owner: ops_lead",
         "V1" ENVIRONMENT "backup: ops_lead", "V1" ESCALATION "backup: ops_lead",
         "V1" TIME_OFF "owner: ops_lead", "V1" TIME_OFF "    owner: ops_lead", "V1" TIME_OFF "id: talk",
         "V1" PAYROLL "backup: ops_lead", "V1" PAYROLL "    owner: ops_lead", "V1" AUDIT "owner: ops_lead", "V1" AUDIT "id: look",
         "V1" AUDIT "    owner: ops_lead", "V1" AUDIT "id: close"];
    CLIENTS: "account_manager: amira" => "account_manager: amara", ["V1" CLIENTS "amara"];
    // V2: roles of one, of several, of nobody.
    TEAM: "{ held_by: quinn }" => "{ held_by: [quinn, mira] }", ["V2" TEAM "qa_lead:"];
    TEAM: "{ held_by: quinn }" => "{ }", ["V2" TEAM "qa_lead:"];
    TEAM: "{ held_by: felix }" => "{ picked_from: [felix, olga] }", ["V2" CASH "owner: finance_lead", "V2" ATTENTION "owner: finance_lead", "V2" APPROVAL "owner: finance_lead", "V2" APPROVAL "    owner: finance_lead", "V2" DISPUTE "owner: finance_lead", "V2" DISPUTE "line 22", "V2" DISPUTE "line 28", "V2" DISPUTE "id: correct",
         "V2" PAYROLL "owner: finance_lead", "V2" PAYROLL "id: collect", "V2" PAYROLL "id: pay"];
    TEAM: "{ picked_from: [lena, luis, lotte] }" => "{ held_by: lena }", ["V2" CONTRACT "role: project_lead"];
    CONTRACT: "    pick: most_free_hours\n" => "", ["V2" CONTRACT "id: pick_lead"];
    CONTRACT: "pick: most_free_hours" => "pick: least_busy", ["V2" CONTRACT "pick: least_busy"];
    CONTRACT: "after: [pick_lead] }\n  - { id: kickoff_mail" => "after: [create_project] }\n  - { id: kickoff_mail", ["V2" CONTRACT "id: onboarding"];
    // V3: somebody stands in.
    QA: "backup: ops_lead\n" => "", ["V3" QA "owner: delivery_lead"];
    CASH: "backup: ops_lead\n" => "", ["V3" CASH "owner: finance_lead"];
    CASH: "backup: ops_lead\n" => "backup: felix\n", ["V3" CASH "backup: felix"];
    TEAM: "backup: aron }" => "backup: amira }", ["V3" TEAM "amira:"];
    // V4: outcome and runbook.
    QA: "outcome: { measure" => "# outcome: { measure", ["V4" QA "workflow: ready"];
    QA: "to: accepted, target" => "to: acepted, target", ["V4" QA "acepted"];
    QA: "from: start, to" => "from: begin, to", ["V4" QA "from: begin"];
    QA: ", target: 5 business days }" => " }", ["V4" QA "outcome:"];
    QA: "target: 5 business days" => "target: 5 days", ["V4" QA "target: 5 days"];
    QA: "runbook: runbooks/ready-for-qa.md\n" => "", ["V4" QA "workflow: ready"];
    QA: "runbooks/ready-for-qa.md" => "runbooks/ready_for_qa.md", ["V4" QA "runbook:"];
    // V5: what starts it.
    QA: "starts_on:\n  event: issue.started\n  from: tracker\n  once_per: detail.issue_key\n" => "", ["V5" QA "workflow: ready"];
    QA: "from: tracker" => "from: traker", ["V5" QA "from: traker"];
    QA: "event: issue.started" => "event: issue.begun", ["V5" QA "event: issue.begun"];
    CASH: "event: milestone.done" => "event: milestone.reached", ["V5" CASH "event: milestone.reached"];
    CASH: "from: baton.workflow " => "from: baton.effect ", ["V5" CASH "from: baton.effect"];
    CONTRACT: "[{ numeric: [\">\", 0] }]" => "[{ numeric: [\"over\", 0] }]", ["V5" CONTRACT "match:"];
    CONTRACT: "status: [completed]" => "status: completed", ["V5" CONTRACT "match:"];
    CONTRACT: "{ status: [completed]" => "{ state: [completed]", ["V5" CONTRACT "match:"];
    AUDIT: "month on the 1st business day" => "month", ["V5" AUDIT "every: month"];
    AUDIT: "month on the 1st business day" => "month on the 31st", ["V5" AUDIT "month on the 31st"];
    AUDIT: "month on the 1st business day" => "day", ["V5" AUDIT "every: day"];
    AUDIT: "  every: month on the 1st business day\n" => "  every: monday at 25:00\n", ["V5" AUDIT "every: monday"];
    AUDIT: "  every: month" => "  event: lead.created\n  every: month", ["V25" AUDIT "event: lead.created"];
    PAYROLL: "detail.data.month_name" => "detail.data.mont_name", ["V6" PAYROLL "mont_name"];
    // V6: what makes the event one of a kind.
    QA: "  once_per: detail.issue_key\n" => "", ["V6" QA "starts_on:"];
    QA: "once_per: detail.issue_key" => "once_per: detail.issue_id", ["V6" QA "once_per: detail.issue_id"];
    QA: "once_per: detail.issue_key" => "once_per: issue_key", ["V6" QA "once_per: issue_key"];
    CASH: "amount_cents: detail.data.amount_cents" => "amount_cents: detail.data.amount", ["V6" CASH "detail.data.amount"];
    // V7: ids and jumps.
    QA: "- id: qa\n" => "- id: build\n", ["V7" QA "- id: build"];
    QA: "rejected: build }" => "rejected: biuld }", ["V7" QA "rejected: biuld"];
    CONTRACT: "if_nobody: ask_for_capacity" => "if_nobody: ask_for_capasity", ["V7" CONTRACT "if_nobody:"];
    CONTRACT: "after: [kickoff, onboarding]" => "after: [kickof, onboarding]", ["V7" CONTRACT "id: told"];
    CONTRACT: "{ step: pick_lead, without" => "{ step: pick_led, without", ["V7" CONTRACT "overload:"];
    CONTRACT: "{ id: told, " => "{ ", ["V7" CONTRACT "do: emit"];
    QA: "workflow: ready_for_qa" => "workflow: ready-for-qa", ["V7" QA "workflow: ready-for-qa"];
    QA: "workflow: ready_for_qa" => "workflow: milestone_to_cash", ["V7" QA "workflow: milestone_to_cash"];
    QA: "- { id: build," => "- { id: title,", ["V7" QA "id: title,", "V7" QA "rejected: build"];
    // V8: every step is reached.
    CONTRACT: "    if_nobody: ask_for_capacity\n" => "    if_nobody: told\n", ["V8" CONTRACT "id: ask_for_capacity"];
    QA: "owner: developer, within" => "owner: developer, after: [qa], within", ["V9" QA "id: build", "V8" QA "id: build"];
    // V9: nothing goes round with nobody deciding.
    CONTRACT: "    if_nobody: ask_for_capacity\n" => "    if_nobody: create_project\n", ["V9" CONTRACT "id: create_project", "V8" CONTRACT "id: ask_for_capacity"];
    CONTRACT: "warn_at: [50%, 80%], after: [pick_lead] }" => "warn_at: [50%, 80%], after: [told] }", ["V9" CONTRACT "id: onboarding"];
    QA: "    rounds: 3   " => "    #   ", ["V9" QA "rejected: build"];
    QA: "rejected: build }" => "rejected: stop }", ["V9" QA "rounds: 3"];
    // V10: every path ends.
    QA: "with: { issue: issue, client_id: client.id }, end: true }" => "with: { issue: issue, client_id: client.id } }", ["V10" QA "id: accepted"];
    QA: "warn_at: [80%] }" => "warn_at: [80%], end: true }", ["V8" QA "id: qa", "V8" QA "id: accepted"];
    CONTRACT: "warn_at: [80%], after: [kickoff_mail] }" => "warn_at: [80%], after: [kickoff_mail], end: true }", ["V10" CONTRACT "id: told"];
    QA: "passed: next, rejected: build" => "passed: build, rejected: build", ["V8" QA "id: accepted", "V10" QA "id: build"];
    CONTRACT: "    if_nobody: ask_for_capacity\n" => "", ["V10" CONTRACT "id: pick_lead"];
    // V12: values, texts and the files that hold them.
    CONTRACT: "needs_skill: skill" => "needs_skill: skil", ["V12" CONTRACT "needs_skill"];
    CONTRACT: "Nobody with {{ skill }}" => "Nobody with {{ skil }}", ["V12" CONTRACT "question:"];
    CONTRACT: "with {{ client.name }}\"" => "with {{ client.nam }}\"", ["V12" CONTRACT "Hold the kickoff"];
    CONTRACT: "with {{ client.name }}\"" => "with {{ client }}\"", ["V12" CONTRACT "Hold the kickoff"];
    CONTRACT: "with {{ client.name }}\"" => "with {{ client.name \"", ["V12" CONTRACT "Hold the kickoff"];
    CONTRACT: "with {{ client.name }}\"" => "with {{ 2 * 3 }}\"", ["V12" CONTRACT "Hold the kickoff"];
    CONTRACT: "template: kickoff," => "template: kick_off,", ["V12" CONTRACT "id: kickoff_mail"];
    CONTRACT: "template: projects/standard" => "template: projects/standrad", ["V12" CONTRACT "id: create_project"];
    CONTRACT: "items: checklists/onboarding" => "items: checklists/onbording", ["V12" CONTRACT "id: onboarding"];
    CONTRACT: "client: lookup client detail.client_id" => "client: look up detail.client_id", ["V12" CONTRACT "look up"];
    CONTRACT: "  contract: detail.contract_id\n" => "", ["V12" CONTRACT "id: create_project", "V12" CONTRACT "id: kickoff_mail"];
    QA: "  title: detail.title\n" => "  title: detail.title\n  since: detail.started_at\n", [];
    CASH: "  title: detail.data.title\n" => "  title: detail.data.title\n  project: detail.data.project\n", ["V12" CASH "project: detail"];
    CASH: "line: \"{{ title }} " => "line: \"{{ bill.number }} ", ["V12" CASH "line:"];
    PROJECT: "given: [contract, " => "given: [contract, budget, ", ["V12" CONTRACT "id: create_project"];
    KICKOFF: "{{ contract }}" => "{{ contrct }}", ["V12" CONTRACT "id: kickoff_mail"];
    KICKOFF: "{{ contract }}" => "{{ client }}", ["V12" CONTRACT "id: kickoff_mail"];
    KICKOFF: "{{ contract }}" => "{{ reader.name }}", ["V12" CONTRACT "id: kickoff_mail"];
    KICKOFF: "{{ project_lead.name }} proposes" => "{{ ops_lead.name }} proposes", ["V12" CONTRACT "id: kickoff_mail"];
    KICKOFF: "{{ project_lead.name }} proposes" => "{{ project_lead.hours }} proposes", ["V12" CONTRACT "id: kickoff_mail"];
    CONTRACT: "sender: project_lead, after: [pick_lead]" => "sender: project_lead, after: [create_project]",
        ["V2" CONTRACT "id: kickoff_mail", "V2" CONTRACT "id: kickoff_mail", "V2" CONTRACT "id: kickoff,"];
    KICKOFF: "subject: We" => "We", ["V12" KICKOFF "line 1"];
    KICKOFF: "{{ client.contact.name }},\n\nthank" => "{{ client.contact.name },\n\nthank", ["V12" KICKOFF "line 3"];
    KICKOFF: "{{ contract }}" => "{{ contract | money }}", ["V12" KICKOFF "| money"];
    CHECKLIST: "{{ client.name }}" => "{{ customer.name }}", ["V12" CONTRACT "id: onboarding"];
    // V13: clocks and calendars.
    TEAM: "calendar: office " => "calendar: ofice ", ["V13" TEAM "calendar: ofice"];
    TEAM: "hours: 25, backup: olga, calendar: mornings" => "hours: 25, backup: olga, calendar: morning", ["V13" TEAM "felix:"];
    TEAM: "tz: Europe/Berlin\n    weekly: { mon: [09:00" => "tz: Europe/Berln\n    weekly: { mon: [09:00", ["V13" TEAM "Berln"];
    TEAM: "{ mon: [09:00-17:00], tue" => "{ mon: [09:00-25:00], tue", ["V13" TEAM "25:00"];
    TEAM: "holidays: [all of DE-BE]\n  mornings" => "holidays: [2026-12-32]\n  mornings", ["V13" TEAM "2026-12-32"];
    TEAM: "holidays: [all of DE-BE]\n  mornings" => "holidays: [all of DE-BX]\n  mornings", ["V13" TEAM "DE-BX"];
    QA: "within: 3 business days" => "within: 3 days", ["V13" QA "within: 3 days"];
    QA: "within: 3 business days" => "within: 4 minutes", ["V13" QA "within: 4 minutes"];
    QA: "within: 3 business days" => "within: same business day", ["V13" QA "same business day"];
    QA: "within: 3 business days, warn_at: [80%]" => "within: 5 minutes, warn_at: [90%]", ["V13" QA "within: 5 minutes"];
    QA: "within: 3 business days, warn_at: [80%]" => "within: 1 hour, warn_at: [2 hours before]", ["V13" QA "2 hours before"];
    QA: "warn_at: [80%]" => "warn_at: [soon]", ["V13" QA "soon"];
    QA: "warn_at: [80%]" => "escalate: { later: ops_lead }", ["V13" QA "later"];
    QA: "warn_at: [80%]" => "escalate: { breach: nobody }", ["V1" QA "nobody"];
    QA: "warn_at: [80%]" => "escalate: { 2 days after: ops_lead }", ["V13" QA "2 days after"];
    QA: "warn_at: [80%]" => "escalate: { breach: ops_lead, 100%: ops_lead }", ["V13" QA "100%"];
    QA: "within: 3 business days, warn_at: [80%]" => "escalate: { breach: ops_lead }", ["V14" QA "id: build", "V13" QA "escalate"];
    QA: "within: 3 business days, warn_at: [80%]" => "at_any_time: true", ["V14" QA "id: build", "V13" QA "at_any_time"];
    QA: "within: 3 business days, warn_at: [80%]" => "within: 5 minutes, escalate: { 90%: ops_lead }", ["V13" QA "within: 5 minutes"];
    QA: "kind: operations" => "stuck_after: 20 minutes\nkind: operations", ["V13" QA "stuck_after"];
    CASH: "template: milestone_billed," => "template: milestone_billed, within: 1 hour,", ["V13" CASH "within: 1 hour"];
    PROJECT: "effort: 6 hours" => "effort: 2 business days", ["V13" PROJECT "id: plan"];
    // V14: a client waits.
    QA: "within: 3 business days, warn_at: [80%]" => "effort: 3 hours", ["V14" QA "id: build"];
    // V25: a client's page.
    CONTRACT: "do: mail, template: kickoff," => "do: portal, template: kickoff, client: client,", ["V25" CONTRACT "id: kickoff_mail"];
    CONTRACT: "do: mail, template: kickoff," => "do: portal, template: kickoff,", ["V25" CONTRACT "id: kickoff_mail"];
    CONTRACT: "do: mail, template: kickoff," => "do: portal, template: kickoff, client: skill,", ["V25" CONTRACT "id: kickoff_mail"];
    CONTRACT: "do: mail, template: kickoff," => "do: portal, template: kickoff, client: client, expires_after: soon,", ["V25" CONTRACT "id: kickoff_mail"];
    CONTRACT: "do: mail, template: kickoff," => "do: portal, template: kickoff, client: client, expires_after: 0 days,", ["V25" CONTRACT "id: kickoff_mail"];
    // V16: everything that an invoice needs.
    CASH: "    client: client\n" => "    client: title\n", ["V16" CASH "client: title"];
    CASH: "    currency: currency\n" => "", ["V16" CASH "id: bill"];
    CASH: "    bills: [contract, milestone]    #" => "    #", ["V16" CASH "id: bill"];
    CLIENTS: "      currency: CHF\n" => "", ["V16" CLIENTS "name: Summit Tours AG"];
    CLIENTS: "currency: CHF" => "currency: FRS", ["V16" CLIENTS "currency: FRS"];
    CLIENTS: "series: main\n      send_to: [accounts" => "series: other\n      send_to: [accounts", ["V16" CLIENTS "series: other"];
    CLIENTS: "      reminders: [7, 14, 28]" => "      credit_series: mian", ["V16" CLIENTS "credit_series: mian"];
    CLIENTS: "      reminders: [7, 14, 28]" => "      reminders: [7, soon]", ["V16" CLIENTS "reminders: [7, soon]"];
    CLIENTS: "      reminders: [7, 14, 28]" => "      reminder: [7, 14, 28]", ["V25" CLIENTS "reminder: [7, 14, 28]"];
    CLIENTS: "      reminders: [7, 14, 28]" => "      approval_above_cents: much", ["V16" CLIENTS "approval_above_cents: much"];
    CLIENTS: "tax: { category: S, percent: 19 }" => "tax: { category: S }", ["V16" CLIENTS "category: S"];
    CLIENTS: "tax: { category: S, percent: 19 }" => "tax: { category: X, percent: 19 }", ["V16" CLIENTS "category: X"];
    CLIENTS: "      vat_id: NL123456782B12\n" => "", ["V16" CLIENTS "name: Orchard Foods B.V."];
    CLIENTS: "send_to: [office@summit-tours.example]" => "send_to: [office]", ["V16" CLIENTS "send_to: [office]"];
    TEAM: "iban: DE02120300000000202051" => "iban: DE03120300000000202051", ["V16" TEAM "DE03"];
    TEAM: "{ number: \"SST-{year}-{count:4}\" }" => "{ number: \"SST-{year}\" }", ["V16" TEAM "SST-{year}"];
    CLIENTS: "      po: PO-4711\n" => "      po: PO-4711\n      time: { scope: entry, rates: [] }\n", ["V16" CLIENTS "time: {"];
    CLIENTS: "      po: PO-4711\n" => "      po: PO-4711\n      time:\n        scope: ticket\n        rates:\n          - { cents_per_hour: 12000 }\n          - { role: qa_lead, cents_per_hour: 9000 }\n", ["V16" CLIENTS "role: qa_lead"];
    CLIENTS: "      po: PO-4711\n" => "      po: PO-4711\n      time:\n        scope: ticket\n        rates:\n          - { rol: qa_lead, cents_per_hour: 9000 }\n          - { cents_per_hour: 12000 }\n", ["V16" CLIENTS "rol: qa_lead"];
    CLIENTS: "      po: PO-4711\n" => "      po: PO-4711\n      time:\n        scope: tickets\n        rates:\n          - { cents_per_hour: 12000 }\n", ["V16" CLIENTS "scope: tickets"];
    CLIENTS: "      po: PO-4711\n" => "      po: PO-4711\n      time:\n        rates:\n          - { role: qa_led, cents_per_hour: 9000 }\n", ["V16" CLIENTS "role: qa_led"];
    CLIENTS: "      po: PO-4711\n" => "      po: PO-4711\n      time:\n        increment: { minutes: 15, round: upwards }\n        rates:\n          - { cents_per_hour: 9000 }\n", ["V16" CLIENTS "round: upwards"];
    CLIENTS: "      po: PO-4711\n" => "      po: PO-4711\n      agreements:\n        care:\n          title: Care plan\n          kind: fee\n          amount_cents: 50000\n          from: 2026-01-01\n          hours: 20\n", ["V16" CLIENTS "hours: 20"];
    CLIENTS: "      po: PO-4711\n" => "      po: PO-4711\n      agreements:\n        care:\n          title: Care plan\n          kind: retainer\n          amount_cents: 50000\n          from: 2026-01-01\n          series: mian\n          hours: 20\n", ["V16" CLIENTS "series: mian"];
    CLIENTS: "      po: PO-4711\n" => "      po: PO-4711\n      agreements:\n        care:\n          title: Care plan\n          kind: block\n          amount_cents: 50000\n          from: 2026-13-01\n          hours: 20\n", ["V16" CLIENTS "from: 2026-13-01"];
    CLIENTS: "      po: PO-4711\n" => "      po: PO-4711\n      split: by_person\n", ["V16" CLIENTS "split: by_person"];
    CONTRACT: "  value_cents: detail.value_cents " => "  worth_cents: detail.value_cents ", ["V12" CONTRACT "id: create_project"];
    PROJECT: "share: 20%" => "share: 10%", ["V16" PROJECT "share: 10%"];
    // V17: mails reach somebody.
    CONTRACT: "to: client.contact," => "to: skill,", ["V17" CONTRACT "to: skill"];
    CONTRACT: "sender: project_lead" => "sender: project_leed", ["V17" CONTRACT "project_leed"];
    CLIENTS: "mail: reto@summit-tours.example" => "mail: reto", ["V17" CLIENTS "mail: reto }"];
    CLIENTS: "    contact: { name: Piet, mail: piet@orchard-foods.example }\n" => "", ["V17" CLIENTS "orchard:"];
    // V19: emitted events are heard.
    QA: "unheard: true, " => "", ["V19" QA "event: build.accepted"];
    CASH: "event: milestone.done" => "event: project.started", ["V19" PROJECT "share: 40% }     #",
        "V6" CASH "once_per:", "V6" CASH "once_per:", "V6" CASH "contract: detail", "V6" CASH "milestone: detail", "V6" CASH "title: detail", "V6" CASH "lookup client", "V6" CASH "amount_cents: detail"];
    // V21, V22, V23.
    QA: "version: 1\n" => "", ["V21" QA "workflow: ready"];
    QA: "version: 1\n" => "version: one\n", ["V21" QA "version: one"];
    PROJECT: "ends_within: 45 business days\n" => "", ["V22" PROJECT "kind: project"];
    QA: "kind: operations\n" => "kind: operations\nends_within: 3 business days\n", ["V22" QA "ends_within"];
    QA: "kind: operations\n" => "kind: operation\n", ["V22" QA "kind: operation"];
    QA: "kind: operations\n" => "", ["V22" QA "workflow: ready"];
    QA: "    rounds: 3   " => "    milestone: { title: Passed, share: 100% }\n    rounds: 3   ", ["V22" QA "milestone:"];
    // V15: what a step waits for, how long, and what then.
    PROPOSAL: "    at_most: 5 business days\n" => "", ["V15" PROPOSAL "id: answered"];
    PROPOSAL: "    if_late: chase\n" => "", ["V15" PROPOSAL "id: answered"];
    PROPOSAL: "    if_late: chase" => "    if_late: chasing", ["V7" PROPOSAL "if_late: chasing"];
    PROPOSAL: "    if_late: chase" => "    if_late: next", ["V15" PROPOSAL "if_late: next", "V8" PROPOSAL "id: chase"];
    PROPOSAL: "    same: detail.proposal_id\n" => "", ["V15" PROPOSAL "id: answered"];
    PROPOSAL: "    same: detail.proposal_id" => "    same: proposal_id", ["V15" PROPOSAL "same: proposal_id"];
    PROPOSAL: "    same: detail.proposal_id" => "    same: detail.change_id", ["V15" PROPOSAL "same: detail.change_id"];
    PROPOSAL: "    same: detail.proposal_id" => "    same: { detail.proposal_id: propsal }", ["V12" PROPOSAL "propsal"];
    PROPOSAL: "    same: detail.proposal_id" => "    same: { detail.proposal: proposal }", ["V15" PROPOSAL "detail.proposal:"];
    PROPOSAL: "    event: proposal.answered\n    from: crm" => "    event: proposal.anwsered\n    from: crm", ["V5" PROPOSAL "anwsered"];
    PROPOSAL: "    event: proposal.answered\n    from: crm" => "    event: proposal.anwsered", ["V5" PROPOSAL "anwsered"];
    PROPOSAL: "    from: crm\n    same" => "    from: cmr\n    same", ["V5" PROPOSAL "from: cmr"];
    PROPOSAL: "answer: detail.answer }" => "answer: detail.anwser }", ["V15" PROPOSAL "anwser"];
    PROPOSAL: "    at_most: 5 business days" => "    at_most: 5 days", ["V15" PROPOSAL "at_most: 5 days"];
    PROPOSAL: "    at_most: 5" => "    atmost: 5", ["V15" PROPOSAL "id: answered", "V25" PROPOSAL "atmost"];
    // A value that only an event brings is not there where the event did not come.
    PROPOSAL: "title: \"Ask {{ client.contact.name }} about {{ title }}\"" => "title: \"Ask about {{ answered.answer }}\"", ["V12" PROPOSAL "Ask about"];
    TICKET: "exists: true }] } } }" => "exists: yes }] } } }", ["V5" TICKET "exists: yes", "V25" TICKET "exists: yes"];
    TICKET: ", done: { detail: { ticket_id: [{ exists: true }] } } }" => " }", ["V5" TICKET "tracks:"];
    TICKET: "done: { detail: { ticket_id" => "done: { detail: { tiket_id", ["V5" TICKET "tiket_id"];
    TICKET: "event: ticket.solved, same: detail.ticket_id, done" => "event: ticket.solved, same: detail.id, done", ["V15" TICKET "same: detail.id"];
    TICKET: "    tracks: { from: desk" => "    outcomes: { fine: next }\n    tracks: { from: desk", ["V10" TICKET "tracks:"];
    // Clocks of a case: V13 and what an event of theirs must be.
    TICKET: "    within: 30 minutes\n" => "", ["V13" TICKET "first_response:"];
    TICKET: "    within: 30 minutes" => "    within: 30 minuts", ["V13" TICKET "30 minuts"];
    TICKET: "    within: 30 minutes" => "    within: 3 minutes", ["V13" TICKET "within: 3 minutes"];
    TICKET: "    within: 30 minutes" => "    within: 0 minutes", ["V13" TICKET "within: 0 minutes"];
    TICKET: "    within: 30 minutes" => "    wihtin: 30 minutes", ["V13" TICKET "first_response:", "V25" TICKET "wihtin"];
    TICKET: "    within: 30 minutes" => "    calendar: ofice\n    within: 30 minutes", ["V13" TICKET "calendar: ofice"];
    TICKET: "    within: 30 minutes" => "    owner: [aron, dana]\n    within: 30 minutes", ["V1" TICKET "owner: [aron"];
    TICKET: "    within: 30 minutes" => "    owner: project_lead\n    within: 30 minutes", ["V2" TICKET "owner: project_lead"];
    TICKET: "by: priority, urgent: 1 business hour" => "by: prioriti, urgent: 1 business hour", ["V12" TICKET "prioriti,"];
    TICKET: "by: priority, urgent: 1 business hour" => "urgent: 1 business hour", ["V13" TICKET "within: { urgent: 1"];
    TICKET: "high: 2 business hours, otherwise: 4 business hours" => "high: 2 business hours", ["V13" TICKET "high: 2 business hours }"];
    TICKET: "high: 2 business hours" => "high: 2 hous", ["V13" TICKET "2 hous"];
    TICKET: "high: 2 business hours" => "high: 1 minute", ["V13" TICKET "high: 1 minute"];
    TICKET: "    escalate: { breach: delivery_lead }" => "    escalate: { breach: delivery_led }", ["V1" TICKET "delivery_led "];
    TICKET: "    after: first_response " => "    after: first_respons ", ["V7" TICKET "first_respons "];
    TICKET: "    after: first_response " => "    after: next_response ", ["V7" TICKET "after: next_response"];
    TICKET: "    within: 30 minutes" => "    after: next_response\n    within: 30 minutes", ["V9" TICKET "first_response:"];
    TICKET: "  first_response:\n" => "  solve:\n", ["V7" TICKET "  solve:", "V7" TICKET "after: first_response", "V13" CLIENTS "support_ticket.first_response"];
    TICKET: "    stops_on: [end, { event: ticket.solved, same: detail.ticket_id }]\n" => "", ["V13" TICKET "resolution:"];
    TICKET: "stops_on: [end, {" => "stops_on: [ends, {", ["V13" TICKET "ends"];
    TICKET: "    pauses_on: { event: ticket.waiting, same: detail.ticket_id }\n" => "", ["V13" TICKET "resumes_on:"];
    TICKET: "    pauses_on: { event: ticket.waiting" => "    pauses_on: { event: ticket.wating", ["V5" TICKET "ticket.wating"];
    TICKET: "    pauses_on: { event: ticket.waiting, same: detail.ticket_id }" => "    pauses_on: { event: ticket.waiting }", ["V15" TICKET "pauses_on:"];
    TICKET: "    pauses_on: { event: ticket.waiting, same: detail.ticket_id }" => "    pauses_on: end", ["V13" TICKET "pauses_on: end"];
    TICKET: "    pauses_on: {" => "    pause_on: {", ["V25" TICKET "pause_on", "V13" TICKET "resumes_on:"];
    TICKET: "    stops_on: [end" => "    stops_on: [start, end", ["V13" TICKET "[start"];
    TICKET: "takes: { priority: detail.priority }" => "takes: { urgency: detail.priority }", ["V12" TICKET "urgency"];
    TICKET: "takes: { priority: detail.priority }" => "takes: { priority: detail.urgency }", ["V15" TICKET "detail.urgency"];
    TICKET: ", takes: { priority: detail.priority } }" => " }", ["V12" TICKET "changes_on:"];
    TICKET: "changes_on: { event: ticket.changed" => "changes_on: { event: ticket.chnged", ["V5" TICKET "ticket.chnged"];
    CLIENTS: "support_ticket.first_response: 15" => "support_ticket.first_reponse: 15", ["V13" CLIENTS "first_reponse"];
    CLIENTS: "support_ticket.first_response: 15 minutes" => "support_ticket.first_response: 15 minuts", ["V13" CLIENTS "15 minuts"];
    CLIENTS: "support_ticket.first_response: 15 minutes" => "support_ticket.first_response: 0 minutes", ["V13" CLIENTS "0 minutes"];
    CLIENTS: "support_ticket.first_response: 15 minutes" => "support_ticket.resolution: { by: urgency, otherwise: 1 business hour }", ["V12" CLIENTS "by: urgency"];
    // V11: conditions.
    PROPOSAL: "    otherwise: send\n" => "", ["V11" PROPOSAL "id: size"];
    PROPOSAL: "value_cents >= 2500000" => "value_cent >= 2500000", ["V11" PROPOSAL "value_cent >"];
    PROPOSAL: "value_cents >= 2500000" => "value_cents + 1", ["V11" PROPOSAL "value_cents + 1"];
    PROPOSAL: "value_cents >= 2500000" => "2 > 1", ["V11" PROPOSAL "2 > 1"];
    PROPOSAL: "value_cents >= 2500000" => "value_cents >= ", ["V11" PROPOSAL "if: value_cents >="];
    PROPOSAL: "value_cents >= 2500000" => "value_cents / 100 > 5", ["V11" PROPOSAL "/ 100"];
    PROPOSAL: "value_cents >= 2500000" => "title.matches('a*')", ["V11" PROPOSAL "matches"];
    PROPOSAL: "value_cents >= 2500000" => "client == 'harbour'", ["V11" PROPOSAL "client == "];
    PROPOSAL: "value_cents >= 2500000" => "value_cents * 2 > 'a lot'", ["V11" PROPOSAL "a lot"];
    PROPOSAL: "value_cents >= 2500000" => "'title.exists(a, title.exists(b, a == b))'", ["V11" PROPOSAL "exists"];
    PROPOSAL: "value_cents >= 2500000" => "'title.map(a, a) == title'", ["V11" PROPOSAL "map"];
    PROPOSAL: "if: value_cents >= 2500000, to: approve_price" => "if: value_cents >= 2500000, too: approve_price",
        ["V11" PROPOSAL "too:", "V25" PROPOSAL "too:"];
    // V25: the traps of YAML, and keys nobody knows.
    QA: "kind: operations\n" => "kind: operations\nkind: operations\n", ["V25" QA "line 6"];
    QA: "    rounds: 3" => "\trounds: 3", ["V25" QA "rounds: 3"];
    QA: "passed: next" => "yes: next", ["V25" QA "yes: next"];
    CLIENTS: "country: NL" => "country: NO", ["V25" CLIENTS "country: NO"];
    QA: "backup: ops_lead" => "backup: &lead ops_lead\ncritical: *lead", ["V25" QA "critical: *lead"];
    QA: "    rounds: 3" => "    ruonds: 3", ["V9" QA "rejected: build", "V25" QA "ruonds: 3"];
    QA: "  once_per: detail" => "  one_per: detail", ["V6" QA "starts_on:", "V25" QA "one_per"];
    QA: "outcomes: { passed: next, rejected: build }" => "outcomes: { passed: next, rejected: build", ["V25" QA "rounds: 3"];
    QA: "do: task, title: \"Build" => "do: taks, title: \"Build", ["V25" QA "do: taks"];
    QA: "title: \"Build {{ issue }}: {{ title }}\"" => "title: {{ issue }}", ["V25" QA "title: {{ issue }}"];
    TEAM: "hours: 36, backup: dana" => "hours: full, backup: dana", ["V25" TEAM "olga:"];
};

/// How many mistakes there are.
pub fn count() -> usize {
    SEEDED.len()
}

/// The rules that are broken.
pub fn rules() -> impl Iterator<Item = &'static str> {
    let brings = SEEDED.iter().flat_map(|seeded| seeded.brings);
    brings.map(|(rule, ..)| *rule)
}

#[test]
fn every_mistake_brings_exactly_its_problems() {
    let mut wrong = Vec::new();
    for Seeded {
        file,
        find,
        put,
        brings,
    } in SEEDED
    {
        let mut files = starter();
        change(&mut files, file, find, put);
        if let Some(difference) = difference(&files, brings) {
            wrong.push(format!("{file}: {find:?} => {put:?}\n{difference}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        SEEDED.len(),
        wrong.join("\n------\n")
    );
}
