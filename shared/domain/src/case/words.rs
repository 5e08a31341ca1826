//! A fact as a plain sentence, for traces and case pages. People are named by their ids.
//! It must not decide anything and adds nothing that the fact does not hold.

use super::effect::Handover;
use super::{ClockChange, Effect, Fact, Notice, TaskKind};
use crate::clock::Mark;

impl Fact {
    /// What happened, in one sentence without its time.
    pub fn words(&self) -> String {
        match self {
            Fact::CaseStarted {
                title,
                workflow,
                version,
                owner,
                ..
            } => {
                format!("started \"{title}\" ({workflow} version {version}), owned by {owner}")
            }
            Fact::TaskOpened { step, run, task } => {
                let kind = match task.kind {
                    TaskKind::Task => "task",
                    TaskKind::Checklist => "checklist",
                    TaskKind::Decision => "decision",
                };
                let again = if *run > 1 {
                    format!(", round {run}")
                } else {
                    String::new()
                };
                let due = task.clock.as_ref().and_then(|clock| clock.due_at());
                let due = due.map_or_else(String::new, |due| format!(", due {due}"));
                format!(
                    "{kind} {step} is {}'s{again}{due}: {}",
                    task.owner, task.title
                )
            }
            Fact::ItemsTicked { step, items, by } => {
                format!("{by} ticked {} of {step}", count(items.len(), "item"))
            }
            Fact::EffectAwaited { step, effect, .. } => {
                format!("{step} waits until {effect} is carried out")
            }
            Fact::WaitBegun { step, waiting, .. } => {
                format!("{step} waits for its event until {}", waiting.until)
            }
            Fact::ValuesTaken { step, values } => {
                format!(
                    "{step} took {} from the event",
                    count(values.len(), "value")
                )
            }
            Fact::StepDone {
                step, outcome, by, ..
            } => {
                let by = by
                    .as_ref()
                    .map_or_else(String::new, |by| format!(" by {by}"));
                let outcome = outcome
                    .as_ref()
                    .map_or_else(String::new, |outcome| format!(": {outcome}"));
                format!("{step} is done{by}{outcome}")
            }
            Fact::SentTo { to, without, .. } => match without.len() {
                0 => format!("goes to {to}"),
                _ => format!(
                    "goes to {to} without {}",
                    without.iter().cloned().collect::<Vec<_>>().join(", ")
                ),
            },
            Fact::RoleFilled {
                role,
                person,
                free_minutes,
                ..
            } => match free_minutes {
                Some(minutes) => {
                    format!("{person} is {role}, with {} hours still free", minutes / 60)
                }
                None => format!("{person} is {role}"),
            },
            Fact::NobodyFree { step, reasons, .. } => {
                let reasons: Vec<_> = reasons
                    .iter()
                    .map(|(person, reason)| format!("{person} {reason}"))
                    .collect();
                format!("nobody can take {step}: {}", reasons.join("; "))
            }
            Fact::ProjectStarted { step, project } => {
                format!("{step} started the project {project}")
            }
            Fact::MarkFired {
                step,
                mark,
                late_seconds,
                at,
                ..
            } => {
                let late = match at {
                    Some(at) if *late_seconds > 0 => {
                        format!(", due {at}, told {late_seconds} s late")
                    }
                    None if *late_seconds > 0 => format!(", {late_seconds} s late"),
                    _ => String::new(),
                };
                match mark {
                    Mark::Warning(at) => format!("warned about {step} at {at}{late}"),
                    Mark::Breach => format!("{step} missed its deadline{late}"),
                    Mark::Rung(at) => format!("{step} is escalated {at}{late}"),
                }
            }
            Fact::MarkHeld {
                step, mark, until, ..
            } => {
                format!("nobody is on duty for the {mark} of {step}; it is told at {until}")
            }
            Fact::ClockStarted { step, clock } => {
                let again = match clock.run {
                    1 => String::new(),
                    run => format!(", life {run}"),
                };
                let due = clock.clock.due_at();
                let due = due.map_or_else(String::new, |due| format!(", due {due}"));
                format!(
                    "the clock {step} is {}'s{again}{due}: {}",
                    clock.owner, clock.title
                )
            }
            Fact::ClockChanged {
                step,
                how,
                due_was,
                clock,
                ..
            } => {
                let moment =
                    |at: &Option<jiff::Timestamp>| at.map_or("never".into(), |at| at.to_string());
                let (was, is) = (moment(due_was), moment(&clock.due_at()));
                match how {
                    ClockChange::Paused => format!("the clock {step} is paused"),
                    ClockChange::Resumed => format!("the clock {step} goes on, due {is}"),
                    ClockChange::Stopped => format!("the clock {step} is stopped"),
                    ClockChange::Reopened => format!("the clock {step} is reopened, due {is}"),
                    ClockChange::Cancelled => format!("the clock {step} is cancelled"),
                    ClockChange::Retargeted => {
                        let target = clock.target();
                        format!("{step} is promised within {target}: due {is}, was {was}")
                    }
                    ClockChange::HoursEdited => {
                        format!("the working hours were edited: {step} is due {is}, was {was}")
                    }
                }
            }
            Fact::ClocksListen { correlations } => match correlations.len() {
                0 => "its clocks listen no more".into(),
                kinds => format!(
                    "its clocks listen for {}",
                    count(kinds, "kind") + " of events"
                ),
            },
            Fact::EventHeard {
                event, concerns, ..
            } => format!("{event} concerns {}", concerns.join(", ")),
            Fact::ValuesChanged { values, .. } => {
                let values = values
                    .iter()
                    .map(|(name, value)| format!("{name} is {value}"));
                values.collect::<Vec<_>>().join(", ")
            }
            Fact::TaskAccepted { step, by, .. } => format!("{by} has {step}"),
            Fact::TaskHanded { step, by, to, .. } => format!("{by} handed {step} to {to}"),
            Fact::FoundStuck { since, times: 1 } => format!("stands still since {since}"),
            Fact::FoundStuck { since, times } => {
                format!("stands still since {since}, told {times} times")
            }
            Fact::EffectOwed { id, effect, .. } => format!("owes {id}: {}", effect.words()),
            Fact::EffectClosed { id, reference, .. } => {
                format!("{id} was carried out: {reference}")
            }
            Fact::CaseCompleted => "completed".into(),
            Fact::CaseStopped { by } => by
                .as_ref()
                .map_or_else(|| "stopped".into(), |by| format!("stopped by {by}")),
        }
    }
}

