//! Decides which texts with values in them are taken: names in double braces, in mails also `if` and `for`.
//! It must not fill a text in.

use domain::value::{FILTERS, engine};

use crate::fields::short;
use crate::problem::{At, Sink};

/// A path named in a text, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub path: String,
    pub at: At,
    /// Whether it is written out, and not only asked about.
    pub printed: bool,
}

/// The paths of a one-line text that stands at `at`. What can not be filled is told.
pub(crate) fn line(text: &str, at: At, sink: Sink<'_>) -> Vec<Named> {
    if text.trim().is_empty() {
        sink.error(
            "V12",
            at,
            "the text is empty",
            "say in a few words what is meant",
        );
    }
    if text.contains('\n') {
        sink.error(
            "V12",
            at,
            "this text is one line of a list or a mail's subject",
            "write it without line breaks",
        );
    }
    if text.contains("{%") || text.contains("{#") {
        sink.error(
            "V12",
            at,
            "one line takes only values: `{{ client.name }}`",
            "remove the `{%` or `{#` part",
        );
        return Vec::new();
    }
    let found: Vec<_> = placeholders(text).map(|(_, inner)| (inner, at)).collect();
    if !compiles(text, at, sink) {
        return Vec::new();
    }
    paths(found, true, &[], sink)
}

/// The paths of a mail template: `subject: …`, an empty line, the text.
pub(crate) fn mail(text: &str, sink: Sink<'_>) -> Vec<Named> {
    let mut lines = text.lines();
    let subject = lines
        .next()
        .and_then(|first| first.strip_prefix("subject:"))
        .map(str::trim);
    if subject.is_none_or(str::is_empty) {
        sink.error(
            "V12",
            At::START,
            "the first line is not the subject",
            "begin the mail with `subject: …`",
        );
    } else if lines.next().is_none_or(|line| !line.trim().is_empty()) {
        let at = At {
            line: 2,
            ..At::START
        };
        sink.error(
            "V12",
            at,
            "the second line is not empty",
            "leave one empty line between the subject and the text",
        );
    } else if lines.all(|line| line.trim().is_empty()) {
        sink.error(
            "V12",
            At::START,
            "the mail has no text",
            "write it below the subject and an empty line",
        );
    }
    if !compiles(text, At::START, sink) {
        return Vec::new();
    }
    let loops: Vec<_> = statements(text)
        .filter_map(|(_, inner)| loop_name(inner))
        .collect();
    let printed: Vec<_> = placeholders(text)
        .map(|(start, inner)| (inner, place(text, start, inner.len())))
        .collect();
    let mut asked = Vec::new();
    for (start, inner) in statements(text) {
        let at = place(text, start, inner.len());
        match statement(inner) {
            Ok(path) => asked.extend(path.map(|path| (path, at))),
            Err(message) => sink.error(
                "V12",
                at,
                message,
                "a mail takes `if`, `else`, `endif`, `for name in list` and `endfor`",
            ),
        }
    }
    let mut named = paths(printed, true, &loops, sink);
    named.extend(paths(asked, false, &loops, sink));
    named
}

fn compiles(text: &str, at: At, sink: Sink<'_>) -> bool {
    match engine().template_from_str(text) {
        Ok(_) => true,
        Err(error) => {
            let at = match error.line() {
                Some(line) if at == At::START => At {
                    line,
                    column: 1,
                    width: 1,
                },
                _ => at,
            };
            let message = format!(
                "this text can not be filled: {}",
                error.detail().unwrap_or("a brace is open")
            );
            sink.error(
                "V12",
                at,
                message,
                "values stand in double braces: `{{ client.name }}`",
            );
            false
        }
    }
}

fn paths(found: Vec<(&str, At)>, printed: bool, loops: &[&str], sink: Sink<'_>) -> Vec<Named> {
    let mut named = Vec::new();
    for (inner, at) in found {
        let mut parts = inner
            .trim_matches(['-', ' ', '\t', '\n'])
            .split('|')
            .map(str::trim);
        let path = parts.next().unwrap_or_default();
        if let Some(filter) = parts.find(|filter| !FILTERS.contains(filter)) {
            let message = format!("`{}` is not known as a way to write a value", short(filter));
            sink.error(
                "V12",
                at,
                message,
                format!("there is: {}", FILTERS.join(", ")),
            );
        } else if !is_path(path) {
            let message = format!("`{}` is not the name of a value", short(path));
            sink.error(
                "V12",
                at,
                message,
                "write a name, such as `{{ client.name }}`; nothing is computed in a text",
            );
        } else if !loops.contains(&path.split('.').next().unwrap_or_default()) {
            named.push(Named {
                path: path.to_owned(),
                at,
                printed,
            });
        }
    }
    named
}

fn is_path(path: &str) -> bool {
    path.split('.').all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// `if client.contact`, `for item in items`: the path it names, if any.
fn statement(inner: &str) -> Result<Option<&str>, String> {
    let words: Vec<_> = inner
        .trim_matches(['-', ' ', '\t', '\n'])
        .split_whitespace()
        .collect();
    match words.as_slice() {
        ["else" | "endif" | "endfor"] => Ok(None),
        ["if" | "elif", path] | ["if" | "elif", "not", path] | ["for", _, "in", path] => {
            Ok(Some(path))
        }
        _ => Err(format!(
            "`{{% {} %}}` is not known here",
            short(inner.trim())
        )),
    }
}

fn loop_name(inner: &str) -> Option<&str> {
    let mut words = inner
        .trim_matches(['-', ' ', '\t', '\n'])
        .split_whitespace();
    (words.next() == Some("for"))
        .then(|| words.next())
        .flatten()
}

fn placeholders(text: &str) -> impl Iterator<Item = (usize, &str)> {
    between(text, "{{", "}}")
}

fn statements(text: &str) -> impl Iterator<Item = (usize, &str)> {
    between(text, "{%", "%}")
}

/// What stands between each pair, with the byte at which the pair begins.
fn between<'t>(
    text: &'t str,
    open: &'static str,
    close: &'static str,
) -> impl Iterator<Item = (usize, &'t str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text.get(from..)?.find(open)?;
        let inner = start + open.len();
        let end = inner + text[inner..].find(close)?;
        from = end + close.len();
        Some((start, &text[inner..end]))
    })
}

fn place(text: &str, start: usize, inner: usize) -> At {
    let before = &text[..start];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let width = text[start..start + inner + 4]
        .lines()
        .next()
        .map_or(1, |line| line.chars().count());
    At {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        width,
    }
}
