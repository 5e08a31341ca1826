//! P25: any tool connects. Signed requests become events, each once; secrets rotate without a deploy and are never shown.

use jiff::{SignedDuration, Timestamp};
use local::{Fault, How, When};
use serde_json::{Value, json};
use tests::machine::{Machine, Said, baton};
use tests::world::root;

const MONDAY: &str = "2026-11-23T08:00:05Z";
const FIRST: &str = "canary-first-value";
const SECOND: &str = "canary-second-value";

#[tokio::test(flavor = "multi_thread")]
async fn p25_a_secret_is_kept_rotated_and_listed_and_no_command_shows_its_value() {
    let machine = Machine::at(MONDAY).await;
    let mut said = String::new();
    let mut told = async |arguments: &[&str], input: &str| {
        let answer = machine
            .baton(&[&["secret"], arguments].concat(), input)
            .await;
        said.push_str(&answer.out);
        said.push_str(&answer.err);
        answer
    };
    assert_eq!(told(&["set", "tracker"], FIRST).await.code, Some(0));
    let again = told(&["set", "tracker"], "another").await;
    assert_eq!(again.code, Some(1));
    assert!(
        again.err.contains("`baton secret rotate tracker`"),
        "{}",
        again.err
    );
    let wrong = told(&["set", "Tracker!"], "another").await;
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.err.contains("a letter first"), "{}", wrong.err);
    let empty = told(&["set", "empty"], "\n").await;
    assert!(empty.err.contains("--generate"), "{}", empty.err);
    let unknown = told(&["rotate", "traker"], SECOND).await;
    assert!(
        unknown.err.contains("no secret `traker`"),
        "{}",
        unknown.err
    );

    let secrets = machine.secrets();
    assert_eq!(secrets.get("tracker").await.unwrap().current(), FIRST);
    assert_eq!(told(&["rotate", "tracker"], SECOND).await.code, Some(0));
    later(&machine, 61);
    let rotated = secrets.get("tracker").await.unwrap();
    assert_eq!(rotated.valid().collect::<Vec<_>>(), [SECOND, FIRST]);

    assert_eq!(told(&["set", "made", "--generate"], "").await.code, Some(0));
    let listed = told(&["list"], "").await;
    assert_eq!(listed.out, "links\nmade\ntracker\n");
    let made = secrets.get("made").await.unwrap();
    for value in [FIRST, SECOND, made.current()] {
        assert!(!said.contains(value), "{said}");
    }

    let shown = machine
        .baton(
            &[
                "--json",
                "secret",
                "rotate",
                "made",
                "--generate",
                "--print",
            ],
            "",
        )
        .await;
    let shown: Value = serde_json::from_str(&shown.out).expect("one document");
    later(&machine, 61);
    assert_eq!(secrets.get("made").await.unwrap().current(), shown["value"]);
}

fn later(machine: &Machine, seconds: i64) {
    machine.forward_to(machine.host.clock().now() + SignedDuration::from_secs(seconds));
}

async fn secret(machine: &Machine, arguments: &[&str], value: &str) -> Said {
    let said = machine
        .baton(&[&["secret"], arguments].concat(), value)
        .await;
    assert_eq!(said.code, Some(0), "{said:?}");
    said
}

/// The secret that `events/webhooks/tracker.http` is signed with, and another one.
const TRACKER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ROTATED: &str = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTAx";

/// The example request: its headers and its body.
fn example() -> (Vec<(String, String)>, String) {
    let file = root().join("events/webhooks/tracker.http");
    let text = std::fs::read_to_string(file).expect("there is an example");
    let (head, body) = text.split_once("\n\n").expect("a head and a body");
    let headers = head.lines().skip(1).map(|line| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.to_owned(), value.to_owned())
    });
    (headers.collect(), body.trim_end().to_owned())
}

async fn post(
    machine: &Machine,
    id: &str,
    secret: &str,
    body: &str,
    at: Timestamp,
) -> (u16, Value) {
    let signature = signature::sign_standard(secret, id, at, body.as_bytes());
    let (at, signature) = (at.as_second().to_string(), signature.expect("it is base64"));
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", id),
        ("webhook-timestamp", &at),
        ("webhook-signature", &signature),
    ];
    machine.webhook("tracker", &headers, body.as_bytes()).await
}

