//! The whole chain in one process: contract, staffing, kickoff, build and QA, milestone, invoice; then the same with
//! every delivery twice, and with every AWS call failing once before and once after its effect. So for what waits.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{CaseId, EffectId};
use tests::cost;
use tests::play::{Calls, Script, faults_change_nothing, play};
use tests::world::{demo_events, sample};

const MONDAY_MORNING: &str = "2026-11-23T08:00:00Z";

/// Which calls fail. `BATON_TEST_EVERY=1` lets every single call of a chain fail in each way, which takes a quarter of an
/// hour; without it, each place in the code that calls AWS fails once in each way.
fn calls() -> Calls {
    calls_or(Calls::EachSite)
}

fn calls_or(usual: Calls) -> Calls {
    match std::env::var_os("BATON_TEST_EVERY") {
        Some(_) => Calls::Every,
        None => usual,
    }
}

fn demo() -> Script {
    Script {
        at: MONDAY_MORNING,
        events: demo_events(),
        bills: None,
    }
}

/// Tickets that are solved before they are answered and after; a proposal answered before anybody waits for it.
fn waits() -> Script {
    let mut second = [
        sample("ticket.created"),
        sample("ticket.replied"),
        sample("ticket.solved"),
    ];
    for event in &mut second {
        let update = format!(
            "{}-b",
            event["detail"]["update_id"].as_str().expect("an id")
        );
        event["detail"]["update_id"] = update.into();
        event["detail"]["ticket_id"] = "T-2042".into();
    }
    let case = CaseId::of_trigger(&"proposal".into(), "[\"P-118\"]");
    let mut sent = tests::machine::report(
        "task.done",
        "sent",
        serde_json::json!({ "case": case, "step": "send", "by": "amira" }),
    );
    sent["id"] = "sent".into();
    sent["time"] = "2026-11-26T09:20:00Z".into();
    let first = [
        sample("ticket.created"),
        sample("ticket.solved"),
        sample("ticket.replied"),
        sample("proposal.drafted"),
        sample("proposal.answered"),
        sent,
    ];
    Script {
        at: "2026-11-24T09:00:00Z",
        events: first.into_iter().chain(second).collect(),
        bills: None,
    }
}

#[tokio::test(start_paused = true)]
async fn p21_p22_p80_the_chain_runs_from_contract_to_invoice() {
    let played = play(&demo(), false, None).await;
    assert_eq!(played.failed, Vec::<String>::new());
    assert_eq!(
        played.unreplayable,
        Vec::<String>::new(),
        "P80: the history makes the stored state"
    );
    let states: Vec<_> = played
        .end
        .cases
        .values()
        .map(|(state, _)| state.as_str())
        .collect();
    // The monthly audit began by itself on 1 December, in the middle of the chain.
    assert_eq!(played.end.cases.len(), 5, "{:#?}", played.end);
    assert_eq!(
        states.iter().filter(|state| **state == "completed").count(),
        3,
        "{:#?}",
        played.end
    );
    assert!(
        played
            .end
            .mails
            .keys()
            .any(|mail| mail.starts_with("hanna@") && mail.contains("ready to start"))
    );
    assert!(
        played
            .end
            .mails
            .keys()
            .any(|mail| mail.starts_with("accounts@") && mail.contains("SST-2026-0001"))
    );
    assert_eq!(played.doubled, 0);
}

#[tokio::test(start_paused = true)]
async fn every_delivery_twice_changes_nothing() {
    let (once, twice) = (
        play(&demo(), false, None).await,
        play(&demo(), true, None).await,
    );
    assert_eq!(once.end, twice.end);
    assert_eq!(twice.doubled, 0);
    assert_eq!(twice.failed, Vec::<String>::new());
}

#[test]
fn a_call_that_fails_once_before_or_after_its_effect_changes_nothing() {
    faults_change_nothing(&demo(), calls(), |matrix| println!("{matrix}"));
}

