//! Asks the owner of a finished task how long it took, with what the step took before; unless it was said already.
//! It must not ask twice: the effect that owes the question is carried out once.

use domain::billing::{Suggestion, minutes_in_words};
use domain::case::RunState;
use domain::id::{PersonId, StepId};
use pages::mail::Rendered;
use pages::mail::views::{TimeMissing, TimeSuggestion};
use store::{Company, Store};

use crate::executor::{Act, Claimed};
use crate::invoice_draft::day;
use crate::people::name;

/// Cases of the same step that are looked at, the latest first.
const MOST_RUNS: usize = 20;

/// The question; `None`: there is an entry, so nobody is asked.
pub(crate) async fn question(
    store: &Store,
    company: &Company,
    claimed: &Claimed<'_>,
    to: &PersonId,
    (step, title): (&StepId, &str),
) -> Result<Option<Rendered>, Act> {
    let case = claimed.case()?;
    let entries = store.time_of_case(&case.id, Some(step)).await?;
    if !entries.is_empty() {
        return Ok(None);
    }
    let runs = store.time_of_step(&case.workflow, step).await?;
    let mut finished = Vec::new();
    for (id, minutes) in runs.into_iter().take(MOST_RUNS) {
        if is_finished(store, &id, step).await? {
            finished.push(minutes);
        }
    }
    let suggestion = Suggestion::of(finished).map(|suggestion| TimeSuggestion {
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
        on: day(claimed.row.owed_at, &company.team).to_string(),
        by: to.0.clone(),
        page: None,
        case: case.id.0.clone(),
        step: step.0.clone(),
    };
    let rendered = view
        .render()
        .map_err(|error| Act::Refused(error.to_string()))?;
    Ok(Some(rendered))
}

async fn is_finished(store: &Store, case: &domain::id::CaseId, step: &StepId) -> Result<bool, Act> {
    let case = store.load_case(case).await?;
    let run = case.as_ref().and_then(|case| case.steps.get(step));
    Ok(run.is_some_and(|run| matches!(run.state, RunState::Done { .. })))
}
