//! Many writes that happen together or not at all, and what it says item by item when they do not.
//! Must not know what is being saved, nor whether to decide again.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::write::Action;
use super::{Item, Table, Write};
use crate::error::{Cause, StoreError, is_input_at_fault};

/// DynamoDB takes this many items in one transaction.
const MOST_ITEMS: usize = 100;
/// DynamoDB takes this many characters as a token.
const TOKEN_LENGTH: usize = 36;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum TransactError {
    /// One reason for each write, in the order given.
    #[error("the transaction was cancelled: {}", told(.0))]
    Cancelled(Vec<Reason>),
    /// Other writes went through under this token in the last ten minutes: the input was taken already, or a first
    /// call of ours landed late. Load again.
    #[error("another transaction was written under the token {token}")]
    TokenTaken { token: String },
    /// Throttled, in progress, timed out: it may have been written. The same token makes a repeat harmless.
    #[error("the transaction was not confirmed")]
    TryAgain(#[source] Cause),
    /// The writes themselves are at fault.
    #[error("the transaction was refused")]
    Never(#[source] Cause),
}

/// What one write had to do with the cancelling of all.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// This write would have been fine.
    None,
    /// Its condition does not hold for the item as it stands, which is here if there is one.
    ConditionFailed(Option<Box<Item>>),
    /// Another transaction holds the item at this moment.
    Conflict,
    /// Too much at once on this table or partition.
    Throttled,
    /// Not valid or too large.
    Invalid { message: String },
    /// Any other code.
    Other { code: String, message: String },
}

impl Reason {
    fn of(reason: CancellationReason) -> Self {
        let message = reason.message.unwrap_or_default();
        match reason.code.as_deref() {
            None | Some("None") => Self::None,
            Some("ConditionalCheckFailed") => Self::ConditionFailed(reason.item.map(Box::new)),
            Some("TransactionConflict") => Self::Conflict,
            Some("ThrottlingError" | "ProvisionedThroughputExceeded") => Self::Throttled,
            Some("ValidationError" | "ItemCollectionSizeLimitExceeded") => {
                Self::Invalid { message }
            }
            Some(code) => Self::Other {
                code: code.to_owned(),
                message,
            },
        }
    }

    /// The word for it, without the item, which may hold what does not belong into a log.
    fn word(&self) -> &str {
        match self {
            Self::None => "-",
            Self::ConditionFailed(_) => "condition failed",
            Self::Conflict => "conflict",
            Self::Throttled => "throttled",
            Self::Invalid { message } => message,
            Self::Other { code, .. } => code,
        }
    }
}

fn told(reasons: &[Reason]) -> String {
    let words: Vec<&str> = reasons.iter().map(Reason::word).collect();
    words.join(", ")
}

/// For callers to whom the single reasons do not matter. An invalid write outweighs a condition that failed, and
/// that outweighs what time alone cures.
impl From<TransactError> for StoreError {
    fn from(error: TransactError) -> Self {
        let context = "transaction".to_owned();
        match error {
            TransactError::TokenTaken { .. } => Self::Conflict {
                context,
                found: None,
            },
            TransactError::TryAgain(source) => Self::try_again(context, source),
            TransactError::Never(source) => Self::never(context, source),
            TransactError::Cancelled(mut reasons) => {
                let invalid = |reason: &Reason| matches!(reason, Reason::Invalid { .. });
                if reasons.iter().any(invalid) {
                    return Self::never(context, TransactError::Cancelled(reasons));
                }
                let failed = |reason: &Reason| matches!(reason, Reason::ConditionFailed(_));
                match reasons
                    .iter()
                    .position(failed)
                    .map(|at| reasons.swap_remove(at))
                {
                    Some(Reason::ConditionFailed(found)) => Self::Conflict { context, found },
                    _ => Self::try_again(context, TransactError::Cancelled(reasons)),
                }
            }
        }
    }
}

/// What DynamoDB would refuse with a longer text and a round trip.
fn check(items: usize, token: Option<&str>) -> Result<(), TransactError> {
    if !(1..=MOST_ITEMS).contains(&items) {
        let told = format!("it has {items} items, DynamoDB takes 1 to {MOST_ITEMS}");
        return Err(TransactError::Never(told.into()));
    }
    if token.is_some_and(|token| !(1..=TOKEN_LENGTH).contains(&token.len())) {
        let told = format!("its token is not 1 to {TOKEN_LENGTH} characters long");
        return Err(TransactError::Never(told.into()));
    }
    Ok(())
}

impl Table {
    /// Writes all of `writes` or none. `token` (1 to 36 characters, derived from the input and what was read) makes
    /// a repeat within ten minutes harmless, the SDK's own repeats after a time-out included.
    pub async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), TransactError> {
        self.transact_once(writes, Some(token)).await
    }

    pub(super) async fn transact_once(
        &self,
        writes: Vec<Write>,
        token: Option<&str>,
    ) -> Result<(), TransactError> {
        check(writes.len(), token)?;
        let items: Result<Vec<_>, _> = writes.into_iter().map(|write| self.part(write)).collect();
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(
                items.map_err(|error| TransactError::Never(error.into()))?,
            ))
            .set_client_request_token(token.map(str::to_owned))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                self.counters.count_write(answer.consumed_capacity());
                Ok(())
            }
            Err(error) => Err(match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let reasons = cancelled.cancellation_reasons().to_vec();
                    TransactError::Cancelled(reasons.into_iter().map(Reason::of).collect())
                }
                Some(TransactWriteItemsError::IdempotentParameterMismatchException(_)) => {
                    TransactError::TokenTaken {
                        token: token.unwrap_or_default().to_owned(),
                    }
                }
                _ if is_input_at_fault(&error) => TransactError::Never(error.into()),
                _ => TransactError::TryAgain(error.into()),
            }),
        }
    }

    fn part(&self, write: Write) -> Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError> {
        let Write {
            action,
            condition,
            names,
            values,
        } = write;
        let found = ReturnValuesOnConditionCheckFailure::AllOld;
        // The four parts have the same settings by name, not by type.
        macro_rules! part {
            ($builder:expr) => {
                $builder
                    .table_name(&self.name)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(found)
                    .build()?
            };
        }
        let item = TransactWriteItem::builder();
        Ok(match action {
            Action::Put(whole) => {
                let put = Put::builder().set_item(Some(whole));
                item.put(part!(put.set_condition_expression(condition)))
            }
            Action::Update { key, expression } => {
                let update = Update::builder()
                    .set_key(Some(key.to_item()))
                    .update_expression(expression);
                item.update(part!(update.set_condition_expression(condition)))
            }
            Action::Delete(key) => {
                let delete = Delete::builder().set_key(Some(key.to_item()));
                item.delete(part!(delete.set_condition_expression(condition)))
            }
            Action::Check(key) => {
                let check = ConditionCheck::builder().set_key(Some(key.to_item()));
                item.condition_check(part!(check.set_condition_expression(condition)))
            }
        }
        .build())
    }
}
