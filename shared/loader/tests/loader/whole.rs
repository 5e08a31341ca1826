//! Problems that are not one small change of a line: files that are missing or too large, versions, workflows that meet.

use crate::common::{Files, starter, told};
use domain::id::WorkflowId;

const QA: &str = "workflows/ready_for_qa.yaml";
const CASH: &str = "workflows/milestone_to_cash.yaml";

fn change(files: &mut Files, file: &str, find: &str, put: &str) {
    let text = files.get_mut(file).expect("a starter file");
    assert!(text.contains(find), "{file} has no {find:?}");
    *text = text.replacen(find, put, 1);
}

#[test]
fn an_empty_workspace_lacks_its_two_files_and_nothing_else_is_said() {
    assert_eq!(told(&Files::new()), ["V1 clients.yaml:1", "V1 team.yaml:1"]);
}

#[test]
fn without_a_team_its_people_are_not_missed_one_by_one() {
    let mut files = starter();
    files.remove("team.yaml");
    assert_eq!(told(&files), ["V1 team.yaml:1"]);
}

#[test]
fn a_client_without_billing_rules_matters_once_something_invoices() {
    let mut files = starter();
    let clients = &files["clients.yaml"];
    let (kept, cut) = clients
        .split_once("    billing:\n      name: Summit")
        .expect("the third client");
    let lines = kept.lines().count() - 3;
    let kept = kept.to_owned();
    assert!(cut.contains("CHF"));
    files.insert("clients.yaml".into(), kept);
    assert_eq!(told(&files), [format!("V16 clients.yaml:{lines}")]);
    files.remove(CASH);
    assert_eq!(told(&files), ["V19 projects/standard.yaml:21"]);
}

#[test]
fn who_sells_must_be_stated_where_something_invoices() {
    let mut files = starter();
    let team = files["team.yaml"]
        .split("seller:")
        .next()
        .map(str::to_owned)
        .expect("a seller");
    files.insert("team.yaml".into(), team);
    assert_eq!(told(&files), ["V16 team.yaml:1"]);
}

#[test]
fn a_hundred_steps_are_run_and_no_more() {
    let chain = |count: usize| {
        let steps = (1..=count).map(|n| format!("  - {{ id: step_{n}, do: task, title: Go on, owner: qa_lead, within: 1 business day }}\n"));
        let steps: String = steps
            .collect::<String>()
            .replace("id: step_1,", "id: build,");
        let end =
            "  - { id: accepted, do: emit, event: build.accepted, unheard: true, end: true }\n";
        let mut files = starter();
        let (head, _) = files[QA]
            .split_once("  - { id: build")
            .expect("its first step");
        let text = format!("{head}{steps}{end}");
        files.insert(QA.into(), text);
        files
    };
    assert!(told(&chain(99)).is_empty());
    let files = chain(100);
    let last = files[QA].lines().count();
    let told = told(&files);
    assert!(told.contains(&format!("V23 {QA}:{last}")), "{told:?}");
}

#[test]
fn large_files_and_lists_are_refused_before_they_are_read() {
    let mut files = starter();
    files.insert(
        QA.into(),
        format!("# {}\n{}", "a".repeat(64 * 1024), files[QA]),
    );
    assert_eq!(told(&files), [format!("V23 {QA}:1")]);
    let mut files = starter();
    let items: String = (1..=501).map(|n| format!("  - Item {n}\n")).collect();
    files.insert(
        "checklists/onboarding.yaml".into(),
        format!("items:\n{items}"),
    );
    assert_eq!(told(&files), ["V23 checklists/onboarding.yaml:502"]);
}

#[test]
fn an_alias_bomb_is_told_at_each_alias_and_never_unrolled() {
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (name, of) in [
        ("b", "a"),
        ("c", "b"),
        ("d", "c"),
        ("e", "d"),
        ("f", "e"),
        ("g", "f"),
        ("h", "g"),
    ] {
        bomb.push_str(&format!(
            "{name}: &{name} [{}]\n",
            [format!("*{of}").as_str(); 9].join(", ")
        ));
    }
    let mut files = starter();
    files.insert("checklists/onboarding.yaml".into(), bomb);
    let problems = loader::load(&files).problems;
    let aliases = problems
        .iter()
        .filter(|problem| problem.message.contains("aliases"));
    assert_eq!(aliases.count(), 7 * 9);
}

