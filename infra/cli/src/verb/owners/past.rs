//! `baton owners --past FILE`: who did the work of the past most, as another tool exports it, so that it gets an owner.
//! It must not decide which work is the same; `domain::past` does.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::alike::Words;
use domain::company::Team;
use domain::definition::Workflow;
use domain::id::PersonId;
use domain::past::{Done, PastWork, done};
use loader::Workspace;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::names::Names;
use crate::show::{ALERT, BOLD, Cell, DIM, Out, columns, paint};

/// How columns are headed that say what was done, in the order they are looked for.
const TITLES: [&str; 6] = ["work", "subject", "summary", "title", "name", "type"];
/// How columns are headed that say who did it.
const PEOPLE: [&str; 7] = [
    "person",
    "assignee",
    "assigned to",
    "owner",
    "agent",
    "resolved by",
    "by",
];

#[derive(Debug, Default, Args)]
pub struct Past {
    /// Tickets or tasks of the past as CSV, from any tool: propose who should own what came again and again
    #[arg(long, value_name = "FILE")]
    past: Option<PathBuf>,
    /// The column of FILE that says what was done, if it is not found by its name
    #[arg(long, value_name = "NAME", requires = "past")]
    work_column: Option<String>,
    /// The column of FILE that says who did it
    #[arg(long, value_name = "NAME", requires = "past")]
    person_column: Option<String>,
}

/// Who did one kind of work, as the team knows them.
struct Proposal<'w> {
    done: Done<'w>,
    /// Of the team, the most frequent first.
    team: Vec<(&'w PersonId, usize)>,
    /// The workflow that is written down for it, by its title.
    written: Option<&'w Workflow>,
}

impl Past {
    pub fn file(&self) -> Option<&Path> {
        self.past.as_deref()
    }

    pub fn propose(&self, file: &Path, company: &Workspace, out: &Out) -> Result<(), Failure> {
        let text = std::fs::read(file)
            .map_err(|error| Failure::refused(format!("{}: {error}", file.display())))?;
        let past = self.read(&text).map_err(|failure| Failure {
            message: format!("{}: {}", file.display(), failure.message),
            ..failure
        })?;
        let proposals: Vec<_> = done(&past)
            .into_iter()
            .map(|done| Proposal::of(done, company))
            .collect();
        out.json(&json!({
            "past": past.len(),
            "proposals": proposals.iter().map(Proposal::to_json).collect::<Vec<_>>(),
        }));
        let names = Names::new(&company.team, &company.clients);
        out.say(&told(&proposals, past.len(), &names));
        Ok(())
    }

    fn read(&self, text: &[u8]) -> Result<Vec<PastWork>, Failure> {
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(text);
        let unread = |error: csv::Error| Failure::refused(format!("it is no CSV: {error}"));
        let heads = csv.headers().map_err(unread)?.clone();
        let title = column(&heads, self.work_column.as_deref(), &TITLES)
            .ok_or_else(|| no_column(&heads, "what was done", "--work-column"))?;
        let by = column(&heads, self.person_column.as_deref(), &PEOPLE)
            .ok_or_else(|| no_column(&heads, "who did it", "--person-column"))?;
        let mut past = Vec::new();
        for record in csv.records() {
            let record = record.map_err(unread)?;
            let cell = |place: usize| record.get(place).unwrap_or_default().trim().to_owned();
            past.push(PastWork {
                title: cell(title),
                by: cell(by),
            });
        }
        Ok(past)
    }
}

fn column(heads: &csv::StringRecord, named: Option<&str>, known: &[&str]) -> Option<usize> {
    let place = |name: &str| {
        let is = |head: &str| head.trim().eq_ignore_ascii_case(name);
        heads.iter().position(is)
    };
    match named {
        Some(name) => place(name),
        None => known.iter().find_map(|name| place(name)),
    }
}

fn no_column(heads: &csv::StringRecord, what: &str, flag: &str) -> Failure {
    let heads: Vec<_> = heads.iter().collect();
    Failure::refused(format!("no column says {what}"))
        .help(format!("name it with {flag}: {}", heads.join(", ")))
}

impl<'w> Proposal<'w> {
    fn of(done: Done<'w>, company: &'w Workspace) -> Self {
        let mut team: Vec<(&PersonId, usize)> = Vec::new();
        for (name, times) in &done.by {
            let Some(person) = known_as(name, &company.team) else {
                continue;
            };
            match team.iter_mut().find(|(known, _)| *known == person) {
                Some((_, sum)) => *sum += times,
                None => team.push((person, *times)),
            }
        }
        team.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let words = Words::of(done.title);
        let is_it = |workflow: &&Workflow| Words::of(&workflow.title).is_like(&words);
        Proposal {
            done,
            team,
            written: company.workflows.iter().find(is_it),
        }
    }

