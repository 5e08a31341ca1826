//! A kept mail, and its parts as a mail program would show them.
//! It must not know how the mail came.

use bytes::Bytes;
use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};

use crate::journal::MailRow;

/// A mail as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub id: u64,
    /// The id that the sender was answered.
    pub message_id: String,
    /// Shown time.
    pub sent_at: Timestamp,
    /// Envelope sender.
    pub source: String,
    /// Envelope recipients.
    pub recipients: Vec<String>,
    /// The mail in RFC 5322 form: what an `.eml` file holds.
    pub raw: Bytes,
}

/// A mail taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Headers with their values on one line, in the mail's order.
    pub headers: Vec<(String, String)>,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
    pub attachments: Vec<Attachment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// E.g. `application/pdf`.
    pub content_type: String,
    pub bytes: Bytes,
}

impl Mail {
    pub(super) fn of_row(row: MailRow) -> Self {
        Self {
            id: row.id,
            message_id: row.message_id,
            sent_at: Timestamp::from_millisecond(row.sent_at).unwrap_or_default(),
            source: row.source,
            recipients: row.recipients,
            raw: row.raw,
        }
    }

    /// The subject, decoded.
    pub fn subject(&self) -> String {
        let parsed = MessageParser::default().parse_headers(&self.raw[..]);
        parsed
            .and_then(|parsed| parsed.subject().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Everything that a reader sees, decoded.
    pub fn parsed(&self) -> Parsed {
        let Some(message) = MessageParser::default().parse(&self.raw[..]) else {
            return Parsed::default();
        };
        let has = |is_html: bool| {
            message.parts.iter().any(|part| {
                if is_html {
                    part.is_text_html()
                } else {
                    part.is_text() && !part.is_text_html()
                }
            })
        };
        let unfolded = |value: &str| {
            value
                .split(['\r', '\n'])
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        };
        Parsed {
            headers: message
                .headers_raw()
                .map(|(name, value)| (name.to_owned(), unfolded(value)))
                .collect(),
            subject: message.subject().unwrap_or_default().to_owned(),
            // The parser makes either form out of the other; only what was really sent is shown.
            text: message
                .body_text(0)
                .filter(|_| has(false))
                .map(|text| text.into_owned()),
            html: message
                .body_html(0)
                .filter(|_| has(true))
                .map(|html| html.into_owned()),
            attachments: message
                .attachments()
                .enumerate()
                .map(|(index, part)| Attachment {
                    name: part
                        .attachment_name()
                        .map_or_else(|| format!("attachment-{}", index + 1), str::to_owned),
                    content_type: part.content_type().map_or_else(
                        || "application/octet-stream".to_owned(),
                        |kind| match kind.subtype() {
                            Some(subtype) => format!("{}/{subtype}", kind.ctype()),
                            None => kind.ctype().to_owned(),
                        },
                    ),
                    bytes: Bytes::copy_from_slice(part.contents()),
                })
                .collect(),
        }
    }
}
