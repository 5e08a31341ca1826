//! `baton owners`: who answers for each workflow and step, who stands in, and what nobody answers for.
//! It must not decide what an orphan is; the book does.

mod past;

use std::path::PathBuf;

use clap::Args;
use domain::id::PersonId;

use super::check::Checked;
use crate::book::{Book, Duties, Orphan, duties, listed};
use crate::failure::Failure;
use crate::show::{ALERT, BOLD, Cell, DIM, GOOD, Out, PLAIN, columns, noted, paint};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder with team.yaml and clients.yaml
    #[arg(default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    past: past::Past,
}

pub fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let checked = Checked::read(&arguments.dir)?;
    let Some(workspace) = checked.workspace() else {
        checked.say(out);
        out.json(&checked.to_json());
        return Err(Failure::told());
    };
    if let Some(file) = arguments.past.file() {
        return arguments.past.propose(file, workspace, out);
    }
    let book = Book::new(workspace, &checked.files);
    let duties = duties(&book);
    out.json(&duties);
    out.say(&told(&duties, &book));
    if duties.orphans.is_empty() {
        Ok(())
    } else {
        Err(Failure::told())
    }
}

fn told(duties: &Duties, book: &Book<'_>) -> String {
    let mut parts = vec![orphans(duties, book)];
    parts.extend(critical(duties, book));
    parts.push(workflows(duties, book));
    parts.push(people(duties, book));
    parts.join("\n\n")
}

fn name(id: &PersonId, book: &Book<'_>) -> String {
    book.team
        .person(id)
        .map_or_else(|| id.0.clone(), |person| person.name.clone())
}

fn names(ids: &[PersonId], word: &str, book: &Book<'_>) -> String {
    let names: Vec<_> = ids.iter().map(|id| name(id, book)).collect();
    listed(&names, word)
}

fn orphans(duties: &Duties, book: &Book<'_>) -> String {
    if duties.orphans.is_empty() {
        return format!(
            "{} every workflow and step has an owner, every owner somebody who stands in.",
            paint(GOOD, "No orphans:")
        );
    }
    let mut lines = vec![paint(ALERT, "Orphans")];
    for orphan in &duties.orphans {
        let (text, at) = match orphan {
            Orphan::NobodyHolds { role, at } => (format!("nobody holds {role}"), at.as_slice()),
            Orphan::NeverPicked { role, at } => (
                format!("{role} is picked for each case, and no `assign` step picks it"),
                at.as_slice(),
            ),
            Orphan::NoBackup { workflow } => (format!("{workflow} has no backup"), &[][..]),
            Orphan::BackupIsOwner { workflow, person } => (
                format!("{workflow}: {} is owner and backup", name(person, book)),
                &[][..],
            ),
            Orphan::AlonePerson { person, at } => (
                format!("{} has no backup", name(person, book)),
                at.as_slice(),
            ),
        };
        let text = match at {
            [] => text,
            at => format!("{text}: {}", listed(at, "and")),
        };
        lines.push(noted("  ", 2, &text, ""));
    }
    lines.join("\n")
}

