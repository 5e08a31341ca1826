//! Reads calendars as people write them: `mon: [09:00-12:30, 13:30-17:00]`.
//! It must not know what a usable calendar is; that is the domain's.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::{Calendar, CalendarSpec, HolidaySpec, WeeklySpec};

use crate::fields::{Fields, Text, short, texts_of};
use crate::problem::Sink;
use crate::team::is_id;
use crate::yaml::{Key, Node, NodeKind};

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub(crate) fn read(
    team: &Fields<'_, '_>,
    broken: &mut BTreeSet<String>,
) -> BTreeMap<String, Calendar> {
    let sink = team.sink;
    team.required(
        "calendars",
        "V13",
        "name at least one calendar: zone, weekly hours, holidays",
    );
    let mut calendars = BTreeMap::new();
    for (key, node) in team.entries("calendars", "V13") {
        let calendar = is_id(key, "a calendar", sink)
            .then(|| calendar(key, node, sink))
            .flatten();
        match calendar {
            Some(calendar) => _ = calendars.insert(key.text.clone(), calendar),
            None => _ = broken.insert(key.text.clone()),
        }
    }
    calendars
}

fn calendar(key: &Key, node: &Node, sink: Sink<'_>) -> Option<Calendar> {
    let what = format!("the calendar {}", key.text);
    let fields = Fields::of(node, key.at, sink, "V13", &what)?;
    let tz = fields.required_text("tz", "V13", "write the zone, such as `Europe/Berlin`");
    let weekly = fields.required(
        "weekly",
        "V13",
        "write the hours per weekday, such as `mon: [09:00-17:00]`",
    );
    let weekly = weekly.and_then(|node| week(node, key, sink));
    let holidays = fields
        .get("holidays")
        .map_or(Some(Vec::new()), |node| holidays(node, sink));
    fields.finish(&what);
    let spec = CalendarSpec {
        tz: tz?.text.to_owned(),
        weekly: weekly?,
        holidays: holidays?,
    };
    match Calendar::try_from(spec) {
        Ok(calendar) => Some(calendar),
        Err(problems) => {
            for problem in problems.0 {
                let told = problem.to_string();
                let (message, help) = told
                    .split_once("; ")
                    .unwrap_or((&told, "write it like the sample calendar"));
                sink.error(
                    "V13",
                    node.nearest(problem.path()).at,
                    format!("{what}: {message}"),
                    help,
                );
            }
            None
        }
    }
}

fn week(node: &Node, key: &Key, sink: Sink<'_>) -> Option<WeeklySpec> {
    let fields = Fields::of(node, key.at, sink, "V13", "`weekly`")?;
    let days = WEEKDAYS.map(|day| {
        let texts = fields.texts(day, "V13").unwrap_or_default();
        texts
            .iter()
            .map(|text| interval(*text, sink))
            .collect::<Option<Vec<_>>>()
    });
    fields.finish("`weekly`");
    let [mon, tue, wed, thu, fri, sat, sun] = days;
    Some(WeeklySpec {
        mon: mon?,
        tue: tue?,
        wed: wed?,
        thu: thu?,
        fri: fri?,
        sat: sat?,
        sun: sun?,
    })
}

fn interval(text: Text<'_>, sink: Sink<'_>) -> Option<(String, String)> {
    let ends = text
        .text
        .split_once(['-', '–'])
        .map(|(from, to)| (from.trim().to_owned(), to.trim().to_owned()));
    if ends.is_none() {
        sink.error(
            "V13",
            text.at,
            format!("`{}` is no interval", short(text.text)),
            "write from and to, such as `09:00-17:00`",
        );
    }
    ends
}

fn holidays(node: &Node, sink: Sink<'_>) -> Option<Vec<HolidaySpec>> {
    let NodeKind::List(items) = &node.kind else {
        let dates = texts_of(node, "holidays", "V13", sink);
        return dates
            .first()
            .map(|date| vec![HolidaySpec::Date(date.text.to_owned())]);
    };
    items
        .iter()
        .map(|item| match &item.kind {
            NodeKind::Map(_) => named_holiday(item, sink),
            _ => crate::fields::text_of(item, "holidays", "V13", sink)
                .map(|date| HolidaySpec::Date(date.text.to_owned())),
        })
        .collect()
}

fn named_holiday(node: &Node, sink: Sink<'_>) -> Option<HolidaySpec> {
    let fields = Fields::of(node, node.at, sink, "V13", "a holiday")?;
    let date = fields.required_text("date", "V13", "write the date as `YYYY-MM-DD`");
    let name = fields.text("name", "V13").map(|name| name.text.to_owned());
    fields.finish("a holiday");
    let date = date?.text.to_owned();
    Some(match name {
        Some(name) => HolidaySpec::Named { date, name },
        None => HolidaySpec::Date(date),
    })
}
