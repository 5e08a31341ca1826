//! The mails as pages: a list, newest first, and each mail with its text, its HTML and its attachments.
//! It must not let a mail's HTML run scripts or reach the network.

use bytes::Bytes;
use hyper::{Response, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Mail, Mailer, Parsed};
use crate::wire::Answer;

/// Mails on the list.
const LISTED: usize = 200;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
h1{font-size:1.3rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
th{font-weight:600;color:#555}a{color:#0b57a4}pre{white-space:pre-wrap;background:#f6f6f6;padding:1rem;border-radius:4px}
iframe{width:100%;height:32rem;border:1px solid #ddd;border-radius:4px;background:#fff}.quiet{color:#666}";

impl Mailer {
    /// Answers a GET below `/mails`; `path` is what follows it.
    pub(crate) fn page(&self, path: &str) -> Answer {
        let mut parts = path.trim_matches('/').split('/');
        let (first, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        if first.is_empty() {
            return page(list(&self.newest(LISTED)));
        }
        let Some(mail) = first.parse().ok().and_then(|id| self.mail(id)) else {
            return not_found();
        };
        match (second, third) {
            (None, _) => page(one(&mail, &mail.parsed())),
            (Some("raw"), None) => download(
                mail.raw.clone(),
                "message/rfc822",
                &format!("{}.eml", mail.id),
            ),
            (Some("html"), None) => match mail.parsed().html {
                Some(html) => framed(html),
                None => not_found(),
            },
            (Some("attachment"), Some(index)) => {
                let attachments = mail.parsed().attachments;
                match index
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| attachments.into_iter().nth(index))
                {
                    Some(attachment) => {
                        download(attachment.bytes, &attachment.content_type, &attachment.name)
                    }
                    None => not_found(),
                }
            }
            _ => not_found(),
        }
    }
}

fn list(mails: &[Mail]) -> Markup {
    frame(
        "Mails",
        Some(5),
        html! {
            h1 { "Mails" }
            @if mails.is_empty() {
                p.quiet { "No mail has been sent yet." }
            } @else {
                table {
                    tr { th { "Sent" } th { "To" } th { "Subject" } }
                    @for mail in mails {
                        tr {
                            td { (format!("{:.0}", mail.sent_at)) }
                            td { (mail.recipients.join(", ")) }
                            td { a href=(format!("/mails/{}", mail.id)) { (subject_or_none(&mail.subject())) } }
                        }
                    }
                }
            }
        },
    )
}

fn one(mail: &Mail, parsed: &Parsed) -> Markup {
    frame(
        &parsed.subject,
        None,
        html! {
            p { a href="/mails" { "All mails" } }
            h1 { (subject_or_none(&parsed.subject)) }
            table {
                tr { th { "Sent" } td { (mail.sent_at) } }
                tr { th { "Envelope" } td { (mail.source) " → " (mail.recipients.join(", ")) } }
                @for (name, value) in &parsed.headers {
                    tr { th { (name) } td { (value) } }
                }
                tr { th { "File" } td { a href=(format!("/mails/{}/raw", mail.id)) { (mail.id) ".eml" } } }
                @for (index, attachment) in parsed.attachments.iter().enumerate() {
                    tr {
                        th { "Attachment" }
                        td {
                            a href=(format!("/mails/{}/attachment/{index}", mail.id)) { (attachment.name) }
                            span.quiet { " " (attachment.content_type) ", " (attachment.bytes.len()) " bytes" }
                        }
                    }
                }
            }
            @if let Some(text) = &parsed.text {
                h2 { "Text" }
                pre { (text) }
            }
            @if parsed.html.is_some() {
                h2 { "HTML" }
                iframe sandbox="" src=(format!("/mails/{}/html", mail.id)) title="The mail as HTML" {}
            }
        },
    )
}

fn subject_or_none(subject: &str) -> &str {
    if subject.is_empty() {
        "(no subject)"
    } else {
        subject
    }
}

fn frame(title: &str, refresh_seconds: Option<u32>, content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                @if let Some(seconds) = refresh_seconds {
                    meta http-equiv="refresh" content=(seconds);
                }
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (content) }
        }
    }
}

fn page(markup: Markup) -> Answer {
    answer(
        Bytes::from(markup.into_string()),
        &[
            ("content-type", "text/html; charset=utf-8"),
            (
                "content-security-policy",
                "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'",
            ),
        ],
    )
}

fn framed(html: String) -> Answer {
    answer(
        Bytes::from(html),
        &[
            ("content-type", "text/html; charset=utf-8"),
            (
                "content-security-policy",
                "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
            ),
        ],
    )
}

fn download(bytes: Bytes, content_type: &str, name: &str) -> Answer {
    let safe: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._- ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    answer(
        bytes,
        &[
            ("content-type", content_type),
            (
                "content-disposition",
                &format!("attachment; filename=\"{safe}\""),
            ),
            ("content-security-policy", "sandbox; default-src 'none'"),
        ],
    )
}

fn answer(body: Bytes, headers: &[(&'static str, &str)]) -> Answer {
    let mut builder = Response::builder()
        .header("x-content-type-options", "nosniff")
        .header("cache-control", "no-store");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    // A content type that a mail names may hold what no header can.
    builder.body(body.into()).unwrap_or_else(|_| not_found())
}

fn not_found() -> Answer {
    let mut answer = Response::new(Bytes::from_static(b"There is no such mail.\n").into());
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}
