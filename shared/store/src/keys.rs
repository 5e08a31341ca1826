//! Every key of the one table is built here and nowhere else.
//!
//! | asked | by |
//! | --- | --- |
//! | a case as it stands | get `CASE#id` / `A#CASE` |
//! | its history in order | query `CASE#id` / `H#…` |
//! | its owed and closed effects | query `CASE#id` / `O#…` |
//! | whether an input was applied to it | put if absent `CASE#id` / `S#hash` |
//! | who waits for an event, and whether it came before | query `WAIT#hash` / `W#…`, `E#…` |
//! | the case of a trigger | put if absent `ONCE#hash` / `-` |
//! | what is due before T: marks of clocks, owed effects, cases that stand still, parked items to tell of | index `due`: `DUE#0`…`DUE#3`, up to T |
//! | a person's open tasks and parked items, soonest first | index `list`: `OWNER#person` |
//! | the cases in a state, by workflow | index `list`: `CASES#state` |
//! | what concerns a client | index `client`: `CLIENT#id` |
//! | since when a client's earlier links open nothing | get `PORTAL#id` / `NOW` |
//! | a person's presence and load | get `PERSON#id` / `NOW` |
//! | the company's files in force | get `CONFIG` / `CURRENT`, query `CONFIG#revision` |
//! | a workflow's version | get `DEF#workflow` / `V#…` |
//! | the next number of a series | get `SERIES#s` / `NEXT` |
//! | an invoice, and whether something was billed | get `INV#number` / `A#INVOICE`; put if absent `BILLED#hash` / `-` |
//! | where an invoice stands, what happened to it, what it owes | get `INV#number` / `A#LIFE`; query `H#…`, `O#…` |
//! | all invoices, by date | index `list`: `INVOICES` |
//! | what holds invoices back | query `HOLDS` |
//! | an entry of time by its id, once; a client's by day | put if absent `ENTRY#id` / `-`; query `TIME#client` / `E#day#id` |
//! | the entries of a case's step, and of a step over all cases | query `CASE#id` / `T#step#…`, `WORKED#hash` / `T#time#id` |
//! | what became of an entry, or of an agreement in a period | put if absent `BILLED#hash` / `-` |
//! | when a workflow comes round | get `DEF#workflow` / `A#NEXT` |
//! | what was drawn of prepaid hours | query `HOURS#client` / `A#agreement` |
//! | whether a delivery of a webhook was taken | get `DELIVERED#hash` / `-` |
//! | a document | query `DOC#id` / `P#…` |

use domain::id::{
    CaseId, ClientId, EffectId, EntryId, EventId, PersonId, StepId, WorkflowId, digest,
};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::table::{Index, Key};

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key::new(pk, sk)
}

pub const DUE: Index = Index {
    name: "due",
    partition: "due_shard",
    sort: "due_at",
};
pub const LIST: Index = Index {
    name: "list",
    partition: "list_of",
    sort: "list_at",
};
pub const CLIENT: Index = Index {
    name: "client",
    partition: "client_of",
    sort: "client_at",
};
/// Partitions of the due index: constant, so that a sweep asks as often whatever is open.
pub const DUE_SHARDS: u32 = 4;

pub const HISTORY: &str = "H#";
pub const EFFECTS: &str = "O#";
pub const CASE: &str = "A#CASE";
pub const TASKS: &str = "A#TASK#";
/// Clocks of a case itself.
pub const CLOCKS: &str = "A#CLOCK#";
/// Steps that wait under a correlation, and events that came with it.
pub const WAITS: &str = "W#";
pub const ARRIVED: &str = "E#";
pub const UNHEARD: &str = "UNHEARD";
pub const PARKED: &str = "PARKED";
pub const LIFE: &str = "A#LIFE";
pub const INVOICES: &str = "INVOICES";
pub const HOLDS: &str = "HOLDS";
pub const DEFINITIONS: &str = "DEF#";
pub const NEXT_ROUND: &str = "A#NEXT";

pub fn case_partition(case: &CaseId) -> String {
    match case.invoice() {
        Some(invoice) => invoice_partition(invoice),
        None => format!("CASE#{case}"),
    }
}

fn invoice_partition(id: &str) -> String {
    format!("INV#{id}")
}

pub fn case(id: &CaseId) -> Key {
    key(case_partition(id), CASE)
}

pub fn task(case: &CaseId, step: &StepId, run: u32) -> Key {
    key(case_partition(case), format!("{TASKS}{step}#{run:03}"))
}

/// A clock of the case in one of its lives.
pub fn clock(case: &CaseId, clock: &StepId, run: u32) -> Key {
    key(case_partition(case), format!("{CLOCKS}{clock}#{run:03}"))
}

pub fn history(case: &CaseId, sequence: u64) -> Key {
    key(case_partition(case), format!("{HISTORY}{sequence:06}"))
}

pub fn effect(case: &CaseId, effect: &EffectId) -> Key {
    key(case_partition(case), format!("{EFFECTS}{effect}"))
}

pub fn seen(case: &CaseId, event: &EventId) -> Key {
    key(
        case_partition(case),
        format!("S#{}", digest(&[event.as_str()])),
    )
}

pub fn once(workflow: &WorkflowId, once: &str) -> Key {
    key(format!("ONCE#{}", digest(&[workflow.as_str(), once])), "-")
}

pub fn wait_partition(correlation: &str) -> String {
    format!("WAIT#{correlation}")
}

/// Without a step: the clocks of the case.
pub fn wait(correlation: &str, case: &CaseId, step: Option<&StepId>) -> Key {
    let step = step.map_or("", StepId::as_str);
    key(wait_partition(correlation), format!("{WAITS}{case}#{step}"))
}

