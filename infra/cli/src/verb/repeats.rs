//! `baton repeats`: work that came three times within a month and is in no workflow, offered as one.
//! It must not decide what is alike; `domain::repeats` does.

use std::path::PathBuf;

use clap::Args;
use domain::billing::minutes_in_words;
use domain::company::{Role, Team};
use domain::id::PersonId;
use domain::repeats::{MONTH_DAYS, OFTEN, Repeat, repeats};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde_json::{Value, json};
use store::{Company, KnownEntry, Store};

use crate::failure::Failure;
use crate::names::Names;
use crate::new_file;
use crate::show::{BOLD, DIM, GOOD, Out, columns, paint};
use crate::target::Where;

/// Work with no longer pauses is offered for a day of the week, other work for a day of the month.
const WEEKLY_DAYS: i32 = 10;
const DAYS_READ: i32 = 2 * MONTH_DAYS;
const LONGEST_NAME: usize = 40;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The last day that is looked at, of two months; without it, today
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Write the one of this name as a workflow with its runbook, to be looked over and applied
    #[arg(long, value_name = "NAME")]
    write: Option<String>,
    /// The folder with team.yaml and clients.yaml, where it is written
    #[arg(long, value_name = "DIR", default_value = ".", requires = "write")]
    dir: PathBuf,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let company = store.company().await?;
    let names = Names::new(&company.team, company.clients.values());
    let until = arguments.until.unwrap_or_else(|| names.date(store.now()));
    let since = until
        .checked_sub(DAYS_READ.days())
        .map_err(|error| Failure::refused(format!("--until {until}: {error}")))?;
    let entries = entries(&store, &company, since, until).await?;
    let found = repeats(&entries);
    if let Some(name) = &arguments.write {
        return write(name, &found, arguments, &company.team, out);
    }
    out.json(&json!({
        "target": target.name,
        "since": since,
        "until": until,
        "repeats": found.iter().map(as_json).collect::<Vec<_>>(),
    }));
    out.say(&told(&found, &names, (since, until)));
    Ok(())
}

/// Every entry of these days that counts.
async fn entries(
    store: &Store,
    company: &Company,
    since: Date,
    until: Date,
) -> Result<Vec<domain::billing::TimeEntry>, Failure> {
    let mut entries = Vec::new();
    for client in company.clients.keys() {
        let known = store.time_of_client(client, since, until).await?;
        let counts = known.into_iter().filter(KnownEntry::counts);
        entries.extend(counts.map(|known| known.entry));
    }
    Ok(entries)
}

fn as_json(repeat: &Repeat<'_>) -> Value {
    json!({
        "name": name(repeat.title),
        "title": repeat.title,
        "times": repeat.entries.len(),
        "mostly": repeat.mostly,
        "median_minutes": repeat.median_minutes,
        "median_days_between": repeat.median_days_between,
        "entries": repeat.entries,
    })
}

fn told(found: &[Repeat<'_>], names: &Names, (since, until): (Date, Date)) -> String {
    if found.is_empty() {
        return format!(
            "Nothing came {OFTEN} times within a month that is in no workflow ({since} to {until})."
        );
    }
    let mut parts = vec![paint(
        BOLD,
        &format!("Done by hand again and again, and in no workflow ({since} to {until})"),
    )];
    for repeat in found {
        let rows: Vec<Vec<_>> = repeat
            .entries
            .iter()
            .map(|entry| {
                vec![
                    entry.on.to_string().into(),
                    names.person(&entry.by).to_owned().into(),
                    names.client(&entry.client).to_owned().into(),
                    minutes_in_words(entry.minutes).into(),
                    entry.note.clone().into(),
                ]
            })
            .collect();
        parts.push(format!(
            "{}  {}\n{}\n  {}",
            paint(GOOD, &name(repeat.title)),
            paint(
                DIM,
                &format!(
                    "{} times, mostly by {}, {} each, every {} days",
                    repeat.entries.len(),
                    names.person(repeat.mostly),
                    minutes_in_words(repeat.median_minutes),
                    repeat.median_days_between
                )
            ),
            columns(2, &rows),
            paint(
                DIM,
                &format!(
                    "write it down:  baton repeats --write {}",
                    name(repeat.title)
                )
            ),
        ));
    }
    parts.join("\n\n")
}

/// `Renew the certificate` as a workflow's name: `renew_the_certificate`.
fn name(title: &str) -> String {
    let words = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase);
    let mut name = String::new();
    for word in words {
        let fits = name.len() + word.len() < LONGEST_NAME;
        if !fits || (name.is_empty() && word.starts_with(|c: char| c.is_ascii_digit())) {
            continue;
        }
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(&word);
    }
    match name.is_empty() {
        true => "repeated_work".to_owned(),
        false => name,
    }
}

