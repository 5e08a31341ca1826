//! Sets a view in type: one compiled-in template, two compiled-in fonts, nothing else to read.
//! It must not know what an invoice is.

use std::sync::LazyLock;

use serde::Serialize;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

const TEMPLATE: &str = include_str!("../../invoice/invoice.typ");
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
    view: FileId,
}

static PRESS: LazyLock<Press> = LazyLock::new(|| {
    let fonts: Vec<Font> = FONTS
        .into_iter()
        .flat_map(|font| Font::iter(Bytes::new(font)))
        .collect();
    Press {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        template: Source::new(file("invoice.typ"), TEMPLATE.to_owned()),
        view: file("view.json"),
    }
});

fn file(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("a plain file name is a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// One document on the press.
struct Sheet {
    view: Bytes,
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &PRESS.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &PRESS.book
    }

    fn main(&self) -> FileId {
        PRESS.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == PRESS.template.id() {
            Ok(PRESS.template.clone())
        } else {
            Err(missing(id))
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == PRESS.view {
            Ok(self.view.clone())
        } else {
            Err(missing(id))
        }
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

pub(super) fn pdf(view: &impl Printed) -> Result<Vec<u8>, PdfError> {
    let document = set(view)?;
    let standards = PdfStandards::new(&[PdfStandard::A_3b])
        .map_err(|error| PdfError::Layout(error.message().to_string()))?;
    let options = PdfOptions {
        ident: Smart::Custom(view.ident()),
        creator: Smart::Custom(Some("Baton".to_owned())),
        standards,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| refused(&errors))?;
    // What layout remembers would otherwise grow with every document a warm function makes.
    typst::comemo::evict(0);
    Ok(bytes)
}

fn set(view: &impl Printed) -> Result<PagedDocument, PdfError> {
    let json = serde_json::to_vec(view)?;
    let sheet = Sheet {
        view: Bytes::new(json),
    };
    typst::compile(&sheet)
        .output
        .map_err(|errors| refused(&errors))
}

/// The text of each page in the order it is drawn, for tests that read what was set.
#[cfg(test)]
pub(super) fn text_of_pages(view: &impl Printed) -> Vec<String> {
    use typst::layout::{Frame, FrameItem};
    fn collect(frame: &Frame, text: &mut String) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => collect(&group.frame, text),
                FrameItem::Text(run) => text.push_str(&run.text),
                _ => {}
            }
        }
    }
    let document = set(view).expect("a test's view can be set");
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

fn refused(errors: &[SourceDiagnostic]) -> PdfError {
    PdfError::Layout(
        errors
            .iter()
            .map(|error| error.message.as_str())
            .collect::<Vec<_>>()
            .join("; "),
    )
}

#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("the document cannot be set in type: {0}")]
    Layout(String),
    #[error("the document's view cannot be written: {0}")]
    View(#[from] serde_json::Error),
}
