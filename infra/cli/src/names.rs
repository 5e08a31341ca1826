//! Who and when, as a reader says it: people by name, times in the company's zone.
//! It must not know where the company's files are kept.

use std::collections::BTreeMap;

use domain::company::{Client, Team};
use domain::id::{ClientId, PersonId};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Names of one company, and the zone of its calendar.
#[derive(Debug, Clone)]
pub struct Names {
    people: BTreeMap<PersonId, String>,
    clients: BTreeMap<ClientId, String>,
    zone: TimeZone,
}

impl Names {
    pub fn new<'a>(team: &Team, clients: impl IntoIterator<Item = &'a Client>) -> Self {
        Self {
            people: team
                .people
                .iter()
                .map(|(id, person)| (id.clone(), person.name.clone()))
                .collect(),
            clients: clients
                .into_iter()
                .map(|client| (client.id.clone(), client.name.clone()))
                .collect(),
            zone: team
                .calendars
                .get(&team.calendar)
                .map_or(TimeZone::UTC, |calendar| calendar.time_zone().clone()),
        }
    }

    /// Ids instead of names, and UTC: for a table whose company cannot be read.
    pub fn unknown() -> Self {
        Self {
            people: BTreeMap::new(),
            clients: BTreeMap::new(),
            zone: TimeZone::UTC,
        }
    }

    pub fn person<'a>(&'a self, id: &'a PersonId) -> &'a str {
        self.people.get(id).map_or(id.as_str(), String::as_str)
    }

    pub fn client<'a>(&'a self, id: &'a ClientId) -> &'a str {
        self.clients.get(id).map_or(id.as_str(), String::as_str)
    }

    /// `Europe/Berlin`
    pub fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// `Monday 23 November 2026`
    pub fn day(&self, at: Timestamp) -> String {
        self.text(at, "%A %-d %B %Y")
    }

    /// The company's date at that moment.
    pub fn date(&self, at: Timestamp) -> jiff::civil::Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// `Mon 23 Nov 09:00`
    pub fn moment(&self, at: Timestamp) -> String {
        self.text(at, "%a %-d %b %H:%M")
    }

    /// `23 Nov 09:00`
    pub fn short(&self, at: Timestamp) -> String {
        self.text(at, "%-d %b %H:%M")
    }

    /// `09:00:00`
    pub fn second(&self, at: Timestamp) -> String {
        self.text(at, "%H:%M:%S")
    }

    /// `09:00`
    pub fn minute(&self, at: Timestamp) -> String {
        self.text(at, "%H:%M")
    }

    fn text(&self, at: Timestamp, format: &str) -> String {
        at.to_zoned(self.zone.clone()).strftime(format).to_string()
    }
}
