//! A view in, text, HTML or PDF out; every template and font is compiled in.
//! It must not decide or compute: what it shows was decided before.

pub mod board;
mod format;
pub mod invoice;
pub mod link;
pub mod mail;
pub mod mime;
mod page;

pub use page::style_source;
