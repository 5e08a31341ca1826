//! P42: time is said by event, by command or by a tool through a workflow; stored once, corrected, asked for once.

use domain::id::CaseId;
use serde_json::{Value, json};
use store::{Became, Company, KnownEntry};
use tests::machine::{Machine, Said, report};
use tests::world::{root, sample};

const MONDAY: &str = "2026-11-23T08:00:05Z";

/// A tracker's hours become entries by a workflow of one step.
const OF_A_TRACKER: &str = "\
workflow: tracked_time
version: 1
title: Time from the tracker
kind: operations
owner: finance_lead
backup: ops_lead
runbook: runbooks/milestone-to-cash.md
outcome: { measure: said_to_kept, from: start, to: keep, target: 1 business hour }
starts_on: { event: time.saved, from: tracker, once_per: detail.entry_id }
data:
  minutes: detail.minutes
  day: detail.day
  text: detail.text
  kind: detail.kind
  who: lookup person detail.user
  client: lookup client detail.client_id
steps:
  - id: keep
    do: emit
    event: time.logged
    with: { by: who, minutes: minutes, day: day, note: text, client_id: client.id, work: kind }
    end: true
";

/// The starter, with a client that is billed by time and a tool that tracks it.
fn company() -> Company {
    let mut files = loader::read_folder(&root().join("infra/starter")).expect("the starter");
    let mut put = |file: &str, find: &str, put: &str| {
        let text = files.get_mut(file).expect("a file of the starter");
        assert!(text.contains(find), "{file} has no {find}");
        *text = text.replacen(find, put, 1);
    };
    put(
        "clients.yaml",
        "      po: PO-4711\n",
        "      po: PO-4711\n      time:\n        increment: { minutes: 15, round: up }\n        rates:\n          - { cents_per_hour: 12000 }\n",
    );
    put(
        "team.yaml",
        "      issue.started: [",
        "      time.saved: [entry_id, minutes, day, text, kind, user, client_id]\n      issue.started: [",
    );
    files.insert("workflows/tracked_time.yaml".into(), OF_A_TRACKER.into());
    let loaded = loader::load(&files);
    let told = loader::render(&loaded.problems, &files, false);
    assert!(loaded.problems.is_empty(), "{told}");
    let loader::Workspace {
        team,
        clients,
        workflows,
        ..
    } = loaded.workspace.expect("it loads");
    app::apply::company(team, clients, workflows).expect("a company")
}

async fn machine() -> Machine {
    let machine = Machine::at(MONDAY).await;
    app::apply::apply(&machine.store, &company())
        .await
        .expect("it can be applied");
    machine
}

fn issue(n: usize) -> Value {
    let mut event = sample("issue.started");
    event["time"] = MONDAY.into();
    event["detail"]["issue_key"] = format!("WEB-{n}").into();
    event["detail"]["change_id"] = format!("change-{n}").into();
    event["detail"]["client_id"] = "harbour".into();
    event["detail"]["assignee"] = "luis".into();
    event
}

fn case_of_issue(n: usize) -> CaseId {
    CaseId::of_trigger(&"ready_for_qa".into(), &format!("[\"WEB-{n}\"]"))
}

fn logged(id: &str, data: Value) -> Value {
    report("time.logged", id, data)
}

fn built(n: usize) -> Value {
    let data = json!({ "case": case_of_issue(n), "step": "build", "outcome": null, "by": "luis" });
    report("task.done", &format!("done-{n}"), data)
}

async fn entries(machine: &Machine) -> Vec<KnownEntry> {
    let (first, last) = (
        "2026-01-01".parse().expect("a day"),
        "2026-12-31".parse().expect("a day"),
    );
    let entries = machine
        .store
        .time_of_client(&"harbour".into(), first, last)
        .await;
    entries.expect("the table answers")
}

async fn baton(machine: &Machine, arguments: &[&str]) -> Said {
    machine.baton(arguments, "").await
}

