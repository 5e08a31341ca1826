//! Holidays written as rules, and the public holidays of places.

use std::collections::BTreeMap;

use domain::calendar::{Calendar, CalendarSpec, HolidaySpec, WeeklySpec};

const NATIONAL: &str = include_str!("../../../../tests/vectors/national_holidays.json");

fn always_open_but_on(holidays: &[&str]) -> Calendar {
    let day = || vec![("00:00".to_owned(), "24:00".to_owned())];
    let weekly = WeeklySpec {
        mon: day(),
        tue: day(),
        wed: day(),
        thu: day(),
        fri: day(),
        sat: day(),
        sun: day(),
    };
    let holidays = holidays
        .iter()
        .map(|rule| HolidaySpec::Date((*rule).to_owned()))
        .collect();
    Calendar::try_from(CalendarSpec {
        tz: "UTC".to_owned(),
        weekly,
        holidays,
    })
    .unwrap()
}

fn dates(holidays: &[&str], from: i16, to: i16) -> Vec<String> {
    let instant = |year: i16| {
        jiff::civil::date(year, 1, 1)
            .in_tz("UTC")
            .unwrap()
            .timestamp()
    };
    let calendar = always_open_but_on(holidays);
    calendar
        .holidays_between(instant(from), instant(to + 1))
        .into_iter()
        .map(|(date, _)| date.to_string())
        .collect()
}

#[test]
fn every_rule_falls_where_it_should() {
    let table: [(&str, i16, &[&str]); 16] = [
        ("2026-02-03", 2026, &["2026-02-03"]),
        ("12-25", 2027, &["2027-12-25"]),
        ("02-29", 2026, &[]),
        ("02-29", 2028, &["2028-02-29"]),
        // 4 July 2026 is a Saturday, in 2027 a Sunday.
        ("07-04 observed", 2026, &["2026-07-03", "2026-07-04"]),
        ("07-04 observed", 2027, &["2027-07-04", "2027-07-05"]),
        ("07-04 observed", 2028, &["2028-07-04"]),
        ("12-26 or next weekday", 2026, &["2026-12-26", "2026-12-28"]),
        ("easter", 2026, &["2026-04-05"]),
        ("easter -2", 2038, &["2038-04-23"]),
        ("easter +39", 2027, &["2027-05-06"]),
        ("last monday of may", 2026, &["2026-05-25"]),
        ("4th thursday of november", 2026, &["2026-11-26"]),
        ("wednesday before 11-23", 2026, &["2026-11-18"]),
        ("saturday from 06-20", 2026, &["2026-06-20"]),
        ("saturday from 06-20", 2027, &["2027-06-26"]),
    ];
    for (rule, year, expected) in table {
        assert_eq!(dates(&[rule], year, year), expected, "{rule} in {year}");
    }
    // 1 January 2028 is a Saturday: the day off lies in the year before.
    assert_eq!(
        dates(&["01-01 observed"], 2027, 2027),
        ["2027-01-01", "2027-12-31"]
    );
    // Christmas on a Saturday: the two days off after it do not fall together.
    let christmas = ["12-25 or next weekday", "12-26 or next weekday"];
    assert_eq!(
        dates(&christmas, 2027, 2027),
        ["2027-12-25", "2027-12-26", "2027-12-27", "2027-12-28"]
    );
    assert_eq!(
        dates(&christmas, 2033, 2033),
        ["2033-12-25", "2033-12-26", "2033-12-27"]
    );
}

/// What it is and where it comes from: `tests/vectors/README.md`.
#[test]
fn the_holidays_of_places_agree_with_a_library_that_keeps_them() {
    let places: BTreeMap<String, Vec<String>> = serde_json::from_str(NATIONAL).unwrap();
    let mut differ = Vec::new();
    for (place, expected) in &places {
        let found = dates(&[&format!("all of {place}")], 2026, 2040);
        differ.extend(
            expected
                .iter()
                .filter(|date| !found.contains(date))
                .map(|date| format!("{place} lacks {date}")),
        );
        differ.extend(
            found
                .iter()
                .filter(|date| !expected.contains(date))
                .map(|date| format!("{place} adds {date}")),
        );
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    // Every place that can be written is checked: the refusal of an unknown one lists them.
    let unknown = r#"{"tz":"UTC","weekly":{"mon":[["09:00","17:00"]]},"holidays":["all of XX"]}"#;
    let refusal = serde_json::from_str::<Calendar>(unknown)
        .unwrap_err()
        .to_string();
    let known = refusal.split_once("one of ").unwrap().1;
    assert_eq!(
        known.split(", ").collect::<Vec<_>>(),
        places.keys().collect::<Vec<_>>()
    );
}

#[test]
fn what_is_no_holiday() {
    let written = [
        "easter 2",
        "easter +1000",
        "12-32",
        "13-01",
        "5th monday of may",
        "last moonday of may",
        "first monday of may",
        "monday in 05-01",
        "12-25 observed twice",
        "2026-12-25T00:00Z",
        "all of XX",
        "",
    ];
    let entries = serde_json::to_string(&written).unwrap();
    let json =
        format!(r#"{{"tz":"UTC","weekly":{{"mon":[["09:00","17:00"]]}},"holidays":{entries}}}"#);
    let spec: CalendarSpec = serde_json::from_str(&json).unwrap();
    insta::assert_snapshot!(Calendar::try_from(spec).unwrap_err());
}
