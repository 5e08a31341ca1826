//! A rendered mail as the bytes that are handed to the mailer.
//! It must not choose words or recipients.

use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;
use sha2::{Digest, Sha256};

use crate::mail::Rendered;

/// A name and a mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub name: Option<String>,
    pub mail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub file_name: String,
    /// IANA media type.
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// Everything a mail's headers say.
#[derive(Debug, Clone)]
pub struct Headers<'a> {
    pub from: &'a Mailbox,
    pub reply_to: Option<&'a Mailbox>,
    pub to: &'a [Mailbox],
    /// Without angle brackets; the same for every attempt at the same mail.
    pub message_id: &'a str,
    pub date: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MimeError {
    #[error("{field} must be one line, not {found:?}")]
    Breaks { field: &'static str, found: String },
    #[error("{0:?} is not a mail address")]
    NotAnAddress(String),
    #[error("a mail needs somebody who gets it")]
    NoRecipient,
    #[error("the mail could not be put together: {0}")]
    Build(String),
}

/// The whole message. The same mail gives the same bytes, so a second attempt can be told from a second mail.
pub fn message(
    mail: &Rendered,
    headers: &Headers<'_>,
    attachments: &[Attachment],
) -> Result<Vec<u8>, MimeError> {
    check(mail, headers, attachments)?;
    let mut builder = MessageBuilder::new()
        .from(address(headers.from))
        .to(Address::new_list(headers.to.iter().map(address).collect()))
        .subject(mail.subject.as_str())
        .message_id(headers.message_id.to_owned())
        .date(headers.date.as_second())
        // Holiday notices are not sent in answer to a mail that says so (RFC 3834).
        .header("Auto-Submitted", Raw::new("auto-generated"));
    if let Some(reply_to) = headers.reply_to {
        builder = builder.reply_to(address(reply_to));
    }
    let texts = vec![
        MimePart::new("text/plain", mail.text.as_str()),
        MimePart::new("text/html", mail.html.as_str()),
    ];
    let alternative = MimePart::new(multipart("alternative", mail, headers), texts);
    let body = if attachments.is_empty() {
        alternative
    } else {
        let attached = attachments.iter().map(
            |Attachment {
                 file_name,
                 media_type,
                 bytes,
             }| {
                MimePart::new(media_type.as_str(), bytes.as_slice()).attachment(file_name.as_str())
            },
        );
        let parts: Vec<_> = std::iter::once(alternative).chain(attached).collect();
        MimePart::new(multipart("mixed", mail, headers), parts)
    };
    builder
        .body(body)
        .write_to_vec()
        .map_err(|error| MimeError::Build(error.to_string()))
}

/// A boundary made from the content can not stand in it, and is the same for every attempt.
fn multipart(kind: &'static str, mail: &Rendered, headers: &Headers<'_>) -> ContentType<'static> {
    let mut hash = Sha256::new();
    for text in [
        kind,
        headers.message_id,
        &mail.subject,
        &mail.text,
        &mail.html,
    ] {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    let digest = hash.finalize();
    let boundary: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    ContentType::new(format!("multipart/{kind}"))
        .attribute("boundary", format!("={kind}_{boundary}"))
}

fn check(
    mail: &Rendered,
    headers: &Headers<'_>,
    attachments: &[Attachment],
) -> Result<(), MimeError> {
    if headers.to.is_empty() {
        return Err(MimeError::NoRecipient);
    }
    for mailbox in std::iter::once(headers.from)
        .chain(headers.reply_to)
        .chain(headers.to)
    {
        checked("an address", &mailbox.mail)?;
        checked("a name", mailbox.name.as_deref().unwrap_or_default())?;
        let (local, domain) = mailbox.mail.split_once('@').unwrap_or_default();
        let odd = |c: char| c.is_whitespace() || "<>,;\"()".contains(c);
        if local.is_empty()
            || domain.is_empty()
            || domain.contains('@')
            || mailbox.mail.contains(odd)
        {
            return Err(MimeError::NotAnAddress(mailbox.mail.clone()));
        }
    }
    checked("the subject", &mail.subject)?;
    checked("the message id", headers.message_id)?;
    for attachment in attachments {
        checked("a file name", &attachment.file_name)?;
        checked("a media type", &attachment.media_type)?;
    }
    Ok(())
}

fn address(mailbox: &Mailbox) -> Address<'_> {
    Address::new_address(mailbox.name.as_deref(), mailbox.mail.as_str())
}

fn checked(field: &'static str, text: &str) -> Result<(), MimeError> {
    if text.contains(char::is_control) {
        return Err(MimeError::Breaks {
            field,
            found: text.to_owned(),
        });
    }
    Ok(())
}
