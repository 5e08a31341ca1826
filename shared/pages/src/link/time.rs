//! Finished work with the question how long it took: one field, one button.
//! It must not know what became of the answer.

use maud::{Markup, html};

use super::views::{TimeAsked, TimePage};
use super::{field, header};
use crate::page::page;

pub fn time(view: &TimePage) -> String {
    let title = format!("How long did it take? {}", view.work.title);
    let body = html! { div class="narrow" {
        @if let Some(said) = &view.said { p class="said" role="status" { (said) } }
        @if !view.entries.is_empty() {
            article class="card" {
                p class="stands-now" { "The time is noted." }
                ul class="stands" { @for line in &view.entries { li { (line) } } }
                p class="soft" { "Until it is billed, `baton log` with `--replaces` corrects it." }
            }
        }
        @if let Some(asked) = &view.asks { (form(asked, &view.on)) }
    } };
    page(&title, &header(&view.work), &body)
}

fn form(asked: &TimeAsked, on: &str) -> Markup {
    html! { form method="post" {
        h2 { "How long did it take?" }
        @if let Some(because) = &asked.because { p class="soft" { (because) } }
        label { "Minutes, on " (on)
            input type="number" inputmode="numeric" name=(field::MINUTES) min="1" max=(asked.most) step="1" required
                value=[asked.suggested];
        }
        button class="go" { "Note it" }
    } }
}
