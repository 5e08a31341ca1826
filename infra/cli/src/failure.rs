//! How a verb ends when it does not end well: what happened, what to do about it, and the exit code that says whose fault it is.
//! It must not print.

use store::{ConfigError, StartError, StoreError};

/// The end of a verb that did not do what it was asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    pub kind: Kind,
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Everything was printed already.
    pub is_told: bool,
}

/// Whose turn it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The answer is no; the input has to change.
    Refused,
    /// Something outside did not answer; the same may work later.
    Outside,
}

impl Kind {
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Refused => 1,
            Kind::Outside => 3,
        }
    }
}

impl Failure {
    pub fn refused(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Refused,
            message: message.into(),
            help: None,
            is_told: false,
        }
    }

    pub fn outside(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Outside,
            message: message.into(),
            help: None,
            is_told: false,
        }
    }

    /// A refusal whose reasons stand on the screen already.
    pub fn told() -> Self {
        Self {
            is_told: true,
            ..Self::refused("")
        }
    }

    pub fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let text = store::explain(&error);
        match error {
            StoreError::Never { .. } => Self::refused(text),
            StoreError::TryAgain { .. } | StoreError::Conflict { .. } => Self::outside(text),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::outside(error.to_string())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::outside(store::explain(&error))
    }
}
