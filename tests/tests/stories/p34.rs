//! P34: a sweep in which nothing is due asks the same of the table whatever is open. The machine counts the requests of the
//! real function.

use std::collections::BTreeMap;

use tests::machine::Machine;

const MONDAY: &str = "2026-11-23T08:00:05Z";
const CONTRACTS: usize = 40;

/// What one sweep asks of the table, by operation.
async fn asked(machine: &Machine) -> BTreeMap<String, u64> {
    let before = machine.host.counts().operations;
    machine.sweeps(1).await;
    let after = machine.host.counts().operations;
    let since = after.into_iter().map(|(operation, count)| {
        let before = before.get(&operation).map_or(0, |count| count.requests);
        (operation, count.requests - before)
    });
    since.filter(|(_, requests)| 0 < *requests).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p34_a_sweep_asks_the_same_whatever_is_open() {
    let machine = Machine::at(MONDAY).await;
    // The first one begins the function.
    machine.sweeps(1).await;
    let with_none = asked(&machine).await;
    assert_eq!(with_none, BTreeMap::from([("Query".to_owned(), 4)]));
    machine.sign(CONTRACTS).await;
    machine.sweeps(3).await;
    let cases = machine.cases().await;
    let clocks = cases.values().flat_map(|case| case.duties()).count();
    assert!(CONTRACTS < clocks, "{clocks} clocks are open");
    assert_eq!(asked(&machine).await, with_none);
}
