//! Finds people on whom too much of what is critical rests with nobody to stand in.
//! It must not know how work moves when somebody is away.

use std::collections::BTreeMap;

use domain::company::{Role, Team};
use domain::definition::Owner;
use domain::id::PersonId;

use crate::chain::Chained;
use crate::problem::{At, Sink};
use crate::steps::is_persons_work;

/// Steps of critical workflows that one person may have without anybody to stand in.
const MOST_ALONE: usize = 2;

/// Warns once for each person, where the first step beyond the limit names its owner.
pub(crate) fn check(files: &[Chained<'_, '_, '_>], team: Option<&Team>) {
    let Some(team) = team else { return };
    let mut alone: BTreeMap<&PersonId, Vec<(String, Sink<'_>, At)>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.head.critical) {
        for step in file.steps.iter().filter(|step| is_persons_work(step.kind)) {
            let Some((owner, at)) = &step.owner else {
                continue;
            };
            let person = match owner {
                Owner::Person(person) => Some(person),
                Owner::Role(role) => match team.roles.get(role) {
                    Some(Role::HeldBy(person)) => Some(person),
                    Some(Role::PickedFrom(_)) | None => None,
                },
                Owner::Value(_) => None,
            };
            let nobody_stands_in = |person: &&PersonId| {
                team.person(person)
                    .is_some_and(|person| person.backup.is_none())
            };
            if let Some(person) = person.filter(nobody_stands_in) {
                let named = format!("{}/{}", file.name(), step.id.text);
                let sink = file.sink().of_step(step.id.text);
                alone.entry(person).or_default().push((named, sink, *at));
            }
        }
    }
    for (person, steps) in alone {
        let Some((_, sink, at)) = steps.get(MOST_ALONE) else {
            continue;
        };
        let named: Vec<_> = steps.iter().map(|(named, ..)| named.as_str()).collect();
        let message = format!(
            "{} steps of critical workflows rest on {person} alone: {}",
            steps.len(),
            named.join(", ")
        );
        let help = format!(
            "name who stands in, `backup: …` at {person} in team.yaml, or give some of them to somebody else"
        );
        sink.warning("V24", *at, message, help);
    }
}
