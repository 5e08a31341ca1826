//! The names that a workflow's lines may use, what each stands for, and which were used.
//! It must not know where in the workflow a line stands.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use domain::id::StepId;

use crate::fields::short;
use crate::problem::{did_you_mean, suggest};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `lookup client`: id, name, contact, account_manager.
    Client,
    /// `lookup person`: id and name.
    Person,
    /// The id of a person.
    PersonId,
    /// Name and mail address.
    Contact,
    /// A single text or number.
    Single,
    /// A field of an event, whatever it holds.
    Field,
    /// Its source could not be read, which was told; it passes for anything.
    Unknown,
    /// What an invoice step leaves behind once it is done.
    Invoice(StepId),
    /// What a wait takes from its event once it has come: these names.
    Taken(StepId, BTreeSet<String>),
}

impl Shape {
    /// The step that must be done before a value of this shape is there.
    pub(crate) fn maker(&self) -> Option<&StepId> {
        match self {
            Shape::Invoice(maker) | Shape::Taken(maker, _) => Some(maker),
            _ => None,
        }
    }

    fn inside(&self, key: &str) -> Option<Shape> {
        match (self, key) {
            (Shape::Client, "id" | "name") => Some(Shape::Single),
            (Shape::Client, "contact") => Some(Shape::Contact),
            (Shape::Client, "account_manager") => Some(Shape::PersonId),
            (Shape::Person, "id") => Some(Shape::PersonId),
            (Shape::Person, "name") | (Shape::Contact, "name" | "mail") => Some(Shape::Single),
            (Shape::Field, _) => Some(Shape::Field),
            (Shape::Unknown, _) => Some(Shape::Unknown),
            (Shape::Taken(_, names), _) if names.contains(key) => Some(Shape::Field),
            (Shape::Invoice(_), _) if self.keys().contains(&key) => Some(Shape::Single),
            _ => None,
        }
    }

    pub(crate) fn keys(&self) -> &'static [&'static str] {
        match self {
            Shape::Client => &["id", "name", "contact", "account_manager"],
            Shape::Person => &["id", "name"],
            Shape::Contact => &["name", "mail"],
            Shape::Invoice(_) => &["number", "total", "issue_date", "due_date"],
            Shape::PersonId | Shape::Single | Shape::Field | Shape::Unknown | Shape::Taken(..) => {
                &[]
            }
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        matches!(
            self,
            Shape::Client | Shape::Person | Shape::Contact | Shape::Invoice(_) | Shape::Taken(..)
        )
    }
}

/// Why a path leads nowhere, and what to write instead.
pub(crate) struct Nowhere {
    pub message: String,
    pub help: String,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    shapes: BTreeMap<String, Shape>,
    used: RefCell<BTreeSet<String>>,
}

impl Names {
    pub(crate) fn insert(&mut self, name: &str, shape: Shape) {
        self.shapes.insert(name.to_owned(), shape);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Shape> {
        self.shapes.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.shapes.keys().map(String::as_str)
    }

    pub(crate) fn is_used(&self, name: &str) -> bool {
        self.used.borrow().contains(name)
    }

    /// What the path stands for. The name it begins with counts as used.
    pub(crate) fn at(&self, path: &str) -> Result<Shape, Nowhere> {
        let mut parts = path.split('.');
        let name = parts.next().unwrap_or_default();
        let Some(shape) = self.shapes.get(name) else {
            return Err(self.unknown(name));
        };
        self.used.borrow_mut().insert(name.to_owned());
        let mut shape = shape.clone();
        let mut so_far = name.to_owned();
        for key in parts {
            shape = shape.inside(key).ok_or_else(|| Nowhere {
                message: format!("`{}` has no `{}`", short(&so_far), short(key)),
                help: match shape.keys() {
                    [] => format!("`{}` is a single value", short(&so_far)),
                    keys => suggest(key, keys.iter().copied()),
                },
            })?;
            so_far = format!("{so_far}.{key}");
        }
        Ok(shape)
    }

    fn unknown(&self, name: &str) -> Nowhere {
        let message = format!("there is no value `{}` here", short(name));
        let help = match did_you_mean(name, self.names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("add a line `{}: …` to `data`", short(name)),
        };
        Nowhere { message, help }
    }
}
