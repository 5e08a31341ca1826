//! `baton init`: writes the starter company into a folder, or nothing at all.
//! It must not overwrite a file.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::carried::STARTER;
use crate::failure::Failure;
use crate::new_file;
use crate::pain::{self, Offer};
use crate::show::{BOLD, Cell, DIM, Out, columns, noted, paint};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder to write into; made if it is not there
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// What hurts, in your words: only the three workflows that answer it are written
    #[arg(long, value_name = "TEXT")]
    pain: Option<String>,
}

pub fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let dir = &arguments.dir;
    let offers = match &arguments.pain {
        Some(pain) => Some(offered(pain)?),
        None => None,
    };
    let files = match &offers {
        Some(offers) => {
            let chosen: Vec<_> = offers.iter().map(|offer| offer.workflow).collect();
            pain::only(&chosen, STARTER)
        }
        None => STARTER.to_vec(),
    };
    let in_the_way: Vec<_> = files
        .iter()
        .map(|(path, _)| *path)
        .filter(|path| dir.join(path).exists())
        .collect();
    if !in_the_way.is_empty() {
        return Err(Failure::refused(format!(
            "{} holds files that would be overwritten: {}",
            dir.display(),
            in_the_way.join(", ")
        ))
        .help("nothing was written; name an empty folder: baton init my-company"));
    }
    for (path, text) in &files {
        new_file::write(&dir.join(path), &fitting(path, text, &files))?;
    }
    let paths: Vec<_> = files.iter().map(|(path, _)| *path).collect();
    out.json(&json!({ "folder": dir, "files": paths, "offers": offers }));
    if let Some(offers) = &offers {
        out.say(&answered(offers));
    }
    out.say(&told(dir, &paths));
    Ok(())
}

/// A file as it is written: what clients were promised of a workflow that is left out is left out too.
fn fitting(path: &str, text: &str, files: &[(&str, &str)]) -> String {
    let is_there = |line: &str| {
        let promised = line.trim_start().strip_prefix("targets: { ");
        let workflow = promised.and_then(|rest| rest.split('.').next());
        workflow.is_none_or(|name| {
            let file = format!("workflows/{name}.yaml");
            files.iter().any(|(path, _)| *path == file)
        })
    };
    match path {
        "clients.yaml" => text
            .split_inclusive('\n')
            .filter(|line| is_there(line))
            .collect(),
        _ => text.to_owned(),
    }
}

fn offered(pain: &str) -> Result<Vec<Offer<'static>>, Failure> {
    let offers = pain::offers(pain, STARTER);
    if offers.is_empty() {
        let known =
            pain::workflows(STARTER).map(|(name, text)| format!("{name:<22} {}", purpose(text)));
        let known: Vec<_> = known.collect();
        return Err(Failure::refused("no starter speaks of that").help(format!(
            "nothing was written; say it in other words, or leave --pain out for all of them:\n{}",
            known.join("\n")
        )));
    }
    Ok(offers)
}

/// The line with which a workflow begins.
fn purpose(text: &str) -> &str {
    text.lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("# ")
}

