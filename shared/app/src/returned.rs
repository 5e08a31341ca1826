//! A mail that came back, was refused, or was called spam becomes known to whoever answers for it: by the mailer's word.
//! What it means for an invoice is `invoice_news`'s; it sends nothing again by itself.

use domain::billing::Happened;
use domain::case::{Case, Effect, Notice};
use domain::event::Envelope;
use domain::id::{CaseId, ClientId, EffectId, EventId, PersonId, digest};
use serde::Deserialize;
use serde_json::Value;
use store::{Company, EffectRow, Parking, Store};

use crate::invoice_news;
use crate::outcome::{Halt, Told, TryAgain};
use crate::people::name;
use crate::post::{self, TAG};

/// Who tells of mails that were sent.
pub(crate) const SOURCE: &str = "aws.ses";

/// What SES says of one mail: as much of its event as is looked at.
#[derive(Debug, Deserialize)]
struct Said {
    mail: Mail,
    #[serde(default)]
    bounce: Option<Bounce>,
    #[serde(default)]
    complaint: Option<Complaint>,
    #[serde(default)]
    reject: Option<Reject>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    #[serde(default)]
    destination: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
    bounced_recipients: Vec<Recipient>,
    feedback_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
    /// By the report that came back; an automatic answer of somebody who is away brings none.
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    diagnostic_code: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complained_recipients: Vec<Recipient>,
    feedback_id: String,
}

#[derive(Debug, Deserialize)]
struct Reject {
    reason: String,
}

/// What became of one mail, as far as somebody has to know it.
#[derive(Debug, PartialEq, Eq)]
struct Returned {
    /// The mailer's own id of this word.
    id: String,
    address: String,
    reason: String,
    /// Its reader has it, and does not want it.
    is_complaint: bool,
}

impl Said {
    /// `None`: nobody has to act on it.
    fn returned(self) -> Option<Returned> {
        if let Some(bounce) = self.bounce {
            let is_vague = bounce.bounce_type == "Transient" && bounce.bounce_sub_type == "General";
            let mut lost = bounce.bounced_recipients.into_iter();
            // So does SES call the automatic answer of somebody who is away, who will find the mail.
            let lost = lost.find(|to| !is_vague || to.action.as_deref() == Some("failed"))?;
            let reason = lost.diagnostic_code.unwrap_or_else(|| {
                format!("{} ({})", bounce.bounce_type, bounce.bounce_sub_type).to_lowercase()
            });
            return Some(Returned {
                id: bounce.feedback_id,
                address: lost.email_address,
                reason: one_line(&reason),
                is_complaint: false,
            });
        }
        if let Some(complaint) = self.complaint {
            let from = complaint.complained_recipients.into_iter().next();
            return Some(Returned {
                id: complaint.feedback_id,
                address: from.map_or_else(|| "its reader".into(), |from| from.email_address),
                reason: "its reader called it spam".into(),
                is_complaint: true,
            });
        }
        let reject = self.reject?;
        Some(Returned {
            id: self.mail.message_id,
            address: self.mail.destination.join(", "),
            reason: format!("the mailer would not send it: {}", one_line(&reject.reason)),
            is_complaint: false,
        })
    }
}

/// Another system's words, on one line and of a bearable length.
fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().take(300).collect()
}

/// The mail of ours that an event tells of; `None`: it is no event of the mailer, or about somebody else's mail.
pub(crate) fn mail_of(envelope: &Envelope) -> Option<(CaseId, EffectId)> {
    if envelope.source != SOURCE {
        return None;
    }
    post::tagged(envelope.detail["mail"]["tags"][TAG][0].as_str()?)
}

