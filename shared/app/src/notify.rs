//! An owed mail is rendered from the case as it stands and handed to the mailer.
//! Who is told what was decided with the case.

use domain::case::{Case, Effect, Notice};
use domain::company::Team;
use domain::definition::Workflow;
use domain::id::PersonId;
use domain::value::Values;
use jiff::Timestamp;
use pages::mail::Rendered;
use pages::mime::Mailbox;
use serde_json::{Value, json};
use store::{Company, Store};

use crate::executor::{self, Act, Claimed, Sent};
use crate::links::{InMail, Links, Writer};
use crate::outcome::{Told, TryAgain};
use crate::people::name;
use crate::post::{Letter, Post};
use crate::time_question;
use notice::{Situation, parked};

mod notice;

/// `links`: where the links in mails lead; the same effect always has the same.
///
/// # Errors
/// Only what may succeed when the same event is delivered again.
pub async fn handle(
    store: &Store,
    post: &Post,
    links: &Links,
    event: Value,
) -> Result<Told, TryAgain> {
    executor::handle(store, &event, async |claimed| {
        let company = store.company().await?;
        let letter = match &claimed.effect {
            Effect::Notice {
                to,
                notice: Notice::Parked { items, more },
            } => to_person(&company.team, to, parked(&company.team, to, items, *more)?)?,
            Effect::Notice {
                to,
                notice: Notice::TimeMissing { step, run, title },
            } => {
                let mail = in_mail(claimed, to)?;
                let writer = links.writer().await.map_err(Act::Later)?;
                let page = writer.as_ref().map(|writer| writer.time(&mail, step, *run));
                let asked = time_question::question(store, &company, &mail, (step, title), page);
                match asked.await? {
                    Some(mail) => to_person(&company.team, to, mail)?,
                    None => return Ok(not_sent("the time was said before anybody asked")),
                }
            }
            _ => {
                let case = claimed.case()?;
                let workflow = store.workflow(&case.workflow, case.version).await?;
                let writer = match has_links(&claimed.effect) {
                    true => links.writer().await.map_err(Act::Later)?,
                    false => None,
                };
                letter(&company, &workflow, claimed, writer.as_ref(), store.now())?
            }
        };
        let reference = post.send(claimed, letter).await?;
        Ok(Sent {
            reference,
            ..Sent::default()
        })
    })
    .await
}

/// A mail without links never waits for the keys that sign them.
fn has_links(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Notice { .. }
            | Effect::Mail {
                portal: Some(_),
                ..
            }
    )
}

/// Of no use any more: carried out without a mail.
fn not_sent(why: &str) -> Sent {
    Sent {
        reference: format!("{}: {why}", crate::invoice_news::NOT_SENT),
        ..Sent::default()
    }
}

/// The mail that is owed, to one of its readers.
fn in_mail<'a>(claimed: &'a Claimed<'_>, reader: &'a PersonId) -> Result<InMail<'a>, Act> {
    Ok(InMail {
        case: claimed.case()?,
        effect: &claimed.row.effect,
        owed_at: claimed.row.owed_at,
        reader,
    })
}

fn letter(
    company: &Company,
    workflow: &Workflow,
    claimed: &Claimed<'_>,
    writer: Option<&Writer>,
    now: Timestamp,
) -> Result<Letter, Act> {
    let team = &company.team;
    let case = claimed.case()?;
    match &claimed.effect {
        Effect::Mail {
            template,
            to,
            sender,
            portal,
        } => {
            let mut words = words(team, case, None);
            if let Some(portal) = portal {
                let writer = writer.ok_or_else(|| {
                    Act::Waits("there is no secret `links` to sign a client's link with".into())
                })?;
                let link = writer.portal(portal, claimed.row.owed_at);
                words.insert("portal".into(), link.into());
            }
            let mail = by_template(workflow, template, &words)?;
            let sender = sender.as_ref().and_then(|sender| team.person(sender));
            Ok(Letter {
                mail,
                from_name: sender.map_or_else(
                    || team.name.clone(),
                    |sender| format!("{}, {}", sender.name, team.name),
                ),
                reply_to: sender.map(|s| Mailbox {
                    name: Some(s.name.clone()),
                    mail: s.mail.clone(),
                }),
                to: vec![Mailbox {
                    name: Some(to.name.clone()),
                    mail: to.mail.clone(),
                }],
                attachments: Vec::new(),
            })
        }
        Effect::Notify { template, to } => {
            let mail = by_template(workflow, template, &words(team, case, Some(to)))?;
            to_person(team, to, mail)
        }
        Effect::Notice { to, notice } => {
            let situation = Situation {
                team,
                workflow,
                mail: in_mail(claimed, to)?,
                writer,
                now,
            };
            to_person(team, to, situation.render(notice)?)
        }
        Effect::Invoice { .. }
        | Effect::MonthInvoice { .. }
        | Effect::Chat { .. }
        | Effect::Call { .. }
        | Effect::InvoiceMail { .. }
        | Effect::Emit { .. }
        | Effect::Tell { .. } => Err(Act::Refused("this effect is not a mail".into())),
    }
}

pub(crate) fn by_template(
    workflow: &Workflow,
    template: &str,
    words: &Values,
) -> Result<Rendered, Act> {
    let text = workflow.mails.get(template).ok_or_else(|| {
        Act::Refused(format!(
            "workflow {} version {} has no mail {template}",
            workflow.id, workflow.version
        ))
    })?;
    pages::mail::render(text, words)
        .map_err(|error| Act::Refused(format!("mail {template}: {error}")))
}

/// What a team's own template may say: the case's values, and who fills which role.
pub(crate) fn words(team: &Team, case: &Case, reader: Option<&PersonId>) -> Values {
    let mut words = case.values.clone();
    for (role, person) in &case.roles {
        let mail = team.person(person).map(|person| person.mail.clone());
        words.insert(
            role.0.clone(),
            json!({ "name": name(team, person), "mail": mail }),
        );
    }
    if let Some(reader) = reader {
        words.insert("reader".into(), json!({ "name": name(team, reader) }));
    }
    words
}

fn to_person(team: &Team, to: &PersonId, mail: Rendered) -> Result<Letter, Act> {
    let person = team
        .person(to)
        .ok_or_else(|| Act::Refused(format!("\"{to}\" is nobody in team.yaml any more")))?;
    Ok(Letter {
        mail,
        from_name: format!("Baton, {}", team.name),
        reply_to: None,
        to: vec![Mailbox {
            name: Some(person.name.clone()),
            mail: person.mail.clone(),
        }],
        attachments: Vec::new(),
    })
}
