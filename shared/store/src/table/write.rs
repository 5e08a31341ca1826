//! One write with its condition, alone or as a part of a transaction.
//! Must not know which conditions make sense.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};

use super::{Item, Key, Table};
use crate::error::{StoreError, classify};

/// What is to be done to one item, and on what condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    pub(super) action: Action,
    pub(super) condition: Option<String>,
    pub(super) names: Option<HashMap<String, String>>,
    pub(super) values: Option<HashMap<String, AttributeValue>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    Put(Item),
    Update { key: Key, expression: String },
    Delete(Key),
    Check(Key),
}

impl Write {
    /// Puts the whole item, in place of one that is there.
    pub fn put(item: Item) -> Self {
        Self::of(Action::Put(item))
    }

    /// Changes attributes by an update expression, as in `SET #state = :state`.
    pub fn update(key: Key, expression: impl Into<String>) -> Self {
        Self::of(Action::Update {
            key,
            expression: expression.into(),
        })
    }

    /// Takes the item away.
    pub fn delete(key: Key) -> Self {
        Self::of(Action::Delete(key))
    }

    /// Changes nothing, but cancels the transaction unless `condition` holds.
    pub fn check(key: Key, condition: impl Into<String>) -> Self {
        Self::of(Action::Check(key)).when(condition)
    }

    fn of(action: Action) -> Self {
        Self {
            action,
            condition: None,
            names: None,
            values: None,
        }
    }

    /// Only if this condition expression holds, as in `attribute_not_exists(PK)`.
    pub fn when(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// What `#placeholder` stands for.
    pub fn name(mut self, placeholder: &str, attribute: &str) -> Self {
        let names = self.names.get_or_insert_default();
        names.insert(placeholder.to_owned(), attribute.to_owned());
        self
    }

    /// What `:placeholder` stands for.
    pub fn value(mut self, placeholder: &str, value: AttributeValue) -> Self {
        let values = self.values.get_or_insert_default();
        values.insert(placeholder.to_owned(), value);
        self
    }

    /// What `:placeholder` stands for, as a string.
    pub fn text(self, placeholder: &str, text: impl Into<String>) -> Self {
        self.value(placeholder, AttributeValue::S(text.into()))
    }

    /// What `:placeholder` stands for, as a number.
    pub fn number(self, placeholder: &str, number: impl Into<i64>) -> Self {
        self.value(placeholder, AttributeValue::N(number.into().to_string()))
    }

    pub(super) fn context(&self) -> String {
        let (verb, key) = match &self.action {
            Action::Put(item) => ("put", Key::of(item)),
            Action::Update { key, .. } => ("update", Some(key.clone())),
            Action::Delete(key) => ("delete", Some(key.clone())),
            Action::Check(key) => ("check", Some(key.clone())),
        };
        match key {
            Some(key) => format!("{verb} {key}"),
            None => format!("{verb} an item without key"),
        }
    }
}

impl Table {
    /// Carries out one write. A condition that does not hold is [`StoreError::Conflict`] with the item as it stands.
    /// The SDK repeats a call that timed out, so an unconditional `ADD` may count twice: use a condition.
    pub async fn write(&self, write: Write) -> Result<(), StoreError> {
        self.write_one(write, false).await.map(|_| ())
    }

    /// The same, and gives the item: as it is after an update, as it was before a put or a delete.
    pub async fn write_returning(&self, write: Write) -> Result<Option<Item>, StoreError> {
        self.write_one(write, true).await
    }

    async fn write_one(&self, write: Write, returning: bool) -> Result<Option<Item>, StoreError> {
        if let Action::Check(_) = write.action {
            // A check is no operation of its own; a transaction of one does the same.
            self.transact_once(vec![write], None).await?;
            return Ok(None);
        }
        let context = write.context();
        let Write {
            action,
            condition,
            names,
            values,
        } = write;
        // The calls have the same settings by name, not by type.
        macro_rules! send {
            ($call:expr, $error:ident, $returned:expr) => {{
                let sent = $call
                    .table_name(&self.name)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .set_return_values(returning.then_some($returned))
                    .return_values_on_condition_check_failure(
                        ReturnValuesOnConditionCheckFailure::AllOld,
                    )
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
                    .await;
                let answer = sent.map_err(|error| match error.as_service_error() {
                    Some($error::ConditionalCheckFailedException(failed)) => StoreError::Conflict {
                        context,
                        found: failed.item.clone().map(Box::new),
                    },
                    _ => classify(context, error),
                })?;
                self.counters
                    .count_write(answer.consumed_capacity.as_slice());
                Ok(answer.attributes)
            }};
        }
        let client = &self.client;
        match action {
            Action::Put(item) => send!(
                client.put_item().set_item(Some(item)),
                PutItemError,
                ReturnValue::AllOld
            ),
            Action::Update { key, expression } => send!(
                client
                    .update_item()
                    .set_key(Some(key.to_item()))
                    .update_expression(expression),
                UpdateItemError,
                ReturnValue::AllNew
            ),
            Action::Delete(key) | Action::Check(key) => send!(
                client.delete_item().set_key(Some(key.to_item())),
                DeleteItemError,
                ReturnValue::AllOld
            ),
        }
    }
}
