//! P70: how a client is billed is written in files or said by a command: held back, above a limit, mended.

use serde_json::{Value, json};
use store::Company;
use tests::machine::{Machine, Said, is_completed, report};
use tests::world::{billing_of, starter_with};

const MONDAY: &str = "2026-11-23T08:00:05Z";
const NUMBER: &str = "SST-2026-0001";

/// The starter with other billing rules for the client of the demo.
fn company(change: impl Fn(&mut Value)) -> Company {
    starter_with(|files| change(billing_of(files, "harbour")))
}

async fn apply(machine: &Machine, company: &Company) {
    app::apply::apply(&machine.store, company)
        .await
        .expect("it can be applied");
}

/// A milestone was accepted whose invoice somebody has to approve.
async fn above_the_limit() -> Machine {
    let machine = Machine::at(MONDAY).await;
    let limited = company(|rules| rules["approval_above_cents"] = 1_000_000.into());
    apply(&machine, &limited).await;
    machine.accept_first_version().await;
    machine
}

async fn invoice(machine: &Machine, arguments: &[&str]) -> Said {
    let said = machine.baton(&[&["invoice"], arguments].concat(), "").await;
    assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
    said
}

/// Number or draft, and where it stands.
async fn listed(machine: &Machine) -> Vec<(String, String)> {
    let said = invoice(machine, &["list", "--json"]).await;
    let listed: Value = serde_json::from_str(&said.out).expect("it is JSON");
    let one = |it: &Value| {
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        (text("id"), text("state"))
    };
    listed["invoices"]
        .as_array()
        .expect("a list")
        .iter()
        .map(one)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p70_what_is_held_takes_no_number_until_it_is_let_go() {
    let machine = Machine::at(MONDAY).await;
    invoice(
        &machine,
        &["hold", "C-2026-014", "--reason", "scope is argued about"],
    )
    .await;
    machine.accept_first_version().await;
    let held = listed(&machine).await;
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(held[0].1, "draft");
    assert!(
        invoice(&machine, &["hold"])
            .await
            .out
            .contains("scope is argued about")
    );

    invoice(&machine, &["hold", "C-2026-014", "--release"]).await;
    machine.sweeps(7).await;
    assert_eq!(
        listed(&machine).await,
        [(NUMBER.to_owned(), "mailed".to_owned())]
    );
    assert!(is_completed(&machine.case_of("milestone_to_cash").await));

    let resent = invoice(&machine, &["resend", NUMBER, "--by", "amira"]).await;
    assert!(resent.out.contains(NUMBER), "{resent:?}");
    let csv = invoice(&machine, &["export", "--csv", "-"]).await.out;
    let line = csv
        .lines()
        .find(|line| line.starts_with(NUMBER))
        .expect("a line for it");
    for part in ["harbour", "19200.00", "3648.00", "22848.00"] {
        assert!(line.contains(part), "{part} in {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p70_above_the_limit_somebody_decides_and_the_number_comes_after_the_yes() {
    let machine = above_the_limit().await;
    assert_eq!(listed(&machine).await[0].1, "draft");
    let asked = machine.case_of("invoice_approval").await;
    let (step, _, task) = asked.open_tasks().next().expect("somebody is asked");
    assert_eq!((step.as_str(), task.owner.as_str()), ("approve", "felix"));
    let data = json!({ "case": asked.id, "step": "approve", "choice": "approve", "by": "felix" });
    machine.send(&[report("decision.made", "yes", data)]).await;
    machine.sweeps(7).await;
    assert_eq!(
        listed(&machine).await,
        [(NUMBER.to_owned(), "mailed".to_owned())]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p70_an_invoice_that_waits_is_warned_of_before_it_is_late_and_told_of_when_it_is() {
    let machine = above_the_limit().await;
    let told = |mark: &str| {
        let is = |(to, subject): &(String, String)| {
            to.starts_with("felix@")
                && subject.contains(mark)
                && subject.contains("Bill First version")
        };
        machine.mails().iter().filter(|mail| is(mail)).count()
    };
    for mark in ["left", "Overdue"] {
        let case = machine.case_of("milestone_to_cash").await;
        let duty = case.duties().next().expect("its clock runs");
        let next = duty.clock.and_then(|clock| clock.next_mark());
        let (at, _) = next.expect("it has something to say");
        assert_eq!(told(mark), 0);
        machine.forward_to(at);
        machine.sweeps(3).await;
        assert_eq!(told(mark), 1, "{:?}", machine.mails());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p70_a_no_keeps_the_draft_without_a_number_until_somebody_says_yes() {
    let machine = above_the_limit().await;
    let drafts = listed(&machine).await;
    let asked = machine.case_of("invoice_approval").await;
    let data = json!({ "case": asked.id, "step": "approve", "choice": "decline", "by": "felix" });
    machine.send(&[report("decision.made", "no", data)]).await;
    assert!(is_completed(&machine.case_of("invoice_approval").await));
    // It is looked at again and again; nobody is asked twice, and nothing leaves the house.
    machine.sweeps(14).await;
    assert_eq!(listed(&machine).await, drafts);
    let draft = drafts[0].0.as_str();
    let shown = invoice(&machine, &["show", draft]).await.out;
    assert!(shown.contains("declined"), "{shown}");
    let to_client = |mails: Vec<(String, String)>| {
        let to_them = mails
            .into_iter()
            .filter(|(to, _)| to.contains("accounts@harbour-clinic"));
        to_them.count()
    };
    assert_eq!(to_client(machine.mails()), 0);
    assert!(!is_completed(&machine.case_of("milestone_to_cash").await));
    machine.case_of("invoice_approval").await;
    assert!(machine.parked().await.is_empty());

    invoice(&machine, &["approve", draft, "--by", "felix"]).await;
    machine.sweeps(7).await;
    assert_eq!(
        listed(&machine).await,
        [(NUMBER.to_owned(), "mailed".to_owned())],
        "the first number, as none was taken before"
    );
    assert_eq!(to_client(machine.mails()), 1);
    assert!(is_completed(&machine.case_of("milestone_to_cash").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn p70_what_a_file_lacks_is_somebodys_task_and_mending_it_is_enough() {
    let machine = Machine::at(MONDAY).await;
    let without_po = company(|rules| {
        rules["po_required"] = true.into();
        if let Some(rules) = rules.as_object_mut() {
            rules.remove("po");
        }
    });
    apply(&machine, &without_po).await;
    machine.accept_first_version().await;
    assert_eq!(listed(&machine).await[0].1, "draft");
    let attention = machine.case_of("invoice_attention").await;
    assert_eq!(attention.open_tasks().count(), 1);
    apply(&machine, &company(|_| {})).await;
    // A function remembers the company for a few seconds, so the first look may still see the old files.
    for _ in 0..40 {
        machine.sweeps(6).await;
        if listed(&machine).await[0].1 == "mailed" {
            break;
        }
    }
    assert_eq!(
        listed(&machine).await,
        [(NUMBER.to_owned(), "mailed".to_owned())]
    );
}
