//! One fact as one line: a short tag, who, what, and what hangs on it.
//! It must not leave a fact out of a trace; what a story may leave out is said here.

use std::collections::BTreeMap;

use anstyle::Style;
use domain::case::{Case, Duty, Effect, Fact, Record};
use domain::clock::{Clock, Mark, WarnAt};
use domain::id::{EffectId, PersonId, StepId};
use jiff::Timestamp;

use super::effect::{closed, owed};
use crate::names::Names;
use crate::show::{ALERT, BOLD, DIM, FRESH, GOOD, PLAIN, WARM};

/// What kind of line it is; the word at its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    In,
    Case,
    Role,
    Task,
    Wait,
    Clock,
    Tick,
    Done,
    Back,
    Warn,
    Late,
    Nobody,
    Owes,
    Mail,
    Bill,
    Event,
    Told,
    End,
}

impl Tag {
    pub fn word(self) -> &'static str {
        match self {
            Tag::In => "in",
            Tag::Case => "case",
            Tag::Role => "role",
            Tag::Task => "task",
            Tag::Wait => "wait",
            Tag::Clock => "time",
            Tag::Tick => "tick",
            Tag::Done => "done",
            Tag::Back => "back",
            Tag::Warn => "warn",
            Tag::Late => "late",
            Tag::Nobody => "none",
            Tag::Owes => "owes",
            Tag::Mail => "mail",
            Tag::Bill => "bill",
            Tag::Event => "emit",
            Tag::Told => "tell",
            Tag::End => "end",
        }
    }

    pub fn style(self) -> Style {
        match self {
            Tag::In => FRESH,
            Tag::Case | Tag::Role | Tag::Task => BOLD,
            Tag::Wait | Tag::Clock | Tag::Tick | Tag::Event | Tag::Told => PLAIN,
            Tag::Owes => DIM,
            Tag::Done | Tag::Mail | Tag::Bill | Tag::End => GOOD,
            Tag::Back | Tag::Warn => WARM,
            Tag::Late | Tag::Nobody => ALERT,
        }
    }
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub tag: Tag,
    pub text: String,
    /// A deadline, a number: what stands at the end of the line.
    pub note: String,
}

impl Line {
    pub fn new(tag: Tag, text: impl Into<String>, note: impl Into<String>) -> Self {
        Self {
            tag,
            text: text.into(),
            note: note.into(),
        }
    }
}

/// Tells the facts of one case. It remembers what earlier rows said, so the rows are given in order.
#[derive(Debug, Default)]
pub struct Telling {
    effects: BTreeMap<EffectId, Effect>,
    titles: BTreeMap<StepId, String>,
}

impl Telling {
    /// Every fact of a row.
    pub fn whole(&mut self, record: &Record, names: &Names) -> Vec<Line> {
        self.remember(record);
        let awaited: BTreeMap<_, _> = record.facts.iter().filter_map(awaited).collect();
        let line = |fact: &Fact| match fact {
            // Said with the effect that the step waits for.
            Fact::EffectAwaited { .. } => None,
            Fact::EffectOwed { id, effect, .. } => {
                let note = awaited
                    .get(id)
                    .map_or_else(String::new, |step| format!("{step} waits for it"));
                Some(Line::new(
                    Tag::Owes,
                    format!("{id}: {}", owed(effect, names)),
                    note,
                ))
            }
            fact => Some(self.line(fact, names)),
        };
        record.facts.iter().filter_map(line).collect()
    }

    /// What a reader wants to hear as it happens. Mails are left to whoever sees them arrive.
    pub fn story(&mut self, record: &Record, names: &Names) -> Vec<Line> {
        self.remember(record);
        let line = |fact: &Fact| match fact {
            Fact::EffectAwaited { .. }
            | Fact::StepDone { by: None, .. }
            | Fact::ClocksListen { .. }
            | Fact::EventHeard { .. } => None,
            // Said when it is owed: what it starts comes before it is closed.
            Fact::EffectOwed {
                effect: Effect::Emit { event, .. },
                ..
            } => Some(Line::new(Tag::Event, event.as_str(), "")),
            Fact::EffectOwed { .. } => None,
            Fact::EffectClosed { id, .. } => {
                let is_invoice = matches!(self.effects.get(id), Some(Effect::Invoice { .. }));
                is_invoice.then(|| self.line(fact, names))
            }
            Fact::CaseStarted { .. }
            | Fact::TaskOpened { .. }
            | Fact::ItemsTicked { .. }
            | Fact::StepDone { .. }
            | Fact::WaitBegun { .. }
            | Fact::ValuesTaken { .. }
            | Fact::SentTo { .. }
            | Fact::RoleFilled { .. }
            | Fact::NobodyFree { .. }
            | Fact::ProjectStarted { .. }
            | Fact::MarkFired { .. }
            | Fact::MarkHeld { .. }
            | Fact::ClockStarted { .. }
            | Fact::ClockChanged { .. }
            | Fact::ValuesChanged { .. }
            | Fact::TaskAccepted { .. }
            | Fact::TaskHanded { .. }
            | Fact::FoundStuck { .. }
            | Fact::CaseCompleted
            | Fact::CaseStopped { .. } => Some(self.line(fact, names)),
        };
        record.facts.iter().filter_map(line).collect()
    }

