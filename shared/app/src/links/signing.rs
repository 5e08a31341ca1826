//! Where links lead and what signs them: the address of the public page and the keys, as a mail's writer needs them.
//! It must not know what a link is for.

use domain::case::{Case, Duty, Portal};
use domain::id::{EffectId, PersonId, StepId};
use domain::link::{Keys, Link, TaskLink};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

use store::{SecretError, Secrets};

use crate::outcome::TryAgain;

/// How long the link to a task holds from the moment its mail was owed. The task decides what it can still do.
const TASK_LINKS_HOLD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where the keys come from.
#[derive(Clone)]
pub struct LinkKeys(Source);

#[derive(Clone)]
enum Source {
    Given(Arc<Keys>),
    Kept(Secrets),
}

/// The secret whose valid values are the keys.
const SECRET: &str = "links";

impl LinkKeys {
    /// Always these.
    pub fn given(keys: Keys) -> Self {
        LinkKeys(Source::Given(Arc::new(keys)))
    }

    /// The valid values of the secret `links`, the current one first.
    pub fn kept(secrets: Secrets) -> Self {
        LinkKeys(Source::Kept(secrets))
    }

    /// The keys that are valid now. `None`: there are none, so no link is written and none is believed.
    pub(crate) async fn keys(&self) -> Result<Option<Arc<Keys>>, TryAgain> {
        let secrets = match &self.0 {
            Source::Given(keys) => return Ok(Some(keys.clone())),
            Source::Kept(secrets) => secrets,
        };
        let secret = match secrets.get(SECRET).await {
            Ok(secret) => secret,
            Err(error @ SecretError::Missing { .. }) => {
                tracing::warn!(%error, "mails go without links");
                return Ok(None);
            }
            Err(error) => return Err(TryAgain(store::explain(&error))),
        };
        match Keys::new(secret.valid().map(str::as_bytes)) {
            Ok(keys) => Ok(Some(Arc::new(keys))),
            Err(error) => {
                tracing::error!(%error, "mails go without links");
                Ok(None)
            }
        }
    }
}

/// The address of the public page, and the keys.
#[derive(Clone)]
pub struct Links {
    base: String,
    keys: LinkKeys,
}

impl Links {
    /// `base` is the public page's address.
    pub fn new(base: &str, keys: LinkKeys) -> Self {
        Links {
            base: format!("{}/", base.trim_end_matches('/')),
            keys,
        }
    }

    /// What writes the links of one mail; `None`: mails go without.
    pub(crate) async fn writer(&self) -> Result<Option<Writer>, TryAgain> {
        let keys = self.keys.keys().await?;
        Ok(keys.map(|keys| Writer {
            base: self.base.clone(),
            keys,
        }))
    }
}

/// Writes the links of one mail. The same effect always has the same links: nothing of them is of now.
pub(crate) struct Writer {
    base: String,
    keys: Arc<Keys>,
}

/// The mail that a link stands in: which effect owes it, since when, and who reads it.
pub(crate) struct InMail<'a> {
    pub case: &'a Case,
    pub effect: &'a EffectId,
    pub owed_at: Timestamp,
    pub reader: &'a PersonId,
}

impl InMail<'_> {
    /// A run of a step, as this mail names it to its reader.
    fn opens(&self, step: &StepId, run: u32) -> TaskLink {
        TaskLink {
            case: self.case.id.clone(),
            step: step.clone(),
            run,
            reader: self.reader.clone(),
            effect: self.effect.clone(),
        }
    }
}

impl Writer {
    /// The page of an open task or of a clock of the case: with the owner's buttons if it is the reader's. `None`: it has
    /// come to its end.
    pub fn task(&self, mail: &InMail<'_>, step: &StepId) -> Option<String> {
        let duty = mail.case.duty(step).filter(Duty::is_open)?;
        let of = mail.opens(step, duty.run);
        let link = if duty.owner == mail.reader {
            Link::Task(of)
        } else {
            Link::Beside(of)
        };
        Some(self.address(&link, mail.owed_at + TASK_LINKS_HOLD))
    }

    /// The page on which a reader says how long a run of a step took.
    pub fn time(&self, mail: &InMail<'_>, step: &StepId, run: u32) -> String {
        let link = Link::Time(mail.opens(step, run));
        self.address(&link, mail.owed_at + TASK_LINKS_HOLD)
    }

    /// The page of everything that concerns a client, for `holds_days` from when its mail was owed.
    pub fn portal(&self, portal: &Portal, owed_at: Timestamp) -> String {
        let link = Link::Portal {
            client: portal.client.clone(),
            sent_at: owed_at,
        };
        let holds = SignedDuration::from_hours(24 * i64::from(portal.holds_days));
        self.address(&link, owed_at + holds)
    }

    fn address(&self, link: &Link, expires_at: Timestamp) -> String {
        format!("{}{}", self.base, self.keys.write(link, expires_at))
    }
}
