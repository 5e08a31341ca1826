//! Fired by the rules for people's reports and for messages between cases. A running case moves on.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let store = &function.store;
    serve(|event| app::advance_case::handle(store, event)).await
}
