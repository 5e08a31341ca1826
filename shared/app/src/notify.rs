//! An owed mail is rendered from the case as it stands and handed to the mailer.
//! Who is told what was decided with the case.

use domain::case::{Case, Effect, Handover, Notice, TaskKind};
use domain::company::Team;
use domain::definition::{Action, Workflow};
use domain::id::PersonId;
use domain::value::Values;
use jiff::Timestamp;
use pages::mail::Rendered;
use pages::mail::views::{Before, Deadline, HandedOver};
use pages::mime::Mailbox;
use serde_json::{Value, json};
use store::{Company, Store};

use crate::executor::{self, Act, Claimed, Sent};
use crate::outcome::{Told, TryAgain};
use crate::people::{day_and_time, duration, name, zone};
use crate::post::{Letter, Post};

/// # Errors
/// Only what may succeed when the same event is delivered again.
pub async fn handle(store: &Store, post: &Post, event: Value) -> Result<Told, TryAgain> {
    executor::handle(store, &event, async |claimed| {
        let company = store.company().await?;
        let case = claimed.case()?;
        let workflow = store.workflow(&case.workflow, case.version).await?;
        let letter = letter(&company, &workflow, claimed, store.now())?;
        let reference = post.send(claimed, letter).await?;
        Ok(Sent {
            reference,
            ..Sent::default()
        })
    })
    .await
}

fn letter(
    company: &Company,
    workflow: &Workflow,
    claimed: &Claimed<'_>,
    now: Timestamp,
) -> Result<Letter, Act> {
    let team = &company.team;
    let case = claimed.case()?;
    match &claimed.effect {
        Effect::Mail {
            template,
            to,
            sender,
        } => {
            let mail = by_template(workflow, template, &words(team, case, None))?;
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
        Effect::Notice { to, notice } => to_person(
            team,
            to,
            notice_mail(team, workflow, case, to, notice, now)?,
        ),
        Effect::Invoice { .. }
        | Effect::InvoiceMail { .. }
        | Effect::Emit { .. }
        | Effect::Tell { .. } => Err(Act::Refused("this effect is not a mail".into())),
    }
}

fn by_template(workflow: &Workflow, template: &str, words: &Values) -> Result<Rendered, Act> {
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
fn words(team: &Team, case: &Case, reader: Option<&PersonId>) -> Values {
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

fn notice_mail(
    team: &Team,
    workflow: &Workflow,
    case: &Case,
    to: &PersonId,
    notice: &Notice,
    now: Timestamp,
) -> Result<Rendered, Act> {
    let zone = zone(team, to);
    let rendered = match notice {
        Notice::HandedOver {
            step,
            run,
            kind,
            title,
            due_at,
            from,
        } => HandedOver {
            reader: name(team, to),
            kind: match kind {
                TaskKind::Task => "task",
                TaskKind::Checklist => "checklist",
                TaskKind::Decision => "decision",
            },
            title: title.clone(),
            case_title: case.title.clone(),
            client: client_name(case),
            due: due_at.map(|due| day_and_time(due, &zone)),
            before: from.as_ref().map(|from| before(team, from)),
            items: match workflow.step(step).map(|step| &step.action) {
                Some(Action::Checklist { items, .. }) => items.clone(),
                _ => Vec::new(),
            },
            choices: match workflow.step(step).map(|step| &step.action) {
                Some(
                    Action::Task { outcomes: ends, .. } | Action::Approve { choices: ends, .. },
                ) => ends.iter().map(|(name, _)| name.clone()).collect(),
                _ => Vec::new(),
            },
            round: *run,
            case: case.id.0.clone(),
            step: step.0.clone(),
        }
        .render(),
        Notice::DeadlineNear {
            step,
            title,
            due_at,
            late_seconds,
        } => deadline(
            team,
            case,
            to,
            (step.as_str(), title, *due_at, *late_seconds),
            now,
        )
        .render_near(),
        Notice::DeadlineMissed {
            step,
            title,
            due_at,
            late_seconds,
        } => deadline(
            team,
            case,
            to,
            (step.as_str(), title, *due_at, *late_seconds),
            now,
        )
        .render_missed(),
    };
    rendered.map_err(|error| Act::Refused(error.to_string()))
}

fn deadline(
    team: &Team,
    case: &Case,
    to: &PersonId,
    (step, title, due_at, late_seconds): (&str, &str, Timestamp, i64),
    now: Timestamp,
) -> Deadline {
    /// A warning found by the next sweep is on time; only a longer gap is worth a sentence.
    const WORTH_SAYING_SECONDS: i64 = 120;
    Deadline {
        reader: name(team, to),
        title: title.to_owned(),
        case_title: case.title.clone(),
        due: day_and_time(due_at, &zone(team, to)),
        left: duration((due_at.as_second() - now.as_second()).abs()),
        late: (late_seconds >= WORTH_SAYING_SECONDS).then(|| duration(late_seconds)),
        case: case.id.0.clone(),
        step: step.to_owned(),
    }
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
