//! Fired by its function URL. Shows where everything stands; it changes nothing.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;
use store::{Clients, Config, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = Config::from_env()?;
    let store = &Store::new(&config, &Clients::new(&config))?;
    store.table().open().await;
    run(service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(app::board::handle(store, &event.payload).await?)))
        .await
}
