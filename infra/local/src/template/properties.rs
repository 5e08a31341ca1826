//! Properties taken one by one from a map, typed and checked; what nobody took is refused by name.
//! It must not know which properties there are.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::TemplateError;
use super::error::{Place, nearest};
use super::node::{Entry, Kind, Node, is_ambiguous, is_nothing};
use super::scope::Scope;

/// A map of properties of which some have been taken.
pub(super) struct Block<'s> {
    scope: &'s Scope,
    place: Place,
    left: Vec<Entry>,
    asked: Vec<&'static str>,
}

/// One property with its intrinsics still in it.
pub(super) struct Field<'s> {
    scope: &'s Scope,
    pub(super) place: Place,
    node: Node,
}

impl<'s> Block<'s> {
    /// Opens a map; nothing at all counts as an empty one.
    ///
    /// # Errors
    /// It is something else.
    pub(super) fn open(
        scope: &'s Scope,
        node: Option<&Node>,
        place: Place,
    ) -> Result<Self, TemplateError> {
        let chosen = match node {
            Some(node) => scope.choose(node, &place)?,
            None => None,
        };
        let left = match chosen.map(|node| node.kind) {
            None => Vec::new(),
            Some(Kind::Map(entries)) => entries,
            Some(kind) => {
                let node = Node {
                    line: place.line,
                    kind,
                };
                return place.refuse(
                    format!("{} where a map belongs", node.describe()),
                    "write `Name: value` lines below it",
                );
            }
        };
        Ok(Self {
            scope,
            place,
            left,
            asked: Vec::new(),
        })
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Takes a property; `None` if it is not there or is `AWS::NoValue`.
    pub(super) fn optional(
        &mut self,
        name: &'static str,
    ) -> Result<Option<Field<'s>>, TemplateError> {
        self.asked.push(name);
        let Some(index) = self.left.iter().position(|entry| entry.key == name) else {
            return Ok(None);
        };
        let entry = self.left.remove(index);
        let place = self.place.below(name, entry.line);
        let chosen = self.scope.choose(&entry.value, &place)?;
        Ok(chosen.map(|node| Field {
            scope: self.scope,
            place,
            node,
        }))
    }

