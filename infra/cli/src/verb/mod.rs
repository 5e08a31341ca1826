//! One file per verb: its arguments, what it does, what it says.
//! A verb must not reach into another.

pub mod apply;
pub mod calendar;
pub mod chain;
pub mod check;
pub mod demo;
pub mod explain;
pub mod init;
pub mod invoice;
pub mod local;
pub mod log;
pub mod owners;
pub mod portal;
pub mod redrive;
pub mod repeats;
pub mod runbook;
pub mod secret;
pub mod send;
pub mod trace;
pub mod what_if;

use std::path::{Path, PathBuf};

/// The one word that was given may be the folder: `baton chain my-company`.
fn name_and_folder<'n>(name: Option<&'n str>, dir: Option<&Path>) -> (Option<&'n str>, PathBuf) {
    match (name, dir) {
        (Some(only), None) if Path::new(only).is_dir() => (None, PathBuf::from(only)),
        (name, dir) => (name, dir.unwrap_or(Path::new(".")).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_that_is_a_folder_is_the_folder() {
        let here = tempfile::tempdir().unwrap();
        let name = here.path().to_str().unwrap();
        assert_eq!(
            name_and_folder(Some(name), None),
            (None, here.path().to_owned())
        );
        assert_eq!(
            name_and_folder(Some("contract.signed"), None),
            (Some("contract.signed"), PathBuf::from("."))
        );
        assert_eq!(
            name_and_folder(Some("a.b"), Some(here.path())),
            (Some("a.b"), here.path().to_owned())
        );
    }
}
