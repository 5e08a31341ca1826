//! What a person is told about a calendar that cannot be used.

use domain::calendar::{Calendar, CalendarSpec};

fn refused(json: &str) -> String {
    let spec: CalendarSpec = serde_json::from_str(json).unwrap();
    let problems = Calendar::try_from(spec).unwrap_err();
    for problem in &problems.0 {
        assert!(
            problem
                .to_string()
                .starts_with(&format!("{}: ", problem.path())),
            "{problem}"
        );
    }
    problems.to_string()
}

#[test]
fn each_mistake_is_told_with_its_field_and_its_fix() {
    let table = [
        r#"{"tz":"Berlin","weekly":{"mon":[["09:00","17:00"]]}}"#,
        r#"{"tz":"europe berlin","weekly":{"mon":[["09:00","17:00"]]}}"#,
        r#"{"tz":"Atlantis/Capital","weekly":{"mon":[["09:00","17:00"]]}}"#,
        r#"{"tz":"UTC","weekly":{}}"#,
        r#"{"tz":"UTC","weekly":{"mon":[]}}"#,
        r#"{"tz":"UTC","weekly":{"mon":[["24:00","06:00"]]}}"#,
        r#"{"tz":"UTC","weekly":{"mon":[["9:00","17:00"]],"tue":[["09:00","24:01"]],"wed":[["09:60","5pm"]]}}"#,
        r#"{"tz":"UTC","weekly":{"mon":[["09:00","13:00"],["12:30","17:00"]]}}"#,
        r#"{"tz":"UTC","weekly":{"mon":[["22:00","06:00"]],"tue":[["05:00","14:00"]]}}"#,
        r#"{"tz":"UTC","weekly":{"sun":[["22:00","06:00"]],"mon":[["05:00","14:00"]]}}"#,
        r#"{"tz":"UTC","weekly":{"mon":[["09:00","17:00"]]},"holidays":["2026-02-30","2026-12-25T00:00","25.12.2026"]}"#,
        r#"{"tz":"Brlin","weekly":{"mon":[["17","09:00"]]},"holidays":["soon"]}"#,
    ];
    let told: Vec<String> = table
        .iter()
        .map(|json| format!("{json}\n{}", refused(json)))
        .collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn touching_intervals_and_a_full_round_are_no_overlap() {
    for json in [
        r#"{"tz":"UTC","weekly":{"mon":[["09:00","12:00"],["12:00","17:00"]]}}"#,
        r#"{"tz":"UTC","weekly":{"sun":[["22:00","06:00"]],"mon":[["06:00","14:00"]]}}"#,
        r#"{"tz":"UTC","weekly":{"mon":[["08:00","08:00"]]}}"#,
        r#"{"tz":"UTC","weekly":{"mon":[["13:00","17:00"],["08:00","12:00"]]}}"#,
    ] {
        serde_json::from_str::<Calendar>(json).unwrap();
    }
}

#[test]
fn an_unknown_field_is_not_ignored() {
    let error =
        serde_json::from_str::<Calendar>(r#"{"tz":"UTC","weekly":{"mo":[["09:00","17:00"]]}}"#)
            .unwrap_err();
    assert!(error.to_string().contains("unknown field `mo`"), "{error}");
}

#[test]
fn a_calendar_is_stored_as_it_was_written() {
    let json = r#"{"tz":"Europe/Berlin","weekly":{"mon":[["22:00","06:00"]]},"holidays":["2026-12-25",{"date":"2026-12-26","name":"Boxing Day"}]}"#;
    let calendar: Calendar = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&calendar).unwrap(), json);
}
