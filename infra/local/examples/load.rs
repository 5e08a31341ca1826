//! Drives a machine with chains of events and says how many it carries: `load <chains> <at once> [data folder]`.
//! It must not assert anything: the figures depend on the machine under it.

#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_eventbridge::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use local::clock::Clock;
use local::template::{
    AsynchronousInvocation, Bus, DeliveryRetry, Function, Rule, StreamMapping, Table, Wiring,
};
use local::{Host, Settings};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let chains: usize = arguments.next().unwrap_or_default().parse().unwrap_or(200);
    let at_once: usize = arguments.next().unwrap_or_default().parse().unwrap_or(16);
    let data = arguments.next().map(PathBuf::from);
    let here = std::env::current_exe()?;
    let bin_dir = here.parent().ok_or("no folder")?;
    let mut settings = Settings::new(wiring(), bin_dir, Clock::system());
    settings.data = data;
    let host = Host::start(settings).await?;
    let bus = Arc::new(client(&host));
    // The processes start first.
    send(&bus, "warm").await?;
    host.at_rest().await;

    let before = host.counts();
    let started = Instant::now();
    let places = Arc::new(Semaphore::new(at_once));
    for n in 0..chains {
        let place = places.clone().acquire_owned().await?;
        let bus = bus.clone();
        tokio::spawn(async move {
            let _ = send(&bus, &format!("chain-{n}")).await;
            drop(place);
        });
    }
    let _all = places.acquire_many(u32::try_from(at_once)?).await?;
    let accepted = started.elapsed();
    host.at_rest().await;
    let passed = started.elapsed();
    let after = host.counts();
    println!("{chains} chains: accepted in {accepted:.2?}, at rest after {passed:.2?}");
    println!(
        "{:.0} chains a second",
        chains as f64 / passed.as_secs_f64()
    );
    for (name, count) in &after.operations {
        let earlier = before
            .operations
            .get(name)
            .map_or(0, |count| count.requests);
        println!(
            "{name}: {:.1} a chain",
            (count.requests - earlier) as f64 / chains as f64
        );
    }
    for (name, count) in &after.functions {
        let earlier = before
            .functions
            .get(name)
            .map_or(0, |count| count.invocations);
        let invocations = (count.invocations - earlier) as f64 / chains as f64;
        println!(
            "{name}: {invocations:.1} invocations a chain, {} errors, {} processes",
            count.errors, count.starts
        );
    }
    host.shutdown().await;
    Ok(())
}

async fn send(
    bus: &aws_sdk_eventbridge::Client,
    id: &str,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let entry = PutEventsRequestEntry::builder()
        .source("load")
        .detail_type("step")
        .detail(json!({ "id": id, "left": 4 }).to_string())
        .event_bus_name("Bus");
    bus.put_events().entries(entry.build()).send().await?;
    Ok(())
}

fn client(host: &Host) -> aws_sdk_eventbridge::Client {
    let credentials = Credentials::new("local", "local", None, None, "load");
    aws_sdk_eventbridge::Client::from_conf(
        aws_sdk_eventbridge::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(host.url())
            .build(),
    )
}

/// A chain: an event makes a step write eight items in one transaction, one of which the relay turns into the next event.
fn wiring() -> Wiring {
    let function = |name: &str, role: &str| Function {
        name: name.to_owned(),
        binary: "bootstrap".to_owned(),
        timeout_seconds: 30,
        memory_mb: 128,
        environment: BTreeMap::from([
            ("ROLE".to_owned(), role.to_owned()),
            ("TABLE".to_owned(), "Items".to_owned()),
        ]),
        asynchronous: AsynchronousInvocation {
            max_retries: 2,
            max_event_age_seconds: 3600,
            on_failure_queue: None,
        },
        url: None,
        reserved_concurrency: None,
    };
    Wiring {
        buses: vec![Bus {
            name: "Bus".to_owned(),
        }],
        tables: vec![Table {
            name: "Items".to_owned(),
            create_table: create_table(),
            ttl_attribute: None,
        }],
        functions: vec![function("Step", "step"), function("Relay", "relay")],
        rules: vec![Rule {
            name: "Step".to_owned(),
            bus: "Bus".to_owned(),
            pattern: json!({ "detail-type": ["step"] }),
            function: "Step".to_owned(),
            retry: DeliveryRetry {
                max_attempts: 3,
                max_age_seconds: 3600,
            },
            dead_letter_queue: None,
        }],
        streams: vec![StreamMapping {
            table: "Items".to_owned(),
            function: "Relay".to_owned(),
            batch_size: 25,
            batching_window_seconds: 0,
            bisect_on_error: true,
            max_retries: Some(3),
            max_record_age_seconds: None,
            partial_batch_response: true,
            filters: vec![
                json!({ "eventName": ["INSERT"], "dynamodb": { "Keys": { "SK": { "S": [{ "prefix": "O#" }] } } } }),
            ],
            on_failure_queue: None,
        }],
        ..Wiring::default()
    }
}

fn create_table() -> Value {
    json!({
        "TableName": "Items",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "PK", "AttributeType": "S" },
            { "AttributeName": "SK", "AttributeType": "S" },
            { "AttributeName": "due_shard", "AttributeType": "S" },
            { "AttributeName": "due_at", "AttributeType": "S" },
        ],
        "KeySchema": [
            { "AttributeName": "PK", "KeyType": "HASH" },
            { "AttributeName": "SK", "KeyType": "RANGE" },
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "due",
            "KeySchema": [
                { "AttributeName": "due_shard", "KeyType": "HASH" },
                { "AttributeName": "due_at", "KeyType": "RANGE" },
            ],
            "Projection": { "ProjectionType": "KEYS_ONLY" },
        }],
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    })
}
