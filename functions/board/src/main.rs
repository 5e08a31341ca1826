//! Fired by its function URL. Shows where everything stands; it changes nothing.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let store = &function.store;
    serve(|event| app::board::handle(store, event)).await
}
