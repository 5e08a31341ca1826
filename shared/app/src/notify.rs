//! An owed mail is rendered from the case as it stands and handed to the mailer.
//! Who is told what was decided with the case.

use domain::case::{Case, Effect, Handover, Notice, ParkedItem, TaskKind};
use domain::company::Team;
use domain::definition::{Action, Workflow};
use domain::id::{PersonId, StepId};
use domain::link::ends;
use domain::value::Values;
use jiff::Timestamp;
use pages::mail::Rendered;
use pages::mail::views::{self, Before, Deadline, Escalated, HandedOver, Kind, Page, Stuck};
use pages::mime::Mailbox;
use serde_json::{Value, json};
use store::{Company, Store};

use crate::executor::{self, Act, Claimed, Sent};
use crate::links::{InMail, Links, Writer};
use crate::outcome::{Told, TryAgain};
use crate::people::{day_and_time, duration, name, zone};
use crate::post::{Letter, Post};
use crate::time_question;

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
                let mail = InMail {
                    case: claimed.case()?,
                    effect: &claimed.row.effect,
                    owed_at: claimed.row.owed_at,
                    reader: to,
                };
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
            let mail = InMail {
                case,
                effect: &claimed.row.effect,
                owed_at: claimed.row.owed_at,
                reader: to,
            };
            let page = |step: &StepId| writer?.task(&mail, step);
            let mail = notice_mail(team, workflow, case, to, notice, (&page, now))?;
            to_person(team, to, mail)
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

/// Where the page of a step's task is.
type PageOf<'a> = dyn Fn(&StepId) -> Option<String> + 'a;

