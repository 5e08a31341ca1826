//! A client's own page: where its projects stand, their milestones, its invoices and their files. Of no other client.
//! It reads; it must not change anything.

use domain::billing::{Kind as Paper, Stands};
use domain::case::{Case, RunState, State};
use domain::definition::{Kind, Workflow};
use domain::id::ClientId;
use domain::link::Refused;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pages::link::{InvoiceLine, MilestoneLine, PortalPage, WorkCard};
use store::{Company, Standing, Store};

use super::answer::{Answer, Request};
use crate::outcome::TryAgain;

pub(super) async fn answer(
    store: &Store,
    client: &ClientId,
    sent_at: Timestamp,
    request: &Request<'_>,
) -> Result<Answer, TryAgain> {
    let revoked_at = store.portal_revoked_at(client).await?;
    if revoked_at.is_some_and(|revoked_at| sent_at.as_second() <= revoked_at.as_second()) {
        return Ok(Answer::refused(Refused::Expired));
    }
    let company = store.company().await?;
    let Some(named) = company.clients.get(client) else {
        return Ok(Answer::refused(Refused::NoLink));
    };
    if let Some(file) = request.rest {
        return file_of(store, client, file).await;
    }
    let (cases, standings) = store.of_client(client).await?;
    let zone = zone(&company, client);
    let mut work = Vec::new();
    for case in &cases {
        let workflow = store.workflow(&case.workflow, case.version).await?;
        if workflow.kind == Kind::Project {
            work.push(card(case, &workflow, &zone));
        }
    }
    let mut invoices = Vec::new();
    for standing in &standings {
        invoices.extend(line(store, standing).await?);
    }
    let view = PortalPage {
        team: company.team.name.clone(),
        client: named.name.clone(),
        as_of: day(store.now(), &zone),
        work,
        invoices,
        files: request.link.to_owned(),
    };
    Ok(Answer::page(200, pages::link::portal(&view)))
}

/// The file of one of the client's own invoices; of any other it is not even said that it is there.
async fn file_of(store: &Store, client: &ClientId, file: &str) -> Result<Answer, TryAgain> {
    let nowhere = || Ok(Answer::refused(Refused::NoLink));
    let number = decoded(file);
    let standing = store.standing(&number).await?;
    if !standing.is_some_and(|standing| standing.client == *client && standing.is_numbered()) {
        return nowhere();
    }
    match store.document(&format!("invoice/{number}")).await? {
        Some(document) => Ok(Answer::file(document.file_name, document.bytes)),
        None => nowhere(),
    }
}

/// A part of a path with its `%2F` and the like undone, whether or not that was done on the way here.
fn decoded(part: &str) -> String {
    let field = part
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let mut fields = form_urlencoded::parse(field.as_bytes());
    fields
        .next()
        .map_or_else(String::new, |(name, _)| name.into_owned())
}

fn zone(company: &Company, client: &ClientId) -> TimeZone {
    let calendar = company
        .team
        .calendar_of_clocks(company.clients.get(client))
        .ok();
    calendar.map_or(TimeZone::UTC, |calendar| calendar.time_zone().clone())
}

fn day(at: Timestamp, zone: &TimeZone) -> String {
    let day = at.to_zoned(zone.clone());
    day.strftime("%-d %B %Y").to_string()
}

fn card(case: &Case, workflow: &Workflow, zone: &TimeZone) -> WorkCard {
    let milestones: Vec<_> = workflow
        .steps
        .iter()
        .filter_map(|step| Some((step, step.milestone.as_ref()?)))
        .map(|(step, milestone)| MilestoneLine {
            title: milestone.title.clone(),
            reached: match case.steps.get(&step.id).map(|run| &run.state) {
                Some(RunState::Done { at, .. }) => Some(day(*at, zone)),
                _ => None,
            },
            is_in_work: case.open_task(&step.id).is_some(),
        })
        .collect();
    let reached = milestones
        .iter()
        .filter(|milestone| milestone.reached.is_some())
        .count();
    let stands = match case.state {
        State::Running if milestones.is_empty() => "Under way".to_owned(),
        State::Running => format!(
            "Under way: {reached} of {} milestones reached",
            milestones.len()
        ),
        State::Completed { at } => format!("Completed on {}", day(at, zone)),
        State::Stopped { at } => format!("Ended on {}", day(at, zone)),
    };
    WorkCard {
        title: case.title.clone(),
        since: day(case.started_at, zone),
        stands,
        milestones,
    }
}

/// `None`: numbered, but its document is still being written.
async fn line(store: &Store, standing: &Standing) -> Result<Option<InvoiceLine>, TryAgain> {
    let Some(invoice) = store.invoice(&standing.id).await? else {
        return Ok(None);
    };
    let language = domain::billing::Language::En;
    let on = |date| pages::invoice::date(date, language);
    let life = &standing.life;
    let is_credit = life.kind == Paper::CreditNote;
    let (stands, is_open) = match &life.stands {
        _ if is_credit => ("credited to you".to_owned(), false),
        Stands::Paid { on: day } => (format!("paid on {}", on(*day)), false),
        Stands::Credited { note } => (format!("credited by {note}"), false),
        Stands::Disputed { .. } => ("being clarified".to_owned(), true),
        Stands::Draft { .. }
        | Stands::Approved { .. }
        | Stands::Issued
        | Stands::Mailed { .. }
        | Stands::Bounced { .. } => {
            let open = life.open().map_err(|error| TryAgain(error.to_string()))?;
            let part = (open != life.due).then(|| {
                let open = pages::invoice::money(&invoice, open);
                format!("{open} of it ")
            });
            let until = on(invoice.due_date);
            (
                format!("{}open, payable by {until}", part.unwrap_or_default()),
                true,
            )
        }
    };
    Ok(Some(InvoiceLine {
        number: standing.id.clone(),
        what: standing.title.clone(),
        is_credit,
        dated: on(invoice.issue_date),
        total: pages::invoice::amount_due(&invoice),
        stands,
        is_open,
    }))
}