/// Mails that ask how long something took.
fn questions(machine: &Machine) -> Vec<(String, String)> {
    let mails = machine.host.mails();
    let asked = mails
        .iter()
        .filter(|mail| mail.subject().starts_with("How long did it take?"));
    asked
        .map(|mail| {
            (
                mail.recipients.join(", "),
                mail.parsed().text.unwrap_or_default(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_time_comes_by_event_by_a_tool_and_by_command_each_once() {
    let machine = machine().await;
    machine.send(&[issue(1)]).await;
    let case = case_of_issue(1);
    let by_event = logged(
        "t-1",
        json!({ "case": case, "step": "build", "minutes": 50, "by": "luis", "on": "2026-11-23", "note": "Checkout" }),
    );
    let of_tool = json!({
        "source": "tracker", "detail-type": "time.saved", "time": MONDAY,
        "detail": { "change_id": "c-1", "entry_id": "tt-7", "minutes": 30, "day": "2026-11-20", "text": "Sketches", "kind": "design",
                    "user": "lena", "client_id": "harbour" },
    });
    machine
        .send(&[by_event.clone(), by_event, of_tool.clone(), of_tool])
        .await;
    let task = format!("{case}/build");
    for _ in 0..2 {
        let said = baton(
            &machine,
            &[
                "log", "20", "--task", &task, "--by", "luis", "--note", "Review", "--id", "mine-1",
            ],
        )
        .await;
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let entries = entries(&machine).await;
    let short: Vec<_> = entries
        .iter()
        .map(|known| {
            let entry = &known.entry;
            (
                entry.on.to_string(),
                entry.by.as_str(),
                entry.minutes,
                entry.note.as_str(),
                entry.work.as_deref(),
            )
        })
        .collect();
    assert_eq!(short.len(), 3, "{short:?}");
    assert_eq!(
        short[0],
        ("2026-11-20".into(), "lena", 30, "Sketches", Some("design"))
    );
    assert!(
        short.contains(&("2026-11-23".into(), "luis", 50, "Checkout", None)),
        "{short:?}"
    );
    assert!(
        short.contains(&("2026-11-23".into(), "luis", 20, "Review", None)),
        "{short:?}"
    );

    let traced = baton(&machine, &["trace", case.as_str()]).await.out;
    for part in ["Time", "Luis", "50 min", "Checkout", "not billed yet"] {
        assert!(traced.contains(part), "{part} in {traced}");
    }
    let of_client = baton(&machine, &["log", "--client", "harbour"]).await;
    assert_eq!(of_client.out.lines().count(), 3, "{of_client:?}");
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_correction_replaces_an_entry_once_and_the_first_stays_to_be_seen() {
    let machine = machine().await;
    let first = baton(
        &machine,
        &["log", "45", "--client", "harbour", "--by", "lena", "--json"],
    )
    .await;
    let first: Value = serde_json::from_str(&first.out).expect("it is JSON");
    let id = first["id"].as_str().expect("an id");
    let better = baton(
        &machine,
        &["log", "60", "--replaces", id, "--note", "with the client"],
    )
    .await;
    assert_eq!(better.code, Some(0), "{better:?}");
    let again = baton(&machine, &["log", "90", "--replaces", id]).await;
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.err.contains("has replaced"), "{again:?}");

    let entries = entries(&machine).await;
    assert_eq!(entries.len(), 2);
    let open: Vec<_> = entries.iter().filter(|known| known.is_open()).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].entry.minutes, open[0].entry.by.as_str()),
        (60, "lena")
    );
    let replaced = entries
        .iter()
        .find(|known| known.entry.id.0 == id)
        .expect("it stays");
    assert_eq!(
        replaced.became,
        Became::ReplacedBy(open[0].entry.id.clone())
    );

    for (arguments, why) in [
        (
            vec!["log", "0", "--client", "harbour", "--by", "lena"],
            "0 minutes are no work",
        ),
        (
            vec!["log", "30", "--client", "harbor", "--by", "lena"],
            "no client in clients.yaml",
        ),
        (
            vec!["log", "30", "--client", "harbour", "--by", "lean"],
            "nobody in team.yaml",
        ),
        (
            vec![
                "log",
                "30",
                "--client",
                "harbour",
                "--by",
                "lena",
                "--on",
                "2027-01-01",
            ],
            "has not come yet",
        ),
        (
            vec!["log", "30", "--task", "case_1/build", "--by", "lena"],
            "there is no case case_1",
        ),
        (
            vec!["log", "30", "--task", "build", "--by", "lena"],
            "no step of a case",
        ),
        (vec!["log", "30", "--by", "lena"], "not said for what"),
        (
            vec!["log", "1441", "--client", "harbour", "--by", "lena"],
            "more than a day has",
        ),
    ] {
        let said = baton(&machine, &arguments).await;
        assert_eq!(said.code, Some(1), "{arguments:?}: {said:?}");
        assert!(said.err.contains(why), "{arguments:?}: {said:?}");
    }
    // What comes by event and is wrong waits with the reason, and the same id for other work is refused.
    let wrong = logged(
        "t-1",
        json!({ "client": "harbour", "minutes": "many", "by": "luis" }),
    );
    let right = logged(
        "t-2",
        json!({ "client": "harbour", "minutes": 10, "by": "luis" }),
    );
    let other = logged(
        "t-2",
        json!({ "client": "harbour", "minutes": 20, "by": "luis" }),
    );
    machine.send(&[wrong]).await;
    machine.send(&[right]).await;
    machine.send(&[other]).await;
    let reasons: Vec<_> = machine
        .parked()
        .await
        .into_iter()
        .map(|row| row.reason)
        .collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(
        reasons
            .iter()
            .any(|reason| reason.contains("no whole number of minutes")),
        "{reasons:?}"
    );
    assert!(
        reasons
            .iter()
            .any(|reason| reason.contains("another content")),
        "{reasons:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_finished_work_without_time_is_asked_for_once_with_what_it_took_before() {
    let machine = machine().await;
    let issues: Vec<_> = (1..=7).map(issue).collect();
    machine.send(&issues).await;
    // The first of its kind: nothing is known, so nothing is suggested.
    machine.send(&[built(1), built(1)]).await;
    let asked = questions(&machine);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].0, "luis@studio.example");
    assert!(!asked[0].1.contains("median"), "{}", asked[0].1);

    for (n, minutes) in [(1, 60), (2, 30), (3, 90), (4, 480), (5, 75)] {
        let data =
            json!({ "case": case_of_issue(n), "step": "build", "minutes": minutes, "by": "luis" });
        machine.send(&[logged(&format!("t-{n}"), data)]).await;
    }
    machine
        .send(&[built(2), built(3), built(4), built(5)])
        .await;
    assert_eq!(
        questions(&machine).len(),
        1,
        "whoever has said it is not asked"
    );

    machine.send(&[built(6)]).await;
    let asked = questions(&machine);
    assert_eq!(asked.len(), 2, "{asked:?}");
    let text = &asked[1].1;
    let task = format!("baton log 75 --task {}/build", case_of_issue(6));
    assert!(
        text.contains(&task) && text.contains("5 finished runs"),
        "{text}"
    );
    machine.sweeps(3).await;
    assert_eq!(questions(&machine).len(), 2);
    for case in machine.cases().await.keys() {
        assert!(machine.trace(case).await.replays);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_client_that_is_not_billed_by_time_has_nobody_asked() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[issue(1)]).await;
    machine.send(&[built(1)]).await;
    assert!(questions(&machine).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_the_mails_link_enters_the_suggestion_by_one_press_and_once() {
    let machine = machine().await;
    let issues: Vec<_> = (1..=6).map(issue).collect();
    machine.send(&issues).await;
    for (n, minutes) in [(1, 60), (2, 30), (3, 90), (4, 480), (5, 75)] {
        let data =
            json!({ "case": case_of_issue(n), "step": "build", "minutes": minutes, "by": "luis" });
        machine.send(&[logged(&format!("t-{n}"), data)]).await;
    }
    let all: Vec<_> = (1..=6).map(built).collect();
    machine.send(&all).await;
    let link = machine.link("luis", "How long did it take?");
    let entries = async || {
        let case = case_of_issue(6).as_str().into();
        let known = machine.store.time_of_case(&case, None).await;
        known.expect("the table answers")
    };
    for _ in 0..2 {
        let page = machine.open(&link).await;
        assert_eq!(page.status, 200);
        let page = page.html();
        assert!(
            page.contains("value=\"75\"") && page.contains("the last 5 times"),
            "{page}"
        );
    }
    // What is no number of minutes is refused in words, and asked again.
    for wrong in ["", "0", "1.5", "99999"] {
        let page = machine.press(&link, &[("minutes", wrong)]).await.html();
        assert!(
            page.contains("whole minutes") && page.contains("<form"),
            "{wrong}: {page}"
        );
    }
    assert!(entries().await.is_empty(), "opening changes nothing");

    let page = machine.press(&link, &[("minutes", "75")]).await.html();
    assert!(page.contains("Noted: 1 h 15 min."), "{page}");
    let page = machine.press(&link, &[("minutes", "90")]).await.html();
    assert!(!page.contains("<form"), "{page}");
    let known = entries().await;
    assert_eq!(known.len(), 1, "{known:?}");
    let entry = &known[0].entry;
    assert_eq!((entry.minutes, entry.by.as_str()), (75, "luis"));
    assert_eq!(entry.step.as_ref().map(|step| step.as_str()), Some("build"));
    assert!(machine.parked().await.is_empty());
}
