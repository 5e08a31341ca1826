//! The schemas that editors use fit every file of the starter and refuse seeded mistakes, by a validator that is not ours.

use std::process::Command;

use tests::world::root;

const INSTALL: &str = "\
the check of the schemas needs Python packages, once, from the root of the repository:
  python3 -m venv .venv && .venv/bin/pip install -r tests/template/requirements.txt";

#[test]
fn editors_and_the_loader_agree_on_the_starter() {
    let python = root().join(".venv/bin/python");
    assert!(python.exists(), "{INSTALL}");
    let output = Command::new(python)
        .arg(root().join("tests/schemas/check.py"))
        .output()
        .expect("python starts");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
