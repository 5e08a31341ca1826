//! A page of the book as one HTML file that needs nothing else: no script, no font, no picture beside it.
//! It must not know what stands on the page; the Markdown says that.

use maud::{DOCTYPE, PreEscaped, html};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::page::MADE;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%}\
td,th{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid #8884}\
code{font-size:.9em;overflow-wrap:anywhere}\
pre{overflow-x:auto}\
figure{margin:1rem 0;overflow-x:auto;background:#fff;border-radius:.5rem;padding:.5rem}\
figure svg{max-width:100%;height:auto}\
@media print{body{max-width:none;margin:0}}";

/// The name of the page beside a Markdown page: `ready_for_qa.html`.
pub fn html_name(name: &str) -> String {
    format!("{}.html", name.trim_end_matches(".md"))
}

/// The page as HTML. A drawing that can not be drawn stays as its text.
pub fn html(markdown: &str) -> String {
    let mut title = String::new();
    let body = body(markdown, &mut title);
    let page = html! {
        (PreEscaped(MADE)) "\n"
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (PreEscaped(body)) }
        }
    };
    page.into_string()
}

fn body(markdown: &str, title: &mut String) -> String {
    let mut events = Vec::new();
    let (mut drawing, mut in_heading) = (None::<String>, false);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) if &*kind == "mermaid" => {
                drawing = Some(String::new());
            }
            Event::End(TagEnd::CodeBlock) if drawing.is_some() => {
                events.push(drawn(&drawing.take().unwrap_or_default()));
            }
            Event::Text(text) if drawing.is_some() => {
                if let Some(drawing) = &mut drawing {
                    drawing.push_str(&text);
                }
            }
            // What people wrote is text, never part of the page.
            Event::Html(raw) | Event::InlineHtml(raw) if raw.trim() != MADE => {
                events.push(Event::Text(raw));
            }
            Event::Html(_) | Event::InlineHtml(_) => {}
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }) => {
                let dest_url = match dest_url.strip_suffix(".md") {
                    Some(name) if !name.contains(':') => format!("{name}.html").into(),
                    // A link may lead to a page, a mail or another file, and run nothing.
                    _ if is_plain(&dest_url) => dest_url,
                    _ => "#".into(),
                };
                events.push(Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    id,
                }));
            }
            other => {
                match &other {
                    Event::Start(Tag::Heading { .. }) if title.is_empty() => in_heading = true,
                    Event::End(TagEnd::Heading(_)) => in_heading = false,
                    Event::Text(text) | Event::Code(text) if in_heading => title.push_str(text),
                    _ => {}
                }
                events.push(other);
            }
        }
    }
    let mut body = String::new();
    pulldown_cmark::html::push_html(&mut body, events.into_iter());
    body
}

fn is_plain(link: &str) -> bool {
    let scheme = link
        .split_once(':')
        .map(|(scheme, _)| scheme.to_lowercase());
    scheme.is_none_or(|scheme| matches!(scheme.as_str(), "http" | "https" | "mailto"))
}

fn drawn(text: &str) -> Event<'static> {
    // The renderer takes marks of weight for letters.
    let plain = text.replace("<b>", "").replace("</b>", "");
    match mermaid_rs_renderer::render(&plain) {
        Ok(svg) => Event::Html(format!("<figure>{svg}</figure>\n").into()),
        Err(_) => Event::Code(text.to_owned().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::sample::{files, workspace};
    use crate::book::{Book, Links, page};

    #[test]
    fn a_page_has_its_drawing_and_its_steps() {
        let files = files(&[]);
        let workspace = workspace(&files);
        let book = Book::new(&workspace, &files);
        for workflow in book.workflows.iter().step_by(6) {
            let page = html(&page(workflow, &book, Links::Files));
            assert!(page.starts_with(MADE), "{page}");
            assert_eq!(page.matches("<svg").count(), 1, "{}", workflow.id);
            assert!(
                !page.contains("flowchart TD") && !page.contains(".md\""),
                "{page}"
            );
            for step in &workflow.steps {
                assert!(
                    page.contains(&format!(">{}</tspan>", step.id))
                        || page.contains(step.id.as_str())
                );
            }
        }
    }

    #[test]
    fn what_people_noted_never_becomes_part_of_the_page() {
        let page = html(
            "# A <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[go](javascript:alert) [on](b.md) [away](https://example.com)\n",
        );
        assert!(
            !page.contains("<script>") && !page.contains("<img"),
            "{page}"
        );
        assert!(!page.contains("javascript:"), "{page}");
        assert!(
            page.contains("href=\"b.html\"") && page.contains("href=\"https://example.com\""),
            "{page}"
        );
    }
}
