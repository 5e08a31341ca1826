//! Invoices: number, document, where it stands and what is billed, written together or not at all.
//! It must not compute a figure nor choose a number; the series and the draft do.

use domain::billing::{
    Change, Counter, Draft, Happened, Invoice, Letter, Life, Next, Series, Stands,
};
use domain::case::Effect;
use domain::id::{ClientId, digest};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::invoice_life::{Entered, Hold, Standing, draft_id, writes_of};
use crate::keys;
use crate::rows::{Head, from_body, from_item, to_body};
use crate::runs::{Draw, drawing};
use crate::store::Store;
use crate::table::{Item, Reason, TransactError, Write, to_item};

/// What is billed, as names and values.
pub type Bills = Vec<(String, String)>;

/// What is asked for: a draft to be numbered in its series, for the one effect that owes it.
pub struct Issue<'a> {
    pub draft: &'a Draft,
    pub series: &'a Series,
    pub client: &'a ClientId,
    /// What was asked for, kept so that it can be billed again after a credit.
    pub sale: &'a Effect,
    pub title: &'a str,
    /// What is billed: at most one invoice each.
    pub bills: &'a Bills,
    /// Prepaid hours that it takes back of its time.
    pub draws: &'a [Draw],
    /// When to remind, known once the day it is payable is known.
    pub reminders: &'a (dyn Fn(Date) -> Vec<jiff::Timestamp> + Sync),
    /// The effect that owes the invoice, so that its own repeat is told from a second billing.
    pub owed_by: &'a str,
    pub correlation_id: &'a str,
    pub today: Date,
}

/// What a numbered credit note makes of its invoice, and what that owes; or why it can not be.
pub type CreditChange<'a> = dyn Fn(&Invoice) -> Result<(Change, Vec<Effect>), String> + Sync + 'a;

/// A credit note to be numbered, and the invoice that it takes back.
pub struct CreditIssue<'a> {
    pub draft: &'a Draft,
    pub series: &'a Series,
    pub invoice: &'a Standing,
    pub reason: &'a str,
    /// What the credit makes of the invoice, once the note's number is known.
    pub change: &'a CreditChange<'a>,
    /// What the invoice bills; it may be billed anew once nothing of the invoice is left.
    pub bills: Option<&'a Bills>,
    pub today: Date,
}

/// The invoice that bills this, and whether this very effect issued it (now or in an earlier attempt).
pub struct IssuedInvoice {
    pub invoice: Invoice,
    pub owed_by_us: bool,
    /// As it was issued just now, with no file made of it yet; none: it was issued before.
    pub standing: Option<Standing>,
}

/// What there is already of an invoice that an effect asks for.
pub struct Before {
    pub billed: Option<IssuedInvoice>,
    /// The draft, if it had to wait.
    pub waited: Option<Standing>,
    /// Words that hold it back.
    pub holds: Vec<Hold>,
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

/// The document: written once, with the hash of what it says.
#[derive(Serialize, Deserialize)]
struct InvoiceRow {
    #[serde(flatten)]
    head: Head,
    owed_by: String,
    sha256: String,
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
    pub async fn issue(&self, issue: &Issue<'_>) -> Result<IssuedInvoice, IssueError> {
        let waited = draft_id(issue.owed_by);
        for attempt in 1..=MOST_ATTEMPTS {
            let (invoice, series) = self.next(issue.draft, issue.series, issue.today).await?;
            let standing = standing_of(issue, &invoice);
            let entered = Entered {
                at: self.now(),
                cause: format!("{} was carried out", issue.owed_by),
                happened: Happened::Issued,
            };
            let mut writes = vec![
                Write::put(to_item(&billed_row(issue, &invoice))?).when("attribute_not_exists(PK)"),
                series,
                document(&invoice, issue.owed_by)?,
                // The draft, if it had to wait, is an invoice now.
                Write::delete(keys::invoice_life(&waited)),
            ];
            writes.extend(writes_of(&standing, &entered, &[])?);
            let drawn_from = writes.len();
            for draw in issue.draws {
                writes.push(drawing(issue.client, draw, issue.bills)?);
            }
            let token = &digest(&[issue.owed_by, invoice.number.as_str()])[..36];
            match self.table.transact(writes, token).await {
                Ok(()) => {
                    return Ok(IssuedInvoice {
                        invoice,
                        owed_by_us: true,
                        standing: Some(standing),
                    });
                }
                Err(TransactError::Cancelled(reasons)) => {
                    let drew = reasons.iter().skip(drawn_from);
                    let drew = drew.filter(|reason| matches!(reason, Reason::ConditionFailed(_)));
                    let is_drawn = drew.count() > 0;
                    if let Some(Reason::ConditionFailed(Some(found))) = reasons.into_iter().next() {
                        return Ok(self.billed_before(issue.owed_by, *found).await?);
                    }
                    if is_drawn {
                        return Err(IssueError::Store(StoreError::TryAgain {
                            context: "the prepaid hours were drawn by another invoice".into(),
                            source: None,
                        }));
                    }
                }
                Err(TransactError::TokenTaken { .. }) => {}
                Err(other) => return Err(IssueError::Store(other.into())),
            }
            self.pause(attempt.min(4)).await;
        }
        Err(busy(&issue.draft.series))
    }

