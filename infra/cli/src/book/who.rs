//! Who stands behind an owner of a definition: one person, several to pick from, or nobody.
//! It must not know who is away; that is the table's.

use domain::company::{Role, Team};
use domain::definition::Owner;
use domain::id::PersonId;
use serde::Serialize;

use super::listed;

/// An owner, resolved as far as the files say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Who {
    /// The role, or the value of a case, that the file names; none where it names a person.
    pub named: Option<String>,
    pub held: Held,
    /// Ids of those who hold it, or may.
    pub people: Vec<PersonId>,
    #[serde(skip)]
    names: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// One person at all times.
    ByOne,
    /// One of several, picked for each case.
    PickedPerCase,
    /// Whoever a value of the case names.
    ByValue,
    ByNobody,
}

impl Who {
    pub fn of(owner: &Owner, team: &Team) -> Self {
        let (named, is_picked, people) = match owner {
            Owner::Person(person) => (None, false, vec![person.clone()]),
            Owner::Value(value) => {
                return Self {
                    named: Some(value.clone()),
                    held: Held::ByValue,
                    people: Vec::new(),
                    names: Vec::new(),
                };
            }
            Owner::Role(role) => {
                let (is_picked, people) = match team.roles.get(role) {
                    Some(Role::HeldBy(person)) => (false, vec![person.clone()]),
                    Some(Role::PickedFrom(people)) => (true, people.clone()),
                    None => (false, Vec::new()),
                };
                (Some(role.0.clone()), is_picked, people)
            }
        };
        let (people, names): (Vec<_>, Vec<_>) = people
            .into_iter()
            .filter_map(|id| {
                let name = team.person(&id)?.name.clone();
                Some((id, name))
            })
            .unzip();
        let held = match (people.is_empty(), is_picked) {
            (true, _) => Held::ByNobody,
            (false, true) => Held::PickedPerCase,
            (false, false) => Held::ByOne,
        };
        Self {
            named: named.or_else(|| match owner {
                Owner::Person(person) if names.is_empty() => Some(person.0.clone()),
                _ => None,
            }),
            held,
            people,
            names,
        }
    }

    /// The one person, where it is the same for every case.
    pub fn one(&self) -> Option<&PersonId> {
        self.people.first().filter(|_| self.held == Held::ByOne)
    }

    /// `Olga (ops_lead)`, `project_lead (Lena, Luis or Lotte)`, `client.account_manager`
    pub fn text(&self) -> String {
        let named = self.named.as_deref().unwrap_or_default();
        match self.held {
            Held::ByOne if named.is_empty() => listed(&self.names, "or"),
            Held::ByOne => format!("{} ({named})", listed(&self.names, "or")),
            Held::PickedPerCase => format!("{named} ({})", listed(&self.names, "or")),
            Held::ByValue => named.to_owned(),
            Held::ByNobody => format!("nobody ({named})"),
        }
    }

    /// Shorter, for lines that name it often: `Olga (ops_lead)`, `project_lead`
    pub fn short(&self) -> String {
        match self.held {
            Held::PickedPerCase => self.named.clone().unwrap_or_default(),
            Held::ByOne | Held::ByValue | Held::ByNobody => self.text(),
        }
    }
}
