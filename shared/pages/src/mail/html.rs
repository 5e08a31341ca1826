//! The HTML part of a mail: one column, big enough for a phone, readable in light and dark.
//! Its input is plain text; everything in it is escaped.

use maud::{DOCTYPE, Markup, PreEscaped, html};

// Size and shape stand at the elements themselves, because some programs drop the style block;
// colours stand in the block, because only there can they differ in the dark.
const BODY: &str =
    "margin:0;padding:0;font:17px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const COLUMN: &str = "max-width:34rem;margin:0 auto;padding:28px 20px";
const STYLE: &str = "\
body{background:#f4f5f7;color:#1d2430}main{background:#fff}\
p{margin:0 0 1em;overflow-wrap:anywhere}ul{margin:0 0 1em;padding-left:1.2em}li{margin:.3em 0;overflow-wrap:anywhere}a{color:#0b5fb3}\
.lead{font-size:20px;line-height:1.35;font-weight:600}.ref{color:#5b6675;font-size:16px;border-top:1px solid #dde2ea;padding-top:1em;margin-top:1.5em}.ref p:last-child{margin:0}\
.go{display:inline-block;padding:13px 20px;border-radius:8px;background:#0b5fb3;color:#fff;text-decoration:none;font-weight:600}\
@media(prefers-color-scheme:dark){body{background:#11151b;color:#e7ebf1}main{background:#1a2029}a{color:#7db8ff}\
.ref{color:#9aa6b6;border-color:#2c3542}.go{background:#2f7fd6;color:#fff}}";

pub(super) fn page(language: &str, title: &str, text: &str) -> String {
    let (body, reference) = text.split_once("\n--\n").unwrap_or((text, ""));
    html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body style=(BODY) { main style=(COLUMN) {
                @for block in blocks(body) { (paragraph(block)) }
                @if !reference.is_empty() { div class="ref" { @for block in blocks(reference) { (paragraph(block)) } } }
            } }
        }
    }
    .into_string()
}

fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n")
        .map(|block| block.trim_matches('\n'))
        .filter(|block| !block.is_empty())
}

/// Lines that begin with `- ` make a list; a link alone on its line is a button; the rest is text.
fn paragraph(block: &str) -> Markup {
    let lines: Vec<&str> = block.lines().collect();
    let first_item = lines
        .iter()
        .position(|line| line.starts_with("- "))
        .unwrap_or(lines.len());
    let (text, items) = lines.split_at(first_item);
    html! {
        @if let [link] = text && let Some(host) = host(link) {
            // The button says where it leads, so that a link out of somebody's text can not pose as ours.
            p { a class="go" href=(link) { "Open " (host) } }
        } @else if let [title] = text && let Some(title) = title.strip_prefix("# ") {
            p class="lead" { (title) }
        } @else if !text.is_empty() {
            p { @for (at, line) in text.iter().enumerate() { @if at > 0 { br; } (line) } }
        }
        @if !items.is_empty() {
            ul { @for item in items { li { (item.strip_prefix("- ").unwrap_or(item)) } } }
        }
    }
}

/// The host of a line that is nothing but a link.
fn host(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("https://").or_else(|| {
        line.strip_prefix("http://")
            .filter(|rest| rest.starts_with("127.0.0.1"))
    })?;
    let host = rest.split(['/', '?', '#']).next()?;
    let plain = !host.is_empty() && !line.contains(char::is_whitespace) && !host.contains('@');
    plain.then_some(host)
}