    /// Issues a credit note, writes its mark on the invoice, and frees what was billed where nothing of it is left.
    ///
    /// # Errors
    /// `Conflict` when the invoice has changed since it was read: look again and decide anew.
    pub async fn issue_credit(&self, credit: &CreditIssue<'_>) -> Result<Invoice, IssueError> {
        let owed_by = format!("{}/credit-{}", credit.invoice.id, credit.invoice.version);
        for attempt in 1..=MOST_ATTEMPTS {
            let (note, series) = self.next(credit.draft, credit.series, credit.today).await?;
            let refused = |text: String| IssueError::NotIssuable(text);
            let (change, owes) = (credit.change)(&note).map_err(refused)?;
            let entered = |happened| Entered {
                at: self.now(),
                cause: credit.reason.to_owned(),
                happened,
            };
            let note_standing = Standing {
                id: note.number.to_string(),
                title: format!("credit on {}: {}", credit.invoice.id, credit.reason),
                dated: note.issue_date,
                payable_until: None,
                owed_by: owed_by.clone(),
                sale: None,
                life: Life::issued(&note, Vec::new()),
                version: 1,
                ..credit.invoice.clone()
            };
            let mail = Effect::InvoiceMail {
                number: note.number.to_string(),
                letter: Letter::First,
            };
            let amount = note.totals.due;
            let credited = Happened::Credited(domain::billing::Credit {
                note: note.number.clone(),
                amount,
            });
            let is_whole = matches!(change.life.stands, Stands::Credited { .. });
            let after = credit.invoice.after(change.life);
            let mut writes = writes_of(&after, &entered(credited), &owes)?;
            writes.extend([series, document(&note, &owed_by)?]);
            writes.extend(writes_of(
                &note_standing,
                &entered(Happened::Issued),
                &[mail],
            )?);
            if let Some(bills) = credit.bills.filter(|_| is_whole) {
                writes.push(
                    Write::delete(keys::billed(bills))
                        .when("#number = :number")
                        .name("#number", "number")
                        .text(":number", &credit.invoice.id),
                );
            }
            let token = &digest(&[&owed_by, note.number.as_str()])[..36];
            match self.table.transact(writes, token).await {
                Ok(()) => return Ok(note),
                Err(TransactError::Cancelled(reasons)) => {
                    if matches!(reasons.first(), Some(Reason::ConditionFailed(_))) {
                        let context = format!("credit {}", credit.invoice.id);
                        return Err(StoreError::Conflict {
                            context,
                            found: None,
                        }
                        .into());
                    }
                }
                Err(TransactError::TokenTaken { .. }) => {}
                Err(other) => return Err(IssueError::Store(other.into())),
            }
            self.pause(attempt.min(4)).await;
        }
        Err(busy(&credit.draft.series))
    }

