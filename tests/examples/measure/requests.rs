//! What each function is asked first: a request as AWS would hand it over, for which there is something to do in the table.
//! It must not measure.

use std::collections::BTreeMap;

use domain::case::Effect;
use local::template::{Function, Wiring};
use serde_json::{Map, Value, json};
use store::EffectRow;
use tests::world::wiring;

use crate::Failure;
use crate::programs::{HELLO, HELLO_PROGRAM};
use crate::stage::{Stage, example};

/// A first request, and a piece of text that only the answer to a request that was carried out has.
struct First {
    what: &'static str,
    payload: Value,
    answer_has: &'static str,
}

/// A request that was answered.
pub struct Answered<'a> {
    pub function: &'a Function,
    pub what: &'static str,
    /// Requests to the table, the bus and the mailer, by operation.
    pub requests: BTreeMap<String, u64>,
}

/// The template's functions and the yardstick, each fired by nothing but an invocation by hand, with time for a slow machine.
pub fn unfired() -> Wiring {
    let mut wiring = wiring();
    wiring.rules.clear();
    wiring.schedules.clear();
    wiring.streams.clear();
    wiring.queue_mappings.clear();
    if let Some(first) = wiring.functions.first() {
        let hello = Function {
            name: "HelloFunction".to_owned(),
            binary: HELLO_PROGRAM.to_owned(),
            ..first.clone()
        };
        wiring.functions.push(hello);
    }
    for function in &mut wiring.functions {
        function.timeout_seconds = 900;
    }
    // A case has to be there before another function has anything to do.
    wiring
        .functions
        .sort_by_key(|function| (function.binary != "start-case", function.binary.clone()));
    wiring
}

