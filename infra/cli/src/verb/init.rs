//! `baton init`: writes the starter company into a folder, or nothing at all.
//! It must not overwrite a file.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::carried::STARTER;
use crate::failure::Failure;
use crate::show::{BOLD, Cell, DIM, Out, columns, paint};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder to write into; made if it is not there
    #[arg(default_value = ".")]
    dir: PathBuf,
}

pub fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let dir = &arguments.dir;
    let in_the_way: Vec<_> = STARTER
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
    for (path, text) in STARTER {
        write(&dir.join(path), text)?;
    }
    let files: Vec<_> = STARTER.iter().map(|(path, _)| *path).collect();
    out.json(&json!({ "folder": dir, "files": files }));
    out.say(&told(dir));
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::outside(format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    // Never over a file that came to be since it was looked for.
    let mut file = fs::File::options()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(failed)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)
}

fn told(dir: &Path) -> String {
    let about = |path: &str| match path.split('/').next().unwrap_or_default() {
        "README.md" => "how the files are written, step by step",
        "team.yaml" => "people, roles, calendars, tools, the seller on the invoice",
        "clients.yaml" => "clients and how each is billed",
        "workflows" => "what runs, started by events",
        "projects" => "the plan that a project follows",
        "checklists" => "lists that somebody ticks off",
        "mails" => "what clients and people are written",
        "runbooks" => "the reasons and the exceptions, for people",
        _ => "",
    };
    let mut seen = "";
    let rows: Vec<Vec<Cell>> = STARTER
        .iter()
        .map(|(path, _)| {
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
    use super::*;

    #[test]
    fn a_folder_with_a_file_in_the_way_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("team.yaml"), "mine").unwrap();
        let arguments = Arguments {
            dir: folder.path().to_owned(),
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
        run(&Arguments { dir: dir.clone() }, &Out::new(true)).unwrap();
        let loaded = loader::load(&loader::read_folder(&dir).unwrap());
        assert_eq!(loaded.problems, []);
        assert_eq!(
            loaded
                .workspace
                .map(|workspace| workspace.team.people.len()),
            Some(12)
        );
    }
}
