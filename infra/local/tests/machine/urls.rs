//! Function URLs: payload format 2.0 in, status, headers, cookies and body out.

use local::template::{FunctionUrl, Wiring};
use serde_json::{Value, json};

use crate::support::{function, get, ground, request, start};

fn wiring(auth_type: &str) -> Wiring {
    let mut page = function("Page", "page");
    page.url = Some(FunctionUrl {
        auth_type: auth_type.to_owned(),
    });
    Wiring {
        functions: vec![page, function("Hidden", "page")],
        ..ground()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_becomes_an_event_and_the_answer_a_response() {
    let host = start(wiring("NONE")).await;
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("cookie", "s=1; t=2"),
        ("x-custom", "yes"),
    ];
    let answer = request(
        &host.url(),
        "POST",
        "/url/Page/cases/7?a=1&a=2&b=%C3%BC",
        &headers,
        "task=done".to_owned(),
    )
    .await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("x-page"), Some("yes"));
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(answer.all("set-cookie"), ["a=1; Path=/", "b=2"]);
    let event: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["rawPath"], "/cases/7");
    assert_eq!(event["rawQueryString"], "a=1&a=2&b=%C3%BC");
    assert_eq!(
        event["queryStringParameters"],
        json!({ "a": "1,2", "b": "ü" })
    );
    assert_eq!(event["cookies"], json!(["s=1", "t=2"]));
    assert_eq!(event["headers"]["x-custom"], "yes");
    assert_eq!(event["requestContext"]["http"]["method"], "POST");
    assert_eq!(event["requestContext"]["timeEpoch"], 1_772_442_000_000_i64);
    // A form is not among the types that Lambda passes on as text.
    assert_eq!(event["isBase64Encoded"], true);
    assert_eq!(event["body"], "dGFzaz1kb25l");
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_stay_below_the_function_and_bytes_come_through() {
    let host = start(wiring("NONE")).await;
    let moved = get(&host.url(), "/url/Page/moved").await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (303, Some("/url/Page/there"))
    );
    let picture = get(&host.url(), "/url/Page/picture").await;
    assert_eq!(picture.header("content-type"), Some("image/gif"));
    assert!(picture.body.starts_with(b"GIF89a"));
    let named = request(
        &host.url(),
        "GET",
        "/moved",
        &[("host", "page.localhost")],
        String::new(),
    )
    .await;
    assert_eq!(
        (named.status, named.header("location")),
        (303, Some("/there"))
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_functions_with_a_url_have_one() {
    let host = start(wiring("NONE")).await;
    assert_eq!(get(&host.url(), "/url/Hidden/").await.status, 404);
    assert_eq!(get(&host.url(), "/url/Nobody/").await.status, 404);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_url_refuses_the_unsigned() {
    let host = start(wiring("AWS_IAM")).await;
    assert_eq!(get(&host.url(), "/url/Page/").await.status, 403);
    let signed = [("authorization", "AWS4-HMAC-SHA256 Credential=local")];
    assert_eq!(
        request(&host.url(), "GET", "/url/Page/", &signed, String::new())
            .await
            .status,
        201
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_for_the_loopback_address_is_refused() {
    let host = start(wiring("NONE")).await;
    let answer = request(
        &host.url(),
        "GET",
        "/mails",
        &[("host", "evil.test")],
        String::new(),
    )
    .await;
    assert_eq!(answer.status, 403);
    host.shutdown().await;
}
