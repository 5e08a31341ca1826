//! A link as text that an address can hold: version, key, kind, expiry, fields and signature in one.
//! One text is one link: no other text opens the same, and none opens another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::keys::{KeyId, Keys, Signature};
use super::{Link, TaskLink};
use crate::id::{CaseId, ClientId, EffectId, PersonId, StepId};

/// The layout below; another layout takes another number.
const VERSION: u8 = 1;
/// Longer than any link of ours; what is longer is not looked at.
const MOST_CHARACTERS: usize = 1024;
/// What is signed begins with this, so that a signature made for something else is none here.
const PURPOSE: &[u8] = b"baton link: ";

const TASK: u8 = 1;
const BESIDE: u8 = 2;
const PORTAL: u8 = 3;
const TIME: u8 = 4;

/// A link that is ours and still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub link: Link,
    pub expires_at: Timestamp,
}

/// Why a text opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("this is no link of ours")]
    NoLink,
    #[error("this link was not signed with a key that is in use")]
    NotSigned,
    #[error("this link has expired")]
    Expired,
}

impl Keys {
    /// The link as text, good until just before `expires_at` (whole seconds count).
    pub fn write(&self, link: &Link, expires_at: Timestamp) -> String {
        let key = self.signing();
        let mut bytes = vec![VERSION];
        bytes.extend(key);
        bytes.extend(expires_at.as_second().to_be_bytes());
        write_link(link, &mut bytes);
        let signature = self
            .sign(key, &signed(&bytes))
            .expect("it is the id of one of these keys");
        bytes.extend(signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// # Errors
    /// Why it opens nothing. Nothing of an unsigned text is looked at but its key's name.
    pub fn read(&self, text: &str, now: Timestamp) -> Result<Opened, Refused> {
        if text.len() > MOST_CHARACTERS {
            return Err(Refused::NoLink);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refused::NoLink)?;
        let (content, signature) = bytes
            .split_last_chunk::<{ size_of::<Signature>() }>()
            .ok_or(Refused::NoLink)?;
        let mut fields = Fields(content);
        if fields.bytes::<1>() != Some([VERSION]) {
            return Err(Refused::NoLink);
        }
        let key = fields
            .bytes::<{ size_of::<KeyId>() }>()
            .ok_or(Refused::NoLink)?;
        if !self.has_signed(key, &signed(content), signature) {
            return Err(Refused::NotSigned);
        }
        let expires_at = fields.instant().ok_or(Refused::NoLink)?;
        let link = fields.link().ok_or(Refused::NoLink)?;
        if now >= expires_at {
            return Err(Refused::Expired);
        }
        Ok(Opened { link, expires_at })
    }
}

fn signed(content: &[u8]) -> Vec<u8> {
    [PURPOSE, content].concat()
}

fn write_link(link: &Link, bytes: &mut Vec<u8>) {
    match link {
        Link::Task(task) | Link::Beside(task) | Link::Time(task) => {
            bytes.push(match link {
                Link::Beside(_) => BESIDE,
                Link::Time(_) => TIME,
                _ => TASK,
            });
            bytes.extend(task.run.to_be_bytes());
            let texts = [
                task.case.as_str(),
                task.step.as_str(),
                task.reader.as_str(),
                task.effect.as_str(),
            ];
            texts.iter().for_each(|text| write_text(text, bytes));
        }
        Link::Portal { client, sent_at } => {
            bytes.push(PORTAL);
            bytes.extend(sent_at.as_second().to_be_bytes());
            write_text(client.as_str(), bytes);
        }
    }
}

/// Its length and then the text, so that no two lists of texts read alike.
fn write_text(text: &str, bytes: &mut Vec<u8>) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(&text.as_bytes()[..usize::from(length)]);
}

/// What is left to read.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn bytes<const COUNT: usize>(&mut self) -> Option<[u8; COUNT]> {
        let (first, rest) = self.0.split_first_chunk::<COUNT>()?;
        self.0 = rest;
        Some(*first)
    }

    fn instant(&mut self) -> Option<Timestamp> {
        Timestamp::from_second(i64::from_be_bytes(self.bytes()?)).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(u16::from_be_bytes(self.bytes()?));
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    /// The whole rest; more than a link is none.
    fn link(&mut self) -> Option<Link> {
        let [kind] = self.bytes()?;
        let link = match kind {
            TASK => Link::Task(self.task()?),
            BESIDE => Link::Beside(self.task()?),
            TIME => Link::Time(self.task()?),
            PORTAL => Link::Portal {
                sent_at: self.instant()?,
                client: ClientId(self.text()?),
            },
            _ => return None,
        };
        self.0.is_empty().then_some(link)
    }

    fn task(&mut self) -> Option<TaskLink> {
        Some(TaskLink {
            run: u32::from_be_bytes(self.bytes()?),
            case: CaseId(self.text()?),
            step: StepId(self.text()?),
            reader: PersonId(self.text()?),
            effect: EffectId(self.text()?),
        })
    }
}
