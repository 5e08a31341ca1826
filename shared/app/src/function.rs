//! What every function's `main.rs` begins with: logs, settings, clients, and the loop that hands events to a use case.
//! It must not know any use case.

use std::future::Future;

use lambda_runtime::{LambdaEvent, run, service_fn};
use serde::Serialize;
use serde_json::Value;
use store::{Bus, Clients, Config, Outside, Secrets, Store};

use crate::links::{LinkKeys, Links};
use crate::logs;
use crate::outcome::TryAgain;
use crate::post::Post;

pub use lambda_runtime::Error;

/// One function's settings and clients, built once per process.
pub struct Function {
    pub store: Store,
    config: Config,
    clients: Clients,
}

impl Function {
    /// Reads the environment and opens the first connection, before the first event asks for it.
    ///
    /// # Errors
    /// Names the variable that is missing or malformed.
    pub async fn begin() -> Result<Self, Error> {
        logs::begin();
        let config = Config::from_env()?;
        let clients = Clients::new(&config);
        let store = Store::new(&config, &clients)?;
        store.table().open().await;
        Ok(Function {
            store,
            config,
            clients,
        })
    }

    pub fn bus(&self) -> Result<Bus, Error> {
        Ok(self.clients.bus()?)
    }

    /// Where links in mails lead, and what signs them.
    pub fn links(&self) -> Result<Links, Error> {
        Ok(Links::new(self.config.links()?, self.link_keys()?))
    }

    /// What links are signed with.
    pub fn link_keys(&self) -> Result<LinkKeys, Error> {
        Ok(LinkKeys::kept(self.secrets()?))
    }

    pub fn secrets(&self) -> Result<Secrets, Error> {
        Ok(self.clients.secrets(self.store.clock().clone())?)
    }

    pub fn outside(&self) -> Outside {
        self.clients.outside()
    }

    pub fn post(&self) -> Result<Post, Error> {
        let (sender, mail_set) = (self.config.sender()?, self.config.mail_set()?);
        Ok(Post::new(self.clients.mailer(), sender, mail_set))
    }
}

/// Hands each event to `handle` until Lambda stops the process. Only "try again" is an error to Lambda.
pub async fn serve<Answer, Answered>(handle: impl Fn(Value) -> Answered) -> Result<(), Error>
where
    Answer: Serialize,
    Answered: Future<Output = Result<Answer, TryAgain>>,
{
    run(service_fn(async |event: LambdaEvent<Value>| {
        Ok::<_, Error>(handle(event.payload).await?)
    }))
    .await
}
