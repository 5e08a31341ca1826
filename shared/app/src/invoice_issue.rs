//! From what is asked for to a number: the draft, what it has to wait for, what it claims, and the one transaction that
//! issues it. It must not write or mail a document.

use std::sync::Arc;

use domain::billing::{
    Change, Delivered, Happened, Kind, Life, Minor, MoneyError, NoChange, Stands, Waits,
};
use jiff::civil::Date;
use store::{Bills, Company, Hold, Issue, IssueError, IssuedInvoice, Standing, Store, draft_id};

use crate::executor::{Act, Claimed};
use crate::invoice_draft::{self, Asked, Prepared};
use crate::invoice_month::{self, MonthPart};
use crate::invoice_news;
use crate::outcome::TryAgain;

/// An invoice that an effect asks for, as of today.
pub(crate) struct Issuing<'a> {
    store: &'a Store,
    claimed: &'a Claimed<'a>,
    asked: &'a Asked<'a>,
    company: Arc<Company>,
    today: Date,
}

impl<'a> Issuing<'a> {
    pub async fn begin(
        store: &'a Store,
        claimed: &'a Claimed<'a>,
        asked: &'a Asked<'a>,
    ) -> Result<Self, Act> {
        let company = store.company().await?;
        let today = invoice_draft::day(store.now(), &company.team);
        Ok(Issuing {
            store,
            claimed,
            asked,
            company,
            today,
        })
    }

    /// `None`: nothing is left to bill. `waited`: the draft, if it had to wait before.
    pub async fn issue(
        &self,
        waited: Option<Standing>,
        holds: &[Hold],
    ) -> Result<Option<IssuedInvoice>, Act> {
        let Issuing {
            store,
            claimed,
            asked,
            company,
            today,
        } = self;
        let (prepared, claims, draws) = match self.prepared().await? {
            Ok(None) => return Ok(None),
            Ok(Some(part)) => (Ok(part.prepared), part.claims, part.draws),
            Err(what) => (Err(what), Vec::new(), Vec::new()),
        };
        let waits = invoice_draft::waits(company, asked, &prepared, holds);
        self.may_be_issued(&prepared, waited, waits).await?;
        let prepared = prepared.map_err(Act::Refused)?;
        // From here on nobody else bills or corrects what stands on it; a repeat finds its own claims.
        self.claim(&claims).await?;
        let draft = &prepared.draft;
        let no_series = || Act::Refused(format!("the seller has no series {}", draft.series));
        let series = prepared.seller.series.get(&draft.series);
        let calendar = company
            .team
            .calendar_of_clocks(company.clients.get(asked.client))
            .map_err(Act::Refused)?;
        let issue = Issue {
            draft,
            series: series.ok_or_else(no_series)?,
            client: asked.client,
            sale: &claimed.effect,
            title: asked.line,
            bills: asked.bills,
            draws: &draws,
            reminders: &|due_date| prepared.billing.rules.reminders_after(due_date, calendar),
            owed_by: asked.owed_by,
            correlation_id: &claimed.row.correlation_id,
            today: *today,
        };
        match store.issue(&issue).await {
            Ok(issued) => Ok(Some(issued)),
            Err(IssueError::NotIssuable(reason)) => Err(Act::Refused(reason)),
            Err(IssueError::Store(error)) => Err(error.into()),
        }
    }

    /// What is asked for as a draft, with what it claims and draws; none: nothing is left of it.
    async fn prepared(&self) -> Result<Result<Option<MonthPart>, String>, Act> {
        let (company, asked) = (&self.company, self.asked);
        let Some((period, part)) = asked.month else {
            let prepared = invoice_draft::prepare(company, asked, self.delivered_on().await?);
            return Ok(prepared.map(MonthPart::of_sale).map(Some));
        };
        let owed_by = Some(asked.owed_by);
        let month =
            invoice_month::month(self.store, company, asked.client, period, owed_by).await?;
        Ok(month.prepare(company, part))
    }

