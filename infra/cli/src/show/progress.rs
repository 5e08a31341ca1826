//! Long work, said while it lasts: a line that moves on a terminal, two plain lines elsewhere.
//! It must not know what the work is.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// One piece of long work, on standard error.
pub struct Progress {
    bar: ProgressBar,
    what: String,
    since: Instant,
}

impl Progress {
    pub fn start(what: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        // The template is a constant; were it wrong, the bar's own one would do.
        if let Ok(style) =
            ProgressStyle::with_template("  {spinner} {prefix}  {elapsed}  {wide_msg}")
        {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        let progress = Self {
            bar,
            what: what.to_owned(),
            since: Instant::now(),
        };
        if progress.bar.is_hidden() {
            progress.plain(&format!("  {what} …"));
        } else {
            progress.bar.enable_steady_tick(Duration::from_millis(120));
        }
        progress
    }

    /// What it is at now.
    pub fn at(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }

    /// The work is done; the line that moved goes away.
    pub fn done(self) -> Duration {
        self.bar.finish_and_clear();
        let took = self.since.elapsed();
        if self.bar.is_hidden() && took > Duration::from_secs(2) {
            self.plain(&format!("  {} took {:.0} s", self.what, took.as_secs_f64()));
        }
        took
    }

    fn plain(&self, line: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{line}");
    }
}
