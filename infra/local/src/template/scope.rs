//! What names mean while one template is read: settings, parameters, conditions and resources.
//! It must not know what a property is for.

use std::collections::BTreeMap;

use super::TemplateError;
use super::conditions::Conditions;
use super::error::{Place, nearest};
use super::names::Thing;
use super::node::{Entry, Kind, Node};
use super::parameters::Parameters;
use crate::arn::{ACCOUNT, Region};

/// Everything a name can stand for.
pub(super) struct Scope {
    pub(super) region: Region,
    pub(super) url_base: String,
    pub(super) parameters: Parameters,
    pub(super) conditions: Conditions,
    /// By logical id, those that conditions leave out too, with what SAM makes beside them.
    pub(super) things: BTreeMap<String, Thing>,
}

impl Scope {
    /// The value of a pseudo parameter.
    pub(super) fn pseudo(&self, name: &str, line: usize) -> Option<Node> {
        let region = &self.region.0;
        let text = match name {
            "AWS::Region" => region.clone(),
            "AWS::AccountId" => ACCOUNT.to_owned(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => "local".to_owned(),
            "AWS::StackId" => {
                format!("arn:aws:cloudformation:{region}:{ACCOUNT}:stack/local/0")
            }
            "AWS::NotificationARNs" => {
                let kind = Kind::List(Vec::new());
                return Some(Node { line, kind });
            }
            _ => return None,
        };
        Some(Node::text(line, text))
    }

    /// A resource that is there, for `Ref` and `Fn::GetAtt`.
    ///
    /// # Errors
    /// There is none of that name, or its condition leaves it out.
    pub(super) fn thing(&self, name: &str, place: &Place) -> Result<&Thing, TemplateError> {
        match self.things.get(name) {
            Some(thing) if thing.is_there => Ok(thing),
            Some(_) => place.refuse(
                format!("`{name}` is left out by its condition"),
                "guard this with the same condition, by !If",
            ),
            None => place.refuse(
                format!("`{name}` is neither parameter nor resource"),
                self.mend_for(name),
            ),
        }
    }

    fn mend_for(&self, name: &str) -> String {
        let known = self.things.keys().chain(self.parameters.names());
        match nearest(name, known.map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "use a name from Parameters or Resources".to_owned(),
        }
    }

    /// Follows `Fn::If` to the branch that holds; `None` for `AWS::NoValue`. Other intrinsics stay as they are.
    pub(super) fn choose(&self, node: &Node, place: &Place) -> Result<Option<Node>, TemplateError> {
        let mut node = node;
        loop {
            match &node.kind {
                Kind::Call { function, argument } if function == "Fn::If" => {
                    node = self
                        .conditions
                        .branch(argument, &place.on_line(node.line))?;
                }
                Kind::Call { function, argument }
                    if function == "Ref" && argument.as_text() == Some("AWS::NoValue") =>
                {
                    return Ok(None);
                }
                _ => return Ok(Some(node.clone())),
            }
        }
    }

    /// Resolves every intrinsic within a node; `None` for `AWS::NoValue`.
    pub(super) fn resolve(
        &self,
        node: &Node,
        place: &Place,
    ) -> Result<Option<Node>, TemplateError> {
        let Some(chosen) = self.choose(node, place)? else {
            return Ok(None);
        };
        let place = place.on_line(chosen.line);
        let kind = match chosen.kind {
            Kind::Call { function, argument } => {
                return self.call(&function, &argument, &place).map(Some);
            }
            Kind::List(items) => {
                let mut resolved = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    resolved.extend(self.resolve(item, &place.item(index, item.line))?);
                }
                Kind::List(resolved)
            }
            Kind::Map(entries) => {
                let mut resolved = Vec::with_capacity(entries.len());
                for entry in entries {
                    if let Some(value) =
                        self.resolve(&entry.value, &place.below(&entry.key, entry.line))?
                    {
                        resolved.push(Entry { value, ..entry });
                    }
                }
                Kind::Map(resolved)
            }
            scalar @ Kind::Scalar { .. } => scalar,
        };
        let line = chosen.line;
        Ok(Some(Node { line, kind }))
    }
}
