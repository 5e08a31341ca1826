//! Invoices: number, document data and what is billed, written together or not at all.
//! It must not compute a figure nor choose a number; the series and the draft do.

use domain::billing::{Counter, Draft, Invoice, Series};
use domain::id::digest;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::keys;
use crate::rows::{Head, from_body, from_item, to_body};
use crate::store::Store;
use crate::table::{Item, Reason, TransactError, Write, to_item};

/// What is asked for: a draft to be numbered in its series, for the one effect that owes it.
pub struct Issue<'a> {
    pub draft: &'a Draft,
    pub series: &'a Series,
    /// What is billed, as names and values: at most one invoice each.
    pub bills: &'a [(String, String)],
    /// The effect that owes the invoice, so that its own repeat is told from a second billing.
    pub owed_by: &'a str,
    pub today: Date,
}

/// The invoice that bills this, and whether this very effect issued it (now or in an earlier attempt).
pub struct IssuedInvoice {
    pub invoice: Invoice,
    pub owed_by_us: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The draft can not become an invoice; no number was taken.
    #[error("{0}")]
    NotIssuable(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize, Deserialize)]
struct SeriesRow {
    #[serde(flatten)]
    head: Head,
    last: u64,
    last_issue_date: Date,
}

#[derive(Serialize, Deserialize)]
struct InvoiceRow {
    #[serde(flatten)]
    head: Head,
    title: String,
    state: String,
    client_of: String,
    client_at: String,
    owed_by: String,
    body: String,
}

#[derive(Serialize, Deserialize)]
struct BilledRow {
    #[serde(flatten)]
    head: Head,
    number: String,
    owed_by: String,
}

/// How often the series may be contended before the effect is tried again as a whole.
const MOST_ATTEMPTS: u32 = 40;

impl Store {
    /// Issues the draft under the next number of its series, or gives the invoice that already bills the same.
    pub async fn issue(
        &self,
        issue: &Issue<'_>,
        client: &domain::id::ClientId,
    ) -> Result<IssuedInvoice, IssueError> {
        for attempt in 1..=MOST_ATTEMPTS {
            let series_key = keys::series(&issue.draft.series);
            let counter: Option<SeriesRow> = self
                .table
                .get(&series_key)
                .await?
                .map(from_item)
                .transpose()?;
            let known = counter.as_ref().map(|row| Counter {
                last: row.last,
                last_issue_date: row.last_issue_date,
            });
            let refused = |text: String| IssueError::NotIssuable(text);
            let next = issue
                .series
                .next(known, issue.today)
                .map_err(|error| refused(error.to_string()))?;
            let invoice = issue
                .draft
                .clone()
                .issue(next.number.clone(), next.issue_date)
                .map_err(|error| refused(error.to_string()))?;
            let series = SeriesRow {
                head: Head::new(series_key, "series"),
                last: next.counter.last,
                last_issue_date: next.counter.last_issue_date,
            };
            let writes = vec![
                Write::put(to_item(&billed_row(issue, &invoice))?).when("attribute_not_exists(PK)"),
                expecting(Write::put(to_item(&series)?), counter.as_ref()),
                Write::put(to_item(&invoice_row(issue, &invoice, client)?)?)
                    .when("attribute_not_exists(PK)"),
            ];
            let token = &digest(&[issue.owed_by, invoice.number.as_str()])[..36];
            match self.table.transact(writes, token).await {
                Ok(()) => {
                    return Ok(IssuedInvoice {
                        invoice,
                        owed_by_us: true,
                    });
                }
                Err(TransactError::Cancelled(reasons)) => {
                    if let Some(Reason::ConditionFailed(Some(found))) = reasons.into_iter().next() {
                        return Ok(self.billed_before(issue, *found).await?);
                    }
                }
                Err(TransactError::TokenTaken { .. }) => {}
                Err(other) => return Err(IssueError::Store(other.into())),
            }
            self.pause(attempt.min(4)).await;
        }
        let context = format!("the series {} is busy", issue.draft.series);
        Err(IssueError::Store(StoreError::TryAgain {
            context,
            source: None,
        }))
    }

    pub async fn invoice(&self, number: &str) -> Result<Option<Invoice>, StoreError> {
        let Some(item) = self.table.get(&keys::invoice(number)).await? else {
            return Ok(None);
        };
        let row: InvoiceRow = from_item(item)?;
        from_body(&row.body).map(Some)
    }

    async fn billed_before(
        &self,
        issue: &Issue<'_>,
        found: Item,
    ) -> Result<IssuedInvoice, StoreError> {
        let billed: BilledRow = from_item(found)?;
        let invoice = self.invoice(&billed.number).await?.ok_or_else(|| {
            StoreError::never(
                "read an invoice",
                format!("{} bills this but is not there", billed.number),
            )
        })?;
        Ok(IssuedInvoice {
            invoice,
            owed_by_us: billed.owed_by == issue.owed_by,
        })
    }
}

fn billed_row(issue: &Issue<'_>, invoice: &Invoice) -> BilledRow {
    BilledRow {
        head: Head::new(keys::billed(issue.bills), "billed"),
        number: invoice.number.as_str().to_owned(),
        owed_by: issue.owed_by.to_owned(),
    }
}

/// The counter must be as it was read: two issues at once never take the same number, and a lost one leaves no gap.
fn expecting(write: Write, counter: Option<&SeriesRow>) -> Write {
    match counter {
        None => write.when("attribute_not_exists(PK)"),
        Some(row) => write
            .when("#last = :last")
            .name("#last", "last")
            .number(":last", i64::try_from(row.last).unwrap_or(i64::MAX)),
    }
}

fn invoice_row(
    issue: &Issue<'_>,
    invoice: &Invoice,
    client: &domain::id::ClientId,
) -> Result<InvoiceRow, StoreError> {
    Ok(InvoiceRow {
        head: Head::new(keys::invoice(invoice.number.as_str()), "invoice"),
        title: format!("Invoice {}", invoice.number),
        state: "issued".into(),
        client_of: keys::client_list(client),
        client_at: invoice.issue_date.to_string(),
        owed_by: issue.owed_by.to_owned(),
        body: to_body(invoice)?,
    })
}
