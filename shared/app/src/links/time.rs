//! The page on which somebody says how long finished work took, and the report that its one button puts on the bus.
//! The report is known by its link, so that a second press is the same report.

use domain::billing::{LOGGED_EVENT, MOST_MINUTES_PER_ENTRY, minutes_in_words};
use domain::case::{Case, Effect, Notice};
use domain::id::EntryId;
use domain::link::{Deed, Refused, TaskLink};
use jiff::civil::Date;
use pages::link::{TimeAsked, TimePage, field};
use serde_json::json;
use store::{Bus, Company, Entry, KnownEntry, Store};

use super::answer::{Answer, Request};
use super::report::{LOOKS, NOT_ENTERED_YET, report};
use super::work;
use crate::invoice_draft::day;
use crate::outcome::TryAgain;
use crate::people::name;
use crate::time_question;

/// What was asked, of whom, and for which day.
struct Question {
    case: Case,
    title: String,
    on: Date,
}

impl Question {
    fn answered(&self, store: &Store, of: &TaskLink, minutes: u32) -> Entry {
        let data = json!({
            "minutes": minutes, "by": of.reader, "on": self.on, "case": of.case, "step": of.step,
        });
        let correlation_id = &self.case.correlation_id;
        report(store, of, Deed::Time, correlation_id, LOGGED_EVENT, data)
    }
}

pub(super) async fn answer(
    store: &Store,
    bus: &Bus,
    of: &TaskLink,
    request: &Request<'_>,
) -> Result<Answer, TryAgain> {
    let company = store.company().await?;
    let Some(question) = question(store, &company, of).await? else {
        return Ok(Answer::refused(Refused::NoLink));
    };
    let mut said = None;
    if request.method == "POST" && said_before(store, of).await?.is_empty() {
        match minutes(request) {
            Ok(minutes) => {
                let entry = question.answered(store, of, minutes);
                TryAgain::unless_published(bus.publish_one(&entry).await)?;
                said = Some(entered(store, of).await?);
            }
            Err(why) => said = Some(why),
        }
    }
    let page = show(store, &company, of, &question, said).await?;
    Ok(Answer::page(200, page))
}

/// `None`: this link was never in such a mail.
async fn question(
    store: &Store,
    company: &Company,
    of: &TaskLink,
) -> Result<Option<Question>, TryAgain> {
    let Some(row) = store.effect(&of.case, &of.effect).await? else {
        return Ok(None);
    };
    let Effect::Notice {
        notice: Notice::TimeMissing { title, .. },
        ..
    } = row.effect()?
    else {
        return Ok(None);
    };
    let case = store.load_case(&of.case).await?;
    Ok(case.map(|case| Question {
        case,
        title,
        on: day(row.owed_at, &company.team),
    }))
}

/// What was said of this step, by whomever and however. One entry answers the question.
async fn said_before(store: &Store, of: &TaskLink) -> Result<Vec<KnownEntry>, TryAgain> {
    let entries = store.time_of_case(&of.case, Some(&of.step)).await?;
    Ok(entries.into_iter().filter(KnownEntry::counts).collect())
}

fn minutes(request: &Request<'_>) -> Result<u32, String> {
    let typed = request
        .form
        .get(field::MINUTES)
        .map(|text| text.trim().parse::<u32>());
    match typed {
        Some(Ok(minutes)) if (1..=MOST_MINUTES_PER_ENTRY).contains(&minutes) => Ok(minutes),
        _ => Err(format!(
            "Nothing was noted: say it in whole minutes, from 1 to {MOST_MINUTES_PER_ENTRY}."
        )),
    }
}

/// What to say once the entry is there, or when that takes longer.
async fn entered(store: &Store, of: &TaskLink) -> Result<String, TryAgain> {
    let id = EntryId::of_event(&of.report_id(Deed::Time));
    for attempt in 1..=LOOKS {
        store.pause(attempt).await;
        if let Some(known) = store.time_entry(&id).await? {
            return Ok(format!("Noted: {}.", minutes_in_words(known.entry.minutes)));
        }
    }
    Ok(NOT_ENTERED_YET.to_owned())
}

async fn show(
    store: &Store,
    company: &Company,
    of: &TaskLink,
    question: &Question,
    said: Option<String>,
) -> Result<String, TryAgain> {
    let team = &company.team;
    let entries = said_before(store, of).await?;
    let is_on_its_way = said.as_deref() == Some(NOT_ENTERED_YET);
    let asks = match entries.is_empty() && !is_on_its_way {
        false => None,
        true => {
            let suggestion = time_question::suggestion(store, &question.case, &of.step).await?;
            Some(TimeAsked {
                suggested: suggestion.as_ref().map(|suggestion| suggestion.minutes),
                because: suggestion.map(|suggestion| {
                    let words = minutes_in_words(suggestion.minutes);
                    format!(
                        "It took {words} in the middle of the last {} times.",
                        suggestion.runs
                    )
                }),
                most: MOST_MINUTES_PER_ENTRY,
            })
        }
    };
    let line = |known: &KnownEntry| {
        let entry = &known.entry;
        let minutes = minutes_in_words(entry.minutes);
        format!("{}: {minutes}, {}", entry.on, name(team, &entry.by))
    };
    Ok(pages::link::time(&TimePage {
        work: work(company, &question.case, of, question.title.clone()),
        on: question.on.strftime("%A %-d %B").to_string(),
        said,
        entries: entries.iter().map(line).collect(),
        asks,
    }))
}
