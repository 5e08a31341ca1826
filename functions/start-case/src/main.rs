//! Fired by the rule for tools' events and for what workflows emit. A case begins; its owners hear of it by `relay`.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let store = &function.store;
    serve(|event| app::start_case::handle(store, event)).await
}
