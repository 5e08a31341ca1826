//! P71, P74: an invoice from its number to the money: mailed, reminded, disputed, bounced, paid, credited; each once.

use domain::billing::Stands;
use jiff::ToSpan;
use local::Mail;
use serde_json::{Value, json};
use store::Standing;
use tests::machine::Machine;

const MONDAY: &str = "2026-11-23T08:00:05Z";
const NUMBER: &str = "SST-2026-0001";
const CLIENT: &str = "accounts@harbour-clinic.example";

/// A machine on which the first milestone of 48,000.00 is billed: 22,848.00 with tax.
async fn billed() -> Machine {
    let machine = Machine::at(MONDAY).await;
    machine.accept_first_version().await;
    machine
}

fn to_client(machine: &Machine) -> Vec<Mail> {
    let mails = machine.host.mails().into_iter();
    mails.filter(|mail| mail.recipients == [CLIENT]).collect()
}

fn subjects(machine: &Machine) -> Vec<String> {
    to_client(machine).iter().map(Mail::subject).collect()
}

async fn standing(machine: &Machine, number: &str) -> Standing {
    let standing = machine.store.standing(number).await;
    let standing = standing.expect("the table answers");
    standing.unwrap_or_else(|| panic!("there is no {number}"))
}

async fn state(machine: &Machine, number: &str) -> &'static str {
    standing(machine, number).await.life.stands.word()
}

/// Open tasks of `invoice_attention`: who has it, and what its title says.
async fn attention(machine: &Machine) -> Vec<(String, String)> {
    let cases = machine.cases().await;
    let of_invoices = cases
        .values()
        .filter(|case| case.workflow.0 == "invoice_attention");
    let tasks = of_invoices.flat_map(|case| {
        case.open_tasks()
            .map(|(_, _, task)| (task.owner.0.clone(), task.title.clone()))
            .collect::<Vec<_>>()
    });
    tasks.collect()
}

