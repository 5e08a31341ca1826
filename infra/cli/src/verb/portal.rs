//! `baton portal revoke`: the links that a client was sent until now open nothing from now on.
//! It must not make a link; a step `do: portal` sends one.

use clap::{Args, Subcommand};
use domain::id::ClientId;
use serde_json::json;

use crate::failure::Failure;
use crate::show::{GOOD, Out, paint};
use crate::target::Where;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Close the client's page for every link that was sent until now
    Revoke(Revoke),
}

#[derive(Debug, Args)]
struct Revoke {
    /// The client's id in clients.yaml
    #[arg(value_name = "CLIENT")]
    client: String,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let What::Revoke(revoke) = &arguments.what;
    let target = revoke.place.find().await?;
    let store = target.store()?;
    let company = store
        .company()
        .await
        .map_err(|error| Failure::outside(store::explain(&error)))?;
    let client = ClientId::from(revoke.client.as_str());
    let Some(named) = company.clients.get(&client) else {
        let known: Vec<_> = company.clients.keys().map(ClientId::as_str).collect();
        return Err(Failure::refused(format!(
            "there is no client {} in {}",
            revoke.client, target.name
        ))
        .help(format!("the clients are: {}", known.join(", "))));
    };
    store
        .revoke_portal(&client)
        .await
        .map_err(|error| Failure::outside(store::explain(&error)))?;
    out.json(&json!({ "client": client, "revoked_at": store.now().to_string() }));
    if !out.is_json {
        let text = format!(
            "{} The links that {} was sent until now open nothing any more. A step `do: portal` sends a new one.",
            paint(GOOD, "revoked"),
            named.name
        );
        out.say(&text);
    }
    Ok(())
}
