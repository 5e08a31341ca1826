//! The programs as cargo builds them: the functions and `baton`, in the profile of whoever asks.
//! It must not start any of them.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::world::root;

/// Names a folder of programs that are built already.
const BUILT_ALREADY: &str = "BATON_TEST_PROGRAMS";

/// The folder of the profile this program was built in, with every program built anew, once per process.
///
/// # Panics
/// When they do not build; a test can not go on without them.
pub fn programs() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let built = || match std::env::var_os(BUILT_ALREADY) {
        Some(folder) => PathBuf::from(folder),
        None => build(&["--workspace", "--bins"]),
    };
    BUILT.get_or_init(built).clone()
}

/// The folder of this package's examples, with the one of this name built anew.
///
/// # Panics
/// When it does not build.
pub fn example(name: &str) -> PathBuf {
    build(&["--workspace", "--example", name]).join("examples")
}

fn build(what: &[&str]) -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    let folder = program
        .ancestors()
        .nth(2)
        .expect("cargo puts tests and examples two folders down");
    // A profile's folder bears its name, but for the one that cargo calls `dev`.
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => "dev",
        Some(profile) => profile,
    };
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo tells this program of its own package would make build scripts run anew, and all that lies above them.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        }) {
            cargo.env_remove(name);
        }
    }
    let built = cargo
        .args(["build", "--quiet", "--profile", profile])
        .args(what)
        .current_dir(root())
        .status()
        .expect("cargo starts");
    assert!(built.success(), "the programs do not build");
    folder.to_owned()
}
