//! A whole trace as text: the case, its history row by row, what is open, then its projects.
//! It must not leave a row out.

use app::time_log::became;
use app::trace::Trace;
use domain::billing::minutes_in_words;
use domain::case::{Case, Duty, Record, State};
use store::{EffectState, KnownEntry};

use super::fact::{Line, Telling, due, open_duties};
use crate::names::Names;
use crate::show::{ALERT, BOLD, Cell, DIM, GOOD, PLAIN, WIDTH, columns, noted, paint, width};

/// Where the columns of a row begin.
const TIME: usize = 2;
const TEXT: usize = 17;
/// Columns of a tag with its gap.
const TAG: usize = 6;

/// The trace, with `history` giving the rows of each case in it.
pub fn render(trace: &Trace, history: &dyn Fn(&Case) -> Vec<Record>, names: &Names) -> String {
    let mut out = String::new();
    section(trace, history, names, &mut out);
    out.push_str(&paint(DIM, &format!("Times are {}.", names.zone())));
    out
}

fn section(trace: &Trace, history: &dyn Fn(&Case) -> Vec<Record>, names: &Names, out: &mut String) {
    let case = &trace.case;
    out.push_str(&heading(case, names));
    let mut telling = Telling::default();
    let mut day = String::new();
    for record in history(case) {
        let today = names.day(record.at);
        if today != day {
            out.push_str(&format!("\n{}\n", paint(BOLD, &today)));
            day = today;
        }
        out.push_str(&row(&record, &telling.whole(&record, names), names));
    }
    out.push_str(&standing(trace, names));
    for project in &trace.projects {
        out.push('\n');
        section(project, history, names, out);
    }
}

fn heading(case: &Case, names: &Names) -> String {
    let client = case.client.as_ref().map_or_else(String::new, |client| {
        format!(" for {}", names.client(client))
    });
    let title = format!("{}{client}", case.title);
    let (state, style) = match case.state {
        State::Running => ("running".to_owned(), PLAIN),
        State::Completed { at } => (format!("completed {}", names.moment(at)), GOOD),
        State::Stopped { at } => (format!("stopped {}", names.moment(at)), ALERT),
    };
    let gap = WIDTH.saturating_sub(width(&title) + width(&state)).max(2);
    format!(
        "{}{}{}\n{}\n",
        paint(BOLD, &title),
        " ".repeat(gap),
        paint(style, &state),
        paint(
            DIM,
            &format!(
                "{} · {} version {} · {} answers for it",
                case.id,
                case.workflow,
                case.version,
                names.person(&case.owner)
            )
        )
    )
}

fn row(record: &Record, lines: &[Line], names: &Names) -> String {
    let number = format!("#{}", record.sequence);
    let lead = format!(
        "{}{}  {}",
        " ".repeat(TIME),
        names.second(record.at),
        paint(DIM, &format!("{number:<5}"))
    );
    let mut out = noted(&lead, TEXT, &record.cause, "");
    out.push('\n');
    for line in lines {
        let lead = format!(
            "{}{}",
            " ".repeat(TEXT),
            paint(line.tag.style(), &format!("{:<TAG$}", line.tag.word()))
        );
        out.push_str(&noted(&lead, TEXT + TAG, &line.text, &line.note));
        out.push('\n');
    }
    out
}

