//! What there is to see after each event: every case with its history, and every mail taken.
//! It must not judge what it sees.

use std::collections::BTreeMap;

use domain::case::{Case, Record};
use domain::id::CaseId;
use jiff::Timestamp;
use local::Host;
use serde::Serialize;
use store::{EffectRow, Store};

use crate::failure::Failure;

const STATES: [&str; 3] = ["running", "completed", "stopped"];

/// A case as it stands, with how it came to be so.
#[derive(Debug, Clone)]
pub struct CaseSeen {
    pub case: Case,
    pub history: Vec<Record>,
    pub effects: Vec<EffectRow>,
    /// Whether the history, folded again, is the state that is stored.
    pub replays: bool,
}

/// A mail as the mailer took it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MailSeen {
    pub at: Timestamp,
    /// Since what came in before it.
    pub after_seconds: f64,
    pub message_id: String,
    pub to: Vec<String>,
    pub subject: String,
    pub attachments: Vec<AttachmentSeen>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttachmentSeen {
    pub name: String,
    pub bytes: usize,
    /// It says that it is a PDF and begins like one.
    pub is_pdf: bool,
}

/// What was not there when it was last looked for.
pub struct News {
    /// New rows by time, each with its case.
    pub rows: Vec<(CaseId, Record)>,
    pub mails: Vec<MailSeen>,
}

/// Everything seen so far.
#[derive(Default)]
pub struct Seen {
    pub cases: BTreeMap<CaseId, CaseSeen>,
    pub mails: Vec<MailSeen>,
}

impl Seen {
    /// Looks at the whole table and all mails, and tells what is new since `came_in`.
    pub async fn look(
        &mut self,
        store: &Store,
        host: &Host,
        came_in: Timestamp,
    ) -> Result<News, Failure> {
        let mut rows = Vec::new();
        for state in STATES {
            for case in store.load_cases(state).await? {
                let history = store.history(&case.id).await?;
                let known = self
                    .cases
                    .get(&case.id)
                    .map_or(0, |seen| seen.history.len());
                rows.extend(
                    history
                        .iter()
                        .skip(known)
                        .map(|record| (case.id.clone(), record.clone())),
                );
                let replays = Case::replay(&history).as_ref() == Some(&case);
                let effects = store.effects(&case.id).await?;
                self.cases.insert(
                    case.id.clone(),
                    CaseSeen {
                        case,
                        history,
                        effects,
                        replays,
                    },
                );
            }
        }
        rows.sort_by(|(one, first), (other, second)| {
            // A project begins in its parent's transaction: the parent is told first.
            let is_project = |id| {
                self.cases
                    .get(id)
                    .is_some_and(|seen| seen.case.parent.is_some())
            };
            (first.at, is_project(one), first.sequence).cmp(&(
                second.at,
                is_project(other),
                second.sequence,
            ))
        });
        let mails: Vec<MailSeen> = host
            .mails()
            .iter()
            .skip(self.mails.len())
            .map(|mail| mail_seen(mail, came_in))
            .collect();
        self.mails.extend(mails.iter().cloned());
        Ok(News { rows, mails })
    }

    /// The next time at which a clock has something to say.
    pub fn next_mark(&self) -> Option<Timestamp> {
        let clocks = self
            .cases
            .values()
            .flat_map(|seen| seen.case.duties())
            .filter_map(|duty| duty.clock);
        clocks
            .filter_map(|clock| clock.next_mark())
            .map(|(at, _)| at)
            .min()
    }
}

fn mail_seen(mail: &local::Mail, came_in: Timestamp) -> MailSeen {
    let parsed = mail.parsed();
    let attachments = parsed.attachments.iter().map(|attachment| AttachmentSeen {
        name: attachment.name.clone(),
        bytes: attachment.bytes.len(),
        is_pdf: attachment.content_type == "application/pdf"
            && attachment.bytes.starts_with(b"%PDF-"),
    });
    MailSeen {
        at: mail.sent_at,
        after_seconds: (mail.sent_at - came_in)
            .total(jiff::Unit::Second)
            .unwrap_or_default(),
        message_id: mail.message_id.clone(),
        to: mail.recipients.clone(),
        attachments: attachments.collect(),
        subject: parsed.subject,
    }
}
