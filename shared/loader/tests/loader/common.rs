//! The starter workspace as the tests change it.

use std::collections::BTreeMap;
use std::path::Path;

pub type Files = BTreeMap<String, String>;

pub fn starter() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/starter");
    loader::read_folder(&folder).expect("the starter is beside this crate")
}

/// A problem as a test expects it: rule, file, and a text in the line (or `line 3`).
pub type Expected = (&'static str, &'static str, &'static str);

/// Puts another text where `find` stands first.
pub fn change(files: &mut Files, file: &str, find: &str, put: &str) {
    let text = files.get_mut(file).expect("a starter file");
    assert!(text.contains(find), "{file} has no {find:?}");
    *text = text.replacen(find, put, 1);
}

/// Where the first line with a text is, as `file:line`.
fn line(files: &Files, file: &str, marker: &str) -> String {
    let text = &files[file];
    let number = match marker.strip_prefix("line ") {
        Some(number) => number.parse().expect("a number"),
        None => {
            1 + text
                .lines()
                .position(|line| line.contains(marker))
                .unwrap_or_else(|| panic!("{file} has no line with {marker:?}"))
        }
    };
    format!("{file}:{number}")
}

/// What is told of the files beside what was expected, for people; `None`: it is the same.
pub fn difference(files: &Files, brings: &[Expected]) -> Option<String> {
    let mut expected: Vec<_> = brings
        .iter()
        .map(|(rule, file, marker)| format!("{rule} {}", line(files, file, marker)))
        .collect();
    let mut told = told(files);
    expected.sort();
    told.sort();
    let problems = || loader::render(&loader::load(files).problems, files, false);
    (told != expected).then(|| format!("expected {expected:#?}\ntold {told:#?}\n{}", problems()))
}

/// `rule file:line` of every problem, for comparison with what a test expects.
pub fn told(files: &Files) -> Vec<String> {
    let problems = loader::load(files).problems;
    problems
        .iter()
        .map(|problem| format!("{} {}:{}", problem.rule, problem.file, problem.line))
        .collect()
}
