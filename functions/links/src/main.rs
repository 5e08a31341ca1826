//! Fired by its function URL, open to whoever holds a signed link. Shows that link's one thing, and reports what is pressed.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let (store, bus, keys) = (&function.store, &function.bus()?, &function.link_keys()?);
    serve(|event| app::links::handle(store, bus, keys, event)).await
}