pub fn arrived(correlation: &str, event: &EventId) -> Key {
    key(
        wait_partition(correlation),
        format!("{ARRIVED}{}", digest(&[event.as_str()])),
    )
}

pub fn person(person: &PersonId) -> Key {
    key(format!("PERSON#{person}"), "NOW")
}

pub fn config() -> Key {
    key("CONFIG".into(), "CURRENT")
}

pub fn config_partition(revision: &str) -> String {
    format!("CONFIG#{revision}")
}

pub fn team(revision: &str) -> Key {
    key(config_partition(revision), "TEAM")
}

pub fn client_of_config(revision: &str, client: &ClientId) -> Key {
    key(config_partition(revision), format!("CLIENT#{client}"))
}

pub fn listening(revision: &str) -> Key {
    key(config_partition(revision), "LISTENING")
}

pub fn workflow_of_config(revision: &str, workflow: &WorkflowId) -> Key {
    key(config_partition(revision), format!("WORKFLOW#{workflow}"))
}

pub fn definition(workflow: &WorkflowId, version: u32) -> Key {
    key(
        format!("{DEFINITIONS}{workflow}"),
        format!("V#{version:06}"),
    )
}

pub fn next_round(workflow: &WorkflowId) -> Key {
    key(format!("{DEFINITIONS}{workflow}"), NEXT_ROUND)
}

pub fn parked(source: &str, event: &EventId) -> Key {
    key(
        PARKED.into(),
        format!("{source}#{}", &digest(&[event.as_str()])[..32]),
    )
}

pub fn unheard(source: &str, detail_type: &str) -> Key {
    key(UNHEARD.into(), format!("{source}#{detail_type}"))
}

pub fn series(series: &str) -> Key {
    key(format!("SERIES#{series}"), "NEXT")
}

pub fn invoice(number: &str) -> Key {
    key(invoice_partition(number), "A#INVOICE")
}

/// Where an invoice stands; a draft by its draft id.
pub fn invoice_life(id: &str) -> Key {
    key(invoice_partition(id), LIFE)
}

/// A word that holds back whatever bills this.
pub fn hold(what: &str) -> Key {
    key(HOLDS.into(), format!("W#{}", digest(&[what])))
}

/// What is billed, as names and values: the same are never billed twice.
pub fn billed(bills: &[(String, String)]) -> Key {
    let parts: Vec<&str> = bills
        .iter()
        .flat_map(|(name, value)| [name.as_str(), value.as_str()])
        .collect();
    key(format!("BILLED#{}", digest(&parts)), "-")
}

/// An entry of time by its own id.
pub fn entry_once(id: &EntryId) -> Key {
    key(format!("ENTRY#{id}"), "-")
}

pub fn entries_of(client: &ClientId) -> String {
    format!("TIME#{client}")
}

/// Days are written as ISO 8601, so that text order is their order.
pub fn entry(client: &ClientId, on: Date, id: &EntryId) -> Key {
    key(entries_of(client), format!("E#{on}#{id}"))
}

/// The first and the last key of the entries of these days, both included.
pub fn entries_between(from: Date, to: Date) -> (String, String) {
    (format!("E#{from}#"), format!("E#{to}#~"))
}

pub fn entry_pointer(case: &CaseId, step: &StepId, id: &EntryId) -> Key {
    key(case_partition(case), format!("T#{step}#{id}"))
}

pub fn entry_pointers_of(step: Option<&StepId>) -> String {
    match step {
        Some(step) => format!("T#{step}#"),
        None => "T#".to_owned(),
    }
}

/// What was worked at one step of a workflow, in every case.
pub fn worked_partition(workflow: &WorkflowId, step: &StepId) -> String {
    format!("WORKED#{}", digest(&[workflow.as_str(), step.as_str()]))
}

pub fn worked(workflow: &WorkflowId, step: &StepId, at: Timestamp, id: &EntryId) -> Key {
    let partition = worked_partition(workflow, step);
    key(partition, format!("T#{}#{id}", instant(at)))
}

/// What was drawn of a client's prepaid hours.
pub fn hours_of(client: &ClientId) -> String {
    format!("HOURS#{client}")
}

pub fn hours(client: &ClientId, agreement: &str) -> Key {
    key(hours_of(client), format!("A#{agreement}"))
}

pub fn delivered(delivery: &str) -> Key {
    key(format!("DELIVERED#{delivery}"), "-")
}

pub fn document_partition(id: &str) -> String {
    format!("DOC#{id}")
}

pub fn document_part(id: &str, part: usize) -> Key {
    key(document_partition(id), format!("P#{part:04}"))
}

pub fn document_manifest(id: &str) -> Key {
    key(document_partition(id), "A#MANIFEST")
}

pub fn due_shard(partition: &str) -> String {
    let digest = digest(&[partition]);
    let byte = u32::from_str_radix(&digest[..2], 16).expect("a digest is hexadecimal");
    format!("DUE#{}", byte % DUE_SHARDS)
}

pub fn due_shards() -> impl Iterator<Item = String> {
    (0..DUE_SHARDS).map(|shard| format!("DUE#{shard}"))
}

pub fn owner_list(person: &PersonId) -> String {
    format!("OWNER#{person}")
}

pub fn case_list(state: &str) -> String {
    format!("CASES#{state}")
}

pub fn client_list(client: &ClientId) -> String {
    format!("CLIENT#{client}")
}

pub fn portal(client: &ClientId) -> Key {
    key(format!("PORTAL#{client}"), "NOW")
}

/// A time as it stands in keys: UTC seconds, so that text order is time order. Sub-seconds are cut, which makes a
/// row due a little early; whoever finds it compares the exact time.
pub fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
