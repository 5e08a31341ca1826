//! Finds what stays undone when one person, or anybody, is not there: roles without a holder, owners without a backup.
//! It must not know who is away; that is the table's.

use domain::definition::Action;
use domain::id::{PersonId, RoleId, WorkflowId};
use serde::Serialize;

use super::Book;
use super::duty::{PersonDuty, WorkflowDuty, backup_of};
use super::who::Held;

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

pub fn orphans(workflows: &[WorkflowDuty], people: &[PersonDuty], book: &Book<'_>) -> Vec<Orphan> {
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

#[cfg(test)]
mod tests {
    use domain::company::Role;
    use domain::definition::Owner;

    use super::*;
    use crate::book::duties;
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
                at: places(&[
                    "invoice_approval",
                    "invoice_approval/approve",
                    "invoice_attention",
                    "invoice_dispute",
                    "invoice_dispute/answer",
                    "invoice_dispute/settle",
                    "invoice_dispute/correct",
                    "milestone_to_cash",
                    "payroll",
                    "payroll/collect",
                    "payroll/pay",
                ]),
            },
            Orphan::NobodyHolds {
                role: "qa_lead".to_owned(),
                at: places(&[
                    "provision_environment/check",
                    "ready_for_qa (backup)",
                    "ready_for_qa/qa",
                ]),
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
}
