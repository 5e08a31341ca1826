//! What each input of a chain costs: transactions, reads, other writes and their units, counted at the world's wire.
//! It must not judge the figures.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::world::{World, demo_events};

const MONDAY_MORNING: &str = "2026-11-23T08:00:00Z";
/// Until what an event has set off is at rest.
const SWEEPS: usize = 2;

/// One call of AWS as the wire saw it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `GetItem`, `PutEvents`, …
    pub operation: String,
    /// Reads the company's files, which a running function keeps for five seconds.
    pub is_files: bool,
    /// The mark of the transaction, where it is one: the same one twice is a repeat of it.
    pub token: Option<String>,
    pub read_units: f64,
    pub write_units: f64,
}

impl Asked {
    /// What `body` asks for, and what the table says it cost.
    pub fn of(operation: &str, body: &[u8], answer: &str) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let text = |value: &Value| value["S"].as_str().unwrap_or_default().to_owned();
        let partition = text(&body["Key"]["PK"]) + &text(&body["ExpressionAttributeValues"][":p"]);
        let is_files = partition.starts_with("CONFIG") || partition.starts_with("DEF#");
        let consumed = match &answer["ConsumedCapacity"] {
            Value::Array(tables) => tables.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        let units: f64 = consumed
            .iter()
            .filter_map(|table| table["CapacityUnits"].as_f64())
            .sum();
        let is_read = matches!(operation, "GetItem" | "Query" | "BatchGetItem");
        Asked {
            operation: operation.to_owned(),
            is_files: is_files && is_read,
            token: body["ClientRequestToken"].as_str().map(str::to_owned),
            read_units: if is_read { units } else { 0.0 },
            write_units: if is_read { 0.0 } else { units },
        }
    }

    fn is_read(&self) -> bool {
        matches!(
            self.operation.as_str(),
            "GetItem" | "Query" | "BatchGetItem"
        )
    }
}

/// One invocation of a function, and what it asked for.
#[derive(Debug, Clone, Serialize)]
pub struct Input {
    pub function: String,
    /// The event, with the step or the effect that it names.
    pub what: String,
    pub transactions: usize,
    /// Without the company's files.
    pub reads: usize,
    /// Of these, what people are committed to: asked for where a step assigns.
    pub loads: usize,
    /// Claims, marks and rows beside the transaction.
    pub other_writes: usize,
    pub read_units: f64,
    pub write_units: f64,
}

impl Input {
    pub fn new(function: &str, event: &Value, asked: &[Asked]) -> Self {
        let tokens: BTreeSet<_> = asked
            .iter()
            .filter_map(|asked| asked.token.clone())
            .collect();
        let reads = asked
            .iter()
            .filter(|asked| asked.is_read() && !asked.is_files);
        let writes = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"];
        let is_write = |asked: &&Asked| writes.contains(&asked.operation.as_str());
        let is_loads = |asked: &&Asked| asked.operation == "BatchGetItem";
        Input {
            function: function.trim_end_matches("Function").to_owned(),
            what: what(event),
            transactions: tokens.len(),
            reads: reads.clone().count(),
            loads: reads.filter(is_loads).count(),
            other_writes: asked.iter().filter(is_write).count(),
            read_units: asked
                .iter()
                .filter(|asked| !asked.is_files)
                .map(|asked| asked.read_units)
                .sum(),
            write_units: asked.iter().map(|asked| asked.write_units).sum(),
        }
    }
}

/// `task.done plan`, `mail.requested 0003-1`, `contract.signed`.
fn what(event: &Value) -> String {
    let kind = event["detail-type"].as_str().unwrap_or("a minute");
    let data = &event["detail"]["data"];
    let named = ["effect", "step", "milestone"];
    let named = named.iter().find_map(|name| data[name].as_str());
    match (named, event["Records"].is_array()) {
        (Some(named), _) => format!("{kind} {named}"),
        (None, true) => "owed effects".to_owned(),
        (None, false) => kind.to_owned(),
    }
}

/// A chain, input by input.
#[derive(Debug, Clone, Serialize)]
pub struct Chain {
    pub name: &'static str,
    pub inputs: Vec<Input>,
    pub write_units: f64,
}

impl Chain {
    fn of(name: &'static str, inputs: &[Input]) -> Self {
        Chain {
            name,
            inputs: inputs.to_vec(),
            write_units: inputs.iter().map(|input| input.write_units).sum(),
        }
    }

    /// A line for each input that asked the table for anything, and their sum.
    pub fn render(&self) -> String {
        let mut lines = vec![format!("{}, input by input\n", self.name), head()];
        lines.extend(self.inputs.iter().filter(|input| input.asked()).map(line));
        lines.push(format!("{:<50} {:>64.1}", "together", self.write_units));
        lines.join("\n")
    }
}

impl Input {
    /// Whether it asked the table for anything but the company's files.
    pub fn asked(&self) -> bool {
        self.transactions + self.reads + self.other_writes > 0
    }
}

fn head() -> String {
    let heads = [
        "transactions",
        "reads",
        "other writes",
        "read units",
        "write units",
    ];
    let heads: Vec<_> = heads.iter().map(|head| format!("{head:>12}")).collect();
    format!("{:<50} {}", "", heads.join(" "))
}

fn line(input: &Input) -> String {
    let what = format!("{} {}", input.function, input.what);
    format!(
        "{what:<50} {:>12} {:>12} {:>12} {:>12.1} {:>12.1}",
        input.transactions, input.reads, input.other_writes, input.read_units, input.write_units
    )
}

/// The demo's events in one process: what the signed contract costs until nothing moves, and the whole of it. Time must be
/// paused in the runtime.
pub async fn of_demo() -> [Chain; 2] {
    let mut world = World::new(MONDAY_MORNING).await;
    world.count();
    let mut contract = None;
    for event in demo_events() {
        world.send(event).await;
        contract.get_or_insert_with(|| Chain::of("contract.signed", &world.inputs));
        for _ in 0..SWEEPS {
            world.sweep().await;
        }
    }
    let whole = Chain::of("the whole demo", &world.inputs);
    [contract.unwrap_or_else(|| whole.clone()), whole]
}
