//! Fired by the failure queues. What could not be delivered or failed to its end is kept with a reason and an owner.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let store = &function.store;
    serve(async move |event| app::park::handle_batch(store, &event).await).await
}
