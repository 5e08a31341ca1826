//! P13, P31, P60: a mail's link says "I have it", hands over, ends a task or decides, by one press and once; opening it
//! changes nothing, and what is forged or too old opens nothing.

use domain::case::Case;
use domain::id::{CaseId, EffectId};
use domain::link::{Keys, Link, TaskLink};
use jiff::Timestamp;
use tests::machine::{Machine, Shown, demo_event, report};

const MONDAY: &str = "2026-11-23T08:00:05Z";

fn at(text: &str) -> Timestamp {
    text.parse().expect("it is a time")
}

/// Everything that is stored of a case, to see that nothing has changed.
async fn history(machine: &Machine, case: &CaseId) -> usize {
    machine.trace(case).await.entries.len()
}

fn told(machine: &Machine, person: &str, words: &str) -> usize {
    let to = format!("{person}@studio.example");
    let mails = machine.mails().into_iter();
    mails
        .filter(|(reader, subject)| reader.contains(&to) && subject.contains(words))
        .count()
}

/// Every answer of the public page keeps the link to itself.
fn assert_closed(shown: &Shown) {
    let says = |name: &str, words: &str| {
        let found = shown.headers.get(name).cloned().unwrap_or_default();
        assert!(found.contains(words), "{name}: {found}");
    };
    says("referrer-policy", "no-referrer");
    says("cache-control", "no-store");
    says("strict-transport-security", "max-age=");
    says("x-content-type-options", "nosniff");
    says("content-security-policy", "default-src 'none'");
    says("content-security-policy", "form-action 'self'");
    says("content-security-policy", "frame-ancestors 'none'");
    assert!(!shown.html().contains("<script"), "no page has a script");
}

