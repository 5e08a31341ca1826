//! A pressed button as a person's report, known by the link it came by, and how its page waits for what became of it.
//! It must not know what is reported.

use domain::event::REPORT_SOURCE;
use domain::link::{Deed, TaskLink};
use serde_json::{Value, json};
use store::{Entry, Store};

/// How often it is looked at what became of a press, with a growing pause between.
pub(super) const LOOKS: u32 = 8;
/// What is said when that takes longer.
pub(super) const NOT_ENTERED_YET: &str =
    "It is noted, and shows here in a moment: open the page again.";

/// What is put on the bus for a press. A second press of the same link is the same report, whatever it says.
pub(super) fn report(
    store: &Store,
    of: &TaskLink,
    deed: Deed,
    correlation_id: &str,
    detail_type: &str,
    data: Value,
) -> Entry {
    let now = store.now();
    let metadata = json!({
        "id": of.report_id(deed), "correlation_id": correlation_id, "causation_id": of.effect,
        "time": now.to_string(), "hops": 0, "schema_version": 1,
    });
    Entry {
        source: REPORT_SOURCE.to_owned(),
        detail_type: detail_type.to_owned(),
        detail: json!({ "metadata": metadata, "data": data }),
        time: now,
    }
}