fn of_a_bank(payment: &str, cents: i64) -> Value {
    json!({
        "source": "bank", "detail-type": "payment.received",
        "detail": {
            "payment_id": payment, "invoice": NUMBER, "amount_cents": cents, "currency": "EUR",
            "paid_on": "2026-12-01",
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn p74_a_payment_marks_it_paid_and_its_repeat_changes_nothing() {
    let machine = billed().await;
    assert_eq!(state(&machine, NUMBER).await, "mailed");
    let paid = of_a_bank("T-1", 2_284_800);
    for _ in 0..3 {
        machine.send(std::slice::from_ref(&paid)).await;
    }
    let standing = standing(&machine, NUMBER).await;
    assert_eq!(standing.life.stands.word(), "paid");
    assert_eq!(standing.life.payments.len(), 1);
    assert!(attention(&machine).await.is_empty());
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p74_money_that_does_not_match_is_somebodys_task_and_not_a_guess() {
    let machine = billed().await;
    let part = of_a_bank("T-1", 2_000_000);
    machine.send(&[part.clone(), part]).await;
    assert_eq!(state(&machine, NUMBER).await, "mailed");
    let tasks = attention(&machine).await;
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert_eq!(tasks[0].0, "amira", "the client's account manager");
    assert!(
        tasks[0].1.contains("2848.00 EUR are still open"),
        "{tasks:?}"
    );

    let said = machine
        .baton(
            &[
                "invoice",
                "pay",
                NUMBER,
                "--on",
                "2026-12-03",
                "--amount",
                "3000.00",
            ],
            "",
        )
        .await;
    assert_eq!(said.code, Some(0), "{said:?}");
    machine.rest().await;
    assert_eq!(state(&machine, NUMBER).await, "paid");
    let tasks = attention(&machine).await;
    assert_eq!(tasks.len(), 2, "{tasks:?}");
    assert!(
        tasks
            .iter()
            .any(|(_, title)| title.contains("152.00 EUR more")),
        "{tasks:?}"
    );

    // A number that nobody gave is parked with its reason.
    let mut unknown = of_a_bank("T-9", 100);
    unknown["detail"]["invoice"] = "SST-2026-0999".into();
    machine.send(&[unknown]).await;
    let parked = machine.parked().await;
    assert_eq!(parked.len(), 1);
    assert!(
        parked[0].reason.contains("no invoice SST-2026-0999"),
        "{}",
        parked[0].reason
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p71_a_full_credit_frees_the_milestone_and_a_new_invoice_takes_its_place() {
    let machine = billed().await;
    let issued = machine.store.invoice(NUMBER).await.expect("it is whole");
    let said = machine
        .baton(
            &[
                "invoice",
                "credit",
                NUMBER,
                "--reason",
                "wrong order number",
                "--bill-again",
            ],
            "",
        )
        .await;
    assert_eq!(said.code, Some(0), "{said:?}");
    machine.rest().await;
    machine.sweeps(4).await;
    assert_eq!(state(&machine, NUMBER).await, "credited");
    assert_eq!(state(&machine, "SST-2026-0002").await, "mailed");
    assert_eq!(state(&machine, "SST-2026-0003").await, "mailed");
    let note = machine
        .store
        .invoice("SST-2026-0002")
        .await
        .expect("it is whole");
    let note = note.expect("it is there");
    assert_eq!(note.content.kind.type_code(), "381");
    let preceding = note.content.references.preceding.as_ref();
    assert_eq!(
        preceding.map(|invoice| invoice.number.as_str()),
        Some(NUMBER)
    );
    assert_eq!(
        machine.store.invoice(NUMBER).await.expect("it is whole"),
        issued,
        "what was issued is what it was"
    );
    // The note and the new invoice are two mails of one instant: whichever is first is right.
    let mut told = subjects(&machine);
    told.sort();
    let [note, first, second] = &told[..] else {
        panic!("{told:?}");
    };
    assert!(note.starts_with("Credit note SST-2026-0002"), "{told:?}");
    assert!(first.starts_with("Invoice SST-2026-0001"), "{told:?}");
    assert!(second.starts_with("Invoice SST-2026-0003"), "{told:?}");

    // Credited twice is refused, and so is crediting a credit note.
    for number in [NUMBER, "SST-2026-0002"] {
        let said = machine
            .baton(&["invoice", "credit", number, "--reason", "again"], "")
            .await;
        assert_eq!(said.code, Some(1), "{said:?}");
    }
    let listed = machine.baton(&["invoice", "list", "--json"], "").await;
    let listed: Value = serde_json::from_str(&listed.out).expect("it is JSON");
    assert_eq!(listed["invoices"].as_array().map(Vec::len), Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn p71_partial_credits_never_take_back_more_than_was_billed() {
    let machine = billed().await;
    let credit = async |amount: &'static str| {
        machine
            .baton(
                &[
                    "invoice",
                    "credit",
                    NUMBER,
                    "--amount",
                    amount,
                    "--reason",
                    "a day less",
                ],
                "",
            )
            .await
    };
    assert_eq!(credit("200.00").await.code, Some(0));
    let said = credit("19000.01").await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("take back more"), "{said:?}");
    let said = machine
        .baton(&["invoice", "credit", NUMBER, "--reason", "the rest"], "")
        .await;
    assert_eq!(said.code, Some(0), "{said:?}");
    machine.rest().await;
    assert_eq!(state(&machine, NUMBER).await, "credited");
    let notes: Vec<_> = ["SST-2026-0002", "SST-2026-0003"].into();
    let mut gross = 0;
    for number in notes {
        let note = machine.store.invoice(number).await.expect("it is whole");
        gross += note.expect("it is there").totals.gross.0;
    }
    assert_eq!(gross, 2_284_800);
    let shown = machine.baton(&["invoice", "show", NUMBER], "").await;
    assert!(
        shown.out.contains("credited by SST-2026-0003"),
        "{}",
        shown.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p74_a_bounce_opens_a_task_and_a_resend_sends_the_same_bytes() {
    let machine = billed().await;
    let bounce = json!({
        "source": "mailer", "detail-type": "mail.bounced",
        "detail": { "invoice": NUMBER, "address": CLIENT, "reason": "550 no such user" },
    });
    machine.send(&[bounce.clone(), bounce.clone()]).await;
    assert_eq!(state(&machine, NUMBER).await, "bounced");
    let tasks = attention(&machine).await;
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert!(tasks[0].1.contains("550 no such user"), "{tasks:?}");
    let said = machine.baton(&["invoice", "resend", NUMBER], "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    machine.rest().await;
    assert_eq!(state(&machine, NUMBER).await, "mailed");
    let mails = to_client(&machine);
    assert_eq!(mails.len(), 2);
    let attached = |mail: &Mail| {
        let attachments = mail.parsed().attachments;
        attachments
            .into_iter()
            .map(|file| file.bytes)
            .collect::<Vec<_>>()
    };
    assert_eq!(attached(&mails[0]), attached(&mails[1]));
    // The event of the first bounce comes once more, long after.
    machine.send(&[bounce]).await;
    assert_eq!(state(&machine, NUMBER).await, "mailed");
}

#[tokio::test(flavor = "multi_thread")]
async fn p74_reminders_go_out_once_each_on_business_days_and_a_dispute_stops_them() {
    let machine = billed().await;
    let Stands::Mailed { .. } = standing(&machine, NUMBER).await.life.stands else {
        panic!("it is mailed")
    };
    let planned = standing(&machine, NUMBER).await.life.reminders;
    // Payable until Monday 7 December; 7, 14 and 28 days later, the last of which is a Monday too.
    let days: Vec<_> = planned
        .iter()
        .map(|at| at.strftime("%F %H:%M").to_string())
        .collect();
    assert_eq!(
        days,
        ["2026-12-14 08:00", "2026-12-21 08:00", "2027-01-04 08:00"]
    );
    machine.forward_to(planned[0] - 1.hours());
    machine.sweeps(1).await;
    assert_eq!(subjects(&machine).len(), 1, "not before its time");
    machine.forward_to(planned[0] + 1.minutes());
    machine.sweeps(4).await;
    let told = subjects(&machine);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[1].starts_with("Reminder: invoice SST-2026-0001"),
        "{told:?}"
    );

    let dispute = json!({
        "source": "portal", "detail-type": "invoice.disputed",
        "detail": { "invoice": NUMBER, "by": "Hanna", "reason": "the hours are wrong" },
    });
    machine.send(&[dispute.clone(), dispute]).await;
    assert_eq!(state(&machine, NUMBER).await, "disputed");
    machine.forward_to(planned[1] + 1.hours());
    machine.sweeps(4).await;
    assert_eq!(subjects(&machine).len(), 2, "a dispute stops them");
    let settle = ["invoice", "settle", NUMBER, "--by", "felix"];
    assert_eq!(machine.baton(&settle, "").await.code, Some(0));
    machine.sweeps(4).await;
    assert_eq!(subjects(&machine).len(), 3, "the second one, late");
    machine.send(&[of_a_bank("T-1", 2_284_800)]).await;
    machine.forward_to(planned[2] + 1.hours());
    machine.sweeps(4).await;
    assert_eq!(subjects(&machine).len(), 3, "who has paid is not reminded");
    assert!(machine.parked().await.is_empty());
}
