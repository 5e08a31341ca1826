//! Who answers for what, over all files: owners, backups, and what hangs on one person alone.
//! It must not know who is away or at work on what; that is the table's.

use std::collections::BTreeSet;

use domain::definition::Workflow;
use domain::id::{PersonId, StepId, WorkflowId};
use serde::Serialize;

use super::orphan::{Orphan, orphans};
use super::who::{Held, Who};
use super::{Book, step};

#[derive(Debug, Serialize)]
pub struct Duties {
    pub orphans: Vec<Orphan>,
    pub workflows: Vec<WorkflowDuty>,
    /// Who answers for most stands first.
    pub people: Vec<PersonDuty>,
    pub critical: Vec<Critical>,
}

#[derive(Debug, Serialize)]
pub struct WorkflowDuty {
    pub workflow: WorkflowId,
    pub title: String,
    pub owner: Who,
    pub backup: Option<Who>,
    pub steps: Vec<StepDuty>,
}

#[derive(Debug, Serialize)]
pub struct StepDuty {
    pub step: StepId,
    #[serde(rename = "do")]
    pub kind: &'static str,
    /// `None`: Baton does it, and the workflow's owner answers for it.
    pub owner: Option<Who>,
    /// The backups of those who own it or may.
    pub backups: Vec<PersonId>,
}

#[derive(Debug, Serialize)]
pub struct PersonDuty {
    pub person: PersonId,
    pub name: String,
    pub workflows: Vec<WorkflowId>,
    /// Steps that are theirs in every case, `workflow/step`.
    pub steps: Vec<String>,
    /// Steps that are theirs when a case picks them.
    pub may_be_picked_for: Vec<String>,
    pub stands_in_for_workflows: Vec<WorkflowId>,
    pub stands_in_for_people: Vec<PersonId>,
}

/// A workflow marked `critical: true`, with everybody whom it names.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Critical {
    pub workflow: WorkflowId,
    pub people: Vec<PersonId>,
    pub hangs_on_one: bool,
}

pub fn duties(book: &Book<'_>) -> Duties {
    let workflows: Vec<_> = book
        .workflows
        .iter()
        .map(|workflow| duty(workflow, book))
        .collect();
    let people = people(&workflows, book);
    Duties {
        orphans: orphans(&workflows, &people, book),
        critical: workflows
            .iter()
            .filter(|duty| {
                book.workflow(&duty.workflow)
                    .is_some_and(|workflow| workflow.critical)
            })
            .map(critical)
            .collect(),
        workflows,
        people,
    }
}

fn duty(workflow: &Workflow, book: &Book<'_>) -> WorkflowDuty {
    let steps = step::told(workflow, book)
        .into_iter()
        .map(|told| {
            let mut backups = Vec::new();
            for person in told.owner.iter().flat_map(|owner| &owner.people) {
                if let Some(backup) = backup_of(person, book)
                    && !backups.contains(backup)
                {
                    backups.push(backup.clone());
                }
            }
            StepDuty {
                step: told.id,
                kind: told.kind,
                owner: told.owner,
                backups,
            }
        })
        .collect();
    WorkflowDuty {
        workflow: workflow.id.clone(),
        title: step::spoken(&workflow.title),
        owner: Who::of(&workflow.owner, book.team),
        backup: workflow
            .backup
            .as_ref()
            .map(|backup| Who::of(backup, book.team)),
        steps,
    }
}

/// Somebody of the team other than the person.
pub fn backup_of<'a>(person: &PersonId, book: &Book<'a>) -> Option<&'a PersonId> {
    let backup = book.team.person(person)?.backup.as_ref()?;
    (backup != person && book.team.person(backup).is_some()).then_some(backup)
}

fn people(workflows: &[WorkflowDuty], book: &Book<'_>) -> Vec<PersonDuty> {
    let mut people: Vec<_> = book
        .team
        .people
        .iter()
        .map(|(id, person)| {
            let holds = |who: &Who| who.one() == Some(id);
            let steps = |wanted: &dyn Fn(&Who) -> bool| -> Vec<String> {
                workflows
                    .iter()
                    .flat_map(|duty| {
                        duty.steps
                            .iter()
                            .filter(|step| step.owner.as_ref().is_some_and(wanted))
                            .map(|step| format!("{}/{}", duty.workflow, step.step))
                    })
                    .collect()
            };
            PersonDuty {
                person: id.clone(),
                name: person.name.clone(),
                workflows: workflows
                    .iter()
                    .filter(|duty| holds(&duty.owner))
                    .map(|duty| duty.workflow.clone())
                    .collect(),
                steps: steps(&holds),
                may_be_picked_for: steps(&|who| {
                    who.held == Held::PickedPerCase && who.people.contains(id)
                }),
                stands_in_for_workflows: workflows
                    .iter()
                    .filter(|duty| duty.backup.as_ref().is_some_and(holds))
                    .map(|duty| duty.workflow.clone())
                    .collect(),
                stands_in_for_people: book
                    .team
                    .people
                    .keys()
                    .filter(|other| backup_of(other, book) == Some(id))
                    .cloned()
                    .collect(),
            }
        })
        .collect();
    people.sort_by_key(|duty| {
        let sure = duty.workflows.len() + duty.steps.len();
        std::cmp::Reverse((sure, duty.may_be_picked_for.len()))
    });
    people
}

fn critical(duty: &WorkflowDuty) -> Critical {
    let of_steps = duty.steps.iter().filter_map(|step| step.owner.as_ref());
    let people: BTreeSet<_> = [Some(&duty.owner), duty.backup.as_ref()]
        .into_iter()
        .flatten()
        .chain(of_steps)
        .flat_map(|who| who.people.iter().cloned())
        .collect();
    Critical {
        workflow: duty.workflow.clone(),
        hangs_on_one: people.len() < 2,
        people: people.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::sample::{ROUND, files, workspace};

    #[test]
    fn a_critical_workflow_of_one_person_is_told() {
        let files = files(&ROUND);
        let mut workspace = workspace(&files);
        for workflow in &mut workspace.workflows {
            if workflow.id.as_str() == "answer" {
                workflow.backup = None;
            }
        }
        let critical = duties(&Book::new(&workspace, &files)).critical;
        let told: Vec<_> = critical
            .iter()
            .map(|critical| (critical.workflow.as_str(), critical.hangs_on_one))
            .collect();
        let expected = [
            ("answer", true),
            ("milestone_to_cash", false),
            ("payroll", false),
        ];
        assert_eq!(told, expected);
    }
}
