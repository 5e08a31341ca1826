//! Secrets by name: what is asked on the wire, what is remembered and for how long, what is never shown.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use serde_json::{Value, json};
use store::{Clock, Secret, SecretError, Secrets};

use crate::wire::{Answer, Script};

#[derive(Debug, Clone, Default)]
struct Hand(Arc<Mutex<u64>>);

impl Hand {
    fn at(&self, seconds: u64) {
        *self.0.lock().unwrap() = seconds;
    }
}

impl TimeSource for Hand {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000 + *self.0.lock().unwrap())
    }
}

fn secrets(script: &Script, hand: &Hand) -> Secrets {
    let sleep = SharedAsyncSleep::new(TokioSleep::new());
    let clock = Clock::driven(SharedTimeSource::new(hand.clone()), sleep);
    script.clients().secrets(clock).unwrap()
}

fn holds(value: &str) -> Answer {
    Answer::json(
        json!({ "Parameter": { "Name": "/baton/local/x", "Type": "SecureString", "Value": value } }),
    )
}

fn values(secret: &Secret) -> Vec<&str> {
    secret.valid().collect()
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_asked_for_once_a_minute_so_that_a_rotation_is_seen() {
    let script = Script::of([holds("first"), holds("second\nfirst\n")]);
    let (hand, asked) = (Hand::default(), "links");
    let secrets = secrets(&script, &hand);
    assert_eq!(values(&secrets.get(asked).await.unwrap()), ["first"]);
    hand.at(59);
    assert_eq!(secrets.clone().get(asked).await.unwrap().current(), "first");
    assert_eq!(script.calls(), 1);
    hand.at(60);
    let rotated = secrets.get(asked).await.unwrap();
    assert_eq!(values(&rotated), ["second", "first"]);
    assert_eq!(rotated.current(), "second");
    assert_eq!(script.operations(), ["GetParameter", "GetParameter"]);
    let wanted = json!({ "Name": "/baton/local/links", "WithDecryption": true });
    assert_eq!(script.asked(), [wanted.clone(), wanted]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_does_not_keep_a_secret_for_ever() {
    let script = Script::of([holds("first"), holds("second")]);
    let hand = Hand::default();
    hand.at(1_000);
    let secrets = secrets(&script, &hand);
    secrets.get("links").await.unwrap();
    hand.at(10);
    assert_eq!(secrets.get("links").await.unwrap().current(), "second");
}

#[tokio::test(start_paused = true)]
async fn a_missing_secret_is_named_with_the_command_that_keeps_one_and_is_asked_for_again() {
    let missing = || Answer::error(400, "ParameterNotFound", json!({}));
    let script = Script::of([missing(), holds("\n\n"), holds("there now")]);
    let secrets = secrets(&script, &Hand::default());
    for _ in 0..2 {
        let error = secrets.get("links").await.unwrap_err();
        assert!(matches!(error, SecretError::Missing { .. }), "{error}");
        assert_eq!(
            error.to_string(),
            "there is no secret `links`; keep one with `baton secret set links`"
        );
    }
    assert_eq!(secrets.get("links").await.unwrap().current(), "there now");
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_or_breaks_is_repeated_and_what_is_forbidden_is_told_without_values() {
    let script = Script::of([
        Answer::error(
            400,
            "ThrottlingException",
            json!({ "message": "Rate exceeded" }),
        ),
        Answer::Broken,
        Answer::Is(500, String::new()),
        holds("hidden-example"),
    ]);
    let secrets_of = |script: &Script| secrets(script, &Hand::default());
    let secret = secrets_of(&script).get("links").await.unwrap();
    assert_eq!(script.calls(), 4);
    assert_eq!(format!("{secret:?}"), "Secret(1 not shown)");

    let denied = json!({ "message": "User is not authorized to perform: ssm:PutParameter" });
    let script = Script::of([Answer::error(400, "AccessDeniedException", denied)]);
    let error = secrets_of(&script).put("links", &secret).await.unwrap_err();
    let told = format!("{error:?} {}", store::explain(&error));
    assert!(told.contains("not authorized"), "{told}");
    assert!(!told.contains("hidden-example"), "{told}");
    assert_eq!(script.asked()[0]["Value"], "hidden-example");
}

#[tokio::test(start_paused = true)]
async fn a_kept_secret_is_written_encrypted_and_not_remembered_as_it_was() {
    let script = Script::of([
        holds("old"),
        Answer::json(json!({ "Version": 2 })),
        holds("new\nold"),
    ]);
    let secrets = secrets(&script, &Hand::default());
    let old = secrets.get("github").await.unwrap();
    let next = old.followed_by(&Secret::new("new\n").unwrap()).unwrap();
    secrets.put("github", &next).await.unwrap();
    assert_eq!(
        values(&secrets.get("github").await.unwrap()),
        ["new", "old"]
    );
    let wanted = json!({
        "Name": "/baton/local/github", "Value": "new\nold", "Type": "SecureString", "Overwrite": true
    });
    assert_eq!(script.asked()[1], wanted);
}

#[tokio::test(start_paused = true)]
async fn names_are_read_to_the_last_page() {
    let page = |names: &[&str], next: Option<&str>| {
        let found: Vec<Value> = names.iter().map(|name| json!({ "Name": name })).collect();
        Answer::json(json!({ "Parameters": found, "NextToken": next }))
    };
    let script = Script::of([
        page(&["/baton/local/stripe", "/baton/local/github"], Some("2")),
        page(&[], Some("3")),
        page(&["/baton/local/links"], None),
    ]);
    let secrets = secrets(&script, &Hand::default());
    assert_eq!(
        secrets.names().await.unwrap(),
        ["github", "links", "stripe"]
    );
    assert_eq!(script.asked()[2]["NextToken"], "3");
}

#[tokio::test]
async fn names_and_values_that_can_not_be_kept_are_refused_before_anybody_is_asked() {
    let script = Script::default();
    let secrets = secrets(&script, &Hand::default());
    for name in ["", "Links", "a/b", "../b", "1a", &"a".repeat(61)] {
        let refused = secrets.get(name).await;
        assert!(matches!(refused, Err(SecretError::Name { .. })), "{name}");
    }
    for (value, why) in [
        ("\n", "empty"),
        ("two\nlines", "several lines"),
        (&"x".repeat(4097), "longer than 4,096"),
    ] {
        let refused = Secret::new(value).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    assert_eq!(
        Secret::new("with space \r\n").unwrap().current(),
        "with space "
    );
    let large = Secret::new(&"x".repeat(4000)).unwrap();
    assert!(large.followed_by(&large).is_err());
    let [one, other] = [Secret::generated().unwrap(), Secret::generated().unwrap()];
    assert_eq!(one.current().len(), 44);
    assert!(one != other);
    assert_eq!(script.calls(), 0);
}
