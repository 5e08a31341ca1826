//! P13, P26, P31, P32, P35: a task is handed on with its clock, what is parked and what stands still is told, and edited
//! working hours move running clocks before anybody is surprised by them.

use domain::case::Case;
use serde_json::{Value, json};
use tests::machine::{Machine, contract, demo_event, report};
use tests::world::root;

const MONDAY: &str = "2026-11-23T08:00:05Z";

fn at(text: &str) -> jiff::Timestamp {
    text.parse().expect("it is a time")
}

fn of_plan(kind: &str, case: &Case, number: u32, people: Value) -> Value {
    let mut data = json!({ "case": case.id, "step": "plan" });
    for (name, person) in people.as_object().expect("people by what they do") {
        data[name] = person.clone();
    }
    report(kind, &format!("{kind}/{}/{number}", case.id), data)
}

/// The subjects of the mails to a person that hold these words.
fn told(machine: &Machine, person: &str, words: &str) -> usize {
    let to = format!("{person}@studio.example");
    let mails = machine.mails().into_iter();
    mails
        .filter(|(reader, subject)| reader.contains(&to) && subject.contains(words))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn p31_a_task_handed_on_keeps_its_clock_and_each_mark_comes_once() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    let project = machine.case_of("standard_project").await;
    let accepted = of_plan("task.accepted", &project, 1, json!({ "by": "luis" }));
    let handed = of_plan(
        "task.handed",
        &project,
        2,
        json!({ "by": "luis", "to": "dana" }),
    );
    machine.send(std::slice::from_ref(&accepted)).await;
    machine.send(&[accepted, handed.clone(), handed]).await;
    let due = |case: &Case| {
        let (_, task) = case.open_task(&"plan".into()).expect("it is open");
        (
            task.owner.0.clone(),
            task.clock.as_ref().and_then(|clock| clock.due_at()),
        )
    };
    let (before, after) = (
        due(&project),
        due(&machine.case_of("standard_project").await),
    );
    assert_eq!((before.0.as_str(), after.0.as_str()), ("luis", "dana"));
    assert_eq!(before.1, after.1, "the clock runs on");
    assert_eq!(
        told(&machine, "dana", "Plan the work for Harbour Clinic"),
        1
    );
    // Five business days, 80 %: by Friday evening it is warned; a week later it is missed.
    machine.forward_to(at("2026-11-27T16:00:00Z"));
    machine.sweeps(2).await;
    assert_eq!(told(&machine, "dana", "left: Plan the work"), 1);
    machine.forward_to(at("2026-12-04T16:00:00Z"));
    machine.sweeps(2).await;
    assert_eq!(told(&machine, "dana", "Overdue since"), 1);
    assert_eq!(
        told(&machine, "luis", "Plan the work"),
        1,
        "only that it was his"
    );
    let trace = machine.trace(&project.id).await;
    let facts: Vec<_> = trace
        .entries
        .iter()
        .flat_map(|entry| &entry.facts)
        .collect();
    let marks = facts.iter().filter(|fact| fact.starts_with("plan missed"));
    assert_eq!(marks.count(), 1, "{facts:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p26_what_is_parked_is_told_to_its_owner_within_ten_minutes_and_once() {
    let machine = Machine::at(MONDAY).await;
    for number in 0..3 {
        let mut event = contract(&format!("C-nobody-{number}"));
        event["detail"]["client_id"] = json!("nobody");
        machine.send(&[event]).await;
    }
    assert_eq!(machine.parked().await.len(), 3);
    machine.sweeps(9).await;
    assert_eq!(
        told(&machine, "olga", "3 things could not be carried out"),
        1
    );
    assert_eq!(told(&machine, "olga", "could not be carried out"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p35_a_case_that_nothing_moves_is_told_to_its_owner() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    let case = machine.case_of("contract_to_kickoff").await;
    // The checklist's clock runs until Wednesday; three business days after it nothing has moved.
    machine.forward_to(at("2026-12-02T16:00:00Z"));
    machine.sweeps(3).await;
    let standing = |machine: &Machine| told(machine, &case.owner.0, "Stands still since");
    assert_eq!(standing(&machine), 1, "{:#?}", machine.mails());
    machine.sweeps(3).await;
    assert_eq!(standing(&machine), 1, "it is told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn p32_edited_hours_show_which_clocks_move_and_move_them_when_they_are_in_force() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    let before = machine.case_of("standard_project").await;
    let company = tempfile::tempdir().expect("a folder");
    copy(&root().join("infra/starter"), company.path());
    let team = company.path().join("team.yaml");
    let text = std::fs::read_to_string(&team).expect("a team");
    // The first Thursday and Friday are given to everybody.
    let edited = text.replacen(
        "holidays: [all of DE-BE]",
        "holidays: [all of DE-BE, 2026-11-26, 2026-11-27]",
        1,
    );
    std::fs::write(&team, edited).expect("written");
    let folder = company.path().to_str().expect("a plain name");
    let said = machine.baton(&["apply", folder, "--dry-run"], "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    for words in ["running clocks move", "plan", "Luis", "later"] {
        assert!(said.out.contains(words), "{words}: {said:?}");
    }
    let unmoved = machine.case_of("standard_project").await;
    assert_eq!(unmoved, before, "a dry run changes nothing");
    let said = machine.baton(&["apply", folder], "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let due = |case: &Case| {
        let (_, task) = case.open_task(&"plan".into()).expect("it is open");
        task.clock
            .as_ref()
            .and_then(|clock| clock.due_at())
            .expect("a deadline")
    };
    let after = machine.case_of("standard_project").await;
    // From Monday morning to Wednesday morning.
    assert_eq!(
        due(&after).as_second() - due(&before).as_second(),
        2 * 86_400
    );
    let history = machine.trace(&after.id).await;
    let moved = history.entries.iter().flat_map(|entry| &entry.facts);
    assert_eq!(
        moved
            .filter(|fact| fact.contains("working hours were edited"))
            .count(),
        1
    );
    let again = machine.baton(&["apply", folder], "").await;
    assert!(!again.out.contains("clocks move"), "{again:?}");
}

pub fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("readable").flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).expect("copied")),
        }
    }
}
