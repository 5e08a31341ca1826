//! What a signed request becomes, by a table: its name, its id, each field, and what is said where something is missing.

use std::collections::BTreeMap;

use domain::webhook::{
    Becomes, Encoding, Field, Headers, Mapping, Meaning, Place, Request, Scheme, Signed, Webhook,
};
use serde_json::{Value, json};

fn place(text: &str) -> Place {
    Place::parse(text).expect("a place")
}

fn field(text: &str) -> Field {
    match text.strip_suffix('?') {
        Some(text) => Field {
            place: place(text),
            optional: true,
        },
        None => Field {
            place: place(text),
            optional: false,
        },
    }
}

/// A tracker's webhook: an issue that is assigned becomes `issue.started`.
fn webhook(scheme: Scheme, name: &[&str], id: Option<&str>) -> Webhook {
    let fields = [
        ("issue_key", "body.issue.key"),
        ("label", "body.issue.labels.0.name?"),
        ("kind", "header.x-kind?"),
    ];
    let becomes = Becomes {
        event: "issue.started".into(),
        detail: fields
            .into_iter()
            .map(|(name, at)| (name.to_owned(), field(at)))
            .collect(),
    };
    let mut events = BTreeMap::new();
    for name in ["issue.assigned", "issue", "7"] {
        events.insert(name.to_owned(), becomes.clone());
    }
    Webhook {
        scheme,
        secret: "tracker".into(),
        mapping: Mapping {
            name: name.iter().map(|text| place(text)).collect(),
            id: id.map(place),
            events,
            ignored: ["issue.read".to_owned()].into(),
        },
    }
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn meaning(webhook: &Webhook, headers: &Headers, body: &Value) -> Result<Meaning, String> {
    let request = Request {
        headers,
        body,
        body_hash: "hash",
    };
    webhook.meaning("tracker", Some("change_id"), &request)
}

#[test]
fn a_request_becomes_an_event_field_by_field() {
    let standard = webhook(Scheme::Standard, &["header.x-event", "body.action"], None);
    let sent = headers(&[
        ("webhook-id", "msg_1"),
        ("x-event", "issue"),
        ("x-kind", "bug"),
    ]);
    let issue = json!({ "key": "WEB-1", "labels": [{ "name": "urgent" }] });
    let event = |detail: Value| Ok(Meaning::Event("issue.started".into(), detail));
    let refused = |reason: &str| Err(reason.to_owned());
    let table = [
        // The name in two parts, and each field from where it stands.
        (
            sent.clone(),
            json!({ "action": "assigned", "issue": issue }),
            event(
                json!({ "change_id": "msg_1", "issue_key": "WEB-1", "kind": "bug", "label": "urgent" }),
            ),
        ),
        // The last part of the name may be missing, and so may a field that says so.
        (
            headers(&[("webhook-id", "msg_2"), ("x-event", "issue")]),
            json!({ "issue": { "key": 12 } }),
            event(json!({ "change_id": "msg_2", "issue_key": 12 })),
        ),
        // Nothing is nothing.
        (
            sent.clone(),
            json!({ "action": "assigned", "issue": { "key": "WEB-1", "labels": [{ "name": null }] } }),
            event(json!({ "change_id": "msg_1", "issue_key": "WEB-1", "kind": "bug" })),
        ),
        (
            sent.clone(),
            json!({ "action": "read" }),
            Ok(Meaning::Ignored("issue.read".into())),
        ),
        (
            sent.clone(),
            json!({ "action": "deleted", "issue": issue }),
            refused(
                "`issue.deleted` is neither under `events` nor under `ignored` in webhooks/tracker.yaml",
            ),
        ),
        (
            sent.clone(),
            json!({ "action": "assigned", "issue": { "key": null } }),
            refused(
                "`issue.assigned` has no body.issue.key, which webhooks/tracker.yaml wants for `issue_key`; write `body.issue.key?` if it may be missing",
            ),
        ),
        (
            headers(&[("webhook-id", "msg_3")]),
            json!({ "action": "assigned", "issue": issue }),
            refused("the request has no header.x-event, which names what happened"),
        ),
        (
            headers(&[("x-event", "issue")]),
            json!({ "action": "assigned", "issue": issue }),
            refused("the request has no id"),
        ),
        // A body that is no object has no places.
        (
            sent,
            json!(["assigned"]),
            refused(
                "`issue` has no body.issue.key, which webhooks/tracker.yaml wants for `issue_key`; write `body.issue.key?` if it may be missing",
            ),
        ),
    ];
    for (headers, body, expected) in table {
        assert_eq!(
            meaning(&standard, &headers, &body),
            expected,
            "{headers:?} {body}"
        );
    }
    // A number may name what happened.
    let numbered = webhook(Scheme::Github, &["body.type"], None);
    let told = meaning(
        &numbered,
        &Headers::new(),
        &json!({ "type": 7, "issue": { "key": "A" } }),
    );
    assert_eq!(
        told,
        event(json!({ "change_id": "hash", "issue_key": "A" }))
    );
}

#[test]
fn the_id_is_taken_from_what_is_signed() {
    let own = |time: Option<&str>| {
        Scheme::Hmac(Signed {
            header: "x-signature".into(),
            prefix: String::new(),
            encoding: Encoding::Hex,
            time_header: time.map(str::to_owned),
        })
    };
    let sent = headers(&[("webhook-id", "msg_1"), ("x-delivery", "forged")]);
    let body = json!({ "id": "evt_1", "delivery": { "id": 5 }, "empty": "" });
    for (scheme, stated, expected) in [
        (Scheme::Standard, None, Some("msg_1")),
        (Scheme::Stripe, None, Some("evt_1")),
        (Scheme::Github, None, Some("hash")),
        (own(None), None, Some("hash")),
        (own(Some("x-time")), None, Some("hash")),
        (Scheme::Github, Some("body.delivery.id"), Some("5")),
        (Scheme::Standard, Some("body.id"), Some("evt_1")),
        // What the file names and the request lacks is no id; nothing else takes its place.
        (Scheme::Standard, Some("body.nothing"), None),
        (Scheme::Standard, Some("body.empty"), None),
    ] {
        let webhook = webhook(scheme, &["body.action"], stated);
        let request = Request {
            headers: &sent,
            body: &body,
            body_hash: "hash",
        };
        assert_eq!(webhook.id(&request).as_deref(), expected, "{stated:?}");
    }
}

#[test]
fn only_headers_that_the_mapping_looks_at_are_kept() {
    let sent = headers(&[
        ("webhook-id", "msg_1"),
        ("webhook-signature", "v1,secret"),
        ("authorization", "Bearer secret"),
        ("x-event", "issue"),
        ("x-kind", "bug"),
    ]);
    let kept = webhook(Scheme::Standard, &["header.x-event"], None).kept_headers(&sent);
    let names: Vec<_> = kept.keys().map(String::as_str).collect();
    assert_eq!(names, ["webhook-id", "x-event", "x-kind"]);
    let kept = webhook(Scheme::Github, &["body.action"], None).kept_headers(&sent);
    let names: Vec<_> = kept.keys().map(String::as_str).collect();
    assert_eq!(names, ["x-kind"]);
}

#[test]
fn what_is_no_place() {
    for text in [
        "", "body", "body.", "header.", "query.a", "body..a", "body.a b", "detail.a", ".a",
    ] {
        assert!(Place::parse(text).is_none(), "{text}");
    }
    assert_eq!(place("header.X-Event"), Place::Header("x-event".into()));
    assert_eq!(place("body.a.0.b").to_string(), "body.a.0.b");
}
