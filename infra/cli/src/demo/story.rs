//! The demo as it is read: what came in, what Baton did about it and how soon, who owns what at the end.
//! It must not look at the machine.

use std::path::Path;

use domain::case::Case;
use domain::id::PersonId;
use jiff::Timestamp;
use serde_json::Value;

use super::chain::Check;
use super::seen::{AttachmentSeen, MailSeen};
use crate::names::Names;
use crate::show::{ALERT, BOLD, Cell, DIM, FRESH, GOOD, columns, noted, paint, width};
use crate::timeline::{Line, Tag, open_duties, queue};

/// Where the text of a line begins: after the time and the tag.
const TEXT: usize = 17;
/// Columns of a tag with its gap.
const TAG: usize = 6;

/// One thing that came in and all that followed.
pub struct Moment<'a> {
    pub at: Timestamp,
    /// What came in, and the file it came from.
    pub head: Line,
    /// In the order in which they happened.
    pub lines: Vec<(Timestamp, Line)>,
    pub names: &'a Names,
}

impl Moment<'_> {
    /// The moment as text, without the day it is on.
    pub fn render(&self) -> String {
        let minute = self.names.minute(self.at);
        let mut out = line(
            &paint(BOLD, &format!("  {minute}")),
            width("  ") + width(&minute),
            &self.head,
        );
        let mut said = String::new();
        for (at, one) in &self.lines {
            let seconds = (*at - self.at)
                .total(jiff::Unit::Second)
                .unwrap_or_default();
            let after = format!("  {:>+6.2}", seconds.max(0.0));
            // The same instant is said once.
            let shown = if after == said {
                String::new()
            } else {
                after.clone()
            };
            out.push('\n');
            out.push_str(&line(&paint(DIM, &shown), width(&shown), one));
            said = after;
        }
        out
    }
}

/// A line of the story: time, tag, text and note.
fn line(time: &str, time_width: usize, line: &Line) -> String {
    let gap = " ".repeat(TEXT.saturating_sub(time_width + TAG));
    let tag = paint(line.tag.style(), &format!("{:<TAG$}", line.tag.word()));
    noted(&format!("{time}{gap}{tag}"), TEXT, &line.text, &line.note)
}

/// What came in: a tool's event, or what somebody reports, in words.
pub fn event_line(envelope: &Value, file: &str, names: &Names) -> Line {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let data = &envelope["detail"]["data"];
    let Some(by) = data["by"].as_str() else {
        let said = format!(
            "{} from {}",
            text(&envelope["detail-type"]),
            text(&envelope["source"])
        );
        return Line::new(Tag::In, said, file);
    };
    let (by, step) = (PersonId::from(by), text(&data["step"]));
    let by = names.person(&by);
    let said = match (
        data["outcome"].as_str(),
        data["choice"].as_str(),
        data["items"].as_array(),
    ) {
        (Some(outcome), _, _) => format!("{by} reports {step} {outcome}"),
        (_, Some(choice), _) => format!("{by} decides {step}: {choice}"),
        (_, _, Some(items)) => format!("{by} reports {} items of {step} done", items.len()),
        _ => format!("{by} reports {step} done"),
    };
    Line::new(Tag::In, said, file)
}

/// A mail as it was taken, with its attachments.
pub fn mail_line(mail: &MailSeen) -> Line {
    let attached =
        |one: &AttachmentSeen| format!("+ {} ({} KB)", one.name, one.bytes.div_ceil(1024));
    let note: Vec<_> = mail.attachments.iter().map(attached).collect();
    Line::new(
        Tag::Mail,
        format!("to {}: {}", mail.to.join(", "), mail.subject),
        note.join(", "),
    )
}

/// The first lines: what is about to be seen, and where.
pub fn opening(company: &str, counted: &str, functions: usize, url: &str, names: &Names) -> String {
    let rows = vec![
        vec![
            Cell::new(DIM, "company"),
            format!("{company}: {counted}, in force").into(),
        ],
        vec![
            Cell::new(DIM, "machine"),
            format!("{url}: {functions} functions, table and mails in memory").into(),
        ],
        vec![
            Cell::new(DIM, "times"),
            format!("{}; +0.25 is seconds after what came in", names.zone()).into(),
        ],
    ];
    format!(
        "{}\n\n{}",
        paint(BOLD, "Baton plays a signed contract to its mailed invoice"),
        columns(2, &rows)
    )
}

/// What is at the end.
pub struct Closing<'a> {
    pub checks: &'a [Check],
    pub cases: &'a [&'a Case],
    pub names: &'a Names,
    /// Name and address or path of what can be opened.
    pub places: &'a [(String, String)],
    pub invoices: &'a [&'a Path],
}