fn answered(offers: &[Offer<'_>]) -> String {
    let lines = offers.iter().map(|offer| {
        let text = pain::workflows(STARTER).find(|(name, _)| *name == offer.workflow);
        let text = noted("    ", 4, text.map_or("", |(_, text)| purpose(text)), "");
        let because: Vec<_> = offer.because.iter().cloned().collect();
        let because = paint(DIM, &format!("    you said: {}", because.join(", ")));
        format!("  {}\n{text}\n{because}", paint(BOLD, offer.workflow))
    });
    let lines: Vec<_> = lines.collect();
    format!("{}\n{}\n", paint(BOLD, "To begin with"), lines.join("\n"))
}

fn told(dir: &Path, paths: &[&str]) -> String {
    let about = |path: &str| match path.split('/').next().unwrap_or_default() {
        "README.md" => "how the files are written, step by step",
        "team.yaml" => "people, roles, calendars, tools, the seller on the invoice",
        "clients.yaml" => "clients and how each is billed",
        "workflows" => "what runs, started by events",
        "projects" => "the plan that a project follows",
        "webhooks" => "what a tool's signed requests become",
        "checklists" => "lists that somebody ticks off",
        "mails" => "what clients and people are written",
        "runbooks" => "the reasons and the exceptions, for people",
        _ => "",
    };
    let mut seen = "";
    let rows: Vec<Vec<Cell>> = paths
        .iter()
        .map(|path| {
            let first = path.split('/').next().unwrap_or_default();
            let note = if first == seen { "" } else { about(path) };
            seen = first;
            vec![(*path).into(), Cell::new(DIM, note)]
        })
        .collect();
    let place = dir.display();
    let next = [
        (format!("baton check {place}"), "after every change"),
        (
            "baton local".to_owned(),
            "in another terminal: run it on this machine",
        ),
        (format!("baton apply {place}"), "put it in force"),
    ];
    let next: Vec<Vec<Cell>> = next
        .map(|(command, note)| vec![command.into(), Cell::new(DIM, note)])
        .to_vec();
    format!(
        "{}\n{}\n\n{}\n{}",
        paint(BOLD, &format!("A sample company of twelve is in {place}")),
        columns(2, &rows),
        paint(BOLD, "Next"),
        columns(2, &next)
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_with_a_file_in_the_way_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("team.yaml"), "mine").unwrap();
        let arguments = Arguments {
            dir: folder.path().to_owned(),
            pain: None,
        };
        let failure = run(&arguments, &Out::new(true)).unwrap_err();
        assert!(
            failure.message.ends_with("would be overwritten: team.yaml"),
            "{failure:?}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(
            fs::read_to_string(folder.path().join("team.yaml")).unwrap(),
            "mine"
        );
    }

    #[test]
    fn what_is_written_is_a_company_without_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("new/company");
        let arguments = Arguments {
            dir: dir.clone(),
            pain: None,
        };
        run(&arguments, &Out::new(true)).unwrap();
        let loaded = loader::load(&loader::read_folder(&dir).unwrap());
        assert_eq!(loaded.problems, []);
        assert_eq!(
            loaded
                .workspace
                .map(|workspace| workspace.team.people.len()),
            Some(12)
        );
    }

    #[test]
    fn a_pain_is_answered_by_the_workflows_that_speak_of_it() {
        for (pain, wanted) in [
            ("Our invoices go out weeks late", "milestone_to_cash"),
            ("leads from the website wait for days", "new_lead"),
            ("bugs come back and testers were not told", "ready_for_qa"),
            (
                "nobody knows who leads a signed contract",
                "contract_to_kickoff",
            ),
            (
                "customers complain that tickets are answered late",
                "support_ticket",
            ),
            (
                "everything stands still when somebody is on vacation",
                "time_off",
            ),
            ("quotes are never chased", "proposal"),
            ("salaries were wrong again", "payroll"),
        ] {
            let offers = pain::offers(pain, STARTER);
            assert_eq!(offers[0].workflow, wanted, "{pain}: {offers:?}");
            assert!(offers.len() <= pain::OFFERED);
            // What is written for it is a company of its own, with nothing missing and nothing too much.
            let folder = tempfile::tempdir().unwrap();
            let dir = folder.path().join("company");
            let arguments = Arguments {
                dir: dir.clone(),
                pain: Some(pain.to_owned()),
            };
            run(&arguments, &Out::new(true)).unwrap();
            let loaded = loader::load(&loader::read_folder(&dir).unwrap());
            assert_eq!(loaded.problems, [], "{pain}");
        }
    }

    #[test]
    fn a_pain_that_no_starter_speaks_of_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("company");
        let arguments = Arguments {
            dir: dir.clone(),
            pain: Some("xyzzy".to_owned()),
        };
        let failure = run(&arguments, &Out::new(true)).unwrap_err();
        insta::assert_snapshot!(format!("{}\n{}", failure.message, failure.help.unwrap()));
        assert!(!dir.exists());
    }
}
