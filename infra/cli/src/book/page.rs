//! A workflow as a page of Markdown: how it starts, who answers, each step, a drawing, and what people noted.
//! It must not know where the page goes.

use domain::definition::{Kind, Workflow};
use domain::event::WORKFLOW_SOURCE;
use domain::id::WorkflowId;

use super::drawing::drawing;
use super::markdown::{code, plain, under};
use super::path::{What, causes};
use super::step::{StepTold, To};
use super::who::Who;
use super::{Book, clock, listed, step};

/// What every page begins with, so that a page is never taken for notes.
pub const MADE: &str = "<!-- made by baton runbook -->";

/// How the pages of one set name each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// By the names of their files.
    Files,
    /// Not at all: the page stands alone.
    None,
}

/// The file a workflow's page is written to. `index.md` is the list of all.
pub fn file_name(id: &WorkflowId) -> String {
    match id.as_str() {
        "index" => "index.workflow.md".to_owned(),
        name => format!("{name}.md"),
    }
}

pub fn page(workflow: &Workflow, book: &Book<'_>, links: Links) -> String {
    let steps = step::told(workflow, book);
    let clocks = match clock::clocks(workflow, book) {
        none if none.is_empty() => Vec::new(),
        some => vec![format!("## Clocks\n\n{some}")],
    };
    let before = [
        format!("{MADE}\n# {}", plain(&step::spoken(&workflow.title))),
        origin(workflow, book),
        facts(workflow, book, links),
        format!(
            "## The way\n\n```mermaid\n{}\n```",
            drawing(workflow, &steps)
        ),
        format!("## Steps\n\n{}", numbered(workflow, &steps, book, links)),
    ];
    let parts = before
        .into_iter()
        .chain(clocks)
        .chain([notes(workflow, book)]);
    parts.collect::<Vec<_>>().join("\n\n") + "\n"
}

fn origin(workflow: &Workflow, book: &Book<'_>) -> String {
    let file = book.file(&workflow.id).unwrap_or("its file");
    format!(
        "Version {} of {}, made from what runs. Change that file, not this page.",
        workflow.version,
        code(file)
    )
}

fn link(id: &WorkflowId, book: &Book<'_>, links: Links) -> String {
    let title = book
        .workflow(id)
        .map_or_else(|| id.0.clone(), |workflow| step::spoken(&workflow.title));
    match links {
        Links::Files => format!("[{}]({})", plain(&title), file_name(id)),
        Links::None => format!("\"{}\"", plain(&title)),
    }
}

fn starts(workflow: &Workflow, book: &Book<'_>, links: Links) -> String {
    let by = |wanted: &What| -> Vec<String> {
        book.workflows
            .iter()
            .filter(|other| causes(other).iter().any(|(what, _)| what == wanted))
            .map(|other| link(&other.id, book, links))
            .collect()
    };
    let Some(on) = &workflow.starts_on else {
        let starters = by(&What::Workflow(workflow.id.clone()));
        return if starters.is_empty() {
            "by no workflow".to_owned()
        } else {
            format!("by a step of {}", listed(&starters, "or"))
        };
    };
    if let Some(every) = on.every {
        return format!("every {every}, by itself");
    }
    let once: Vec<_> = on.once_per.iter().map(|path| code(path)).collect();
    let mut text = format!("on {} from {}", code(&on.event), code(&on.from));
    if on.from == WORKFLOW_SOURCE {
        let starters = by(&What::Event(super::Sent::by_workflow(&on.event)));
        if !starters.is_empty() {
            text.push_str(&format!(", which {} sends", listed(&starters, "or")));
        }
    }
    format!("{text}; once per {}", listed(&once, "and"))
}

fn facts(workflow: &Workflow, book: &Book<'_>, links: Links) -> String {
    let who = |owner| plain(&Who::of(owner, book.team).text());
    let mut rows = vec![("Starts", starts(workflow, book, links))];
    if let Some(on) = workflow
        .starts_on
        .as_ref()
        .filter(|on| !on.pattern.is_null())
    {
        rows.push(("Only if", code(&on.pattern.to_string())));
    }
    rows.push(("Owner", who(&workflow.owner)));
    let backup = workflow.backup.as_ref();
    rows.push((
        "Backup",
        backup.map_or_else(|| "**nobody**".to_owned(), who),
    ));
    let outcome = &workflow.outcome;
    let from = outcome
        .from
        .as_ref()
        .map_or_else(|| "the start".to_owned(), |step| code(step.as_str()));
    rows.push((
        "Outcome",
        format!(
            "{}: from {from} to {} in {}",
            code(&outcome.measure),
            code(outcome.to.as_str()),
            outcome.target
        ),
    ));
    rows.push((
        "Kind",
        match (workflow.kind, &workflow.ends_within) {
            (Kind::Operations, _) => "operations: it repeats and has no end date".to_owned(),
            (Kind::Project, Some(span)) => format!("project: it ends within {span}"),
            (Kind::Project, None) => "project".to_owned(),
        },
    ));
    if workflow.critical {
        rows.push(("Critical", "yes: it never goes without a backup".to_owned()));
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, text)| format!("| {name} | {text} |"))
        .collect();
    format!("| | |\n| --- | --- |\n{}", rows.join("\n"))
}

