//! The secrets that the files name and nobody has set: told when the files are put in force, before a mail has to wait for one.
//! It must not read a value.

use std::collections::{BTreeMap, BTreeSet};

use domain::company::Team;

use crate::failure::Failure;
use crate::show::{BOLD, Cell, DIM, PLAIN, columns, paint};
use crate::target::Target;

/// What needs each secret that is not set, by its name.
pub type Missing = BTreeMap<String, Vec<String>>;

pub async fn missing(target: &Target, team: &Team) -> Result<Missing, Failure> {
    let names = target.secrets()?.names().await;
    let names = names.map_err(|error| Failure::outside(error.to_string()))?;
    Ok(without(team, &names.into_iter().collect()))
}

fn without(team: &Team, set: &BTreeSet<String>) -> Missing {
    let own = app::OWN_SECRETS.map(|name| (name, "the links in mails".to_owned()));
    let mut missing = Missing::new();
    for (name, what) in own.into_iter().chain(team.secrets()) {
        if !set.contains(name) {
            missing.entry(name.to_owned()).or_default().push(what);
        }
    }
    missing
}

pub fn told(missing: &Missing) -> String {
    let rows: Vec<Vec<Cell>> = missing
        .iter()
        .map(|(name, needs)| {
            vec![
                Cell::new(BOLD, name.as_str()),
                Cell::new(PLAIN, format!("needed for {}", needs.join(", "))),
            ]
        })
        .collect();
    let count = match missing.len() {
        1 => "1 secret is named and not set".to_owned(),
        count => format!("{count} secrets are named and not set"),
    };
    let how =
        "set each by `baton secret set NAME`, with --generate where the value is yours to make";
    format!(
        "{}; what needs one waits or is parked until then:\n{}\n{}",
        paint(BOLD, &count),
        columns(2, &rows),
        paint(DIM, how)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::sample::{files, workspace};

    #[test]
    fn only_what_is_named_and_not_set_is_told() {
        let team = workspace(&files(&[])).team;
        let all = without(&team, &BTreeSet::new());
        insta::assert_snapshot!(anstream::adapter::strip_str(&told(&all)).to_string());
        let names: BTreeSet<String> = all.keys().cloned().collect();
        assert_eq!(without(&team, &names), Missing::new());
    }
}
