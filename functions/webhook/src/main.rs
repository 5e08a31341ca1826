//! Fired by its function URL, which is open to all. A tool's signed request becomes an event on the bus.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let (store, bus, secrets) = (&function.store, &function.bus()?, &function.secrets()?);
    serve(|request| app::webhook::handle(store, bus, secrets, request)).await
}