#[tokio::test(start_paused = true)]
async fn p23_what_waits_goes_on_whichever_was_first() {
    let played = play(&waits(), false, None).await;
    assert_eq!(played.failed, Vec::<String>::new());
    assert_eq!(played.unreplayable, Vec::<String>::new());
    let states: Vec<_> = played
        .end
        .cases
        .values()
        .map(|(state, _)| state.as_str())
        .collect();
    let completed = states.iter().filter(|state| **state == "completed").count();
    assert_eq!((states.len(), completed), (3, 2), "{:#?}", played.end);
    let proposal = CaseId::of_trigger(&"proposal".into(), "[\"P-118\"]");
    let (_, steps) = &played.end.cases[proposal.as_str()];
    assert!(
        steps.contains(&"contract run 1 open".to_owned()),
        "{steps:?}"
    );
    let twice = play(&waits(), true, None).await;
    assert_eq!(played.end, twice.end);
}

/// No wake-up is lost: whichever call of the event or of the wait fails, and however.
#[test]
fn p23_a_call_that_fails_loses_no_wake_up() {
    faults_change_nothing(&waits(), calls(), |matrix| println!("{matrix}"));
}

/// Each input is one transaction and at most two reads, and one more where a step assigns: what people are committed to.
/// An effect that bills is three inputs in turn: the invoice is issued, it was mailed, and its case hears of it. What the
/// contract's chain writes stays below its bar.
#[tokio::test(start_paused = true)]
async fn each_input_is_one_transaction_and_few_reads() {
    let [contract, whole] = cost::of_demo().await;
    assert!(contract.write_units <= 120.0, "{}", contract.render());
    for chain in [&contract, &whole] {
        let over = chain.inputs.iter().filter(|input| {
            let (transactions, reads) = match input.function.as_str() {
                "Invoice" => (3, 5),
                // It looks at the four parts of the due index, and at what is due.
                "SlaCheck" => (usize::MAX, usize::MAX),
                _ => (1, 2 + usize::from(0 < input.loads)),
            };
            transactions < input.transactions || reads < input.reads
        });
        let over: Vec<_> = over.collect();
        assert!(over.is_empty(), "{over:#?}\n{}", chain.render());
    }
    let moved = contract
        .inputs
        .iter()
        .filter(|input| input.transactions == 1);
    // The case and its project, and four mails that are closed.
    assert_eq!(moved.count(), 5, "{}", contract.render());
}

/// A month with a fee, prepaid hours and time, in which one entry corrects another.
fn month() -> Script {
    let logged = |id: &str, data: serde_json::Value| {
        let mut event = tests::machine::report("time.logged", id, data);
        event["id"] = id.into();
        event["time"] = "2026-11-24T10:00:00Z".into();
        event
    };
    let worked = |minutes: u32, day: &str| serde_json::json!({ "client": "harbour", "by": "luis", "minutes": minutes, "on": day });
    let wrong = logged("t-1", worked(600, "2026-11-20"));
    let entry = domain::id::EntryId::of_event(&"t-1".into());
    let mut right = worked(60, "2026-11-20");
    right["replaces"] = entry.as_str().into();
    Script {
        at: MONDAY_MORNING,
        events: vec![
            wrong,
            logged("t-2", worked(95, "2026-11-23")),
            logged("t-3", right),
        ],
        bills: Some(("2026-11".parse().expect("a month"), of_a_month)),
    }
}

fn of_a_month() -> store::Company {
    tests::world::starter_with(|files| {
        let billing = tests::world::billing_of(files, "harbour");
        billing["time"] = serde_json::json!({ "rates": [{ "cents_per_hour": 12000 }] });
        billing["agreements"] = serde_json::json!({
            "care": { "title": "Care plan", "kind": "fee", "amount_cents": 50000, "from": "2026-01-01" },
            "block": { "title": "Prepaid hours", "kind": "block", "amount_cents": 100_000, "from": "2026-01-01", "hours": 2 },
        });
    })
}

