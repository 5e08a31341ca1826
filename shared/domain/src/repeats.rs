//! Finds work that is done again and again in no workflow: entries of time of no case, alike in their words.
//! It must not know where entries are kept, nor write the workflow that it offers.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::alike::{groups, most};
use crate::billing::TimeEntry;
use crate::id::PersonId;

/// How often work must come within a month to be offered.
pub const OFTEN: usize = 3;
/// Days from the first to the last of these.
pub const MONTH_DAYS: i32 = 31;

/// Work that is like a workflow nobody has written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat<'e> {
    /// The words that came most often, as they were written last.
    pub title: &'e str,
    /// By day.
    pub entries: Vec<&'e TimeEntry>,
    /// Who did it most; of several, whoever did it last.
    pub mostly: &'e PersonId,
    /// Half of the entries took no longer.
    pub median_minutes: u32,
    /// Half of the pauses between two days are no longer.
    pub median_days_between: i32,
}

/// What came at least [`OFTEN`] times, each on a day of its own, within a month; the most frequent first. An entry of a
/// case counts for nothing: its workflow is written down.
pub fn repeats<'e>(entries: impl IntoIterator<Item = &'e TimeEntry>) -> Vec<Repeat<'e>> {
    let mut own: Vec<&TimeEntry> = entries
        .into_iter()
        .filter(|entry| entry.case.is_none() && entry.minutes > 0)
        .collect();
    own.sort_by_key(|entry| (entry.on, &entry.id));
    let groups = groups(own, |entry| &entry.note).into_iter();
    let mut repeats: Vec<_> = groups
        .filter(|it| is_often(it))
        .filter_map(repeat)
        .collect();
    repeats.sort_by_key(|repeat| (std::cmp::Reverse(repeat.entries.len()), repeat.title));
    repeats
}

/// Whether the work came often enough within any month.
fn is_often(entries: &[&TimeEntry]) -> bool {
    let days = days(entries);
    days.windows(OFTEN)
        .any(|window| between(window[0], window[OFTEN - 1]) < MONTH_DAYS)
}

fn days(entries: &[&TimeEntry]) -> Vec<Date> {
    let days: BTreeSet<Date> = entries.iter().map(|entry| entry.on).collect();
    days.into_iter().collect()
}

fn between(first: Date, last: Date) -> i32 {
    (last - first).get_days()
}

fn repeat(entries: Vec<&TimeEntry>) -> Option<Repeat<'_>> {
    let pauses = days(&entries);
    let pauses = pauses.windows(2).map(|pair| between(pair[0], pair[1]));
    Some(Repeat {
        title: most(entries.iter().map(|entry| entry.note.as_str()))?,
        mostly: most(entries.iter().map(|entry| &entry.by))?,
        median_minutes: median(entries.iter().map(|entry| entry.minutes))?,
        median_days_between: median(pauses)?,
        entries,
    })
}

/// The lower one of two in the middle.
fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn entry(on: &str, by: &str, note: &str, minutes: u32) -> TimeEntry {
        TimeEntry {
            id: format!("{on} {note}").as_str().into(),
            client: "harbour".into(),
            by: by.into(),
            on: on.parse().expect("a date"),
            minutes,
            note: note.into(),
            case: None,
            workflow: None,
            step: None,
            subject: None,
            ticket: None,
            work: None,
            role: None,
            replaces: None,
            entered_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn three_alike_within_a_month_are_one_repeat() {
        let entries = [
            entry("2026-11-02", "noah", "Renew certificate of the shop", 40),
            entry("2026-11-10", "mira", "Sketches", 300),
            entry(
                "2026-11-12",
                "noah",
                "Renew the certificates of the shop (2 of 3)",
                60,
            ),
            entry("2026-11-25", "mira", "renew certificate, shop", 30),
        ];
        let found = repeats(&entries);
        assert_eq!(found.len(), 1);
        let repeat = &found[0];
        assert_eq!(repeat.entries.len(), 3);
        assert_eq!(repeat.title, "renew certificate, shop");
        assert_eq!(repeat.mostly, &PersonId::from("noah"));
        assert_eq!(
            (repeat.median_minutes, repeat.median_days_between),
            (40, 10)
        );
    }

    #[test]
    fn what_is_no_repeat() {
        let three = |days: [&str; 3], notes: [&str; 3]| {
            let pairs = days.into_iter().zip(notes);
            pairs
                .map(|(day, note)| entry(day, "noah", note, 10))
                .collect::<Vec<_>>()
        };
        let same = ["Renew certificate"; 3];
        let november = ["2026-11-02", "2026-11-12", "2026-11-25"];
        for (why, entries) in [
            (
                "over more than a month",
                three(["2026-11-02", "2026-11-12", "2026-12-03"], same),
            ),
            (
                "twice on one day",
                three(["2026-11-02", "2026-11-02", "2026-11-25"], same),
            ),
            (
                "different work",
                three(
                    november,
                    ["Renew certificate", "Renew domain name", "Order flowers"],
                ),
            ),
            ("nothing said", three(november, ["", "12", "ok"])),
        ] {
            assert!(repeats(&entries).is_empty(), "{why}");
        }
        let mut of_a_case = three(november, same);
        assert_eq!(repeats(&of_a_case).len(), 1);
        of_a_case[1].case = Some("case_1".into());
        assert!(
            repeats(&of_a_case).is_empty(),
            "it is in a workflow already"
        );
        let mut taken_back = three(november, same);
        taken_back[2].minutes = 0;
        assert!(repeats(&taken_back).is_empty());
    }
}