    /// A milestone's end begins the case that bills it, and its approval may take days. What is billed anew was
    /// delivered when it was billed first.
    async fn delivered_on(&self) -> Result<Date, Act> {
        if let Some(credited) = self.claimed.row.case.invoice() {
            let credited = self.store.invoice(credited).await?;
            return Ok(match credited.map(|invoice| invoice.content.delivered) {
                Some(Delivered::On(date) | Delivered::Between { to: date, .. }) => date,
                None => self.today,
            });
        }
        let is_milestone = self.asked.bills.iter().any(|(name, _)| name == "milestone");
        Ok(match is_milestone {
            true => {
                let started_at = self.claimed.case()?.started_at;
                invoice_draft::day(started_at, &self.company.team).min(self.today)
            }
            false => self.today,
        })
    }

    async fn claim(&self, claims: &[Bills]) -> Result<(), Act> {
        let Asked { owed_by, bills, .. } = self.asked;
        match self.store.claim_things(claims, owed_by, bills).await {
            Ok(()) => Ok(()),
            Err(store::StoreError::Conflict { .. }) => {
                let text = format!("what {owed_by} bills was changed meanwhile");
                Err(Act::Later(TryAgain(text)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a number may be taken now; if not, the draft is entered with what it waits for, and its owner told once.
    async fn may_be_issued(
        &self,
        prepared: &Result<Prepared, String>,
        waited: Option<Standing>,
        waits: Option<Waits>,
    ) -> Result<(), Act> {
        let (standing, change, waits) = match (waited, waits) {
            (None, None) => return Ok(()),
            (Some(waited), None) => return may_go_on(&waited),
            (None, Some(waits)) => {
                let (standing, change) = self.begins_to_wait(prepared, waits.clone())?;
                (standing, change, waits)
            }
            (Some(waited), Some(waits)) => {
                let is_approved = matches!(waited.life.stands, Stands::Approved { .. });
                match waited.life.after(&Happened::Waits(waits.clone())) {
                    Ok(change) => (waited, change, waits),
                    Err(_) if is_approved && prepared.is_ok() => {
                        return match waits {
                            Waits::Approval { .. } => Ok(()),
                            _ => Err(Act::Waits("it is approved, and held".into())),
                        };
                    }
                    Err(same) => return Err(Act::Waits(same.to_string())),
                }
            }
        };
        let words = match &change.life.stands {
            Stands::Draft { waits } => waits.words(change.life.currency),
            other => other.word().to_owned(),
        };
        let happened = Happened::Waits(waits);
        let cause = format!("{} was asked for", self.asked.owed_by);
        match invoice_news::enter(self.store, &standing, &change, &happened, &cause).await {
            Ok(()) => Err(Act::Waits(words)),
            Err(store::StoreError::Conflict { .. }) => {
                let text = format!("{} changed meanwhile", standing.id);
                Err(Act::Later(TryAgain(text)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The draft that nobody has heard of yet.
    fn begins_to_wait(
        &self,
        prepared: &Result<Prepared, String>,
        waits: Waits,
    ) -> Result<(Standing, Change), Act> {
        let Issuing { claimed, asked, .. } = self;
        let due = match prepared {
            Ok(prepared) => invoice_draft::due(prepared, asked),
            Err(_) => Minor(asked.amount_cents),
        };
        let refused = |error: MoneyError| Act::Refused(error.to_string());
        let currency = asked.currency.parse().map_err(refused)?;
        let change = Life::begins_to_wait(Kind::Invoice, currency, due, waits);
        let standing = Standing {
            id: draft_id(asked.owed_by),
            client: asked.client.clone(),
            title: asked.line.to_owned(),
            dated: self.today,
            payable_until: None,
            owed_by: asked.owed_by.to_owned(),
            sale: Some(claimed.effect.clone()),
            correlation_id: claimed.row.correlation_id.clone(),
            life: change.life.clone(),
            version: 0,
        };
        Ok((standing, change))
    }
}

/// A draft that waits for nothing any more is issued, unless somebody ended it.
fn may_go_on(waited: &Standing) -> Result<(), Act> {
    match waited.life.after(&Happened::Issued) {
        Ok(_) | Err(NoChange::Repeat(_)) => Ok(()),
        Err(NoChange::Never(reason)) => Err(Act::Waits(reason)),
    }
}
