//! Hands one composed mail to SES, once, and tells whether it may be tried again or never.
//! Must not know what the mail says; it never repeats a call whose effect is unknown.

use aws_sdk_ses::Client;
use aws_sdk_ses::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ses::operation::send_raw_email::SendRawEmailError;
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::{MessageTag, RawMessage};
use aws_smithy_async::rt::sleep::SharedAsyncSleep;

use crate::backoff;
use crate::config::is_mail_address;
use crate::error::Cause;

/// SES v1 takes 10 MB, attachments in base64 included.
const MOST_BYTES: usize = 10 * 1024 * 1024;
/// SES v1 takes 50 recipients a call, of all kinds together.
const MOST_RECIPIENTS: usize = 50;

/// The id that SES gave a mail; bounces and complaints name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a mail did not go out, or is not known to have gone out.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Throttled, timed out, or SES failed. `perhaps_sent` is true when SES may have taken the mail all the same.
    #[error("the mail was not confirmed by SES")]
    TryAgain {
        perhaps_sent: bool,
        #[source]
        source: Cause,
    },
    /// Sending the same mail again will not help until a person mends something.
    #[error("the mail was refused: {0}")]
    Refused(Refusal),
}

/// Why SES, or the check before it, will not send a mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it has no recipient")]
    NoRecipient,
    #[error("it has {count} recipients, SES takes {MOST_RECIPIENTS}; send it in parts")]
    TooManyRecipients { count: usize },
    #[error("it has {bytes} bytes, SES takes {MOST_BYTES}; send a link in place of the attachment")]
    TooBig { bytes: usize },
    /// The address is not repeated here, since reasons reach logs; `position` is 0 for From, 1 for the first recipient.
    #[error("address {position} (0 is From) is not a plain mail address")]
    BadAddress { position: usize },
    #[error(
        "the sender is not verified, or SES is in the sandbox and a recipient is not; run `baton setup`"
    )]
    Unverified,
    #[error("SES said {code}")]
    BySes { code: String },
}

/// Sends mails by SES.
#[derive(Debug, Clone)]
pub struct Mailer {
    client: Client,
    sleep: SharedAsyncSleep,
}

impl Mailer {
    pub fn new(client: Client, sleep: SharedAsyncSleep) -> Self {
        Self { client, sleep }
    }

    /// Sends a whole MIME message under `set`, whose events of this mail carry the tag. `to` holds every recipient, hidden ones too; the headers in `mime` are for reading
    /// only. A throttled call was not taken, so it alone is repeated here, a few times.
    pub async fn send_raw(
        &self,
        mime: Vec<u8>,
        from: &str,
        to: &[String],
        set: &str,
        tag: (&str, &str),
    ) -> Result<MessageId, MailError> {
        check(mime.len(), from, to).map_err(MailError::Refused)?;
        let (name, value) = tag;
        let tag = MessageTag::builder().name(name).value(value).build();
        let tag = tag.map_err(|error| MailError::TryAgain {
            perhaps_sent: false,
            source: error.into(),
        })?;
        let message = RawMessage::builder()
            .data(Blob::new(mime))
            .build()
            .map_err(|error| MailError::TryAgain {
                perhaps_sent: false,
                source: error.into(),
            })?;
        let mut attempt = 0;
        loop {
            let sent = self
                .client
                .send_raw_email()
                .source(from)
                .set_destinations(Some(to.to_vec()))
                .raw_message(message.clone())
                .configuration_set_name(set)
                .tags(tag.clone())
                .send()
                .await;
            attempt += 1;
            match sent {
                Ok(answer) => return Ok(MessageId(answer.message_id)),
                Err(error) if is_throttled(&error) && attempt < backoff::ATTEMPTS => {
                    backoff::pause(&self.sleep, attempt).await;
                }
                Err(error) => return Err(sorted(error)),
            }
        }
    }
}

fn check(bytes: usize, from: &str, to: &[String]) -> Result<(), Refusal> {
    if to.is_empty() {
        return Err(Refusal::NoRecipient);
    }
    if to.len() > MOST_RECIPIENTS {
        return Err(Refusal::TooManyRecipients { count: to.len() });
    }
    if bytes > MOST_BYTES {
        return Err(Refusal::TooBig { bytes });
    }
    let addresses = std::iter::once(from).chain(to.iter().map(String::as_str));
    for (position, address) in addresses.enumerate() {
        if !is_mail_address(address) {
            return Err(Refusal::BadAddress { position });
        }
    }
    Ok(())
}

/// The call was made with something that has run out; the next sandbox has fresh credentials.
const STALE: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

type SendError = SdkError<SendRawEmailError>;

fn is_throttled(error: &SendError) -> bool {
    matches!(
        error.code(),
        Some("Throttling" | "ThrottlingException" | "TooManyRequestsException")
    )
}

/// What a minute of waiting may cure is to be tried again; what only a person can mend is refused.
fn sorted(error: SendError) -> MailError {
    match &error {
        // A mail that no request could be built for left nothing behind.
        SdkError::ConstructionFailure(_) => MailError::Refused(Refusal::BySes {
            code: "ConstructionFailure".to_owned(),
        }),
        SdkError::ServiceError(answer) => {
            // Only an answer in the four hundreds says that nothing was sent.
            let perhaps_sent = !(400..500).contains(&answer.raw().status().as_u16());
            let message = answer.err().message().unwrap_or_default();
            match answer.err().code() {
                _ if perhaps_sent || is_throttled(&error) => {}
                None => {}
                Some(code) if STALE.contains(&code) => {}
                Some("MessageRejected") if message.contains("not verified") => {
                    return MailError::Refused(Refusal::Unverified);
                }
                Some(code) => {
                    let code = code.to_owned();
                    return MailError::Refused(Refusal::BySes { code });
                }
            }
            MailError::TryAgain {
                perhaps_sent,
                source: error.into(),
            }
        }
        SdkError::DispatchFailure(failure) => {
            let never_left = failure
                .as_connector_error()
                .is_some_and(|error| error.is_user());
            MailError::TryAgain {
                perhaps_sent: !never_left,
                source: error.into(),
            }
        }
        _ => MailError::TryAgain {
            perhaps_sent: true,
            source: error.into(),
        },
    }
}
