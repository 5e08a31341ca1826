//! P71, I7: two hundred invoices of one series at once, with calls that fail and functions that are killed.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::case::Case;
use jiff::Timestamp;
use local::{Fault, How, When};
use mail_parser::MessageParser;
use serde_json::Value;
use tests::machine::{Machine, is_completed};
use tests::world::sample;

const FRIDAY: &str = "2026-12-04T09:00:00Z";
const MILESTONES: usize = 200;
const CLIENT: &str = "accounts@harbour-clinic.example";

/// The sample's milestone of another contract.
fn milestone(n: usize) -> Value {
    let mut event = sample("milestone.done");
    event["time"] = FRIDAY.into();
    event["detail"]["metadata"]["id"] = format!("milestone-{n}").into();
    event["detail"]["data"]["contract_id"] = format!("C-{n:03}").into();
    event
}

/// Every way in which the call that numbers, the mail and what is written around them can fail, all along the way.
fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for operation in [
        "TransactWriteItems",
        "UpdateItem",
        "PutItem",
        "SendRawEmail",
    ] {
        for (place, how) in [How::Throttle, How::ServerError, How::Cut]
            .into_iter()
            .enumerate()
        {
            for when in [When::Before, When::After] {
                for skip in [7, 61, 163] {
                    faults.push(Fault {
                        operation: operation.to_owned(),
                        skip: skip + 11 * u32::try_from(place).unwrap_or_default(),
                        times: 1,
                        when,
                        how,
                    });
                }
            }
        }
    }
    faults
}

async fn kill_invoices(machine: &Machine, stop: &AtomicBool) -> usize {
    let mut killed = 0;
    while !stop.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(400)).await;
        killed += machine.host.kill("InvoiceFunction");
    }
    killed
}

/// Sweeps until nothing moves any more.
async fn settle(machine: &Machine) {
    let bills = |cases: std::collections::BTreeMap<_, Case>| {
        cases.into_values().filter(is_completed).count()
    };
    for _ in 0..30 {
        machine.sweeps(8).await;
        if bills(machine.cases().await) == MILESTONES {
            return;
        }
    }
}

/// The first mails with an invoice, each message once.
fn invoiced(machine: &Machine) -> BTreeSet<String> {
    let to_client = machine
        .host
        .mails()
        .into_iter()
        .filter(|mail| mail.recipients == [CLIENT]);
    let ids = to_client.map(|mail| {
        let parsed = MessageParser::default()
            .parse(&mail.raw)
            .expect("a mail can be read")
            .into_owned();
        format!(
            "{} {}",
            parsed.message_id().unwrap_or_default(),
            mail.subject()
        )
    });
    ids.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p71_two_hundred_at_once_leave_no_gap_and_no_double_whatever_fails() {
    let machine = Machine::at(FRIDAY).await;
    let milestones: Vec<_> = (0..MILESTONES).map(milestone).collect();
    for fault in faults() {
        machine.host.fail(fault);
    }
    let stop = AtomicBool::new(false);
    let bill = async {
        machine.put(&milestones).await;
        machine.rest().await;
        stop.store(true, Ordering::SeqCst);
    };
    let (killed, ()) = tokio::join!(kill_invoices(&machine, &stop), bill);
    machine.host.clear_faults();
    settle(&machine).await;
    assert!(killed > 0, "some function was killed");

    let mut standings = machine.store.standings().await.expect("the table answers");
    standings.sort_by(|one, other| one.id.cmp(&other.id));
    let numbers: Vec<_> = standings
        .iter()
        .map(|standing| standing.id.clone())
        .collect();
    let expected: Vec<_> = (1..=MILESTONES)
        .map(|n| format!("SST-2026-{n:04}"))
        .collect();
    assert_eq!(numbers, expected, "no gap, no double");
    let sold: BTreeSet<_> = standings.iter().map(|standing| &standing.owed_by).collect();
    assert_eq!(sold.len(), MILESTONES, "one for each milestone");
    assert!(
        standings
            .iter()
            .all(|standing| standing.life.stands.word() == "mailed"),
        "{standings:#?}"
    );

    // The order of the numbers is the order of issue.
    let mut issued_at: Vec<Timestamp> = Vec::new();
    for number in &numbers {
        let entered = machine
            .store
            .entered(number)
            .await
            .expect("the table answers");
        issued_at.push(entered.first().expect("it was issued").at);
    }
    assert!(issued_at.is_sorted(), "{issued_at:?}");
    assert_eq!(
        invoiced(&machine).len(),
        MILESTONES,
        "each client mail, once by its id"
    );
    assert_eq!(machine.parked().await.len(), 0);

    // Whatever came once more bills nothing more.
    machine.send(&milestones).await;
    machine.sweeps(3).await;
    let again = machine.store.standings().await.expect("the table answers");
    assert_eq!(again.len(), MILESTONES);
    assert_eq!(invoiced(&machine).len(), MILESTONES);
}
