//! Lists the files that `baton` carries with it: the starter company and the events of the demo.
//! It must not know what is in them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(
        env::var_os("CARGO_MANIFEST_DIR")
            .ok_or_else(|| io::Error::other("cargo names no folder"))?,
    );
    let out = PathBuf::from(
        env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no folder"))?,
    );
    let mut code = String::new();
    for (name, folder) in [
        ("STARTER", "../starter"),
        ("DEMO_EVENTS", "../../events/demo"),
    ] {
        let folder = here.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        collect(&folder, &folder, &mut files)?;
        files.sort();
        let _ = writeln!(
            code,
            "/// Paths with forward slashes, relative to the folder, in order."
        );
        let _ = writeln!(code, "pub const {name}: &[(&str, &str)] = &[");
        for (path, file) in files {
            let _ = writeln!(
                code,
                "    ({path:?}, include_str!({:?})),",
                file.display().to_string()
            );
        }
        let _ = writeln!(code, "];");
    }
    fs::write(out.join("carried.rs"), code)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(relative) = path.strip_prefix(root) {
            let parts: Vec<_> = relative
                .components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect();
            files.push((parts.join("/"), path.clone()));
        }
    }
    Ok(())
}
