//! P12: somebody is away: no new work from that instant, open work at the backups, told once, clocks running on.

use domain::case::Case;
use domain::id::StepId;
use serde_json::Value;
use tests::machine::Machine;
use tests::owned;
use tests::world::{sample, starter};

const TUESDAY: &str = "2026-11-24T08:00:00Z";

fn lead(n: usize) -> Value {
    let mut event = sample("lead.created");
    event["time"] = TUESDAY.into();
    event["detail"]["lead_id"] = format!("L-{n}").into();
    event["detail"]["change_id"] = format!("crm-{n}").into();
    event["detail"]["company"] = format!("Quay {n} Logistics").into();
    event
}

fn at(mut event: Value, time: &str) -> Value {
    event["time"] = time.into();
    event["detail"]["metadata"]["time"] = time.into();
    event
}

fn call(case: &Case) -> (String, Option<jiff::Timestamp>) {
    let (_, task) = case.open_task(&StepId::from("call")).expect("it is open");
    let due_at = task.clock.as_ref().and_then(|clock| clock.due_at());
    (task.owner.0.clone(), due_at)
}

async fn calls(machine: &Machine) -> Vec<(String, Option<jiff::Timestamp>)> {
    machine.cases().await.values().map(call).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p12_open_work_goes_to_the_backup_and_new_work_never_comes() {
    let machine = Machine::at(TUESDAY).await;
    let leads: Vec<_> = (0..30).map(lead).collect();
    machine.send(&leads).await;
    let before = calls(&machine).await;
    assert!(before.iter().all(|(owner, _)| owner == "amira"));

    let away = at(sample("person.away"), "2026-11-24T08:00:10Z");
    machine.send(&[away.clone(), away.clone()]).await;
    let after = calls(&machine).await;
    // Amira's workflow has a backup of its own, the ops lead.
    assert!(after.iter().all(|(owner, _)| owner == "olga"), "{after:?}");
    let due = |calls: &[(String, Option<jiff::Timestamp>)]| -> Vec<_> {
        calls.iter().map(|(_, due_at)| *due_at).collect()
    };
    assert_eq!(due(&before), due(&after), "clocks run on");
    let told = |to: &str| {
        machine
            .mails()
            .iter()
            .filter(|(reader, _)| reader.starts_with(to))
            .count()
    };
    assert_eq!(told("olga@"), 30, "each new owner once for each task");

    machine.send(&[lead(30)]).await;
    assert!(
        calls(&machine)
            .await
            .iter()
            .all(|(owner, _)| owner == "olga")
    );
    let theirs = machine.store.cases_of_owner(&"amira".into()).await;
    assert!(theirs.expect("the table answers").is_empty());

    let back = at(sample("person.back"), "2026-11-24T08:00:40Z");
    // The report of her absence comes once more, late: she stays back.
    machine.send(&[back, away]).await;
    machine.send(&[lead(31)]).await;
    let owners: Vec<_> = calls(&machine)
        .await
        .into_iter()
        .map(|(owner, _)| owner)
        .collect();
    assert_eq!(owners.iter().filter(|owner| *owner == "amira").count(), 1);
    let team = starter().team;
    for case in machine.cases().await.keys() {
        assert!(machine.trace(case).await.replays);
        let history = machine.store.history(case).await;
        owned::at_every_instant(&team, &history.expect("the table answers"));
    }
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p12_a_name_that_nobody_has_is_parked_with_the_way_to_mend_it() {
    let machine = Machine::at(TUESDAY).await;
    let mut away = sample("person.away");
    away["detail"]["data"]["person"] = "amria".into();
    machine.send(&[away]).await;
    let parked = machine.parked().await;
    assert_eq!(parked.len(), 1);
    assert!(
        parked[0]
            .reason
            .contains("\"amria\" is nobody in team.yaml"),
        "{}",
        parked[0].reason
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p12_what_leave_would_stall_is_told_before_and_changes_nothing() {
    let machine = Machine::at("2026-12-10T08:00:00Z").await;
    let mut ask = sample("lead.created");
    ask["time"] = "2026-12-10T08:00:00Z".into();
    machine.send(&[ask]).await;
    let case = machine.case_of("new_lead").await;

    let leave = |who| {
        [
            "what-if",
            "--json",
            "--away",
            who,
            "--from",
            "2026-12-14",
            "--to",
            "2027-01-15",
        ]
    };
    let told = machine.baton(&leave("amira"), "").await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    let told: Value = serde_json::from_str(&told.out).expect("JSON");
    assert_eq!(told["open"][0]["case"], case.id.as_str());
    assert_eq!(told["open"][0]["goes_to"], "olga", "the workflow's backup");
    assert_eq!(told["begins"].as_array().map(Vec::len), Some(0));

    let felix: Value =
        serde_json::from_str(&machine.baton(&leave("felix"), "").await.out).expect("JSON");
    let begins: Vec<_> = felix["begins"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|begins| (&begins["workflow"], &begins["on"]))
        .collect();
    assert_eq!(
        format!("{begins:?}"),
        r#"[(String("payroll"), String("2026-12-15")), (String("payroll"), String("2027-01-15"))]"#
    );

    // Once everybody who stands in for them is away, nobody takes it, and the answer is no.
    let away = |who: &str| {
        let mut event = at(sample("person.away"), "2026-12-10T08:00:10Z");
        event["detail"]["metadata"]["id"] = format!("away-{who}").into();
        event["detail"]["data"]["person"] = who.into();
        event
    };
    machine.send(&[away("olga"), away("aron")]).await;
    let told = machine.baton(&leave("amira"), "").await;
    assert_eq!(told.code, Some(1), "{}", told.out);
    let unchanged = machine.case_of("new_lead").await;
    assert_eq!(call(&unchanged), call(&case));

    let nobody = machine.baton(&leave("nobody"), "").await;
    assert_eq!(nobody.code, Some(1));
    assert!(
        nobody.err.contains("nobody is nobody in team.yaml") && nobody.err.contains("amira"),
        "{}",
        nobody.err
    );
}
