//! The same tables put to an independent implementation of EventBridge, ministack, by its TestEventPattern.
//! Runs when MINISTACK_ENDPOINT names one, such as `http://127.0.0.1:4566`, and says so when it does not.

use std::io::Write;

use serde_json::{Value, json};

use crate::matching::{CASES, Reference, event, on_detail};
use crate::refusals::{REFUSED, STRICTER};

/// `Some(matches)`, or `None` when the pattern is refused.
fn ask(endpoint: &str, pattern: &str, event: &Value) -> Option<bool> {
    let body = json!({"EventPattern": pattern, "Event": event.to_string()}).to_string();
    let mut answer = ureq::post(endpoint)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSEvents.TestEventPattern")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20261122/eu-central-1/events/aws4_request",
        )
        .config()
        .http_status_as_error(false)
        .build()
        .send(body)
        .unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    match answer["Result"].as_bool() {
        Some(matches) => Some(matches),
        None => {
            assert!(
                text.contains("InvalidEventPatternException"),
                "{pattern}: {text}"
            );
            None
        }
    }
}

#[test]
fn an_independent_implementation_answers_the_same() {
    let Ok(endpoint) = std::env::var("MINISTACK_ENDPOINT") else {
        // Written past the test harness, which would swallow a print: a comparison that did not run must not look like one.
        let note = "NOT RUN: comparison of event patterns with ministack (MINISTACK_ENDPOINT is not set)\n";
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        return;
    };
    let mut asked = 0;
    for case in CASES {
        let pattern = on_detail(case.pattern).to_string();
        let mut departs = false;
        for (details, wanted) in [(case.matching, true), (case.others, false)] {
            for detail in details {
                let agrees = ask(&endpoint, &pattern, &event(detail)) == Some(wanted);
                assert!(
                    agrees || case.reference == Reference::Differs,
                    "{}: {pattern} on {detail}",
                    case.kind
                );
                departs |= !agrees;
                asked += 1;
            }
        }
        // A known difference that has gone away is to be struck from the table.
        assert_eq!(
            departs,
            case.reference == Reference::Differs,
            "{}",
            case.kind
        );
    }
    for (pattern, _) in REFUSED
        .iter()
        .filter(|(pattern, _)| pattern.starts_with('{'))
    {
        assert_eq!(ask(&endpoint, pattern, &event("{}")), None, "{pattern}");
        asked += 1;
    }
    for (pattern, _) in STRICTER {
        assert!(ask(&endpoint, pattern, &event("{}")).is_some(), "{pattern}");
        asked += 1;
    }
    let note = format!("compared {asked} answers with {endpoint}\n");
    std::io::stderr().write_all(note.as_bytes()).unwrap();
}