    pub(super) fn required(
        &mut self,
        name: &'static str,
        mend: &str,
    ) -> Result<Field<'s>, TemplateError> {
        match self.optional(name)? {
            Some(field) => Ok(field),
            None => self.place.refuse(format!("`{name}` is missing"), mend),
        }
    }

    pub(super) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<u32>, TemplateError> {
        let field = self.optional(name)?;
        let number = field.map(|field| field.number(range)).transpose()?;
        Ok(number.and_then(|number| u32::try_from(number).ok()))
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, TemplateError> {
        self.optional(name)?.map(|field| field.flag()).transpose()
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, TemplateError> {
        self.optional(name)?.map(|field| field.text()).transpose()
    }

    pub(super) fn block(&mut self, name: &'static str) -> Result<Option<Block<'s>>, TemplateError> {
        self.optional(name)?.map(|field| field.block()).transpose()
    }

    pub(super) fn list(&mut self, name: &'static str) -> Result<Vec<Field<'s>>, TemplateError> {
        self.optional(name)?
            .map_or_else(|| Ok(Vec::new()), |field| field.list())
    }

    /// Takes every property that is left, in the order of the template.
    pub(super) fn rest(&mut self) -> Result<Vec<(String, Field<'s>)>, TemplateError> {
        let mut fields = Vec::new();
        for entry in std::mem::take(&mut self.left) {
            let place = self.place.below(&entry.key, entry.line);
            if let Some(node) = self.scope.choose(&entry.value, &place)? {
                let field = Field {
                    scope: self.scope,
                    place,
                    node,
                };
                fields.push((entry.key, field));
            }
        }
        Ok(fields)
    }

    /// Properties that change nothing on one machine: names, descriptions, roles, keys.
    pub(super) fn ignore(&mut self, names: &[&'static str]) {
        self.asked.extend(names);
        self.left
            .retain(|entry| !names.contains(&entry.key.as_str()));
    }

    /// Properties that AWS has and this machine cannot follow; `value` is what they may be set to all the same.
    pub(super) fn only(&mut self, name: &'static str, value: &str) -> Result<(), TemplateError> {
        let Some(field) = self.optional(name)? else {
            return Ok(());
        };
        let found = field.text()?;
        if found == value {
            return Ok(());
        }
        field.place.refuse(
            format!("`{found}` is not what this machine can do"),
            format!("use {value}, or leave it out"),
        )
    }

    /// # Errors
    /// Something is left that nobody took.
    pub(super) fn finish(self) -> Result<(), TemplateError> {
        let Some(entry) = self.left.first() else {
            return Ok(());
        };
        let place = self.place.below(&entry.key, entry.line);
        let mend = match nearest(&entry.key, self.asked.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? If not, leave it out"),
            None => "leave it out".to_owned(),
        };
        place.refuse("this machine does not know what it would change", mend)
    }
}

impl<'s> Field<'s> {
    fn resolved(&self) -> Result<Node, TemplateError> {
        match self.scope.resolve(&self.node, &self.place)? {
            Some(node) => Ok(node),
            None => self
                .place
                .refuse("it has no value", "give one, or leave it out"),
        }
    }

    /// # Errors
    /// It is no single value, or one that AWS's reader would take for something else.
    pub(super) fn text(&self) -> Result<String, TemplateError> {
        let node = self.resolved()?;
        let place = self.place.on_line(node.line);
        match node.kind {
            Kind::Scalar { text, plain } if plain && is_nothing(&text) => {
                place.refuse("it has no value", "give one, or leave it out")
            }
            Kind::Scalar { text, plain } if plain && is_ambiguous(&text) => place.refuse(
                format!("AWS reads `{text}` as something else than it says"),
                format!("write it in quotes: \"{text}\""),
            ),
            Kind::Scalar { text, .. } => Ok(text),
            _ => place.refuse(
                format!("{} where a single value belongs", node.describe()),
                "write one value",
            ),
        }
    }

    pub(super) fn number(&self, range: RangeInclusive<i64>) -> Result<i64, TemplateError> {
        let text = self.text()?;
        match text.parse::<i64>() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => self.place.refuse(
                format!("`{text}` is out of range"),
                format!(
                    "give a whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            ),
        }
    }

    pub(super) fn flag(&self) -> Result<bool, TemplateError> {
        match self.text()?.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => self.place.refuse(
                format!("`{other}` is neither true nor false"),
                "write true or false",
            ),
        }
    }

    /// One of a few words.
    pub(super) fn word(&self, words: &[&'static str]) -> Result<&'static str, TemplateError> {
        let text = self.text()?;
        let known = words.iter().find(|word| **word == text);
        known.copied().ok_or_else(|| {
            self.place.error(
                format!("`{text}` is not allowed"),
                format!("use {}", words.join(" or ")),
            )
        })
    }

    pub(super) fn block(&self) -> Result<Block<'s>, TemplateError> {
        Block::open(self.scope, Some(&self.node), self.place.clone())
    }

    /// The items of a list; those that are `AWS::NoValue` are not there.
    pub(super) fn list(&self) -> Result<Vec<Field<'s>>, TemplateError> {
        let items = match &self.node.kind {
            Kind::List(items) => items.clone(),
            // A parameter may stand for a whole list.
            Kind::Call { .. } => self
                .resolved()?
                .as_list()
                .map(<[Node]>::to_vec)
                .unwrap_or_default(),
            _ => {
                return self.place.refuse(
                    format!("{} where a list belongs", self.node.describe()),
                    "write [a, b]",
                );
            }
        };
        let mut fields = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let place = self.place.item(index, item.line);
            if let Some(node) = self.scope.choose(item, &place)? {
                fields.push(Field {
                    scope: self.scope,
                    place,
                    node,
                });
            }
        }
        Ok(fields)
    }

    /// The value as JSON, scalars typed as they are written.
    pub(super) fn json(&self) -> Result<Value, TemplateError> {
        json(&self.resolved()?, &self.place)
    }

    /// The value of a property that holds JSON in a text.
    pub(super) fn json_text(&self) -> Result<Value, TemplateError> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|error| {
            self.place.error(
                format!("this is no JSON: {error}"),
                "write JSON in single quotes",
            )
        })
    }
}

fn json(node: &Node, place: &Place) -> Result<Value, TemplateError> {
    let place = place.on_line(node.line);
    Ok(match &node.kind {
        Kind::Scalar { text, plain: false } => Value::from(text.as_str()),
        Kind::Scalar { text, .. } if is_nothing(text) => Value::Null,
        Kind::Scalar { text, .. } if is_ambiguous(text) => {
            return place.refuse(
                format!("AWS reads `{text}` as something else than it says"),
                format!("write it in quotes: \"{text}\""),
            );
        }
        Kind::Scalar { text, .. } => match text.as_str() {
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            other => other
                .parse()
                .map_or_else(|_| Value::from(other), Value::Number),
        },
        Kind::List(items) => {
            let numbered = items.iter().enumerate();
            let values = numbered.map(|(index, item)| json(item, &place.item(index, item.line)));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        Kind::Map(entries) => {
            let values = entries.iter().map(|entry| {
                let place = place.below(&entry.key, entry.line);
                Ok((entry.key.clone(), json(&entry.value, &place)?))
            });
            Value::Object(values.collect::<Result<_, _>>()?)
        }
        // Everything has been resolved before.
        Kind::Call { function, .. } => {
            return place.refuse(format!("{function} cannot stand here"), "write the value");
        }
    })
}