fn notice_mail(
    team: &Team,
    workflow: &Workflow,
    case: &Case,
    to: &PersonId,
    notice: &Notice,
    (page, now): (&PageOf<'_>, Timestamp),
) -> Result<Rendered, Act> {
    let zone = zone(team, to);
    let with_buttons = |step: &StepId| {
        Some(Page {
            address: page(step)?,
            ends: !ends(workflow, step, kind_of(case, step)).is_empty(),
        })
    };
    let deadline = |step: &StepId, title: &String, due_at: Timestamp, late_seconds: i64| Deadline {
        reader: name(team, to),
        kind: said_of(kind_of(case, step)),
        title: title.clone(),
        case_title: case.title.clone(),
        due: day_and_time(due_at, &zone),
        left: left(due_at, now),
        missed: due_at < now,
        late: worth_saying(late_seconds),
        page: with_buttons(step),
        case: case.id.0.clone(),
        step: step.0.clone(),
    };
    let rendered = match notice {
        Notice::HandedOver {
            step,
            run,
            kind,
            title,
            due_at,
            from,
        } => HandedOver {
            before: from.as_ref().map(|from| before(team, from)),
            round: *run,
            page: with_buttons(step),
            ..handed_over(
                team,
                workflow,
                case,
                to,
                (step, title, Some(*kind), *due_at),
            )
        }
        .render(),
        Notice::Handed {
            step,
            title,
            due_at,
            by,
        } => HandedOver {
            handed_by: (by != to).then(|| name(team, by)),
            page: with_buttons(step),
            ..handed_over(
                team,
                workflow,
                case,
                to,
                (step, title, kind_of(case, step), *due_at),
            )
        }
        .render(),
        Notice::DeadlineNear {
            step,
            title,
            due_at,
            late_seconds,
        } => deadline(step, title, *due_at, *late_seconds).render_near(),
        Notice::DeadlineMissed {
            step,
            title,
            due_at,
            late_seconds,
        } => deadline(step, title, *due_at, *late_seconds).render_missed(),
        Notice::Escalated {
            step,
            title,
            owner,
            due_at,
            late_seconds,
        } => Escalated {
            reader: name(team, to),
            owner: name(team, owner),
            title: title.clone(),
            case_title: case.title.clone(),
            due: day_and_time(*due_at, &zone),
            left: left(*due_at, now),
            missed: *due_at < now,
            late: worth_saying(*late_seconds),
            page: page(step),
            case: case.id.0.clone(),
            step: step.0.clone(),
        }
        .render(),
        Notice::Stuck { since, times } => Stuck {
            reader: name(team, to),
            case_title: case.title.clone(),
            since: day_and_time(*since, &zone),
            times: *times,
            waits: case
                .duties()
                .map(|duty| views::Wait {
                    what: format!("{} ({})", duty.title, name(team, duty.owner)),
                    page: page(duty.step),
                })
                .collect(),
            case: case.id.0.clone(),
        }
        .render(),
        Notice::Parked { items, more } => return parked(team, to, items, *more),
        Notice::TimeMissing { .. } => {
            return Err(Act::Refused(
                "what a step took is not asked of the case alone".into(),
            ));
        }
    };
    rendered.map_err(|error| Act::Refused(error.to_string()))
}

/// `None`: a clock of the case.
fn kind_of(case: &Case, step: &StepId) -> Option<TaskKind> {
    match case.duty(step) {
        Some(duty) => duty.kind,
        None if case.clocks.contains_key(step) => None,
        None => Some(TaskKind::Task),
    }
}

fn said_of(kind: Option<TaskKind>) -> Kind {
    match kind {
        Some(TaskKind::Task) => Kind::Task,
        Some(TaskKind::Checklist) => Kind::Checklist,
        Some(TaskKind::Decision) => Kind::Decision,
        None => Kind::Elsewhere,
    }
}

/// A task as its new owner is told of it, without how it came there.
fn handed_over(
    team: &Team,
    workflow: &Workflow,
    case: &Case,
    to: &PersonId,
    (step, title, kind, due_at): (&StepId, &str, Option<TaskKind>, Option<Timestamp>),
) -> HandedOver {
    let action = workflow.step(step).map(|step| &step.action);
    HandedOver {
        reader: name(team, to),
        kind: said_of(kind),
        title: title.to_owned(),
        case_title: case.title.clone(),
        client: client_name(case),
        due: due_at.map(|due| day_and_time(due, &zone(team, to))),
        before: None,
        items: match action {
            Some(Action::Checklist { items, .. }) => items.clone(),
            _ => Vec::new(),
        },
        choices: match action {
            Some(Action::Task { outcomes: ends, .. } | Action::Approve { choices: ends, .. }) => {
                ends.iter().map(|(name, _)| name.clone()).collect()
            }
            _ => Vec::new(),
        },
        round: 1,
        handed_by: None,
        page: None,
        case: case.id.0.clone(),
        step: step.0.clone(),
    }
}

fn parked(team: &Team, to: &PersonId, items: &[ParkedItem], more: u32) -> Result<Rendered, Act> {
    let count = items.len() + usize::try_from(more).unwrap_or(usize::MAX);
    let view = views::Parked {
        reader: name(team, to),
        count: match count {
            1 => "1 thing".to_owned(),
            count => format!("{count} things"),
        },
        one: count == 1,
        items: items
            .iter()
            .map(|item| views::ParkedItem {
                id: item.id.clone(),
                title: item.title.clone(),
                reason: item.reason.clone(),
            })
            .collect(),
        more,
    };
    view.render()
        .map_err(|error| Act::Refused(error.to_string()))
}

fn left(due_at: Timestamp, now: Timestamp) -> String {
    duration((due_at.as_second() - now.as_second()).abs())
}

/// What the next sweep found is on time; anything longer is worth a sentence.
fn worth_saying(late_seconds: i64) -> Option<String> {
    const SWEEP_EVERY_SECONDS: i64 = 60;
    (SWEEP_EVERY_SECONDS < late_seconds).then(|| duration(late_seconds))
}

fn before(team: &Team, from: &Handover) -> Before {
    Before {
        by: from
            .by
            .as_ref()
            .map_or_else(|| "Baton".to_owned(), |by| name(team, by)),
        step: from.step.0.clone(),
        outcome: from.outcome.clone(),
    }
}

fn client_name(case: &Case) -> Option<String> {
    Some(case.values.get("client")?.get("name")?.as_str()?.to_owned())
}
