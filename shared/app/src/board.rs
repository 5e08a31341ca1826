//! Where everything stands, as a page: cases, queues, clocks, mails, parked items.
//! It reads; it must not change anything.

use std::collections::BTreeMap;

use domain::case::{Case, Effect, State};
use domain::clock::{self, Mark};
use domain::id::{CaseId, PersonId};
use jiff::tz::TimeZone;
use pages::board::{
    Board, CasePage, CaseRow, EntryRow, MailRow, ParkedRow, Pressure, Queue, TaskRow,
};
use serde_json::{Value, json};
use store::{Company, EffectState, Store};

use crate::outcome::TryAgain;
use crate::people::{day_and_time, name, zone};
use crate::trace;

/// Answers a function URL request (payload format 2.0): `/` the board, `/case/ID` one case.
///
/// # Errors
/// When the table can not be read now.
pub async fn handle(store: &Store, request: Value) -> Result<Value, TryAgain> {
    let path = request["rawPath"].as_str().unwrap_or("/");
    match path.trim_start_matches('/').split_once('/') {
        Some(("case", id)) => match trace::trace(store, &CaseId::from(id)).await? {
            Some(trace) => Ok(page(200, case_page(store, &trace).await?)),
            None => Ok(page(
                404,
                pages::board::not_found(&format!("There is no case {id}.")),
            )),
        },
        _ if path == "/" || path.is_empty() => Ok(page(200, board_page(store).await?)),
        _ => Ok(page(404, pages::board::not_found("There is no such page."))),
    }
}

fn page(status: u16, html: String) -> Value {
    json!({
        "statusCode": status,
        "headers": {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        },
        "body": html,
    })
}

async fn board_page(store: &Store) -> Result<String, TryAgain> {
    let company = store.company().await?;
    let running = store.load_cases("running").await?;
    let mut ended = store.load_cases("completed").await?;
    ended.extend(store.load_cases("stopped").await?);
    let mut mails = Vec::new();
    for case in running.iter().chain(&ended) {
        mails.extend(messages(store, case).await?);
    }
    let team_zone = company
        .team
        .calendars
        .get(&company.team.calendar)
        .map(|calendar| calendar.time_zone().clone());
    let team_zone = team_zone.unwrap_or(TimeZone::UTC);
    let parked = store.parked().await?;
    Ok(pages::board::board(&Board {
        team: company.team.name.clone(),
        as_of: day_and_time(store.now(), &team_zone),
        queues: queues(&company, running.iter().chain(&ended)),
        running: running
            .iter()
            .map(|case| case_row(&company, case))
            .collect(),
        ended: ended.iter().map(|case| case_row(&company, case)).collect(),
        mails,
        parked: parked
            .iter()
            .map(|row| ParkedRow {
                what: row.title.clone(),
                reason: row.reason.clone(),
                owner: match row.owner.is_empty() {
                    true => "nobody yet".to_owned(),
                    false => name(&company.team, &PersonId::from(row.owner.as_str())),
                },
                since: day_and_time(row.parked_at, &team_zone),
            })
            .collect(),
    }))
}

fn case_row(company: &Company, case: &Case) -> CaseRow {
    let stands = match case.state {
        State::Running => {
            let tasks: Vec<_> = case
                .duties()
                .map(|duty| {
                    format!(
                        "waits for {}: {}",
                        name(&company.team, duty.owner),
                        duty.title
                    )
                })
                .collect();
            if tasks.is_empty() {
                vec!["waits until its messages are taken".to_owned()]
            } else {
                tasks
            }
        }
        State::Completed { .. } => vec!["completed".to_owned()],
        State::Stopped { .. } => vec!["stopped".to_owned()],
    };
    CaseRow {
        id: case.id.0.clone(),
        title: case.title.clone(),
        client: case
            .client
            .as_ref()
            .and_then(|client| company.clients.get(client))
            .map(|client| client.name.clone()),
        owner: name(&company.team, &case.owner),
        stands,
    }
}

