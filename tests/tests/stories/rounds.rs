//! P3: workflows that come round by the calendar begin by themselves, once for each date, however late they are found.

use domain::case::Case;
use serde_json::json;
use tests::machine::{Machine, is_completed, report};
use tests::world::sample;

fn titles(cases: impl IntoIterator<Item = Case>, workflow: &str) -> Vec<String> {
    let of_it = cases
        .into_iter()
        .filter(|case| case.workflow.as_str() == workflow);
    let mut titles: Vec<_> = of_it.map(|case| case.title).collect();
    titles.sort();
    titles
}

async fn begun(machine: &Machine, workflow: &str) -> Vec<String> {
    titles(machine.cases().await.into_values(), workflow)
}

#[tokio::test]
async fn p3_the_monthly_audit_begins_on_the_first_business_day_and_runs_to_its_end() {
    let machine = Machine::at("2026-11-30T12:00:00Z").await;
    machine.sweeps(1).await;
    assert!(begun(&machine, "monthly_audit").await.is_empty());

    machine.forward_to("2026-12-01T08:00:30Z".parse().expect("a time"));
    // The second sweep finds nothing left to begin.
    machine.sweeps(2).await;
    let audit = machine.case_of("monthly_audit").await;
    assert_eq!(audit.title, "Single points of failure, November 2026");
    assert!(begun(&machine, "payroll").await.is_empty());

    let items = [
        "Every workflow has an owner and a backup who are still here",
        "Each person's backup could take over tomorrow",
        "Passwords and accesses are where a second person finds them",
        "Runbooks that nobody has read for 90 days",
    ];
    let of_step = |step: &str| json!({ "case": audit.id, "step": step, "by": "olga" });
    let mut looked = of_step("look");
    looked["items"] = json!(items);
    let mut answer = of_step("gaps");
    answer["choice"] = json!("yes_and_it_is_named");
    for (kind, data) in [
        ("checklist.ticked", looked),
        ("decision.made", answer),
        ("task.done", of_step("cover")),
        ("task.done", of_step("close")),
    ] {
        machine.send(&[report(kind, &data.to_string(), data)]).await;
    }
    assert!(is_completed(&machine.case_of("monthly_audit").await));
    assert!(machine.trace(&audit.id).await.replays);
    assert!(machine.parked().await.is_empty());
}

#[tokio::test]
async fn p3_a_date_that_was_missed_begins_late_and_none_is_left_out() {
    let machine = Machine::at("2026-12-14T12:00:00Z").await;
    // Nothing sweeps for two months.
    machine.forward_to("2027-02-16T12:00:00Z".parse().expect("a time"));
    machine.sweeps(5).await;
    let payrolls = ["December 2026", "February 2027", "January 2027"];
    let payrolls = payrolls.map(|month| format!("Payroll for {month}"));
    assert_eq!(begun(&machine, "payroll").await, payrolls);

    // The event of a date that has begun changes nothing, whoever sends it again.
    let again = sample("schedule.reached");
    machine.send(&[again.clone(), again]).await;
    assert_eq!(begun(&machine, "payroll").await, payrolls);
    assert!(machine.parked().await.is_empty());
}