/// The last lines: the chain link by link, who owns what, and what can be opened.
pub fn closing(closing: &Closing<'_>) -> String {
    let missing = closing
        .checks
        .iter()
        .filter(|check| !check.is_there)
        .count();
    let verdict = match missing {
        0 => paint(GOOD, "The chain is whole"),
        1 => paint(ALERT, "The chain is broken: 1 link is missing"),
        _ => paint(
            ALERT,
            &format!("The chain is broken: {missing} links are missing"),
        ),
    };
    let open = open_duties(closing.cases.iter().copied());
    let owners = match open.as_slice() {
        [] => "  nobody anything: every case has ended".to_owned(),
        open => queue(open, closing.names),
    };
    let mut places: Vec<Vec<Cell>> = Vec::new();
    for (name, place) in closing.places {
        places.push(vec![
            Cell::new(DIM, name.as_str()),
            Cell::new(FRESH, place.as_str()),
        ]);
    }
    for path in closing.invoices {
        places.push(vec![
            Cell::new(DIM, "Invoice"),
            Cell::new(FRESH, path.display().to_string()),
        ]);
    }
    let mut out = format!(
        "{verdict}\n{}\n\n{}\n{owners}",
        links(closing.checks),
        paint(BOLD, "Who owns what now")
    );
    if !places.is_empty() {
        out.push_str(&format!(
            "\n\n{}\n{}",
            paint(BOLD, "To look at"),
            columns(2, &places)
        ));
    }
    out
}

/// One link a line: whether it is there, its name, what shows it.
fn links(checks: &[Check]) -> String {
    let widest = checks
        .iter()
        .map(|check| width(check.link))
        .max()
        .unwrap_or_default();
    let word_width = if checks.iter().all(|check| check.is_there) {
        2
    } else {
        width("missing")
    };
    let lines = checks.iter().map(|check| {
        let (style, word) = if check.is_there {
            (GOOD, "ok")
        } else {
            (ALERT, "missing")
        };
        let word = paint(style, &format!("{word:<word_width$}"));
        let lead = format!(
            "  {word}  {}  ",
            paint(BOLD, &format!("{:<widest$}", check.link))
        );
        noted(&lead, 2 + word_width + 2 + widest + 2, &check.said, "")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carried::DEMO_EVENTS;
    use crate::demo::{Around, check};
    use crate::show::WIDTH;
    use crate::timeline::Telling;
    use crate::timeline::sample::Sample;

    fn plain(text: &str) -> String {
        let text = anstream::adapter::strip_str(text).to_string();
        assert!(text.lines().all(|line| width(line) <= WIDTH), "{text}");
        text
    }

    #[test]
    fn the_end_says_what_held_who_owns_what_and_where_to_look() {
        let mut sample = Sample::played(DEMO_EVENTS.len());
        let names = sample.names();
        let places = [(
            "Board".to_owned(),
            "http://127.0.0.1:8420/url/BoardFunction/".to_owned(),
        )];
        let invoice = Path::new("target/demo/SST-2026-0001.pdf");
        let mut told = Vec::new();
        for warns in [false, true] {
            if warns {
                sample.warn("standard_project", "final_version");
            }
            let seen: Vec<_> = sample.cases.values().collect();
            let checks = check(
                &seen,
                &sample.mails,
                &Around {
                    parked: 0,
                    sweep_was_lost: true,
                },
                &names,
            );
            let cases: Vec<_> = seen.iter().map(|seen| &seen.case).collect();
            told.push(plain(&closing(&Closing {
                checks: &checks,
                cases: &cases,
                names: &names,
                places: &places,
                invoices: &[invoice],
            })));
        }
        insta::assert_snapshot!(told.join("\n\n-----\n\n"));
    }

    #[test]
    fn a_moment_reads_as_what_came_in_and_what_followed() {
        let sample = Sample::played(1);
        let (file, text) = DEMO_EVENTS[0];
        let envelope: Value = serde_json::from_str(text).unwrap();
        let names = sample.names();
        let at = envelope["time"].as_str().unwrap().parse().unwrap();
        let mut lines: Vec<_> = sample
            .mails
            .iter()
            .map(|mail| (mail.at, mail_line(mail)))
            .collect();
        for seen in sample.cases.values() {
            let mut telling = Telling::default();
            lines.extend(seen.history.iter().flat_map(|row| {
                telling
                    .story(row, &names)
                    .into_iter()
                    .map(|line| (row.at, line))
            }));
        }
        lines.sort_by_key(|(at, _)| *at);
        let moment = Moment {
            at,
            head: event_line(&envelope, file, &names),
            lines,
            names: &names,
        };
        insta::assert_snapshot!(plain(&moment.render()));
    }

    #[test]
    fn what_people_report_is_said_in_words() {
        let said: Vec<_> = DEMO_EVENTS
            .iter()
            .map(|(file, text)| {
                event_line(
                    &serde_json::from_str(text).unwrap(),
                    file,
                    &Sample::played(0).names(),
                )
            })
            .map(|line| format!("{} [{}]", line.text, line.note))
            .collect();
        insta::assert_snapshot!(said.join("\n"));
    }
}
