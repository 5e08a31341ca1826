//! Decides which YAML is taken: one document of plain maps, lists and values, without the traps of the format.
//! It must not know what the values mean.

use std::collections::BTreeSet;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{Key, MAX_FILE_BYTES, Node, NodeKind};
use crate::problem::{At, Sink};

const MAX_DEPTH: usize = 32;

/// Words that one YAML reader takes for true or false and the next for a text.
const SWITCH_WORDS: [&str; 12] = [
    "y", "yes", "n", "no", "on", "off", "Yes", "No", "On", "Off", "Y", "N",
];

/// The tree of a file. What is refused is told to `sink` and left out; `None` when nothing can be read.
pub(crate) fn parse(text: &str, sink: Sink<'_>) -> Option<Node> {
    if text.len() > MAX_FILE_BYTES {
        let message = format!("the file is larger than {} KB", MAX_FILE_BYTES / 1024);
        sink.error(
            "V23",
            At::START,
            message,
            "split the workflow, or move long texts to mails and runbooks",
        );
        return None;
    }
    if !refuse_bytes(text, sink) {
        return None;
    }
    Builder {
        sink,
        stack: Vec::new(),
        root: None,
        documents: 0,
    }
    .build(text)
}

/// Tabs before a line's content and characters that no editor shows make a file mean something else than it looks.
fn refuse_bytes(text: &str, sink: Sink<'_>) -> bool {
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let tab = line.bytes().take(indent).position(|byte| byte == b'\t');
        if let Some(column) = tab.filter(|_| indent < line.len()) {
            let at = At {
                line: number + 1,
                column: column + 1,
                width: 1,
            };
            sink.error(
                "V25",
                at,
                "this line is indented with a tab",
                "indent with spaces",
            );
            return false;
        }
        if let Some(column) = line
            .chars()
            .position(|c| c == '\u{fffd}' || (c.is_control() && c != '\t'))
        {
            let at = At {
                line: number + 1,
                column: column + 1,
                width: 1,
            };
            sink.error(
                "V25",
                at,
                "this line holds a character that is no text",
                "save the file as UTF-8 and remove it",
            );
            return false;
        }
    }
    true
}

enum Open {
    List {
        at: At,
        items: Vec<Node>,
    },
    Map {
        at: At,
        entries: Vec<(Key, Node)>,
        keys: BTreeSet<String>,
        key: Option<Slot>,
        broken: bool,
    },
}

/// Where the next value of a map goes.
enum Slot {
    Under(Key),
    /// Its key is there already; the value is read and dropped.
    Nowhere,
    /// Its key was refused and told; what is under it is not judged.
    Refused(Key),
}

struct Builder<'a> {
    sink: Sink<'a>,
    stack: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

