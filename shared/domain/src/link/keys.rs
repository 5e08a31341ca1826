//! The keys that links are signed with: the first signs, all of them are believed.
//! It must not know where they are kept.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// A key of fewer bytes could be guessed from one link.
const FEWEST_BYTES: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    #[error("there is no key to sign links with")]
    None,
    #[error("a key for links has {0} bytes; at least {FEWEST_BYTES} are needed")]
    Short(usize),
}

/// One or more keys. While a key is replaced, the old one stays behind the new one until its last link has expired.
#[derive(Clone)]
pub struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: KeyId,
    secret: Vec<u8>,
}

pub(super) type KeyId = [u8; 4];
pub(super) type Signature = [u8; 32];

impl Keys {
    /// # Errors
    /// None, or one that is too short.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, KeyProblem> {
        let keys = secrets.into_iter().map(|secret| {
            if secret.len() < FEWEST_BYTES {
                return Err(KeyProblem::Short(secret.len()));
            }
            Ok(Key {
                id: id_of(secret),
                secret: secret.to_vec(),
            })
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(KeyProblem::None);
        }
        Ok(Keys(keys))
    }

    /// The key that signs now.
    pub(super) fn signing(&self) -> KeyId {
        self.0.first().map(|key| key.id).unwrap_or_default()
    }

    pub(super) fn sign(&self, id: KeyId, message: &[u8]) -> Option<Signature> {
        let key = self.0.iter().find(|key| key.id == id)?;
        Some(key.mac(message).finalize().into_bytes().into())
    }

    /// Whether a key of this id made the signature; compared in constant time.
    pub(super) fn has_signed(&self, id: KeyId, message: &[u8], signature: &[u8]) -> bool {
        let mut named = self.0.iter().filter(|key| key.id == id);
        named.any(|key| key.mac(message).verify_slice(signature).is_ok())
    }
}

impl Key {
    fn mac(&self, message: &[u8]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.secret);
        mac.expect("HMAC takes a key of any length")
            .chain_update(message)
    }
}

/// A key's name says nothing of the key.
fn id_of(secret: &[u8]) -> KeyId {
    let mut hash = Sha256::new();
    hash.update(b"the name of a key for links: ");
    hash.update(secret);
    let digest = hash.finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

impl std::fmt::Debug for Keys {
    /// Never the keys themselves.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Keys({} of them)", self.0.len())
    }
}
