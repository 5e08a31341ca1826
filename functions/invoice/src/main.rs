//! Fired by the rule for owed invoices. One invoice is numbered, rendered, kept and mailed, and its case moves on.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let (store, post) = (&function.store, &function.post()?);
    serve(|event| app::invoice::handle(store, post, event)).await
}