fn plan(case: &Case) -> (String, bool, Option<Timestamp>) {
    let (_, task) = case.open_task(&"plan".into()).expect("it is open");
    let due_at = task.clock.as_ref().and_then(|clock| clock.due_at());
    (task.owner.0.clone(), task.accepted_at.is_some(), due_at)
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_one_press_says_i_have_it_and_opening_the_link_changes_nothing() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    let project = machine.case_of("standard_project").await;
    // Five business days, 80 %: the warning comes on Friday evening.
    machine.forward_to(at("2026-11-27T16:00:00Z"));
    machine.sweeps(2).await;
    let link = machine.link("luis", "left: Plan the work");
    let before = history(&machine, &project.id).await;
    for _ in 0..3 {
        let shown = machine.open(&link).await;
        assert_eq!(shown.status, 200);
        assert_closed(&shown);
        for words in [
            "Plan the work for Harbour Clinic",
            "It is yours.",
            "I have it",
            "Hand it over",
            "Monday 30 November",
        ] {
            assert!(shown.html().contains(words), "{words}: {}", shown.html());
        }
    }
    assert_eq!(
        history(&machine, &project.id).await,
        before,
        "looking changes nothing"
    );
    let shown = machine.press(&link, &[("do", "accept")]).await;
    assert_closed(&shown);
    assert!(
        shown.html().contains("Noted: you have it."),
        "{}",
        shown.html()
    );
    assert!(
        plan(&machine.case_of("standard_project").await).1,
        "it is accepted"
    );
    let after = history(&machine, &project.id).await;
    assert_eq!(after, before + 1);
    let again = machine.press(&link, &[("do", "accept")]).await;
    assert!(
        again.html().contains("Nothing was changed"),
        "{}",
        again.html()
    );
    assert!(again.html().contains("you said so"), "{}", again.html());
    assert_eq!(
        history(&machine, &project.id).await,
        after,
        "a second press does nothing"
    );
    let page = machine.board(&format!("case/{}", project.id)).await;
    assert!(page.contains("luis has plan"), "the board shows it: {page}");
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_one_press_hands_over_and_the_clock_runs_on() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    let project = machine.case_of("standard_project").await;
    let (owner, _, due_at) = plan(&project);
    assert_eq!(owner, "luis");
    // Somebody who is away is not offered.
    let away = serde_json::json!({ "person": "quinn" });
    machine
        .send(&[report("person.away", "away/quinn", away)])
        .await;
    let link = machine.link("luis", "Plan the work");
    let page = machine.open(&link).await.html();
    assert!(
        page.contains("value=\"dana\"") && !page.contains("value=\"quinn\""),
        "{page}"
    );
    let refused = machine
        .press(&link, &[("do", "hand"), ("to", "quinn")])
        .await;
    assert!(
        refused.html().contains("Nothing was changed"),
        "{}",
        refused.html()
    );
    let told_before = told(&machine, "dana", "Plan the work");
    let shown = machine
        .press(&link, &[("do", "hand"), ("to", "dana")])
        .await;
    assert!(
        shown.html().contains("Dana has it now."),
        "{}",
        shown.html()
    );
    for _ in 0..2 {
        let again = machine
            .press(&link, &[("do", "hand"), ("to", "lena")])
            .await;
        assert!(
            again.html().contains("Nothing was changed"),
            "{}",
            again.html()
        );
    }
    let now = plan(&machine.case_of("standard_project").await);
    assert_eq!(
        (now.0.as_str(), now.2),
        ("dana", due_at),
        "the clock runs on"
    );
    assert_eq!(
        told(&machine, "dana", "Plan the work") - told_before,
        1,
        "told once"
    );
    // Handed back, the first mail's link has done its work; the newest one goes on.
    let dana = machine.link("dana", "Plan the work");
    machine
        .press(&dana, &[("do", "hand"), ("to", "luis")])
        .await;
    let old = machine
        .press(&link, &[("do", "hand"), ("to", "dana")])
        .await;
    assert!(old.html().contains("newest mail"), "{}", old.html());
    assert_eq!(plan(&machine.case_of("standard_project").await).0, "luis");
    let newest = machine.link("luis", "Plan the work");
    assert_ne!(newest, link);
    machine
        .press(&newest, &[("do", "end"), ("outcome", "")])
        .await;
    let project = machine.case_of("standard_project").await;
    assert!(project.open_task(&"plan".into()).is_none(), "it is done");
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p60_a_decision_is_made_by_one_press() {
    let machine = Machine::at(MONDAY).await;
    machine
        .send(&[tests::world::sample("time_off.requested")])
        .await;
    let case = machine.case_of("time_off").await;
    let (step, _, task) = case.open_tasks().next().expect("a decision is open");
    let (owner, title) = (task.owner.clone(), task.title.clone());
    let step = step.clone();
    let link = machine.link(owner.as_str(), &title);
    let page = machine.open(&link).await.html();
    assert!(page.contains("Decide"), "{page}");
    let chosen = page
        .split("name=\"outcome\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a choice has a button")
        .to_owned();
    let shown = machine
        .press(&link, &[("do", "end"), ("outcome", &chosen)])
        .await;
    assert!(shown.html().contains("It was done by"), "{}", shown.html());
    let again = machine
        .press(&link, &[("do", "end"), ("outcome", &chosen)])
        .await;
    assert!(
        again.html().contains("Nothing was changed"),
        "{}",
        again.html()
    );
    assert!(machine.case_of("time_off").await.open_task(&step).is_none());
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p31_what_is_forged_or_too_old_opens_nothing_and_says_nothing() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    let project = machine.case_of("standard_project").await;
    let before = history(&machine, &project.id).await;
    let link = machine.link("luis", "Plan the work");
    let (base, _) = link.rsplit_once('/').expect("an address has a path");
    let of = Link::Task(TaskLink {
        case: project.id.clone(),
        step: "plan".into(),
        run: 1,
        reader: "luis".into(),
        effect: EffectId::from("0001-1"),
    });
    let key = machine.secrets().get("links").await.expect("it is kept");
    let by = |key: &str, expires: &str| {
        let keys = Keys::new([key.as_bytes()]).expect("it is long enough");
        format!("{base}/{}", keys.write(&of, at(expires)))
    };
    let forged = by(
        "a key that is not the company's own, though long",
        "2027-01-01T00:00:00Z",
    );
    let old = by(key.current(), "2026-11-23T08:00:00Z");
    let mut changed = link.clone();
    let last = changed.pop();
    changed.push(if last == Some('A') { 'B' } else { 'A' });
    let nothing = [
        (forged, 403),
        (old, 410),
        (changed, 404),
        (format!("{base}/anything"), 404),
        (format!("{base}/"), 404),
        (format!("{link}/invoice"), 404),
    ];
    for (link, status) in nothing {
        for shown in [
            machine.open(&link).await,
            machine.press(&link, &[("do", "accept")]).await,
        ] {
            assert!(
                shown.status == status || (status == 404 && shown.status == 403),
                "{link}: {}",
                shown.status
            );
            assert_closed(&shown);
            let html = shown.html();
            assert!(html.contains("newest mail"), "it says what to do: {html}");
            for secret in ["Harbour", "Luis", "Plan", "Sample Studio"] {
                assert!(!html.contains(secret), "{secret}: {html}");
            }
        }
    }
    assert_eq!(history(&machine, &project.id).await, before);
    // Thirty days after it was mailed, a link is of no use to whoever finds it.
    assert_eq!(machine.open(&link).await.status, 200);
    machine.forward_to(at("2026-12-24T08:00:00Z"));
    assert_eq!(machine.open(&link).await.status, 410);
    assert!(machine.parked().await.is_empty());
}
