//! P25: any tool connects. Secrets are kept by name, rotated without a deploy, and never shown.

use serde_json::Value;
use tests::machine::Machine;

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
    machine.forward_to(machine.host.clock().now() + jiff::SignedDuration::from_secs(61));
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
    machine.forward_to(machine.host.clock().now() + jiff::SignedDuration::from_secs(61));
    assert_eq!(secrets.get("made").await.unwrap().current(), shown["value"]);
}
