//! What a notice says: the case as it stands to the one who reads it, in words and in their zone.
//! It must not know how a mail is addressed or sent.

use domain::case::{Case, Handover, Notice, ParkedItem, TaskKind};
use domain::company::Team;
use domain::definition::{Action, Workflow};
use domain::id::{PersonId, StepId};
use domain::link::ends;
use jiff::Timestamp;
use pages::mail::Rendered;
use pages::mail::views::{self, Before, Deadline, Escalated, HandedOver, Kind, Page, Stuck};

use crate::executor::Act;
use crate::links::{InMail, Writer};
use crate::people::{day_and_time, duration, name, zone};

/// A case to the reader of one mail about it.
pub(super) struct Situation<'a> {
    pub team: &'a Team,
    pub workflow: &'a Workflow,
    pub mail: InMail<'a>,
    /// `None`: the mail goes without links.
    pub writer: Option<&'a Writer>,
    pub now: Timestamp,
}

impl Situation<'_> {
    pub fn render(&self, notice: &Notice) -> Result<Rendered, Act> {
        let rendered = match notice {
            Notice::HandedOver {
                step,
                run,
                kind,
                title,
                due_at,
                from,
            } => HandedOver {
                before: from.as_ref().map(|from| self.before(from)),
                round: *run,
                ..self.handed_over(step, title, Some(*kind), *due_at)
            }
            .render(),
            Notice::Handed {
                step,
                title,
                due_at,
                by,
            } => HandedOver {
                handed_by: (by != self.mail.reader).then(|| self.name(by)),
                ..self.handed_over(step, title, kind_of(self.mail.case, step), *due_at)
            }
            .render(),
            Notice::DeadlineNear {
                step,
                title,
                due_at,
                late_seconds,
            } => self
                .deadline(step, title, *due_at, *late_seconds)
                .render_near(),
            Notice::DeadlineMissed {
                step,
                title,
                due_at,
                late_seconds,
            } => self
                .deadline(step, title, *due_at, *late_seconds)
                .render_missed(),
            Notice::Escalated {
                step,
                title,
                owner,
                due_at,
                late_seconds,
            } => Escalated {
                reader: self.reader(),
                owner: self.name(owner),
                title: title.clone(),
                case_title: self.mail.case.title.clone(),
                due: self.time(*due_at),
                left: self.left(*due_at),
                missed: *due_at < self.now,
                late: worth_saying(*late_seconds),
                page: self.address(step),
                case: self.mail.case.id.0.clone(),
                step: step.0.clone(),
            }
            .render(),
            Notice::Stuck { since, times } => self.stuck(*since, *times).render(),
            Notice::Parked { items, more } => {
                return parked(self.team, self.mail.reader, items, *more);
            }
            Notice::TimeMissing { .. } => {
                return Err(Act::Refused(
                    "what a step took is not asked of the case alone".into(),
                ));
            }
        };
        rendered.map_err(|error| Act::Refused(error.to_string()))
    }

    /// A task as its new owner is told of it, without how it came there.
    fn handed_over(
        &self,
        step: &StepId,
        title: &str,
        kind: Option<TaskKind>,
        due_at: Option<Timestamp>,
    ) -> HandedOver {
        let case = self.mail.case;
        let action = self.workflow.step(step).map(|step| &step.action);
        HandedOver {
            reader: self.reader(),
            kind: said_of(kind),
            title: title.to_owned(),
            case_title: case.title.clone(),
            client: client_name(case),
            due: due_at.map(|due_at| self.time(due_at)),
            before: None,
            items: match action {
                Some(Action::Checklist { items, .. }) => items.clone(),
                _ => Vec::new(),
            },
            choices: match action {
                Some(
                    Action::Task { outcomes: ends, .. } | Action::Approve { choices: ends, .. },
                ) => ends.iter().map(|(name, _)| name.clone()).collect(),
                _ => Vec::new(),
            },
            round: 1,
            handed_by: None,
            page: self.page(step),
            case: case.id.0.clone(),
            step: step.0.clone(),
        }
    }

    fn deadline(
        &self,
        step: &StepId,
        title: &str,
        due_at: Timestamp,
        late_seconds: i64,
    ) -> Deadline {
        let case = self.mail.case;
        Deadline {
            reader: self.reader(),
            kind: said_of(kind_of(case, step)),
            title: title.to_owned(),
            case_title: case.title.clone(),
            due: self.time(due_at),
            left: self.left(due_at),
            missed: due_at < self.now,
            late: worth_saying(late_seconds),
            page: self.page(step),
            case: case.id.0.clone(),
            step: step.0.clone(),
        }
    }

    fn stuck(&self, since: Timestamp, times: u32) -> Stuck {
        let case = self.mail.case;
        let waits = case.duties().map(|duty| views::Wait {
            what: format!("{} ({})", duty.title, self.name(duty.owner)),
            page: self.address(duty.step),
        });
        Stuck {
            reader: self.reader(),
            case_title: case.title.clone(),
            since: self.time(since),
            times,
            waits: waits.collect(),
            case: case.id.0.clone(),
        }
    }

    fn before(&self, from: &Handover) -> Before {
        let by = from.by.as_ref();
        Before {
            by: by.map_or_else(|| "Baton".to_owned(), |by| self.name(by)),
            step: from.step.0.clone(),
            outcome: from.outcome.clone(),
        }
    }

    /// The page of a step's task, and whether it can be ended there.
    fn page(&self, step: &StepId) -> Option<Page> {
        let kind = kind_of(self.mail.case, step);
        Some(Page {
            address: self.address(step)?,
            ends: !ends(self.workflow, step, kind).is_empty(),
        })
    }

    fn address(&self, step: &StepId) -> Option<String> {
        self.writer?.task(&self.mail, step)
    }

    fn name(&self, person: &PersonId) -> String {
        name(self.team, person)
    }

    fn reader(&self) -> String {
        self.name(self.mail.reader)
    }

    fn time(&self, at: Timestamp) -> String {
        day_and_time(at, &zone(self.team, self.mail.reader))
    }

    fn left(&self, due_at: Timestamp) -> String {
        duration((due_at.as_second() - self.now.as_second()).abs())
    }
}