impl Builder<'_> {
    fn build(mut self, text: &str) -> Option<Node> {
        let mut parser = Parser::new_from_str(text);
        loop {
            match parser.next_event() {
                None | Some(Ok((Event::StreamEnd, _))) => break,
                Some(Ok((event, span))) => {
                    if !self.take(event, span) {
                        return None;
                    }
                }
                Some(Err(error)) => {
                    let mark = error.marker();
                    let at = At {
                        line: mark.line().max(1),
                        column: mark.col() + 1,
                        width: 1,
                    };
                    let message = format!("this can not be read as YAML: {}", error.info());
                    self.sink.error(
                        "V25",
                        at,
                        message,
                        "look just before this place: a text with `: ` or `{` needs quotes, brackets close, lines of a list begin below each other",
                    );
                    return None;
                }
            }
        }
        if self.root.is_none() {
            self.sink.error(
                "V25",
                At::START,
                "the file is empty",
                "fill it, or delete it",
            );
        }
        self.root
    }

    /// Whether reading may go on.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let at = place(span);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.sink.error(
                        "V25",
                        at,
                        "a second document begins here",
                        "keep one document per file; remove the line `---`",
                    );
                    return false;
                }
            }
            Event::Scalar(text, style, _, tag) => {
                let mut node = self.scalar(text.into_owned(), style, at);
                if tag.is_some() {
                    node = self.refuse(
                        at,
                        "tags such as `!!str` are not read",
                        "put a text in quotes instead",
                    );
                }
                self.value(node);
            }
            Event::Alias(_) => {
                let node = self.refuse(
                    at,
                    "aliases (`*name`) are not read: a line must say what it means",
                    "write the value out",
                );
                self.value(node);
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if self.stack.len() >= MAX_DEPTH => {
                let message = format!("this is nested deeper than {MAX_DEPTH} levels");
                self.sink.error(
                    "V23",
                    at,
                    message,
                    "no workspace file needs that; is a bracket missing?",
                );
                return false;
            }
            Event::SequenceStart(..) => self.stack.push(Open::List {
                at,
                items: Vec::new(),
            }),
            Event::MappingStart(..) => {
                self.stack.push(Open::Map {
                    at,
                    entries: Vec::new(),
                    keys: BTreeSet::new(),
                    key: None,
                    broken: false,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.stack.pop() {
                    Some(Open::List { at, items }) => Node {
                        at,
                        kind: NodeKind::List(items),
                    },
                    Some(Open::Map {
                        at, broken: true, ..
                    }) => Node {
                        at,
                        kind: NodeKind::Broken,
                    },
                    Some(Open::Map { at, entries, .. }) => Node {
                        at,
                        kind: NodeKind::Map(entries),
                    },
                    None => return false,
                };
                self.value(node);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        true
    }

    fn scalar(&self, text: String, style: ScalarStyle, at: At) -> Node {
        let quoted = style != ScalarStyle::Plain;
        let upper = text.to_ascii_uppercase();
        if !quoted
            && (SWITCH_WORDS.contains(&text.as_str())
                || (text == upper && SWITCH_WORDS.contains(&text.to_ascii_lowercase().as_str())))
        {
            let message =
                format!("some readers of YAML take `{text}` for true or false, others for a text");
            return self.refuse(
                at,
                message,
                format!("write `true` or `false`, or the text in quotes: \"{text}\""),
            );
        }
        Node {
            at,
            kind: NodeKind::Scalar { text, quoted },
        }
    }

    fn refuse(&self, at: At, message: impl Into<String>, help: impl Into<String>) -> Node {
        self.sink.error("V25", at, message, help);
        Node {
            at,
            kind: NodeKind::Broken,
        }
    }

    /// Puts a finished value where it belongs: the next key, the value of that key, a list, or the top.
    fn value(&mut self, node: Node) {
        let sink = self.sink;
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map {
                entries,
                keys,
                key,
                broken,
                ..
            }) => match key.take() {
                None => *key = Some(slot(node, keys, broken, sink)),
                Some(Slot::Under(name)) => entries.push((name, node)),
                Some(Slot::Nowhere) => {}
                Some(Slot::Refused(name)) => entries.push((
                    name,
                    Node {
                        at: node.at,
                        kind: NodeKind::Broken,
                    },
                )),
            },
        }
    }
}

fn slot(node: Node, keys: &mut BTreeSet<String>, broken: &mut bool, sink: Sink<'_>) -> Slot {
    match node.kind {
        NodeKind::Scalar { text, .. } if keys.insert(text.clone()) => {
            Slot::Under(Key { at: node.at, text })
        }
        NodeKind::Scalar { text, .. } => {
            sink.error(
                "V25",
                node.at,
                format!("the key `{text}` is here twice"),
                "keep one of the two; only one would count",
            );
            Slot::Nowhere
        }
        NodeKind::Broken => Slot::Refused(Key {
            at: node.at,
            text: String::new(),
        }),
        NodeKind::List(_) | NodeKind::Map(_) => {
            *broken = true;
            sink.error(
                "V25",
                node.at,
                "a key must be a single word",
                "text with braces needs quotes: \"{{ client.name }}\"",
            );
            Slot::Nowhere
        }
    }
}

fn place(span: Span) -> At {
    let (start, end) = (span.start, span.end);
    let width = if start.line() == end.line() {
        end.col().saturating_sub(start.col())
    } else {
        1
    };
    At {
        line: start.line().max(1),
        column: start.col() + 1,
        width: width.max(1),
    }
}
