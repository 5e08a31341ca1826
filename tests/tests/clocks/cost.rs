//! What a sweep costs: the same whatever is open, and in proportion to what is due. Requests and read units are counted.

use dynoxide::{AttributeValue, Item};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use store::{CaseRow, TaskRow, Usage};

use crate::{BEGIN, company, lead, world};

/// With this variable set, as many clocks are open once as it says, such as 1000000.
const MANY: &str = "BATON_OPEN_CLOCKS";

/// The rows of a lead's case and of its open task, as the store writes them, with the types that the table gives them.
struct Rows(Vec<Item>);

impl Rows {
    fn of(company: &store::Company, started: Timestamp) -> Rows {
        let decision = lead(company, 0, started);
        let case = &decision.case;
        let duty = case.duties().next().expect("it is to be answered");
        let case_row = CaseRow::of(case, decision.look_again_at).expect("a case can be stored");
        let task_row = TaskRow::of(case, duty);
        Rows(vec![
            typed(serde_json::to_value(case_row).expect("a row is JSON")),
            typed(serde_json::to_value(task_row).expect("a row is JSON")),
        ])
    }

    /// The same rows under another number, spread over the shards.
    fn numbered(&self, number: usize) -> Vec<Item> {
        let mut rows = self.0.clone();
        let id = format!("case_{number:07}");
        for text in rows.iter_mut().flat_map(|row| row.values_mut()) {
            if let AttributeValue::S(text) = text
                && text.contains("case_0000000")
            {
                *text = text.replace("case_0000000", &id);
            }
        }
        for row in &mut rows {
            let shard = format!("DUE#{}", number % 4);
            row.insert("due_shard".into(), AttributeValue::S(shard));
        }
        rows
    }
}

fn typed(row: Value) -> Item {
    let Value::Object(row) = row else {
        panic!("a row has attributes");
    };
    let attribute = |(name, value): (String, Value)| match value {
        Value::Number(number) => (name, AttributeValue::N(number.to_string())),
        Value::String(text) => (name, AttributeValue::S(text)),
        other => panic!("{name} is neither a number nor a text: {other}"),
    };
    row.into_iter().map(attribute).collect()
}

/// What one sweep asks of the table when `open` clocks run on and `due` have a warning to give now.
async fn sweep(open: usize, due: usize) -> Usage {
    let world = world().await;
    let company = company();
    let begin: Timestamp = BEGIN.parse().expect("a time");
    // Those that run on have four minutes until their warning; the look-ahead is shorter.
    let ahead = begin - SignedDuration::from_secs(30);
    let running = Rows::of(&company, ahead);
    for first in (0..open).step_by(10_000) {
        let numbers = first..open.min(first + 10_000);
        world.import(numbers.flat_map(|number| running.numbered(number)));
    }
    let warned = Rows::of(&company, begin - SignedDuration::from_secs(240));
    world.import((open..open + due).flat_map(|number| warned.numbered(number)));
    let store = world.store();
    let swept = app::sla_check::handle(&store, &world.bus())
        .await
        .expect("the sweep comes to its end");
    // The warning, and the breach a minute later, for which the same sweep waits.
    assert_eq!((swept.clocks as usize, swept.failed), (2 * due, 0));
    store.table().usage()
}

#[tokio::test(start_paused = true)]
async fn p34_a_sweep_costs_what_is_due_and_not_what_is_open() {
    let none = sweep(100, 0).await;
    let many = std::env::var(MANY).ok().and_then(|many| many.parse().ok());
    for open in [10_000, 100_000].into_iter().chain(many) {
        let asked = sweep(open, 0).await;
        println!("{open} clocks open, none due: {asked:?}");
        assert_eq!(asked, none, "with {open} clocks open");
    }
    assert_eq!(none.requests, 4, "one request for each shard");
    let (ten, twenty) = (sweep(100, 10).await, sweep(100, 20).await);
    // The second look at the index and the company are asked for once, whatever is due.
    let each = (twenty.requests - ten.requests) / 10;
    assert_eq!(twenty.requests - ten.requests, 10 * each);
    assert!(each <= 6, "{each} requests for a clock with its two marks");
    let with_many_open = sweep(1_000, 10).await;
    assert_eq!(with_many_open.requests, ten.requests);
    assert_eq!(
        with_many_open.read_units.to_bits(),
        ten.read_units.to_bits()
    );
    println!("100 clocks open, 10 due: {ten:?}; 20 due: {twenty:?}");
    let units = (twenty.read_units - ten.read_units) / 10.0;
    assert!(
        units <= 8.0,
        "{units} read units for a clock with its two marks"
    );
}