/// Enters that a mail came back: where its invoice stands, or as a thing parked with an owner. Each word counts once.
///
/// # Errors
/// `Never` where there is no such mail, or the mailer's word can not be read.
pub(crate) async fn report(
    store: &Store,
    envelope: &Envelope,
    (case, effect): &(CaseId, EffectId),
) -> Result<Told, Halt> {
    let said: Said = serde_json::from_value(envelope.detail.clone())
        .map_err(|error| Halt::Never(format!("the detail of {}: {error}", envelope.detail_type)))?;
    let Some(returned) = said.returned() else {
        return Ok(Told::Done(format!(
            "{effect} of {case} arrives all the same"
        )));
    };
    let row = store.effect(case, effect).await?;
    let row = row.ok_or_else(|| Halt::Never(format!("{case} owes no effect {effect}")))?;
    if row.returned_as.as_ref() == Some(&returned.id) {
        return Ok(Told::Repeat(format!("{effect} of {case} came back before")));
    }
    let owing = row.effect()?;
    let number = invoice_of(&row, &owing)?;
    let told = match number.filter(|_| !returned.is_complaint) {
        Some(number) => {
            let happened = Happened::Bounced {
                id: digest(&[SOURCE, &returned.id]),
                at: envelope.time,
                address: returned.address.clone(),
                reason: returned.reason.clone(),
            };
            let cause = format!("{} from {}", envelope.detail_type, envelope.source);
            invoice_news::happen(store, &number, &happened, &cause).await?
        }
        None => keep(store, envelope, &row, &owing, &returned).await?,
    };
    store.mark_returned(case, effect, &returned.id).await?;
    Ok(told)
}

/// The invoice that went out with this mail.
fn invoice_of(row: &EffectRow, owing: &Effect) -> Result<Option<String>, Halt> {
    if let Some((number, _)) = invoice_news::letter_of(owing) {
        return Ok(Some(number.to_owned()));
    }
    if owing.bills().is_none() {
        return Ok(None);
    }
    let values = row.values()?;
    match values.get("number").and_then(Value::as_str) {
        Some(number) => Ok(Some(number.to_owned())),
        // The mail is on its way back before what it brought is written down.
        None => Err(Halt::Later(TryAgain(format!(
            "{} of {} is not closed yet",
            row.effect, row.case
        )))),
    }
}

/// Parks it with whoever can mend the address, or ask by telephone. Redriven, a mail that came back is sent again.
async fn keep(
    store: &Store,
    envelope: &Envelope,
    row: &EffectRow,
    owing: &Effect,
    returned: &Returned,
) -> Result<Told, Halt> {
    let company = store.company().await?;
    let case = store.load_case(&row.case).await?;
    let reader = match owing {
        Effect::Notify { to, .. } | Effect::Notice { to, .. } => Some(to),
        _ => None,
    };
    let client = client_of(store, case.as_ref(), owing).await?;
    let Returned {
        address, reason, ..
    } = returned;
    let about = case
        .as_ref()
        .map_or_else(String::new, |case| format!(" of \"{}\"", case.title));
    let to = reader.map_or_else(|| address.clone(), |to| name(&company.team, to));
    let (says, mend) = match (returned.is_complaint, reader) {
        (true, _) => (
            format!("a mail{about} to {to}: {reason}"),
            "speak with them before they get the next one",
        ),
        (false, Some(_)) => (
            format!("a mail{about} to {to} <{address}> came back: {reason}"),
            "tell them, and mend the address in team.yaml; redriven, it is sent again",
        ),
        (false, None) => (
            format!("a mail{about} to {to} came back: {reason}"),
            "mend the address at its client or case; redriven, the mail is sent again as it was",
        ),
    };
    // A mail about parked things that came back must not call for another such mail each time: one per reader.
    let (event, again) = match (owing, reader) {
        (
            Effect::Notice {
                notice: Notice::Parked { .. },
                ..
            },
            Some(reader),
        ) => (EventId(digest(&[SOURCE, "parked", reader.as_str()])), false),
        _ => (
            EventId(digest(&[SOURCE, &returned.id])),
            !returned.is_complaint,
        ),
    };
    let parking = Parking {
        source: SOURCE.into(),
        detail_type: envelope.detail_type.clone(),
        event,
        reason: format!("{says}; {mend}"),
        owner: owner(&company, case.as_ref(), client.as_ref(), reader),
        effect: again.then(|| (row.case.clone(), row.effect.clone())),
        body: row.body.clone(),
    };
    // Not by `park`, which logs the reason: this one names an address.
    tracing::error!(effect.id = %row.effect, case.id = %row.case, "a mail came back");
    store.park(parking).await?;
    Ok(Told::Parked(format!(
        "{} of {} came back",
        row.effect, row.case
    )))
}

