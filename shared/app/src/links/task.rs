//! The page of one task, or of a clock of a case: how it stands, and the report that a pressed button puts on the bus.
//! The report is known by its link, so that a second press is the same report.

use domain::case::{Case, TaskKind};
use domain::id::PersonId;
use domain::link::{Deed, End, Link, Offer, Stands, TaskLink, offer};
use pages::link::field;
use serde_json::json;
use std::sync::Arc;
use store::{Bus, Company, Entry, Store};

use super::answer::{Answer, Request};
use super::report::{LOOKS, NOT_ENTERED_YET, report};
use crate::outcome::TryAgain;
use crate::people::name;

mod words;

/// The case of a link, and what it offers now.
struct Desk {
    company: Arc<Company>,
    case: Case,
    offer: Offer,
}

/// What somebody pressed.
enum Press {
    Accept,
    TakeOver,
    HandTo(PersonId),
    End(End),
}

pub(super) async fn answer(
    store: &Store,
    bus: &Bus,
    link: &Link,
    of: &TaskLink,
    request: &Request<'_>,
) -> Result<Answer, TryAgain> {
    let Some(desk) = look(store, link, of).await? else {
        return Ok(Answer::refused(domain::link::Refused::NoLink));
    };
    if request.method != "POST" {
        return Ok(Answer::page(200, show(store, &desk, of, None).await?));
    }
    let Some((press, deed, entry)) = Press::read(request)
        .filter(|press| press.is_offered(&desk.offer))
        .map(|press| press.report(store, of, &desk.case))
    else {
        let said = "Nothing was changed: this is how it stands.";
        return Ok(Answer::page(200, show(store, &desk, of, Some(said)).await?));
    };
    if store.was_heard(&of.case, &of.report_id(deed)).await? {
        let said = "Nothing was changed: this mail's link has done that before. Use the newest mail about it.";
        return Ok(Answer::page(200, show(store, &desk, of, Some(said)).await?));
    }
    TryAgain::unless_published(bus.publish_one(&entry).await)?;
    let (desk, said) = entered(store, link, of, desk, &press).await?;
    Ok(Answer::page(
        200,
        show(store, &desk, of, Some(&said)).await?,
    ))
}

async fn look(store: &Store, link: &Link, of: &TaskLink) -> Result<Option<Desk>, TryAgain> {
    let company = store.company().await?;
    let Some(case) = store.load_case(&of.case).await? else {
        return Ok(None);
    };
    let workflow = store.workflow(&case.workflow, case.version).await?;
    let loads = store.loads(&company.team).await?;
    let offer = offer(link, &case, &workflow, &company.team, &loads);
    Ok(Some(Desk {
        company,
        case,
        offer,
    }))
}

/// The case once it shows what was pressed, or as it stands when that takes longer; and what to say of it.
async fn entered(
    store: &Store,
    link: &Link,
    of: &TaskLink,
    mut desk: Desk,
    press: &Press,
) -> Result<(Desk, String), TryAgain> {
    for attempt in 1..=LOOKS {
        store.pause(attempt).await;
        if let Some(now) = look(store, link, of).await? {
            desk = now;
        }
        if press.shows(of, &desk) {
            let said = words::said(press, &desk);
            return Ok((desk, said));
        }
    }
    Ok((desk, NOT_ENTERED_YET.to_owned()))
}

impl Press {
    /// `None`: the form is none of ours.
    fn read(request: &Request<'_>) -> Option<Self> {
        let sent = |name: &str| request.form.get(name);
        Some(match sent(field::DEED)?.as_str() {
            field::ACCEPT => Press::Accept,
            field::TAKE_OVER => Press::TakeOver,
            field::HAND => Press::HandTo(PersonId(sent(field::TO)?.clone())),
            field::END => Press::End(
                sent(field::OUTCOME)
                    .filter(|text| !text.is_empty())
                    .cloned(),
            ),
            _ => return None,
        })
    }

    fn is_offered(&self, offer: &Offer) -> bool {
        match self {
            Press::Accept => offer.can_accept,
            Press::TakeOver => offer.can_take_over,
            Press::HandTo(person) => offer.hand_to.contains(person),
            Press::End(end) => offer.ends.contains(end),
        }
    }

    /// What is put on the bus for it, as a person's report.
    fn report(self, store: &Store, of: &TaskLink, case: &Case) -> (Self, Deed, Entry) {
        let mut data = json!({ "case": of.case, "step": of.step, "by": of.reader });
        let (deed, detail_type) = match &self {
            Press::Accept => (Deed::Accept, "task.accepted"),
            Press::TakeOver => {
                data["to"] = json!(of.reader);
                (Deed::Hand, "task.handed")
            }
            Press::HandTo(person) => {
                data["to"] = json!(person);
                (Deed::Hand, "task.handed")
            }
            Press::End(end) => {
                let kind = case.duty(&of.step).and_then(|duty| duty.kind);
                let is_decision = kind == Some(TaskKind::Decision);
                if let Some(end) = end {
                    data[if is_decision { "choice" } else { "outcome" }] = json!(end);
                }
                let detail_type = if is_decision {
                    "decision.made"
                } else {
                    "task.done"
                };
                (Deed::End, detail_type)
            }
        };
        let entry = report(store, of, deed, &case.correlation_id, detail_type, data);
        (self, deed, entry)
    }

    /// Whether the case shows it.
    fn shows(&self, of: &TaskLink, desk: &Desk) -> bool {
        let owner = desk.case.duty(&of.step).map(|duty| duty.owner);
        match (self, &desk.offer.stands) {
            (Press::Accept, Stands::Yours { accepted_at }) => accepted_at.is_some(),
            (Press::TakeOver, _) => owner == Some(&of.reader),
            (Press::HandTo(person), _) => owner == Some(person),
            (Press::End(_), stands) => !matches!(stands, Stands::Yours { .. }),
            (Press::Accept, _) => false,
        }
    }
}

/// The page, read anew but for the case: a link that has handed on before does not offer it again.
async fn show(
    store: &Store,
    desk: &Desk,
    of: &TaskLink,
    said: Option<&str>,
) -> Result<String, TryAgain> {
    let history = store.history(&of.case).await?;
    let has_handed = !desk.offer.hand_to.is_empty()
        && store.was_heard(&of.case, &of.report_id(Deed::Hand)).await?;
    let mut view = words::view(desk, of, &history);
    view.said = said.map(str::to_owned);
    if has_handed {
        view.buttons.takers.clear();
    }
    Ok(pages::link::task(&view))
}

fn person(desk: &Desk, id: &PersonId) -> String {
    name(&desk.company.team, id)
}
