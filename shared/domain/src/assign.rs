//! Who takes work on: skill, room under the limit in every week concerned, then the most free hours.
//! It knows loads as numbers and must not know where they are kept.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::company::Team;
use crate::id::PersonId;

/// What a person is committed to, as the table holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Load {
    pub away: bool,
    /// Committed minutes by ISO week, `2026-W48`. A missing week is free.
    pub weeks: BTreeMap<String, u32>,
}

pub type Loads = BTreeMap<PersonId, Load>;

/// Minutes that one assignment adds to a person's weeks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    pub person: PersonId,
    pub weeks: Vec<WeekShare>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekShare {
    /// ISO week, `2026-W48`.
    pub week: String,
    pub add_minutes: u32,
    /// The week's committed minutes may not pass this after the addition; `None`: a decision lifted the limit.
    pub limit_minutes: Option<u32>,
}

/// The work to be taken on.
pub struct Request<'a> {
    pub candidates: &'a [PersonId],
    pub skill: Option<&'a str>,
    pub effort_minutes: u32,
    /// `None`: a decision lifted the limit.
    pub max_load_percent: Option<u32>,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Who takes it, and the minutes they have free over the horizon afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    pub commitment: Commitment,
    pub free_minutes: i64,
}

/// The candidate with the most free minutes, ties by id; or each candidate's reason against.
pub fn pick(
    team: &Team,
    loads: &Loads,
    request: &Request<'_>,
) -> Result<Pick, Vec<(PersonId, String)>> {
    let mut reasons = Vec::new();
    let mut best: Option<Pick> = None;
    for person in request.candidates {
        match room(team, loads, request, person) {
            Ok(pick)
                if best
                    .as_ref()
                    .is_none_or(|best| pick.free_minutes > best.free_minutes) =>
            {
                best = Some(pick)
            }
            Ok(_) => {}
            Err(reason) => reasons.push((person.clone(), reason)),
        }
    }
    best.ok_or(reasons)
}

fn room(team: &Team, loads: &Loads, request: &Request<'_>, id: &PersonId) -> Result<Pick, String> {
    let person = team.person(id).ok_or("is not in team.yaml")?;
    let calendar = team.calendar_of(id).ok_or("has no calendar")?;
    let idle = Load::default();
    let load = loads.get(id).unwrap_or(&idle);
    if load.away {
        return Err("is away".into());
    }
    if let Some(skill) = request.skill
        && !person.skills.iter().any(|own| own == skill)
    {
        return Err(format!("does not have the skill {skill}"));
    }
    let weeks = calendar.open_seconds_by_iso_week(request.from, request.until);
    // A week more on both sides makes the first and last week of the horizon whole.
    let week = SignedDuration::from_hours(7 * 24);
    let whole: BTreeMap<_, _> = calendar
        .open_seconds_by_iso_week(request.from - week, request.until + week)
        .into_iter()
        .collect();
    let horizon_seconds: u64 = weeks.iter().map(|(_, seconds)| seconds).sum();
    if horizon_seconds == 0 {
        return Err("has no working hours in the weeks looked at".into());
    }
    let mut shares = Vec::new();
    let (mut left_minutes, mut left_seconds) = (u64::from(request.effort_minutes), horizon_seconds);
    let mut free_minutes = 0i64;
    for (week, open_seconds) in weeks.iter().filter(|(_, seconds)| *seconds > 0) {
        let name = week.to_string();
        // What is left is spread over the time that is left, so that rounding never loses a minute.
        let add = (left_minutes * open_seconds).div_ceil(left_seconds);
        left_minutes -= add;
        left_seconds -= open_seconds;
        let whole_seconds = whole.get(week).copied().unwrap_or(0).max(*open_seconds);
        let capacity = u64::from(person.minutes_per_week).min(whole_seconds / 60);
        let committed = u64::from(load.weeks.get(&name).copied().unwrap_or(0));
        let limit = request
            .max_load_percent
            .map(|percent| capacity * u64::from(percent) / 100);
        if let Some(limit) = limit
            && committed + add > limit
        {
            return Err(format!(
                "would have {} of {} hours in week {}, over {} %",
                hours(committed + add),
                hours(capacity),
                name,
                request.max_load_percent.unwrap_or(100),
            ));
        }
        // Of a week that is only begun or not at its end, the part inside the horizon counts.
        let free = capacity as i64 - (committed + add) as i64;
        free_minutes += free * *open_seconds as i64 / whole_seconds as i64;
        shares.push(WeekShare {
            week: name,
            add_minutes: add as u32,
            limit_minutes: limit.map(|limit| limit as u32),
        });
    }
    Ok(Pick {
        commitment: Commitment {
            person: id.clone(),
            weeks: shares,
        },
        free_minutes,
    })
}

fn hours(minutes: u64) -> String {
    format!("{}.{}", minutes / 60, minutes % 60 * 10 / 60)
}
