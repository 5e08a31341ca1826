//! Secrets by name: the values that are valid now, remembered for a minute, so that a rotation needs no deploy.
//! Decides how long a value is remembered and what a name may be; must not know what a secret is for.

mod parameters;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

pub(crate) use parameters::Parameters;

use crate::clock::Clock;
use crate::error::StoreError;

/// How long a value is used without asking again.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_secs(60);
/// What one parameter of the standard tier holds.
const LARGEST_BYTES: usize = 4096;

const NAME_SHAPE: &str = "1 to 60 of a-z 0-9 - _ . and a letter first";

/// The values of one secret that are valid, the current one first. One that was rotated has its previous one beside it.
/// Neither `Debug` nor an error ever shows a value.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<String>);

/// Why a secret can not be had or kept.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("there is no secret `{name}`; keep one with `baton secret set {name}`")]
    Missing { name: String },
    #[error("{name:?} can not be the name of a secret; expected {NAME_SHAPE}")]
    Name { name: String },
    /// The value itself is never repeated.
    #[error("this can not be the value of a secret: {0}")]
    Value(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Secret {
    /// A secret with one value, without the line end that an editor or `echo` leaves behind it.
    ///
    /// # Errors
    /// The value is empty, longer than 4,096 bytes, or has several lines: a line is a value of its own where it is kept.
    pub fn new(value: &str) -> Result<Self, SecretError> {
        Self::kept(value.strip_suffix('\n').unwrap_or(value), &[])
    }

    /// 32 random bytes in base64: also what Standard Webhooks expects.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn generated() -> Result<Self, SecretError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|error| StoreError::try_again("make a secret", error))?;
        Ok(Self(vec![aws_smithy_types::base64::encode(bytes)]))
    }

    /// The new value, with the one that was current still valid beside it. Older ones end.
    ///
    /// # Errors
    /// Both together are too long to be kept.
    pub fn followed_by(&self, next: &Self) -> Result<Self, SecretError> {
        Self::kept(next.current(), &[self.current()])
    }

    fn kept(current: &str, previous: &[&str]) -> Result<Self, SecretError> {
        let current = current.strip_suffix('\r').unwrap_or(current);
        if current.trim().is_empty() {
            return Err(SecretError::Value("it is empty"));
        }
        if current.contains(['\n', '\r', '\0']) {
            return Err(SecretError::Value("it has several lines"));
        }
        let values = std::iter::once(current).chain(previous.iter().copied());
        let values: Vec<String> = values.map(str::to_owned).collect();
        if values.join("\n").len() > LARGEST_BYTES {
            return Err(SecretError::Value("it is longer than 4,096 bytes"));
        }
        Ok(Self(values))
    }

    /// What is written where secrets are kept: one value a line, the current one first.
    fn text(&self) -> String {
        self.0.join("\n")
    }

    fn of_text(text: &str) -> Option<Self> {
        let values: Vec<String> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect();
        (!values.is_empty()).then_some(Self(values))
    }

    /// What is signed with from now on.
    pub fn current(&self) -> &str {
        self.0
            .first()
            .expect("no secret is made without a value, and none is taken out")
    }

    /// What a signature may have been made with, the current value first.
    pub fn valid(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Secret({} not shown)", self.0.len())
    }
}

/// Whether a secret may have this name.
pub fn is_secret_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    name.len() <= 60 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(fits)
}

/// The secrets of one stack: parameters of AWS Systems Manager below `/baton/STACK/`, encrypted, or what the local host
/// keeps in their place. Cheap to clone; clones remember together.
#[derive(Clone)]
pub struct Secrets {
    parameters: Parameters,
    /// `/baton/STACK`
    folder: String,
    clock: Clock,
    remembered: Arc<Mutex<HashMap<String, (Timestamp, Secret)>>>,
}

impl Secrets {
    pub(crate) fn new(parameters: Parameters, folder: &str, clock: Clock) -> Self {
        Self {
            parameters,
            folder: folder.to_owned(),
            clock,
            remembered: Arc::default(),
        }
    }

    /// The valid values of a secret, at most a minute old.
    ///
    /// # Errors
    /// There is none of that name, or nobody answers.
    pub async fn get(&self, name: &str) -> Result<Secret, SecretError> {
        let now = self.clock.now();
        if let Some(secret) = self.remembered(name, now) {
            return Ok(secret);
        }
        let path = self.path(name)?;
        let missing = || SecretError::Missing {
            name: name.to_owned(),
        };
        let text = self.parameters.get(&path).await?.ok_or_else(missing)?;
        let secret = Secret::of_text(&text).ok_or_else(missing)?;
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        remembered.insert(name.to_owned(), (now, secret.clone()));
        Ok(secret)
    }

    /// Keeps a secret, in place of whatever was there.
    ///
    /// # Errors
    /// The name is none, or nobody answers.
    pub async fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        let path = self.path(name)?;
        self.parameters.put(&path, &secret.text()).await?;
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        remembered.remove(name);
        Ok(())
    }

    /// The names of all secrets, sorted.
    ///
    /// # Errors
    /// Nobody answers.
    pub async fn names(&self) -> Result<Vec<String>, SecretError> {
        let prefix = format!("{}/", self.folder);
        let paths = self.parameters.below(&self.folder).await?;
        let mut names: Vec<String> = paths
            .iter()
            .filter_map(|path| path.strip_prefix(&prefix))
            .map(str::to_owned)
            .collect();
        names.sort();
        Ok(names)
    }

    fn remembered(&self, name: &str, now: Timestamp) -> Option<Secret> {
        let remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (read_at, secret) = remembered.get(name)?;
        let age = now.duration_since(*read_at);
        (age >= SignedDuration::ZERO && age < REMEMBERED_FOR).then(|| secret.clone())
    }

    fn path(&self, name: &str) -> Result<String, SecretError> {
        if is_secret_name(name) {
            Ok(format!("{}/{name}", self.folder))
        } else {
            Err(SecretError::Name {
                name: name.to_owned(),
            })
        }
    }
}
