//! Who answers for what, over all files: owners, backups, orphans, and what hangs on one person alone.
//! It must not know who is away or at work on what; that is the table's.

use std::collections::BTreeSet;

use domain::definition::{Action, Workflow};
use domain::id::{PersonId, RoleId, StepId, WorkflowId};
use serde::Serialize;

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

/// Something that stays undone when one person, or anybody, is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "orphan")]
pub enum Orphan {
    /// A role that nobody holds, and what names it: `ready_for_qa/qa`.
    NobodyHolds { role: String, at: Vec<String> },
    /// A role picked for each case, where no `assign` step picks it before.
    NeverPicked { role: String, at: Vec<String> },
    /// A workflow for whose owner nobody stands in.
    NoBackup { workflow: WorkflowId },
    /// A workflow whose owner and backup are one person.
    BackupIsOwner {
        workflow: WorkflowId,
        person: PersonId,
    },
    /// A person for whom nobody stands in, and what they answer for.
    AlonePerson { person: PersonId, at: Vec<String> },
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
            .filter(|duty| book.is_critical(&duty.workflow))
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
        title: workflow.title.clone(),
        owner: Who::of(&workflow.owner, book.team),
        backup: workflow
            .backup
            .as_ref()
            .map(|backup| Who::of(backup, book.team)),
        steps,
    }
}

/// Somebody of the team other than the person.
fn backup_of<'a>(person: &PersonId, book: &Book<'a>) -> Option<&'a PersonId> {
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

fn orphans(workflows: &[WorkflowDuty], people: &[PersonDuty], book: &Book<'_>) -> Vec<Orphan> {
    let mut orphans = Vec::new();
    let mut roles: Vec<(&str, Held, Vec<String>)> = Vec::new();
    for duty in workflows {
        let of_workflow = [
            (Some(&duty.owner), duty.workflow.to_string()),
            (duty.backup.as_ref(), format!("{} (backup)", duty.workflow)),
        ];
        let of_steps = duty.steps.iter().map(|step| {
            (
                step.owner.as_ref(),
                format!("{}/{}", duty.workflow, step.step),
            )
        });
        for (place, (who, at)) in of_workflow.into_iter().chain(of_steps).enumerate() {
            let Some(who) = who else { continue };
            let role = who.named.as_deref().unwrap_or_default();
            let is_orphan = match who.held {
                Held::ByNobody => true,
                Held::PickedPerCase => place < 2 || !is_picked(role, &duty.workflow, book),
                Held::ByOne | Held::ByValue => false,
            };
            if is_orphan {
                match roles.iter_mut().find(|(known, ..)| *known == role) {
                    Some((.., places)) => places.push(at),
                    None => roles.push((role, who.held, vec![at])),
                }
            }
        }
    }
    for (role, held, at) in roles {
        let role = role.to_owned();
        orphans.push(match held {
            Held::PickedPerCase => Orphan::NeverPicked { role, at },
            _ => Orphan::NobodyHolds { role, at },
        });
    }
    for duty in workflows {
        match &duty.backup {
            None => orphans.push(Orphan::NoBackup {
                workflow: duty.workflow.clone(),
            }),
            Some(backup) => {
                if let Some(person) = backup
                    .one()
                    .filter(|person| duty.owner.one() == Some(person))
                {
                    orphans.push(Orphan::BackupIsOwner {
                        workflow: duty.workflow.clone(),
                        person: person.clone(),
                    });
                }
            }
        }
    }
    for duty in people {
        if backup_of(&duty.person, book).is_none() {
            let workflows = duty.workflows.iter().map(ToString::to_string);
            let steps = duty.steps.iter().chain(&duty.may_be_picked_for).cloned();
            orphans.push(Orphan::AlonePerson {
                person: duty.person.clone(),
                at: workflows.chain(steps).collect(),
            });
        }
    }
    orphans
}

/// Whether a case of `workflow` has somebody in `role`: a step of its own picks one, or of a workflow that starts it.
fn is_picked(role: &str, workflow: &WorkflowId, book: &Book<'_>) -> bool {
    let role = RoleId::from(role);
    book.workflows
        .iter()
        .filter(|other| {
            other.id == *workflow
                || other.steps.iter().any(
                    |step| matches!(&step.action, Action::Project { template } if template == workflow),
                )
        })
        .flat_map(|other| &other.steps)
        .any(|step| matches!(&step.action, Action::Assign { role: picked, .. } if *picked == role))
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
    use domain::company::Role;
    use domain::definition::Owner;

    use super::*;
    use crate::book::sample::{ROUND, files, workspace};

    #[test]
    fn the_sample_company_has_no_orphan() {
        let files = files(&[]);
        let workspace = workspace(&files);
        assert_eq!(duties(&Book::new(&workspace, &files)).orphans, []);
    }

    #[test]
    fn every_kind_of_orphan_is_found_where_it_is() {
        let files = files(&ROUND);
        let mut workspace = workspace(&files);
        let team = &mut workspace.team;
        team.roles.remove(&RoleId::from("qa_lead"));
        team.people
            .get_mut(&PersonId::from("felix"))
            .unwrap()
            .backup = None;
        let own = PersonId::from("tomas");
        team.people.get_mut(&own).unwrap().backup = Some(own.clone());
        let gone = Role::HeldBy(PersonId::from("gone"));
        team.roles.insert(RoleId::from("finance_lead"), gone);
        for workflow in &mut workspace.workflows {
            match workflow.id.as_str() {
                "answer" => {
                    workflow.backup = Some(Owner::Role(RoleId::from("ops_lead")));
                    workflow.steps[0].owner = Some(Owner::Role(RoleId::from("project_lead")));
                }
                "ready_for_qa" => workflow.backup = Some(Owner::Role(RoleId::from("qa_lead"))),
                _ => {}
            }
        }
        let places = |at: &[&str]| at.iter().map(|at| (*at).to_owned()).collect::<Vec<_>>();
        let orphans = duties(&Book::new(&workspace, &files)).orphans;
        let expected = [
            Orphan::NeverPicked {
                role: "project_lead".to_owned(),
                at: places(&["answer/say"]),
            },
            Orphan::NobodyHolds {
                role: "finance_lead".to_owned(),
                at: places(&["milestone_to_cash"]),
            },
            Orphan::NobodyHolds {
                role: "qa_lead".to_owned(),
                at: places(&["ready_for_qa (backup)", "ready_for_qa/qa"]),
            },
            Orphan::BackupIsOwner {
                workflow: WorkflowId::from("answer"),
                person: PersonId::from("olga"),
            },
            Orphan::NoBackup {
                workflow: WorkflowId::from("ask"),
            },
            Orphan::AlonePerson {
                person: PersonId::from("felix"),
                at: Vec::new(),
            },
            Orphan::AlonePerson {
                person: own,
                at: Vec::new(),
            },
        ];
        assert_eq!(orphans, expected);
    }

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
        assert_eq!(told, [("answer", true), ("milestone_to_cash", false)]);
    }
}