    fn remember(&mut self, record: &Record) {
        for fact in &record.facts {
            if let Fact::EffectOwed { id, effect, .. } = fact {
                self.effects.insert(id.clone(), effect.clone());
            }
            if let Fact::TaskOpened { step, task, .. } = fact {
                self.titles.insert(step.clone(), task.title.clone());
            }
            if let Fact::ClockStarted { step, clock } = fact {
                self.titles.insert(step.clone(), clock.title.clone());
            }
        }
    }

    fn line(&self, fact: &Fact, names: &Names) -> Line {
        match fact {
            Fact::CaseStarted {
                title,
                workflow,
                version,
                owner,
                ..
            } => {
                let text = format!("{} answers for \"{title}\"", names.person(owner));
                Line::new(Tag::Case, text, format!("{workflow} v{version}"))
            }
            Fact::ProjectStarted { project, .. } => {
                Line::new(Tag::Case, "starts a project", project.as_str())
            }
            Fact::CaseCompleted => Line::new(Tag::End, "completed", ""),
            Fact::CaseStopped { by: None } => Line::new(Tag::End, "stopped", ""),
            Fact::CaseStopped { by: Some(by) } => {
                Line::new(Tag::End, format!("stopped by {}", names.person(by)), "")
            }
            Fact::RoleFilled {
                role,
                person,
                free_minutes,
                ..
            } => {
                let free = free_minutes
                    .map_or_else(String::new, |minutes| format!("{} h free", minutes / 60));
                Line::new(
                    Tag::Role,
                    format!("{} is {role}", names.person(person)),
                    free,
                )
            }
            Fact::NobodyFree { step, reasons, .. } => {
                let reason = |(person, reason): &(PersonId, String)| {
                    format!("{} {reason}", names.person(person))
                };
                let reasons: Vec<_> = reasons.iter().map(reason).collect();
                Line::new(
                    Tag::Nobody,
                    format!("nobody can take {step}: {}", reasons.join("; ")),
                    "",
                )
            }
            Fact::TaskOpened { .. }
            | Fact::ItemsTicked { .. }
            | Fact::StepDone { .. }
            | Fact::SentTo { .. }
            | Fact::MarkFired { .. }
            | Fact::MarkHeld { .. }
            | Fact::TaskAccepted { .. }
            | Fact::TaskHanded { .. }
            | Fact::FoundStuck { .. } => self.of_task(fact, names),
            Fact::ClockStarted { .. }
            | Fact::ClockChanged { .. }
            | Fact::ClocksListen { .. }
            | Fact::EventHeard { .. }
            | Fact::ValuesChanged { .. } => {
                super::clock::line(fact, &|step| self.title(step), names)
            }
            Fact::WaitBegun { step, waiting, .. } => Line::new(
                Tag::Wait,
                format!("{step} waits for its event"),
                format!("until {}", names.moment(waiting.until)),
            ),
            Fact::ValuesTaken { step, values } => {
                let taken: Vec<_> = values
                    .iter()
                    .map(|(name, value)| format!("{name} {value}"))
                    .collect();
                Line::new(
                    Tag::Wait,
                    format!("{step} took {} from its event", taken.join(", ")),
                    "",
                )
            }
            Fact::EffectAwaited { .. } | Fact::EffectOwed { .. } | Fact::EffectClosed { .. } => {
                self.of_effect(fact, names)
            }
        }
    }

