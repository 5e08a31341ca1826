//! Reads a partition, of the table or of an index, page after page until the end.
//! Must not know what is stored there, nor in which partition.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use super::{AttributeValue, Item, PK, SK, Table};
use crate::error::{StoreError, classify};

/// A secondary index and its two key attributes, both strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    pub name: &'static str,
    pub partition: &'static str,
    pub sort: &'static str,
}

/// Which items of one partition are wanted, in the order of their sort keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    index: Option<Index>,
    partition: String,
    sort: Sort,
    newest_first: bool,
    at_most: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
enum Sort {
    All,
    BeginsWith(String),
    UpTo(String),
    From(String),
    Between(String, String),
}

/// A part of an answer. `next` is where the next page begins, if there is one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    pub items: Vec<Item>,
    pub next: Option<Item>,
}

impl Query {
    /// A partition of the table. Read consistently.
    pub fn partition(pk: impl Into<String>) -> Self {
        Self {
            index: None,
            partition: pk.into(),
            sort: Sort::All,
            newest_first: false,
            at_most: None,
        }
    }

    /// A partition of an index. An index follows the table with a delay: what it shows must be read again by key
    /// before it is acted upon.
    pub fn index(index: Index, partition: impl Into<String>) -> Self {
        Self {
            index: Some(index),
            ..Self::partition(partition)
        }
    }

    /// Only sort keys that begin so.
    pub fn begins_with(self, prefix: impl Into<String>) -> Self {
        self.sorted(Sort::BeginsWith(prefix.into()))
    }

    /// Only sort keys up to this one, itself included.
    pub fn up_to(self, last: impl Into<String>) -> Self {
        self.sorted(Sort::UpTo(last.into()))
    }

    /// Only sort keys from this one on, itself included.
    pub fn from(self, first: impl Into<String>) -> Self {
        self.sorted(Sort::From(first.into()))
    }

    /// Only sort keys between the two, both included.
    pub fn between(self, first: impl Into<String>, last: impl Into<String>) -> Self {
        self.sorted(Sort::Between(first.into(), last.into()))
    }

    /// The greatest sort key first.
    pub fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// Not more items than this.
    pub fn at_most(mut self, items: usize) -> Self {
        self.at_most = Some(items);
        self
    }

    fn sorted(mut self, sort: Sort) -> Self {
        self.sort = sort;
        self
    }

    fn context(&self) -> String {
        match self.index {
            Some(index) => format!("query {} of the index {}", self.partition, index.name),
            None => format!("query {}", self.partition),
        }
    }
}

impl Sort {
    /// The condition on `#s`, and the values that it names.
    fn condition(&self) -> (&'static str, Vec<(&'static str, &str)>) {
        match self {
            Self::All => ("", vec![]),
            Self::BeginsWith(prefix) => (" AND begins_with(#s, :s)", vec![(":s", prefix)]),
            Self::UpTo(last) => (" AND #s <= :s", vec![(":s", last)]),
            Self::From(first) => (" AND #s >= :s", vec![(":s", first)]),
            Self::Between(first, last) => (
                " AND #s BETWEEN :s AND :t",
                vec![(":s", first), (":t", last)],
            ),
        }
    }
}

impl Table {
    /// Every item that the query wants, however many pages they fill.
    pub async fn query_all(&self, query: &Query) -> Result<Vec<Item>, StoreError> {
        let mut items: Vec<Item> = Vec::new();
        let mut after = None;
        loop {
            let left = query.at_most.map(|most| most - items.len());
            if left == Some(0) {
                return Ok(items);
            }
            let page = self.page(query, after, left).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    /// One page, from the beginning or from where the page before it ended. May be empty and still have a next one.
    pub async fn query_page(&self, query: &Query, after: Option<Item>) -> Result<Page, StoreError> {
        self.page(query, after, query.at_most).await
    }

    async fn page(
        &self,
        query: &Query,
        after: Option<Item>,
        limit: Option<usize>,
    ) -> Result<Page, StoreError> {
        let (partition, sort) = match query.index {
            Some(index) => (index.partition, index.sort),
            None => (PK, SK),
        };
        let (condition, values) = query.sort.condition();
        let mut call = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(query.index.map(|index| index.name.to_owned()))
            .consistent_read(query.index.is_none())
            .key_condition_expression(format!("#p = :p{condition}"))
            .expression_attribute_names("#p", partition)
            .expression_attribute_values(":p", AttributeValue::S(query.partition.clone()))
            .scan_index_forward(!query.newest_first)
            .set_limit(limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)))
            .set_exclusive_start_key(after)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if !values.is_empty() {
            call = call.expression_attribute_names("#s", sort);
        }
        for (placeholder, value) in values {
            call =
                call.expression_attribute_values(placeholder, AttributeValue::S(value.to_owned()));
        }
        let answer = call.send().await;
        let answer = answer.map_err(|error| classify(query.context(), error))?;
        self.counters
            .count_read(answer.consumed_capacity.as_slice());
        Ok(Page {
            items: answer.items.unwrap_or_default(),
            next: answer.last_evaluated_key.filter(|key| !key.is_empty()),
        })
    }
}
