//! The deployment template keeps its promises and, deployed to a stand-in for AWS, carries a contract to its invoice.
//! The checks are Python, as the translator, the linter and the stand-in are; this only builds the programs and calls them.

use std::path::{Path, PathBuf};
use std::process::Command;

const INSTALL: &str = "\
the template checks need Python packages, once, from the root of the repository:
  python3 -m venv .venv && .venv/bin/pip install -r tests/template/requirements.txt";

#[test]
fn the_template_keeps_its_promises() {
    run("check.py");
}

#[test]
fn the_deployed_template_carries_a_contract_to_its_invoice() {
    run("deploy_and_run.py");
}

fn run(script: &str) {
    let python = root().join(".venv/bin/python");
    assert!(python.exists(), "{INSTALL}");
    build_programs();
    let output = Command::new(python)
        .arg(root().join("tests/template").join(script))
        .arg("--binaries")
        .arg(programs())
        .output()
        .expect("python starts");
    assert!(
        output.status.success(),
        "{script} found:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A test run does not build the functions' programs anew, and an old one would be compared with a new role.
fn build_programs() {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--bins"])
        .current_dir(root())
        .status()
        .expect("cargo starts");
    assert!(status.success(), "cargo build --workspace --bins failed");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder of the profile this test was built in: `target/debug/deps/template-…` lies two below it.
fn programs() -> PathBuf {
    let program = std::env::current_exe().expect("a test knows its own program");
    let folder = program
        .ancestors()
        .nth(2)
        .expect("cargo puts tests two folders down");
    folder.to_owned()
}
