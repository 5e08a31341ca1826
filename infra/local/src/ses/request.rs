//! A call of the query protocol, read and checked the way SES does.
//! It must not keep or send a mail.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use mail_parser::{Address, MessageParser};

/// SES v1: recipients of one mail.
const MAX_RECIPIENTS: usize = 50;
/// SES v1: bytes of one mail after encoding.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// A form: names may repeat only with different list indexes.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// `<name>.member.1`, `<name>.member.2` and so on, in the order of the form.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let prefix = format!("{name}.member.");
        self.0
            .iter()
            .filter(|(found, _)| found.starts_with(&prefix))
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// `Tags.member.1.Name` and `Tags.member.1.Value`, and so on.
    pub(super) fn tags(&self) -> Vec<(String, String)> {
        let mut tags = Vec::new();
        for at in 1.. {
            let field = |field| self.get(&format!("Tags.member.{at}.{field}"));
            let (None, None) = (field("Name"), field("Value")) else {
                let text = |found: Option<&str>| found.unwrap_or_default().to_owned();
                tags.push((text(field("Name")), text(field("Value"))));
                continue;
            };
            break;
        }
        tags
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refused {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

/// A mail that somebody asks to send.
#[derive(Debug)]
pub(super) struct SendRequest {
    pub(super) source: String,
    pub(super) recipients: Vec<String>,
    pub(super) raw: Bytes,
    /// The configuration set that it is sent under.
    pub(super) set: Option<String>,
    /// What the events of this mail carry, as name and value.
    pub(super) tags: Vec<(String, String)>,
}

pub(super) fn raw(form: &Form) -> Result<SendRequest, Refused> {
    let encoded = form
        .get("RawMessage.Data")
        .ok_or_else(|| invalid("RawMessage.Data is missing."))?;
    let raw = STANDARD
        .decode(encoded)
        .map_err(|error| invalid(&format!("RawMessage.Data is not base64: {error}")))?;
    let parsed = MessageParser::default()
        .parse(&raw)
        .ok_or_else(|| invalid("The message has no headers."))?;
    // Without the header a mail goes out from nobody; `Source` stands in for the envelope only.
    let from = addresses(parsed.from())
        .into_iter()
        .next()
        .ok_or_else(|| invalid("Missing required header 'From'."))?;
    let source = form.get("Source").map_or(from, str::to_owned);
    let mut recipients = form.list("Destinations");
    if recipients.is_empty() {
        for header in [parsed.to(), parsed.cc(), parsed.bcc()] {
            recipients.extend(addresses(header));
        }
    }
    Ok(SendRequest {
        source,
        recipients,
        raw: Bytes::from(raw),
        set: form.get("ConfigurationSetName").map(str::to_owned),
        tags: form.tags(),
    })
}

impl SendRequest {
    pub(super) fn check(self) -> Result<Self, Refused> {
        if self.recipients.is_empty() {
            return Err(invalid("Missing required header 'To'."));
        }
        if self.recipients.len() > MAX_RECIPIENTS {
            return Err(invalid(&format!(
                "Recipient count exceeds {MAX_RECIPIENTS}."
            )));
        }
        if self.raw.len() > MAX_BYTES {
            return Err(Refused::new(
                "MessageRejected",
                format!(
                    "Message length is more than {MAX_BYTES} bytes long: '{}'.",
                    self.raw.len()
                ),
            ));
        }
        let is_plain = |text: &String| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
            (1..=256).contains(&text.len()) && text.bytes().all(plain)
        };
        for (name, value) in &self.tags {
            if !is_plain(name) || !is_plain(value) {
                return Err(invalid(&format!(
                    "Invalid tag <{name}>: use 1 to 256 of A-Z a-z 0-9 _ -."
                )));
            }
        }
        for address in self.recipients.iter().chain([&self.source]) {
            let is_complete = address.rsplit_once('@').is_some_and(|(name, domain)| {
                !name.is_empty() && !domain.trim_end_matches('>').is_empty()
            });
            if !is_complete {
                return Err(invalid("Missing final '@domain'"));
            }
            if address.contains(['\r', '\n']) {
                return Err(invalid("An address contains a line break."));
            }
        }
        Ok(self)
    }
}

fn addresses(header: Option<&Address<'_>>) -> Vec<String> {
    let Some(header) = header else {
        return Vec::new();
    };
    header
        .iter()
        .filter_map(|address| address.address().map(str::to_owned))
        .collect()
}

fn invalid(message: &str) -> Refused {
    Refused::new("InvalidParameterValue", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Form {
        Form(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    fn encoded(mail: &str) -> String {
        STANDARD.encode(mail)
    }

    fn send(pairs: &[(&str, &str)]) -> Result<SendRequest, Refused> {
        raw(&form(pairs)).and_then(SendRequest::check)
    }

    #[test]
    fn recipients_come_from_the_headers_unless_they_are_given() {
        let mail = encoded("From: A <a@x.test>\r\nTo: B <b@x.test>\r\nCc: c@x.test\r\n\r\nHi");
        let request = send(&[("RawMessage.Data", &mail)]).unwrap();
        assert_eq!(request.source, "a@x.test");
        assert_eq!(request.recipients, ["b@x.test", "c@x.test"]);
        let request = send(&[
            ("RawMessage.Data", &mail),
            ("Destinations.member.1", "d@x.test"),
        ])
        .unwrap();
        assert_eq!(request.recipients, ["d@x.test"]);
    }

    #[test]
    fn what_ses_refuses_is_refused() {
        let no_from = encoded("To: b@x.test\r\n\r\nHi");
        assert_eq!(
            send(&[("RawMessage.Data", &no_from)]).unwrap_err().code,
            "InvalidParameterValue"
        );
        let nobody = encoded("From: a@x.test\r\n\r\nHi");
        assert_eq!(
            send(&[("RawMessage.Data", &nobody)]).unwrap_err().code,
            "InvalidParameterValue"
        );
        assert_eq!(
            send(&[("RawMessage.Data", "***")]).unwrap_err().code,
            "InvalidParameterValue"
        );
        let fine = encoded("From: a@x.test\r\nTo: b@x.test\r\n\r\nHi");
        assert_eq!(
            send(&[
                ("RawMessage.Data", &fine),
                ("Destinations.member.1", "nobody")
            ])
            .unwrap_err()
            .code,
            "InvalidParameterValue"
        );
        let large = encoded(&format!(
            "From: a@x.test\r\nTo: b@x.test\r\n\r\n{}",
            "x".repeat(MAX_BYTES)
        ));
        assert_eq!(
            send(&[("RawMessage.Data", &large)]).unwrap_err().code,
            "MessageRejected"
        );
    }

    #[test]
    fn a_tag_holds_letters_and_digits_only() {
        let mail = encoded("From: a@x.test\r\nTo: b@x.test\r\n\r\nHi");
        let tagged = |name: &str, value: &str| {
            send(&[
                ("RawMessage.Data", &mail),
                ("ConfigurationSetName", "Mails"),
                ("Tags.member.1.Name", name),
                ("Tags.member.1.Value", value),
            ])
        };
        let sent = tagged("effect", "Y2FzZQ_0-1").unwrap();
        assert_eq!(sent.set.as_deref(), Some("Mails"));
        assert_eq!(sent.tags, [("effect".to_owned(), "Y2FzZQ_0-1".to_owned())]);
        for (name, value) in [("effect", "a/b"), ("effect", ""), ("an effect", "a")] {
            assert_eq!(
                tagged(name, value).unwrap_err().code,
                "InvalidParameterValue"
            );
        }
    }

    #[test]
    fn the_fifty_first_recipient_is_one_too_many() {
        let mail = encoded("From: a@x.test\r\nTo: b@x.test\r\n\r\nHi");
        let names: Vec<(String, String)> = (1..=51)
            .map(|n| (format!("Destinations.member.{n}"), format!("p{n}@x.test")))
            .collect();
        let mut pairs: Vec<(&str, &str)> = names
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.push(("RawMessage.Data", &mail));
        assert_eq!(
            send(&pairs).unwrap_err().message,
            "Recipient count exceeds 50."
        );
        pairs.remove(0);
        assert_eq!(send(&pairs).unwrap().recipients.len(), 50);
    }
}
