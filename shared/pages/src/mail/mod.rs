//! A mail from its template: subject, plain text and HTML say the same.
//! It must not know who gets it nor send it.

mod html;
pub mod views;

use minijinja::value::Serde;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};
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
    /// Also a name that the view does not have: a mail never goes out with an empty place.
    #[error("the mail template can not be filled: {0}")]
    Template(String),
    /// A line break in a header would let a value add headers of its own.
    #[error("the subject of a mail must be one line, not {0:?}")]
    SubjectBreaks(String),
}

/// Fills `template` from `view`.
pub fn render(template: &str, view: &impl Serialize) -> Result<Rendered, MailError> {
    let (subject, body) = split(template)?;
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|error| MailError::Template(error.to_string()))?);
    let fill = |text: &str| {
        environment
            .render_str(text, minijinja::Value::from(Serde(view)))
            .map_err(|error| MailError::Template(format!("{error:#}")))
    };
    let subject = fill(subject)?.trim().to_owned();
    if subject.is_empty() || subject.contains(['\r', '\n']) {
        return Err(MailError::SubjectBreaks(subject));
    }
    let text = tidy(&fill(body)?);
    // The HTML is made from the filled text, and all of it is escaped: no value can bring markup along.
    let html = html::page(&subject, &text);
    Ok(Rendered { subject, text, html })
}

/// The names that a template uses, for the loader to compare with what a case has.
pub fn names_used(template: &str) -> Result<Vec<String>, MailError> {
    let (subject, body) = split(template)?;
    let environment = Environment::new();
    let mut names = Vec::new();
    for text in [subject, body] {
        let parsed = environment.template_from_str(text).map_err(|error| MailError::Template(error.to_string()))?;
        names.extend(parsed.undeclared_variables(true));
    }
    names.sort();
    names.dedup();
    Ok(names)
}

fn split(template: &str) -> Result<(&str, &str), MailError> {
    let (first, body) = template.split_once('\n').ok_or(MailError::NoSubject)?;
    let subject = first.trim().strip_prefix("subject:").ok_or(MailError::NoSubject)?;
    Ok((subject.trim(), body.trim_start_matches(['\r', '\n'])))
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
