//! A rendered mail as the bytes that are handed to the mailer.
//! It must not choose words or recipients.

use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;

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
    #[error("the mail could not be put together: {0}")]
    Build(String),
}

/// The whole message. Its boundaries are the library's own, so two builds of one mail differ in those.
pub fn message(mail: &Rendered, headers: &Headers<'_>, attachments: &[Attachment]) -> Result<Vec<u8>, MimeError> {
    let all = std::iter::once(headers.from).chain(headers.reply_to).chain(headers.to);
    for mailbox in all {
        checked("an address", &mailbox.mail)?;
        checked("a name", mailbox.name.as_deref().unwrap_or_default())?;
        let (local, domain) = mailbox.mail.split_once('@').unwrap_or_default();
        if local.is_empty() || domain.is_empty() || mailbox.mail.contains(char::is_whitespace) {
            return Err(MimeError::NotAnAddress(mailbox.mail.clone()));
        }
    }
    checked("the subject", &mail.subject)?;
    let mut builder = MessageBuilder::new()
        .from(address(headers.from))
        .to(Address::new_list(headers.to.iter().map(address).collect()))
        .subject(mail.subject.as_str())
        .message_id(headers.message_id.to_owned())
        .date(headers.date.as_second())
        .text_body(mail.text.as_str())
        .html_body(mail.html.as_str());
    if let Some(reply_to) = headers.reply_to {
        builder = builder.reply_to(address(reply_to));
    }
    for Attachment { file_name, media_type, bytes } in attachments {
        checked("a file name", file_name)?;
        builder = builder.attachment(media_type.as_str(), file_name.as_str(), bytes.as_slice());
    }
    builder.write_to_vec().map_err(|error| MimeError::Build(error.to_string()))
}

fn address(mailbox: &Mailbox) -> Address<'_> {
    Address::new_address(mailbox.name.as_deref(), mailbox.mail.as_str())
}

fn checked(field: &'static str, text: &str) -> Result<(), MimeError> {
    if text.contains(['\r', '\n']) {
        return Err(MimeError::Breaks { field, found: text.to_owned() });
    }
    Ok(())
}