    fn to_json(&self) -> Value {
        let by = self.done.by.iter();
        json!({
            "work": self.done.title,
            "times": self.done.times,
            "by": by.map(|(name, times)| json!({ "name": name, "times": times })).collect::<Vec<_>>(),
            "owner": self.team.first().map(|(person, _)| person),
            "backup": self.team.get(1).map(|(person, _)| person),
            "workflow": self.written.map(|workflow| &workflow.id),
        })
    }
}

/// Tools name people by their name, their mail address or a short name.
fn known_as<'t>(name: &str, team: &'t Team) -> Option<&'t PersonId> {
    let is = |text: &str| text.eq_ignore_ascii_case(name);
    let mut people = team.people.iter();
    let found = people.find(|(id, person)| is(&id.0) || is(&person.name) || is(&person.mail));
    found.map(|(id, _)| id)
}

fn told(proposals: &[Proposal<'_>], past: usize, names: &Names) -> String {
    if proposals.is_empty() {
        return format!("Of {past} pieces of work, none came three times.");
    }
    let share = |found: Option<&(&PersonId, usize)>, all: usize| match found {
        None => Cell::new(ALERT, "nobody in team.yaml"),
        Some((id, times)) => Cell::from(format!("{} ({times} of {all})", names.person(id))),
    };
    let head = ["work", "times", "owner", "backup", "written down"];
    let mut rows = vec![head.map(|text| Cell::new(DIM, text)).to_vec()];
    for proposal in proposals {
        let Done { title, times, .. } = proposal.done;
        let backup = match proposal.team.get(1) {
            None => Cell::new(DIM, "–"),
            second => share(second, times),
        };
        rows.push(vec![
            Cell::new(BOLD, title),
            Cell::from(times.to_string()),
            share(proposal.team.first(), times),
            backup,
            match proposal.written {
                Some(workflow) => Cell::from(workflow.id.as_str()),
                None => Cell::new(DIM, "–"),
            },
        ]);
    }
    let head = format!("Who did it most, of {past} pieces of work");
    format!("{}\n{}", paint(BOLD, &head), columns(2, &rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::sample::{files, workspace};

    const EXPORT: &str = "Key,Summary,Assignee\n\
        1,Test WEB-7 on the phone,quinn\n\
        2,Renew certificate of the shop,Noah\n\
        3,\"Renew the certificates, all of them\",lena@studio.example\n\
        4,Renew certificate (shop),noah\n\
        5,Water the plants,Somebody Else\n\
        6,Water the plants,\n\
        7,Water plants,somebody else\n";

    fn past(columns: [Option<&str>; 2]) -> Past {
        let [work_column, person_column] = columns.map(|name| name.map(str::to_owned));
        Past {
            past: None,
            work_column,
            person_column,
        }
    }

    #[test]
    fn whoever_did_it_most_is_proposed_and_the_next_stands_in() {
        let files = files(&[]);
        let company = workspace(&files);
        let work = past([None, None]).read(EXPORT.as_bytes()).unwrap();
        let proposals: Vec<_> = done(&work)
            .into_iter()
            .map(|done| Proposal::of(done, &company))
            .collect();
        let names = Names::new(&company.team, &company.clients);
        let text = told(&proposals, work.len(), &names);
        insta::assert_snapshot!(anstream::adapter::strip_str(&text));
        let json: Vec<_> = proposals.iter().map(Proposal::to_json).collect();
        assert_eq!(json[0]["owner"], "noah");
        assert_eq!(json[0]["backup"], "lena");
        assert_eq!(json[1]["owner"], Value::Null);
    }

    #[test]
    fn a_column_that_is_not_there_is_told_with_those_that_are() {
        let refused = |columns| past(columns).read(EXPORT.as_bytes()).unwrap_err();
        let failure = refused([Some("What"), None]);
        assert_eq!(failure.message, "no column says what was done");
        let help = "name it with --work-column: Key, Summary, Assignee";
        assert_eq!(failure.help.as_deref(), Some(help));
        let failure = refused([None, Some("Who")]);
        assert_eq!(failure.message, "no column says who did it");
        assert_eq!(
            past([Some("key"), Some("SUMMARY")])
                .read(EXPORT.as_bytes())
                .unwrap()[0]
                .title,
            "1"
        );
    }
}
