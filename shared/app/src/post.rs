//! Mails as letters: rendered, addressed, and handed to the mailer under the lease of the effect that owes them.
//! Which mail says what is `notify`'s and `invoice`'s.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{CaseId, EffectId};
use pages::mail::Rendered;
use pages::mime::{Attachment, Headers, Mailbox};
use store::{MailError, Mailer};

use crate::executor::{Act, Claimed};
use crate::outcome::TryAgain;

/// The mailer, the verified address that all mails come from, and the set that tells of those that come back.
pub struct Post {
    mailer: Mailer,
    sender: String,
    mail_set: String,
}

/// The tag by which a mail that comes back is known again.
pub(crate) const TAG: &str = "baton_effect";

/// A tag's value holds letters, digits, `_` and `-` only; ids hold more than that.
fn tag_of(case: &CaseId, effect: &EffectId) -> String {
    URL_SAFE_NO_PAD.encode(format!("{case}/{effect}"))
}

/// The effect that owed a mail; `None`: it is no tag of ours.
pub(crate) fn tagged(value: &str) -> Option<(CaseId, EffectId)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
    let (case, effect) = text.rsplit_once('/')?;
    Some((case.into(), effect.into()))
}

/// A mail before it has its headers.
pub(crate) struct Letter {
    pub mail: Rendered,
    /// The name shown beside the sending address.
    pub from_name: String,
    /// Where an answer goes.
    pub reply_to: Option<Mailbox>,
    pub to: Vec<Mailbox>,
    pub attachments: Vec<Attachment>,
}

impl Post {
    pub fn new(mailer: Mailer, sender: &str, mail_set: &str) -> Self {
        Post {
            mailer,
            sender: sender.to_owned(),
            mail_set: mail_set.to_owned(),
        }
    }

    /// Sends the letter once, if the lease still holds. The id that the mailer gave it.
    pub(crate) async fn send(&self, claimed: &Claimed<'_>, letter: Letter) -> Result<String, Act> {
        let from = Mailbox {
            name: Some(letter.from_name),
            mail: self.sender.clone(),
        };
        let domain = self
            .sender
            .split_once('@')
            .map_or("baton.invalid", |(_, domain)| domain);
        let headers = Headers {
            from: &from,
            reply_to: letter.reply_to.as_ref(),
            to: &letter.to,
            message_id: &format!("{}@{domain}", claimed.reference()),
            date: claimed.row.owed_at,
        };
        let message = pages::mime::message(&letter.mail, &headers, &letter.attachments)
            .map_err(|error| Act::Refused(error.to_string()))?;
        let to: Vec<String> = letter
            .to
            .iter()
            .map(|mailbox| mailbox.mail.clone())
            .collect();
        claimed.still_held()?;
        let value = tag_of(&claimed.row.case, &claimed.row.effect);
        let tag = (TAG, value.as_str());
        let sent = self
            .mailer
            .send_raw(message, &self.sender, &to, &self.mail_set, tag)
            .await;
        match sent {
            Ok(id) => Ok(id.as_str().to_owned()),
            Err(MailError::Refused(refusal)) => Err(Act::Refused(refusal.to_string())),
            Err(error) => Err(Act::Later(TryAgain(store::explain(&error)))),
        }
    }
}
