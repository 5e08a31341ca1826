//! SES's mailbox simulator: what it tells of mails to addresses that bounce or complain, as the event it puts on the default bus.
//! It must not know who listens.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::request::{Refused, SendRequest};
use crate::agenda::Agenda;
use crate::arn::{ACCOUNT, Region};
use crate::bus::Bus;
use crate::template::MailSet;

const SIMULATOR: &str = "simulator.amazonses.com";
/// The other side needs a moment to refuse a mail; nobody hears of it before the mailer has answered.
const HEARD_AFTER: SignedDuration = SignedDuration::from_secs(1);

/// Where the mailer tells what became of mails.
pub(crate) struct Telling {
    pub(crate) sets: Vec<MailSet>,
    pub(crate) bus: Arc<Bus>,
    pub(crate) agenda: Arc<Agenda>,
    pub(crate) region: Region,
}

impl Telling {
    /// SES refuses a set that is not there.
    pub(super) fn check(&self, request: &SendRequest) -> Result<(), Refused> {
        let is_known = |set: &String| self.sets.iter().any(|known| known.name == *set);
        match &request.set {
            Some(set) if !is_known(set) => Err(Refused::new(
                "ConfigurationSetDoesNotExist",
                format!("Configuration set <{set}> does not exist."),
            )),
            _ => Ok(()),
        }
    }

    /// Puts on the default bus, a moment later, what the mail's set tells of its recipients. As on AWS this is best
    /// effort: what was not told when the machine was stopped is not told.
    pub(super) fn tell(&self, request: &SendRequest, message_id: &str, sent_at: Timestamp) {
        let set = self
            .sets
            .iter()
            .find(|set| Some(&set.name) == request.set.as_ref());
        let Some(set) = set else { return };
        for recipient in &request.recipients {
            let Some(kind) = simulated(recipient) else {
                continue;
            };
            if !set.tells_of.iter().any(|told| told == kind) {
                continue;
            }
            let heard_at = sent_at + HEARD_AFTER;
            let event = self.event(kind, recipient, request, message_id, (sent_at, heard_at));
            let bus = self.bus.clone();
            self.agenda.at(heard_at, move |held| {
                tokio::spawn(async move {
                    bus.announce(&event).await;
                    drop(held);
                });
            });
        }
    }

    fn event(
        &self,
        kind: &str,
        recipient: &str,
        request: &SendRequest,
        message_id: &str,
        (sent_at, heard_at): (Timestamp, Timestamp),
    ) -> Value {
        let feedback_id = format!("{}-000000", uuid::Uuid::new_v4());
        let mut tags: Map<String, Value> = Map::new();
        tags.insert("ses:configuration-set".into(), json!([request.set]));
        tags.insert(
            "ses:from-domain".into(),
            json!([request.source.rsplit('@').next()]),
        );
        for (name, value) in &request.tags {
            tags.insert(name.clone(), json!([value]));
        }
        let (detail_type, event_type, of_kind) = match kind {
            "bounce" => (
                "Email Bounced",
                "Bounce",
                json!({
                    "feedbackId": feedback_id, "bounceType": "Permanent", "bounceSubType": "General",
                    "bouncedRecipients": [{
                        "emailAddress": recipient, "action": "failed", "status": "5.1.1",
                        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                    }],
                    "timestamp": format!("{heard_at:.3}"), "reportingMTA": "dsn; a0-0.smtp-out.amazonses.com",
                }),
            ),
            _ => (
                "Email Complaint Received",
                "Complaint",
                json!({
                    "feedbackId": feedback_id, "complaintSubType": null,
                    "complainedRecipients": [{ "emailAddress": recipient }],
                    "timestamp": format!("{heard_at:.3}"), "userAgent": "Amazon SES Mailbox Simulator",
                    "complaintFeedbackType": "abuse", "arrivalDate": format!("{heard_at:.3}"),
                }),
            ),
        };
        let mut detail = json!({
            "eventType": event_type,
            "mail": {
                "timestamp": format!("{sent_at:.3}"), "source": request.source, "sendingAccountId": ACCOUNT,
                "messageId": message_id, "destination": request.recipients, "headersTruncated": false,
                "headers": [], "commonHeaders": { "messageId": message_id }, "tags": tags,
            },
        });
        detail[kind] = of_kind;
        json!({
            "version": "0", "id": uuid::Uuid::new_v4().to_string(), "detail-type": detail_type, "source": "aws.ses",
            "account": ACCOUNT, "time": format!("{heard_at:.0}"), "region": self.region.0,
            "resources": [], "detail": detail,
        })
    }
}

/// What the simulator makes of a mail to this address; a label behind `+` changes nothing.
fn simulated(recipient: &str) -> Option<&'static str> {
    let (name, domain) = recipient.rsplit_once('@')?;
    if !domain.eq_ignore_ascii_case(SIMULATOR) {
        return None;
    }
    match name.split('+').next().unwrap_or_default() {
        "bounce" => Some("bounce"),
        "complaint" => Some("complaint"),
        _ => None,
    }
}
