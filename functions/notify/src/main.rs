//! Fired by the rule for owed mails. One mail is handed to SES and its case moves on.

use app::{Error, Function, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::begin().await?;
    let (store, post, links) = (&function.store, &function.post()?, &function.links()?);
    serve(|event| app::notify::handle(store, post, links, event)).await
}
