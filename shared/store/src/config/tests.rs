use super::*;

const ENOUGH: &[(&str, &str)] = &[
    (REGION, "eu-central-1"),
    (ACCESS_KEY, "AKIA-EXAMPLE"),
    (SECRET_KEY, "hidden-example"),
];

const LOCAL_CLOCK: &[(&str, &str)] = &[
    (CLOCK, "/tmp/clock"),
    (RUNTIME_API, "127.0.0.1:9400/sla-check"),
    (ENDPOINT, "http://127.0.0.1:9400"),
];

/// Reads `ENOUGH` with `changes` on top; an empty value takes a variable away.
fn read(changes: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(|name| {
        let known = changes
            .iter()
            .chain(ENOUGH)
            .find(|(known, _)| *known == name);
        known.map(|(_, value)| OsString::from(value))
    })
}

#[test]
fn a_function_may_lack_the_names_it_does_not_ask_for() {
    let config = read(&[]).unwrap();
    assert_eq!(config.region(), "eu-central-1");
    assert_eq!(config.endpoints(), &Endpoints::default());
    let told = [
        config.table().unwrap_err().to_string(),
        config.bus().unwrap_err().to_string(),
        config.sender().unwrap_err().to_string(),
    ];
    assert_eq!(
        told,
        [
            "BATON_TABLE is not set; expected a table name, 3 to 255 of A-Z a-z 0-9 _ . -",
            "BATON_BUS is not set; expected an event bus name, 1 to 256 of A-Z a-z 0-9 _ . - /",
            "BATON_SENDER is not set; expected one verified mail address, as in ops@example.com",
        ]
    );
}

#[test]
fn a_variable_set_to_nothing_is_not_set() {
    let config = read(&[(TABLE, ""), (BUS, "baton"), (ENDPOINT_SES, "")]).unwrap();
    assert!(matches!(
        config.table(),
        Err(ConfigError::Missing {
            variable: TABLE,
            ..
        })
    ));
    assert_eq!(config.bus(), Ok("baton"));
    assert_eq!(config.endpoints().ses, None);
}

#[test]
fn what_every_function_needs_is_missed_by_name() {
    for (taken, told) in [
        (REGION, REGION),
        (ACCESS_KEY, ACCESS_KEY),
        (SECRET_KEY, SECRET_KEY),
    ] {
        match read(&[(taken, "")]) {
            Err(ConfigError::Missing { variable, .. }) => assert_eq!(variable, told),
            other => panic!("{taken}: {other:?}"),
        }
    }
    let config = read(&[(REGION, ""), (DEFAULT_REGION, "us-east-1")]).unwrap();
    assert_eq!(config.region(), "us-east-1");
}

#[test]
fn malformed_is_another_error_than_missing() {
    for (variable, bad) in [
        (TABLE, "no"),
        (TABLE, "arn:aws:dynamodb:x:1:table/t"),
        (BUS, "has space"),
        (SENDER, "ops"),
        (SENDER, "Ops <ops@example.com>"),
        (SENDER, "ops@example.com\r\nBcc: x@example.com"),
        (SENDER, "a@b@example.com"),
        (REGION, "europe"),
        (ENDPOINT, "127.0.0.1:8000"),
        (ENDPOINT_DYNAMODB, "ftp://127.0.0.1"),
        (ENDPOINT_EVENTBRIDGE, "http://"),
        (ENDPOINT_SES, "http://user:word@host"),
    ] {
        match read(&[(variable, bad)]) {
            Err(ConfigError::Malformed {
                variable: told,
                found,
                ..
            }) => {
                assert_eq!((told, found.as_str()), (variable, bad));
            }
            other => panic!("{variable}={bad:?}: {other:?}"),
        }
    }
}

#[test]
fn an_endpoint_of_its_own_goes_before_the_general_one() {
    let config = read(&[
        (ENDPOINT, "https://all.example.com"),
        (ENDPOINT_SES, "http://localhost:1025"),
    ])
    .unwrap();
    let all = Some("https://all.example.com".to_owned());
    assert_eq!(
        config.endpoints(),
        &Endpoints {
            dynamodb: all.clone(),
            eventbridge: all.clone(),
            ses: Some("http://localhost:1025".to_owned()),
            ssm: all,
        }
    );
}

