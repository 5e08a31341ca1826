//! Tells which pieces of work are the same kind of work, by the words they were noted with.
//! It must not know where they were noted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Shorter words and numbers tell nothing of what was done.
const LEAST_LETTERS: usize = 3;

/// The words of a note in small letters, without plurals' `s`, numbers and what is too short to tell anything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Words(BTreeSet<String>);

impl Words {
    pub fn of(note: &str) -> Self {
        let words = note.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| {
            word.chars().count() >= LEAST_LETTERS && !word.contains(|c: char| c.is_numeric())
        });
        let words = words.map(|word| {
            let small = word.to_lowercase();
            match small.strip_suffix('s') {
                Some(one) if one.chars().count() >= LEAST_LETTERS => one.to_owned(),
                _ => small,
            }
        });
        Words(words.collect())
    }

    /// At least half of all their words are in both.
    pub fn is_like(&self, other: &Words) -> bool {
        let shared = self.0.intersection(&other.0).count();
        shared > 0 && shared * 2 >= self.0.union(&other.0).count()
    }
}

/// What is alike, together, in its order; a note without words is like nothing and left out.
pub fn groups<T>(items: impl IntoIterator<Item = T>, note: impl Fn(&T) -> &str) -> Vec<Vec<T>> {
    let mut groups: Vec<(Words, Vec<T>)> = Vec::new();
    let mut places: HashMap<Words, usize> = HashMap::new();
    for item in items {
        let words = Words::of(note(&item));
        if words.0.is_empty() {
            continue;
        }
        let place = *places.entry(words.clone()).or_insert_with(|| {
            let like = groups.iter().position(|(known, _)| known.is_like(&words));
            like.unwrap_or_else(|| {
                groups.push((words, Vec::new()));
                groups.len() - 1
            })
        });
        groups[place].1.push(item);
    }
    groups.into_iter().map(|(_, items)| items).collect()
}

/// How often each value is there, the most frequent first; of several, the last.
pub fn by_frequency<T: Ord + Copy>(values: impl IntoIterator<Item = T>) -> Vec<(T, usize)> {
    let mut seen: BTreeMap<T, (usize, usize)> = BTreeMap::new();
    for (place, value) in values.into_iter().enumerate() {
        let (count, last) = seen.entry(value).or_default();
        (*count, *last) = (*count + 1, place);
    }
    let mut seen: Vec<_> = seen.into_iter().collect();
    seen.sort_by_key(|(_, often)| std::cmp::Reverse(*often));
    let counts = seen.into_iter().map(|(value, (count, _))| (value, count));
    counts.collect()
}

/// What is there most often; of several, the last.
pub fn most<T: Ord + Copy>(values: impl IntoIterator<Item = T>) -> Option<T> {
    by_frequency(values).first().map(|(value, _)| *value)
}
