//! What went wrong outside, told by what the caller can do about it: try again, load again, or give up.
//! Knows nothing of why the caller asked.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::table::Item;

/// The error below an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A call to the table or the bus that did not do what was asked. `context` says what was tried and on what.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The world is at fault, not the input: throttled, timed out, unreachable, forbidden, table missing.
    /// The call may have had its effect, so what is repeated must be safe to repeat.
    #[error("{context}: not now")]
    TryAgain {
        context: String,
        #[source]
        source: Option<Cause>,
    },
    /// A condition did not hold: somebody else was first, or it was done before. Load again, then decide.
    /// `found` is the item as it stands, where there is one.
    #[error("{context}: the item is not as expected")]
    Conflict {
        context: String,
        found: Option<Box<Item>>,
    },
    /// The input is at fault (too large, not valid, not readable): the same call can never succeed.
    #[error("{context}: refused")]
    Never {
        context: String,
        #[source]
        source: Option<Cause>,
    },
}

impl StoreError {
    pub(crate) fn try_again(context: impl Into<String>, source: impl Into<Cause>) -> Self {
        Self::TryAgain {
            context: context.into(),
            source: Some(source.into()),
        }
    }

    pub(crate) fn never(context: impl Into<String>, source: impl Into<Cause>) -> Self {
        Self::Never {
            context: context.into(),
            source: Some(source.into()),
        }
    }

    /// Whether the same call may succeed later without anybody changing the input.
    pub fn is_try_again(&self) -> bool {
        matches!(self, Self::TryAgain { .. })
    }

    /// Whether a fresh load and a fresh decision are due.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}

/// An error with all its causes on one line, for logs and for the reason of a parked input.
/// Uses `Display` alone: the debug form of an AWS error holds whole items, and those hold names and addresses.
pub fn explain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !text.is_empty() && !line.ends_with(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        next = cause.source();
    }
    line
}

/// The codes by which AWS says that the request itself can never be carried out.
const INPUT_AT_FAULT: &[&str] = &[
    "ValidationException",
    "ValidationError",
    "ItemCollectionSizeLimitExceededException",
    "SerializationException",
    "InvalidParameterValue",
    "InvalidArgument",
];

/// Whether AWS, or the SDK before it, says that this request can never be carried out.
pub(crate) fn is_input_at_fault<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => true,
        SdkError::ServiceError(answer) => {
            let code = answer.err().code();
            code.is_some_and(|code| INPUT_AT_FAULT.contains(&code))
        }
        _ => false,
    }
}

/// Sorts an SDK error by whose fault it is. Conditions that failed are the caller's to look for first.
pub(crate) fn classify<E>(context: impl Into<String>, error: SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if is_input_at_fault(&error) {
        StoreError::never(context, error)
    } else {
        StoreError::try_again(context, error)
    }
}

/// A write whose condition failed because the row is as it should be already, by somebody else's hand.
pub(crate) fn unless_conflict(written: Result<(), StoreError>) -> Result<(), StoreError> {
    match written {
        Err(StoreError::Conflict { .. }) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once_and_in_order() {
        let error = StoreError::try_again("read CASE#1", std::io::Error::other("connection reset"));
        assert_eq!(explain(&error), "read CASE#1: not now: connection reset");
    }
}
