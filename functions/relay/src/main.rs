//! Fired by the table's stream for every newly owed effect. Requests go to the executors, emitted events to the bus.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let (store, bus) = (&function.store, &function.bus()?);
    serve(async move |event| app::relay::handle(store, bus, &event).await).await
}