#[test]
fn a_clock_file_is_taken_in_local_mode() {
    let config = read(LOCAL_CLOCK).unwrap();
    assert!(matches!(config.clock(), Err(ClockError::Unreadable { .. })));
    for runtime_api in ["localhost:9001", "[::1]:9001", "http://127.0.0.1:9001/f"] {
        let mut changes = vec![(RUNTIME_API, runtime_api)];
        changes.extend(LOCAL_CLOCK);
        assert!(read(&changes).is_ok(), "{runtime_api}");
    }
}

#[test]
fn a_clock_file_is_refused_wherever_anything_is_not_on_this_machine() {
    for (variable, address) in [
        (RUNTIME_API, ""),
        (RUNTIME_API, "169.254.100.1:9001"),
        (RUNTIME_API, "127.0.0.1.example.com:80"),
        (ENDPOINT, ""),
        (ENDPOINT, "https://dynamodb.eu-central-1.amazonaws.com"),
        (ENDPOINT_DYNAMODB, "http://10.0.0.7:8000"),
        (ENDPOINT_EVENTBRIDGE, "http://ministack:4566"),
        (ENDPOINT_SES, "https://localhost.example.com"),
    ] {
        let mut changes = vec![(variable, address)];
        changes.extend(LOCAL_CLOCK);
        let refused = read(&changes);
        assert!(
            matches!(refused, Err(ConfigError::ClockRefused { .. })),
            "{variable}={address:?}: {refused:?}"
        );
    }
}

#[test]
fn on_lambda_a_clock_file_is_refused_though_the_runtime_api_is_on_loopback() {
    let told = read(&[(CLOCK, "/tmp/clock"), (RUNTIME_API, "127.0.0.1:9001")]).unwrap_err();
    assert_eq!(
        told.to_string(),
        "BATON_CLOCK is set, but AWS_ENDPOINT_URL_DYNAMODB is not set; a clock file is for local mode only, where it is on loopback: unset BATON_CLOCK"
    );
}

#[test]
fn secrets_are_not_told() {
    let config = read(&[(SESSION_TOKEN, "token-example")]).unwrap();
    let shown = format!("{config:?}");
    assert!(
        !shown.contains("hidden-example") && !shown.contains("token-example"),
        "{shown}"
    );
    assert_eq!(config.credentials().session_token(), Some("token-example"));
}

#[test]
fn the_command_line_names_its_own_local_host() {
    let config =
        Config::local("http://127.0.0.1:9400", "baton", "baton", "ops@example.com").unwrap();
    assert_eq!(
        (config.table(), config.bus(), config.sender()),
        (Ok("baton"), Ok("baton"), Ok("ops@example.com"))
    );
    assert_eq!(
        config.endpoints().dynamodb.as_deref(),
        Some("http://127.0.0.1:9400")
    );
    assert!(config.with_table("x").is_err());
}

/// A variable that is read but not listed would escape the check of the template.
#[test]
fn every_variable_that_is_read_is_listed() {
    let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
    let found = Config::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        let known = LOCAL_CLOCK
            .iter()
            .chain(ENOUGH)
            .find(|(known, _)| *known == name);
        known
            .filter(|(known, _)| *known != REGION)
            .map(|(_, value)| OsString::from(value))
    });
    assert!(matches!(
        found,
        Err(ConfigError::Missing {
            variable: REGION,
            ..
        })
    ));
    let with_region = Config::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        let known = LOCAL_CLOCK
            .iter()
            .chain(ENOUGH)
            .find(|(known, _)| *known == name);
        known.map(|(_, value)| OsString::from(value))
    });
    assert!(with_region.is_ok());
    let listed: std::collections::BTreeSet<String> =
        VARIABLES.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(*asked.borrow(), listed);
}
