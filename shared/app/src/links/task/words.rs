//! What the page of a task, or of a clock of a case, says, in plain words and in the reader's zone.
//! It must not decide what is offered.

use domain::case::{ClockChange, Fact, Record, TaskKind};
use domain::clock::Mark;
use domain::link::{Stands, TaskLink};
use pages::link::{Buttons, Due, EndButton, Mine, Taker, TaskPage};

use super::{Desk, Press, person};
use crate::links::work;
use crate::people::{day_and_time, zone};

/// Lines of history on the page.
const LINES: usize = 3;

pub(super) fn said(press: &Press, desk: &Desk) -> String {
    match press {
        Press::Accept => "Noted: you have it.".to_owned(),
        Press::TakeOver => "It is yours now.".to_owned(),
        Press::HandTo(to) => {
            let to = person(desk, to);
            format!("Handed over. {to} is told by mail.")
        }
        Press::End(_) => "Noted. Whoever comes next is told.".to_owned(),
    }
}

pub(super) fn view(desk: &Desk, of: &TaskLink, history: &[Record]) -> TaskPage {
    let team = &desk.company.team;
    let zone = zone(team, &of.reader);
    let duty = desk.case.duty(&of.step);
    let is_open = matches!(
        desk.offer.stands,
        Stands::Yours { .. } | Stands::Theirs { .. } | Stands::Moved { .. }
    );
    let clock = duty.filter(|_| is_open).and_then(|duty| duty.clock);
    let due_at = clock.and_then(|clock| clock.due_at());
    let is_over = clock.is_some_and(|clock| clock.fired().contains(&Mark::Breach));
    let title = title(of, history).unwrap_or_else(|| of.step.0.clone());
    TaskPage {
        work: work(&desk.company, &desk.case, of, title),
        said: None,
        stands: stands(desk, |at| day_and_time(at, &zone)),
        ends_by_itself: duty
            .as_ref()
            .is_some_and(|duty| duty.kind.is_none() && duty.is_open()),
        due: due_at.map(|at| Due {
            at: day_and_time(at, &zone),
            is_over,
        }),
        history: lines(desk, of, history, |at| day_and_time(at, &zone)),
        buttons: buttons(desk, duty.and_then(|duty| duty.kind)),
    }
}

fn buttons(desk: &Desk, kind: Option<TaskKind>) -> Buttons {
    let offer = &desk.offer;
    Buttons {
        mine: match (offer.can_accept, offer.can_take_over) {
            (true, _) => Some(Mine::Accept),
            (false, true) => Some(Mine::TakeOver),
            (false, false) => None,
        },
        question: match kind {
            Some(TaskKind::Decision) => "Decide",
            _ if offer.ends.len() > 1 => "It is done, and ends with",
            _ => "Done?",
        }
        .to_owned(),
        ends: offer
            .ends
            .iter()
            .map(|end| EndButton {
                outcome: end.clone().unwrap_or_default(),
                label: end
                    .as_ref()
                    .map_or_else(|| "It is done".to_owned(), |end| end.replace('_', " ")),
            })
            .collect(),
        takers: offer
            .hand_to
            .iter()
            .map(|id| Taker {
                id: id.0.clone(),
                name: person(desk, id),
            })
            .collect(),
    }
}

fn stands(desk: &Desk, when: impl Fn(jiff::Timestamp) -> String) -> String {
    match &desk.offer.stands {
        Stands::Yours { accepted_at: None } => "It is yours.".to_owned(),
        Stands::Yours {
            accepted_at: Some(at),
        } => format!("It is yours; you said so on {}.", when(*at)),
        Stands::Theirs { owner } => format!("{} has it.", person(desk, owner)),
        Stands::Moved { owner } => {
            let owner = person(desk, owner);
            format!("{owner} has it now. There is nothing for you to do here.")
        }
        Stands::Done { at, outcome, by } => {
            let by = by
                .as_ref()
                .map_or_else(String::new, |by| format!(" by {}", person(desk, by)));
            let outcome = outcome.as_ref().map_or_else(String::new, |outcome| {
                format!(": {}", outcome.replace('_', " "))
            });
            format!("It was done{by} on {}{outcome}.", when(*at))
        }
        Stands::CameBack { owner } => {
            let owner = owner.as_ref().map_or_else(String::new, |owner| {
                format!(" {} has it now.", person(desk, owner))
            });
            format!("It came back after this mail was sent.{owner} Use the newest mail about it.")
        }
        Stands::Gone => {
            "It is not needed any more: the work went another way, or has ended.".to_owned()
        }
    }
}

/// The title that the task had when it was opened; a task that is done keeps it only in its history.
fn title(of: &TaskLink, history: &[Record]) -> Option<String> {
    let mut facts = history.iter().rev().flat_map(|record| &record.facts);
    facts.find_map(|fact| match fact {
        Fact::TaskOpened { step, run, task } if *step == of.step && *run == of.run => {
            Some(task.title.clone())
        }
        Fact::ClockStarted { step, clock } if *step == of.step && clock.run == of.run => {
            Some(clock.title.clone())
        }
        _ => None,
    })
}

/// The last things that happened to it.
fn lines(
    desk: &Desk,
    of: &TaskLink,
    history: &[Record],
    when: impl Fn(jiff::Timestamp) -> String,
) -> Vec<String> {
    let mut lines: Vec<String> = history
        .iter()
        .flat_map(|record| record.facts.iter().map(move |fact| (record.at, fact)))
        .filter_map(|(at, fact)| Some(format!("{}: {}", when(at), line(desk, of, fact)?)))
        .collect();
    lines.split_off(lines.len().saturating_sub(LINES))
}

fn line(desk: &Desk, of: &TaskLink, fact: &Fact) -> Option<String> {
    let is_it = |step: &domain::id::StepId, run: u32| *step == of.step && run == of.run;
    Some(match fact {
        Fact::TaskOpened { step, run, task } if is_it(step, *run) => {
            format!("given to {}", person(desk, &task.owner))
        }
        Fact::ClockStarted { step, clock } if is_it(step, clock.run) => {
            format!("given to {}", person(desk, &clock.owner))
        }
        Fact::ClockChanged { step, run, how, .. } if is_it(step, *run) => match how {
            ClockChange::Paused => "its clock rests".to_owned(),
            ClockChange::Resumed => "its clock runs again".to_owned(),
            ClockChange::Stopped => "done: its clock was stopped".to_owned(),
            ClockChange::Reopened => "reopened: its clock runs on".to_owned(),
            ClockChange::Cancelled => "not needed any more".to_owned(),
            ClockChange::Retargeted => "it was given another deadline".to_owned(),
            ClockChange::HoursEdited => "working hours were edited".to_owned(),
        },
        Fact::TaskAccepted { step, run, by } if is_it(step, *run) => {
            format!("{} has it", person(desk, by))
        }
        Fact::TaskHanded { step, run, by, to } if is_it(step, *run) => {
            if by == to {
                format!("{} took it over", person(desk, to))
            } else {
                format!("{} handed it to {}", person(desk, by), person(desk, to))
            }
        }
        Fact::MarkFired {
            step, run, mark, ..
        } if is_it(step, *run) => match mark {
            Mark::Warning(_) => "its deadline came near".to_owned(),
            Mark::Breach => "its deadline was missed".to_owned(),
            Mark::Rung(_) => "others were told that it is late".to_owned(),
        },
        _ => return None,
    })
}