/// From the cases themselves, not from the index: a page that is just behind would be doubted. A case that has ended may
/// have a clock that was reopened.
fn queues<'a>(company: &Company, cases: impl Iterator<Item = &'a Case>) -> Vec<Queue> {
    let mut by_owner: BTreeMap<&PersonId, Vec<(String, TaskRow)>> = BTreeMap::new();
    for case in cases {
        for duty in case.duties() {
            let zone = zone(&company.team, duty.owner);
            let due_at = duty.clock.and_then(|clock| clock.due_at());
            let next = duty.clock.and_then(|clock| clock.next_mark());
            let fired = duty.clock.map_or(&[][..], |clock| clock.fired());
            let is_paused = duty
                .clock
                .is_some_and(|clock| matches!(clock.state(), clock::State::Paused { .. }));
            let row = TaskRow {
                title: duty.title.to_owned(),
                case: case.id.0.clone(),
                due: due_at.map(|due| day_and_time(due, &zone)),
                next: match next {
                    _ if is_paused => Some("paused".to_owned()),
                    Some((at, Mark::Warning(_))) => {
                        Some(format!("warns {}", day_and_time(at, &zone)))
                    }
                    Some((_, Mark::Breach | Mark::Rung(_))) | None => None,
                },
                pressure: match fired {
                    [] => Pressure::Calm,
                    fired if fired.contains(&Mark::Breach) => Pressure::Missed,
                    _ => Pressure::Warned,
                },
            };
            let sort = due_at.map_or_else(|| "9999".to_owned(), |due| due.to_string());
            by_owner.entry(duty.owner).or_default().push((sort, row));
        }
    }
    let mut queues = Vec::new();
    for (owner, mut tasks) in by_owner {
        tasks.sort_by(|(one, _), (other, _)| one.cmp(other));
        let tasks = tasks.into_iter().map(|(_, row)| row).collect();
        queues.push(Queue {
            owner: name(&company.team, owner),
            tasks,
        });
    }
    queues
}

async fn messages(store: &Store, case: &Case) -> Result<Vec<MailRow>, TryAgain> {
    let mut rows = Vec::new();
    for row in store.effects(&case.id).await? {
        let effect = row.effect()?;
        if matches!(effect, Effect::Emit { .. } | Effect::Tell { .. }) {
            continue;
        }
        let state = match row.state {
            EffectState::Closed if row.returned_as.is_some() => "came back",
            EffectState::Closed | EffectState::Sent => "taken",
            EffectState::Owed => "on its way",
            EffectState::Parked => "parked",
        };
        let what = match (&effect, &row.reference) {
            (Effect::Invoice { .. } | Effect::MonthInvoice { .. }, Some(number)) => {
                format!("{number}, {}", effect.words())
            }
            _ => effect.words(),
        };
        rows.push(MailRow {
            case: case.id.0.clone(),
            what,
            state: state.to_owned(),
        });
    }
    Ok(rows)
}

async fn case_page(store: &Store, trace: &trace::Trace) -> Result<String, TryAgain> {
    let company = store.company().await?;
    let zone = zone(&company.team, &trace.case.owner);
    Ok(pages::board::case(&CasePage {
        id: trace.case.id.0.clone(),
        title: trace.case.title.clone(),
        state: match trace.case.state {
            State::Running => "running".into(),
            State::Completed { at } => format!("completed {}", day_and_time(at, &zone)),
            State::Stopped { at } => format!("stopped {}", day_and_time(at, &zone)),
        },
        owner: name(&company.team, &trace.case.owner),
        entries: trace
            .entries
            .iter()
            .map(|entry| EntryRow {
                at: day_and_time(entry.at, &zone),
                cause: entry.cause.clone(),
                facts: entry.facts.clone(),
            })
            .collect(),
        projects: trace
            .projects
            .iter()
            .map(|project| (project.case.id.0.clone(), project.case.title.clone()))
            .collect(),
    }))
}
