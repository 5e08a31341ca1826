//! What the run of a month owes: each invoice once, each thing on it claimed once, prepaid hours drawn under a version.
//! It must not decide what is billed.

use std::collections::BTreeMap;

use domain::billing::Period;
use domain::case::Effect;
use domain::id::{CaseId, ClientId, EffectId, digest};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::invoices::Bills;
use crate::keys;
use crate::rows::{EffectRow, Head, from_body, from_item, to_body};
use crate::store::Store;
use crate::table::{Query, Write, to_item};
use crate::time::{Became, ClaimRow, unclaimed};

/// A fee of an agreement in one period, as what it is billed under.
pub fn bills_of_agreement(client: &ClientId, agreement: &str, period: Period) -> Bills {
    vec![
        ("agreement".to_owned(), format!("{client}/{agreement}")),
        ("period".to_owned(), period.to_string()),
    ]
}

/// Under which a client's runs of a month are owed, one effect for each invoice.
pub fn run_of(client: &ClientId, period: Period) -> CaseId {
    CaseId::of_invoice(&format!("run-{client}-{period}"))
}

/// What was drawn of an agreement's prepaid hours, by invoices that stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    drawn: Vec<DrawnBy>,
    version: u64,
}

impl Hours {
    /// Months and minutes.
    pub fn drawn(&self) -> Vec<(Period, u32)> {
        self.drawn
            .iter()
            .map(|by| (by.period, by.minutes))
            .collect()
    }
}

/// Minutes that one invoice draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    pub agreement: String,
    pub minutes: u32,
    pub period: Period,
    /// What was drawn before, as it was read.
    pub before: Hours,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct DrawnBy {
    /// The key under which the invoice is found; once it is taken back wholly, this counts no more.
    bills: Bills,
    period: Period,
    minutes: u32,
}

#[derive(Serialize, Deserialize)]
struct HoursRow {
    #[serde(flatten)]
    head: Head,
    agreement: String,
    version: u64,
    body: String,
}

/// Claims in one transaction.
const CLAIMS_AT_ONCE: usize = 50;

impl Store {
    /// Owes the next effect of a run, unless another was first. The relay sends it on.
    pub async fn owe_in_run(
        &self,
        run: &CaseId,
        id: &EffectId,
        effect: &Effect,
    ) -> Result<bool, StoreError> {
        let chain = (run.as_str(), 0);
        let row = EffectRow::owed_by(run, chain, id, effect, self.now())?;
        let write = Write::put(to_item(&row)?).when("attribute_not_exists(PK)");
        match self.table.write(write).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Claims what an invoice is about to bill, so that nothing else does. Safe to repeat.
    ///
    /// # Errors
    /// `Conflict` when something of it was billed, corrected or claimed meanwhile: look again and decide anew.
    pub async fn claim_things(
        &self,
        things: &[Bills],
        owed_by: &str,
        bills: &Bills,
    ) -> Result<(), StoreError> {
        for things in things.chunks(CLAIMS_AT_ONCE) {
            let mut writes = Vec::new();
            for (thing, (became, seen)) in things.iter().zip(self.became(things).await?) {
                match became {
                    Became::Open => {
                        let row = ClaimRow::owed(thing, owed_by, to_body(bills)?);
                        writes.push(unclaimed(Write::put(to_item(&row)?), seen.as_deref()));
                    }
                    Became::Owed { by } if by == owed_by => {}
                    Became::Owed { .. } | Became::ReplacedBy(_) | Became::BilledBy(_) => {
                        return Err(StoreError::Conflict {
                            context: format!("claim {thing:?}"),
                            found: None,
                        });
                    }
                }
            }
            if writes.is_empty() {
                continue;
            }
            let named: Vec<&str> = things
                .iter()
                .flatten()
                .map(|(_, value)| value.as_str())
                .collect();
            let token = &digest(&[&[owed_by], &*named].concat())[..36];
            self.table.transact(writes, token).await?;
        }
        Ok(())
    }

    /// What of these stands open, and what was billed or claimed already.
    pub async fn became_of(&self, things: &[Bills]) -> Result<Vec<Became>, StoreError> {
        let became = self.became(things).await?;
        Ok(became.into_iter().map(|(became, _)| became).collect())
    }

    /// What was drawn of a client's prepaid hours, by agreement.
    pub async fn hours(&self, client: &ClientId) -> Result<BTreeMap<String, Hours>, StoreError> {
        let query = Query::partition(keys::hours_of(client));
        let mut hours = BTreeMap::new();
        for item in self.table.query_all(&query).await? {
            let row: HoursRow = from_item(item)?;
            let mut drawn: Vec<DrawnBy> = Vec::new();
            for by in from_body::<Vec<DrawnBy>>(&row.body)? {
                if self.billing_number(&by.bills).await?.is_some() {
                    drawn.push(by);
                }
            }
            let version = row.version;
            hours.insert(row.agreement, Hours { drawn, version });
        }
        Ok(hours)
    }
}

/// The part of an invoice's transaction that draws hours; it holds only if nobody has drawn since they were read.
pub(crate) fn drawing(client: &ClientId, draw: &Draw, bills: &Bills) -> Result<Write, StoreError> {
    let mut drawn = draw.before.drawn.clone();
    drawn.retain(|by| by.bills != *bills);
    drawn.push(DrawnBy {
        bills: bills.clone(),
        period: draw.period,
        minutes: draw.minutes,
    });
    let before = draw.before.version;
    let row = HoursRow {
        head: Head::new(keys::hours(client, &draw.agreement), "hours"),
        agreement: draw.agreement.clone(),
        version: before + 1,
        body: to_body(&drawn)?,
    };
    let write = Write::put(to_item(&row)?);
    Ok(match before {
        0 => write.when("attribute_not_exists(PK)"),
        before => write
            .when("#version = :before")
            .name("#version", "version")
            .number(":before", i64::try_from(before).unwrap_or(i64::MAX)),
    })
}
