//! Who is who in a mail: names, addresses and zones of people, and a time as its reader says it.
//! It must not choose recipients; the effect names them.

use domain::company::Team;
use domain::id::PersonId;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A person's name, or their id where they have left the team since.
pub(crate) fn name(team: &Team, id: &PersonId) -> String {
    team.person(id)
        .map_or_else(|| id.0.clone(), |person| person.name.clone())
}

/// The zone in which a person reads times.
pub(crate) fn zone(team: &Team, id: &PersonId) -> TimeZone {
    team.calendar_of(id)
        .map_or(TimeZone::UTC, |calendar| calendar.time_zone().clone())
}

/// `Tuesday 24 November, 17:00`.
pub(crate) fn day_and_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%A %-d %B, %H:%M")
        .to_string()
}

/// `2 days 3 h`, `1 h 40 min`, `5 min`: the two largest units that say something.
pub(crate) fn duration(seconds: i64) -> String {
    let minutes = (seconds + 30) / 60;
    let (days, hours, minutes) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, 0, _) => "1 day".to_owned(),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, 0, _) => format!("{days} days"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}
