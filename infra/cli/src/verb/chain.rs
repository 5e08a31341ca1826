//! `baton chain`: what one event sets off over all files, step by step, and where it ends.
//! It must not follow anything itself; the book does.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::definition::Workflow;
use domain::event::{MAX_HOPS, OWN_PREFIX};
use serde_json::{Value, json};

use super::check::Checked;
use crate::book::{
    self, Book, Branch, DeadEnd, Seen, Sent, StepTold, What, Who, dead_ends, follow, listed,
    sent_events,
};
use crate::failure::Failure;
use crate::show::{ALERT, BOLD, Cell, DIM, GOOD, Out, WARM, WIDTH, columns, noted, paint, width};

#[derive(Debug, Args)]
pub struct Arguments {
    /// contract.signed or esign:contract.signed; without it, every event that starts something
    event: Option<String>,
    /// The folder with team.yaml and clients.yaml [default: .]
    dir: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let (event, dir) = named_first(arguments.event.as_deref(), arguments.dir.as_deref());
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

/// The one word that was given may be the folder: `baton chain my-company`.
pub fn named_first<'n>(name: Option<&'n str>, dir: Option<&Path>) -> (Option<&'n str>, PathBuf) {
    match (name, dir) {
        (Some(only), None) if Path::new(only).is_dir() => (None, PathBuf::from(only)),
        (name, dir) => (name, dir.unwrap_or(Path::new(".")).to_owned()),
    }
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
    parts.push(ends(book));
    parts.join("\n\n")
}

fn starting(book: &Book<'_>) -> Vec<(Sent, Branch)> {
    let mut starting: Vec<_> = sent_events(book)
        .into_iter()
        .map(|sent| {
            let path = follow(&sent, book);
            (sent, path)
        })
        .filter(|(_, path)| !path.then.is_empty())
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
        "critical": book.is_critical(&workflow.id),
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

/// The path as a tree, with what there is to say about each branch in a column of its own.
fn drawn(path: &Branch) -> String {
    let mut lines = Vec::new();
    tree(path, "", "", &mut lines);
    let widest = lines
        .iter()
        .map(|line| line.width)
        .max()
        .unwrap_or_default();
    let mut lines: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let gap = if line.note.is_empty() {
                0
            } else {
                widest - line.width + 2
            };
            format!("{}{}{}", line.shown, " ".repeat(gap), line.note)
        })
        .collect();
    if path.then.is_empty() {
        lines.push(format!("└─ {}", paint(WARM, "starts nothing")));
    }
    if path.cycles() > 0 {
        lines.push(paint(
            WARM,
            &format!("It goes round. An event that was passed on {MAX_HOPS} times is parked."),
        ));
    }
    lines.join("\n")
}

struct Line {
    /// With colour.
    shown: String,
    /// Columns of `shown`.
    width: usize,
    note: String,
}

fn tree(branch: &Branch, lead: &str, indent: &str, lines: &mut Vec<Line>) {
    let (plain, shown) = match &branch.what {
        What::Event(sent) if lead.is_empty() => (
            format!("{} from {}", sent.event, sent.from),
            format!(
                "{} {}",
                paint(BOLD, &sent.event),
                paint(DIM, &format!("from {}", sent.from))
            ),
        ),
        What::Event(sent) => (sent.event.clone(), paint(BOLD, &sent.event)),
        What::Workflow(id) => (id.0.clone(), paint(GOOD, id.as_str())),
    };
    lines.push(Line {
        shown: format!("{lead}{shown}"),
        width: width(lead) + width(&plain),
        note: note(branch),
    });
    for (place, below) in branch.then.iter().enumerate() {
        let is_last = place + 1 == branch.then.len();
        let (here, on) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        tree(
            below,
            &format!("{indent}{here}"),
            &format!("{indent}{on}"),
            lines,
        );
    }
}

fn note(branch: &Branch) -> String {
    let by = match branch.by.as_slice() {
        [] => String::new(),
        [one] => format!("by step {one}"),
        [first, rest @ ..] => format!("by step {first} and {} more", rest.len()),
    };
    let (style, seen) = match (branch.seen, branch.marked_unheard) {
        (Seen::Cycle, _) => (WARM, "goes round: it stands above"),
        (Seen::Before, _) => (DIM, "as above"),
        (Seen::First, Some(true)) => (DIM, "for other tools (unheard: true)"),
        (Seen::First, Some(false)) => (WARM, "nobody listens"),
        (Seen::First, None) => (DIM, ""),
    };
    let gap = if by.is_empty() || seen.is_empty() {
        ""
    } else {
        ", "
    };
    format!(
        "{}{}",
        paint(DIM, &format!("{by}{gap}")),
        paint(style, seen)
    )
}

