//! Which files make a workspace, and how they are read from a folder.
//! It must not know what is in them.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use crate::yaml::MAX_FILE_BYTES;

/// Folders of a workspace, with the ending of the files that are read there.
const FOLDERS: [(&str, &str); 9] = [
    ("workflows", "yaml"),
    ("projects", "yaml"),
    ("checklists", "yaml"),
    ("webhooks", "yaml"),
    ("mails", "txt"),
    ("runbooks", "md"),
    ("events", "json"),
    ("invoice", "typ"),
    ("invoice", "svg"),
];

/// Every workspace file below `path`, by its path relative to it: `team.yaml`, `workflows/ready_for_qa.yaml`, …
/// Other files are left alone. A file that is too large is read as far as it takes to tell.
///
/// # Errors
/// When the folder or a file in it can not be read; the message names it.
pub fn read_folder(path: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for name in ["team.yaml", "clients.yaml"] {
        if path.join(name).is_file() {
            files.insert(name.to_owned(), read(&path.join(name))?);
        }
    }
    // A folder that is not there at all is told apart from one without files.
    std::fs::read_dir(path).map_err(|error| named(path, error))?;
    for (folder, ending) in FOLDERS {
        let below = path.join(folder);
        if !below.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&below).map_err(|error| named(&below, error))? {
            let entry = entry.map_err(|error| named(&below, error))?.path();
            let Some(name) = entry.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let wanted = name.ends_with(&format!(".{ending}"))
                || (ending == "yaml" && name.ends_with(".yml"));
            if wanted && !name.starts_with('.') && entry.is_file() {
                files.insert(format!("{folder}/{name}"), read(&entry)?);
            }
        }
    }
    Ok(files)
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let most = MAX_FILE_BYTES as u64 + 1;
    std::fs::File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|error| named(path, error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The names of the files in a folder, without folder and ending.
pub(crate) fn in_folder<'f>(
    files: &'f BTreeMap<String, String>,
    folder: &'static str,
    ending: &'static str,
) -> impl Iterator<Item = (&'f str, &'f str, &'f str)> {
    files.iter().filter_map(move |(path, text)| {
        let name = path
            .strip_prefix(folder)?
            .strip_prefix('/')?
            .strip_suffix(ending)?;
        (!name.is_empty() && !name.contains('/')).then_some((path.as_str(), name, text.as_str()))
    })
}
