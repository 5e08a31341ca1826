//! Aligned columns, cut lines and the few colours: text that fits a terminal of 100 columns.
//! It must not know what the text means.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

/// Nothing printed here is wider, so that it reads well on a terminal of 100 columns.
pub const WIDTH: usize = 98;

pub const PLAIN: Style = Style::new();
pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const WARM: Style = AnsiColor::Yellow.on_default();
pub const ALERT: Style = AnsiColor::Red.on_default().bold();
pub const FRESH: Style = AnsiColor::Cyan.on_default().bold();

/// Text in a style; colour is taken out again where the reader has none.
pub fn paint(style: Style, text: &str) -> String {
    if style == PLAIN || text.is_empty() {
        return text.to_owned();
    }
    format!("{style}{text}{style:#}")
}

/// One cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub style: Style,
}

impl Cell {
    pub fn new(style: Style, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(PLAIN, text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(PLAIN, text)
    }
}

/// Columns on a terminal, however many bytes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text without what would move the cursor, cut to `columns` with an ellipsis.
pub fn fit(text: &str, columns: usize) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if width(&clean) <= columns {
        return clean;
    }
    let mut kept = String::new();
    for c in clean.chars() {
        if width(&kept) + width(c.encode_utf8(&mut [0; 4])) + 1 > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// Lines of at most `columns`, broken between words; a longer word is cut.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is always a line");
        if last.is_empty() {
            *last = fit(word, columns);
        } else if width(last) + 1 + width(word) <= columns {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(fit(word, columns));
        }
    }
    lines
}

/// A lead, the text after it on as many lines as it takes, and a quiet note: at the right edge where there is room,
/// on a line of its own where there is none. Nothing is cut.
pub fn noted(lead: &str, lead_width: usize, text: &str, note: &str) -> String {
    let room = WIDTH.saturating_sub(lead_width);
    let indent = " ".repeat(lead_width);
    let mut lines = wrap(text, room);
    let last_width = lines.last().map_or(0, |line| width(line));
    if !note.is_empty() {
        let note_width = width(note);
        match lines.last_mut() {
            Some(last) if last_width + 2 + note_width <= room => {
                last.push_str(&" ".repeat(room - last_width - note_width));
                last.push_str(&paint(DIM, note));
            }
            _ => lines.extend(wrap(note, room).iter().map(|line| paint(DIM, line))),
        }
    }
    format!("{lead}{}", lines.join(&format!("\n{indent}")))
}

/// Rows with aligned columns, two spaces between them, `indent` before the first. The widest column gives way
/// where a row would be wider than [`WIDTH`].
pub fn columns(indent: usize, rows: &[Vec<Cell>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut widths: Vec<usize> = (0..count)
        .map(|place| {
            rows.iter()
                .filter_map(|row| row.get(place))
                .map(|cell| width(&cell.text))
                .max()
                .unwrap_or_default()
        })
        .collect();
    let room = WIDTH.saturating_sub(indent + 2 * count.saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let widest = widths
            .iter()
            .enumerate()
            .max_by_key(|(_, width)| **width)
            .map(|(place, _)| place);
        match widest.and_then(|place| widths.get_mut(place)) {
            Some(width) if *width > 1 => *width -= 1,
            _ => break,
        }
    }
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let mut line = " ".repeat(indent);
        for (place, cell) in row.iter().enumerate() {
            let text = fit(&cell.text, widths[place]);
            let is_last = row[place + 1..].iter().all(|cell| cell.text.is_empty());
            line.push_str(&paint(cell.style, &text));
            if is_last {
                break;
            }
            line.push_str(&" ".repeat(widths[place] - width(&text) + 2));
        }
        out.push(line);
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let row = |cells: [&str; 3]| cells.map(Cell::from).to_vec();
        let text = columns(
            2,
            &[
                row(["Zoë", "task", "due Mon"]),
                row(["李明", "checklist", ""]),
                row(["Al", "x", "due Tue"]),
            ],
        );
        insta::assert_snapshot!(text, @r"
          Zoë   task       due Mon
          李明  checklist
          Al    x          due Tue
        ");
    }

    #[test]
    fn a_note_stands_at_the_edge_or_below_and_nothing_is_cut() {
        let title = "Bring the final version for Harbour Clinic to acceptance";
        let due = "due Mon 28 Dec 14:00, warns Wed 16 Dec 10:00";
        let told = [
            noted("  Luis  ", 8, "Hand over", due),
            noted("  Luis  ", 8, title, due),
            noted("  Luis  ", 8, &format!("{title}, {title}"), due),
            noted("  Luis  ", 8, title, ""),
        ];
        let plain = anstream::adapter::strip_str(&told.join("\n")).to_string();
        assert!(plain.lines().all(|line| width(line) <= WIDTH), "{plain}");
        insta::assert_snapshot!(plain, @r"
          Luis  Hand over                                     due Mon 28 Dec 14:00, warns Wed 16 Dec 10:00
          Luis  Bring the final version for Harbour Clinic to acceptance
                due Mon 28 Dec 14:00, warns Wed 16 Dec 10:00
          Luis  Bring the final version for Harbour Clinic to acceptance, Bring the final version for
                Harbour Clinic to acceptance                  due Mon 28 Dec 14:00, warns Wed 16 Dec 10:00
          Luis  Bring the final version for Harbour Clinic to acceptance
        ");
    }

    #[test]
    fn nothing_is_wider_than_the_screen() {
        let long = "word ".repeat(60);
        let text = columns(
            4,
            &[vec![
                "one".into(),
                long.as_str().into(),
                "2026-11-23".into(),
            ]],
        );
        assert_eq!(width(&text), WIDTH);
        assert!(text.ends_with("…  2026-11-23"), "{text}");
        assert_eq!(fit("tab\there\u{1b}[31m", 40), "tab here [31m");
        assert_eq!(fit("abcdef", 4), "abc…");
    }
}
