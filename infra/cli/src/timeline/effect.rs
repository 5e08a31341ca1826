//! What is owed and what came of it, in words and with people by their names.
//! It must not know the facts around it.

use domain::case::{Effect, Message, Notice};
use domain::value::Values;

use super::fact::{Line, Tag};
use crate::names::Names;

/// What is owed, with names instead of ids.
pub(super) fn owed(effect: &Effect, names: &Names) -> String {
    match effect {
        Effect::Mail { template, to, .. } => {
            format!("mail \"{template}\" to {} <{}>", to.name, to.mail)
        }
        Effect::Notify { template, to } => format!("mail \"{template}\" to {}", names.person(to)),
        Effect::Notice { to, notice } => {
            format!("mail to {}: {}", names.person(to), noticed(notice))
        }
        Effect::Invoice {
            client,
            line,
            amount_cents,
            currency,
            ..
        } => {
            format!(
                "invoice to {}: {line}, {} {currency} net",
                names.client(client),
                cents(*amount_cents)
            )
        }
        Effect::MonthInvoice { client, title, .. } => {
            format!("invoice to {}: {title}", names.client(client))
        }
        Effect::InvoiceMail { .. } | Effect::Chat { .. } | Effect::Call { .. } => effect.words(),
        Effect::Emit { event, .. } => format!("event {event}"),
        Effect::Tell { case, message } => match message {
            Message::RoleFilled { role, person } => {
                format!("tell {case}: {} is {role}", names.person(person))
            }
            Message::ParentStopped { .. } => format!("tell {case}: it was stopped"),
        },
    }
}

pub(super) fn noticed(notice: &Notice) -> String {
    match notice {
        Notice::HandedOver { title, .. } => format!("\"{title}\" is yours"),
        Notice::DeadlineNear { title, .. } => format!("\"{title}\" is due soon"),
        Notice::DeadlineMissed { title, .. } => format!("\"{title}\" missed its deadline"),
        Notice::Escalated { title, .. } => format!("\"{title}\" is escalated"),
        Notice::Handed { title, .. } => format!("\"{title}\" is handed on"),
        Notice::Stuck { .. } => "it stands still".to_owned(),
        Notice::TimeMissing { title, .. } => format!("how long did \"{title}\" take?"),
        Notice::Parked { items, .. } => format!("{} parked", items.len()),
    }
}

pub(super) fn closed(effect: &Effect, reference: &str, values: &Values, names: &Names) -> Line {
    let taken = |text: String| Line::new(Tag::Mail, text, "taken");
    match effect {
        Effect::Mail { template, to, .. } => {
            taken(format!("to {} <{}>: \"{template}\"", to.name, to.mail))
        }
        Effect::Notify { template, to } => {
            taken(format!("to {}: \"{template}\"", names.person(to)))
        }
        Effect::Notice { to, notice } => {
            taken(format!("to {}: {}", names.person(to), noticed(notice)))
        }
        Effect::Invoice { client, .. } | Effect::MonthInvoice { client, .. } => {
            let total = values
                .get("total")
                .and_then(|total| total.as_str())
                .unwrap_or_default();
            Line::new(
                Tag::Bill,
                format!("{reference} to {}", names.client(client)),
                total,
            )
        }
        Effect::InvoiceMail { .. } | Effect::Chat { .. } => taken(effect.words()),
        Effect::Call { .. } => Line::new(Tag::Event, effect.words(), reference),
        Effect::Emit { event, .. } => Line::new(Tag::Event, event.as_str(), ""),
        Effect::Tell { case, message } => match message {
            Message::RoleFilled { role, person } => Line::new(
                Tag::Told,
                format!("{case} knows that {} is {role}", names.person(person)),
                "",
            ),
            Message::ParentStopped { .. } => {
                Line::new(Tag::Told, format!("{case} knows that it was stopped"), "")
            }
        },
    }
}

/// Whole minor units with two decimals, as an effect owes them.
pub(super) fn cents(amount: i64) -> String {
    let amount = i128::from(amount);
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", amount.abs() / 100, amount.abs() % 100)
}