/// What is open and owed now, and whether the history is whole.
fn standing(trace: &Trace, names: &Names) -> String {
    let mut out = String::new();
    let open = open_duties([&trace.case]);
    if !open.is_empty() {
        out.push_str(&format!(
            "\n{}\n{}\n",
            paint(BOLD, "Open now"),
            queue(&open, names)
        ));
    }
    let owed: Vec<_> = trace
        .effects
        .iter()
        .filter(|row| row.state != EffectState::Closed || row.returned_as.is_some())
        .collect();
    if !owed.is_empty() {
        let rows: Vec<Vec<Cell>> = owed
            .iter()
            .map(|row| {
                let what = row
                    .effect()
                    .map_or_else(|_| "not readable".to_owned(), |effect| effect.words());
                let state = match row.state {
                    EffectState::Owed => "owed",
                    EffectState::Sent => "sent, being closed",
                    EffectState::Parked => "parked",
                    EffectState::Closed if row.returned_as.is_some() => "came back",
                    EffectState::Closed => "closed",
                };
                vec![row.effect.as_str().into(), what.into(), state.into()]
            })
            .collect();
        out.push_str(&format!(
            "\n{}\n{}\n",
            paint(BOLD, "Owed now"),
            columns(TIME, &rows)
        ));
    }
    if !trace.time.is_empty() {
        out.push_str(&format!(
            "\n{}\n{}\n",
            paint(BOLD, "Time"),
            entries(&trace.time, names)
        ));
    }
    let said = if trace.replays {
        let rows = trace.entries.len();
        paint(
            DIM,
            &format!("{rows} history rows; folded again they are the stored state."),
        )
    } else {
        paint(
            ALERT,
            "The history, folded again, is NOT the stored state. Keep the table as it is and report this.",
        )
    };
    out.push_str(&format!("\n{said}\n"));
    out
}

/// Entries of time as rows: when, who, how long, what, and what became of each.
pub fn entries(entries: &[KnownEntry], names: &Names) -> String {
    let row = |known: &KnownEntry| {
        let entry = &known.entry;
        let what = [
            entry.step.as_ref().map(|step| step.0.clone()),
            Some(entry.note.clone()),
        ];
        let what = what.into_iter().flatten().filter(|text| !text.is_empty());
        vec![
            Cell::new(DIM, entry.id.as_str()),
            entry.on.to_string().into(),
            names.person(&entry.by).into(),
            minutes_in_words(entry.minutes).into(),
            became(known).into(),
            Cell::new(DIM, what.collect::<Vec<_>>().join(": ")),
        ]
    };
    let rows: Vec<Vec<Cell>> = entries.iter().map(row).collect();
    columns(TIME, &rows)
}

/// Open tasks and clocks, one by one: whose, what, until when.
pub fn queue(open: &[Duty<'_>], names: &Names) -> String {
    let widest = open
        .iter()
        .map(|duty| width(names.person(duty.owner)))
        .max()
        .unwrap_or_default();
    let lines = open.iter().map(|duty| {
        let owner = names.person(duty.owner);
        let gap = " ".repeat(widest - width(owner) + 2);
        let lead = format!("{}{}{gap}", " ".repeat(TIME), paint(BOLD, owner));
        noted(
            &lead,
            TIME + widest + 2,
            duty.title,
            &due(duty.clock, names),
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::sample::Sample;

    fn text(sample: &Sample, workflow: &str) -> String {
        let trace = sample.trace(sample.case(workflow));
        let text = render(
            &trace,
            &|case| sample.cases[&case.id].history.clone(),
            &sample.names(),
        );
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_contract_reads_from_the_signature_to_its_project() {
        let text = text(&Sample::played(DEMO), "contract_to_kickoff");
        assert!(text.lines().all(|line| width(line) <= WIDTH), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn an_issue_reads_with_its_round_back() {
        insta::assert_snapshot!(text(&Sample::played(DEMO), "ready_for_qa"));
    }

    #[test]
    fn a_case_under_way_says_what_is_open_and_that_a_clock_warned() {
        let mut sample = Sample::played(DEMO);
        sample.warn("standard_project", "final_version");
        insta::assert_snapshot!(text(&sample, "standard_project"));
    }

    #[test]
    fn a_history_that_is_not_the_state_is_said_aloud() {
        let sample = Sample::played(1);
        let mut trace = sample.trace(sample.case("contract_to_kickoff"));
        trace.replays = false;
        let text = render(
            &trace,
            &|case| sample.cases[&case.id].history.clone(),
            &sample.names(),
        );
        assert!(text.contains("is NOT the stored state"), "{text}");
    }

    const DEMO: usize = crate::carried::DEMO_EVENTS.len();
}