/// Whose mail it was, where it went to a client.
async fn client_of(
    store: &Store,
    case: Option<&Case>,
    owing: &Effect,
) -> Result<Option<ClientId>, Halt> {
    Ok(match owing {
        Effect::Mail { .. } => case.and_then(|case| case.client.clone()),
        Effect::Invoice { client, .. } | Effect::MonthInvoice { client, .. } => {
            Some(client.clone())
        }
        Effect::InvoiceMail { number, .. } => {
            let standing = store.standing(number).await?;
            standing.map(|standing| standing.client)
        }
        _ => None,
    })
}

/// Of a mail to a client its account manager; of a mail to the team the case's owner, or somebody else than its reader.
fn owner(
    company: &Company,
    case: Option<&Case>,
    client: Option<&ClientId>,
    reader: Option<&PersonId>,
) -> Option<PersonId> {
    let manager = client.and_then(|client| company.clients.get(client));
    let manager = manager.map(|client| &client.account_manager);
    let backup = reader.and_then(|reader| company.team.person(reader)?.backup.as_ref());
    let asked = [
        manager,
        case.map(|case| &case.owner),
        company.team.ops_lead(),
        backup,
    ];
    let mut able = asked.into_iter().flatten();
    able.find(|person| Some(*person) != reader).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn returned(part: Value) -> Option<Returned> {
        let mut said = json!({ "mail": { "messageId": "m-1", "destination": ["a@x.example"] } });
        for (name, value) in part.as_object().expect("a test states a map") {
            said[name] = value.clone();
        }
        let said: Said = serde_json::from_value(said).expect("it is as SES says it");
        said.returned()
    }

    fn bounce(kind: &str, sub_kind: &str, recipient: Value) -> Value {
        json!({ "bounce": {
            "bounceType": kind, "bounceSubType": sub_kind, "bouncedRecipients": [recipient], "feedbackId": "f-1",
        } })
    }

    #[test]
    fn what_the_mailer_says_and_whether_somebody_must_act_on_it() {
        let failed = json!({ "emailAddress": "a@x.example", "action": "failed", "diagnosticCode": "smtp; 550 5.1.1\n user unknown" });
        let bare = json!({ "emailAddress": "a@x.example" });
        let reason = |part| {
            returned(part).map(|returned| (returned.id, returned.reason, returned.is_complaint))
        };
        let bounced = |reason: &str| Some(("f-1".to_owned(), reason.to_owned(), false));
        let table = [
            (
                bounce("Permanent", "General", failed.clone()),
                bounced("smtp; 550 5.1.1 user unknown"),
            ),
            (
                bounce("Permanent", "Suppressed", bare.clone()),
                bounced("permanent (suppressed)"),
            ),
            (
                bounce("Transient", "MailboxFull", bare.clone()),
                bounced("transient (mailboxfull)"),
            ),
            (
                bounce("Transient", "General", failed),
                bounced("smtp; 550 5.1.1 user unknown"),
            ),
            // Somebody is away and says so by a machine.
            (bounce("Transient", "General", bare.clone()), None),
            (
                json!({ "complaint": { "complainedRecipients": [bare], "feedbackId": "f-2" } }),
                Some((
                    "f-2".to_owned(),
                    "its reader called it spam".to_owned(),
                    true,
                )),
            ),
            (
                json!({ "reject": { "reason": "Bad content" } }),
                Some((
                    "m-1".to_owned(),
                    "the mailer would not send it: Bad content".to_owned(),
                    false,
                )),
            ),
            (json!({ "delivery": {} }), None),
        ];
        for (part, expected) in table {
            assert_eq!(reason(part.clone()), expected, "{part}");
        }
    }
}