async fn issues(machine: &Machine) -> usize {
    let cases = machine.cases().await;
    cases
        .values()
        .filter(|case| case.workflow.0 == "ready_for_qa")
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn p25_a_signed_request_starts_a_case_and_its_repeat_changes_nothing() {
    let machine = Machine::at("2026-11-24T08:00:05Z").await;
    let (headers, body) = example();
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let sent = || machine.webhook("tracker", &headers, body.as_bytes());

    // Nobody has kept the secret yet: nothing is taken, and somebody hears of it, once.
    for _ in 0..2 {
        assert_eq!(sent().await.0, 503);
    }
    let parked = machine.parked().await;
    assert_eq!(parked.len(), 1);
    assert!(
        parked[0].reason.contains("baton secret set tracker"),
        "{}",
        parked[0].reason
    );
    assert_eq!(parked[0].owner, "olga");
    secret(&machine, &["set", "tracker"], TRACKER).await;

    assert_eq!(
        sent().await,
        (200, json!({ "outcome": "taken", "text": "issue.started" }))
    );
    machine.rest().await;
    assert_eq!(issues(&machine).await, 1);
    let before = machine.case_of("ready_for_qa").await;
    assert_eq!(before.values["issue"], "WEB-101");
    for _ in 0..3 {
        let (status, answer) = sent().await;
        assert_eq!((status, &answer["outcome"]), (200, &json!("repeat")));
    }
    machine.rest().await;
    assert_eq!(machine.case_of("ready_for_qa").await, before);

    // The same again under another delivery is another event; the issue has its case already.
    let now = machine.host.clock().now();
    assert_eq!(
        post(&machine, "msg_again", TRACKER, &body, now).await.0,
        200
    );
    machine.rest().await;
    assert_eq!(issues(&machine).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p25_what_is_not_signed_now_by_the_source_is_refused_with_what_to_mend() {
    let machine = Machine::at(MONDAY).await;
    secret(&machine, &["set", "tracker"], TRACKER).await;
    let (_, body) = example();
    let now = machine.host.clock().now();
    let before = machine.table_text().await;
    let told = |(status, answer): (u16, Value), wanted: u16, text: &str| {
        assert_eq!(status, wanted, "{answer}");
        assert_eq!(answer["outcome"], "refused", "{answer}");
        let said = answer["text"].as_str().expect("it says why");
        assert!(said.contains(text), "{said}");
    };
    told(
        post(&machine, "msg_1", ROTATED, &body, now).await,
        401,
        "no signature",
    );
    let old = now - SignedDuration::from_secs(400);
    told(
        post(&machine, "msg_1", TRACKER, &body, old).await,
        401,
        "set the sender's clock",
    );
    let written_again =
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(&body).unwrap()).unwrap();
    let signature = signature::sign_standard(TRACKER, "msg_1", now, body.as_bytes()).unwrap();
    let at = now.as_second().to_string();
    let headers = [
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", &at),
        ("webhook-signature", &signature),
    ];
    told(
        machine
            .webhook("tracker", &headers, written_again.as_bytes())
            .await,
        401,
        "bytes as they are sent",
    );
    told(
        machine
            .webhook("tracker", &headers[..2], body.as_bytes())
            .await,
        401,
        "`webhook-signature` is missing",
    );
    told(
        machine.webhook("tracker", &headers, b"").await,
        400,
        "empty",
    );
    told(
        machine.webhook("traker", &headers, body.as_bytes()).await,
        404,
        "no such source",
    );
    told(
        machine.webhook("esign", &headers, body.as_bytes()).await,
        404,
        "no such source",
    );
    let large = "x".repeat(1024 * 1024 + 1);
    told(
        post(&machine, "msg_1", TRACKER, &large, now).await,
        413,
        "at most 1048576",
    );
    // What Lambda itself takes ends at 6 MB.
    let huge = vec![b'x'; 10 * 1024 * 1024];
    assert_eq!(machine.webhook("tracker", &headers, &huge).await.0, 413);
    machine.rest().await;
    let after = machine.table_text().await;
    assert_eq!(after.lines().count(), before.lines().count());
    assert!(!after.contains("DELIVERED#") && !after.contains("\"PARKED\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn p25_nothing_is_lost_that_the_bus_or_the_mapping_does_not_take() {
    let machine = Machine::at(MONDAY).await;
    secret(&machine, &["set", "tracker"], TRACKER).await;
    let (_, body) = example();
    let now = machine.host.clock().now();
    // Whatever the bus says, nobody is told "taken" before it has the event.
    machine.host.fail(Fault {
        operation: "PutEvents".into(),
        skip: 0,
        times: u32::MAX,
        when: When::Before,
        how: How::ServerError,
    });
    let (status, answer) = post(&machine, "msg_1", TRACKER, &body, now).await;
    assert_eq!((status, &answer["outcome"]), (503, &json!("later")));
    machine.host.clear_faults();
    assert_eq!(post(&machine, "msg_1", TRACKER, &body, now).await.0, 200);
    machine.rest().await;
    assert_eq!(issues(&machine).await, 1);

    let ignored = r#"{"type":"issue.commented","data":{}}"#;
    assert_eq!(
        post(&machine, "msg_2", TRACKER, ignored, now).await.1["outcome"],
        "ignored"
    );
    for (id, body, reason) in [
        (
            "msg_3",
            r#"{"type":"issue.closed","data":{}}"#,
            "neither under `events` nor under `ignored`",
        ),
        (
            "msg_4",
            r#"{"type":"issue.started","data":{"key":"WEB-102"}}"#,
            "has no body.data.",
        ),
        ("msg_5", "not JSON", "not JSON"),
    ] {
        for _ in 0..2 {
            let (status, answer) = post(&machine, id, TRACKER, body, now).await;
            assert_eq!(
                (status, &answer["outcome"]),
                (202, &json!("parked")),
                "{answer}"
            );
            let said = answer["text"].as_str().unwrap_or_default();
            assert!(said.contains(reason), "{said}");
        }
    }
    let parked = machine.parked().await;
    assert_eq!(parked.len(), 3);
    assert!(
        parked
            .iter()
            .all(|row| row.owner == "olga" && row.source == "tracker")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p25_p26_a_parked_request_is_taken_up_once_its_file_is_mended() {
    let machine = Machine::at(MONDAY).await;
    secret(&machine, &["set", "tracker"], TRACKER).await;
    let (_, body) = example();
    let reopened = body.replace("issue.started", "issue.reopened");
    let now = machine.host.clock().now();
    let (status, _) = post(&machine, "msg_1", TRACKER, &reopened, now).await;
    assert_eq!(status, 202);
    let redrive = async || {
        let said = machine.baton(&["redrive", "--all"], "").await;
        machine.rest().await;
        said
    };
    redrive().await;
    assert_eq!(machine.parked().await.len(), 1, "the file is as it was");
    assert_eq!(issues(&machine).await, 0);

    let folder = tempfile::tempdir().expect("a folder can be made");
    let dir = folder.path().to_str().expect("a plain name");
    assert_eq!(baton(&["init", dir], "").await.code, Some(0));
    let file = folder.path().join("webhooks/tracker.yaml");
    let text = std::fs::read_to_string(&file).expect("it was written");
    let (mapped, rest) = text.split_once("ignored:").expect("it ignores some");
    let (_, detail) = mapped.split_once("    detail:").expect("it maps one");
    let mended = format!(
        "{mapped}  issue.reopened:\n    becomes: issue.started\n    detail:{detail}ignored:{rest}"
    );
    std::fs::write(&file, mended).expect("it can be written");
    let said = machine.baton(&["apply", dir], "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    for _ in 0..2 {
        let said = redrive().await;
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(machine.parked().await.is_empty());
        assert_eq!(issues(&machine).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p25_a_rotation_needs_no_restart_and_no_secret_is_seen_anywhere() {
    let machine = Machine::at(MONDAY).await;
    let (_, body) = example();
    let early = machine.host.clock().now();
    // Something that the functions speak of.
    assert_eq!(post(&machine, "msg_0", TRACKER, &body, early).await.0, 503);
    secret(&machine, &["set", "tracker"], TRACKER).await;
    let body_of = |issue: &str| body.replace("WEB-101", issue);
    let now = || machine.host.clock().now();
    assert_eq!(
        post(&machine, "msg_1", TRACKER, &body_of("WEB-1"), now())
            .await
            .0,
        200
    );
    secret(&machine, &["rotate", "tracker"], ROTATED).await;
    later(&machine, 61);
    assert_eq!(
        post(&machine, "msg_2", ROTATED, &body_of("WEB-2"), now())
            .await
            .0,
        200
    );
    assert_eq!(
        post(&machine, "msg_3", TRACKER, &body_of("WEB-3"), now())
            .await
            .0,
        200
    );
    secret(&machine, &["set", "tracker", "--replace"], ROTATED).await;
    later(&machine, 61);
    assert_eq!(
        post(&machine, "msg_4", TRACKER, &body_of("WEB-4"), now())
            .await
            .0,
        401
    );
    machine.rest().await;
    assert_eq!(issues(&machine).await, 3);

    let mails: Vec<String> = machine
        .host
        .mails()
        .iter()
        .map(|mail| String::from_utf8_lossy(&mail.raw).into_owned())
        .collect();
    for (place, text) in [
        ("logs", machine.logs()),
        ("table", machine.table_text().await),
        ("mails", mails.join("\n")),
    ] {
        assert!(!text.is_empty() || place == "mails", "{place}");
        for value in [TRACKER, ROTATED] {
            let bare = value.trim_start_matches("whsec_");
            assert!(!text.contains(bare), "a secret is in the {place}");
        }
    }
}
