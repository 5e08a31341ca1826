//! Values a case carries: dotted paths into them and the texts filled from them.
//! Templates come from workflow files only; nothing from an event is ever compiled.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, filters};
use serde_json::{Map, Value};

/// The values that a workflow's lines may use, by name.
pub type Values = Map<String, Value>;

/// The value at a dotted path such as `client.contact`; a number steps into a list.
pub fn at<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(root, |value, part| match value {
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

/// Like [`at`], from a set of named values.
pub fn named<'a>(values: &'a Values, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        None => values.get(path),
        Some((name, rest)) => at(values.get(name)?, rest),
    }
}

/// What a text may send a value through, as in `{{ client.name | upper }}`.
pub const FILTERS: [&str; 5] = ["capitalize", "lower", "title", "trim", "upper"];

/// What fills every text: it knows [`FILTERS`] and nothing else of minijinja's own. A name without a value is an error.
pub fn engine<'text>() -> Environment<'text> {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.add_filter("capitalize", filters::capitalize);
    engine.add_filter("lower", filters::lower);
    engine.add_filter("title", filters::title);
    engine.add_filter("trim", filters::trim);
    engine.add_filter("upper", filters::upper);
    engine
}

/// Fills a one-line text such as `Hold the kickoff with {{ client.name }}`. A name that is not among the values
/// is an error, never an empty place.
pub fn fill(text: &str, values: &Values) -> Result<String, String> {
    if !text.contains("{{") {
        return Ok(text.to_owned());
    }
    engine()
        .render_str(text, Serde(values))
        .map_err(|error| format!("the text \"{text}\" can not be filled: {error}"))
}
