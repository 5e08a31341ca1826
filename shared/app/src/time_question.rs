//! Asks the owner of a finished task how long it took, with what the step took before; unless it was said already.
//! It must not ask twice: the effect that owes the question is carried out once.

use std::collections::BTreeMap;

use domain::billing::{Suggestion, minutes_in_words};
use domain::case::{Case, RunState};
use domain::id::{CaseId, StepId};
use pages::mail::Rendered;
use pages::mail::views::{TimeMissing, TimeSuggestion};
use store::{Company, Store};

use crate::invoice_draft::day;
use crate::links::InMail;
use crate::outcome::{Halt, TryAgain};
use crate::people::name;

/// Cases of the same step that are looked at, the latest first.
const MOST_RUNS: usize = 20;

/// The question; `None`: there is an entry, so nobody is asked.
pub(crate) async fn question(
    store: &Store,
    company: &Company,
    mail: &InMail<'_>,
    (step, title): (&StepId, &str),
    page: Option<String>,
) -> Result<Option<Rendered>, Halt> {
    let (case, to) = (mail.case, mail.reader);
    let entries = store.time_of_case(&case.id, Some(step)).await?;
    if !entries.is_empty() {
        return Ok(None);
    }
    let suggestion = suggestion(store, case, step).await.map_err(Halt::Later)?;
    let suggestion = suggestion.map(|suggestion| TimeSuggestion {
        minutes: suggestion.minutes,
        words: minutes_in_words(suggestion.minutes),
        runs: suggestion.runs,
    });
    let client = case
        .client
        .as_ref()
        .and_then(|client| company.clients.get(client));
    let view = TimeMissing {
        reader: name(&company.team, to),
        title: title.to_owned(),
        case_title: case.title.clone(),
        client: client.map(|client| client.name.clone()),
        suggestion,
        on: day(mail.owed_at, &company.team).to_string(),
        by: to.0.clone(),
        page,
        case: case.id.0.clone(),
        step: step.0.clone(),
    };
    let rendered = view
        .render()
        .map_err(|error| Halt::Never(error.to_string()))?;
    Ok(Some(rendered))
}

/// What the same step took before, in the middle of its last finished runs.
pub(crate) async fn suggestion(
    store: &Store,
    case: &Case,
    step: &StepId,
) -> Result<Option<Suggestion>, TryAgain> {
    let runs = store.time_of_step(&case.workflow, step).await?;
    let minutes: BTreeMap<CaseId, u32> = runs.into_iter().take(MOST_RUNS).collect();
    let cases: Vec<CaseId> = minutes.keys().cloned().collect();
    let cases = store.cases(&cases).await?;
    let is_finished = |case: &&Case| {
        let run = case.steps.get(step);
        run.is_some_and(|run| matches!(run.state, RunState::Done { .. }))
    };
    let finished = cases.iter().filter(is_finished);
    let finished = finished.filter_map(|case| minutes.get(&case.id).copied());
    Ok(Suggestion::of(finished.collect()))
}
