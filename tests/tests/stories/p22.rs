//! P22: a done milestone becomes a mailed invoice, a client's page that shows it and a told account manager; the case
//! ends when every mail is taken.

use domain::case::Case;
use local::{Fault, How, When};
use serde_json::{Value, json};
use tests::machine::{Machine, demo_event, is_completed, report};

const MONDAY: &str = "2026-11-23T08:00:05Z";

/// A machine with a project whose plan is done, so that its first milestone is next.
async fn at_the_milestone() -> (Machine, Case) {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    let project = machine.case_of("standard_project").await;
    machine.send(&[done(&project, "plan")]).await;
    (machine, project)
}

fn done(case: &Case, step: &str) -> Value {
    let data = json!({ "case": case.id, "step": step, "outcome": null, "by": "luis" });
    report("task.done", &format!("task.done/{}/{step}", case.id), data)
}

/// The mailer is down.
fn refusing() -> Fault {
    Fault {
        operation: "SendRawEmail".to_owned(),
        skip: 0,
        times: u32::MAX,
        when: When::Before,
        how: How::ServerError,
    }
}

fn invoices(machine: &Machine) -> Vec<local::Mail> {
    let mails = machine.host.mails().into_iter();
    mails
        .filter(|mail| mail.recipients == ["accounts@harbour-clinic.example"])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p22_a_done_milestone_is_billed_and_the_account_manager_told() {
    let (machine, project) = at_the_milestone().await;
    machine.send(&[done(&project, "first_version")]).await;
    let case = machine.case_of("milestone_to_cash").await;
    assert!(is_completed(&case), "{case:#?}");
    assert_eq!(case.owner.0, "felix");
    let mails = invoices(&machine);
    assert_eq!(mails.len(), 1);
    let invoice = mails[0].parsed();
    assert!(
        invoice.subject.contains("SST-2026-0001"),
        "{}",
        invoice.subject
    );
    // 40 % of 48,000.00, and 19 % tax on it.
    assert!(
        invoice.subject.contains("22,848.00\u{a0}EUR"),
        "{}",
        invoice.subject
    );
    let pdf: Vec<_> = invoice
        .attachments
        .iter()
        .filter(|file| file.name.ends_with(".pdf"))
        .collect();
    assert_eq!(pdf.len(), 1);
    assert!(pdf[0].bytes.starts_with(b"%PDF-"));
    let told = machine.mails();
    let told: Vec<_> = told
        .iter()
        .filter(|(to, _)| to == "amira@studio.example")
        .collect();
    assert_eq!(told.len(), 1, "{told:#?}");

    // The client is sent the link to its page, which shows the milestone and the invoice by now.
    let link = machine.link("hanna", "your page at Sample Studio");
    let page = machine.open(&link).await;
    assert_eq!(page.status, 200);
    for shown in ["First version accepted", "1 of 3", "SST-2026-0001"] {
        assert!(page.html().contains(shown), "{shown}: {}", page.html());
    }

    // The same report again, and the emitted event again: one invoice.
    machine
        .send(&[
            done(&project, "first_version"),
            done(&project, "first_version"),
        ])
        .await;
    machine.sweeps(3).await;
    assert_eq!(invoices(&machine).len(), 1);
    let pages = |(to, subject): &&(String, String)| {
        to.starts_with("hanna@") && subject.contains("your page")
    };
    assert_eq!(machine.mails().iter().filter(pages).count(), 1);
    assert_eq!(machine.parked().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn p22_the_case_stays_open_until_its_mail_is_taken() {
    let (machine, project) = at_the_milestone().await;
    machine.host.fail(refusing());
    machine.send(&[done(&project, "first_version")]).await;
    machine.sweeps(2).await;
    assert!(!is_completed(&machine.case_of("milestone_to_cash").await));
    assert_eq!(invoices(&machine).len(), 0);
    machine.host.clear_faults();
    machine.sweeps(6).await;
    let case = machine.case_of("milestone_to_cash").await;
    assert!(is_completed(&case), "{case:#?}");
    assert_eq!(
        invoices(&machine).len(),
        1,
        "one invoice, one number, one mail"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p22_p26_a_mail_that_nobody_takes_is_parked_with_its_owner_and_redriven_once() {
    let (machine, project) = at_the_milestone().await;
    machine.host.fail(refusing());
    machine.send(&[done(&project, "first_version")]).await;
    // Each look of the sweep is followed by the retries of Lambda; within ten minutes it is somebody's.
    let mut minutes = 0;
    while machine.parked().await.is_empty() {
        machine.sweeps(1).await;
        minutes += 1;
        assert!(minutes <= 10, "nobody has it after {minutes} minutes");
    }
    let parked = machine.parked().await;
    let of_invoice: Vec<_> = parked
        .iter()
        .filter(|row| row.detail_type == "invoice.requested")
        .collect();
    assert_eq!(of_invoice.len(), 1, "{parked:#?}");
    assert_eq!(of_invoice[0].owner, "felix", "the owner of the case");
    assert!(!is_completed(&machine.case_of("milestone_to_cash").await));

    machine.host.clear_faults();
    let listed = machine.baton(&["redrive"], "").await;
    assert!(listed.out.contains(of_invoice[0].id()), "{listed:?}");
    for _ in 0..2 {
        let said = machine.baton(&["redrive", "--all"], "").await;
        assert_eq!(said.code, Some(0), "{said:?}");
        machine.rest().await;
    }
    machine.sweeps(3).await;
    assert!(is_completed(&machine.case_of("milestone_to_cash").await));
    assert_eq!(
        invoices(&machine).len(),
        1,
        "one invoice, one number, one mail"
    );
    assert_eq!(machine.parked().await.len(), 0);
}
