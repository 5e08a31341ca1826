//! Published examples of each scheme, and every way in which a request can be other than what was signed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use domain::webhook::{Encoding, Headers, Scheme, Signed};
use jiff::Timestamp;
use proptest::prelude::*;
use signature::{MOST_BODY_BYTES, Refused, sign_standard, verify};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    pairs.collect()
}

/// The example that the libraries of Standard Webhooks are tested with.
const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const STANDARD_AT: i64 = 1_614_265_330;
const STANDARD_BODY: &[u8] = br#"{"test": 2432232314}"#;
const STANDARD_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn standard(signature: &str) -> Headers {
    headers(&[
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", signature),
    ])
}

fn of_standard(headers: &Headers, secrets: &[&str], body: &[u8], now: i64) -> Result<(), Refused> {
    verify(
        &Scheme::Standard,
        secrets.iter().copied(),
        headers,
        body,
        at(now),
    )
}

/// GitHub documents this one in "Validating webhook deliveries".
const GITHUB_SECRET: &str = "It's a Secret to Everybody";
const GITHUB_SIGNATURE: &str =
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn of_github(signature: &str, secrets: &[&str], body: &[u8]) -> Result<(), Refused> {
    let headers = headers(&[("x-hub-signature-256", signature)]);
    verify(
        &Scheme::Github,
        secrets.iter().copied(),
        &headers,
        body,
        at(0),
    )
}

#[test]
fn the_published_examples_are_believed() {
    let headers = standard(STANDARD_SIGNATURE);
    let bare = STANDARD_SECRET.strip_prefix("whsec_").unwrap();
    for secret in [STANDARD_SECRET, bare] {
        assert_eq!(
            of_standard(&headers, &[secret], STANDARD_BODY, STANDARD_AT),
            Ok(())
        );
    }
    let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    let signed = sign_standard(STANDARD_SECRET, id, at(STANDARD_AT), STANDARD_BODY);
    assert_eq!(signed.as_deref(), Ok(STANDARD_SIGNATURE));
    assert_eq!(
        of_github(GITHUB_SIGNATURE, &[GITHUB_SECRET], b"Hello, World!"),
        Ok(())
    );
}

/// Stripe documents the steps, not a vector; this one was computed with Python's `hmac`.
#[test]
fn stripes_steps_are_followed() {
    let body = br#"{"id":"evt_1","type":"invoice.paid"}"#;
    let secret = ["whsec_example"];
    let check = |header: &str, body: &[u8], now| {
        let headers = headers(&[("stripe-signature", header)]);
        verify(&Scheme::Stripe, secret.into_iter(), &headers, body, at(now))
    };
    let right = "v1=73fe417faa7fe847614b8b9c2c64a470ec68057235f29edfd83cddea23946d8d";
    let other = format!("v1={}", "0".repeat(64));
    assert_eq!(
        check(&format!("t=1492774577,{right}"), body, 1_492_774_577),
        Ok(())
    );
    // While its secret is rolled Stripe signs with both; and `v0` is for its tests alone.
    let rolled = format!("t=1492774577,{other},{right},v0=6ffbb59b");
    assert_eq!(check(&rolled, body, 1_492_774_877), Ok(()));
    assert_eq!(
        check(&rolled, body, 1_492_774_878),
        Err(Refused::NotNow { seconds: 301 })
    );
    let moved = format!("t=1492774600,{right}");
    assert!(matches!(
        check(&moved, body, 1_492_774_600),
        Err(Refused::Wrong(_))
    ));
    let as_v0 = format!("t=1492774577,{}", right.replace("v1", "v0"));
    assert!(matches!(
        check(&as_v0, body, 1_492_774_577),
        Err(Refused::Wrong(_))
    ));
    for broken in [right, "t=yesterday,v1=00", ""] {
        let refused = check(broken, body, 1_492_774_577);
        assert!(
            matches!(
                refused,
                Err(Refused::Malformed { .. } | Refused::Missing(_))
            ),
            "{broken}: {refused:?}"
        );
    }
}

#[test]
fn a_tool_of_its_own_ways_signs_the_body_or_its_time_and_the_body() {
    let mut signed = Signed {
        header: "x-tool-signature".into(),
        prefix: String::new(),
        encoding: Encoding::Base64,
        time_header: None,
    };
    let check = |signed: &Signed, pairs: &[(&str, &str)], now| {
        let scheme = Scheme::Hmac(signed.clone());
        verify(
            &scheme,
            ["shared"].into_iter(),
            &headers(pairs),
            b"body",
            at(now),
        )
    };
    let of_body = (
        "x-tool-signature",
        "Qsnc51ENsjTaV9sqpARu9csiTKimLCNiVVJdrmZmM0Y=",
    );
    assert_eq!(check(&signed, &[of_body], 0), Ok(()));
    signed.time_header = Some("x-tool-time".into());
    let of_both = (
        "x-tool-signature",
        "quT00aJmNky7nG/WP3hWos+y3R82xQTi6zGCnU7R2RY=",
    );
    let time = ("x-tool-time", "1700000000");
    assert_eq!(check(&signed, &[of_both, time], 1_700_000_300), Ok(()));
    assert!(matches!(
        check(&signed, &[of_body, time], 1_700_000_000),
        Err(Refused::Wrong(_))
    ));
    assert_eq!(
        check(&signed, &[of_both], 1_700_000_000),
        Err(Refused::Missing("x-tool-time".into()))
    );
    assert_eq!(
        check(&signed, &[of_both, time], 1_699_999_699),
        Err(Refused::NotNow { seconds: 301 })
    );
}

