//! Why a case stands where it stands: what it waits for, who has that, and each clock's arithmetic line by line.
//! It reads; every figure is the clock's own.

use domain::case::{Case, CaseClock, RunState, State, Work};
use domain::clock::{self, Clock};
use domain::definition::Workflow;
use domain::id::{CaseId, StepId};
use jiff::Timestamp;
use serde::Serialize;
use store::{Company, Store, StoreError};

#[derive(Debug, Serialize)]
pub struct Explained {
    pub case: CaseId,
    pub title: String,
    /// `running`, `completed`, `stopped`.
    pub state: String,
    pub owner: String,
    /// What started it, and when.
    pub cause: String,
    pub started_at: Timestamp,
    /// What came in last, and when.
    pub last_cause: String,
    pub last_at: Timestamp,
    pub waits_for: Vec<Waiting>,
    /// The clocks of the case itself, those that have come to their end too.
    pub clocks: Vec<ClockTold>,
}

/// One clock of a case, in its latest life.
#[derive(Debug, Serialize)]
pub struct ClockTold {
    pub clock: StepId,
    pub title: String,
    pub owner: String,
    /// `running`, `paused`, `stopped`, `cancelled`.
    pub state: String,
    /// 1, and one more each time it started anew.
    pub life: u32,
    /// The arithmetic as of now, or as of its end.
    pub lines: Vec<String>,
}

/// One thing that a case waits for.
#[derive(Debug, Serialize)]
pub struct Waiting {
    pub step: Option<StepId>,
    /// In words: a task, a mail on its way, a decision.
    pub what: String,
    /// Who has it; nobody has what Baton itself still owes.
    pub owner: Option<String>,
    pub since: Option<Timestamp>,
    /// The arithmetic of its clock as of now.
    pub clock: Vec<String>,
}

/// `None` when there is no such case. With `step`, only what that step waits for, or the clock of that name.
pub async fn explain(
    store: &Store,
    id: &CaseId,
    step: Option<&StepId>,
) -> Result<Option<Explained>, StoreError> {
    let Some(case) = store.load_case(id).await? else {
        return Ok(None);
    };
    let company = store.company().await?;
    let history = store.history(id).await?;
    let (first, last) = (history.first(), history.last());
    let text = |record: Option<&domain::case::Record>| {
        record.map_or_else(String::new, |record| record.cause.clone())
    };
    let workflow = store.workflow(&case.workflow, case.version).await?;
    let of = (&*company, &*workflow, &case);
    let clocks = clocks(of, store.now())?
        .into_iter()
        .filter(|told| step.is_none_or(|step| *step == told.clock))
        .collect();
    let waits_for = waits_for(of, store.now())?
        .into_iter()
        .filter(|waiting| step.is_none() || waiting.step.as_ref() == step)
        .collect();
    Ok(Some(Explained {
        state: match case.state {
            State::Running => "running",
            State::Completed { .. } => "completed",
            State::Stopped { .. } => "stopped",
        }
        .into(),
        owner: case.owner.0.clone(),
        cause: text(first),
        started_at: case.started_at,
        last_cause: text(last),
        last_at: last.map_or(case.started_at, |record| record.at),
        waits_for,
        clocks,
        title: case.title,
        case: case.id,
    }))
}

/// The arithmetic of a clock, by the hours that it counts.
fn lines(
    (company, workflow, case): (&Company, &Workflow, &Case),
    step: &StepId,
    clock: Option<&Clock>,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let client = case.client.as_ref();
    let client = client.and_then(|client| company.clients.get(client));
    let calendar = company
        .team
        .calendar_of_clock(workflow.response(step), client)
        .map_err(|context| StoreError::Never {
            context,
            source: None,
        })?;
    let lines = clock.iter().flat_map(|clock| clock.explain(calendar, now));
    Ok(lines.map(|line| line.to_string()).collect())
}

fn clocks(of: (&Company, &Workflow, &Case), now: Timestamp) -> Result<Vec<ClockTold>, StoreError> {
    let told = |(name, timed): (&StepId, &CaseClock)| {
        Ok(ClockTold {
            clock: name.clone(),
            title: timed.title.clone(),
            owner: timed.owner.0.clone(),
            state: match timed.clock.state() {
                clock::State::Running { .. } => "running",
                clock::State::Paused { .. } => "paused",
                clock::State::Stopped { .. } => "stopped",
                clock::State::Cancelled { .. } => "cancelled",
            }
            .into(),
            life: timed.run,
            lines: lines(of, name, Some(&timed.clock), now)?,
        })
    };
    of.2.clocks.iter().map(told).collect()
}

fn waits_for(of: (&Company, &Workflow, &Case), now: Timestamp) -> Result<Vec<Waiting>, StoreError> {
    let case = of.2;
    let mut waits = Vec::new();
    for (step, run) in &case.steps {
        let waiting = |what: String| Waiting {
            step: Some(step.clone()),
            what,
            owner: None,
            since: None,
            clock: Vec::new(),
        };
        match &run.state {
            RunState::Open {
                at,
                work: Work::Task(task),
            } => waits.push(Waiting {
                owner: Some(task.owner.0.clone()),
                since: Some(*at),
                clock: lines(of, step, task.clock.as_ref(), now)?,
                ..waiting(task.title.clone())
            }),
            RunState::Open {
                at,
                work: Work::Effect(effect),
            } => waits.push(Waiting {
                since: Some(*at),
                ..waiting(format!("effect {effect} to be carried out"))
            }),
            RunState::Open {
                at,
                work: Work::Wait(wait),
            } => waits.push(Waiting {
                since: Some(*at),
                ..waiting(format!("its event, until {}", wait.until))
            }),
            RunState::Undecided { decision } => {
                waits.push(waiting(format!("the decision {decision}")))
            }
            RunState::Done { .. } | RunState::Cleared => {}
        }
    }
    let owed = case.owed.iter().filter(|(_, owed)| owed.step.is_none());
    waits.extend(owed.map(|(effect, _)| Waiting {
        step: None,
        what: format!("effect {effect} to be carried out"),
        owner: None,
        since: None,
        clock: Vec::new(),
    }));
    Ok(waits)
}