#[test]
fn deep_nesting_is_refused() {
    let mut files = starter();
    for (depth, told_as) in [(40, "V23"), (30_000, "V25")] {
        let deep = format!("items: {}x{}", "[".repeat(depth), "]".repeat(depth));
        files.insert("checklists/onboarding.yaml".into(), deep);
        assert_eq!(
            told(&files),
            [format!("{told_as} checklists/onboarding.yaml:1")]
        );
    }
}

#[test]
fn a_file_with_the_other_ending_is_not_left_out_silently() {
    let mut files = starter();
    let text = files[QA].clone();
    files.insert("workflows/more.yml".into(), text);
    assert_eq!(told(&files), ["V25 workflows/more.yml:1"]);
}

#[test]
fn the_pattern_must_match_the_sample_event_of_the_workspace() {
    let mut files = starter();
    let sample = include_str!("../../../../events/contract.signed.json");
    files.insert("events/contract.signed.json".into(), sample.into());
    assert!(told(&files).is_empty());
    files.insert(
        "events/contract.signed.json".into(),
        sample.replace("\"completed\"", "\"voided\""),
    );
    assert_eq!(told(&files), ["V5 workflows/contract_to_kickoff.yaml:13"]);
}

#[test]
fn two_workflows_on_one_event_are_told_and_two_that_invoice_are_refused() {
    let twin = |pattern: (&str, &str)| {
        let mut files = starter();
        let text = files[QA].replace("workflow: ready_for_qa", "workflow: second_qa");
        let put = |pattern: &str| {
            format!("from: tracker\n  match: {{ detail: {{ title: [{pattern}] }} }}")
        };
        files.insert(
            "workflows/second_qa.yaml".into(),
            text.replace("from: tracker", &put(pattern.1)),
        );
        change(&mut files, QA, "from: tracker", &put(pattern.0));
        files
    };
    assert_eq!(
        told(&twin(("one, two", "two, three"))),
        ["V20 workflows/second_qa.yaml:11"]
    );
    assert!(told(&twin(("one, two", "three"))).is_empty());
    assert_eq!(
        told(&twin(("one", "{ prefix: t }"))),
        ["V20 workflows/second_qa.yaml:11"]
    );
    let mut files = starter();
    let text = files[CASH].replace("workflow: milestone_to_cash", "workflow: second_cash");
    files.insert("workflows/second_cash.yaml".into(), text);
    let problems = loader::load(&files).problems;
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (problems[0].rule.as_str(), problems[0].severity),
        ("V20", loader::Severity::Error)
    );
}

#[test]
fn workflows_that_start_each_other_need_a_person_in_between() {
    let echo = |name: &str, hears: &str, emits: &str, step: &str| {
        format!(
            "workflow: {name}\nversion: 1\ntitle: Echo\nkind: operations\nowner: ops_lead\nbackup: delivery_lead\n\
             runbook: runbooks/ready-for-qa.md\noutcome: {{ measure: echoed, from: start, to: answer, target: 1 business hour }}\n\
             starts_on: {{ event: {hears}, from: baton.workflow, once_per: detail.metadata.id }}\n\
             steps:\n{step}  - {{ id: answer, do: emit, event: {emits}, end: true }}\n"
        )
    };
    let with = |step: &str| {
        let mut files = starter();
        files.insert(
            "workflows/ping.yaml".into(),
            echo("ping", "pong.played", "ping.played", step),
        );
        files.insert(
            "workflows/pong.yaml".into(),
            echo("pong", "ping.played", "pong.played", ""),
        );
        files
    };
    assert_eq!(told(&with("")), ["V9 workflows/ping.yaml:11"]);
    assert!(
        told(&with(
            "  - { id: look, do: task, title: Look, owner: qa_lead }\n"
        ))
        .is_empty()
    );
}

#[test]
fn a_project_that_starts_itself_is_refused_whoever_works_in_it() {
    let mut files = starter();
    change(
        &mut files,
        "projects/standard.yaml",
        "  - { id: plan,",
        "  - { id: again, do: project, template: projects/standard }\n  - { id: plan,",
    );
    let line = 1 + files["projects/standard.yaml"]
        .lines()
        .position(|line| line.contains("id: again"))
        .expect("it is there");
    assert!(
        told(&files).contains(&format!("V9 projects/standard.yaml:{line}")),
        "{:?}",
        told(&files)
    );
}

