//! Somebody is away, or back: no new work from that instant, and what is open goes to whoever stands in.
//! Who stands in is `domain`'s to say.

use domain::case::Input;
use domain::event::{Envelope, Metadata};
use domain::id::PersonId;
use serde::Deserialize;
use store::{Guard, Store};

use crate::advance;
use crate::outcome::{Halt, Told};

/// `data` of `person.away` and `person.back`.
#[derive(Debug, Deserialize)]
struct Presence {
    person: PersonId,
}

pub(crate) fn concerns(envelope: &Envelope) -> bool {
    matches!(envelope.detail_type.as_str(), "person.away" | "person.back")
}

/// Two passes in a row must find nothing, because the index of tasks follows the table with a delay.
const EMPTY_PASSES: u32 = 2;

/// Safe to repeat: the later report counts, and a task moves once.
pub(crate) async fn report(
    store: &Store,
    envelope: &Envelope,
    metadata: &Metadata,
) -> Result<Told, Halt> {
    let data = envelope.detail.get("data").cloned().unwrap_or_default();
    let Presence { person } = serde_json::from_value(data).map_err(|error| {
        Halt::Never(format!("detail.data of {}: {error}", envelope.detail_type))
    })?;
    let company = store.company().await?;
    if company.team.person(&person).is_none() {
        return Err(Halt::Never(format!(
            "\"{person}\" is nobody in team.yaml; mend the name or add the person"
        )));
    }
    let is_away = envelope.detail_type == "person.away";
    if !store.set_presence(&person, is_away, metadata.time).await? {
        let text = format!("a later report of {person} has come before");
        return Ok(Told::Repeat(text));
    }
    if !is_away {
        return Ok(Told::Done(format!("{person} is back")));
    }
    let cause = format!("{} {}", envelope.detail_type, metadata.id);
    let moved = move_work(store, &person, &cause).await?;
    Ok(Told::Done(format!(
        "{person} is away; {moved} cases moved on"
    )))
}

async fn move_work(store: &Store, person: &PersonId, cause: &str) -> Result<usize, Halt> {
    let input = Input::OwnerAway {
        person: person.clone(),
    };
    let (mut moved, mut empty) = (0, 0);
    let mut refused = None;
    while empty < EMPTY_PASSES {
        let before = moved;
        for case in store.cases_of_owner(person).await? {
            match advance::advance(store, &case, &input, cause, &Guard::None).await {
                Ok(Told::Repeat(_)) => {}
                Ok(_) => moved += 1,
                Err(Halt::Later(again)) => return Err(Halt::Later(again)),
                // The others must not wait for one that nobody can take.
                Err(Halt::Never(reason)) => refused = Some(format!("{case}: {reason}")),
            }
        }
        empty = if moved == before { empty + 1 } else { 0 };
        store.pause(EMPTY_PASSES).await;
    }
    match refused {
        Some(reason) => Err(Halt::Never(reason)),
        None => Ok(moved),
    }
}
