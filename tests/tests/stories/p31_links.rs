//! P31: mails about a clock of a case lead to a page, too: "I have it", hand over, take over, by one press and once; and it
//! says how the clock stands once the work is done where it is worked on.

use domain::case::Case;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::machine::Machine;
use tests::world::sample;

const TUESDAY: &str = "2026-11-24T08:30:00Z";

async fn stand_at(machine: &Machine, time: &str) {
    let at: Timestamp = format!("2026-11-24T{time}Z").parse().expect("a time");
    machine.forward_to(at);
}

async fn says(machine: &Machine, kind: &str, time: &str, detail: &Value) {
    stand_at(machine, time).await;
    let mut event = sample(kind);
    event["time"] = json!(format!("2026-11-24T{time}Z"));
    event["detail"]["update_id"] = json!(format!("d-{time}"));
    let fields = event["detail"].as_object_mut().expect("fields");
    fields.extend(detail.as_object().expect("fields").clone());
    machine.send(&[event]).await;
}

fn clock<'a>(case: &'a Case, name: &str) -> &'a domain::case::CaseClock {
    case.clocks.get(&name.into()).expect("it was started")
}

#[tokio::test(flavor = "multi_thread")]
async fn p31_a_warned_clock_is_had_and_handed_over_by_one_press() {
    let machine = Machine::at(TUESDAY).await;
    says(&machine, "ticket.created", "08:31:00", &json!({})).await;
    // This client was promised 15 minutes: half of them are gone when the next sweep comes.
    stand_at(&machine, "08:38:05").await;
    machine.sweeps(1).await;
    let link = machine.link("aron", "left: Answer Harbour Clinic");
    let case = machine.case_of("support_ticket").await;
    let due_at = clock(&case, "first_response").clock.due_at();
    let page = machine.open(&link).await.html();
    for words in [
        "Answer Harbour Clinic",
        "It is yours.",
        "I have it",
        "Hand it over",
        "It ends by itself",
        "given to Aron",
        "its deadline came near",
        "24 November, 09:46",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("value=\"end\""), "it is not ended here");
    assert_eq!(
        machine.case_of("support_ticket").await,
        case,
        "looking changes nothing"
    );
    for said in ["Noted: you have it.", "Nothing was changed"] {
        let page = machine.press(&link, &[("do", "accept")]).await.html();
        assert!(page.contains(said), "{said}: {page}");
    }
    let case = machine.case_of("support_ticket").await;
    assert!(clock(&case, "first_response").accepted_at.is_some());
    for said in ["Amira has it now.", "Nothing was changed"] {
        let hand = [("do", "hand"), ("to", "amira")];
        let page = machine.press(&link, &hand).await.html();
        assert!(page.contains(said), "{said}: {page}");
    }
    let case = machine.case_of("support_ticket").await;
    let handed = clock(&case, "first_response");
    assert_eq!(
        (handed.owner.as_str(), handed.clock.due_at()),
        ("amira", due_at)
    );
    // She is told, and by her link she could hand it on.
    let told = machine.link("amira", "Yours now: Answer Harbour Clinic");
    let page = machine.open(&told).await.html();
    assert!(
        page.contains("I have it") && page.contains("Aron handed it to Amira"),
        "{page}"
    );
    says(
        &machine,
        "ticket.replied",
        "08:41:00",
        &json!({ "by": "agent" }),
    )
    .await;
    for link in [&link, &told] {
        let page = machine.press(link, &[("do", "accept")]).await.html();
        assert!(
            page.contains("It was done on") && page.contains("Nothing was changed"),
            "{page}"
        );
        assert!(!page.contains("<button"), "{page}");
    }
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p31_a_missed_clock_is_taken_over_by_whoever_it_escalates_to() {
    let machine = Machine::at(TUESDAY).await;
    let urgent = json!({ "priority": "urgent" });
    says(&machine, "ticket.created", "08:31:00", &urgent).await;
    says(
        &machine,
        "ticket.replied",
        "08:33:00",
        &json!({ "by": "agent" }),
    )
    .await;
    // Four business hours have passed, and half an hour: nothing ran meanwhile.
    stand_at(&machine, "13:00:00").await;
    machine.sweeps(1).await;
    // What was missed meanwhile comes once, and each mail says how late it is.
    let mut aron = machine.mail_texts("aron", "Solve T-2041");
    aron.retain(|mail| mail.contains("later than it should"));
    assert_eq!(aron.len(), 3, "two warnings and the breach: {aron:#?}");
    for late in ["2 h 30 min", "1 h 18 min", "30 min"] {
        let says = |mail: &&String| mail.contains(&format!("comes {late} later"));
        assert_eq!(aron.iter().filter(says).count(), 1, "{late}: {aron:#?}");
    }
    assert!(!aron.concat().contains("left"), "the deadline has passed");
    let link = machine.link("dana", "Overdue since");
    let page = machine.open(&link).await.html();
    for words in ["Aron has it.", "I take it over", "overdue since"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = machine.press(&link, &[("do", "take_over")]).await.html();
    assert!(page.contains("It is yours now."), "{page}");
    let case = machine.case_of("support_ticket").await;
    assert_eq!(clock(&case, "resolution").owner.as_str(), "dana");
    // The owner's own mail, about the same clock, has nothing more to offer.
    let late = machine.link("aron", "Overdue since");
    let page = machine.open(&late).await.html();
    assert!(page.contains("Dana has it now."), "{page}");
    says(&machine, "ticket.solved", "13:20:00", &json!({})).await;
    let page = machine.open(&link).await.html();
    assert!(page.contains("It was done on"), "{page}");
    assert!(machine.parked().await.is_empty());
}
