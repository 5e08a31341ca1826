//! The programs as cargo builds them: the functions and `baton`, in the profile of whoever asks.
//! It must not start any of them.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::world::root;

/// The folder of the profile this program was built in, with every program built anew, once per process.
///
/// # Panics
/// When they do not build; a test can not go on without them.
pub fn programs() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build).clone()
}

fn build() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--workspace", "--bins"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let built = cargo.current_dir(root()).status().expect("cargo starts");
    assert!(built.success(), "the programs do not build");
    let program = std::env::current_exe().expect("a program knows where it is");
    program
        .ancestors()
        .nth(2)
        .expect("cargo puts tests and examples two folders down")
        .to_owned()
}
