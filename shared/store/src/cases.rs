//! Cases: loaded whole by one read, saved by one transaction with everything that must be true at that moment.
//! It must not decide; it writes what a decision says and tells which condition did not hold.

use std::collections::BTreeSet;

use domain::assign::{Commitment, Load, Loads};
use domain::case::{Case, Decision, Fact, Record};
use domain::company::Team;
use domain::id::{CaseId, EventId, PersonId, WorkflowId, digest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::keys;
use crate::rows::{CaseRow, EffectRow, Head, HistoryRow, TaskRow, from_body, from_item};
use crate::store::Store;
use crate::table::{AttributeValue, Item, Query, Reason, TransactError, Write, to_item};
use crate::waits;

/// What else must hold when a decision is saved.
#[derive(Debug, Clone, PartialEq)]
pub enum Guard {
    /// The trigger has started no case of this workflow.
    Once { workflow: WorkflowId, once: String },
    /// The event was not applied to the case; its content's hash tells a repeat from a second use of the id.
    Seen { event: EventId, body_hash: String },
    /// The effect was carried out and its row is closed with the case's step, together; by whoever holds it as it is here.
    Closing(Box<EffectRow>),
    /// The decision is the same whatever the repeats.
    None,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Another input was first: load and decide again.
    #[error("another input was first")]
    Conflict,
    /// Somebody the decision relies on is away or full by now: decide again with the loads.
    #[error("somebody is away or full by now")]
    NotFree,
    #[error("this input was applied before")]
    Repeat,
    #[error("this input's id was applied with another content")]
    Differs,
    #[error("the effect's row is closed already")]
    LostLease,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What each write of a transaction stands for, so that a reason can be read.
enum Part {
    State,
    Person,
    Guard,
}

impl Store {
    pub async fn load_case(&self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        let Some(item) = self.table.get(&keys::case(id)).await? else {
            return Ok(None);
        };
        let row: CaseRow = from_item(item)?;
        from_body(&row.body).map(Some)
    }

    /// Every history row of a case, in order.
    pub async fn history(&self, id: &CaseId) -> Result<Vec<Record>, StoreError> {
        let query = Query::partition(keys::case_partition(id)).begins_with(keys::HISTORY);
        let items = self.table.query_all(&query).await?;
        items
            .into_iter()
            .map(|item| from_item::<HistoryRow>(item)?.record())
            .collect()
    }

    /// Presence and committed minutes of everybody in the team.
    pub async fn loads(&self, team: &Team) -> Result<Loads, StoreError> {
        let keys: Vec<_> = team.people.keys().map(keys::person).collect();
        let items = self.table.batch_get(&keys).await?;
        Ok(items.iter().flatten().filter_map(load_of).collect())
    }

    /// Whether the input that `guard` names was applied to the case before.
    pub async fn was_applied(&self, case: &CaseId, guard: &Guard) -> Result<bool, StoreError> {
        let Guard::Seen { event, body_hash } = guard else {
            return Ok(false);
        };
        let Some(item) = self.table.get(&keys::seen(case, event)).await? else {
            return Ok(false);
        };
        let row: MarkRow = from_item(item)?;
        Ok(row
            .body_hash
            .as_ref()
            .is_none_or(|known| known == body_hash))
    }

    /// Whether a report under this id was applied to the case, whatever it said.
    pub async fn was_heard(&self, case: &CaseId, event: &EventId) -> Result<bool, StoreError> {
        Ok(self.table.get(&keys::seen(case, event)).await?.is_some())
    }

    /// Says that a person is away or back, as of `at`. `false`: a later report stands.
    pub async fn set_presence(
        &self,
        person: &PersonId,
        is_away: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let write = Write::update(keys::person(person), "SET #away = :away, presence_at = :at")
            .when("attribute_not_exists(presence_at) OR presence_at <= :at")
            .name("#away", "away")
            .value(":away", AttributeValue::Bool(is_away))
            .text(":at", keys::instant(at));
        match self.table.write(write).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Saves a decision: state, tasks, history, effects, what people are committed to, and the guard. All or nothing.
    pub async fn commit(&self, decision: &Decision, guard: &Guard) -> Result<(), CommitError> {
        let mut parts = Vec::new();
        let mut writes = Vec::new();
        let mut add = |part, write| {
            parts.push(part);
            writes.push(write);
        };
        for decision in std::iter::once(decision).chain(&decision.children) {
            for write in state_writes(decision)? {
                add(Part::State, write);
            }
            let Decision {
                case,
                armed,
                released,
                record,
                ..
            } = decision;
            for write in waits::writes(case, armed, released, record.at)? {
                add(Part::State, write);
            }
        }
        for write in person_writes(decision) {
            add(Part::Person, write);
        }
        if let Some(write) = guard_write(decision, guard)? {
            add(Part::Guard, write);
        }
        let sequence = decision.case.sequence.to_string();
        let token = &digest(&[&decision.record.cause, decision.case.id.as_str(), &sequence])[..36];
        match self.table.transact(writes, token).await {
            Ok(()) => Ok(()),
            Err(TransactError::Cancelled(reasons)) => Err(read_reasons(&parts, &reasons, guard)),
            // The same input was applied at this version since it was read. A start reads nothing, so it knows at once.
            Err(TransactError::TokenTaken { .. }) => Err(match guard {
                Guard::Once { .. } => CommitError::Repeat,
                Guard::Seen { .. } | Guard::Closing(_) | Guard::None => CommitError::Conflict,
            }),
            Err(other) => Err(CommitError::Store(other.into())),
        }
    }
}

/// The rows of one case: its state, its history row, its owed effects, and its open tasks where they changed.
fn state_writes(decision: &Decision) -> Result<Vec<Write>, StoreError> {
    let (case, record) = (&decision.case, &decision.record);
    let state = Write::put(to_item(&CaseRow::of(case, decision.look_again_at)?)?);
    let mut writes = vec![
        match case.sequence {
            1 => state.when("attribute_not_exists(PK)"),
            sequence => state
                .when("#sequence = :before")
                .name("#sequence", "sequence")
                .number(":before", i64::try_from(sequence - 1).unwrap_or(i64::MAX)),
        },
        Write::put(to_item(&HistoryRow::of(&case.id, record)?)?).when("attribute_not_exists(PK)"),
    ];
    let mut touched = BTreeSet::new();
    for fact in &record.facts {
        match fact {
            Fact::EffectOwed { id, effect, .. } => {
                writes.push(Write::put(to_item(&EffectRow::of(
                    case, id, effect, record.at,
                )?)?));
            }
            Fact::TaskOpened { step, run, .. }
            | Fact::MarkFired { step, run, .. }
            | Fact::MarkHeld { step, run, .. }
            | Fact::ClockChanged { step, run, .. }
            | Fact::TaskAccepted { step, run, .. }
            | Fact::TaskHanded { step, run, .. }
            | Fact::StepDone { step, run, .. } => {
                touched.insert((step.clone(), *run));
            }
            Fact::ClockStarted { step, clock } => {
                // The life before has said all it had to say.
                touched.extend((1..=clock.run).rev().take(2).map(|run| (step.clone(), run)));
            }
            Fact::SentTo { cleared, .. } => {
                touched.extend(
                    cleared
                        .iter()
                        .filter_map(|step| Some((step.clone(), case.steps.get(step)?.number))),
                );
            }
            Fact::CaseStopped { .. } => {
                touched.extend(
                    case.steps
                        .iter()
                        .map(|(step, run)| (step.clone(), run.number)),
                );
            }
            Fact::CaseStarted { .. }
            | Fact::ItemsTicked { .. }
            | Fact::EffectAwaited { .. }
            | Fact::WaitBegun { .. }
            | Fact::ClocksListen { .. }
            | Fact::EventHeard { .. }
            | Fact::ValuesChanged { .. }
            | Fact::ValuesTaken { .. }
            | Fact::RoleFilled { .. }
            | Fact::NobodyFree { .. }
            | Fact::ProjectStarted { .. }
            | Fact::EffectClosed { .. }
            | Fact::FoundStuck { .. }
            | Fact::CaseCompleted => {}
        }
    }
    for (step, run) in touched {
        let open = case.duty(&step).filter(|duty| duty.run == run);
        let is_clock = case.clocks.contains_key(&step);
        writes.push(match open {
            Some(duty) => Write::put(to_item(&TaskRow::of(case, duty))?),
            None if is_clock => Write::delete(keys::clock(&case.id, &step, run)),
            None => Write::delete(keys::task(&case.id, &step, run)),
        });
    }
    Ok(writes)
}

/// One write per person that gets work: there, and under the limit in every week that the work takes.
fn person_writes(decision: &Decision) -> Vec<Write> {
    let decisions = || std::iter::once(decision).chain(&decision.children);
    let commitments: Vec<&Commitment> = decisions()
        .flat_map(|decision| &decision.commitments)
        .collect();
    let people: BTreeSet<&PersonId> = decisions()
        .flat_map(|decision| &decision.needs_active)
        .chain(commitments.iter().map(|commitment| &commitment.person))
        .collect();
    people
        .into_iter()
        .map(|person| {
            let shares: Vec<_> = commitments
                .iter()
                .filter(|commitment| commitment.person == *person)
                .flat_map(|c| &c.weeks)
                .collect();
            let key = keys::person(person);
            if shares.is_empty() {
                return Write::check(key, THERE)
                    .name("#away", "away")
                    .value(":yes", AttributeValue::Bool(true));
            }
            let (mut adds, mut conditions) = (Vec::new(), vec![THERE.to_owned()]);
            let mut placeholders = Vec::new();
            for (place, share) in shares.into_iter().enumerate() {
                let (name, minutes, most) = (
                    format!("#w{place}"),
                    format!(":m{place}"),
                    format!(":l{place}"),
                );
                adds.push(format!("{name} {minutes}"));
                let room = share
                    .limit_minutes
                    .map(|limit| i64::from(limit) - i64::from(share.add_minutes));
                if room.is_some() {
                    conditions.push(format!(
                        "(attribute_not_exists({name}) OR {name} <= {most})"
                    ));
                }
                placeholders.push((
                    name,
                    week_attribute(&share.week),
                    minutes,
                    share.add_minutes,
                    most,
                    room,
                ));
            }
            let write = Write::update(key, format!("ADD {}", adds.join(", ")))
                .when(conditions.join(" AND "))
                .name("#away", "away")
                .value(":yes", AttributeValue::Bool(true));
            placeholders
                .into_iter()
                .fold(write, |write, (name, week, minutes, add, most, room)| {
                    let write = write.name(&name, &week).number(&minutes, add);
                    match room {
                        Some(room) => write.number(&most, room),
                        None => write,
                    }
                })
        })
        .collect()
}

/// A person nobody wrote a row for is there.
const THERE: &str = "(attribute_not_exists(#away) OR #away <> :yes)";
const WEEK: &str = "week ";

fn week_attribute(week: &str) -> String {
    format!("{WEEK}{week}")
}

fn load_of(item: &Item) -> Option<(PersonId, Load)> {
    let person = item.get("PK")?.as_s().ok()?.strip_prefix("PERSON#")?;
    let away = item
        .get("away")
        .and_then(|away| away.as_bool().ok())
        .copied()
        .unwrap_or(false);
    let weeks = item
        .iter()
        .filter_map(|(name, value)| {
            Some((
                name.strip_prefix(WEEK)?.to_owned(),
                value.as_n().ok()?.parse().ok()?,
            ))
        })
        .collect();
    Some((PersonId::from(person), Load { away, weeks }))
}

/// An input that was applied, or a trigger that started a case.
#[derive(Debug, Serialize, Deserialize)]
struct MarkRow {
    #[serde(flatten)]
    head: Head,
    case: CaseId,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_hash: Option<String>,
}

fn guard_write(decision: &Decision, guard: &Guard) -> Result<Option<Write>, StoreError> {
    let case = decision.case.id.clone();
    let absent = "attribute_not_exists(PK)";
    Ok(match guard {
        Guard::None => None,
        Guard::Once { workflow, once } => {
            let head = Head::new(keys::once(workflow, once), "once");
            Some(
                Write::put(to_item(&MarkRow {
                    head,
                    case,
                    body_hash: None,
                })?)
                .when(absent),
            )
        }
        Guard::Seen { event, body_hash } => {
            let head = Head::new(keys::seen(&case, event), "seen");
            Some(
                Write::put(to_item(&MarkRow {
                    head,
                    case,
                    body_hash: Some(body_hash.clone()),
                })?)
                .when(absent),
            )
        }
        Guard::Closing(row) => Some(crate::effects::closing(row)),
    })
}

/// A guard that fails outweighs all: the input was applied, whatever else does not hold any more.
fn read_reasons(parts: &[Part], reasons: &[Reason], guard: &Guard) -> CommitError {
    let failed = |reason: &Reason| matches!(reason, Reason::ConditionFailed(_));
    let mut not_free = false;
    for (part, reason) in parts.iter().zip(reasons) {
        match (part, reason) {
            (Part::Guard, Reason::ConditionFailed(found)) => {
                return guard_failed(guard, found.as_deref());
            }
            (Part::Person, reason) if failed(reason) => not_free = true,
            (_, Reason::Invalid { message }) => {
                return CommitError::Store(StoreError::Never {
                    context: message.clone(),
                    source: None,
                });
            }
            _ => {}
        }
    }
    if not_free {
        CommitError::NotFree
    } else {
        CommitError::Conflict
    }
}

fn guard_failed(guard: &Guard, found: Option<&Item>) -> CommitError {
    match guard {
        Guard::Seen { body_hash, .. } => {
            let known = found
                .and_then(|item| item.get("body_hash"))
                .and_then(|hash| hash.as_s().ok());
            if known.is_none_or(|known| known == body_hash) {
                CommitError::Repeat
            } else {
                CommitError::Differs
            }
        }
        Guard::Closing(_) => CommitError::LostLease,
        Guard::Once { .. } | Guard::None => CommitError::Repeat,
    }
}
