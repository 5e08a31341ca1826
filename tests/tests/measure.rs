//! `cargo measure` runs to its end: every function of the template does what it is asked first, and the chain stays within its bars.
//! What only a release build or a quiet machine can tell is not asked here.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use tests::programs::{example, programs};
use tests::world::wiring;

#[test]
fn every_function_is_asked_and_answers() {
    example("hello");
    let measure = example("measure").join("measure");
    let said = Command::new(measure)
        .args(["--json", "--runs", "1", "--bin-dir"])
        .arg(programs())
        // Without valgrind, which would take minutes for programs that are not optimised.
        .env("PATH", "")
        .output()
        .expect("it starts");
    let complaint = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{complaint}");
    let report: Value = serde_json::from_slice(&said.stdout).expect("it prints JSON");
    let asked: BTreeSet<_> = report["weights"]["functions"]
        .as_array()
        .expect("functions are listed")
        .iter()
        .filter_map(|weight| weight["function"].as_str())
        .collect();
    let wiring = wiring();
    let of_template: BTreeSet<_> = wiring.functions.iter().map(|f| f.binary.as_str()).collect();
    assert_eq!(asked, of_template);
}