fn write(
    wanted: &str,
    found: &[Repeat<'_>],
    arguments: &Arguments,
    team: &Team,
    out: &Out,
) -> Result<(), Failure> {
    let Some(repeat) = found.iter().find(|repeat| name(repeat.title) == wanted) else {
        let known: Vec<_> = found.iter().map(|repeat| name(repeat.title)).collect();
        let failure = Failure::refused(format!("nothing called {wanted} comes again and again"));
        return Err(match known.is_empty() {
            true => failure,
            false => failure.help(format!("there is {}", known.join(", "))),
        });
    };
    let runbook = format!("runbooks/{}.md", wanted.replace('_', "-"));
    let file = format!("workflows/{wanted}.yaml");
    let texts = [
        (&runbook, notes(repeat)),
        (&file, workflow(wanted, &runbook, repeat, team)),
    ];
    for (path, _) in &texts {
        if arguments.dir.join(path).exists() {
            return Err(Failure::refused(format!("{path} is there already"))
                .help("nothing was written; take it away or rename it first"));
        }
    }
    for (path, text) in &texts {
        new_file::write(&arguments.dir.join(path), text)?;
    }
    out.json(&json!({ "workflow": wanted, "files": [file, runbook] }));
    out.say(&format!(
        "{} {file} and {runbook}\nLook it over: when it comes, who owns it, how fast. Then:  baton check {dir}  and  baton apply {dir}",
        paint(GOOD, "written"),
        dir = arguments.dir.display()
    ));
    Ok(())
}

/// A workflow that loads as it stands, of one task.
fn workflow(name: &str, runbook: &str, repeat: &Repeat<'_>, team: &Team) -> String {
    let owner = owner(repeat.mostly, team);
    let stands_in = team.person(repeat.mostly).and_then(|it| it.backup.clone());
    let backup = stands_in.map_or_else(|| "ops_lead".to_owned(), |person| person.0);
    // A title is a text of its own here: quotes and braces would mean something.
    let plain = |c: &char| !"\"\\{}%#".contains(*c) && !c.is_control();
    let title: String = repeat.title.chars().filter(plain).take(80).collect();
    let effort = repeat.median_minutes.max(1);
    format!(
        "# Done by hand {times} times before it was written down; `baton repeats` offered it.\n\
         workflow: {name}\nversion: 1\ntitle: \"{title}\"\nkind: operations\nowner: {owner}\nbackup: {backup}\nrunbook: {runbook}\n\
         outcome: {{ measure: begun_to_done, from: start, to: work, target: 2 business days }}\n\
         starts_on:\n  every: {every}\n\
         steps:\n  - {{ id: work, do: task, title: \"{title}\", owner: {owner}, effort: {effort} minutes, within: 2 business days, warn_at: [80%], end: true }}\n\
         # yaml-language-server: $schema=../schemas/workflow.schema.json\n",
        times = repeat.entries.len(),
        every = every(repeat),
    )
}

/// The role of one person that they hold, else the person.
fn owner(person: &PersonId, team: &Team) -> String {
    let held = team
        .roles
        .iter()
        .find(|(_, role)| matches!(role, Role::HeldBy(holder) if holder == person));
    held.map_or_else(|| person.0.clone(), |(role, _)| role.0.clone())
}

/// On the weekday of the last time, or at the month's beginning.
fn every(repeat: &Repeat<'_>) -> &'static str {
    let last = repeat.entries.last().map(|entry| entry.on.weekday());
    match last {
        Some(weekday) if repeat.median_days_between <= WEEKLY_DAYS => match weekday {
            Weekday::Monday => "monday",
            Weekday::Tuesday => "tuesday",
            Weekday::Wednesday => "wednesday",
            Weekday::Thursday => "thursday",
            Weekday::Friday => "friday",
            Weekday::Saturday => "saturday",
            Weekday::Sunday => "sunday",
        },
        _ => "month on the 1st business day",
    }
}

fn notes(repeat: &Repeat<'_>) -> String {
    let mut text = format!(
        "# {}\n\nDone by hand until it was written down. What was noted:\n\n",
        repeat.title
    );
    for entry in &repeat.entries {
        text.push_str(&format!("- {}, {}: {}\n", entry.on, entry.by, entry.note));
    }
    text.push_str("\nSay here what a newcomer must know: where to look, what to leave alone, when it is done.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_title_becomes_a_name() {
        for (title, expected) in [
            ("Renew the certificate", "renew_the_certificate"),
            ("2nd look at invoices, by hand!", "look_at_invoices_by_hand"),
            ("Größe prüfen", "gr_e_pr_fen"),
            ("!!!", "repeated_work"),
        ] {
            assert_eq!(name(title), expected);
        }
        assert!(name(&"long words ".repeat(20)).len() <= super::LONGEST_NAME);
    }
}
