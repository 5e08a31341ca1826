//! The pages behind links in mails: a task with its buttons, a client's portal, and what a link shows that opens nothing.
//! Plain forms, no script; it must not know what a press does.

mod portal;
mod time;
mod views;

use maud::{Markup, html};

pub use portal::portal;
pub use time::time;
pub use views::{
    Buttons, Due, EndButton, InvoiceLine, MilestoneLine, Mine, PortalPage, Taker, TaskPage,
    TimeAsked, TimePage, Work, WorkCard,
};

use crate::page::page;

/// The names of the form's fields, and what they can hold.
pub mod field {
    /// What is pressed: one of the words below.
    pub const DEED: &str = "do";
    pub const ACCEPT: &str = "accept";
    pub const TAKE_OVER: &str = "take_over";
    pub const HAND: &str = "hand";
    pub const END: &str = "end";
    /// Of `hand`: the person's id.
    pub const TO: &str = "to";
    /// Of `end`: the outcome or choice.
    pub const OUTCOME: &str = "outcome";
    /// Of a page that asks for time: whole minutes.
    pub const MINUTES: &str = "minutes";
}

/// A task with what can be done to it.
pub fn task(view: &TaskPage) -> String {
    let body = html! { div class="narrow" {
        @if let Some(said) = &view.said { p class="said" role="status" { (said) } }
        article class="card" {
            p class="stands-now" { (view.stands) }
            @if view.ends_by_itself { p class="soft" { "It ends by itself when it is done in the tool where it is worked on." } }
            @if let Some(due) = &view.due {
                @if due.is_over {
                    p { span class="tag missed" { "overdue since " (due.at) } }
                } @else {
                    p { span class="tag calm" { "due " (due.at) } }
                }
            }
            @if !view.history.is_empty() { ul class="stands" { @for line in &view.history { li class="soft" { (line) } } } }
        }
        (buttons(&view.buttons))
    } };
    page(&view.work.title, &header(&view.work), &body)
}

/// Whose page it is, and what it is about.
fn header(work: &Work) -> Markup {
    html! {
        p class="soft" { (work.team) " · for " (work.reader) }
        h1 { (work.title) }
        p class="soft" { "Part of “" (work.case_title) "”" @if let Some(client) = &work.client { " for " (client) } }
    }
}

fn buttons(buttons: &Buttons) -> Markup {
    html! {
        @match buttons.mine {
            Some(Mine::Accept) => (form(field::ACCEPT, &html! { button class="go" { "I have it" } })),
            Some(Mine::TakeOver) => (form(field::TAKE_OVER, &html! { button class="go" { "I take it over" } })),
            None => {}
        }
        @if !buttons.ends.is_empty() {
            h2 { (buttons.question) }
            (form(field::END, &html! { @for end in &buttons.ends {
                button name=(field::OUTCOME) value=(end.outcome) { (end.label) }
            } }))
        }
        @if !buttons.takers.is_empty() {
            h2 { "Hand it over" }
            (form(field::HAND, &html! {
                label { "To " select name=(field::TO) required {
                    @for taker in &buttons.takers { option value=(taker.id) { (taker.name) } }
                } }
                button { "Hand it over" }
            }))
        }
    }
}

/// A form that is sent to the page's own address.
fn form(deed: &str, content: &Markup) -> Markup {
    html! { form method="post" {
        input type="hidden" name=(field::DEED) value=(deed);
        (content)
    } }
}

/// What a link that opens nothing shows. It says what to do and nothing else.
pub fn refused(title: &str, text: &str) -> String {
    let header = html! { h1 { (title) } };
    page(
        title,
        &header,
        &html! { div class="narrow" { p { (text) } } },
    )
}
