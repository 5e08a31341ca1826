//! Searches one event for values that meet all fields of one alternative at once.
//! It decides which array elements belong together and must not know what a condition means.

use std::collections::HashSet;

use serde_json::Value;

use crate::Alternative;
use crate::matcher::Matcher;

/// "This array is looked at in this element, and in no other." Arrays are told apart by where their elements lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Choice {
    array: usize,
    element: usize,
    /// The array's own name is this many bytes of the dotted name under which it was found.
    name_bytes: usize,
}

/// Choices made on the way to a value, linked to the ones before, so that a fork costs nothing.
struct Link {
    choice: Choice,
    before: Option<usize>,
}

/// Whether every field holds, all found in the same element of any array that they share.
///
/// Fields are taken in the order of their names, as Event Ruler takes them: `exists: false` looks only at elements that
/// fields earlier in that order have chosen. No recursion on the event, so its depth does not matter.
pub(crate) fn all_hold(fields: &Alternative, event: &Value) -> bool {
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    let mut worlds: HashSet<Vec<Choice>> = HashSet::from([Vec::new()]);
    for (position, (name, matchers)) in fields.iter().enumerate() {
        let ahead = &names[position + 1..];
        let mut next = HashSet::new();
        for world in &worlds {
            let mut walk = Walk::new(name, world);
            let mut found_any = false;
            walk.each_value(event, |value, link, links| {
                found_any = true;
                if matchers.iter().any(|matcher| matcher.accepts(value)) {
                    next.insert(still_needed(name, world, link, links, ahead));
                }
            });
            if !found_any && matchers.contains(&Matcher::Absent) {
                next.insert(still_needed(name, world, None, &[], ahead));
            }
        }
        if next.is_empty() {
            return false;
        }
        worlds = next;
    }
    true
}

/// The choices that can still bind a field ahead. Dropping the others keeps the number of worlds
/// from multiplying over arrays that have nothing to do with each other.
fn still_needed(
    name: &str,
    world: &[Choice],
    mut link: Option<usize>,
    links: &[Link],
    ahead: &[&str],
) -> Vec<Choice> {
    let mut choices = world.to_vec();
    while let Some(Link { choice, before }) = link.map(|index| &links[index]) {
        choices.push(*choice);
        link = *before;
    }
    choices.retain(|choice| {
        // Names come sorted: one between two that begin with the array's name begins with it too.
        let array_name = name.get(..choice.name_bytes);
        array_name.is_some_and(|array| {
            ahead.iter().any(|other| {
                other
                    .strip_prefix(array)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })
    });
    choices.sort_unstable_by_key(|choice| choice.array);
    choices
}

/// One walk to all values of one field that agree with the choices of a world.
struct Walk<'n> {
    name: &'n str,
    world: &'n [Choice],
    links: Vec<Link>,
}

/// A value on the way: what is left of the name, or `None` at its end, and the choices so far.
type Stop<'e, 'n> = (&'e Value, Option<&'n str>, Option<usize>);

impl<'n> Walk<'n> {
    fn new(name: &'n str, world: &'n [Choice]) -> Self {
        Self {
            name,
            world,
            links: Vec::new(),
        }
    }

    fn each_value(&mut self, event: &Value, mut visit: impl FnMut(&Value, Option<usize>, &[Link])) {
        let mut stops: Vec<Stop<'_, '_>> = vec![(event, Some(self.name), None)];
        while let Some((value, rest, link)) = stops.pop() {
            match (value, rest) {
                (Value::Object(fields), Some(rest)) => {
                    // Names are joined by dots before they are compared, so a key with a dot is also a nested name.
                    let cuts = rest.match_indices('.').map(|(at, _)| at);
                    for cut in cuts.chain([rest.len()]) {
                        if let Some(child) = fields.get(&rest[..cut]) {
                            stops.push((child, rest.get(cut + 1..), link));
                        }
                    }
                }
                (Value::Object(_), None) => {}
                (Value::Array(elements), _) => {
                    self.enter(elements, rest, link, &mut stops);
                    if rest.is_none() {
                        let scalars = elements.iter().filter(|e| !e.is_object() && !e.is_array());
                        scalars.for_each(|scalar| visit(scalar, link, &self.links));
                    }
                }
                (scalar, None) => visit(scalar, link, &self.links),
                (_, Some(_)) => {}
            }
        }
    }

    /// Goes on into the elements that hold something: the chosen one if this array was entered before, else each in turn.
    fn enter<'e>(
        &mut self,
        elements: &'e [Value],
        rest: Option<&'n str>,
        link: Option<usize>,
        stops: &mut Vec<Stop<'e, 'n>>,
    ) {
        let array = elements.as_ptr().addr();
        let chosen = self.world.iter().find(|choice| choice.array == array);
        let candidates = match chosen {
            Some(choice) => choice.element..choice.element + 1,
            None => 0..elements.len(),
        };
        let name_bytes = self
            .name
            .len()
            .saturating_sub(rest.map_or(0, |rest| rest.len() + 1));
        for element in candidates {
            let value = &elements[element];
            if value.is_object() || value.is_array() {
                let choice = Choice {
                    array,
                    element,
                    name_bytes,
                };
                self.links.push(Link {
                    choice,
                    before: link,
                });
                stops.push((value, rest, Some(self.links.len() - 1)));
            }
        }
    }
}