fn critical(duties: &Duties, book: &Book<'_>) -> Option<String> {
    let rows: Vec<Vec<Cell>> = duties
        .critical
        .iter()
        .map(|critical| {
            let (style, what) = if critical.hangs_on_one {
                (ALERT, "only one person: ")
            } else {
                (PLAIN, "")
            };
            let people = names(&critical.people, "and", book);
            vec![
                Cell::from(critical.workflow.as_str()),
                Cell::new(style, format!("{what}{people}")),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| {
        format!(
            "{}\n{}",
            paint(BOLD, "Critical workflows and all whom they name"),
            columns(2, &rows)
        )
    })
}

fn workflows(duties: &Duties, book: &Book<'_>) -> String {
    let head = ["step", "owner", "stands in"].map(|text| Cell::new(DIM, text));
    let mut rows = vec![head.to_vec()];
    for duty in &duties.workflows {
        let backup = duty.backup.as_ref().map_or_else(
            || Cell::new(ALERT, "nobody"),
            |backup| Cell::from(backup.text()),
        );
        rows.push(vec![
            Cell::new(BOLD, duty.workflow.as_str()),
            Cell::new(BOLD, duty.owner.text()),
            backup,
        ]);
        for step in &duty.steps {
            let (owner, backup) = match &step.owner {
                None => (Cell::new(DIM, "Baton"), Cell::from("")),
                Some(owner) => {
                    let backup = match (owner.people.as_slice(), step.backups.as_slice()) {
                        ([], _) => Cell::new(DIM, "their own backup"),
                        (_, []) => Cell::new(ALERT, "nobody"),
                        (_, backups) => Cell::from(names(backups, "or", book)),
                    };
                    (Cell::from(owner.text()), backup)
                }
            };
            rows.push(vec![Cell::from(format!("  {}", step.step)), owner, backup]);
        }
    }
    let table = columns(2, &rows);
    let remark = paint(
        DIM,
        "  What Baton does itself, the owner of the workflow answers for.",
    );
    format!("{}\n{table}\n{remark}", paint(BOLD, "Who owns what"))
}

fn people(duties: &Duties, book: &Book<'_>) -> String {
    let head = [
        "person",
        "workflows",
        "steps",
        "may be picked for",
        "stands in for",
    ]
    .map(|text| Cell::new(DIM, text));
    let count = |number: usize| match number {
        0 => Cell::new(DIM, "–"),
        number => Cell::from(number.to_string()),
    };
    let rows = duties.people.iter().map(|duty| {
        let mut for_whom = Vec::new();
        match duty.stands_in_for_workflows.len() {
            0 => {}
            1 => for_whom.push("1 workflow".to_owned()),
            many => for_whom.push(format!("{many} workflows")),
        }
        for_whom.extend(
            duty.stands_in_for_people
                .iter()
                .map(|person| name(person, book)),
        );
        let for_whom = if for_whom.is_empty() {
            Cell::new(DIM, "–")
        } else {
            Cell::from(listed(&for_whom, "and"))
        };
        vec![
            Cell::from(duty.name.as_str()),
            count(duty.workflows.len()),
            count(duty.steps.len()),
            count(duty.may_be_picked_for.len()),
            for_whom,
        ]
    });
    let rows: Vec<_> = std::iter::once(head.to_vec()).chain(rows).collect();
    format!(
        "{}\n{}",
        paint(BOLD, "What each one answers for"),
        columns(2, &rows)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::sample::{ROUND, files, workspace};
    use crate::show::{WIDTH, width};

    fn plain(text: &str) -> String {
        let text = anstream::adapter::strip_str(text).to_string();
        assert!(text.lines().all(|line| width(line) <= WIDTH), "{text}");
        text
    }

    #[test]
    fn the_sample_company_reads_as_who_owns_what() {
        let files = files(&[]);
        let workspace = workspace(&files);
        let book = Book::new(&workspace, &files);
        insta::assert_snapshot!(plain(&told(&duties(&book), &book)));
    }

    #[test]
    fn orphans_stand_first_and_end_the_verb_with_no() {
        let files = files(&ROUND);
        let mut workspace = workspace(&files);
        let team = &mut workspace.team;
        team.roles.remove(&"qa_lead".into());
        team.people.get_mut(&"lena".into()).unwrap().backup = None;
        let answer = workspace
            .workflows
            .iter_mut()
            .find(|workflow| workflow.id.as_str() == "answer");
        answer.unwrap().backup = None;
        let book = Book::new(&workspace, &files);
        let text = plain(&told(&duties(&book), &book));
        let head: Vec<_> = text.split("\n\n").take(2).collect();
        insta::assert_snapshot!(head.join("\n\n"));
    }

    #[test]
    fn the_exit_code_tells_whether_there_is_an_orphan() {
        for (made_up, is_whole) in [(&[][..], true), (&ROUND[..], false)] {
            let folder = tempfile::tempdir().unwrap();
            for (path, text) in files(made_up) {
                let path = folder.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            let arguments = Arguments {
                dir: folder.path().to_owned(),
                past: past::Past::default(),
            };
            let ended = run(&arguments, &Out::new(true));
            assert_eq!(ended.is_ok(), is_whole);
            if let Err(failure) = ended {
                assert_eq!(failure, Failure::told());
            }
        }
    }
}
