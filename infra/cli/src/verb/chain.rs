//! `baton chain`: what one event sets off over all files, step by step, and where it ends.
//! It must not follow anything itself; the book does.

use std::path::PathBuf;

use clap::Args;
use domain::definition::Workflow;
use domain::event::OWN_PREFIX;
use serde_json::{Value, json};

use super::check::Checked;
use crate::book::{
    self, Book, Branch, Sent, What, Who, dead_ends, drawn, ends, follow, listed, section,
    sent_events,
};
use crate::failure::Failure;
use crate::show::{BOLD, DIM, Out, noted, paint, width};

#[derive(Debug, Args)]
pub struct Arguments {
    /// contract.signed or esign:contract.signed; without it, every event that starts something
    event: Option<String>,
    /// The folder with team.yaml and clients.yaml [default: .]
    dir: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let (event, dir) = super::name_and_folder(arguments.event.as_deref(), arguments.dir.as_deref());
    let checked = Checked::read(&dir)?;
    let Some(workspace) = checked.workspace() else {
        checked.say(out);
        out.json(&checked.to_json());
        return Err(Failure::told());
    };
    let book = Book::new(workspace, &checked.files);
    match event {
        None => {
            out.json(&json!({ "events": all_json(&book), "dead_ends": dead_ends(&book) }));
            out.say(&all(&book));
        }
        Some(asked) => {
            let events = asked_for(asked, &book)?;
            let paths: Vec<_> = events.iter().map(|event| follow(event, &book)).collect();
            out.json(&json!({
                "paths": paths,
                "workflows": reached(&paths, &book)
                    .into_iter()
                    .map(|workflow| workflow_json(workflow, &book))
                    .collect::<Vec<_>>(),
                "dead_ends": dead_ends(&book),
            }));
            out.say(&told(&paths, &book));
        }
    }
    Ok(())
}

fn asked_for(asked: &str, book: &Book<'_>) -> Result<Vec<Sent>, Failure> {
    let known = sent_events(book);
    let found: Vec<_> = known
        .iter()
        .filter(|sent| sent.is(asked))
        .cloned()
        .collect();
    if found.is_empty() {
        let known: Vec<_> = known
            .iter()
            .map(|sent| format!("{}:{}", sent.from, sent.event))
            .collect();
        return Err(
            Failure::refused(format!("no file knows the event {asked}")).help(format!(
                "the files know {}",
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    listed(&known, "and")
                }
            )),
        );
    }
    Ok(found)
}

/// Every event that starts something, a line each, and the dead ends.
fn all(book: &Book<'_>) -> String {
    let starting = starting(book);
    let widest = |text: fn(&Sent) -> &str| {
        let widths = starting.iter().map(|(sent, _)| width(text(sent)));
        widths.max().unwrap_or_default()
    };
    let event_width = widest(|sent| &sent.event);
    let from_width = widest(|sent| &sent.from);
    let lines: Vec<_> = starting
        .iter()
        .map(|(sent, path)| {
            let ids: Vec<_> = path.workflows().into_iter().map(|id| id.as_str()).collect();
            let lead = format!(
                "  {}{}  {}{}  ",
                paint(BOLD, &sent.event),
                " ".repeat(event_width - width(&sent.event)),
                paint(DIM, &format!("from {}", sent.from)),
                " ".repeat(from_width - width(&sent.from))
            );
            noted(&lead, event_width + from_width + 11, &ids.join(", "), "")
        })
        .collect();
    let mut parts = Vec::new();
    if lines.is_empty() {
        parts.push("No event starts anything.".to_owned());
    } else {
        parts.push(format!(
            "{}\n{}",
            paint(BOLD, "What starts what, down to the ends"),
            lines.join("\n")
        ));
    }
    let moving = moving(book);
    if !moving.is_empty() {
        parts.push(format!(
            "{}\n{}",
            paint(BOLD, "What moves cases that run"),
            moving.join("\n")
        ));
    }
    parts.push(ends(book));
    parts.join("\n\n")
}

/// Every event that starts nothing and concerns running cases, a line each.
fn moving(book: &Book<'_>) -> Vec<String> {
    let moving: Vec<_> = sent_events(book)
        .into_iter()
        .map(|sent| (follow(&sent, book), sent))
        .filter(|(path, _)| !path.then.is_empty() && !path.starts())
        .collect();
    let events = moving.iter().map(|(_, sent)| width(&sent.event));
    let event_width = events.max().unwrap_or_default();
    let told = moving.iter().map(|(path, sent)| {
        let gap = " ".repeat(event_width - width(&sent.event));
        let lead = format!("  {}{gap}  ", paint(BOLD, &sent.event));
        let places: Vec<_> = path
            .then
            .iter()
            .filter_map(|branch| match &branch.what {
                What::InCase { workflow, what, .. } => Some(format!("{workflow}/{what}")),
                What::Workflow(_) | What::Event(_) => None,
            })
            .collect();
        noted(&lead, event_width + 4, &places.join(", "), "")
    });
    told.collect()
}

