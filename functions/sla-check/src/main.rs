//! Fired every minute. Whatever is due within the look-ahead is done to the second: warnings, misses, unsent effects.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;
use store::{Clients, Config, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = Config::from_env()?;
    let clients = Clients::new(&config);
    let (store, bus) = (&Store::new(&config, &clients)?, &clients.bus()?);
    store.table().open().await;
    run(service_fn(async |_: LambdaEvent<Value>| Ok::<_, Error>(app::sla_check::handle(store, bus).await?))).await
}
