//! The three ends of a use case: done, try again, never. Only "try again" reaches Lambda as an error.
//! It must not decide which of them holds.

use store::{EntryOutcome, StoreError, explain};

/// The world was at fault; the same input may succeed later. Lambda and EventBridge repeat it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TryAgain(pub String);

impl TryAgain {
    /// The id that the bus gave an entry; one that it did not take is put there again later.
    pub(crate) fn unless_published(outcome: EntryOutcome) -> Result<String, TryAgain> {
        match outcome {
            EntryOutcome::Published { event_id } => Ok(event_id),
            refused => Err(TryAgain(format!("the bus answered {refused:?}"))),
        }
    }
}

/// What a use case did with its input, in a few words for the log and for tests.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "outcome", content = "text", rename_all = "snake_case")]
pub enum Told {
    Done(String),
    /// It had been done before; nothing changed.
    Repeat(String),
    /// Refused for good: a parked row with an owner holds it.
    Parked(String),
    /// Nobody listens for this kind of event; it is counted.
    Unheard,
}

/// The answer to a batch: the items that must come again, by the name the batch gave them. None: all are done.
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct BatchAnswer {
    #[serde(rename = "batchItemFailures")]
    pub failures: Vec<BatchItem>,
}

#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct BatchItem {
    #[serde(rename = "itemIdentifier")]
    pub item: String,
}

impl BatchAnswer {
    pub(crate) fn again(items: Vec<String>) -> Self {
        BatchAnswer {
            failures: items.into_iter().map(|item| BatchItem { item }).collect(),
        }
    }
}

/// Why a use case can not go on: later, or never with the words for whoever has to mend it.
#[derive(Debug)]
pub(crate) enum Halt {
    Later(TryAgain),
    Never(String),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        let text = explain(&error);
        match error {
            StoreError::TryAgain { .. } | StoreError::Conflict { .. } => {
                Halt::Later(TryAgain(text))
            }
            StoreError::Never { .. } => Halt::Never(text),
        }
    }
}

impl From<StoreError> for TryAgain {
    fn from(error: StoreError) -> Self {
        TryAgain(explain(&error))
    }
}
