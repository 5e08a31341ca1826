//! P72 and P73: one set of figures in the mail, the PDF, its XML and the store, accepted by the official rules; and no number
//! for an invoice that they would refuse.

use std::path::Path;
use std::process::Command;

use domain::billing::Invoice;
use local::Attachment;
use serde_json::{Value, json};
use tests::machine::Machine;
use tests::world::{billing_of, root, starter_with};

const FRIDAY: &str = "2026-12-04T13:00:05Z";

/// A milestone of this client's contract is done.
fn milestone_done(client: &str, amount_cents: i64, currency: &str) -> Value {
    let file = root().join("events/milestone.done.json");
    let text = std::fs::read_to_string(file).expect("there is an example of it");
    let mut event: Value = serde_json::from_str(&text).expect("it is JSON");
    event["detail"]["metadata"]["id"] = format!("case_1/{client}").into();
    event["detail"]["data"] = json!({
        "client_id": client, "contract_id": format!("C-{client}"), "milestone": "first_version",
        "title": "First version accepted", "amount_cents": amount_cents, "currency": currency, "project": "case_1",
    });
    event
}

async fn machine() -> Machine {
    let machine = Machine::at(FRIDAY).await;
    let company = starter_with(|files| {
        let harbour = billing_of(files, "harbour");
        harbour["format"] = "xrechnung".into();
        harbour["buyer_reference"] = "04011000-12345-67".into();
        billing_of(files, "orchard")["format"] = "peppol".into();
    });
    app::apply::apply(&machine.store, &company)
        .await
        .expect("it can be applied");
    machine
}

/// What the official rules have against these files; nothing is the only answer that is accepted.
fn judged(files: &[&Path]) {
    let python = root().join(".venv-einvoice/bin/python");
    assert!(python.exists(), "the README says how its packages come");
    let output = Command::new(python)
        .arg(root().join("tests/einvoice/findings.py"))
        .args(files)
        .output()
        .expect("python starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p72_p73_mail_pdf_xml_and_store_say_the_same_and_the_rules_accept_it() {
    let machine = machine().await;
    machine
        .send(&[
            milestone_done("harbour", 1_920_000, "EUR"),
            milestone_done("summit", 100_002, "CHF"),
        ])
        .await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mails = machine.host.mails();
    let mut judge = Vec::new();
    let mut seen = Vec::new();
    for number in ["SST-2026-0001", "SST-2026-0002"] {
        let kept = async |id: String| {
            let document = machine.store.document(&id).await.expect("readable");
            document.map(|document| document.bytes)
        };
        let pdf = kept(format!("invoice/{number}")).await.expect("it is kept");
        let cii = kept(format!("invoice/{number}/cii"))
            .await
            .expect("it is kept");
        let ubl = kept(format!("invoice/{number}/ubl")).await;
        let mail = mails
            .iter()
            .map(|mail| mail.parsed())
            .find(|mail| mail.subject.contains(number))
            .expect("it was mailed");
        let invoice: Invoice = machine
            .store
            .invoice(number)
            .await
            .expect("readable")
            .expect("it is stored");
        // The mail brings what is kept, byte for byte, and says what is due.
        let attached: Vec<&Attachment> = mail.attachments.iter().collect();
        assert_eq!(attached[0].bytes, pdf);
        assert_eq!(
            attached.get(1).map(|file| file.bytes.to_vec()),
            ubl,
            "{number}"
        );
        let due = pages::invoice::amount_due(&invoice);
        let text = mail.text.expect("mails have a text").replace('\u{a0}', " ");
        assert!(text.contains(&due.replace('\u{a0}', " ")), "{due}: {text}");
        // The XML says the stored figures.
        let xml = String::from_utf8(cii.clone()).expect("XML is UTF-8");
        let figure = |minor| invoice.content.currency.decimal(minor).to_string();
        for (name, minor) in [
            ("GrandTotalAmount", invoice.totals.gross),
            ("DuePayableAmount", invoice.totals.due),
        ] {
            let said = format!("<ram:{name}>{}</ram:{name}>", figure(minor));
            assert!(xml.contains(&said), "{said}");
        }
        for (ending, bytes) in [
            ("cii.xml", Some(cii)),
            ("ubl.xml", ubl.clone()),
            ("pdf", Some(pdf)),
        ] {
            if let Some(bytes) = bytes {
                let path = folder.path().join(format!("{number}.{ending}"));
                std::fs::write(&path, bytes).expect("it can be written");
                judge.push(path);
            }
        }
        seen.push((invoice.content.buyer.name.clone(), ubl.is_some()));
    }
    seen.sort();
    assert_eq!(
        seen,
        [
            ("Harbour Clinic GmbH".to_owned(), true),
            ("Summit Tours AG".to_owned(), false)
        ]
    );
    judged(&judge.iter().map(|path| path.as_path()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn p73_what_the_network_would_refuse_takes_no_number_and_gets_an_owner() {
    let machine = machine().await;
    // Peppol wants a reference or an order number, and this client has none.
    machine
        .send(&[milestone_done("orchard", 50_000, "EUR")])
        .await;
    assert!(
        machine
            .host
            .mails()
            .iter()
            .all(|mail| !mail.subject().contains("SST-"))
    );
    // It waits as a draft without a number, and somebody has the task to mend it.
    let waiting = machine.store.standings().await.expect("the table answers");
    let told = format!("{waiting:?}");
    assert_eq!(waiting.len(), 1, "{told}");
    assert_eq!(waiting[0].life.stands.word(), "draft");
    assert!(told.contains("buyer_reference"), "{told}");
    let attention = machine.case_of("invoice_attention").await;
    assert_eq!(attention.open_tasks().count(), 1);
    machine
        .send(&[milestone_done("harbour", 50_000, "EUR")])
        .await;
    let subjects: Vec<String> = machine.host.mails().iter().map(|m| m.subject()).collect();
    assert!(
        subjects
            .iter()
            .any(|subject| subject.contains("SST-2026-0001")),
        "{subjects:?}"
    );
}
