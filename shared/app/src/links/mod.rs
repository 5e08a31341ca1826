//! The public page: whoever holds a signed link sees its one thing, and presses its buttons. Nothing else is shown.
//! A GET changes nothing. What is offered is `domain::link`'s to say, what a report does is `domain::case`'s.

mod answer;
mod portal;
mod report;
mod signing;
mod task;
mod time;

use domain::case::Case;
use domain::link::{Link, Refused, TaskLink};
use pages::link::Work;
use serde_json::Value;
use store::{Bus, Company, Store};

pub(crate) use signing::{InMail, Writer};
pub use signing::{LinkKeys, Links};

use crate::outcome::TryAgain;
use crate::people::name;
use answer::{Answer, Request};

/// Answers a function URL request (payload format 2.0) for `/LINK`. What fails is told on a page, too.
///
/// # Errors
/// None: a person at a browser can not be asked to be delivered again.
pub async fn handle(
    store: &Store,
    bus: &Bus,
    keys: &LinkKeys,
    request: Value,
) -> Result<Value, TryAgain> {
    let answer = match answer(store, bus, keys, &Request::read(&request)).await {
        Ok(answer) => answer,
        Err(TryAgain(error)) => {
            tracing::error!(error, "a link could not be followed");
            Answer::not_now()
        }
    };
    Ok(answer.into_response())
}

async fn answer(
    store: &Store,
    bus: &Bus,
    keys: &LinkKeys,
    request: &Request<'_>,
) -> Result<Answer, TryAgain> {
    if !matches!(request.method, "GET" | "HEAD" | "POST") {
        return Ok(Answer::no_such_method());
    }
    let opened = match keys.keys().await? {
        Some(keys) => keys.read(request.link, store.now()),
        None => Err(Refused::NotSigned),
    };
    let link = match opened {
        Ok(opened) => opened.link,
        Err(refused) => return Ok(Answer::refused(refused)),
    };
    match &link {
        Link::Task(of) | Link::Beside(of) if request.rest.is_none() => {
            task::answer(store, bus, &link, of, request).await
        }
        Link::Time(of) if request.rest.is_none() => time::answer(store, bus, of, request).await,
        Link::Task(_) | Link::Beside(_) | Link::Time(_) => Ok(Answer::refused(Refused::NoLink)),
        Link::Portal { .. } if request.method == "POST" => Ok(Answer::no_such_method()),
        Link::Portal { client, sent_at } => portal::answer(store, client, *sent_at, request).await,
    }
}

/// What the page of a link is about, and who reads it.
fn work(company: &Company, case: &Case, of: &TaskLink, title: String) -> Work {
    let client = case.client.as_ref();
    let client = client.and_then(|client| company.clients.get(client));
    Work {
        team: company.team.name.clone(),
        reader: name(&company.team, &of.reader),
        title,
        case_title: case.title.clone(),
        client: client.map(|client| client.name.clone()),
    }
}
