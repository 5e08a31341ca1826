//! P80: `baton trace` tells every event, owner, clock, mail and invoice of a case in order, and history makes the state.

use domain::case::Fact;
use tests::machine::{Machine, demo_event};
use tests::world::demo_events;

const MONDAY: &str = "2026-11-23T08:00:05Z";

#[tokio::test(flavor = "multi_thread")]
async fn p80_every_case_of_the_chain_is_told_without_a_gap_and_replays() {
    let machine = Machine::at(MONDAY).await;
    for event in demo_events() {
        machine.send(&[event]).await;
    }
    let cases = machine.cases().await;
    assert_eq!(cases.len(), 4);
    let mut mails = 0;
    for id in cases.keys() {
        let trace = machine.trace(id).await;
        assert!(trace.replays, "{id}");
        let sequences: Vec<u64> = trace.entries.iter().map(|entry| entry.sequence).collect();
        let unbroken: Vec<u64> = (1..=trace.case.sequence).collect();
        assert_eq!(sequences, unbroken, "{id}");
        assert!(trace.entries.is_sorted_by_key(|entry| entry.at), "{id}");
        // Each effect that history owes is a row, each row is told, and each was carried out under the outside's name.
        let history = machine.store.history(id).await.expect("the table answers");
        let facts = || history.iter().flat_map(|record| &record.facts);
        let owed = facts()
            .filter(|fact| matches!(fact, Fact::EffectOwed { .. }))
            .count();
        let closed = facts()
            .filter(|fact| matches!(fact, Fact::EffectClosed { .. }))
            .count();
        assert_eq!(
            (owed, closed),
            (trace.effects.len(), trace.effects.len()),
            "{id}"
        );
        mails += trace
            .effects
            .iter()
            .filter(|row| row.effect().expect("readable").detail_type() == Some("mail.requested"))
            .count();
    }
    // The invoice's mail is the invoice's effect.
    assert_eq!(machine.mails().len(), mails + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p80_the_command_prints_it() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    let case = machine.case_of("contract_to_kickoff").await;
    let printed = machine.baton(&["trace", &case.id.0, "--json"], "").await;
    let told: serde_json::Value = serde_json::from_str(&printed.out).expect("it is JSON");
    assert_eq!(told["replays"], true, "{}", printed.out);
    let words = printed.out;
    for part in [
        "contract.signed",
        "luis",
        "kickoff_mail",
        "hanna@harbour-clinic.example",
    ] {
        assert!(words.contains(part), "{part} is not told:\n{words}");
    }
}
