//! Load, decide, commit: the way of every input into a case, repeated with fresh eyes when another was first.
//! It must not know where the input came from.

use std::time::Duration;

use domain::assign::Loads;
use domain::case::{self, Case, Decision, Input, Listener, Opening, Refusal, World};
use domain::definition::Workflow;
use domain::event::Envelope;
use domain::id::{CaseId, EventId};
use store::{CommitError, Company, Guard, Store};

use crate::arrive;
use crate::outcome::{Halt, Told, TryAgain};

/// A conflict is retried here before it becomes Lambda's: a five-minute promise does not wait for its retries.
const PATIENCE: Duration = Duration::from_secs(8);

/// Applies `input` to a case, and then whatever had come before the steps that now wait for it. `guard` says what else
/// must hold when it is saved.
pub(crate) async fn advance(
    store: &Store,
    id: &CaseId,
    input: &Input,
    cause: &str,
    guard: &Guard,
) -> Result<Told, Halt> {
    let mut armed = Vec::new();
    let told = advance_alone(store, id, input, cause, guard, &mut armed).await?;
    arrive::look_back(store, armed).await;
    Ok(told)
}

/// Where a case began to listen, by this input.
pub(crate) type Armed = Vec<(CaseId, Listener)>;

/// Applies `input` to a case and nothing more; what it began to listen for is added to `armed`.
pub(crate) async fn advance_alone(
    store: &Store,
    id: &CaseId,
    input: &Input,
    cause: &str,
    guard: &Guard,
    armed: &mut Armed,
) -> Result<Told, Halt> {
    let mut attempts = Attempts::default();
    loop {
        let Some(case) = store.load_case(id).await? else {
            return Err(Halt::Never(format!("there is no case {id}")));
        };
        if let Some(told) = once(store, &case, input, cause, guard, &mut attempts, armed).await? {
            return Ok(told);
        }
        store.pause(attempts.count).await;
    }
}

/// Applies `input` to a case as it was read before. `None`: another was first, and nothing is changed.
pub(crate) async fn advance_as_read(
    store: &Store,
    case: &Case,
    input: &Input,
    cause: &str,
    guard: &Guard,
) -> Result<Option<Told>, Halt> {
    let (mut attempts, mut armed) = (Attempts::default(), Vec::new());
    let told = once(store, case, input, cause, guard, &mut attempts, &mut armed).await?;
    arrive::look_back(store, armed).await;
    Ok(told)
}

async fn once(
    store: &Store,
    case: &Case,
    input: &Input,
    cause: &str,
    guard: &Guard,
    attempts: &mut Attempts,
    armed: &mut Armed,
) -> Result<Option<Told>, Halt> {
    let company = store.company().await?;
    let workflow = store.workflow(&case.workflow, case.version).await?;
    let now = store.now();
    let decided = with_loads(store, &company, attempts.must_load, |world| {
        case::decide(world, &workflow, case, input, cause, now)
    })
    .await?;
    let decision = match decided {
        Ok(decision) => decision,
        // What was applied may since have led the case to where the same report makes no sense.
        Err(Refusal::Never(_)) if store.was_applied(&case.id, guard).await? => {
            return Ok(Some(Told::Repeat(format!("{}: applied before", case.id))));
        }
        Err(refusal) => return told(refusal).map(Some),
    };
    let told = save(store, &decision, guard, attempts).await?;
    if told.is_some() {
        armed.extend(listeners(&decision));
    }
    Ok(told)
}

/// Starts a case. The once row in `guard` makes a second start of the same trigger a repeat.
pub(crate) async fn start(
    store: &Store,
    workflow: &Workflow,
    opening: impl Fn(World<'_>) -> Result<Opening, Refusal>,
    cause: &str,
    guard: &Guard,
) -> Result<Told, Halt> {
    let mut attempts = Attempts::default();
    loop {
        let company = store.company().await?;
        let now = store.now();
        let decided = with_loads(store, &company, attempts.must_load, |world| {
            case::start(world, workflow, opening(world)?, cause, now)
        })
        .await?;
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return told(refusal),
        };
        if let Some(told) = save(store, &decision, guard, &mut attempts).await? {
            arrive::look_back(store, listeners(&decision).collect()).await;
            return Ok(told);
        }
        store.pause(attempts.count).await;
    }
}

/// An event as a history names its cause.
pub(crate) fn cause(envelope: &Envelope, event: &EventId) -> String {
    let short = &event.0[..event.0.len().min(12)];
    format!("{} {short} from {}", envelope.detail_type, envelope.source)
}

fn listeners(decision: &Decision) -> impl Iterator<Item = (CaseId, Listener)> {
    std::iter::once(decision)
        .chain(&decision.children)
        .flat_map(|decision| {
            let armed = decision.armed.iter().cloned();
            armed.map(|listener| (decision.case.id.clone(), listener))
        })
}

/// Decides without the loads of the team, and once more with them if the decision turns on them.
async fn with_loads(
    store: &Store,
    company: &Company,
    must_load: bool,
    decide: impl Fn(World<'_>) -> Result<Decision, Refusal>,
) -> Result<Result<Decision, Refusal>, Halt> {
    if !must_load {
        match decide(world(company, None)) {
            Err(Refusal::NeedsLoads) => {}
            decided => return Ok(decided),
        }
    }
    let loads = store.loads(&company.team).await?;
    Ok(decide(world(company, Some(&loads))))
}

pub(crate) fn world<'a>(company: &'a Company, loads: Option<&'a Loads>) -> World<'a> {
    World {
        team: &company.team,
        clients: &company.clients,
        workflows: &company.workflows,
        loads,
    }
}

fn told(refusal: Refusal) -> Result<Told, Halt> {
    match refusal {
        Refusal::Repeat(text) => Ok(Told::Repeat(text)),
        Refusal::Never(text) => Err(Halt::Never(text)),
        Refusal::NeedsLoads => Err(Halt::Never(
            "the decision asked for loads it already had".into(),
        )),
    }
}

#[derive(Default)]
struct Attempts {
    count: u32,
    since: Option<tokio::time::Instant>,
    /// Somebody named by the decision was away or full when it was saved.
    must_load: bool,
}

/// `None`: another was first; load and decide again.
async fn save(
    store: &Store,
    decision: &Decision,
    guard: &Guard,
    attempts: &mut Attempts,
) -> Result<Option<Told>, Halt> {
    match store.commit(decision, guard).await {
        Ok(()) => Ok(Some(Told::Done(format!(
            "{} is at row {}",
            decision.case.id, decision.case.sequence
        )))),
        Err(CommitError::Repeat) => Ok(Some(Told::Repeat(format!(
            "{}: applied before",
            decision.case.id
        )))),
        Err(CommitError::Differs) => Err(Halt::Never(
            "an event with this id but another content was applied before; give each its own id"
                .into(),
        )),
        Err(CommitError::Store(error)) => Err(error.into()),
        Err(CommitError::LostLease) => Ok(Some(Told::Repeat(
            "another executor has taken this effect over".into(),
        ))),
        Err(error @ (CommitError::Conflict | CommitError::NotFree)) => {
            attempts.must_load |= matches!(error, CommitError::NotFree);
            attempts.count += 1;
            let since = *attempts.since.get_or_insert_with(tokio::time::Instant::now);
            if since.elapsed() > PATIENCE {
                let text = format!(
                    "{}: others were first {} times",
                    decision.case.id, attempts.count
                );
                return Err(Halt::Later(TryAgain(text)));
            }
            Ok(None)
        }
    }
}
