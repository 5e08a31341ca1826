//! Texts as Markdown takes them: escaped, as code, and hand-written notes one level down.
//! It must not know what a page is about.

/// Text that shows as it was written, on one line.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        // Within a word an underscore is only itself.
        let is_inside =
            before.is_alphanumeric() && rest.peek().is_some_and(|c| c.is_alphanumeric());
        before = c;
        match c {
            '_' if is_inside => out.push(c),
            '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '|' | '#' | '~' | '&' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text as code, also in a cell of a table.
pub fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let text = text.replace('|', "\\|");
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let gap = if longest == 0 { "" } else { " " };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// Notes to stand under a heading of the second level: a first heading that repeats `title` is dropped, the others go
/// two levels down. What stands in fenced blocks is left alone.
pub fn under(notes: &str, title: &str) -> String {
    let mut lines = Vec::new();
    let mut fence: Option<&str> = None;
    let mut is_first = true;
    for line in notes.lines() {
        let text = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| text.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        let is_heading =
            fence.is_none() && (1..=6).contains(&level) && line[level..].starts_with(' ');
        let repeats = is_first && is_heading && line[level..].trim() == title;
        is_first = is_first && text.is_empty();
        if repeats {
            continue;
        }
        if is_heading {
            lines.push(format!(
                "{}{}",
                "#".repeat((level + 2).min(6)),
                &line[level..]
            ));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(
            plain("a|b <c> [d](e)\n*f*"),
            "a\\|b \\<c\\> \\[d\\](e) \\*f\\*"
        );
        assert_eq!(plain("ops_lead _x_ a__b"), "ops_lead \\_x\\_ a\\_\\_b");
        assert_eq!(code("a.b"), "`a.b`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("a|b"), "`a\\|b`");
    }

    #[test]
    fn notes_go_below_the_page_and_their_code_is_left_alone() {
        let notes = "\n# Title\n\nText\n\n## Part\n\n```sh\n# remark\n```\n#hash\n";
        assert_eq!(
            under(notes, "Title"),
            "Text\n\n#### Part\n\n```sh\n# remark\n```\n#hash"
        );
        assert_eq!(under("# Other\nx", "Title"), "### Other\nx");
        assert_eq!(under("", "Title"), "");
    }
}
