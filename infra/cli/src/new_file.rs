//! A file that a verb writes for the user to go on with: with its folders, and never over one that is there.
//! It must not know what the file is for.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::failure::Failure;

/// # Errors
/// When a file of that name is there, also one that came to be since it was looked for.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::outside(format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = fs::File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("workflows/mine.yaml");
        write(&path, "first").unwrap();
        assert!(write(&path, "second").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
    }
}
