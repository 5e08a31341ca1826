//! A mail from its template: subject, plain text and HTML say the same.
//! It must not know who gets it nor send it.

mod html;
pub mod views;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Error, ErrorKind, Value, escape_formatter};
use serde::Serialize;

/// A mail's three texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    #[error("a mail template begins with a line `subject: …`, an empty line and the text")]
    NoSubject,
    #[error("the mail template can not be filled: {0}")]
    Template(String),
    /// A mail never goes out with an empty place.
    #[error("the mail says {}, which has no value here", listed(.0))]
    NoValue(Vec<String>),
    /// A line break in a header would let a value add headers of its own.
    #[error("the subject of a mail must be one line, not {0:?}")]
    SubjectBreaks(String),
}

fn listed(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" and ")
}

/// Fills `template`, written in English, from `view`.
///
/// The template is a line `subject: …`, an empty line, and paragraphs; lines that begin with `- ` are a list,
/// `# ` makes a line stand out, a link alone on its line is a button, and what follows a line `--` is small print.
/// A value of several lines is set on one, so that no value can bring a list or a paragraph along.
pub fn render(template: &str, view: &impl Serialize) -> Result<Rendered, MailError> {
    render_in("en", template, view)
}

/// Like [`render`], for a template in `language` (an IETF tag, such as `de`).
pub fn render_in(
    language: &str,
    template: &str,
    view: &impl Serialize,
) -> Result<Rendered, MailError> {
    let (subject, body) = split(template)?;
    let subject = fill(subject, view, whole)?.trim().to_owned();
    if subject.is_empty() || subject.contains(char::is_control) {
        return Err(MailError::SubjectBreaks(subject));
    }
    let text = tidy(&fill(body, view, on_one_line)?);
    // The HTML is made from the filled text, and all of it is escaped: no value can bring markup along.
    let html = html::page(language, &subject, &text);
    Ok(Rendered {
        subject,
        text: plain(&text),
        html,
    })
}

fn fill(
    text: &str,
    view: &impl Serialize,
    shaped: fn(&Value) -> Value,
) -> Result<String, MailError> {
    let refused = |error: Error| MailError::Template(format!("{error:#}"));
    let mut environment = domain::value::engine();
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(refused)?,
    );
    environment.set_formatter(move |out, state, value| match value.is_none() {
        true => Err(Error::from(ErrorKind::UndefinedError)),
        false => escape_formatter(out, state, &shaped(value)),
    });
    let template = environment.template_from_str(text).map_err(refused)?;
    let view = Value::from(Serde(view));
    template.render(&view).map_err(|error| match error.kind() {
        ErrorKind::UndefinedError => {
            let mut names: Vec<_> = template
                .undeclared_variables(true)
                .into_iter()
                .filter(|name| !has(&view, name))
                .collect();
            names.sort();
            MailError::NoValue(names)
        }
        _ => refused(error),
    })
}

/// Whether the path `name` leads to a value.
fn has(view: &Value, name: &str) -> bool {
    let found = name
        .split('.')
        .try_fold(view.clone(), |value, part| value.get_attr(part).ok());
    found.is_some_and(|value| !value.is_undefined() && !value.is_none())
}

fn whole(value: &Value) -> Value {
    value.clone()
}

fn on_one_line(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.contains(char::is_control) => Value::from(
            text.split(char::is_control)
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
        ),
        _ => value.clone(),
    }
}

fn split(template: &str) -> Result<(&str, &str), MailError> {
    let (first, body) = template.split_once('\n').ok_or(MailError::NoSubject)?;
    let subject = first
        .trim()
        .strip_prefix("subject:")
        .ok_or(MailError::NoSubject)?;
    Ok((subject.trim(), body.trim_start_matches(['\r', '\n'])))
}

/// What stands out in HTML stands alone in plain text; `-- ` is how mail programs know small print.
fn plain(text: &str) -> String {
    let line = |line: &str| match line {
        "--" => "-- \n".to_owned(),
        other => format!("{}\n", other.strip_prefix("# ").unwrap_or(other)),
    };
    text.lines().map(line).collect()
}

/// At most one empty line between paragraphs, whatever the conditions of a template left behind.
fn tidy(text: &str) -> String {
    let mut tidy = String::new();
    let mut empty = true;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            if !empty {
                tidy.push('\n');
            }
            empty = true;
        } else {
            tidy.push_str(line);
            tidy.push('\n');
            empty = false;
        }
    }
    format!("{}\n", tidy.trim_end())
}
