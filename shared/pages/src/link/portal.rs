//! A client's own page: its work with milestones, and its invoices.
//! It must not choose what is shown.

use maud::{Markup, html};

use super::views::{InvoiceLine, MilestoneLine, PortalPage, WorkCard};
use crate::page::{address, page};

pub fn portal(view: &PortalPage) -> String {
    let header = html! {
        p class="soft" { (view.team) " · as of " (view.as_of) }
        h1 { (view.client) }
    };
    let body = html! {
        h2 { "Your projects" }
        @if view.work.is_empty() { p class="soft" { "Nothing is under way." } }
        div class="grid" { @for work in &view.work { (work_card(work)) } }
        h2 { "Your invoices" }
        @if view.invoices.is_empty() { p class="soft" { "None yet." } }
        div class="grid" { @for invoice in &view.invoices { (invoice_card(invoice, &view.files)) } }
    };
    page(&format!("{}: {}", view.team, view.client), &header, &body)
}

fn work_card(work: &WorkCard) -> Markup {
    html! { article class="card" {
        h3 { (work.title) }
        p { (work.stands) }
        p class="soft" { "since " (work.since) }
        @if !work.milestones.is_empty() {
            ul class="stands" { @for milestone in &work.milestones { li { (milestone_line(milestone)) } } }
        }
    } }
}

fn milestone_line(milestone: &MilestoneLine) -> Markup {
    html! {
        (milestone.title) " "
        @match (&milestone.reached, milestone.is_in_work) {
            (Some(day), _) => span class="tag calm" { (day) },
            (None, true) => span class="tag warned" { "in work" },
            (None, false) => span class="tag plain" { "to come" },
        }
    }
}

fn invoice_card(invoice: &InvoiceLine, files: &str) -> Markup {
    html! { article class="card" {
        h3 { @if invoice.is_credit { "Credit note " } @else { "Invoice " } (invoice.number) }
        p { (invoice.what) }
        p { b { (invoice.total) } " " span class=(if invoice.is_open { "tag warned" } else { "tag calm" }) { (invoice.stands) } }
        p class="soft" { "of " (invoice.dated) }
        p { a class="file" href=(address(&[files, &invoice.number])) { "Download the PDF" } }
    } }
}
