//! SendEmail: the parts of a mail as parameters, made into the mail that SES would send.
//! It must not keep or send a mail.

use bytes::Bytes;
use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;

use super::request::{Form, Refused, SendRequest};

pub(super) fn formatted(form: &Form, now: Timestamp) -> Result<SendRequest, Refused> {
    let missing = |name: &str| Refused::new("InvalidParameterValue", format!("{name} is missing."));
    let source = form
        .get("Source")
        .ok_or_else(|| missing("Source"))?
        .to_owned();
    let subject = form
        .get("Message.Subject.Data")
        .ok_or_else(|| missing("Message.Subject"))?;
    let text = form.get("Message.Body.Text.Data");
    let html = form.get("Message.Body.Html.Data");
    if text.is_none() && html.is_none() {
        return Err(missing("Message.Body"));
    }
    let mut builder = MessageBuilder::new()
        .date(now.as_second())
        .header("From", Raw::new(source.clone()))
        .subject(subject);
    let mut recipients = Vec::new();
    for (header, name) in [
        ("To", "ToAddresses"),
        ("Cc", "CcAddresses"),
        ("Bcc", "BccAddresses"),
    ] {
        let addresses = form.list(&format!("Destination.{name}"));
        // A blind copy is in the envelope alone.
        if !addresses.is_empty() && header != "Bcc" {
            builder = builder.header(header, Raw::new(addresses.join(", ")));
        }
        recipients.extend(addresses);
    }
    let reply_to = form.list("ReplyToAddresses");
    if !reply_to.is_empty() {
        builder = builder.header("Reply-To", Raw::new(reply_to.join(", ")));
    }
    if let Some(text) = text {
        builder = builder.text_body(text);
    }
    if let Some(html) = html {
        builder = builder.html_body(html);
    }
    let raw = builder
        .write_to_vec()
        .map_err(|error| Refused::new("InvalidParameterValue", error.to_string()))?;
    Ok(SendRequest {
        source,
        recipients,
        raw: Bytes::from(raw),
        set: form.get("ConfigurationSetName").map(str::to_owned),
        tags: form.tags(),
    })
}
