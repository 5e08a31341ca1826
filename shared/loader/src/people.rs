//! Resolves who a line names: a role, a person, or a value that names a person.
//! It must not know what they are named for.

use domain::definition::Owner;
use domain::id::{PersonId, RoleId};

use crate::fields::{Text, short, text_of};
use crate::names::{Names, Shape};
use crate::problem::{Sink, suggest};
use crate::team::{TeamRead, well_formed};
use crate::yaml::{Node, NodeKind};

/// Resolves who a line names.
pub(crate) struct People<'a, 's> {
    pub team: Option<&'a TeamRead>,
    pub sink: Sink<'s>,
}

impl People<'_, '_> {
    /// One person, or a role that one person holds.
    pub(crate) fn one(&self, node: &Node, key: &str) -> Option<Owner> {
        let owner = self.resolve(node, key, None)?;
        if let Owner::Role(role) = &owner
            && self.is_picked(role)
        {
            let message = format!(
                "`{role}` is a role of several; a workflow's {key} is one person at all times"
            );
            self.sink.error(
                "V2",
                node.at,
                message,
                "name a person, or a role with `held_by`",
            );
            return None;
        }
        Some(owner)
    }

    /// A role, a person, or a value that names a person.
    pub(crate) fn resolve(&self, node: &Node, key: &str, names: Option<&Names>) -> Option<Owner> {
        if let NodeKind::List(_) = node.kind {
            let help = "name the one who is responsible; others can help without being named";
            self.sink
                .error("V1", node.at, format!("`{key}` names a group"), help);
            return None;
        }
        let text = text_of(node, key, "V1", self.sink)?;
        if let Some(shape) = names.and_then(|names| {
            names
                .get(text.text.split('.').next().unwrap_or_default())
                .map(|_| names.at(text.text))
        }) {
            return self.of_value(text, shape);
        }
        let Some(TeamRead { team, broken, .. }) = self.team else {
            return well_formed(text.text).then(|| Owner::Role(RoleId::from(text.text)));
        };
        if team.roles.contains_key(&RoleId::from(text.text)) || broken.contains(text.text) {
            return Some(Owner::Role(RoleId::from(text.text)));
        }
        if team.people.contains_key(&PersonId::from(text.text)) {
            return Some(Owner::Person(PersonId::from(text.text)));
        }
        let known = team
            .roles
            .keys()
            .map(RoleId::as_str)
            .chain(team.people.keys().map(PersonId::as_str));
        let message = format!("`{}` is no role and nobody in team.yaml", short(text.text));
        self.sink.error(
            "V1",
            text.at,
            message,
            suggest(
                text.text,
                known.chain(names.into_iter().flat_map(Names::names)),
            ),
        );
        None
    }

    fn of_value(
        &self,
        text: Text<'_>,
        shape: Result<Shape, crate::names::Nowhere>,
    ) -> Option<Owner> {
        match shape {
            Ok(Shape::Person | Shape::PersonId | Shape::Unknown) => {
                Some(Owner::Value(text.text.to_owned()))
            }
            Ok(_) => {
                let message = format!(
                    "the value `{}` may name nobody in team.yaml",
                    short(text.text)
                );
                self.sink.error(
                    "V1",
                    text.at,
                    message,
                    "read it as a person in `data`: `lookup person detail.field`",
                );
                None
            }
            Err(nowhere) => {
                self.sink
                    .error("V12", text.at, nowhere.message, nowhere.help);
                None
            }
        }
    }

    pub(crate) fn is_picked(&self, role: &RoleId) -> bool {
        let role = self.team.and_then(|team| team.team.roles.get(role));
        matches!(role, Some(domain::company::Role::PickedFrom(_)))
    }

    /// The person behind an owner, where it is the same for every case.
    pub(crate) fn person(&self, owner: &Owner) -> Option<PersonId> {
        match owner {
            Owner::Person(person) => Some(person.clone()),
            Owner::Role(role) => self.team.and_then(|team| team.team.holder(role)).cloned(),
            Owner::Value(_) => None,
        }
    }
}
