//! Sets a view in type: one template, two compiled-in fonts, and a file to carry along, nothing else to read.
//! It must not know what an invoice is.

use std::sync::LazyLock;

use domain::company::Letterhead;
use serde::Serialize;
use typst_layout::PagedDocument;
use typst_library::diag::{FileError, FileResult, SourceDiagnostic};
use typst_library::foundations::{Bytes, Datetime, Duration, Smart};
use typst_library::text::{Font, FontBook};
use typst_library::{Library, World};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};
use typst_syntax::{DiagSpanKind, FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst_utils::LazyHash;

use super::compiler;

/// The template as it is shipped, for a team that begins its own with it.
pub const TEMPLATE: &str = include_str!("../../invoice/invoice.typ");
const FONTS: [&[u8]; 2] = [
    include_bytes!("../../fonts/Inter-Regular.otf"),
    include_bytes!("../../fonts/Inter-SemiBold.otf"),
];

/// What never changes between documents; read once per process.
struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    template: Source,
    /// The same template with one more line, which attaches what it is given.
    carrying: Source,
    view: FileId,
    attached: FileId,
    logo: FileId,
}

const LOGO: &str = "logo.svg";

/// Named as Factur-X wants it. The same content for a machine that the pages have for a person, so an alternative.
const ATTACHED: &str = "factur-x.xml";
const ATTACH: &str = r#"
#pdf.attach("factur-x.xml", relationship: "alternative", mime-type: "text/xml", description: "The invoice as XML by EN 16931")
"#;

static PRESS: LazyLock<Press> = LazyLock::new(|| {
    let fonts: Vec<Font> = FONTS
        .into_iter()
        .flat_map(|font| Font::iter(Bytes::new(font)))
        .collect();
    Press {
        library: LazyHash::new(compiler::library()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        template: Source::new(file("invoice.typ"), TEMPLATE.to_owned()),
        carrying: Source::new(file("carrying.typ"), format!("{TEMPLATE}{ATTACH}")),
        view: file("view.json"),
        attached: file(ATTACHED),
        logo: file(LOGO),
    }
});

fn file(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("a plain file name is a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// One document on the press.
struct Sheet {
    source: Source,
    view: Bytes,
    attached: Option<Bytes>,
    logo: Option<Bytes>,
}

impl Sheet {
    fn new(
        view: &impl Printed,
        attached: Option<&str>,
        letterhead: &Letterhead,
    ) -> Result<Sheet, PdfError> {
        let bytes = |text: &str| Bytes::new(text.as_bytes().to_vec());
        let mut view = serde_json::to_value(view)?;
        view["logo"] = letterhead.logo.as_ref().map(|_| LOGO).into();
        let source = match (&letterhead.template, attached) {
            (None, None) => PRESS.template.clone(),
            (None, Some(_)) => PRESS.carrying.clone(),
            (Some(own), None) => Source::new(file("own.typ"), own.clone()),
            (Some(own), Some(_)) => Source::new(file("own.typ"), format!("{own}{ATTACH}")),
        };
        Ok(Sheet {
            source,
            view: Bytes::new(serde_json::to_vec(&view)?),
            attached: attached.map(bytes),
            logo: letterhead.logo.as_deref().map(bytes),
        })
    }
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &PRESS.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &PRESS.book
    }

    fn main(&self) -> FileId {
        self.source.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.source.id() {
            Ok(self.source.clone())
        } else {
            Err(missing(id))
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = match id {
            _ if id == PRESS.view => Some(&self.view),
            _ if id == PRESS.attached => self.attached.as_ref(),
            _ if id == PRESS.logo => self.logo.as_ref(),
            _ => None,
        };
        found.cloned().ok_or_else(|| missing(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        PRESS.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn missing(id: FileId) -> FileError {
    FileError::NotFound(id.get().vpath().get_without_slash().into())
}

/// What the template needs of any view.
pub(super) trait Printed: Serialize {
    /// Identifies the document for good; no two documents share it.
    fn ident(&self) -> String;
}

/// PDF/A-3b, with `attached` in it where there is something to carry.
pub(super) fn pdf(
    view: &impl Printed,
    attached: Option<&str>,
    letterhead: &Letterhead,
) -> Result<Vec<u8>, PdfError> {
    let sheet = Sheet::new(view, attached, letterhead)?;
    let document = set(&sheet)?;
    let standards = PdfStandards::new(&[PdfStandard::A_3b]).map_err(|error| PdfError::Layout {
        line: None,
        what: error.message().to_string(),
    })?;
    let options = PdfOptions {
        ident: Smart::Custom(view.ident()),
        creator: Smart::Custom(Some("Baton".to_owned())),
        standards,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| refused(&errors, &sheet))?;
    // What layout remembers would otherwise grow with every document a warm function makes.
    comemo::evict(0);
    Ok(bytes)
}

fn set(sheet: &Sheet) -> Result<PagedDocument, PdfError> {
    compiler::compile(sheet, &sheet.source).map_err(|errors| refused(&errors, sheet))
}

/// The text of each page in the order it is drawn, for tests that read what was set.
#[cfg(test)]
pub(super) fn text_of_pages(view: &impl Printed) -> Vec<String> {
    use typst_library::layout::{Frame, FrameItem};
    fn collect(frame: &Frame, text: &mut String) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => collect(&group.frame, text),
                FrameItem::Text(run) => text.push_str(&run.text),
                _ => {}
            }
        }
    }
    let sheet = Sheet::new(view, None, &Letterhead::default()).expect("a test's view is JSON");
    let document = set(&sheet).expect("a test's view can be set");
    let page = |page: &typst_layout::Page| {
        let mut text = String::new();
        collect(&page.frame, &mut text);
        text
    };
    document.pages().iter().map(page).collect()
}

/// Whether one of the fonts has a shape for `c`.
pub(super) fn draws(c: char) -> bool {
    PRESS
        .fonts
        .iter()
        .any(|font| font.info().coverage.contains(u32::from(c)))
}

fn refused(errors: &[SourceDiagnostic], sheet: &Sheet) -> PdfError {
    let mut said: Vec<&str> = Vec::new();
    for error in errors {
        if !said.contains(&error.message.as_str()) {
            said.push(&error.message);
        }
    }
    let what = said.join("; ");
    let line = errors
        .first()
        .and_then(|error| line_of(error, &sheet.source));
    PdfError::Layout { line, what }
}

/// The line of the template that an error is about, from 1. One of a library function is about the line that called it.
fn line_of(error: &SourceDiagnostic, source: &Source) -> Option<usize> {
    let range = match error.span.get() {
        DiagSpanKind::Detached => None,
        DiagSpanKind::Number { id, num, sub_range } => {
            (id == source.id()).then(|| source.range(num, sub_range))?
        }
        DiagSpanKind::Range { id, range } => (id == source.id()).then_some(range),
    };
    Some(source.lines().byte_to_line(range?.start)? + 1)
}

#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("the document cannot be set in type: {what}")]
    Layout {
        /// Of the template, from 1.
        line: Option<usize>,
        what: String,
    },
    #[error("the document's view cannot be written: {0}")]
    View(#[from] serde_json::Error),
    #[error("the document cannot be marked as an electronic invoice: {0}")]
    Mark(&'static str),
}

impl PdfError {
    /// The line of the template where it went wrong, from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            PdfError::Layout { line, .. } => *line,
            _ => None,
        }
    }
}