fn section(workflow: &Workflow, book: &Book<'_>) -> String {
    let version = format!("{} v{}", workflow.id, workflow.version);
    let gap = WIDTH
        .saturating_sub(width(&workflow.title) + width(&version))
        .max(2);
    let mut lines = vec![format!(
        "{}{}{}",
        paint(BOLD, &workflow.title),
        " ".repeat(gap),
        paint(DIM, &version)
    )];
    let mut fact = |name: &str, text: &str| {
        lines.push(noted(&format!("  {name:<9}"), 11, text, ""));
    };
    if let Some(on) = &workflow.starts_on {
        let once: Vec<_> = on.once_per.iter().map(String::as_str).collect();
        fact(
            "starts",
            &format!(
                "on {} from {}, once per {}",
                on.event,
                on.from,
                listed(&once, "and")
            ),
        );
        if !on.pattern.is_null() {
            fact("only if", &on.pattern.to_string());
        }
    }
    let backup = workflow.backup.as_ref().map_or_else(
        || "no backup".to_owned(),
        |backup| format!("backup {}", Who::of(backup, book.team).text()),
    );
    let owner = Who::of(&workflow.owner, book.team).text();
    fact("owner", &format!("{owner}, {backup}"));
    let steps = book::told(workflow, book);
    let widest = steps
        .iter()
        .map(|step| width(step.id.as_str()))
        .max()
        .unwrap_or_default();
    for (place, step) in steps.iter().enumerate() {
        lines.push(step_lines(place + 1, step, widest, workflow));
    }
    lines.join("\n")
}

fn step_lines(number: usize, step: &StepTold, widest: usize, workflow: &Workflow) -> String {
    let lead_width = widest + 8;
    let lead = format!("  {number:>2}  {:<widest$}  ", step.id.as_str());
    let who = step
        .owner
        .as_ref()
        .map_or_else(|| "Baton".to_owned(), Who::short);
    let what = format!("{who}: {}", step.what);
    let mut lines = vec![noted(&lead, lead_width, &what, "")];
    let indent = " ".repeat(lead_width);
    for note in step.notes(workflow) {
        lines.push(paint(DIM, &noted(&indent, lead_width, &note, "")));
    }
    lines.join("\n")
}

fn ends(book: &Book<'_>) -> String {
    let ends = dead_ends(book);
    if ends.is_empty() {
        return paint(GOOD, "No dead ends.");
    }
    let rows: Vec<Vec<Cell>> = ends
        .iter()
        .map(|end| match end {
            DeadEnd::Unheard {
                event,
                workflow,
                step,
                marked,
            } => {
                let (style, what) = if *marked {
                    (DIM, "for other tools (unheard: true)")
                } else {
                    (ALERT, "nobody listens; not marked `unheard: true`")
                };
                vec![
                    Cell::from(event.as_str()),
                    Cell::new(DIM, format!("by {workflow}/{step}")),
                    Cell::new(style, what),
                ]
            }
            DeadEnd::StartsNothing { event, from } => vec![
                Cell::from(event.as_str()),
                Cell::new(DIM, format!("from {from}")),
                Cell::new(WARM, "declared in team.yaml, starts nothing"),
            ],
        })
        .collect();
    format!("{}\n{}", paint(BOLD, "Dead ends"), columns(2, &rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::sample::{ROUND, files, workspace};

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

    #[test]
    fn one_word_that_is_a_folder_is_the_folder() {
        let here = tempfile::tempdir().unwrap();
        let name = here.path().to_str().unwrap();
        assert_eq!(
            named_first(Some(name), None),
            (None, here.path().to_owned())
        );
        assert_eq!(
            named_first(Some("contract.signed"), None),
            (Some("contract.signed"), PathBuf::from("."))
        );
        assert_eq!(
            named_first(Some("a.b"), Some(here.path())),
            (Some("a.b"), here.path().to_owned())
        );
    }
}