    /// The document under its next number, and the write that takes the number.
    async fn next(
        &self,
        draft: &Draft,
        series: &Series,
        today: Date,
    ) -> Result<(Invoice, Write), IssueError> {
        let key = keys::series(&draft.series);
        let item = self.table.get(&key).await?;
        let counter: Option<SeriesRow> = item.map(from_item).transpose()?;
        let known = counter.as_ref().map(|row| Counter {
            last: row.last,
            last_issue_date: row.last_issue_date,
        });
        let Next {
            number,
            issue_date,
            counter: next,
        } = series
            .next(known, today)
            .map_err(|error| IssueError::NotIssuable(error.to_string()))?;
        let invoice = draft
            .clone()
            .issue(number, issue_date)
            .map_err(|error| IssueError::NotIssuable(error.to_string()))?;
        let row = SeriesRow {
            head: Head::new(key, "series"),
            last: next.last,
            last_issue_date: next.last_issue_date,
        };
        Ok((
            invoice,
            expecting(Write::put(to_item(&row)?), counter.as_ref()),
        ))
    }

    /// # Errors
    /// `Never` when the document is not what was issued.
    pub async fn invoice(&self, number: &str) -> Result<Option<Invoice>, StoreError> {
        let Some(item) = self.table.get(&keys::invoice(number)).await? else {
            return Ok(None);
        };
        let row: InvoiceRow = from_item(item)?;
        if sha256(&row.body) != row.sha256 {
            let text = format!("{number} is not what was issued");
            return Err(StoreError::never("read an invoice", text));
        }
        from_body(&row.body).map(Some)
    }

    /// By one read, where nothing bills this yet. `named`: whatever a hold may name it by.
    pub async fn before_issue(
        &self,
        bills: &Bills,
        owed_by: &str,
        named: &[&str],
    ) -> Result<Before, StoreError> {
        let mut keys = vec![keys::billed(bills), keys::invoice_life(&draft_id(owed_by))];
        keys.extend(named.iter().map(|what| keys::hold(what)));
        let mut items = self.table.batch_get(&keys).await?.into_iter();
        let (billed, waited) = (items.next().flatten(), items.next().flatten());
        Ok(Before {
            billed: match billed {
                Some(found) => Some(self.billed_before(owed_by, found).await?),
                None => None,
            },
            waited: waited.map(Standing::of).transpose()?,
            holds: items.flatten().map(Hold::of).collect::<Result<_, _>>()?,
        })
    }

    /// The number of the invoice that bills this.
    pub(crate) async fn billing_number(&self, bills: &Bills) -> Result<Option<String>, StoreError> {
        let item = self.table.get(&keys::billed(bills)).await?;
        let row: Option<BilledRow> = item.map(from_item).transpose()?;
        Ok(row.map(|row| row.number))
    }

    async fn billed_before(&self, owed_by: &str, found: Item) -> Result<IssuedInvoice, StoreError> {
        let billed: BilledRow = from_item(found)?;
        let invoice = self.invoice(&billed.number).await?.ok_or_else(|| {
            StoreError::never(
                "read an invoice",
                format!("{} bills this but is not there", billed.number),
            )
        })?;
        Ok(IssuedInvoice {
            invoice,
            owed_by_us: billed.owed_by == owed_by,
            standing: None,
        })
    }
}

fn busy(series: &str) -> IssueError {
    IssueError::Store(StoreError::TryAgain {
        context: format!("the series {series} is busy"),
        source: None,
    })
}

fn standing_of(issue: &Issue<'_>, invoice: &Invoice) -> Standing {
    Standing {
        id: invoice.number.to_string(),
        client: issue.client.clone(),
        title: issue.title.to_owned(),
        dated: invoice.issue_date,
        payable_until: Some(invoice.due_date),
        owed_by: issue.owed_by.to_owned(),
        sale: Some(issue.sale.clone()),
        correlation_id: issue.correlation_id.to_owned(),
        life: Life::issued(invoice, (issue.reminders)(invoice.due_date)),
        version: 1,
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

fn document(invoice: &Invoice, owed_by: &str) -> Result<Write, StoreError> {
    let body = to_body(invoice)?;
    let row = InvoiceRow {
        head: Head::new(keys::invoice(invoice.number.as_str()), "invoice_document"),
        owed_by: owed_by.to_owned(),
        sha256: sha256(&body),
        body,
    };
    Ok(Write::put(to_item(&row)?).when("attribute_not_exists(PK)"))
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
