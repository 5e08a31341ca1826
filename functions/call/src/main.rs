//! Fired by the rule for owed calls. One request is made outside, or one chat told, and its case moves on.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let (store, outside, secrets) = (&function.store, &function.outside(), &function.secrets()?);
    serve(|event| app::call::handle(store, outside, secrets, event)).await
}
