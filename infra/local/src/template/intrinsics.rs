//! The intrinsic functions that give a value: Ref, GetAtt, Sub and Join.
//! It must not know which property asks.

use super::TemplateError;
use super::error::Place;
use super::node::{Kind, Node};
use super::scope::Scope;

impl Scope {
    /// The value of an intrinsic other than `Fn::If`.
    pub(super) fn call(
        &self,
        function: &str,
        argument: &Node,
        place: &Place,
    ) -> Result<Node, TemplateError> {
        match function {
            "Ref" => self.reference(word(argument, function, place)?, place),
            "Fn::GetAtt" => self.attribute_of(argument, place),
            "Fn::Sub" => self.substitute(argument, place),
            "Fn::Join" => self.join(argument, place),
            other => place.refuse(
                format!("{other} is not one of the functions this machine knows"),
                "use Ref, GetAtt, Sub, Join or If",
            ),
        }
    }

    fn reference(&self, name: &str, place: &Place) -> Result<Node, TemplateError> {
        let line = place.line;
        if let Some(node) = self
            .pseudo(name, line)
            .or_else(|| self.parameters.value(name, line))
        {
            return Ok(node);
        }
        let thing = self.thing(name, place)?;
        Ok(Node::text(line, thing.reference(&self.region)))
    }

    fn attribute_of(&self, argument: &Node, place: &Place) -> Result<Node, TemplateError> {
        let (name, attribute) = split_attribute(argument).ok_or_else(|| {
            place.error(
                "GetAtt takes a resource and an attribute",
                "write !GetAtt Table.Arn",
            )
        })?;
        self.attribute(&name, &attribute, place)
            .map(|text| Node::text(place.line, text))
    }

    fn attribute(
        &self,
        name: &str,
        attribute: &str,
        place: &Place,
    ) -> Result<String, TemplateError> {
        let thing = self.thing(name, place)?;
        thing
            .attribute(attribute, &self.region, &self.url_base)
            .ok_or_else(|| {
                let kind = &thing.kind;
                place.error(
                    format!("`{name}`, {kind}, has no attribute `{attribute}` on this machine"),
                    format!("use {}", thing.attributes()),
                )
            })
    }

    /// `${Name}`, `${Name.Attribute}`, `${!Literal}`, with names of its own in the second form.
    fn substitute(&self, argument: &Node, place: &Place) -> Result<Node, TemplateError> {
        let (text, own) = match &argument.kind {
            Kind::Scalar { text, .. } => (text.as_str(), None),
            Kind::List(items) => match items.as_slice() {
                [text, own] if text.as_text().is_some() && own.as_map().is_some() => {
                    (text.as_text().unwrap_or_default(), Some(own))
                }
                _ => return place.refuse("Sub takes a text, or a text and a map", SUB_MEND),
            },
            _ => return place.refuse("Sub takes a text, or a text and a map", SUB_MEND),
        };
        let mut whole = String::new();
        for part in parts(text) {
            match part {
                Part::Text(text) => whole.push_str(text),
                Part::Name(name) => {
                    let value = match own.and_then(|own| own.get(name)) {
                        Some(node) => self.resolve(node, place)?,
                        None => Some(match name.split_once('.') {
                            Some((resource, attribute)) => {
                                Node::text(place.line, self.attribute(resource, attribute, place)?)
                            }
                            None => self.reference(name, place)?,
                        }),
                    };
                    let Some(value) = value.as_ref().and_then(Node::as_text) else {
                        return place.refuse(format!("${{{name}}} is no text"), SUB_MEND);
                    };
                    whole.push_str(value);
                }
            }
        }
        Ok(Node::text(place.line, whole))
    }

    fn join(&self, argument: &Node, place: &Place) -> Result<Node, TemplateError> {
        const MEND: &str = r#"write !Join [", ", [a, b]]"#;
        let Some([delimiter, list]) = argument.as_list() else {
            return place.refuse("Join takes a delimiter and a list", MEND);
        };
        let (Some(delimiter), Some(list)) = (delimiter.as_text(), self.resolve(list, place)?)
        else {
            return place.refuse("Join takes a delimiter and a list", MEND);
        };
        let texts = list
            .as_list()
            .and_then(|items| items.iter().map(Node::as_text).collect::<Option<Vec<_>>>());
        match texts {
            Some(texts) => Ok(Node::text(place.line, texts.join(delimiter))),
            None => place.refuse("Join takes a list of texts", MEND),
        }
    }
}

const SUB_MEND: &str = "write !Sub text-${Name}, or !Sub [text-${Own}, {Own: value}]";

/// The argument of a function that takes one name.
pub(super) fn word<'n>(
    argument: &'n Node,
    function: &str,
    place: &Place,
) -> Result<&'n str, TemplateError> {
    match argument.as_text() {
        Some(name) => Ok(name),
        None => place.refuse(
            format!("{function} takes a name, not {}", argument.describe()),
            "write one name after it",
        ),
    }
}

/// The resource and the attribute of a `Fn::GetAtt`, in either spelling.
pub(super) fn split_attribute(argument: &Node) -> Option<(String, String)> {
    match &argument.kind {
        Kind::Scalar { text, .. } => text
            .split_once('.')
            .map(|(name, attribute)| (name.to_owned(), attribute.to_owned())),
        Kind::List(items) => match items.as_slice() {
            [name, attribute] => {
                Some((name.as_text()?.to_owned(), attribute.as_text()?.to_owned()))
            }
            _ => None,
        },
        _ => None,
    }
}

/// A piece of the text under `Fn::Sub`.
pub(super) enum Part<'t> {
    Text(&'t str),
    Name(&'t str),
}

/// Takes a text under `Fn::Sub` apart. A `$` or a brace that opens no name stands for itself.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        parts.push(Part::Text(before));
        match name.strip_prefix('!') {
            // `${!Name}` is how a template writes `${Name}` itself.
            Some(literal) => parts.extend(["${", literal, "}"].map(Part::Text)),
            None => parts.push(Part::Name(name.trim())),
        }
        rest = behind;
    }
    parts.push(Part::Text(rest));
    parts
}
