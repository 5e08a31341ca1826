//! The frame around every page: head, style, header, main.
//! It must not know what the page is about.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");

/// The style of every page, as a Content-Security-Policy names it: `'sha256-…'`. No other style, and no script, is ours.
pub fn style_source() -> String {
    format!(
        "'sha256-{}'",
        STANDARD.encode(Sha256::digest(STYLE.as_bytes()))
    )
}

pub(crate) fn page(title: &str, header: &Markup, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { header { (header) } main { (body) } }
        }
    }
    .into_string()
}

/// A relative address; whatever a part holds, it stays one part of the path.
pub(crate) fn address(parts: &[&str]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let encoded = |part: &&str| -> String {
        part.bytes()
            .map(|byte| {
                if plain(&byte) {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect()
    };
    parts.iter().map(encoded).collect::<Vec<_>>().join("/")
}
