//! The run of a month: for every client, what is unbilled of it is owed, once, as one effect for each invoice.
//! It must not number or mail anything; `invoice` carries the effects out like any other.

use std::collections::BTreeSet;

use domain::billing::{Line, LineTotal, Money, Period};
use domain::case::Effect;
use domain::id::{CaseId, ClientId, EffectId};
use serde::Serialize;
use store::{Company, EffectRow, EffectState, Store, draft_id, run_of};

use crate::invoice_month::{Month, MonthPart, month};
use crate::outcome::{Halt, TryAgain};

pub struct Request<'a> {
    pub period: Period,
    /// Only this client.
    pub client: Option<&'a ClientId>,
    /// Say what would be owed, and owe nothing.
    pub is_dry: bool,
}

/// What a run found for one client.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClientRun {
    pub client: ClientId,
    pub invoices: Vec<RunInvoice>,
    /// Minutes that nothing bills, because the client's rules do not say how.
    pub unbilled_minutes: u32,
}

/// One invoice of a month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunInvoice {
    /// Which part of the month: the client's `split` names it.
    pub part: String,
    #[serde(flatten)]
    pub state: RunState,
    /// What it says, as far as it can be drafted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<RunContent>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// Asked for by this run.
    Owed {
        owed_by: String,
    },
    /// A dry run: it would be asked for.
    WouldBeOwed,
    /// An earlier run asked for it, and it is on its way or waits; `draft` says for what, if it waits.
    OwedBefore {
        owed_by: String,
        draft: String,
    },
    Billed {
        number: String,
    },
    /// An earlier run found nothing left to bill when it came to it.
    NothingLeft,
    /// It can not be drafted; asked for all the same, it waits as a draft with an owner.
    Missing {
        what: String,
    },
}

/// The lines of a draft.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunContent {
    pub lines: Vec<RunLine>,
    pub net: String,
    pub due: String,
    pub entries: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunLine {
    pub text: String,
    pub quantity: String,
    pub unit: String,
    pub net: String,
}

/// How often a client is looked at anew because another run was first.
const MOST_ATTEMPTS: u32 = 8;

/// Bills a month: every client in turn. Safe to repeat: what is owed or billed already is only told.
///
/// # Errors
/// The inner one says what is wrong with the request; the outer one may be gone the next time.
pub async fn run(
    store: &Store,
    request: &Request<'_>,
) -> Result<Result<Vec<ClientRun>, String>, TryAgain> {
    match of_clients(store, request).await {
        Ok(runs) => Ok(Ok(runs)),
        Err(Halt::Never(reason)) => Ok(Err(reason)),
        Err(Halt::Later(again)) => Err(again),
    }
}

async fn of_clients(store: &Store, request: &Request<'_>) -> Result<Vec<ClientRun>, Halt> {
    let company = store.company().await?;
    if let Some(client) = request.client
        && !company.clients.contains_key(client)
    {
        return Err(Halt::Never(format!(
            "\"{client}\" is no client in clients.yaml"
        )));
    }
    let mut runs = Vec::new();
    for client in company.clients.keys() {
        if request.client.is_none_or(|only| only == client) {
            runs.push(of_client(store, &company, client, request).await?);
        }
    }
    Ok(runs)
}

async fn of_client(
    store: &Store,
    company: &Company,
    client: &ClientId,
    request: &Request<'_>,
) -> Result<ClientRun, Halt> {
    let run = run_of(client, request.period);
    for attempt in 1..=MOST_ATTEMPTS {
        let before = store.effects(&run).await?;
        let month = month(store, company, client, request.period, None).await?;
        let (mut invoices, mut still_owed) = (Vec::new(), BTreeSet::new());
        for row in &before {
            if let Effect::MonthInvoice { part, .. } = row.effect()? {
                if row.state != EffectState::Closed {
                    still_owed.insert(part.clone());
                }
                invoices.push(earlier(row, part));
            }
        }
        let mut was_first = false;
        let mut sequence = before.iter().filter_map(sequence_of).max().unwrap_or(0);
        for part in month.parts() {
            if still_owed.contains(&part) {
                continue;
            }
            sequence += 1;
            let id = EffectId::new(sequence, 1);
            let next = next(store, company, &month, (&run, &id), part, request.is_dry).await?;
            match next {
                Some(invoice) => invoices.push(invoice),
                None => was_first = true,
            }
        }
        if was_first {
            store.pause(attempt.min(4)).await;
            continue;
        }
        return Ok(ClientRun {
            client: client.clone(),
            unbilled_minutes: unbilled(&month),
            invoices,
        });
    }
    Err(Halt::Later(TryAgain(format!(
        "others run {client} at this moment"
    ))))
}

