//! The mailer: takes mails by the SES query protocol, refuses what SES refuses, keeps each as it was sent, shows them on a page.
//! It must not send anything to the outside, except to the one endpoint that it is given.

mod compose;
mod hand_on;
mod mail;
mod page;
mod request;
mod returned;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::{HeaderMap, Response, StatusCode};
use rusqlite::Connection;
use tokio::sync::watch;

pub use mail::{Attachment, Mail, Parsed};
use request::{Refused, SendRequest};
pub(crate) use returned::Telling;

use crate::clock::Clock;
use crate::counts::Counter;
use crate::journal::{Entry, Journal, MailRow, mail, mails_after, newest_mails};
use crate::wire::Answer;

const NAMESPACE: &str = "http://ses.amazonaws.com/doc/2010-12-01/";

pub(crate) struct Mailer {
    journal: Journal,
    reader: Mutex<Connection>,
    clock: Clock,
    counter: Arc<Counter>,
    /// Where copies go as `.eml` files, for people to open.
    folder: Option<PathBuf>,
    hand_on_to: Option<hand_on::Endpoint>,
    telling: Telling,
    arrived: watch::Sender<u64>,
}

impl Mailer {
    pub(crate) fn new(
        journal: Journal,
        reader: Connection,
        clock: Clock,
        counter: Arc<Counter>,
        folder: Option<PathBuf>,
        hand_on_to: Option<&str>,
        telling: Telling,
    ) -> Result<Self, String> {
        Ok(Self {
            journal,
            reader: Mutex::new(reader),
            clock,
            counter,
            folder,
            hand_on_to: hand_on_to.map(hand_on::Endpoint::new).transpose()?,
            telling,
            arrived: watch::Sender::new(0),
        })
    }

    /// Answers one form-encoded call.
    pub(crate) async fn call(&self, form: &[u8], headers: &HeaderMap, body: Bytes) -> Answer {
        let form = request::Form::parse(form);
        let action = form.get("Action").unwrap_or_default().to_owned();
        let result = match action.as_str() {
            "SendRawEmail" => request::raw(&form),
            "SendEmail" => compose::formatted(&form, self.clock.now()),
            "GetSendQuota" => return self.quota(&action),
            _ => Err(Refused::new(
                "InvalidAction",
                format!("{action} is not an operation of this machine's mailer."),
            )),
        };
        let checked = result.and_then(SendRequest::check).and_then(|request| {
            self.telling.check(&request)?;
            Ok(request)
        });
        let answer = match checked {
            Ok(request) => self.keep(request).await,
            Err(refused) => Err(refused),
        };
        self.counter.operation(&action, |count| {
            count.requests += 1;
            count.refused += u64::from(answer.is_err());
        });
        match answer {
            Ok(message_id) => {
                if let Some(endpoint) = &self.hand_on_to {
                    endpoint.hand_on(headers, body);
                }
                success(&action, &format!("<MessageId>{message_id}</MessageId>"))
            }
            Err(refused) => refusal(&refused),
        }
    }

    /// Every mail, oldest first.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.read(|reader| mails_after(reader, 0))
    }

    fn newest(&self, limit: usize) -> Vec<Mail> {
        self.read(|reader| newest_mails(reader, limit))
    }

    fn mail(&self, id: u64) -> Option<Mail> {
        self.read(|reader| mail(reader, id).map(|found| found.into_iter().collect()))
            .pop()
    }

    fn read(
        &self,
        query: impl FnOnce(&Connection) -> Result<Vec<MailRow>, rusqlite::Error>,
    ) -> Vec<Mail> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        match query(&reader) {
            Ok(rows) => rows.into_iter().map(Mail::of_row).collect(),
            Err(error) => {
                tracing::error!(%error, "mails cannot be read");
                Vec::new()
            }
        }
    }

    async fn keep(&self, request: SendRequest) -> Result<String, Refused> {
        let now = self.clock.now();
        let id = self.journal.new_id();
        let message_id = format!(
            "{:016x}-{}-000000",
            now.as_millisecond(),
            uuid::Uuid::new_v4()
        );
        let row = MailRow {
            id,
            message_id: message_id.clone(),
            sent_at: now.as_millisecond(),
            source: request.source.clone(),
            recipients: request.recipients.clone(),
            raw: request.raw.clone(),
        };
        let raw = row.raw.clone();
        self.journal
            .write(vec![Entry::Mail(row)])
            .await
            .map_err(|error| Refused::new("ServiceUnavailable", error.to_string()))?;
        if let Some(folder) = &self.folder {
            let path = folder.join(format!("{id:08}.eml"));
            tokio::spawn(async move {
                if let Err(error) = tokio::fs::write(&path, &raw).await {
                    tracing::warn!(%error, path = %path.display(), "the copy of a mail could not be written; the mail itself is kept");
                }
            });
        }
        self.telling.tell(&request, &message_id, now);
        self.arrived.send_modify(|count| *count += 1);
        Ok(message_id)
    }

    fn quota(&self, action: &str) -> Answer {
        self.counter.operation(action, |count| count.requests += 1);
        let sent = *self.arrived.borrow();
        success(
            action,
            &format!(
                "<Max24HourSend>50000.0</Max24HourSend><MaxSendRate>14.0</MaxSendRate><SentLast24Hours>{sent}.0</SentLast24Hours>"
            ),
        )
    }
}

fn success(action: &str, result: &str) -> Answer {
    let request_id = uuid::Uuid::new_v4();
    xml(
        StatusCode::OK,
        format!(
            r#"<{action}Response xmlns="{NAMESPACE}"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"#
        ),
    )
}

fn refusal(refused: &Refused) -> Answer {
    let kind = if refused.code == "ServiceUnavailable" {
        "Receiver"
    } else {
        "Sender"
    };
    let status = if kind == "Sender" {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    error_answer(status, kind, refused.code, &refused.message)
}

/// An error in the shape of the query protocol.
pub(crate) fn error_answer(status: StatusCode, kind: &str, code: &str, message: &str) -> Answer {
    let request_id = uuid::Uuid::new_v4();
    let message = escape(message);
    xml(
        status,
        format!(
            r#"<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"#
        ),
    )
}

fn xml(status: StatusCode, body: String) -> Answer {
    let mut answer = Response::new(Bytes::from(body).into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        "content-type",
        hyper::header::HeaderValue::from_static("text/xml"),
    );
    answer
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
