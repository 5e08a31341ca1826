//! `baton runbook`: workflows as readable pages, printed or written into a folder.
//! It must not know what stands on a page; the book does.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use domain::definition::Workflow;
use jiff::Zoned;
use serde_json::json;

use super::check::Checked;
use crate::book::stale::{Stale, stale};
use crate::book::{Book, Links, MADE, file_name, html, html_name, index, listed, page, spoken};
use crate::failure::Failure;
use crate::show::{BOLD, Cell, DIM, Out, WARM, columns, paint};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The workflow; without it, all of them
    workflow: Option<String>,
    /// The folder with team.yaml and clients.yaml [default: .]
    dir: Option<PathBuf>,
    /// Write a page per workflow, and for all of them an index, into this folder: as Markdown and as HTML
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let (asked, dir) =
        super::name_and_folder(arguments.workflow.as_deref(), arguments.dir.as_deref());
    let checked = Checked::read(&dir)?;
    let Some(workspace) = checked.workspace() else {
        checked.say(out);
        out.json(&checked.to_json());
        return Err(Failure::told());
    };
    let book = Book::new(workspace, &checked.files);
    let workflows = asked_for(asked, &book)?;
    let stale = stale_notes(&workflows, &book, &dir);
    match &arguments.out {
        None => {
            let pages: Vec<_> = workflows
                .iter()
                .map(|workflow| page(workflow, &book, Links::None))
                .collect();
            let told = workflows.iter().zip(&pages).map(|(workflow, page)| {
                json!({ "workflow": workflow.id, "version": workflow.version, "markdown": page })
            });
            out.json(&json!({ "pages": told.collect::<Vec<_>>(), "stale": stale }));
            out.say(pages.join("\n").trim_end());
        }
        Some(folder) => {
            // One page alone names only pages that are not written with it.
            let links = asked.map_or(Links::Files, |_| Links::None);
            let mut pages: Vec<_> = workflows
                .iter()
                .map(|workflow| (file_name(&workflow.id), page(workflow, &book, links)))
                .collect();
            if asked.is_none() {
                pages.push(("index.md".to_owned(), index(&book)));
            }
            let as_html = pages
                .iter()
                .map(|(name, text)| (html_name(name), html(text)));
            let as_html: Vec<_> = as_html.collect();
            pages.extend(as_html);
            write(folder, &pages)?;
            let files: Vec<_> = pages.iter().map(|(name, _)| name).collect();
            out.json(&json!({ "folder": folder, "files": files, "stale": stale }));
            out.say(&written(folder, &workflows, asked.is_none()));
        }
    }
    for stale in &stale {
        out.say(&format!(
            "\n{} {} was last checked {} days ago, on {}; read it, and end it with `Checked:` and the date",
            paint(WARM, "read again:"),
            stale.file,
            stale.days,
            stale.checked_on
        ));
    }
    Ok(())
}

fn stale_notes(workflows: &[&Workflow], book: &Book<'_>, dir: &Path) -> Vec<Stale> {
    let today = Zoned::now().date();
    let notes = workflows.iter().filter_map(|workflow| book.notes(workflow));
    let found = notes.filter_map(|(path, text)| {
        let modified = fs::metadata(dir.join(path)).and_then(|found| found.modified());
        let written_on = modified.ok().and_then(|at| Zoned::try_from(at).ok());
        stale(path, text, written_on.map(|at| at.date()), today)
    });
    found.collect()
}

fn asked_for<'a>(asked: Option<&str>, book: &Book<'a>) -> Result<Vec<&'a Workflow>, Failure> {
    let Some(asked) = asked else {
        return Ok(book.workflows.iter().collect());
    };
    let found = book.workflows.iter().find(|one| one.id.as_str() == asked);
    found.map(|workflow| vec![workflow]).ok_or_else(|| {
        let known: Vec<_> = book.workflows.iter().map(|one| one.id.as_str()).collect();
        Failure::refused(format!("there is no workflow {asked}"))
            .help(format!("there is {}", listed(&known, "and")))
    })
}

