//! Fired by the rule for owed invoices. One invoice is numbered, rendered, kept and mailed, and its case moves on.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;
use store::{Clients, Config, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = Config::from_env()?;
    let clients = Clients::new(&config);
    let (store, post) = (&Store::new(&config, &clients)?, &app::Post::new(clients.mailer(), config.sender()?));
    store.table().open().await;
    run(service_fn(async |event: LambdaEvent<Value>| {
        let told = app::invoice::handle(store, post, event.payload).await?;
        Ok::<_, Error>(told.to_json())
    }))
    .await
}