/// Asks every function once, each in a fresh process, and lets `look` at it while it waits for a second request.
pub async fn ask_each(
    stage: &Stage,
    functions: &[Function],
    mut look: impl AsyncFnMut(&Answered<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // Time stands still, so that no lease runs out while a function is slowed down by what measures it.
    stage.host.clock().set_rate(0.0)?;
    for function in functions {
        let first = first(stage, &function.binary).await?;
        let before = stage.host.counts();
        let answer = invoke(stage, &function.name, first.payload).await?;
        if !answer.contains(first.answer_has) {
            return Err(format!(
                "{} did not do what it was asked ({}); it answered {answer}",
                function.binary, first.what
            )
            .into());
        }
        let mut requests = BTreeMap::new();
        for (operation, count) in stage.host.counts().operations {
            let earlier = before.operations.get(&operation);
            let made = count.requests - earlier.map_or(0, |earlier| earlier.requests);
            if made > 0 {
                requests.insert(operation, made);
            }
        }
        if requests.is_empty() && function.binary != HELLO_PROGRAM {
            return Err(format!("{} answered without asking anybody", function.binary).into());
        }
        look(&Answered {
            function,
            what: first.what,
            requests,
        })
        .await?;
    }
    Ok(())
}

/// The name that tables show.
pub fn name(function: &Function) -> &str {
    if function.binary == HELLO_PROGRAM {
        HELLO
    } else {
        &function.binary
    }
}

async fn first(stage: &Stage, binary: &str) -> Result<First, Failure> {
    const DONE: &str = r#""outcome":"done""#;
    const NONE_FAILED: &str = r#"{"batchItemFailures":[]}"#;
    let (what, payload, answer_has) = match binary {
        HELLO_PROGRAM => ("an echo", json!({ "name": "world" }), r#""world""#),
        "start-case" => (
            "contract.signed starts the case and its project",
            example("contract.signed")?,
            DONE,
        ),
        "advance-case" => (
            "checklist.ticked closes the onboarding",
            example("checklist.ticked")?,
            DONE,
        ),
        "relay" => {
            let owed = owed(stage, |_| true).await?;
            let records = owed.iter().map(inserted).collect::<Result<Vec<_>, _>>()?;
            (
                "the stream's records of what the contract owes",
                json!({ "Records": records }),
                NONE_FAILED,
            )
        }
        "notify" => {
            let owed = owed(stage, |effect| matches!(effect, Effect::Mail { .. })).await?;
            (
                "mail.requested for the kickoff mail",
                requested("mail.requested", &owed)?,
                DONE,
            )
        }
        "invoice" => {
            let milestone = example("milestone.done")?;
            invoke(stage, "StartCaseFunction", milestone).await?;
            let owed = owed(stage, |effect| matches!(effect, Effect::Invoice { .. })).await?;
            (
                "invoice.requested for a milestone, with its PDF",
                requested("invoice.requested", &owed)?,
                DONE,
            )
        }
        "sla-check" => ("a sweep that finds nothing due", json!({}), r#""failed":0"#),
        "park" => (
            "a message with an event that no rule could deliver",
            undelivered()?,
            NONE_FAILED,
        ),
        "board" => (
            "GET / shows the running cases",
            json!({ "version": "2.0", "rawPath": "/", "requestContext": { "http": { "method": "GET" } } }),
            r#""statusCode":200"#,
        ),
        "links" => (
            "GET of a link that nobody signed is refused",
            json!({ "version": "2.0", "rawPath": "/AQ", "requestContext": { "http": { "method": "GET" } } }),
            r#""statusCode":404"#,
        ),
        "webhook" => (
            "a request of the tracker that nobody signed is refused",
            json!({
                "version": "2.0", "rawPath": "/tracker", "body": "{}",
                "requestContext": { "http": { "method": "POST" } },
            }),
            r#""statusCode":401"#,
        ),
        "call" => (
            "call.requested for a call that is not owed",
            example("call.requested")?,
            r#""outcome":"repeat""#,
        ),
        other => {
            return Err(format!(
                "nobody has said what {other} is asked first; say so in {}",
                file!()
            )
            .into());
        }
    };
    Ok(First {
        what,
        payload,
        answer_has,
    })
}

async fn invoke(stage: &Stage, function: &str, payload: Value) -> Result<String, Failure> {
    let address = format!(
        "{}/2015-03-31/functions/{function}/invocations",
        stage.host.url()
    );
    let body = payload.to_string();
    let (has_failed, answer) =
        tokio::task::spawn_blocking(move || -> Result<(bool, String), ureq::Error> {
            let mut answer = ureq::post(&address).send(body)?;
            let has_failed = answer.headers().contains_key("x-amz-function-error");
            Ok((has_failed, answer.body_mut().read_to_string()?))
        })
        .await??;
    if has_failed {
        return Err(format!("{function} failed: {answer}").into());
    }
    Ok(answer)
}

/// What the running cases owe of one kind; never nothing.
async fn owed(
    stage: &Stage,
    is_meant: impl Fn(&Effect) -> bool,
) -> Result<Vec<EffectRow>, Failure> {
    let mut found = Vec::new();
    for case in stage.store.load_cases("running").await? {
        for row in stage.store.effects(&case.id).await? {
            if is_meant(&row.effect()?) {
                found.push(row);
            }
        }
    }
    if found.is_empty() {
        return Err("the cases do not owe what a function is to be asked for".into());
    }
    Ok(found)
}

/// The example event of this type, for the first of the rows.
fn requested(detail_type: &str, owed: &[EffectRow]) -> Result<Value, Failure> {
    let mut event = example(detail_type)?;
    let row = owed.first().ok_or("nothing is owed")?;
    event["detail"]["data"] = json!({ "case": row.case, "effect": row.effect });
    Ok(event)
}

/// A record of the table's stream for a new row.
fn inserted(row: &EffectRow) -> Result<Value, Failure> {
    let Value::Object(plain) = serde_json::to_value(row)? else {
        return Err("a row is an object".into());
    };
    let image: Map<String, Value> = plain
        .into_iter()
        .map(|(name, value)| {
            let typed = match value {
                Value::Number(number) => json!({ "N": number.to_string() }),
                Value::Bool(_) => json!({ "BOOL": value }),
                Value::Null => json!({ "NULL": true }),
                other => json!({ "S": other }),
            };
            (name, typed)
        })
        .collect();
    Ok(json!({
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": { "SequenceNumber": "1", "StreamViewType": "NEW_AND_OLD_IMAGES", "NewImage": image },
    }))
}

fn undelivered() -> Result<Value, Failure> {
    let event = example("project.started")?;
    Ok(json!({ "Records": [{
        "messageId": "1",
        "eventSource": "aws:sqs",
        "body": event.to_string(),
        "messageAttributes": { "ERROR_MESSAGE": { "stringValue": "the function was throttled", "dataType": "String" } },
    }] }))
}