fn starting(book: &Book<'_>) -> Vec<(Sent, Branch)> {
    let mut starting: Vec<_> = sent_events(book)
        .into_iter()
        .map(|sent| {
            let path = follow(&sent, book);
            (sent, path)
        })
        .filter(|(_, path)| path.starts())
        .collect();
    // What comes from outside begins the chains, so it stands first.
    starting.sort_by_key(|(sent, _)| sent.from.starts_with(OWN_PREFIX));
    starting
}

fn all_json(book: &Book<'_>) -> Vec<Value> {
    starting(book)
        .into_iter()
        .map(|(sent, path)| {
            json!({ "event": sent.event, "from": sent.from, "workflows": path.workflows() })
        })
        .collect()
}

fn reached<'a>(paths: &[Branch], book: &Book<'a>) -> Vec<&'a Workflow> {
    let mut reached: Vec<&Workflow> = Vec::new();
    for id in paths.iter().flat_map(Branch::workflows) {
        if let Some(workflow) = book.workflow(id)
            && !reached.iter().any(|known| known.id == *id)
        {
            reached.push(workflow);
        }
    }
    reached
}

fn workflow_json(workflow: &Workflow, book: &Book<'_>) -> Value {
    json!({
        "workflow": workflow.id,
        "version": workflow.version,
        "title": workflow.title,
        "file": book.file(&workflow.id),
        "critical": workflow.critical,
        "starts_on": workflow.starts_on,
        "owner": Who::of(&workflow.owner, book.team),
        "backup": workflow.backup.as_ref().map(|backup| Who::of(backup, book.team)),
        "steps": book::told(workflow, book),
    })
}

/// The path as a tree, then each workflow on it with its steps, then the dead ends of all files.
fn told(paths: &[Branch], book: &Book<'_>) -> String {
    let mut parts = Vec::new();
    for path in paths {
        parts.push(drawn(path));
    }
    for workflow in reached(paths, book) {
        parts.push(section(workflow, book));
    }
    parts.push(ends(book));
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::sample::{ROUND, files, workspace};
    use crate::show::WIDTH;

    fn shown(asked: Option<&str>, made_up: &[(&str, &str)]) -> String {
        let files = files(made_up);
        let workspace = workspace(&files);
        let book = Book::new(&workspace, &files);
        let text = match asked {
            None => all(&book),
            Some(asked) => {
                let events = asked_for(asked, &book).unwrap();
                let paths: Vec<_> = events.iter().map(|event| follow(event, &book)).collect();
                told(&paths, &book)
            }
        };
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(text.lines().all(|line| width(line) <= WIDTH), "{text}");
        text
    }

    #[test]
    fn a_signed_contract_is_followed_to_the_invoice() {
        insta::assert_snapshot!(shown(Some("esign:contract.signed"), &[]));
        assert_eq!(
            shown(Some("contract.signed"), &[]),
            shown(Some("esign:contract.signed"), &[])
        );
    }

    #[test]
    fn every_event_has_a_line() {
        insta::assert_snapshot!(shown(None, &[]));
    }

    #[test]
    fn a_circle_is_said_and_what_nobody_hears_is_told_apart() {
        let mut made_up = ROUND.to_vec();
        let team = crate::carried::STARTER
            .iter()
            .find(|(path, _)| *path == "team.yaml")
            .unwrap()
            .1
            .replace(
                "      issue.started:",
                "      issue.closed: [change_id]\n      issue.started:",
            );
        made_up.push(("team.yaml", &team));
        insta::assert_snapshot!(shown(Some("question.asked"), &made_up));
    }

    #[test]
    fn an_event_that_only_moves_running_cases_says_what_it_does() {
        insta::assert_snapshot!(shown(Some("ticket.solved"), &[]));
        let answered = shown(Some("proposal.answered"), &[]);
        assert!(
            answered.contains("ends the wait, for the same proposal"),
            "{answered}"
        );
        assert!(answered.contains("Proposal"), "{answered}");
    }

    #[test]
    fn an_event_that_starts_nothing_says_so_and_an_unknown_one_is_refused() {
        assert!(shown(Some("project.started"), &[]).contains("starts nothing"));
        let files = files(&[]);
        let workspace = workspace(&files);
        let book = Book::new(&workspace, &files);
        for unknown in ["contract.sined", "tracker:contract.signed", "esign:", ""] {
            let failure = asked_for(unknown, &book).unwrap_err();
            assert!(
                failure.help.unwrap().contains("esign:contract.signed"),
                "{unknown}"
            );
        }
    }
}
