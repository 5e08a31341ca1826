//! Lays a path, the workflows on it and the dead ends out as lines for a terminal.
//! It must not follow anything; it is handed what was found.

use domain::definition::Workflow;
use domain::event::MAX_HOPS;

use super::{Book, Branch, DeadEnd, Seen, StepTold, What, Who, dead_ends, listed, step};
use crate::show::{ALERT, BOLD, Cell, DIM, GOOD, WARM, WIDTH, columns, noted, paint, width};

/// The path as a tree, with what there is to say about each branch in a column of its own.
pub fn drawn(path: &Branch) -> String {
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
        What::InCase { workflow, what, .. } => {
            let plain = format!("{workflow}/{what}");
            let shown = format!("{}/{what}", paint(GOOD, workflow.as_str()));
            (plain, shown)
        }
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
    if let What::InCase { does, .. } = &branch.what {
        return paint(DIM, does);
    }
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

/// A workflow with its steps in the order of its file.
pub fn section(workflow: &Workflow, book: &Book<'_>) -> String {
    let version = format!("{} v{}", workflow.id, workflow.version);
    let title = step::spoken(&workflow.title);
    let gap = WIDTH.saturating_sub(width(&title) + width(&version)).max(2);
    let mut lines = vec![format!(
        "{}{}{}",
        paint(BOLD, &title),
        " ".repeat(gap),
        paint(DIM, &version)
    )];
    let mut fact = |name: &str, text: &str| {
        lines.push(noted(&format!("  {name:<9}"), 11, text, ""));
    };
    if let Some(on) = &workflow.starts_on {
        let once: Vec<_> = on.once_per.iter().map(String::as_str).collect();
        let starts = match on.every {
            Some(every) => format!("every {every}, by itself"),
            None => {
                let once = listed(&once, "and");
                format!("on {} from {}, once per {once}", on.event, on.from)
            }
        };
        fact("starts", &starts);
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
    let steps = step::told(workflow, book);
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

/// The dead ends of all files.
pub fn ends(book: &Book<'_>) -> String {
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
