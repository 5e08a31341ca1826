//! Fired by the table's stream for every newly owed effect. Requests go to the executors, emitted events to the bus.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::{Value, json};
use store::{Clients, Config, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = Config::from_env()?;
    let clients = Clients::new(&config);
    let (store, bus) = (&Store::new(&config, &clients)?, &clients.bus()?);
    store.table().open().await;
    run(service_fn(async |event: LambdaEvent<Value>| {
        let failed = app::relay::handle(store, bus, &event.payload).await;
        let failures: Vec<_> = failed.iter().map(|sequence| json!({ "itemIdentifier": sequence })).collect();
        Ok::<_, Error>(json!({ "batchItemFailures": failures }))
    }))
    .await
}