/// All pages or, when a file is in the way that was not made here, none.
fn write(folder: &Path, pages: &[(String, String)]) -> Result<(), Failure> {
    let failed = |path: &Path, error: std::io::Error| {
        Failure::outside(format!("{}: {error}", path.display()))
    };
    let mut in_the_way = Vec::new();
    for (name, _) in pages {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(bytes) if bytes.starts_with(MADE.as_bytes()) => {}
            Ok(_) => in_the_way.push(name.as_str()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, error)),
        }
    }
    if !in_the_way.is_empty() {
        return Err(Failure::refused(format!(
            "{} holds files that people wrote: {}",
            folder.display(),
            in_the_way.join(", ")
        ))
        .help("nothing was written; name another folder with --out"));
    }
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, text) in pages {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn written(folder: &Path, workflows: &[&Workflow], with_index: bool) -> String {
    let mut rows: Vec<Vec<Cell>> = workflows
        .iter()
        .map(|workflow| {
            vec![
                Cell::from(file_name(&workflow.id)),
                Cell::new(DIM, spoken(&workflow.title)),
            ]
        })
        .collect();
    if with_index {
        rows.push(vec!["index.md".into(), Cell::new(DIM, "all of them")]);
    }
    format!(
        "{}\n{}",
        paint(BOLD, &format!("Written into {}", folder.display())),
        columns(2, &rows)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::sample::{files, workspace};

    #[test]
    fn a_workflow_reads_as_a_page_with_its_drawing_and_its_notes() {
        let files = files(&[]);
        let workspace = workspace(&files);
        let book = Book::new(&workspace, &files);
        for id in ["contract_to_kickoff", "standard_project", "ready_for_qa"] {
            let workflows = asked_for(Some(id), &book).unwrap();
            insta::assert_snapshot!(id, page(workflows[0], &book, Links::Files));
        }
        insta::assert_snapshot!("index", index(&book));
    }

    #[test]
    fn every_page_links_only_to_pages_that_are_written() {
        let files = files(&[]);
        let workspace = workspace(&files);
        let book = Book::new(&workspace, &files);
        let names: Vec<_> = book
            .workflows
            .iter()
            .map(|one| file_name(&one.id))
            .collect();
        let pages = book
            .workflows
            .iter()
            .map(|one| page(one, &book, Links::Files));
        for text in pages.chain([index(&book)]) {
            for linked in text.split("](").skip(1) {
                let linked = linked.split(')').next().unwrap().to_owned();
                assert!(names.contains(&linked), "{linked}");
            }
        }
    }

    #[test]
    fn an_unknown_workflow_is_refused_with_those_there_are() {
        let files = files(&[]);
        let workspace = workspace(&files);
        let book = Book::new(&workspace, &files);
        assert_eq!(asked_for(None, &book).unwrap().len(), 15);
        let failure = asked_for(Some("ready"), &book).unwrap_err();
        assert!(failure.help.unwrap().contains("ready_for_qa"));
    }

    #[test]
    fn pages_are_written_again_and_never_over_what_people_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("pages");
        let pages = [
            ("a.md".to_owned(), format!("{MADE}\n# A")),
            ("b.md".to_owned(), format!("{MADE}\n# B")),
        ];
        write(&folder, &pages).unwrap();
        write(&folder, &pages).unwrap();
        assert_eq!(fs::read_to_string(folder.join("a.md")).unwrap(), pages[0].1);
        fs::write(folder.join("b.md"), "# By hand").unwrap();
        fs::remove_file(folder.join("a.md")).unwrap();
        let failure = write(&folder, &pages).unwrap_err();
        assert!(failure.message.contains("b.md"), "{failure:?}");
        assert!(!folder.join("a.md").exists());
        assert_eq!(
            fs::read_to_string(folder.join("b.md")).unwrap(),
            "# By hand"
        );
    }

    #[test]
    fn one_page_stands_alone_and_all_have_a_list() {
        let company = tempfile::tempdir().unwrap();
        for (path, text) in files(&[]) {
            let path = company.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let pages = company.path().join("pages");
        let write = |workflow: Option<&str>| {
            let arguments = Arguments {
                workflow: workflow.map(str::to_owned),
                dir: Some(company.path().to_owned()),
                out: Some(pages.clone()),
            };
            run(&arguments, &Out::new(true)).unwrap();
            fs::read_dir(&pages).unwrap().count()
        };
        assert_eq!(write(Some("standard_project")), 2);
        let text = fs::read_to_string(pages.join("standard_project.md")).unwrap();
        assert!(!text.contains("]("), "{text}");
        assert_eq!(write(None), 32);
    }
}
