//! Work of the past, as another tool remembers it: what came again and again, and who did it.
//! It must not know the tool, nor decide who owns what from now on.

use crate::alike::{by_frequency, groups, most};
use crate::repeats::OFTEN;

/// One ticket, task or entry of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastWork {
    pub title: String,
    /// Whoever had it last, as the tool names them; empty: nobody.
    pub by: String,
}

/// Work that came at least [`OFTEN`] times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<'w> {
    /// The words that came most often, as they were written last.
    pub title: &'w str,
    pub times: usize,
    /// Who did it and how often, the most frequent first.
    pub by: Vec<(&'w str, usize)>,
}

/// What came again and again, the most frequent first. Work is the same where at least half of its words are.
pub fn done(work: &[PastWork]) -> Vec<Done<'_>> {
    let groups = groups(work, |work| &work.title).into_iter();
    let often = groups.filter(|group| group.len() >= OFTEN);
    let mut done: Vec<Done<'_>> = often
        .filter_map(|group| {
            let by = group.iter().map(|work| work.by.as_str());
            Some(Done {
                title: most(group.iter().map(|work| work.title.as_str()))?,
                times: group.len(),
                by: by_frequency(by.filter(|name| !name.is_empty())),
            })
        })
        .collect();
    done.sort_by_key(|done| (std::cmp::Reverse(done.times), done.title));
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(title: &str, by: &str) -> PastWork {
        PastWork {
            title: title.into(),
            by: by.into(),
        }
    }

    #[test]
    fn what_came_often_is_told_with_who_did_it_most() {
        let past = [
            work("Printer of room 4 is down", "Noah"),
            work("New account for Mia", "Lena"),
            work("Printer down (room 12)", ""),
            work("Order flowers", "Olga"),
            work("New account", "Noah"),
            work("New accounts for Tim", "Lena"),
            work("printer down, room 4", "Noah"),
            work("New account for Ida", "Aron"),
            work("42", "Noah"),
        ];
        let done = done(&past);
        let told: Vec<_> = done
            .iter()
            .map(|it| (it.title, it.times, &it.by[..]))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "New account for Ida",
                    4,
                    &[("Lena", 2), ("Aron", 1), ("Noah", 1)][..]
                ),
                ("printer down, room 4", 3, &[("Noah", 2)][..]),
            ]
        );
    }
}
