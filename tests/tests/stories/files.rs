//! P1, P2, P4, P6, P14, P24: what a company writes down is checked, drawn and put in force, and only that runs.

use std::path::{Path, PathBuf};

use domain::case::{Effect, Fact, Notice};
use domain::id::StepId;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::machine::{Machine, Said, baton, contract, is_completed, report};
use tests::owned;
use tests::world::{sample, starter};

const TUESDAY: &str = "2026-11-24T08:00:00Z";
const LEAD: &str = "workflows/new_lead.yaml";

/// The sample company in a folder of its own.
struct Company(TempDir);

impl Company {
    async fn new() -> Self {
        let company = Company(tempfile::tempdir().expect("a folder can be made"));
        let said = baton(&["init", company.dir()], "").await;
        assert_eq!(said.code, Some(0), "{said:?}");
        company
    }

    fn dir(&self) -> &str {
        self.0.path().to_str().expect("a plain name")
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn change(&self, file: &str, find: &str, put: &str) {
        let text = std::fs::read_to_string(self.path(file)).expect("it was written");
        assert!(text.contains(find), "{file} has no {find:?}");
        std::fs::write(self.path(file), text.replacen(find, put, 1)).expect("it can be written");
    }
}

fn says(said: &Said, code: i32, words: &[&str]) {
    assert_eq!(said.code, Some(code), "{said:?}");
    let all = format!("{}{}", said.out, said.err);
    for word in words {
        assert!(all.contains(word), "{word:?} is not said:\n{all}");
    }
}

fn lead(n: usize) -> Value {
    let mut event = sample("lead.created");
    event["time"] = TUESDAY.into();
    event["detail"]["lead_id"] = format!("L-{n}").into();
    event["detail"]["change_id"] = format!("crm-{n}").into();
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_a_file_without_owner_trigger_or_outcome_is_never_in_force() {
    let machine = Machine::at(TUESDAY).await;
    for (find, put, rule) in [
        ("owner: sales_lead\nbackup", "backup", "V1"),
        (
            "starts_on:\n  event: lead.created\n  from: crm\n  once_per: detail.lead_id\n",
            "",
            "V5",
        ),
        (
            "outcome: { measure: created_to_called, from: start, to: call, target: 5 minutes }\n",
            "",
            "V4",
        ),
        (
            "owner: sales_lead\nbackup",
            "owner: sales_laed\nbackup",
            "did you mean",
        ),
    ] {
        let company = Company::new().await;
        company.change(LEAD, find, put);
        let words = [rule, LEAD];
        says(&baton(&["check", company.dir()], "").await, 1, &words);
        says(
            &machine.baton(&["apply", company.dir()], "").await,
            1,
            &words,
        );
    }
    machine.send(&[lead(1)]).await;
    assert_eq!(machine.case_of("new_lead").await.version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_the_runbook_says_what_runs_and_nothing_else() {
    let company = Company::new().await;
    let said = baton(&["runbook", "new_lead", company.dir()], "").await;
    says(
        &said,
        0,
        &[
            "within 5 minutes",
            "flowchart TD",
            "Whoever is called in that time still has the page open",
        ],
    );
    company.change(LEAD, "within: 5 minutes", "within: 10 minutes");
    let said = baton(&["runbook", "new_lead", company.dir()], "").await;
    says(&said, 0, &["within 10 minutes"]);
    assert!(!said.out.contains("within 5 minutes"));

    // Notes that nobody has read for long are named, and all pages are there for a browser too.
    company.change(
        "runbooks/new-lead.md",
        "# New lead",
        "# New lead\n\nChecked: 2020-01-01\n",
    );
    let pages = company.path("pages");
    let out = pages.to_str().expect("a plain name");
    let said = baton(&["runbook", "new_lead", company.dir(), "--out", out], "").await;
    says(&said, 0, &["read again: runbooks/new-lead.md"]);
    let page =
        |name: &str| std::fs::read_to_string(Path::new(out).join(name)).expect("it was written");
    assert!(page("new_lead.html").contains("within 10 minutes"));
    let mut pages = 0;
    for workflow in starter().workflows.values() {
        let id = workflow.id.as_str();
        let said = baton(&["runbook", id, company.dir(), "--out", out], "").await;
        says(&said, 0, &[id]);
        assert!(page(&format!("{id}.html")).contains("<svg"), "{id}");
        let text = page(&format!("{id}.md"));
        assert!(text.contains("flowchart TD"), "{id}");
        let notes = workflow.runbook.as_deref().expect("a starter has notes");
        let notes = std::fs::read_to_string(company.path(notes)).expect("a file");
        let last = notes.trim_end().lines().last().expect("it says something");
        assert!(text.contains(last), "{id}: {last}");
        pages += 1;
    }
    assert_eq!(pages, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_a_running_case_ends_on_the_version_it_began_with() {
    let machine = Machine::at(TUESDAY).await;
    machine.send(&[lead(1)]).await;
    let first = machine.case_of("new_lead").await;

    let company = Company::new().await;
    company.change(
        LEAD,
        "title: \"Draft a proposal",
        "title: \"Write a proposal",
    );
    let said = machine.baton(&["apply", company.dir()], "").await;
    says(&said, 1, &["V21", LEAD, "write `version: 2`"]);

    company.change(LEAD, "version: 1", "version: 2");
    // More cases than are read at once; the plan says of each where it stays, and changes nothing.
    let many: Vec<_> = (1_000..1_120).map(lead).collect();
    machine.send(&many).await;
    let plan = [
        "new_lead",
        "version 2",
        "new version",
        "new_lead  121 cases on version 1",
    ];
    let said = machine
        .baton(&["apply", company.dir(), "--dry-run"], "")
        .await;
    says(&said, 0, &plan);
    says(
        &machine.baton(&["apply", company.dir()], "").await,
        0,
        &plan,
    );
    let said = machine
        .baton(&["apply", company.dir(), "--dry-run", "--json"], "")
        .await;
    let plan: Value = serde_json::from_str(&said.out).expect("it is JSON");
    let changes = plan["plan"]["workflows"].as_array().expect("a list");
    let change = changes
        .iter()
        .find(|change| change["workflow"] == "new_lead");
    let change = change.expect("it is in the plan");
    assert_eq!(change["what"], "unchanged", "it is in force by now");
    assert_eq!(change["running"], json!({ "1": 121 }));
    // A function keeps what was in force for some seconds.
    let mut second = None;
    for n in 2..500 {
        machine.send(&[lead(n)]).await;
        let cases = machine.cases().await;
        second = cases.into_values().find(|case| case.version == 2);
        if second.is_some() {
            break;
        }
    }
    let second = second.expect("the new version is in force by now");
    for (case, version, title) in [
        (first, 1, "Draft a proposal"),
        (second, 2, "Write a proposal"),
    ] {
        assert_eq!(case.version, version);
        let of = |step| json!({ "case": case.id, "step": step, "by": "amira" });
        let mut called = of("call");
        called["outcome"] = "qualified".into();
        let id = format!("called/{}", case.id);
        machine.send(&[report("task.done", &id, called)]).await;
        let now = machine.trace(&case.id).await.case;
        let (_, task) = now.open_task(&StepId::from("propose")).expect("it is next");
        assert!(task.title.starts_with(title), "{}", task.title);
        let id = format!("proposed/{}", case.id);
        machine
            .send(&[report("task.done", &id, of("propose"))])
            .await;
        let end = machine.trace(&case.id).await;
        assert!(is_completed(&end.case) && end.replays);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_what_has_no_file_any_more_ends_and_starts_nothing() {
    let machine = Machine::at(TUESDAY).await;
    machine.send(&[lead(1)]).await;
    let company = Company::new().await;
    std::fs::remove_file(company.path(LEAD)).expect("it was written");
    let words = [
        "gone: it starts nothing any more",
        "new_lead  1 case on version 1",
    ];
    says(
        &machine.baton(&["apply", company.dir()], "").await,
        0,
        &words,
    );
    let case = machine.case_of("new_lead").await;
    let data = json!({ "case": case.id, "step": "call", "by": "amira", "outcome": "not_a_fit" });
    machine.send(&[report("task.done", "called", data)]).await;
    let case = machine.trace(&case.id).await;
    assert!(!case.case.is_running() && case.replays);
    // Nothing of it runs, so nothing is said of it any more.
    let said = machine.baton(&["apply", company.dir()], "").await;
    says(&said, 0, &["in force already"]);
    assert!(!said.out.contains("new_lead"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_the_chain_is_told_to_its_end_and_what_nobody_hears_is_named() {
    let company = Company::new().await;
    let said = baton(&["chain", "contract.signed", company.dir()], "").await;
    says(
        &said,
        0,
        &[
            "contract_to_kickoff",
            "standard_project",
            "milestone.done",
            "milestone_to_cash",
        ],
    );
    company.change(
        LEAD,
        "warn_at: [50%], end: true }",
        "warn_at: [50%] }\n  - { id: told, do: emit, event: lead.proposed, end: true }",
    );
    let said = baton(&["check", company.dir()], "").await;
    says(&said, 0, &["V19", "lead.proposed", LEAD]);
    let said = baton(&["chain", "lead.created", company.dir()], "").await;
    says(
        &said,
        0,
        &["lead.proposed     by new_lead/told", "nobody listens"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p10_p11_every_open_task_has_one_owner_from_the_instant_it_is_made() {
    let machine = Machine::at("2026-11-23T08:00:05Z").await;
    machine
        .send(&[contract("C-owners"), lead(1), sample("issue.started")])
        .await;
    let issue = machine.case_of("ready_for_qa").await;
    let data = json!({ "case": issue.id, "step": "build", "by": "mira" });
    machine.send(&[report("task.done", "built", data)]).await;
    // Quinn tests, and is away from now on; the role names somebody else for what is open.
    machine
        .send(&[report("person.away", "away", json!({ "person": "quinn" }))])
        .await;
    let team = machine
        .store
        .company()
        .await
        .expect("it is in force")
        .team
        .clone();
    let mut open = 0;
    for id in machine.cases().await.into_keys() {
        let history = machine.store.history(&id).await.expect("the table answers");
        open += owned::at_every_instant(&team, &history);
        // The role is one person in the transaction that opens the task, and so is the word to that person.
        for record in &history {
            for fact in &record.facts {
                let Fact::TaskOpened { step, task, .. } = fact else {
                    continue;
                };
                let is_word = |fact: &Fact| matches!(fact, Fact::EffectOwed { effect: Effect::Notice { to, notice: Notice::HandedOver { step: of, .. } }, .. } if to == &task.owner && of == step);
                assert!(record.facts.iter().any(is_word), "{step} of {id}");
            }
        }
    }
    assert!(8 <= open, "{open} open tasks were looked at");
    let tested = machine.case_of("ready_for_qa").await;
    let (_, task) = tested.open_task(&StepId::from("qa")).expect("it is open");
    assert_ne!(task.owner.0, "quinn");
    let told = |(to, subject): &(String, String)| {
        to.starts_with(&format!("{}@", task.owner)) && subject.contains(&task.title)
    };
    assert_eq!(machine.mails().iter().filter(|mail| told(mail)).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_what_nobody_answers_for_is_found() {
    let company = Company::new().await;
    says(
        &baton(&["owners", company.dir()], "").await,
        0,
        &["No orphans"],
    );
    company.change("team.yaml", "backup: dana }", "skills: [operations] }");
    says(
        &baton(&["owners", company.dir()], "").await,
        1,
        &["Olga has no backup"],
    );
    // Work of the past that nobody owns yet: whoever did it most is proposed.
    let past = company.path("past.csv");
    let tickets = "Subject,Assignee\nRenew certificate,noah\nRenew the certificates,Noah\nRenew certificate,Lena\nMove house,Aron\n";
    std::fs::write(&past, tickets).expect("it can be written");
    let past = past.to_str().expect("a plain name");
    says(
        &baton(&["owners", company.dir(), "--past", past], "").await,
        0,
        &["Renew certificate", "Noah (2 of 3)", "Lena (1 of 3)"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p24_a_condition_that_could_burst_never_loads_and_a_pattern_decides_what_starts() {
    const PROPOSAL: &str = "workflows/proposal.yaml";
    for bomb in [
        "[1, 2].map(a, [1, 2].map(b, a)).size() > 1",
        "title.matches(title)",
        "[1,2,3].all(a, [1,2,3].all(b, [1,2,3].all(c, a == b)))",
    ] {
        let company = Company::new().await;
        company.change(PROPOSAL, "value_cents >= 2500000", &format!("'{bomb}'"));
        says(
            &baton(&["check", company.dir()], "").await,
            1,
            &["V11", PROPOSAL],
        );
    }
    let machine = Machine::at("2026-11-23T08:00:05Z").await;
    let mut nothing = contract("C-nothing");
    nothing["detail"]["value_cents"] = 0.into();
    let mut draft = contract("C-draft");
    draft["detail"]["status"] = "sent".into();
    machine.send(&[nothing, draft]).await;
    assert!(machine.cases().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p24_nothing_that_an_event_says_is_ever_run() {
    let machine = Machine::at("2026-11-23T08:00:05Z").await;
    // Templates, a condition and a pattern: all of it is text, wherever it is shown or compared.
    const TEXT: &str = "{{ phone }} {% for a in range(9) %}x{% endfor %} ${7*7} true || value_cents >= 0 .* {\"exists\":false}";
    let mut ask = lead(1);
    ask["time"] = Value::Null;
    ask["detail"]["company"] = TEXT.into();
    ask["detail"]["phone"] = "+49 1".into();
    let mut drafted = sample("proposal.drafted");
    drafted["time"] = Value::Null;
    drafted["detail"]["title"] = TEXT.into();
    drafted["detail"]["value_cents"] = 100.into();
    machine.send(&[ask, drafted]).await;
    for (workflow, step) in [("new_lead", "call"), ("proposal", "send")] {
        let case = machine.case_of(workflow).await;
        let (_, task) = case.open_task(&StepId::from(step)).expect("it is open");
        assert!(task.title.contains(TEXT), "{}", task.title);
        let mails = machine.mails();
        let said = mails.iter().any(|(_, subject)| subject.contains(TEXT));
        assert!(said, "{workflow}: {mails:#?}");
    }
    let board = machine.board("").await;
    assert!(!board.contains("xxxxxxxxx"), "{board}");
    assert!(machine.parked().await.is_empty());
}