#[test]
fn another_secret_another_time_another_body_are_not_believed() {
    let headers = standard(STANDARD_SIGNATURE);
    let good = [STANDARD_SECRET];
    let other = ["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
    let wrong = |refused: Result<(), Refused>| {
        assert!(matches!(refused, Err(Refused::Wrong(_))), "{refused:?}")
    };
    wrong(of_standard(&headers, &other, STANDARD_BODY, STANDARD_AT));
    wrong(of_standard(&headers, &[], STANDARD_BODY, STANDARD_AT));
    // The same JSON, written again by somebody who parsed it.
    wrong(of_standard(
        &headers,
        &good,
        br#"{"test":2432232314}"#,
        STANDARD_AT,
    ));
    let mut of_another = headers.clone();
    of_another.insert("webhook-id".into(), "msg_another".into());
    wrong(of_standard(&of_another, &good, STANDARD_BODY, STANDARD_AT));
    for away in [-301, 301, 1_000_000] {
        let refused = of_standard(&headers, &good, STANDARD_BODY, STANDARD_AT + away);
        let seconds = away.unsigned_abs();
        assert_eq!(refused, Err(Refused::NotNow { seconds }));
    }
    for away in [-300, 300] {
        assert_eq!(
            of_standard(&headers, &good, STANDARD_BODY, STANDARD_AT + away),
            Ok(())
        );
    }
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut without = headers.clone();
        without.remove(name);
        let refused = of_standard(&without, &good, STANDARD_BODY, STANDARD_AT);
        assert_eq!(refused, Err(Refused::Missing(name.into())));
    }
    wrong(of_github(
        GITHUB_SIGNATURE,
        &["It's a secret to everybody"],
        b"Hello, World!",
    ));
    wrong(of_github(
        GITHUB_SIGNATURE,
        &[GITHUB_SECRET],
        b"Hello, World",
    ));
    wrong(of_github(
        &GITHUB_SIGNATURE[7..],
        &[GITHUB_SECRET],
        b"Hello, World!",
    ));
    wrong(of_github(
        "sha256=757107",
        &[GITHUB_SECRET],
        b"Hello, World!",
    ));
}

#[test]
fn while_secrets_rotate_either_is_believed_and_either_signature_is() {
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let headers = standard(STANDARD_SIGNATURE);
    let both = [other, STANDARD_SECRET];
    assert_eq!(
        of_standard(&headers, &both, STANDARD_BODY, STANDARD_AT),
        Ok(())
    );
    let two = format!("v1,{} {STANDARD_SIGNATURE} v2,abc", "A".repeat(43) + "=");
    assert_eq!(
        of_standard(&standard(&two), &both, STANDARD_BODY, STANDARD_AT),
        Ok(())
    );
    let two = format!("sha256={},{GITHUB_SIGNATURE}", "0".repeat(64));
    assert_eq!(of_github(&two, &[GITHUB_SECRET], b"Hello, World!"), Ok(()));
}

#[test]
fn ten_megabytes_are_refused_before_they_are_hashed() {
    let body = vec![b'x'; 10 * 1024 * 1024];
    // Not even a secret that could not be used is looked at.
    let refused = of_standard(&Headers::new(), &["not base64"], &body, STANDARD_AT);
    assert_eq!(refused, Err(Refused::TooLarge { bytes: body.len() }));
    let most = &body[..MOST_BODY_BYTES];
    let refused = of_standard(&Headers::new(), &[], most, STANDARD_AT);
    assert_eq!(refused, Err(Refused::Missing("webhook-id".into())));
}

#[test]
fn a_secret_that_is_no_base64_is_told_apart_from_a_wrong_signature() {
    let headers = standard(STANDARD_SIGNATURE);
    let refused = of_standard(&headers, &["sp@m"], STANDARD_BODY, STANDARD_AT);
    assert_eq!(refused, Err(Refused::Secret));
    assert!(!Refused::Secret.to_string().contains("sp@m"));
}

proptest! {
    #[test]
    fn what_was_signed_is_believed_and_one_bit_less_is_not(
        key in proptest::collection::vec(any::<u8>(), 24..64),
        body in proptest::collection::vec(any::<u8>(), 0..300),
        place in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        use base64::Engine as _;
        let secret = base64::engine::general_purpose::STANDARD.encode(key);
        let now = at(STANDARD_AT);
        let signature = sign_standard(&secret, "msg", now, &body).unwrap();
        let mut of = standard(&signature);
        of.insert("webhook-id".into(), "msg".into());
        let check = |body: &[u8]| of_standard(&of, &[&secret], body, STANDARD_AT);
        prop_assert_eq!(check(&body), Ok(()));
        let mut changed = body.clone();
        changed.push(0);
        prop_assert!(check(&changed).is_err());
        if !body.is_empty() {
            let mut changed = body.clone();
            changed[place.index(body.len())] ^= 1 << bit;
            prop_assert!(check(&changed).is_err());
        }
    }

    #[test]
    fn no_header_makes_it_panic(name in 0..4_usize, text in ".{0,200}") {
        let name = ["webhook-signature", "stripe-signature", "x-hub-signature-256", "webhook-timestamp"][name];
        let mut of = standard("v1,AAAA");
        of.insert(name.into(), text);
        for scheme in [Scheme::Standard, Scheme::Stripe, Scheme::Github] {
            let refused = verify(&scheme, ["c2VjcmV0"].into_iter(), &of, b"{}", at(0));
            prop_assert!(refused.is_err());
        }
    }
}
