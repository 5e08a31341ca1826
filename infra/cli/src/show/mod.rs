//! How everything reaches the reader: text with colour on a terminal, one JSON document with `--json`, progress on standard error.
//! It must not know what is said.

mod layout;
mod progress;

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

pub use layout::{
    ALERT, BOLD, Cell, DIM, FRESH, GOOD, PLAIN, WARM, WIDTH, columns, noted, paint, width,
};
pub use progress::Progress;

use crate::failure::Failure;

/// Where a verb's words go.
#[derive(Debug, Clone, Copy)]
pub struct Out {
    pub is_json: bool,
}

impl Out {
    pub fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// Prints text, unless JSON was asked for. Whoever closed the pipe has read enough, so that is no failure.
    pub fn say(&self, text: &str) {
        if !self.is_json {
            let _ = writeln!(anstream::stdout().lock(), "{text}");
        }
    }

    /// Prints one JSON document, if that was asked for.
    pub fn json(&self, value: &impl Serialize) {
        if self.is_json {
            let text = serde_json::to_string_pretty(value).unwrap_or_default();
            let _ = writeln!(anstream::stdout().lock(), "{text}");
        }
    }

    /// Prints one JSON document on a line of its own: one of many.
    pub fn json_line(&self, value: &impl Serialize) {
        if self.is_json {
            let text = serde_json::to_string(value).unwrap_or_default();
            let _ = writeln!(anstream::stdout().lock(), "{text}");
        }
    }

    /// Whether standard output can show colour.
    pub fn has_colour(&self) -> bool {
        anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
    }

    /// Prints a failure and gives the exit code that goes with it.
    pub fn fail(&self, failure: &Failure) -> ExitCode {
        if !failure.is_told {
            self.json(&json!({ "error": failure.message, "help": failure.help }));
            let mut text = format!("{} {}", paint(ALERT, "error:"), failure.message);
            if let Some(help) = &failure.help {
                for (place, line) in help.lines().enumerate() {
                    let lead = if place == 0 {
                        paint(GOOD, " help:")
                    } else {
                        "      ".to_owned()
                    };
                    text.push_str(&format!("\n{lead} {line}"));
                }
            }
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
        ExitCode::from(failure.kind.exit_code())
    }
}