#[tokio::test(start_paused = true)]
async fn p70_a_month_is_billed_once_though_everything_comes_twice() {
    let (once, twice) = (
        play(&month(), false, None).await,
        play(&month(), true, None).await,
    );
    assert_eq!(once.end.invoices.len(), 1, "{:#?}", once.end);
    let mails = once
        .end
        .mails
        .keys()
        .filter(|mail| mail.starts_with("accounts@"));
    assert_eq!(mails.count(), 1, "{:#?}", once.end);
    // Three entries, of which one was replaced, and a draw of the prepaid hours.
    assert_eq!(once.end.billed.len(), 4, "{:#?}", once.end);
    assert_eq!(once.end, twice.end);
    assert_eq!(twice.failed, Vec::<String>::new());
}

/// No claim or draw is lost or made twice: whichever call of the entries, the run or the invoice fails, and however.
#[test]
fn p70_p71_a_call_that_fails_bills_no_month_twice_and_loses_no_entry() {
    faults_change_nothing(&month(), calls(), |matrix| println!("{matrix}"));
}

/// What SES says of a mail that came back: by whose effect it was sent, and SES's id of this word.
fn returned(event: &str, case: &CaseId, effect: EffectId, word: &str) -> serde_json::Value {
    let mut said = sample(event);
    let tag = URL_SAFE_NO_PAD.encode(format!("{case}/{effect}"));
    said["detail"]["mail"]["tags"]["baton_effect"] = serde_json::json!([tag]);
    for of in ["bounce", "complaint"] {
        if said["detail"][of].is_object() {
            said["detail"][of]["feedbackId"] = word.into();
        }
    }
    said["id"] = word.into();
    said["time"] = "2026-12-04T13:05:00Z".into();
    said
}

/// The mail to the client comes back, and its invoice, twice by two words; then the client calls the invoice spam.
fn mails_returned() -> Script {
    let kickoff = CaseId::of_trigger(&"contract_to_kickoff".into(), "[\"C-2026-014\"]");
    let cash = CaseId::of_trigger(
        &"milestone_to_cash".into(),
        "[\"C-2026-014\",\"first_version\"]",
    );
    let invoice = |event, word| returned(event, &cash, EffectId::new(1, 1), word);
    Script {
        at: MONDAY_MORNING,
        events: vec![
            sample("contract.signed"),
            sample("milestone.done"),
            returned("Email Bounced", &kickoff, EffectId::new(1, 2), "word-1"),
            invoice("Email Bounced", "word-2"),
            invoice("Email Bounced", "word-3"),
            invoice("Email Complaint Received", "word-4"),
        ],
        bills: None,
    }
}

#[tokio::test(start_paused = true)]
async fn p74_a_mail_that_came_back_counts_once_though_its_word_comes_twice() {
    let once = play(&mails_returned(), false, None).await;
    assert_eq!(once.failed, Vec::<String>::new());
    let standing: Vec<_> = once.end.invoices.values().collect();
    assert_eq!(standing.len(), 1, "{:#?}", once.end);
    assert!(standing[0].starts_with("bounced"), "{:#?}", once.end);
    // The kickoff mail that came back, and the word "spam", each its owner's.
    assert_eq!(once.end.parked.len(), 2, "{:#?}", once.end);
    let twice = play(&mails_returned(), true, None).await;
    assert_eq!(once.end, twice.end);
    assert_eq!(twice.failed, Vec::<String>::new());
}

/// No word of a mail that came back is lost or entered twice: whichever call of what hears it fails, and however.
#[test]
fn p74_a_call_that_fails_loses_no_mail_that_came_back() {
    let calls = calls_or(Calls::Of("AdvanceCase"));
    faults_change_nothing(&mails_returned(), calls, |matrix| println!("{matrix}"));
}
