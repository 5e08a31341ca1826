//! Somebody says how long they worked: the entry is checked, named after its event, and stored once.
//! It must not price it; that is done when it is billed.

use domain::billing::{LOGGED_EVENT, LONGEST_NOTE, MOST_MINUTES_PER_ENTRY, TimeEntry};
use domain::case::Case;
use domain::company::{Role, Team};
use domain::definition::Owner;
use domain::event::{Envelope, REPORT_SOURCE, WORKFLOW_SOURCE};
use domain::id::{CaseId, ClientId, EntryId, EventId, PersonId, RoleId, StepId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use store::{Became, Company, EntryError, KnownEntry, Store};

use crate::invoice_draft::day;
use crate::outcome::{Halt, Told, TryAgain};

/// `data` of `time.logged`. A client, or a step of a case that has one.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Logged {
    #[serde(deserialize_with = "whole")]
    pub minutes: u32,
    #[serde(deserialize_with = "named")]
    pub by: String,
    /// The day of the work; without it, the day on which it is said. A workflow calls it `day`: `on` is no key in YAML.
    #[serde(default, alias = "day")]
    pub on: Option<Date>,
    #[serde(default)]
    pub case: Option<String>,
    #[serde(default)]
    pub step: Option<String>,
    #[serde(default, deserialize_with = "perhaps_named")]
    pub client: Option<String>,
    /// The same, by the name that a workflow gives it beside the client that it has looked up.
    #[serde(default)]
    pub client_id: Option<String>,
    #[serde(default)]
    pub note: Option<String>,
    #[serde(default)]
    pub ticket: Option<String>,
    #[serde(default)]
    pub work: Option<String>,
    #[serde(default)]
    pub role: Option<String>,
    /// The entry that this one corrects.
    #[serde(default)]
    pub replaces: Option<String>,
}

/// Whether this is time that somebody worked: said by a person, or by a workflow that hears a tool.
pub(crate) fn concerns(envelope: &Envelope) -> bool {
    let is_own = matches!(envelope.source.as_str(), REPORT_SOURCE | WORKFLOW_SOURCE);
    is_own && envelope.detail_type == LOGGED_EVENT
}

pub(crate) async fn report(store: &Store, envelope: &Envelope) -> Result<Told, Halt> {
    let data = envelope.detail.get("data").cloned().unwrap_or_default();
    let logged: Logged = serde_json::from_value(data)
        .map_err(|error| Halt::Never(format!("detail.data of {LOGGED_EVENT}: {error}")))?;
    let event = envelope.event_id(None);
    let (told, _) = enter(store, &event, &logged, envelope.time).await?;
    Ok(told)
}

/// For whoever says it without an event: a command.
///
/// # Errors
/// The inner one is the reason why it can not be stored; the outer one may be gone the next time.
pub async fn log(
    store: &Store,
    event: &EventId,
    logged: &Logged,
) -> Result<Result<(Told, KnownEntry), String>, TryAgain> {
    match enter(store, event, logged, store.now()).await {
        Ok(entered) => Ok(Ok(entered)),
        Err(Halt::Never(reason)) => Ok(Err(reason)),
        Err(Halt::Later(again)) => Err(again),
    }
}

async fn enter(
    store: &Store,
    event: &EventId,
    logged: &Logged,
    said_at: Timestamp,
) -> Result<(Told, KnownEntry), Halt> {
    let entry = entry(store, event, logged, said_at).await?;
    let stored = KnownEntry::new(entry.clone());
    let what = format!("{} is {} minutes of {}", entry.id, entry.minutes, entry.by);
    match store.log_time(&entry).await {
        Ok(()) => Ok((Told::Done(what), stored)),
        Err(EntryError::Repeat) => {
            let known = store.time_entry(&entry.id).await?;
            Ok((
                Told::Repeat(format!("{what} already")),
                known.unwrap_or(stored),
            ))
        }
        Err(EntryError::Store(error)) => Err(error.into()),
        Err(refused) => Err(Halt::Never(refused.to_string())),
    }
}

async fn entry(
    store: &Store,
    event: &EventId,
    logged: &Logged,
    said_at: Timestamp,
) -> Result<TimeEntry, Halt> {
    let company = store.company().await?;
    let never = |text: String| Halt::Never(text);
    let id = EntryId::of_event(event);
    let replaced = match &logged.replaces {
        Some(replaces) => {
            let known = store.time_entry(&EntryId(replaces.clone())).await?;
            Some(
                known
                    .ok_or_else(|| never(format!("there is no entry {replaces}")))?
                    .entry,
            )
        }
        None => None,
    };
    // A correction says what changes; all the rest is as it was.
    let was = replaced.as_ref();
    let case = logged
        .case
        .clone()
        .map(CaseId)
        .or_else(|| was?.case.clone());
    let step = logged
        .step
        .clone()
        .map(StepId)
        .or_else(|| was?.step.clone());
    let case =
        match case {
            Some(id) => {
                let case = store.load_case(&id).await?;
                Some(case.ok_or_else(|| {
                    never(format!("there is no case {id}; `baton trace` lists them"))
                })?)
            }
            None => None,
        };
    let stated = logged
        .client
        .clone()
        .map(ClientId)
        .or_else(|| was.map(|was| was.client.clone()));
    let client = client_of(&company, case.as_ref(), stated).map_err(never)?;
    let by = person(&company, &logged.by).map_err(never)?;
    let today = day(said_at.max(store.now()), &company.team);
    let on = logged
        .on
        .or_else(|| Some(was?.on))
        .unwrap_or_else(|| day(said_at, &company.team));
    if on > today {
        return Err(never(format!(
            "{on} has not come yet; time is logged once it is worked"
        )));
    }
    minutes_are_right(logged).map_err(never)?;
    let owned_by = match (&case, &step) {
        (Some(case), Some(step)) => Some(step_owner(store, case, step).await?),
        (Some(case), None) => {
            return Err(never(format!(
                "name the step of {} that was worked at",
                case.id
            )));
        }
        (None, Some(step)) => return Err(never(format!("name the case of step {step}"))),
        (None, None) => None,
    };
    let role = logged
        .role
        .clone()
        .map(RoleId)
        .or_else(|| was?.role.clone());
    let role = role
        .or(owned_by.flatten())
        .or_else(|| only_role(&company.team, &by));
    let note = logged.note.clone().or_else(|| Some(was?.note.clone()));
    Ok(TimeEntry {
        id,
        client,
        by,
        on,
        minutes: logged.minutes,
        note: note_of(note.unwrap_or_default()).map_err(never)?,
        workflow: case.as_ref().map(|case| case.workflow.clone()),
        subject: case.as_ref().map(|case| case.title.clone()),
        case: case.map(|case| case.id),
        step,
        ticket: logged.ticket.clone().or_else(|| was?.ticket.clone()),
        work: logged.work.clone().or_else(|| was?.work.clone()),
        role,
        replaces: replaced.map(|replaced| replaced.id),
        entered_at: store.now(),
    })
}