impl Effect {
    /// What is owed, without its content.
    pub fn words(&self) -> String {
        match self {
            Effect::Mail {
                template,
                portal: Some(_),
                ..
            } => format!("mail \"{template}\" with the link to the client's portal"),
            Effect::Mail { template, .. } => format!("mail \"{template}\" to the client"),
            Effect::Notify { template, to } => format!("mail \"{template}\" to {to}"),
            Effect::Chat { template, chat } => format!("message \"{template}\" to the chat {chat}"),
            Effect::Call { target, .. } => format!("call of {target}"),
            Effect::Notice { to, notice } => match notice {
                Notice::HandedOver { step, from, .. } => match from {
                    Some(Handover { step: before, .. }) => {
                        format!("mail to {to}: {step} is yours after {before}")
                    }
                    None => format!("mail to {to}: {step} is yours"),
                },
                Notice::DeadlineNear { step, .. } => format!("mail to {to}: {step} is due soon"),
                Notice::DeadlineMissed { step, .. } => {
                    format!("mail to {to}: {step} missed its deadline")
                }
                Notice::Escalated { step, owner, .. } => {
                    format!("mail to {to}: {owner}'s {step} is escalated")
                }
                Notice::Handed { step, by, .. } => {
                    format!("mail to {to}: {step} is yours from {by}")
                }
                Notice::Stuck { .. } => format!("mail to {to}: the case stands still"),
                Notice::TimeMissing { step, .. } => {
                    format!("mail to {to}: how long {step} took, unless it was said")
                }
                Notice::Parked { items, more } => {
                    let items = items.len() + usize::try_from(*more).unwrap_or(usize::MAX);
                    format!("mail to {to}: {} parked", count(items, "item"))
                }
            },
            Effect::Invoice { client, line, .. } => format!("invoice to {client}: {line}"),
            Effect::MonthInvoice { client, period, .. } => {
                format!("invoice to {client} for {period}")
            }
            Effect::InvoiceMail { number, .. } => format!("mail with {number}"),
            Effect::Emit { event, .. } => format!("event {event}"),
            Effect::Tell { case, .. } => format!("message to {case}"),
        }
    }
}

fn count(number: usize, thing: &str) -> String {
    if number == 1 {
        format!("1 {thing}")
    } else {
        format!("{number} {thing}s")
    }
}
