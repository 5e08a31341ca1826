//! The starter workspace as the tests change it.

use std::collections::BTreeMap;
use std::path::Path;

pub type Files = BTreeMap<String, String>;

pub fn starter() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/starter");
    loader::read_folder(&folder).expect("the starter is beside this crate")
}

/// `rule file:line` of every problem, for comparison with what a test expects.
pub fn told(files: &Files) -> Vec<String> {
    let problems = loader::load(files).problems;
    problems
        .iter()
        .map(|problem| format!("{} {}:{}", problem.rule, problem.file, problem.line))
        .collect()
}
