//! `wildcard`: a string with `*` for any characters, and how many of them one field may have.
//! It knows nothing of the other operators.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::matcher::Matcher;
use crate::{Alternative, Invalid};

/// How many beginnings of wildcards one value may match at the same time. AWS does not publish its limit; this is the one that
/// Event Ruler's documentation names, and it agrees with refusals reported in public
/// (three times `*:stack/NAME/*` on one field is taken, four times is "too complex").
const MAX_COMPLEXITY: usize = 10;

/// States are explored up to this many; what is not settled by then counts as too complex.
const MAX_STATES: usize = 20_000;

/// Pieces of exact text; any characters may stand between two of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wildcard {
    pieces: Vec<String>,
}

impl Wildcard {
    /// Reads `*` as any characters, `\*` as a star and `\\` as a backslash.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = vec![String::new()];
        let mut after_star = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let star = character == '*';
            if star && after_star {
                return Err("it has two `*` in a row".to_owned());
            }
            after_star = star;
            let literal = match character {
                '*' => {
                    pieces.push(String::new());
                    continue;
                }
                '\\' => match characters.next() {
                    Some(escaped @ ('*' | '\\')) => escaped,
                    _ => return Err("its `\\` stands before neither `*` nor `\\`".to_owned()),
                },
                other => other,
            };
            if let Some(piece) = pieces.last_mut() {
                piece.push(literal);
            }
        }
        Ok(Self { pieces })
    }

    /// Whether all of `text` is of this form.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return self.pieces.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text
            .strip_prefix(first.as_str())
            .and_then(|rest| rest.strip_suffix(last.as_str()))
        else {
            return false;
        };
        for piece in middle {
            // The leftmost place leaves the most for the pieces after it.
            let Some((_, after)) = rest.split_once(piece.as_str()) else {
                return false;
            };
            rest = after;
        }
        true
    }
}

/// Refuses a pattern in which the wildcards of one field overlap too much.
///
/// # Errors
/// [`Invalid`] names the field.
pub(crate) fn check_complexity(alternatives: &[Alternative]) -> Result<(), Invalid> {
    let mut by_field: BTreeMap<&str, Vec<Vec<&Wildcard>>> = BTreeMap::new();
    for (field, matchers) in alternatives.iter().flatten() {
        for matcher in matchers.iter() {
            let group = wildcards(matcher);
            let groups = by_field.entry(field).or_default();
            if !group.is_empty() && !groups.contains(&group) {
                groups.push(group);
            }
        }
    }
    for (field, groups) in by_field {
        if too_complex(&groups) {
            return Err(Invalid {
                path: field.to_owned(),
                problem: "its wildcards are too complex for EventBridge".to_owned(),
                mend: "use fewer `*`, repeat less text after them, or use `prefix` and `suffix`"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

fn wildcards(matcher: &Matcher) -> Vec<&Wildcard> {
    match matcher {
        Matcher::Wildcard(wildcard) => vec![wildcard],
        Matcher::AnythingBut(refused) => refused.iter().flat_map(wildcards).collect(),
        _ => Vec::new(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Byte(u8),
    Star,
}

/// A beginning shared by the wildcards of one group.
#[derive(Default)]
struct Node {
    next: BTreeMap<Token, usize>,
    is_star: bool,
}

/// Follows every possible value through all wildcards at once and counts the beginnings that match at the same time.
fn too_complex(groups: &[Vec<&Wildcard>]) -> bool {
    let (nodes, roots) = beginnings(groups);
    let used = nodes.iter().flat_map(|node| node.next.keys());
    let mut alphabet: BTreeSet<u8> = used
        .filter_map(|token| match token {
            Token::Byte(byte) => Some(*byte),
            Token::Star => None,
        })
        .collect();
    // A zero byte stands for any character that no wildcard names.
    alphabet.insert(0);
    let mut seen = HashSet::from([roots.clone()]);
    let mut waiting = vec![roots];
    while let Some(active) = waiting.pop() {
        for byte in &alphabet {
            let next = step(&nodes, &active, *byte);
            if next.len() > MAX_COMPLEXITY || seen.len() > MAX_STATES {
                return true;
            }
            if seen.insert(next.clone()) {
                waiting.push(next);
            }
        }
    }
    false
}

/// One tree per group; the groups' roots. Values are compared with their quotes, as Event Ruler does.
fn beginnings(groups: &[Vec<&Wildcard>]) -> (Vec<Node>, BTreeSet<usize>) {
    let mut nodes: Vec<Node> = Vec::new();
    let mut roots = BTreeSet::new();
    for group in groups {
        let root = nodes.len();
        nodes.push(Node::default());
        roots.insert(root);
        for wildcard in group {
            let mut at = root;
            for token in tokens(wildcard) {
                let fresh = nodes.len();
                at = *nodes[at].next.entry(token).or_insert(fresh);
                if at == fresh {
                    let is_star = token == Token::Star;
                    nodes.push(Node {
                        is_star,
                        ..Node::default()
                    });
                }
            }
        }
    }
    (nodes, roots)
}

fn tokens(wildcard: &Wildcard) -> impl Iterator<Item = Token> {
    let pieces = wildcard.pieces.iter().enumerate();
    let inside = pieces.flat_map(|(index, piece)| {
        let star = (index > 0).then_some(Token::Star);
        star.into_iter().chain(piece.bytes().map(Token::Byte))
    });
    let quote = || std::iter::once(Token::Byte(b'"'));
    quote().chain(inside).chain(quote())
}

fn step(nodes: &[Node], active: &BTreeSet<usize>, byte: u8) -> BTreeSet<usize> {
    let mut next = BTreeSet::new();
    for &at in active {
        if nodes[at].is_star {
            next.insert(at);
        }
        if let Some(&child) = nodes[at].next.get(&Token::Byte(byte)) {
            next.insert(child);
            next.extend(nodes[child].next.get(&Token::Star));
        }
    }
    next
}
