//! The deployment template keeps its promises and, deployed to a stand-in for AWS, carries a contract to its invoice.
//! The checks are Python, as the translator, the linter and the stand-in are; this only builds the programs and calls them.

use std::process::Command;

use tests::programs::programs;
use tests::world::root;

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