/// The case's client; without a case the one that is named.
fn client_of(
    company: &Company,
    case: Option<&Case>,
    stated: Option<ClientId>,
) -> Result<ClientId, String> {
    let of_case = case.and_then(|case| case.client.clone());
    let client = match (of_case, stated, case) {
        (Some(own), Some(stated), Some(case)) if own != stated => {
            return Err(format!("{} is for {own}, not for {stated}", case.id));
        }
        (Some(own), _, _) => own,
        (None, Some(stated), _) => stated,
        (None, None, Some(case)) => {
            return Err(format!("{} has no client; name one: client", case.id));
        }
        (None, None, None) => return Err("say for whom: a step of a case, or a client".into()),
    };
    match company.clients.contains_key(&client) {
        true => Ok(client),
        false => Err(format!("\"{client}\" is no client in clients.yaml")),
    }
}

fn person(company: &Company, by: &str) -> Result<PersonId, String> {
    let by = PersonId::from(by);
    match company.team.person(&by) {
        Some(_) => Ok(by),
        None => Err(format!(
            "\"{by}\" is nobody in team.yaml; mend the name or add the person"
        )),
    }
}

fn minutes_are_right(logged: &Logged) -> Result<(), String> {
    match (logged.minutes, &logged.replaces) {
        (0, None) => Err("0 minutes are no work; to take an entry back, correct it to 0".into()),
        (minutes, _) if minutes > MOST_MINUTES_PER_ENTRY => Err(format!(
            "{minutes} minutes are more than a day has; log each day by itself"
        )),
        _ => Ok(()),
    }
}

/// The note stands on the client's paper, so it can hold nothing that has no shape there.
fn note_of(note: String) -> Result<String, String> {
    let note = note.trim();
    if note.chars().count() > LONGEST_NOTE {
        return Err(format!(
            "the note is longer than {LONGEST_NOTE} characters; the client reads it on a line"
        ));
    }
    match note.chars().any(char::is_control) {
        true => Err(
            "the note holds a line break or another unprintable character; write one line".into(),
        ),
        false => Ok(note.to_owned()),
    }
}

/// The role that owns the step; refused where the workflow has no such step.
async fn step_owner(store: &Store, case: &Case, step: &StepId) -> Result<Option<RoleId>, Halt> {
    let workflow = store.workflow(&case.workflow, case.version).await?;
    let Some(known) = workflow.step(step) else {
        let text = format!(
            "{} has no step {step}; `baton trace {}` shows them",
            case.workflow, case.id
        );
        return Err(Halt::Never(text));
    };
    Ok(match &known.owner {
        Some(Owner::Role(role)) => Some(role.clone()),
        _ => None,
    })
}

/// The one role that somebody has; of several, none is meant.
fn only_role(team: &Team, by: &PersonId) -> Option<RoleId> {
    let has = |role: &Role| match role {
        Role::HeldBy(person) => person == by,
        Role::PickedFrom(people) => people.contains(by),
    };
    let mut roles = team.roles.iter().filter(|(_, role)| has(role));
    let first = roles.next().map(|(id, _)| id.clone());
    first.filter(|_| roles.next().is_none())
}

/// What became of an entry, in a few words.
pub fn became(entry: &KnownEntry) -> String {
    match &entry.became {
        Became::Open => "not billed yet".into(),
        Became::ReplacedBy(id) => format!("replaced by {id}"),
        Became::Owed { by } => format!("being billed by {by}"),
        Became::BilledBy(number) => format!("billed on {number}"),
    }
}

/// A whole number, also where a template made a text of it.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Whole {
        Number(u32),
        Text(String),
    }
    let wrong = || serde::de::Error::custom("`minutes` is no whole number of minutes");
    match Whole::deserialize(from).map_err(|_| wrong())? {
        Whole::Number(minutes) => Ok(minutes),
        Whole::Text(text) => text.trim().parse().map_err(|_| wrong()),
    }
}

/// An id, or what a workflow looked up by it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Id(String),
    LookedUp { id: String },
}

impl From<Named> for String {
    fn from(named: Named) -> String {
        match named {
            Named::Id(id) | Named::LookedUp { id } => id,
        }
    }
}

fn named<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Named::deserialize(from).map(String::from)
}

fn perhaps_named<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Named>::deserialize(from)?.map(String::from))
}
