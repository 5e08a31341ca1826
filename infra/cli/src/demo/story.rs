//! The demo as it is read: what came in, what Baton did about it and how soon, who owns what at the end.
//! It must not look at the machine.

use std::path::Path;

use domain::case::Case;
use jiff::Timestamp;
use serde_json::Value;

use super::chain::Check;
use super::seen::MailSeen;
use crate::names::Names;
use crate::show::{ALERT, BOLD, Cell, DIM, FRESH, GOOD, WARM, WIDTH, columns, fit, paint, width};
use crate::timeline::{Line, Tag, due, open_tasks};

/// Where the text of a line begins: after the time and the tag.
const TEXT: usize = 16;

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

/// A line of the story: time, tag, text, and the note at its right where there is room, else below.
fn line(time: &str, time_width: usize, line: &Line) -> String {
    let text = if line.who.is_empty() {
        line.text.clone()
    } else {
        format!("{}: {}", line.who, line.text)
    };
    let room = WIDTH - TEXT;
    let gap = " ".repeat(9_usize.saturating_sub(time_width));
    let tag = paint(line.tag.style(), &format!("{:<5}", line.tag.word()));
    let head = format!("{time}{gap}  {tag}");
    if line.note.is_empty() {
        return format!("{head}{}", fit(&text, room));
    }
    let (text_width, note_width) = (width(&text), width(&line.note));
    if text_width + 2 + note_width <= room {
        let gap = " ".repeat(room - text_width - note_width);
        return format!("{head}{text}{gap}{}", paint(DIM, &line.note));
    }
    format!(
        "{head}{}\n{}{}",
        fit(&text, room),
        " ".repeat(TEXT),
        paint(DIM, &fit(&line.note, room))
    )
}

/// What came in: a tool's event, or what somebody reports, in words.
pub fn event_line(envelope: &Value, file: &str, names: &Names) -> Line {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let detail_type = text(&envelope["detail-type"]);
    let data = &envelope["detail"]["data"];
    let Some(by) = data["by"].as_str() else {
        return Line::new(
            Tag::In,
            "",
            format!("{detail_type} from {}", text(&envelope["source"])),
            file,
        );
    };
    let by = domain::id::PersonId::from(by);
    let step = text(&data["step"]);
    let what = match (
        data["outcome"].as_str(),
        data["choice"].as_str(),
        data["items"].as_array(),
    ) {
        (Some(outcome), _, _) => format!("{step} is {outcome}"),
        (_, Some(choice), _) => format!("{step}: {choice}"),
        (_, _, Some(items)) => format!("{} items of {step} are done", items.len()),
        _ => format!("{step} is done"),
    };
    Line::new(
        Tag::In,
        names.person(&by),
        format!("{what} ({detail_type})"),
        file,
    )
}

/// A mail as it was taken, with its attachments.
pub fn mail_line(mail: &MailSeen) -> Line {
    let note: Vec<_> = mail
        .attachments
        .iter()
        .map(|one| format!("+ {} ({} KB)", one.name, one.bytes.div_ceil(1024)))
        .collect();
    Line::new(
        Tag::Mail,
        mail.to.join(", "),
        mail.subject.as_str(),
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
    let links: Vec<Vec<Cell>> = closing
        .checks
        .iter()
        .map(|check| {
            let (style, word) = if check.is_there {
                (GOOD, "ok")
            } else {
                (ALERT, "missing")
            };
            vec![
                Cell::new(style, word),
                Cell::new(BOLD, check.link),
                check.said.as_str().into(),
            ]
        })
        .collect();
    let mut out = format!(
        "{verdict}\n{}\n\n{}\n{}",
        columns(2, &links),
        paint(BOLD, "Who owns what now"),
        owners(closing)
    );
    let mut places: Vec<Vec<Cell>> = closing
        .places
        .iter()
        .map(|(name, place)| {
            vec![
                Cell::new(DIM, name.as_str()),
                Cell::new(FRESH, place.as_str()),
            ]
        })
        .collect();
    places.extend(closing.invoices.iter().map(|path| {
        vec![
            Cell::new(DIM, "Invoice"),
            Cell::new(FRESH, path.display().to_string()),
        ]
    }));
    if !places.is_empty() {
        out.push_str(&format!(
            "\n\n{}\n{}",
            paint(BOLD, "To look at"),
            columns(2, &places)
        ));
    }
    out
}

fn owners(closing: &Closing<'_>) -> String {
    let open = open_tasks(closing.cases.iter().copied());
    if open.is_empty() {
        return "  nobody anything: every case has ended".to_owned();
    }
    let rows: Vec<Vec<Cell>> = open
        .iter()
        .map(|(_, task)| {
            vec![
                Cell::new(WARM, closing.names.person(&task.owner)),
                task.title.as_str().into(),
                Cell::new(DIM, due(task, closing.names)),
            ]
        })
        .collect();
    columns(2, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carried::DEMO_EVENTS;
    use crate::demo::check;
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
            let checks = check(&seen, &sample.mails, 0, &names);
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
            .map(|line| format!("{}: {} [{}]", line.who, line.text, line.note))
            .collect();
        insta::assert_snapshot!(said.join("\n"));
    }
}
