//! A request as the page needs it, and its answer with the headers that keep a link from getting out.
//! It must not know what any link opens.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::link::Refused;
use serde_json::{Value, json};

/// More than any form of ours sends.
const MOST_BODY_BYTES: usize = 4096;

/// What of a request (payload format 2.0) matters.
pub(super) struct Request<'a> {
    pub method: &'a str,
    /// The first part of the path.
    pub link: &'a str,
    /// What follows it.
    pub rest: Option<&'a str>,
    /// The form of a POST; of several fields of one name the last.
    pub form: BTreeMap<String, String>,
}

impl<'a> Request<'a> {
    pub fn read(request: &'a Value) -> Self {
        let path = request["rawPath"].as_str().unwrap_or("/");
        let path = path.trim_start_matches('/');
        let (link, rest) = match path.split_once('/') {
            Some((link, rest)) => (link, Some(rest)),
            None => (path, None),
        };
        Request {
            method: request["requestContext"]["http"]["method"]
                .as_str()
                .unwrap_or("GET"),
            link,
            rest: rest.filter(|rest| !rest.is_empty()),
            form: form(request),
        }
    }
}

fn form(request: &Value) -> BTreeMap<String, String> {
    let body = request["body"].as_str().unwrap_or_default();
    if body.len() > MOST_BODY_BYTES {
        return BTreeMap::new();
    }
    let bytes: Cow<'_, [u8]> = match request["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(body).unwrap_or_default().into(),
        _ => body.as_bytes().into(),
    };
    form_urlencoded::parse(&bytes).into_owned().collect()
}

/// What goes back to the browser.
pub(super) struct Answer {
    status: u16,
    kind: &'static str,
    /// How the browser is to keep what it gets; `None`: it shows it.
    file_name: Option<String>,
    body: Vec<u8>,
}

const ASK_FOR_ANOTHER: &str =
    "Open the newest mail about it, or ask whoever sent you the link for a new one.";

impl Answer {
    pub fn page(status: u16, html: String) -> Self {
        Answer {
            status,
            kind: "text/html; charset=utf-8",
            file_name: None,
            body: html.into_bytes(),
        }
    }

    /// A file to keep, not to show.
    pub fn file(file_name: String, bytes: Vec<u8>) -> Self {
        Answer {
            status: 200,
            kind: "application/pdf",
            file_name: Some(file_name.replace(
                |c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c),
                "_",
            )),
            body: bytes,
        }
    }

    pub fn refused(refused: Refused) -> Self {
        let (status, title) = match refused {
            Refused::NoLink => (404, "This link leads nowhere"),
            Refused::NotSigned => (403, "This link does not work"),
            Refused::Expired => (410, "This link has expired"),
        };
        Self::page(status, pages::link::refused(title, ASK_FOR_ANOTHER))
    }

    pub fn not_now() -> Self {
        let text =
            "It can not be shown or noted at the moment. Nothing is lost: try again in a minute.";
        Self::page(503, pages::link::refused("Not now", text))
    }

    pub fn no_such_method() -> Self {
        let text = "A page like this is opened, or one of its buttons is pressed.";
        Self::page(405, pages::link::refused("Not like this", text))
    }

    /// As a function URL sends it on.
    pub fn into_response(self) -> Value {
        // Nothing is loaded, run, framed, kept or told to the next site; a form goes back to where it came from.
        let policy = format!(
            "default-src 'none'; style-src {}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            pages::style_source()
        );
        let mut headers = json!({
            "content-type": self.kind,
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "content-security-policy": policy,
            "strict-transport-security": "max-age=63072000",
            "x-content-type-options": "nosniff",
            "x-robots-tag": "noindex, nofollow",
        });
        if let Some(name) = &self.file_name {
            headers["content-disposition"] = format!("attachment; filename=\"{name}\"").into();
        }
        let (body, is_base64) = match String::from_utf8(self.body) {
            Ok(text) => (text, false),
            Err(bytes) => (STANDARD.encode(bytes.into_bytes()), true),
        };
        json!({ "statusCode": self.status, "headers": headers, "body": body, "isBase64Encoded": is_base64 })
    }
}
