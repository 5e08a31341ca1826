//! Which starters answer what somebody says hurts: shared words, the rare ones counting most.
//! It must not write files, nor know any starter by name.

use std::collections::{BTreeMap, BTreeSet};

/// How many workflows are offered.
pub const OFFERED: usize = 3;

/// A starter workflow that answers a pain.
#[derive(Debug, PartialEq, serde::Serialize)]
pub struct Offer<'s> {
    /// Its file's name without the ending.
    pub workflow: &'s str,
    /// The words that both sides use, as the asker wrote them.
    pub because: BTreeSet<String>,
}

/// The starters whose own words fit best, the best first. A file that shares no word is never offered.
pub fn offers<'s>(pain: &str, starter: &'s [(&'s str, &'s str)]) -> Vec<Offer<'s>> {
    let texts: BTreeMap<&str, BTreeSet<String>> = workflows(starter)
        .map(|(name, text)| {
            (
                name,
                words(&told(text, starter)).map(|(_, root)| root).collect(),
            )
        })
        .collect();
    let asked: BTreeMap<String, String> = words(pain).map(|(word, root)| (root, word)).collect();
    let weight = |root: &str| {
        let used = texts.values().filter(|words| words.contains(root)).count();
        // A word that every starter uses says nothing.
        (texts.len() as f64 / used.max(1) as f64).ln()
    };
    let mut scored: Vec<(f64, Offer<'s>)> = Vec::new();
    for (name, words) in &texts {
        let shared: Vec<_> = asked
            .iter()
            .filter(|(root, _)| words.contains(*root))
            .collect();
        let score: f64 = shared.iter().map(|(root, _)| weight(root)).sum();
        let because = shared.into_iter().map(|(_, word)| word.clone()).collect();
        let offer = Offer {
            workflow: name,
            because,
        };
        if 0.0 < score {
            scored.push((score, offer));
        }
    }
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let offers = scored.into_iter().map(|(_, offer)| offer);
    offers.take(OFFERED).collect()
}

/// The workflow files of the starter, by name.
pub fn workflows<'s>(
    starter: &'s [(&'s str, &'s str)],
) -> impl Iterator<Item = (&'s str, &'s str)> {
    starter.iter().filter_map(|(path, text)| {
        let name = path.strip_prefix("workflows/")?.strip_suffix(".yaml")?;
        Some((name, *text))
    })
}

/// What a workflow says of itself: what it is for, its titles, and its runbook.
fn told(text: &str, starter: &[(&str, &str)]) -> String {
    let says = ["# ", "title:", "question:"];
    let lines = text.lines().filter(|line| !line.starts_with("# yaml"));
    let own = lines.filter(|line| says.iter().any(|key| line.contains(key)));
    let runbook = text.lines().find_map(|line| line.strip_prefix("runbook: "));
    let runbook = starter.iter().find(|(path, _)| Some(*path) == runbook);
    let own: Vec<_> = own.collect();
    format!(
        "{}\n{}",
        own.join("\n"),
        runbook.map_or("", |(_, text)| text)
    )
}

/// Words that are in every complaint.
const EMPTY: [&str; 26] = [
    "about", "after", "again", "always", "because", "been", "does", "from", "have", "nobody",
    "somebody", "into", "just", "never", "only", "that", "them", "then", "there", "they", "this",
    "until", "what", "when", "with", "your",
];

/// Each word with its root, by which `invoices`, `invoiced` and `invoice` are one.
fn words(text: &str) -> impl Iterator<Item = (String, String)> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words
        .map(str::to_lowercase)
        .filter(|word| 3 < word.chars().count() && !EMPTY.contains(&word.as_str()));
    words.map(|word| {
        let root = ["ing", "ed", "es", "s", "e"]
            .iter()
            .find_map(|ending| word.strip_suffix(ending).filter(|root| 3 <= root.len()))
            .unwrap_or(&word)
            .to_owned();
        (word, root)
    })
}

/// The starter with only these workflows and what belongs to them: what listens to them, what they listen to, and the files
/// that they name.
pub fn only<'s>(chosen: &[&str], starter: &'s [(&'s str, &'s str)]) -> Vec<(&'s str, &'s str)> {
    let mut kept: BTreeSet<&str> = BTreeSet::new();
    let stem = |path: &'s str| -> &'s str {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.split('.').next().unwrap_or(name)
    };
    let is_rule = |path: &str| path.starts_with("workflows/") || path.starts_with("projects/");
    let text_of = |kept: &BTreeSet<&str>| -> String {
        let rules = starter
            .iter()
            .filter(|(path, _)| is_rule(path) && kept.contains(path));
        rules.map(|(_, text)| *text).collect()
    };
    loop {
        let before = kept.len();
        let text = text_of(&kept);
        for (path, own) in starter {
            let name = stem(path);
            let keeps = match path.split('/').next() {
                Some("workflows") => {
                    chosen.contains(&name) || hears(own, &text) || starts_kept(own, &kept)
                }
                Some("projects") if is_awaited(own, &text) => true,
                Some("projects" | "checklists" | "mails" | "runbooks") => names(&text, path, name),
                _ => true,
            };
            if keeps {
                kept.insert(path);
            }
        }
        if kept.len() == before {
            break;
        }
    }
    starter
        .iter()
        .filter(|(path, _)| kept.contains(path))
        .copied()
        .collect()
}

/// Whether a workflow starts on what the kept ones send: a milestone, an event, or an invoice's own.
fn hears(own: &str, kept: &str) -> bool {
    let event = own
        .lines()
        .find_map(|line| line.trim().strip_prefix("event: "));
    let Some(event) = event.and_then(|event| event.split_whitespace().next()) else {
        return false;
    };
    if !own.contains("from: baton.workflow") {
        return false;
    }
    match event {
        "milestone.done" => kept.contains("milestone:"),
        invoice if invoice.starts_with("invoice.") => kept.contains("do: invoice"),
        event => kept.contains(&format!("event: {event}")),
    }
}

/// Whether a workflow starts a project that is kept.
fn starts_kept(own: &str, kept: &BTreeSet<&str>) -> bool {
    let mut projects = kept.iter().filter_map(|path| path.strip_suffix(".yaml"));
    projects.any(|path| path.starts_with("projects/") && own.contains(path))
}

/// Whether a project sends the milestones that a kept workflow starts on.
fn is_awaited(own: &str, kept: &str) -> bool {
    own.contains("milestone:") && kept.contains("event: milestone.done")
}

fn names(text: &str, path: &str, name: &str) -> bool {
    let folder = path.rsplit_once('.').map_or(path, |(folder, _)| folder);
    let by_path = text.contains(path) || text.contains(folder);
    by_path || (path.starts_with("mails/") && text.contains(&format!("template: {name}")))
}
