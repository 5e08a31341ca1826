//! Fired by the rules for people's reports and for messages between cases. A running case moves on.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;
use store::{Clients, Config, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = Config::from_env()?;
    let store = &Store::new(&config, &Clients::new(&config))?;
    store.table().open().await;
    run(service_fn(async |event: LambdaEvent<Value>| {
        let told = app::advance_case::handle(store, event.payload).await?;
        Ok::<_, Error>(told.to_json())
    }))
    .await
}
