//! Fired every minute. Whatever is due within the look-ahead is done to the second: warnings, misses, unsent effects.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let (store, bus) = (&function.store, &function.bus()?);
    serve(|_| app::sla_check::handle(store, bus)).await
}
