//! From text to a tree of nodes: what YAML allows and CloudFormation does not is refused here.
//! It must not know what a resource is.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::TemplateError;
use super::error::Place;
use super::node::{Entry, Kind, Node};

/// Deeper than any template, and shallow enough for what walks it by recursion.
const MAX_LEVELS: usize = 100;

/// A list or map whose end has not come yet.
struct Open {
    line: usize,
    tag: Option<String>,
    filling: Filling,
}

enum Filling {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<(String, usize)>,
    },
}

pub(super) fn parse(text: &str) -> Result<Node, TemplateError> {
    let mut parser = Parser::new_from_str(text);
    let mut tree = Tree::default();
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| broken(&error))?;
        tree.take(event, &Place::new(span.start.line(), "template"))?;
    }
    tree.whole.ok_or_else(|| {
        let place = Place::new(1, "template");
        place.error("there is nothing in it", "give the text of a SAM template")
    })
}

/// The tree as far as it has been read.
#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    whole: Option<Node>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, place: &Place) -> Result<(), TemplateError> {
        match event {
            Event::Scalar(text, style, _, tag) => {
                let is_text = tag.as_deref().is_some_and(is_string);
                let kind = Kind::Scalar {
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain && !is_text,
                };
                let tag = intrinsic(tag.as_deref(), place)?;
                self.finish(place.line, kind, tag)
            }
            Event::SequenceStart(_, tag) => {
                self.begin(Filling::List(Vec::new()), tag.as_deref(), place)
            }
            Event::MappingStart(_, tag) => {
                let filling = Filling::Map {
                    entries: Vec::new(),
                    key: None,
                };
                self.begin(filling, tag.as_deref(), place)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let kind = match open.filling {
                        Filling::List(items) => Kind::List(items),
                        Filling::Map { entries, .. } => long_form(entries),
                    };
                    self.finish(open.line, kind, open.tag)
                }
                None => Ok(()),
            },
            Event::Alias(_) => place.refuse(
                "an alias, which CloudFormation does not take",
                "write the value out",
            ),
            Event::DocumentStart(_) if self.whole.is_some() => {
                place.refuse("a second document", "keep one template in the file")
            }
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        filling: Filling,
        tag: Option<&Tag>,
        place: &Place,
    ) -> Result<(), TemplateError> {
        if self.open.len() == MAX_LEVELS {
            return place.refuse(
                format!("nesting deeper than {MAX_LEVELS} levels"),
                "write it flatter",
            );
        }
        self.open.push(Open {
            line: place.line,
            tag: intrinsic(tag, place)?,
            filling,
        });
        Ok(())
    }

    fn finish(
        &mut self,
        line: usize,
        kind: Kind,
        tag: Option<String>,
    ) -> Result<(), TemplateError> {
        let node = tagged(Node { line, kind }, tag);
        match self.open.last_mut() {
            Some(around) => add(around, node)?,
            None => self.whole = Some(node),
        }
        Ok(())
    }
}

fn add(around: &mut Open, node: Node) -> Result<(), TemplateError> {
    match &mut around.filling {
        Filling::List(items) => items.push(node),
        Filling::Map { entries, key } => match key.take() {
            Some((key, line)) => entries.push(Entry {
                key,
                line,
                value: node,
            }),
            None => *key = Some(name(entries, &node)?),
        },
    }
    Ok(())
}

/// A node as the key of the next entry.
fn name(entries: &[Entry], node: &Node) -> Result<(String, usize), TemplateError> {
    let place = Place::new(node.line, "template");
    let Some(text) = node.as_text() else {
        return place.refuse(format!("{} as a key", node.describe()), "use a plain name");
    };
    if text == "<<" {
        return place.refuse(
            "a merge key, which CloudFormation does not take",
            "write the entries out",
        );
    }
    if let Some(first) = entries.iter().find(|entry| entry.key == text) {
        return place.refuse(
            format!(
                "`{text}` a second time; it stands on line {} already",
                first.line
            ),
            "keep one of the two",
        );
    }
    Ok((text.to_owned(), node.line))
}

/// `{"Ref": …}` and `{"Fn::…": …}` are the long spelling of an intrinsic.
fn long_form(mut entries: Vec<Entry>) -> Kind {
    let is_call = |entry: &Entry| entry.key == "Ref" || entry.key.starts_with("Fn::");
    match entries.as_slice() {
        [only] if is_call(only) => {
            let Entry { key, value, .. } = entries.remove(0);
            Kind::Call {
                function: key,
                argument: Box::new(value),
            }
        }
        _ => Kind::Map(entries),
    }
}

fn tagged(node: Node, function: Option<String>) -> Node {
    match function {
        Some(function) => Node {
            line: node.line,
            kind: Kind::Call {
                function,
                argument: Box::new(node),
            },
        },
        None => node,
    }
}

/// The long name of the intrinsic that a tag is short for.
fn intrinsic(tag: Option<&Tag>, place: &Place) -> Result<Option<String>, TemplateError> {
    match tag {
        None => Ok(None),
        Some(tag) if is_string(tag) => Ok(None),
        Some(tag) if tag.handle == "!" => Ok(Some(match tag.suffix.as_str() {
            short @ ("Ref" | "Condition") => short.to_owned(),
            short => format!("Fn::{short}"),
        })),
        Some(tag) => place.refuse(
            format!("the tag {}{}", tag.handle, tag.suffix),
            "CloudFormation takes the tags of its own functions only, such as !Ref",
        ),
    }
}

fn is_string(tag: &Tag) -> bool {
    tag.is_yaml_core_schema() && tag.suffix == "str"
}

fn broken(error: &ScanError) -> TemplateError {
    Place::new(error.marker().line(), "template").error(
        format!("this is no YAML: {}", error.info()),
        "mend it at this line",
    )
}
