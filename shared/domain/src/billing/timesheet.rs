//! Entries of time become lines: added up as the contract says, rounded once, priced by the first rate that fits.
//! It must not choose the entries; the caller knows which are billed already.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::line::Line;
use super::money::{Currency, Minor};
use super::rules::Language;
use super::vat::VatRate;
use super::work::{Scope, TimeEntry, TimeRules};
use crate::id::PersonId;

/// Entries that are rounded together, at one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worked<'e> {
    /// By day, then by id.
    pub entries: Vec<&'e TimeEntry>,
    pub hourly: Minor,
    pub logged_minutes: u32,
    pub billed_minutes: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimesheetError {
    /// No rate fits it.
    #[error(
        "no rate fits {minutes} minutes of {by} on {on} ({what}); add one to the client's `time: rates`"
    )]
    NoRate {
        by: PersonId,
        on: Date,
        minutes: u32,
        what: String,
    },
    #[error("the minutes add up to more than can be counted")]
    TooLong,
}

impl TimeRules {
    /// What is billed for these entries, oldest first. Entries of no time are left out.
    pub fn timesheet<'e>(
        &self,
        entries: impl IntoIterator<Item = &'e TimeEntry>,
    ) -> Result<Vec<Worked<'e>>, TimesheetError> {
        let mut entries: Vec<_> = entries
            .into_iter()
            .filter(|entry| entry.minutes > 0)
            .collect();
        entries.sort_by_key(|entry| (entry.on, &entry.id));
        let mut groups: Vec<Worked<'e>> = Vec::new();
        let mut places = BTreeMap::new();
        for entry in entries {
            let rate = self.rates.iter().position(|rate| rate.fits(entry));
            let rate = rate.ok_or_else(|| no_rate(entry))?;
            let place = *places
                .entry((self.together(entry), rate))
                .or_insert_with(|| {
                    groups.push(Worked {
                        entries: Vec::new(),
                        hourly: self.rates[rate].cents_per_hour,
                        logged_minutes: 0,
                        billed_minutes: 0,
                    });
                    groups.len() - 1
                });
            let group = &mut groups[place];
            let logged = group.logged_minutes.checked_add(entry.minutes);
            group.logged_minutes = logged.ok_or(TimesheetError::TooLong)?;
            group.entries.push(entry);
        }
        for group in &mut groups {
            let billed = self.increment.billed_minutes(group.logged_minutes);
            group.billed_minutes = billed.ok_or(TimesheetError::TooLong)?;
        }
        Ok(groups)
    }

    /// Entries with the same text are added up before they are rounded.
    fn together(&self, entry: &TimeEntry) -> String {
        match self.scope {
            Scope::Entry => entry.id.0.clone(),
            Scope::Ticket => match (&entry.ticket, &entry.case) {
                (Some(ticket), _) => format!("ticket {ticket}"),
                (None, Some(case)) => format!("case {case}"),
                (None, None) => entry.id.0.clone(),
            },
            Scope::Day => entry.on.to_string(),
            Scope::Invoice => String::new(),
        }
    }
}

fn no_rate(entry: &TimeEntry) -> TimesheetError {
    let role = entry.role.as_ref().map(|role| format!("role {role}"));
    let work = entry.work.as_ref().map(|work| format!("work {work}"));
    let what: Vec<_> = role.into_iter().chain(work).collect();
    TimesheetError::NoRate {
        by: entry.by.clone(),
        on: entry.on,
        minutes: entry.minutes,
        what: match what.is_empty() {
            true => "no role, no kind of work".to_owned(),
            false => what.join(", "),
        },
    }
}

/// How the lines of a timesheet are written.
pub struct Wording<'n> {
    pub scope: Scope,
    pub language: Language,
    pub currency: Currency,
    pub vat: VatRate,
    /// A person as the client knows them.
    pub name: &'n dyn Fn(&PersonId) -> String,
}

impl Wording<'_> {
    /// The line of one group: what was done, and below it when, by whom, and what was logged where that is not what
    /// is billed.
    pub fn line(&self, id: String, worked: &Worked<'_>) -> Line {
        let line = Line::time(
            id,
            self.text(worked),
            worked.billed_minutes,
            worked.hourly,
            self.currency,
            self.vat,
        );
        let description = Some(self.description(worked)).filter(|text| !text.is_empty());
        Line {
            description,
            entries: worked
                .entries
                .iter()
                .map(|entry| entry.id.clone())
                .collect(),
            ..line
        }
    }

    fn text(&self, worked: &Worked<'_>) -> String {
        let first = worked.entries.first();
        let note = first
            .map(|entry| entry.note.clone())
            .filter(|note| !note.is_empty());
        let subject =
            first.and_then(|entry| entry.ticket.clone().or_else(|| entry.subject.clone()));
        let (work, kind) = (
            self.word("Work", "Arbeit"),
            first.and_then(|entry| entry.work.clone()),
        );
        let plain = kind.map_or_else(|| work.to_owned(), |kind| format!("{work} ({kind})"));
        match (self.scope, first) {
            (Scope::Entry, _) => note.or(subject).unwrap_or(plain),
            (Scope::Ticket, _) => subject.or(note).unwrap_or(plain),
            (Scope::Day, Some(entry)) => {
                format!("{plain}, {}", date_in(entry.on, self.language))
            }
            (Scope::Day | Scope::Invoice, _) => plain,
        }
    }

    fn description(&self, worked: &Worked<'_>) -> String {
        let alone = worked.entries.len() == 1;
        let told = worked.entries.iter().map(|entry| self.told(entry, alone));
        let mut parts: Vec<String> = told.filter(|text| !text.is_empty()).collect();
        if worked.logged_minutes != worked.billed_minutes {
            let logged = self.word("logged", "erfasst");
            parts.push(format!(
                "{logged}: {}",
                minutes_in_words(worked.logged_minutes)
            ));
        }
        parts.join("\n")
    }

    /// One entry in one line of the description. What the line's own text says is not said again.
    fn told(&self, entry: &TimeEntry, alone: bool) -> String {
        let says_day = self.scope != Scope::Day;
        let day = says_day.then(|| date_in(entry.on, self.language));
        let who = (self.name)(&entry.by);
        let is_text = alone && self.scope == Scope::Entry;
        let note = Some(&entry.note).filter(|note| !note.is_empty() && !is_text);
        let time = (!alone).then(|| minutes_in_words(entry.minutes));
        let head: Vec<String> = day.into_iter().chain([who]).chain(time).collect();
        match note {
            Some(note) => format!("{}: {note}", head.join(", ")),
            None => head.join(", "),
        }
    }

    fn word(&self, english: &'static str, german: &'static str) -> &'static str {
        match self.language {
            Language::En => english,
            Language::De => german,
        }
    }
}

/// `3 November 2026`, `03.11.2026`.
fn date_in(date: Date, language: Language) -> String {
    let format = match language {
        Language::En => "%-d %B %Y",
        Language::De => "%d.%m.%Y",
    };
    date.strftime(format).to_string()
}

/// `45 min`, `2 h`, `2 h 5 min`.
pub fn minutes_in_words(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