fn numbered(workflow: &Workflow, steps: &[StepTold], book: &Book<'_>, links: Links) -> String {
    let told = |(place, told): (usize, &StepTold)| {
        let mut lines = vec![format!(
            "{}. {} ({}): {}",
            place + 1,
            code(told.id.as_str()),
            told.kind,
            plain(&told.what)
        )];
        let owner = told.owner.as_ref().map_or_else(
            || "Baton does it".to_owned(),
            |owner| format!("**{}**", plain(&owner.text())),
        );
        let clock = match told.clock() {
            clock if clock.is_empty() => String::new(),
            clock => format!(", {clock}"),
        };
        lines.push(format!("owner: {owner}{clock}"));
        lines.extend(
            told.waits
                .iter()
                .map(|waits| format!("begins {}", plain(waits))),
        );
        if let Some(definition) = workflow.step(&told.id)
            && let domain::definition::Action::Project { template } = &definition.action
        {
            lines.push(format!("plan: {}", link(template, book, links)));
        }
        if let domain::definition::Action::Checklist { items, .. } = &workflow.steps[place].action {
            let items: Vec<_> = items
                .iter()
                .map(|item| format!("\n     - {}", plain(&step::spoken(item))))
                .collect();
            lines.push(format!("items:{}", items.concat()));
        }
        if let Some(percent) = told.milestone_percent {
            lines.push(format!(
                "done, it sends {}: {percent}% of the contract",
                code("milestone.done")
            ));
        }
        lines.push(next(told));
        if let Some(rounds) = told.rounds {
            lines.push(format!(
                "sent back more than {rounds} times, the workflow's owner decides"
            ));
        }
        lines.join("\n   - ")
    };
    let told: Vec<_> = steps.iter().enumerate().map(told).collect();
    told.join("\n")
}

/// What comes next, or what each choice leads to.
fn next(told: &StepTold) -> String {
    let to = |to: &To| match to {
        To::Step(id) => code(id.as_str()),
        To::End => "the end".to_owned(),
        To::Stop => "the case stops".to_owned(),
    };
    let always: Vec<_> = told
        .ways
        .iter()
        .filter(|way| way.when.is_none())
        .map(|way| to(&way.to))
        .collect();
    let mut lines = Vec::new();
    if !always.is_empty() {
        lines.push(format!("next: {}", listed(&always, "and")));
    }
    for way in &told.ways {
        if let Some(when) = &way.when {
            let without = match way.without.as_slice() {
                [] => String::new(),
                limits => format!(", without {}", plain(&listed(limits, "and"))),
            };
            lines.push(format!("if {}: {}{without}", code(when), to(&way.to)));
        }
    }
    lines.join("\n   - ")
}

fn notes(workflow: &Workflow, book: &Book<'_>) -> String {
    let Some((path, text)) = book.notes(workflow) else {
        return "## Notes\n\nNobody has written any yet.".to_owned();
    };
    let text = under(text, &step::spoken(&workflow.title));
    let text = if text.is_empty() {
        "Nothing stands there yet."
    } else {
        &text
    };
    format!("## Notes\n\nWritten by hand in {}.\n\n{text}", code(path))
}

/// The list of all pages.
pub fn index(book: &Book<'_>) -> String {
    let rows: Vec<_> = book
        .workflows
        .iter()
        .map(|workflow| {
            let backup = workflow.backup.as_ref().map_or_else(
                || "**nobody**".to_owned(),
                |backup| plain(&Who::of(backup, book.team).text()),
            );
            format!(
                "| {} | {} | {} | {backup} | {} |",
                link(&workflow.id, book, Links::Files),
                workflow.starts_on.as_ref().map_or_else(
                    || "a workflow".to_owned(),
                    |on| match on.every {
                        Some(every) => format!("every {every}"),
                        None => code(&on.event),
                    }
                ),
                plain(&Who::of(&workflow.owner, book.team).text()),
                workflow.outcome.target
            )
        })
        .collect();
    format!(
        "{MADE}\n# How {} works\n\n| workflow | starts on | owner | backup | done in |\n| --- | --- | --- | --- | --- |\n{}\n",
        plain(&book.team.name),
        rows.join("\n")
    )
}
