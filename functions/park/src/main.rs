//! Fired by the failure queues. What could not be delivered or failed to its end is kept with a reason and an owner.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::{Value, json};
use store::{Clients, Config, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = Config::from_env()?;
    let store = &Store::new(&config, &Clients::new(&config))?;
    store.table().open().await;
    run(service_fn(async |event: LambdaEvent<Value>| {
        let failed = app::park::handle_batch(store, &event.payload).await;
        let failures: Vec<_> = failed.iter().map(|message| json!({ "itemIdentifier": message })).collect();
        Ok::<_, Error>(json!({ "batchItemFailures": failures }))
    }))
    .await
}
