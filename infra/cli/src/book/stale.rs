//! Notes that nobody has looked at for a while: by their own line `Checked: 2026-11-23`, else by the age of their file.
//! It must not know what they say.

use jiff::civil::Date;
use serde::Serialize;

/// After so many days somebody should read them again.
pub const STALE_DAYS: i32 = 90;

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Stale {
    /// `runbooks/ready-for-qa.md`
    pub file: String,
    pub checked_on: Date,
    pub days: i32,
}

/// What the notes in `file` say of themselves; `written_on` is the date of the file. `None`: they are fresh.
pub fn stale(file: &str, text: &str, written_on: Option<Date>, today: Date) -> Option<Stale> {
    let said = text.lines().rev().find_map(|line| {
        let date = line.trim().strip_prefix("Checked:")?;
        date.trim().trim_end_matches('.').parse().ok()
    });
    let checked_on: Date = said.or(written_on)?;
    let days = checked_on.until(today).ok()?.get_days();
    (STALE_DAYS <= days).then(|| Stale {
        file: file.to_owned(),
        checked_on,
        days,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn notes_are_stale_ninety_days_after_they_were_checked() {
        let today = date(2026, 11, 23);
        let text = "# A\n\nChecked: 2026-08-25\n";
        let found = stale("a.md", text, Some(today), today);
        assert_eq!(found.map(|found| found.days), Some(90));
        assert_eq!(
            stale("a.md", "# A\n\nChecked: 2026-08-26.", None, today),
            None
        );
        // Without a line of their own the file's date counts; without either nothing is known.
        let old = stale("a.md", "# A", Some(date(2026, 1, 1)), today);
        assert_eq!(old.map(|old| old.days), Some(326));
        assert_eq!(stale("a.md", "Checked: soon", None, today), None);
    }
}
