//! One entry of PutEvents: refused with EventBridge's codes, or made into the envelope that rules and functions see.
//! It must not know of rules.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::arn::{ACCOUNT, Region};

pub(super) struct Accepted {
    pub(super) id: String,
    /// Bus name, without the ARN around it.
    pub(super) bus: String,
    pub(super) envelope: Value,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// Bytes of an entry as EventBridge counts them.
pub(super) fn size(entry: &Value) -> usize {
    let text = |name: &str| entry[name].as_str().map_or(0, str::len);
    let time = if entry["Time"].is_null() { 0 } else { 14 };
    let resources = entry["Resources"].as_array().into_iter().flatten();
    let resources: usize = resources
        .filter_map(|resource| resource.as_str().map(str::len))
        .sum();
    time + text("Source") + text("DetailType") + text("Detail") + resources
}

pub(super) fn read_entry(
    entry: &Value,
    now: Timestamp,
    region: &Region,
) -> Result<Accepted, Refused> {
    let source = required(entry, "Source")?;
    let detail_type = required(entry, "DetailType")?;
    let detail = required(entry, "Detail")?;
    let detail: Map<String, Value> = serde_json::from_str(detail).map_err(|_| Refused {
        code: "MalformedDetail",
        message: "Detail is malformed.".to_owned(),
    })?;
    if source.starts_with("aws.") {
        return Err(Refused {
            code: "NotAuthorizedForSourceException",
            message: "Not authorized for the source.".to_owned(),
        });
    }
    let time = match &entry["Time"] {
        Value::Null => now,
        Value::Number(seconds) => whole_second(seconds.as_f64().unwrap_or(f64::NAN))?,
        Value::String(text) => text
            .parse()
            .map_err(|_| invalid("Time", "it is not a time"))?,
        _ => return Err(invalid("Time", "it is not a time")),
    };
    let resources: Vec<&str> = entry["Resources"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let bus = entry["EventBusName"].as_str().unwrap_or("default");
    let id = uuid::Uuid::new_v4().to_string();
    let envelope = json!({
        "version": "0",
        "id": id,
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": format!("{time:.0}"),
        "region": region.0,
        "resources": resources,
        "detail": detail,
    });
    Ok(Accepted {
        id,
        bus: bus.rsplit('/').next().unwrap_or(bus).to_owned(),
        envelope,
    })
}

fn required<'a>(entry: &'a Value, name: &'static str) -> Result<&'a str, Refused> {
    match entry[name].as_str() {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(invalid(name, &format!("{name} is a required argument"))),
    }
}

fn invalid(name: &str, reason: &str) -> Refused {
    Refused {
        code: "InvalidArgument",
        message: format!("Parameter {name} is not valid. Reason: {reason}."),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float out of range saturates, which jiff then refuses"
)]
fn whole_second(seconds: f64) -> Result<Timestamp, Refused> {
    if !seconds.is_finite() {
        return Err(invalid("Time", "it is not a time"));
    }
    Timestamp::from_second(seconds as i64).map_err(|_| invalid("Time", "it is out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entry: Value) -> Result<Accepted, Refused> {
        let now = "2026-03-02T09:00:00.25Z".parse().unwrap();
        read_entry(&entry, now, &Region("eu-central-1".to_owned()))
    }

    #[test]
    fn an_entry_becomes_an_envelope() {
        let accepted = read(json!({
            "Source": "esign", "DetailType": "contract.signed", "Detail": "{\"b\":1,\"a\":2}",
            "EventBusName": "arn:aws:events:eu-central-1:000000000000:event-bus/Bus", "Resources": ["r"],
        }))
        .unwrap();
        assert_eq!(accepted.bus, "Bus");
        let expected = format!(
            r#"{{"version":"0","id":"{}","detail-type":"contract.signed","source":"esign","account":"000000000000","time":"2026-03-02T09:00:00Z","region":"eu-central-1","resources":["r"],"detail":{{"b":1,"a":2}}}}"#,
            accepted.id
        );
        assert_eq!(accepted.envelope.to_string(), expected);
    }

    #[test]
    fn a_given_time_is_kept_to_the_second() {
        let accepted = read(
            json!({ "Source": "a", "DetailType": "b", "Detail": "{}", "Time": 1_700_000_000.75 }),
        )
        .unwrap();
        assert_eq!(accepted.envelope["time"], "2023-11-14T22:13:20Z");
        assert_eq!(accepted.bus, "default");
    }

    #[test]
    fn what_eventbridge_refuses_is_refused() {
        let cases = [
            (
                json!({ "DetailType": "b", "Detail": "{}" }),
                "InvalidArgument",
            ),
            (
                json!({ "Source": "", "DetailType": "b", "Detail": "{}" }),
                "InvalidArgument",
            ),
            (json!({ "Source": "a", "Detail": "{}" }), "InvalidArgument"),
            (
                json!({ "Source": "a", "DetailType": "b" }),
                "InvalidArgument",
            ),
            (
                json!({ "Source": "a", "DetailType": "b", "Detail": "{" }),
                "MalformedDetail",
            ),
            (
                json!({ "Source": "a", "DetailType": "b", "Detail": "[]" }),
                "MalformedDetail",
            ),
            (
                json!({ "Source": "a", "DetailType": "b", "Detail": "\"text\"" }),
                "MalformedDetail",
            ),
            (
                json!({ "Source": "aws.s3", "DetailType": "b", "Detail": "{}" }),
                "NotAuthorizedForSourceException",
            ),
            (
                json!({ "Source": "a", "DetailType": "b", "Detail": "{}", "Time": 1e300 }),
                "InvalidArgument",
            ),
        ];
        for (entry, code) in cases {
            assert_eq!(
                read(entry.clone()).err().map(|refused| refused.code),
                Some(code),
                "{entry}"
            );
        }
    }
}
