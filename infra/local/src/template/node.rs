//! The template as a tree that remembers its lines, with both spellings of an intrinsic made one.
//! It must not know what a resource is.

/// Anything in the template.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A plain scalar, written without quotes, may be a number, a truth value or nothing.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// An intrinsic by its long name: `Ref`, `Fn::Sub`, …
    Call {
        function: String,
        argument: Box<Node>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) value: Node,
}

impl Node {
    pub(super) fn text(line: usize, text: impl Into<String>) -> Self {
        let kind = Kind::Scalar {
            text: text.into(),
            plain: false,
        };
        Self { line, kind }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn as_map(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let entries = self.as_map()?;
        entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// What this is, as a sentence names it.
    pub(super) fn describe(&self) -> String {
        match &self.kind {
            Kind::Scalar { text, plain: true } if is_nothing(text) => "nothing".to_owned(),
            Kind::Scalar { text, .. } => format!("`{text}`"),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a map".to_owned(),
            Kind::Call { function, .. } => function.clone(),
        }
    }
}

/// How YAML writes that there is nothing, when there are no quotes.
pub(super) fn is_nothing(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}

/// A plain scalar that AWS's reader, by the older YAML rules, takes for something else than what is written:
/// `yes` for true, `010` for eight, `1_000` for a thousand, `12:30` for 750.
pub(super) fn is_ambiguous(plain: &str) -> bool {
    let lower = plain.to_ascii_lowercase();
    if matches!(lower.as_str(), "yes" | "no" | "on" | "off") {
        return true;
    }
    let number = lower.strip_prefix(['-', '+']).unwrap_or(&lower);
    let is_of = |allowed: &str| {
        let allowed = |byte: u8| byte.is_ascii_digit() || allowed.as_bytes().contains(&byte);
        number.starts_with(|first: char| first.is_ascii_digit()) && number.bytes().all(allowed)
    };
    let is_octal = number.len() > 1 && number.starts_with('0') && is_of("");
    let is_prefixed =
        number.starts_with("0x") || number.starts_with("0b") || number.starts_with("0o");
    let is_grouped = number.contains(['_', ':']) && is_of("_:");
    is_octal || is_grouped || (is_prefixed && number.len() > 2)
}