/// Effects of a run are numbered one after the other.
fn sequence_of(row: &EffectRow) -> Option<u64> {
    row.effect.as_str().split('-').next()?.parse().ok()
}

fn unbilled(month: &Month) -> u32 {
    let billing = month.billing.as_ref();
    match billing.is_ok_and(|billing| billing.rules.time.is_some()) {
        true => 0,
        false => month.entries.iter().map(|entry| entry.minutes).sum(),
    }
}

/// `None`: another run took the id.
async fn next(
    store: &Store,
    company: &Company,
    month: &Month,
    (run, id): (&CaseId, &EffectId),
    part: String,
    is_dry: bool,
) -> Result<Option<RunInvoice>, Halt> {
    let drafted = month.prepare(company, &part);
    let (content, missing) = match drafted {
        Ok(Some(drafted)) => (content(&drafted), None),
        Ok(None) => (None, None),
        Err(what) => (None, Some(what)),
    };
    let owed_by = format!("{run}/{id}");
    let state = match (is_dry, missing) {
        (_, Some(what)) if is_dry => RunState::Missing { what },
        (true, _) => RunState::WouldBeOwed,
        (false, missing) => {
            let effect = effect(month, &part, id);
            if !store.owe_in_run(run, id, &effect).await? {
                return Ok(None);
            }
            match missing {
                Some(what) => RunState::Missing { what },
                None => RunState::Owed { owed_by },
            }
        }
    };
    Ok(Some(RunInvoice {
        part,
        state,
        content,
    }))
}

fn effect(month: &Month, part: &str, id: &EffectId) -> Effect {
    let rules = month.billing.as_ref().map(|billing| &billing.rules);
    let (client, period) = (month.client.clone(), month.period);
    let named = |name: &str, value: String| (name.to_owned(), value);
    let language = rules.map(|rules| rules.language).unwrap_or_default();
    Effect::MonthInvoice {
        title: period.words(language),
        currency: rules
            .map(|rules| rules.currency.to_string())
            .unwrap_or_else(|_| "EUR".into()),
        bills: vec![
            named("client", client.0.clone()),
            named("month", period.to_string()),
            named("part", part.to_owned()),
            named("run", id.0.clone()),
        ],
        client,
        period,
        part: part.to_owned(),
    }
}

/// What became of an effect that an earlier run owed.
fn earlier(row: &EffectRow, part: String) -> RunInvoice {
    let reference = row.reference.clone().unwrap_or_default();
    let owed_by = format!("{}/{}", row.case, row.effect);
    let state = match row.state {
        EffectState::Closed | EffectState::Sent if reference == crate::invoice::NOTHING_LEFT => {
            RunState::NothingLeft
        }
        EffectState::Closed | EffectState::Sent => RunState::Billed { number: reference },
        EffectState::Owed | EffectState::Parked => RunState::OwedBefore {
            draft: draft_id(&owed_by),
            owed_by,
        },
    };
    RunInvoice {
        part,
        state,
        content: None,
    }
}

fn content(part: &MonthPart) -> Option<RunContent> {
    let draft = &part.prepared.draft;
    let totals = draft.totals().ok()?;
    let currency = draft.currency;
    let money = |minor| Money { minor, currency }.to_string();
    let line = |(line, total): (&Line, &LineTotal)| RunLine {
        text: line.text.clone(),
        quantity: line.quantity.normalize().to_string(),
        unit: line.unit.to_string(),
        net: money(total.net),
    };
    Some(RunContent {
        lines: draft.lines.iter().zip(&totals.lines).map(line).collect(),
        net: money(totals.net),
        due: money(totals.due),
        entries: draft.lines.iter().map(|line| line.entries.len()).sum(),
    })
}