/// Things that are parked, of whichever cases.
pub(super) fn parked(
    team: &Team,
    to: &PersonId,
    items: &[ParkedItem],
    more: u32,
) -> Result<Rendered, Act> {
    let count = items.len() + usize::try_from(more).unwrap_or(usize::MAX);
    let view = views::Parked {
        reader: name(team, to),
        count: match count {
            1 => "1 thing".to_owned(),
            count => format!("{count} things"),
        },
        one: count == 1,
        items: items
            .iter()
            .map(|item| views::ParkedItem {
                id: item.id.clone(),
                title: item.title.clone(),
                reason: item.reason.clone(),
            })
            .collect(),
        more,
    };
    view.render()
        .map_err(|error| Act::Refused(error.to_string()))
}

/// `None`: a clock of the case.
fn kind_of(case: &Case, step: &StepId) -> Option<TaskKind> {
    match case.duty(step) {
        Some(duty) => duty.kind,
        None if case.clocks.contains_key(step) => None,
        None => Some(TaskKind::Task),
    }
}

fn said_of(kind: Option<TaskKind>) -> Kind {
    match kind {
        Some(TaskKind::Task) => Kind::Task,
        Some(TaskKind::Checklist) => Kind::Checklist,
        Some(TaskKind::Decision) => Kind::Decision,
        None => Kind::Elsewhere,
    }
}

/// What the next sweep found is on time; anything longer is worth a sentence.
fn worth_saying(late_seconds: i64) -> Option<String> {
    const SWEEP_EVERY_SECONDS: i64 = 60;
    (SWEEP_EVERY_SECONDS < late_seconds).then(|| duration(late_seconds))
}

fn client_name(case: &Case) -> Option<String> {
    Some(case.values.get("client")?.get("name")?.as_str()?.to_owned())
}