#[test]
fn a_change_needs_a_new_version() {
    let before = loader::load(&starter());
    let workflows = &before.workspace.as_ref().expect("it loads").workflows;
    let applied: Vec<_> = workflows
        .iter()
        .map(|workflow| {
            (
                workflow.id.clone(),
                workflow.version,
                loader::content_hash(workflow),
            )
        })
        .collect();
    assert!(loader::check_versions(&applied, &before).is_empty());

    let mut files = starter();
    change(
        &mut files,
        QA,
        "# An issue",
        "# Whatever a comment says.\n# An issue",
    );
    assert!(loader::check_versions(&applied, &loader::load(&files)).is_empty());

    change(&mut files, QA, "rounds: 3", "rounds: 4");
    change(
        &mut files,
        "mails/milestone_billed.txt",
        "nothing for you",
        "nothing at all for you",
    );
    let told: Vec<_> = loader::check_versions(&applied, &loader::load(&files))
        .iter()
        .map(|problem| (problem.rule.clone(), problem.file.clone(), problem.line))
        .collect();
    assert_eq!(
        told,
        [
            ("V21".into(), CASH.to_owned(), 3),
            ("V21".into(), QA.to_owned(), 4)
        ]
    );

    change(&mut files, QA, "version: 1", "version: 2");
    change(&mut files, CASH, "version: 3", "version: 4");
    assert!(loader::check_versions(&applied, &loader::load(&files)).is_empty());

    let newer = vec![(WorkflowId::from("ready_for_qa"), 7, String::new())];
    let problems = loader::check_versions(&newer, &before);
    assert!(
        problems[0].message.contains("older than version 7")
            && problems[0].help.contains("version: 8")
    );
}

#[test]
fn problems_are_the_same_as_json() {
    let mut files = starter();
    change(&mut files, QA, "rejected: build", "rejected: biuld");
    let problems = loader::load(&files).problems;
    let json = serde_json::to_value(&problems).expect("problems are data");
    let expected = serde_json::json!([{
        "rule": "V7", "severity": "error", "file": QA, "line": 27, "column": 41, "step": "qa",
        "message": "there is no step `biuld`", "help": "did you mean `build`?",
    }]);
    assert_eq!(json, expected);
}

#[test]
fn a_folder_is_read_without_what_does_not_belong_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &[u8]| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    write("team.yaml", b"name: A\n");
    write("workflows/a.yaml", b"workflow: \xff\n");
    write("workflows/.a.yaml.swp", b"x");
    write("workflows/deep/b.yaml", b"x");
    write("notes.yaml", b"x");
    let files = loader::read_folder(folder.path()).expect("it is read");
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["team.yaml", "workflows/a.yaml"]
    );
    assert!(told(&files).contains(&"V25 workflows/a.yaml:1".to_owned()));
    let missing = loader::read_folder(&folder.path().join("nowhere")).expect_err("there is none");
    assert!(missing.to_string().contains("nowhere"));
}

#[test]
fn a_ladder_and_an_age_limit_are_read() {
    use domain::definition::{Owner, Rung};
    let mut files = starter();
    let ladder = "warn_at: [80%], escalate: { 80%: ops_lead, breach: qa_lead, 2 hours after: developer }, at_any_time: true";
    change(&mut files, QA, "warn_at: [80%]", ladder);
    change(
        &mut files,
        QA,
        "kind: operations",
        "stuck_after: 2 business days\nkind: operations",
    );
    let workspace = loader::load(&files).workspace.expect("no mistake");
    let mut workflows = workspace.workflows.iter();
    let workflow = workflows.find(|workflow| workflow.id.as_str() == "ready_for_qa");
    let workflow = workflow.expect("it is loaded");
    assert_eq!(
        workflow.stuck_after,
        Some("2 business days".parse().expect("a span"))
    );
    let clock = workflow.steps[0].clock.as_ref().expect("a clock");
    let rung = |at: &str, to: Owner| Rung {
        at: at.parse().expect("a mark"),
        to,
    };
    let ladder = [
        rung("80%", Owner::Role("ops_lead".into())),
        rung("breach", Owner::Role("qa_lead".into())),
        rung("2 hours after", Owner::Value("developer".into())),
    ];
    assert_eq!(
        (&clock.escalate[..], clock.at_any_time),
        (&ladder[..], true)
    );
}
