//! A function for the tests of this crate, by `lambda_runtime` as real ones: does what its ROLE and its event say.
//! It must not be part of anything that is shipped.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a function prints is its log"
)]

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_ses::types::RawMessage;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

struct Deps {
    role: String,
    table: String,
    dynamodb: aws_sdk_dynamodb::Client,
    ses: aws_sdk_ses::Client,
    eventbridge: aws_sdk_eventbridge::Client,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let role = std::env::var("ROLE").unwrap_or_default();
    if role == "refuses-to-start" {
        eprintln!("the configuration lacks a name");
        return Err("no configuration".into());
    }
    let http = aws_smithy_http_client::Builder::new().build_http();
    let region = Region::new(std::env::var("AWS_REGION")?);
    let credentials = Credentials::new(
        std::env::var("AWS_ACCESS_KEY_ID")?,
        std::env::var("AWS_SECRET_ACCESS_KEY")?,
        None,
        None,
        "environment",
    );
    let credentials = SharedCredentialsProvider::new(credentials);
    let dynamodb = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http.clone())
        .region(region.clone())
        .credentials_provider(credentials.clone())
        .endpoint_url(std::env::var("AWS_ENDPOINT_URL_DYNAMODB")?)
        .build();
    let ses = aws_sdk_ses::Config::builder()
        .behavior_version(aws_sdk_ses::config::BehaviorVersion::latest())
        .http_client(http.clone())
        .region(region.clone())
        .credentials_provider(credentials.clone())
        .endpoint_url(std::env::var("AWS_ENDPOINT_URL_SES")?)
        .build();
    let eventbridge = aws_sdk_eventbridge::Config::builder()
        .behavior_version(aws_sdk_eventbridge::config::BehaviorVersion::latest())
        .http_client(http)
        .region(region)
        .credentials_provider(credentials)
        .endpoint_url(std::env::var("AWS_ENDPOINT_URL_EVENTBRIDGE")?)
        .build();
    let deps = Deps {
        role,
        table: std::env::var("TABLE").unwrap_or_default(),
        dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
        ses: aws_sdk_ses::Client::from_conf(ses),
        eventbridge: aws_sdk_eventbridge::Client::from_conf(eventbridge),
    };
    println!("started");
    run(service_fn(|event: LambdaEvent<Value>| handle(&deps, event))).await
}

async fn handle(deps: &Deps, event: LambdaEvent<Value>) -> Result<Value, Error> {
    match deps.role.as_str() {
        "writer" => write(deps, &event.payload).await,
        "mailer" => mail(deps, &event.payload).await,
        "stream" => stream(deps, &event.payload).await,
        "recorder" => record(deps, &event.payload).await,
        "page" => Ok(page(&event.payload)),
        "step" => step(deps, &event.payload).await,
        "relay" => relay(deps, &event.payload).await,
        _ => obey(event).await,
    }
}

/// Does what the event says, for tests of the Runtime API.
async fn obey(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let payload = event.payload;
    match payload["do"].as_str().unwrap_or("echo") {
        "error" => Err("told to fail".into()),
        "panic" => panic!("told to panic"),
        "exit" => std::process::exit(3),
        "hang" => {
            tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
            Ok(Value::Null)
        }
        "environment" => Ok(json!(
            std::env::vars().collect::<std::collections::BTreeMap<_, _>>()
        )),
        "sleep" => {
            let milliseconds = payload["milliseconds"].as_u64().unwrap_or(0);
            tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
            Ok(json!({ "pid": std::process::id() }))
        }
        _ => Ok(
            json!({ "echo": payload, "request_id": event.context.request_id, "pid": std::process::id() }),
        ),
    }
}

/// An event of the bus → one item.
async fn write(deps: &Deps, event: &Value) -> Result<Value, Error> {
    let id = event["detail"]["id"]
        .as_str()
        .ok_or("the detail has no id")?;
    if event["detail"]["fail"] == true {
        return Err("told to fail".into());
    }
    deps.dynamodb
        .put_item()
        .table_name(&deps.table)
        .item("PK", AttributeValue::S(id.to_owned()))
        .item("SK", AttributeValue::S("ITEM".to_owned()))
        .send()
        .await
        .map_err(|error| error.into_service_error())?;
    Ok(json!({ "written": id }))
}

/// New items of the table → one mail each.
async fn mail(deps: &Deps, event: &Value) -> Result<Value, Error> {
    for record in event["Records"].as_array().into_iter().flatten() {
        let id = record["dynamodb"]["Keys"]["PK"]["S"]
            .as_str()
            .ok_or("the record has no key")?;
        let raw = format!(
            "From: Office <office@firm.test>\r\nTo: boss@firm.test\r\nSubject: {id}\r\n\r\nThere is a new item.\r\n"
        );
        deps.ses
            .send_raw_email()
            .raw_message(
                RawMessage::builder()
                    .data(aws_sdk_ses::primitives::Blob::new(raw))
                    .build()?,
            )
            .send()
            .await
            .map_err(|error| error.into_service_error())?;
    }
    Ok(json!({ "batchItemFailures": [] }))
}

