//! What of a client's month is not billed yet, and the draft that bills one part of it.
//! It must not owe or claim anything; the run and the executor do.

use std::collections::BTreeMap;

use domain::billing::{
    ClientBilling, Drawn, Part, Period, PeriodBill, PeriodDraft, Seller, TimeEntry,
};
use domain::id::ClientId;
use store::{
    Became, Bills, Company, Draw, Hours, Store, StoreError, bills_of_agreement, bills_of_entry,
};

use crate::invoice_draft::{Prepared, billable, client_billing, listed};
use crate::people::name;

/// A client's month, without what others bill.
pub(crate) struct Month {
    pub client: ClientId,
    pub period: Period,
    /// How the client is billed, or what the files lack for that.
    pub billing: Result<ClientBilling, String>,
    pub agreements: Vec<String>,
    pub entries: Vec<TimeEntry>,
    pub hours: BTreeMap<String, Hours>,
}

/// A part of the month as an invoice, and what it claims and draws.
pub(crate) struct MonthPart {
    pub prepared: Prepared,
    pub claims: Vec<Bills>,
    pub draws: Vec<Draw>,
}

impl MonthPart {
    /// One sale, which is claimed by its own key alone.
    pub fn of_sale(prepared: Prepared) -> Self {
        MonthPart {
            prepared,
            claims: Vec::new(),
            draws: Vec::new(),
        }
    }
}

/// What is unbilled, or about to be billed by `owed_by` itself.
pub(crate) async fn month(
    store: &Store,
    company: &Company,
    client: &ClientId,
    period: Period,
    owed_by: Option<&str>,
) -> Result<Month, StoreError> {
    let is_ours = |became: &Became| match became {
        Became::Open => true,
        Became::Owed { by } => Some(by.as_str()) == owed_by,
        Became::ReplacedBy(_) | Became::BilledBy(_) => false,
    };
    let known = store
        .time_of_client(client, period.first(), period.last())
        .await?;
    let open = known.into_iter().filter(|known| is_ours(&known.became));
    let billing = client_billing(company, client);
    let due: Vec<String> = billing
        .as_ref()
        .map(|billing| {
            billing
                .rules
                .agreements_due(period)
                .map(|(id, _)| id.clone())
                .collect()
        })
        .unwrap_or_default();
    let things: Vec<Bills> = due
        .iter()
        .map(|id| bills_of_agreement(client, id, period))
        .collect();
    let became = store.became_of(&things).await?;
    let agreements = due
        .into_iter()
        .zip(became)
        .filter(|(_, became)| is_ours(became));
    Ok(Month {
        client: client.clone(),
        period,
        billing,
        agreements: agreements.map(|(id, _)| id).collect(),
        entries: open.map(|known| known.entry).collect(),
        hours: store.hours(client).await?,
    })
}

impl Month {
    /// The names of its invoices. Without rules nothing says that anything is to be billed.
    pub fn parts(&self) -> Vec<String> {
        match &self.billing {
            Ok(billing) => self.divided(billing).into_keys().collect(),
            Err(_) => Vec::new(),
        }
    }

    /// How it is divided into invoices. Time is left out where the client is not billed by time.
    fn divided(&self, billing: &ClientBilling) -> BTreeMap<String, Part<'_>> {
        let is_billed = billing.rules.time.is_some();
        // A correction to no time is nothing that could stand on a line.
        let entries = self
            .entries
            .iter()
            .filter(|entry| is_billed && entry.minutes > 0);
        billing
            .rules
            .parts(self.agreements.iter().cloned(), entries)
    }

    /// One part as a draft, checked to the last field; none: there is nothing left of it. The error says what to mend.
    pub fn prepare(&self, company: &Company, part: &str) -> Result<Option<MonthPart>, String> {
        let seller = Seller::read(&company.team.seller)
            .map_err(|error| format!("the seller in team.yaml: {error}"))?;
        let billing = self.billing.as_ref().map_err(String::clone)?;
        let Some(part) = self.divided(billing).remove(part) else {
            return Ok(None);
        };
        let drawn: BTreeMap<String, Drawn> = self
            .hours
            .iter()
            .map(|(agreement, hours)| (agreement.clone(), hours.drawn()))
            .collect();
        let bill = PeriodBill {
            client: billing,
            seller: &seller,
            period: self.period,
            part: &part,
            drawn: &drawn,
            name: &|person| name(&company.team, person),
        };
        let client = &self.client;
        let of_client = |what: String| format!("client {client} in clients.yaml: {what}");
        let Some(PeriodDraft { draft, draws }) =
            bill.draft().map_err(|error| of_client(error.to_string()))?
        else {
            return Ok(None);
        };
        billable(&draft).map_err(|problems| of_client(listed(&problems)))?;
        let of_agreements = part.agreements.iter();
        let of_agreements = of_agreements.map(|id| bills_of_agreement(client, id, self.period));
        let of_entries = part.entries.iter().map(|entry| bills_of_entry(&entry.id));
        let claims = of_agreements.chain(of_entries).collect();
        let draws = draws.into_iter().map(|(agreement, minutes)| Draw {
            before: self.hours.get(&agreement).cloned().unwrap_or_default(),
            period: self.period,
            agreement,
            minutes,
        });
        let draws = draws.collect();
        Ok(Some(MonthPart {
            prepared: Prepared {
                draft,
                seller,
                billing: billing.clone(),
            },
            claims,
            draws,
        }))
    }
}
