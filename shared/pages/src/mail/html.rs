//! The HTML part of a mail: one column, big enough for a phone, readable in light and dark.
//! Its input is plain text; everything in it is escaped.

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "\
body{margin:0;background:#f4f5f7;color:#1d2430;font:17px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}\
main{max-width:36rem;margin:0 auto;padding:28px 20px;background:#fff}\
p{margin:0 0 1em}ul{margin:0 0 1em;padding-left:1.2em}li{margin:.25em 0}a{color:#0b5fb3;word-break:break-word}\
.go{display:inline-block;padding:12px 18px;border-radius:8px;background:#0b5fb3;color:#fff;text-decoration:none}\
@media(prefers-color-scheme:dark){body{background:#11151b;color:#e7ebf1}main{background:#1a2029}a{color:#7db8ff}\
.go{background:#2f7fd6;color:#fff}}";

pub(super) fn page(title: &str, text: &str) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { @for block in text.trim().split("\n\n") { (paragraph(block)) } } }
        }
    }
    .into_string()
}

/// Lines that begin with `- ` make a list; a link alone on its line is a button; the rest is text.
fn paragraph(block: &str) -> Markup {
    let lines: Vec<&str> = block.lines().collect();
    let first_item = lines.iter().position(|line| line.starts_with("- ")).unwrap_or(lines.len());
    let (text, items) = lines.split_at(first_item);
    html! {
        @if let [link] = text && is_link(link) {
            p { a class="go" href=(link) { "Open" } }
        } @else if !text.is_empty() {
            p { @for (at, line) in text.iter().enumerate() { @if at > 0 { br; } (line) } }
        }
        @if !items.is_empty() {
            ul { @for item in items { li { (item.strip_prefix("- ").unwrap_or(item)) } } }
        }
    }
}

fn is_link(line: &str) -> bool {
    (line.starts_with("https://") || line.starts_with("http://127.0.0.1")) && !line.contains(char::is_whitespace)
}
