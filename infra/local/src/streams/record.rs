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

/// Everything but the images, each of which is a whole item. `None` where the keys are not JSON, which the table engine
/// never writes.
pub(super) fn outline(row: &StreamRow, table: &str, region: &Region) -> Option<Record> {
    let image_bytes = |image: &Option<String>| image.as_ref().map_or(0, String::len);
    let view = match (&row.new_image, &row.old_image) {
        (None, None) => "KEYS_ONLY",
        _ => "NEW_AND_OLD_IMAGES",
    };
    let mut json = json!({
        "eventID": row.event_id,
        "eventName": row.event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": region.0,
        "dynamodb": {
            "ApproximateCreationDateTime": row.created_at,
            "Keys": parsed(&row.keys)?,
            "SequenceNumber": shown_sequence_number(row.sequence_number),
            "SizeBytes": row.keys.len() + image_bytes(&row.new_image) + image_bytes(&row.old_image),
            "StreamViewType": view,
        },
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

/// `None` where an image is not JSON, which the table engine never writes.
pub(super) fn with_images(mut outline: Record, row: &StreamRow) -> Option<Record> {
    let change = &mut outline.json["dynamodb"];
    for (name, image) in [("NewImage", &row.new_image), ("OldImage", &row.old_image)] {
        if let Some(image) = image {
            change[name] = parsed(image)?;
        }
    }
    Some(outline)
}

fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}
