//! Two hundred contracts at once: nobody passes the limit, nothing is lost, each case has one owner who knows.

use std::collections::BTreeMap;

use domain::company::Team;
use domain::id::{PersonId, RoleId, StepId};
use tests::machine::Machine;
use tests::world::starter;

const MONDAY: &str = "2026-11-23T08:00:05Z";
const CONTRACTS: usize = 200;
/// The limit of the starter's `assign` step.
const MAX_LOAD_PERCENT: u32 = 70;

#[tokio::test(flavor = "multi_thread")]
async fn p40_two_hundred_contracts_at_once_overload_nobody_and_lose_nothing() {
    let machine = Machine::at(MONDAY).await;
    machine.sign(CONTRACTS).await;
    machine.sweeps(3).await;

    let cases = machine.cases().await;
    let (mut led, mut asked) = (0, 0);
    let mut contracts = BTreeMap::new();
    for case in cases
        .values()
        .filter(|case| case.workflow.0 == "contract_to_kickoff")
    {
        *contracts
            .entry(case.values["contract"].to_string())
            .or_insert(0) += 1;
        match case.open_task(&StepId::from("ask_for_capacity")) {
            Some((_, decision)) => {
                assert_eq!(decision.owner.0, "olga");
                asked += 1;
            }
            None => {
                assert!(
                    case.roles.contains_key(&RoleId::from("project_lead")),
                    "{case:#?}"
                );
                led += 1;
            }
        }
    }
    assert_eq!(contracts.len(), CONTRACTS, "nothing is lost");
    assert!(
        contracts.values().all(|count| *count == 1),
        "nothing is started twice"
    );
    assert_eq!(led + asked, CONTRACTS);
    assert!(led > 0 && asked > 0, "{led} led, {asked} asked");
    assert_eq!(machine.parked().await.len(), 0);

    let mails = machine.mails();
    let count = |word: &str| {
        mails
            .iter()
            .filter(|(_, subject)| subject.contains(word))
            .count()
    };
    assert_eq!(count("ready to start"), led, "a kickoff mail for each lead");
    let to_olga = mails
        .iter()
        .filter(|(to, _)| to == "olga@studio.example")
        .count();
    assert_eq!(to_olga, asked, "a mail for each decision");
    within_limits(&machine, &starter().team).await;
}

async fn within_limits(machine: &Machine, team: &Team) {
    let loads = machine.store.loads(team).await.expect("the table answers");
    let mut committed = 0;
    for (person, load) in &loads {
        let limit = limit_minutes(team, person);
        for (week, minutes) in &load.weeks {
            assert!(
                *minutes <= limit,
                "{person} has {minutes} of {limit} minutes in {week}"
            );
            committed += minutes;
        }
    }
    assert!(committed > 0);
}

fn limit_minutes(team: &Team, person: &PersonId) -> u32 {
    let person = team.person(person).expect("a load is somebody's");
    person.minutes_per_week * MAX_LOAD_PERCENT / 100
}