/// Reads a row, then writes eight in one transaction; one of them is for the relay while steps are left. For `examples/load.rs`.
async fn step(deps: &Deps, event: &Value) -> Result<Value, Error> {
    let id = event["detail"]["id"]
        .as_str()
        .ok_or("the detail has no id")?;
    let left = event["detail"]["left"]
        .as_u64()
        .ok_or("the detail has no count")?;
    let text = |value: String| AttributeValue::S(value);
    deps.dynamodb
        .get_item()
        .table_name(&deps.table)
        .key("PK", text(id.to_owned()))
        .key("SK", text("A#0".to_owned()))
        .consistent_read(true)
        .send()
        .await
        .map_err(|error| error.into_service_error())?;
    let mut transaction = deps
        .dynamodb
        .transact_write_items()
        .client_request_token(format!("{id}-{left}"));
    for n in 0..8 {
        let kind = if n == 7 && left > 0 { "O" } else { "A" };
        let put = Put::builder()
            .table_name(&deps.table)
            .item("PK", text(id.to_owned()))
            .item("SK", text(format!("{kind}#{n}#{left}")))
            .item("left", AttributeValue::N(left.to_string()))
            .item("body", text("x".repeat(400)));
        let put = if n < 2 {
            put.item("due_shard", text("0".to_owned()))
                .item("due_at", text(id.to_owned()))
        } else {
            put
        };
        transaction =
            transaction.transact_items(TransactWriteItem::builder().put(put.build()?).build());
    }
    transaction
        .send()
        .await
        .map_err(|error| error.into_service_error())?;
    Ok(Value::Null)
}

/// Rows for the relay → events, ten to a call.
async fn relay(deps: &Deps, event: &Value) -> Result<Value, Error> {
    let records: Vec<&Value> = event["Records"].as_array().into_iter().flatten().collect();
    for chunk in records.chunks(10) {
        let mut call = deps.eventbridge.put_events();
        for record in chunk {
            let image = &record["dynamodb"]["NewImage"];
            let left: u64 = image["left"]["N"].as_str().unwrap_or("0").parse()?;
            let detail = json!({ "id": image["PK"]["S"], "left": left - 1 }).to_string();
            let entry = PutEventsRequestEntry::builder()
                .source("load")
                .detail_type("step")
                .detail(detail)
                .event_bus_name("Bus");
            call = call.entries(entry.build());
        }
        call.send()
            .await
            .map_err(|error| error.into_service_error())?;
    }
    Ok(json!({ "batchItemFailures": [] }))
}

/// Writes down each batch it gets; fails as the keys of the records say: `poison…` always, `partial…` by its sequence number.
async fn stream(deps: &Deps, event: &Value) -> Result<Value, Error> {
    let records: Vec<&Value> = event["Records"].as_array().into_iter().flatten().collect();
    let key = |record: &Value| {
        record["dynamodb"]["Keys"]["PK"]["S"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let keys: Vec<String> = records.iter().map(|record| key(record)).collect();
    note(deps, &json!(keys)).await?;
    if keys.iter().any(|key| key.starts_with("poison")) {
        return Err("a record is poison".into());
    }
    let failed = records
        .iter()
        .find(|record| key(record).starts_with("partial"));
    Ok(match failed {
        Some(record) => {
            json!({ "batchItemFailures": [{ "itemIdentifier": record["dynamodb"]["SequenceNumber"] }] })
        }
        None => json!({ "batchItemFailures": [] }),
    })
}

/// Writes down the whole event.
async fn record(deps: &Deps, event: &Value) -> Result<Value, Error> {
    note(deps, event).await?;
    if event["detail"]["do"] == "fail" || event["do"] == "fail" {
        return Err("told to fail".into());
    }
    Ok(Value::Null)
}

/// A row in the table `NOTES`, in the order of arrival.
async fn note(deps: &Deps, what: &Value) -> Result<(), Error> {
    let nanoseconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_nanos();
    deps.dynamodb
        .put_item()
        .table_name("Notes")
        .item(
            "PK",
            AttributeValue::S(std::env::var("AWS_LAMBDA_FUNCTION_NAME")?),
        )
        .item("SK", AttributeValue::S(format!("{nanoseconds:030}")))
        .item("what", AttributeValue::S(what.to_string()))
        .item("raw", AttributeValue::B(Blob::new(what.to_string())))
        .send()
        .await
        .map_err(|error| error.into_service_error())?;
    Ok(())
}

/// A page that shows its request.
fn page(event: &Value) -> Value {
    match event["rawPath"].as_str() {
        Some("/moved") => json!({ "statusCode": 303, "headers": { "location": "/there" } }),
        Some("/picture") => {
            json!({ "statusCode": 200, "headers": { "content-type": "image/gif" }, "body": "R0lGODlhAQABAAAAACw=", "isBase64Encoded": true })
        }
        _ => json!({
            "statusCode": 201,
            "headers": { "content-type": "application/json; charset=utf-8", "x-page": "yes" },
            "cookies": ["a=1; Path=/", "b=2"],
            "body": event.to_string(),
        }),
    }
}
