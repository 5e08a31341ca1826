//! Sets a view in type: one template, two compiled-in fonts, and a file to carry along, nothing else to read.
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
    /// The same template with one more line, which attaches what it is given.
    carrying: Source,
    view: FileId,
    attached: FileId,
}

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
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        template: Source::new(file("invoice.typ"), TEMPLATE.to_owned()),
        carrying: Source::new(file("carrying.typ"), format!("{TEMPLATE}{ATTACH}")),
        view: file("view.json"),
        attached: file(ATTACHED),
    }
});

fn file(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("a plain file name is a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// One document on the press.
struct Sheet {
    view: Bytes,
    attached: Option<Bytes>,
}

impl Sheet {
    fn source(&self) -> &'static Source {
        match self.attached {
            Some(_) => &PRESS.carrying,
            None => &PRESS.template,
        }
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
        Sheet::source(self).id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let source = Sheet::source(self);
        if id == source.id() {
            Ok(source.clone())
        } else {
            Err(missing(id))
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let attached = self.attached.as_ref().filter(|_| id == PRESS.attached);
        match attached {
            _ if id == PRESS.view => Ok(self.view.clone()),
            Some(bytes) => Ok(bytes.clone()),
            None => Err(missing(id)),
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

/// PDF/A-3b, with `attached` in it where there is something to carry.
pub(super) fn pdf(view: &impl Printed, attached: Option<&str>) -> Result<Vec<u8>, PdfError> {
    let document = set(view, attached)?;
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

fn set(view: &impl Printed, attached: Option<&str>) -> Result<PagedDocument, PdfError> {
    let json = serde_json::to_vec(view)?;
    let sheet = Sheet {
        view: Bytes::new(json),
        attached: attached.map(|text| Bytes::new(text.as_bytes().to_vec())),
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
    let document = set(view, None).expect("a test's view can be set");
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
    #[error("the document cannot be marked as an electronic invoice: {0}")]
    Mark(&'static str),
}
