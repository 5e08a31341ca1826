//! One stream record in the shape in which Lambda hands it to a function.
//! It must not decide who gets it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::arn::Region;
use crate::journal::StreamRow;

/// The smallest of the 21-digit sequence numbers that the table engine shows; stored ones are counted from it.
const FIRST_SEQUENCE_NUMBER: u128 = 100_000_000_000_000_000_000;

pub(super) struct Record {
    pub(super) json: Value,
    pub(super) sequence_number: i64,
    /// Shown time of the write, to the second.
    pub(super) created_at: Timestamp,
}

/// The sequence number as functions see it.
pub(super) fn shown_sequence_number(stored: i64) -> String {
    (FIRST_SEQUENCE_NUMBER + u128::from(stored.unsigned_abs())).to_string()
}

/// A write that changed nothing: DynamoDB leaves no record of it, the table engine does.
pub(super) fn ends_as_it_began(row: &StreamRow) -> bool {
    match (&row.old_image, &row.new_image) {
        (Some(old), Some(new)) if row.event_name == "MODIFY" && old.len() == new.len() => {
            old == new || parsed(old).is_some_and(|old| Some(old) == parsed(new))
        }
        _ => false,
    }
}

/// `None` for a record whose images are not JSON, which the table engine never writes.
pub(super) fn record(row: &StreamRow, table: &str, region: &Region) -> Option<Record> {
    let mut change = json!({
        "ApproximateCreationDateTime": row.created_at,
        "Keys": parsed(&row.keys)?,
    });
    if let Some(new_image) = &row.new_image {
        change["NewImage"] = parsed(new_image)?;
    }
    if let Some(old_image) = &row.old_image {
        change["OldImage"] = parsed(old_image)?;
    }
    let size = row.keys.len()
        + row.new_image.as_ref().map_or(0, String::len)
        + row.old_image.as_ref().map_or(0, String::len);
    change["SequenceNumber"] = Value::String(shown_sequence_number(row.sequence_number));
    change["SizeBytes"] = size.into();
    change["StreamViewType"] = match (&row.new_image, &row.old_image) {
        (None, None) => "KEYS_ONLY".into(),
        _ => "NEW_AND_OLD_IMAGES".into(),
    };
    let mut json = json!({
        "eventID": row.event_id,
        "eventName": row.event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": region.0,
        "dynamodb": change,
        "eventSourceARN": region.stream(table),
    });
    if let Some(identity) = row.user_identity.as_deref().and_then(parsed) {
        json["userIdentity"] = identity;
    }
    Some(Record {
        json,
        sequence_number: row.sequence_number,
        created_at: Timestamp::from_second(row.created_at).ok()?,
    })
}

fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}