    fn of_task(&self, fact: &Fact, names: &Names) -> Line {
        match fact {
            Fact::TaskOpened { run, task, .. } => {
                let round = if *run > 1 {
                    format!("round {run}, ")
                } else {
                    String::new()
                };
                let text = format!("{}: {}", names.person(&task.owner), task.title);
                Line::new(
                    Tag::Task,
                    text,
                    format!("{round}{}", due(task.clock.as_ref(), names)),
                )
            }
            Fact::ItemsTicked { step, items, by } => {
                let items = if items.len() == 1 {
                    "1 item".to_owned()
                } else {
                    format!("{} items", items.len())
                };
                Line::new(
                    Tag::Tick,
                    format!("{}: {items} of {}", names.person(by), self.title(step)),
                    "",
                )
            }
            Fact::StepDone {
                step, outcome, by, ..
            } => {
                let what = match by {
                    Some(by) => format!("{}: {}", names.person(by), self.title(step)),
                    None => step.to_string(),
                };
                let outcome = outcome
                    .as_ref()
                    .map_or_else(String::new, |outcome| format!(": {outcome}"));
                Line::new(Tag::Done, format!("{what}{outcome}"), "")
            }
            Fact::SentTo { to, without, .. } => {
                let without: Vec<_> = without.iter().cloned().collect();
                let note = if without.is_empty() {
                    String::new()
                } else {
                    format!("without {}", without.join(", "))
                };
                Line::new(Tag::Back, format!("to {to}: {}", self.title(to)), note)
            }
            Fact::MarkFired {
                step,
                mark,
                late_seconds,
                ..
            } => self.fired(step, *mark, *late_seconds),
            Fact::MarkHeld {
                step, mark, until, ..
            } => {
                let text = format!("nobody is on duty for the {mark} of {}", self.title(step));
                Line::new(Tag::Warn, text, format!("told {}", names.moment(*until)))
            }
            Fact::TaskAccepted { step, by, .. } => {
                let text = format!("{} has it: {}", names.person(by), self.title(step));
                Line::new(Tag::Tick, text, "")
            }
            Fact::TaskHanded { step, by, to, .. } => {
                let (by, to) = (names.person(by), names.person(to));
                Line::new(
                    Tag::Task,
                    format!("{to}: {}", self.title(step)),
                    format!("from {by}"),
                )
            }
            Fact::FoundStuck { since, times } => {
                let again = if *times > 1 {
                    format!("told {times} times")
                } else {
                    String::new()
                };
                let text = format!("stands still since {}", names.moment(*since));
                Line::new(Tag::Late, text, again)
            }
            other => Line::new(Tag::Done, other.words(), ""),
        }
    }

    fn of_effect(&self, fact: &Fact, names: &Names) -> Line {
        match fact {
            Fact::EffectAwaited { step, effect, .. } => {
                Line::new(Tag::Owes, format!("{step} waits for {effect}"), "")
            }
            Fact::EffectOwed { id, effect, .. } => {
                Line::new(Tag::Owes, format!("{id}: {}", owed(effect, names)), "")
            }
            Fact::EffectClosed {
                id,
                reference,
                values,
            } => match self.effects.get(id) {
                Some(effect) => closed(effect, reference, values, names),
                None => Line::new(
                    Tag::Done,
                    format!("{id} was carried out"),
                    reference.as_str(),
                ),
            },
            other => Line::new(Tag::Done, other.words(), ""),
        }
    }

    fn title<'a>(&'a self, step: &'a StepId) -> &'a str {
        self.titles.get(step).map_or(step.as_str(), String::as_str)
    }

    fn fired(&self, step: &StepId, mark: Mark, late_seconds: i64) -> Line {
        let late = if late_seconds > 0 {
            format!(", {late_seconds} s late")
        } else {
            String::new()
        };
        let (tag, note) = match mark {
            Mark::Warning(WarnAt::Percent(percent)) => {
                (Tag::Warn, format!("{percent} % of its time is used"))
            }
            Mark::Warning(before) => (Tag::Warn, format!("due soon: {before}")),
            Mark::Breach => (Tag::Late, "missed its deadline".to_owned()),
            Mark::Rung(rung) => (Tag::Late, format!("escalated {rung}")),
        };
        Line::new(tag, self.title(step), format!("{note}{late}"))
    }
}

/// Which effect a step waits for.
fn awaited(fact: &Fact) -> Option<(&EffectId, &StepId)> {
    match fact {
        Fact::EffectAwaited { step, effect, .. } => Some((effect, step)),
        _ => None,
    }
}

/// `due Wed 25 Nov 09:00, warns Tue 24 Nov 09:00`
pub fn due(clock: Option<&Clock>, names: &Names) -> String {
    let Some(clock) = clock else {
        return String::new();
    };
    let due_at = clock.due_at().map_or_else(
        || "paused".to_owned(),
        |due| format!("due {}", names.moment(due)),
    );
    match clock.next_mark() {
        Some((at, Mark::Warning(_))) => format!("{due_at}, warns {}", names.moment(at)),
        _ => due_at,
    }
}

/// Everything somebody answers for in these cases, by person and deadline.
pub fn open_duties<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Vec<Duty<'a>> {
    let mut open: Vec<Duty<'a>> = cases.into_iter().flat_map(Case::duties).collect();
    let due = |duty: &Duty<'_>| duty.clock.and_then(|clock| clock.due_at());
    let when = |duty: &Duty<'_>| due(duty).unwrap_or(Timestamp::MAX);
    open.sort_by(|one, other| (one.owner, when(one)).cmp(&(other.owner, when(other))));
    open
}
