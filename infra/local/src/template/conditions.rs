//! Conditions: settled once, before any resource is read.
//! It must not know what they leave out.

use std::collections::BTreeMap;

use super::TemplateError;
use super::error::Place;
use super::intrinsics::word;
use super::node::{Entry, Kind, Node};
use super::scope::Scope;

/// Every condition by name, and whether it holds.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    holds: BTreeMap<String, bool>,
}

impl Conditions {
    /// # Errors
    /// A condition is no condition, names one that is not there, or itself.
    pub(super) fn read(section: Option<&Node>, scope: &Scope) -> Result<Self, TemplateError> {
        let declared = section.and_then(Node::as_map).unwrap_or_default();
        let mut reading = Reading {
            declared,
            scope,
            holds: BTreeMap::new(),
            under_way: Vec::new(),
        };
        for entry in declared {
            let place = Place::new(entry.line, "Conditions");
            reading.named(&entry.key, &place)?;
        }
        Ok(Self {
            holds: reading.holds,
        })
    }

    /// Whether a condition holds.
    ///
    /// # Errors
    /// There is none of that name.
    pub(super) fn holds(&self, name: &str, place: &Place) -> Result<bool, TemplateError> {
        self.holds
            .get(name)
            .copied()
            .ok_or_else(|| unknown(name, place))
    }

    /// The branch of a `Fn::If` that holds.
    ///
    /// # Errors
    /// It is not a condition and two values, or there is no such condition.
    pub(super) fn branch<'n>(
        &self,
        argument: &'n Node,
        place: &Place,
    ) -> Result<&'n Node, TemplateError> {
        let Some([condition, then, otherwise]) = argument.as_list() else {
            return place.refuse(
                "If takes a condition and two values",
                "write !If [Condition, value, other value]",
            );
        };
        let holds = self.holds(word(condition, "Fn::If", place)?, place)?;
        Ok(if holds { then } else { otherwise })
    }
}

struct Reading<'t> {
    declared: &'t [Entry],
    scope: &'t Scope,
    holds: BTreeMap<String, bool>,
    /// Names between the condition asked for and the one being read.
    under_way: Vec<&'t str>,
}

impl<'t> Reading<'t> {
    fn named(&mut self, name: &str, place: &Place) -> Result<bool, TemplateError> {
        if let Some(holds) = self.holds.get(name) {
            return Ok(*holds);
        }
        let Some(entry) = self.declared.iter().find(|entry| entry.key == name) else {
            return Err(unknown(name, place));
        };
        if self.under_way.contains(&name) {
            return place.refuse(format!("`{name}` depends on itself"), "break the circle");
        }
        self.under_way.push(&entry.key);
        let place = Place::new(entry.line, "Conditions").below(name, entry.line);
        let holds = self.evaluate(&entry.value, &place)?;
        self.under_way.pop();
        self.holds.insert(name.to_owned(), holds);
        Ok(holds)
    }

    fn evaluate(&mut self, node: &Node, place: &Place) -> Result<bool, TemplateError> {
        let place = place.on_line(node.line);
        match &node.kind {
            Kind::Call { function, argument } => self.function(function, argument, &place),
            // The long spelling of !Condition.
            Kind::Map(entries) => match entries.as_slice() {
                [only] if only.key == "Condition" => {
                    self.function("Condition", &only.value, &place)
                }
                _ => not_a_condition(node, &place),
            },
            _ => not_a_condition(node, &place),
        }
    }

    fn function(
        &mut self,
        function: &str,
        argument: &Node,
        place: &Place,
    ) -> Result<bool, TemplateError> {
        let items = argument.as_list().unwrap_or_default();
        match function {
            "Condition" => self.named(word(argument, function, place)?, place),
            "Fn::Equals" => match items {
                [left, right] => Ok(self.text(left, place)? == self.text(right, place)?),
                _ => place.refuse(
                    "Equals takes two values",
                    "write !Equals [!Ref Parameter, value]",
                ),
            },
            "Fn::Not" => match items {
                [only] => Ok(!self.evaluate(only, place)?),
                _ => place.refuse(
                    "Not takes a list of one condition",
                    "write !Not [condition]",
                ),
            },
            "Fn::And" | "Fn::Or" if (2..=10).contains(&items.len()) => {
                let all = items.iter().map(|item| self.evaluate(item, place));
                let all: Vec<bool> = all.collect::<Result<_, _>>()?;
                Ok(if function == "Fn::And" {
                    all.iter().all(|holds| *holds)
                } else {
                    all.contains(&true)
                })
            }
            "Fn::And" | "Fn::Or" => place.refuse(
                format!("{function} takes 2 to 10 conditions"),
                "write !And [one, other]",
            ),
            other => place.refuse(
                format!("{other} is no condition"),
                "use Equals, Not, And, Or or Condition",
            ),
        }
    }

    fn text(&self, node: &Node, place: &Place) -> Result<String, TemplateError> {
        // CloudFormation settles conditions before any resource is there.
        let resolved = self.scope.resolve(node, place)?;
        match resolved.as_ref().and_then(Node::as_text) {
            Some(text) => Ok(text.to_owned()),
            None => place.refuse(
                "Equals compares texts",
                "give a text or a !Ref to a parameter",
            ),
        }
    }
}

fn unknown(name: &str, place: &Place) -> TemplateError {
    place.error(
        format!("there is no condition `{name}`"),
        "declare it under Conditions",
    )
}

fn not_a_condition(node: &Node, place: &Place) -> Result<bool, TemplateError> {
    place.refuse(
        format!("{} is no condition", node.describe()),
        "write such as !Equals [!Ref Parameter, value]",
    )
}
