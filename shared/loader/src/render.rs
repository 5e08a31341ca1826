//! Shows problems to a person: what, where with the line itself, and how to mend it.
//! It must not decide what a problem is.

use std::collections::BTreeMap;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::problem::{Problem, Severity};

/// Every problem with its line of the file, one after the other, and a last line that counts them.
#[must_use]
pub fn render(problems: &[Problem], files: &BTreeMap<String, String>, colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for problem in problems {
        let title = match problem.severity {
            Severity::Error => Level::ERROR.primary_title(visible(&problem.message)),
            Severity::Warning => Level::WARNING.primary_title(visible(&problem.message)),
        };
        let title = title.id(problem.rule.clone());
        let line = files
            .get(&problem.file)
            .and_then(|text| text.lines().nth(problem.line.saturating_sub(1)))
            .unwrap_or_default();
        let (line, span) = excerpt(line, problem.column, problem.width);
        let snippet = Snippet::source(line)
            .line_start(problem.line)
            .path(problem.file.clone())
            .annotation(AnnotationKind::Primary.span(span));
        let help = Level::HELP.message(visible(&problem.help));
        out.push_str(&renderer.render(&[Group::with_title(title).element(snippet).element(help)]));
        out.push_str("\n\n");
    }
    out.push_str(&count(problems));
    out.push('\n');
    out
}

const MOST_CHARACTERS: usize = 160;

/// The line without what would move the cursor, and the bytes to underline. A very long line is shown in part.
fn excerpt(line: &str, column: usize, width: usize) -> (String, std::ops::Range<usize>) {
    let first = column.saturating_sub(1);
    let skip = if first > MOST_CHARACTERS {
        first - MOST_CHARACTERS / 2
    } else {
        0
    };
    let shown: Vec<char> = visible(line)
        .chars()
        .skip(skip)
        .take(MOST_CHARACTERS)
        .collect();
    let start = (first - skip).min(shown.len());
    let end = (start + width.max(1)).min(shown.len()).max(start);
    let bytes = |chars: &[char]| chars.iter().map(|c| c.len_utf8()).sum::<usize>();
    let range = bytes(&shown[..start])..bytes(&shown[..end]);
    (shown.into_iter().collect(), range)
}

fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn count(problems: &[Problem]) -> String {
    let of = |severity| {
        problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    };
    let plural =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    match (of(Severity::Error), of(Severity::Warning)) {
        (0, 0) => "no problems".to_owned(),
        (errors, 0) => plural(errors, "error"),
        (0, warnings) => plural(warnings, "warning"),
        (errors, warnings) => format!(
            "{}, {}",
            plural(errors, "error"),
            plural(warnings, "warning")
        ),
    }
}
