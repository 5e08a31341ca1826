//! Whatever the files hold, loading and showing come to an end without a panic, and every problem has its place.

use std::sync::LazyLock;

use crate::common::{Files, starter};
use crate::slips::{apply, slip};
use proptest::prelude::*;

static STARTER: LazyLock<Files> = LazyLock::new(starter);

/// Loads, shows, and holds every problem to its file.
fn holds(files: &Files) {
    let loaded = loader::load(files);
    let shown = loader::render(&loaded.problems, files, true);
    assert!(!shown.is_empty());
    let errors = loaded
        .problems
        .iter()
        .any(|problem| problem.severity == loader::Severity::Error);
    assert!(
        errors || loaded.workspace.is_some(),
        "nothing is wrong and nothing was loaded"
    );
    assert!(
        !(errors && loaded.workspace.is_some()),
        "something is wrong and was loaded"
    );
    for problem in &loaded.problems {
        let lines = files
            .get(&problem.file)
            .map_or(1, |text| text.lines().count() + 1);
        assert!(
            (1..=lines.max(1)).contains(&problem.line),
            "{problem:?} is outside its {lines} lines"
        );
        assert!(
            problem.column >= 1 && !problem.message.is_empty() && !problem.help.is_empty(),
            "{problem:?}"
        );
    }
    assert!(loader::check_versions(&[], &loaded).is_empty());
}

proptest! {
    #[test]
    fn any_text_in_any_file(file in 0..100usize, text in "\\PC{0,300}|([a-z]{1,6}: ?(\\[|\\{|- |\"|&a|\\*a)?[a-z, ]{0,9}(\\]|\\})?\n){0,20}") {
        let mut files = STARTER.clone();
        let name = files.keys().nth(file % files.len()).cloned().expect("one of them");
        files.insert(name, text);
        holds(&files);
    }

    #[test]
    fn the_starter_after_some_slips(slips in prop::collection::vec((0..100usize, slip()), 1..6)) {
        let mut files = STARTER.clone();
        let names: Vec<_> = files.keys().cloned().collect();
        for (file, slip) in &slips {
            let name = &names[file % names.len()];
            let changed = apply(&files[name], slip);
            files.insert(name.clone(), changed);
        }
        holds(&files);
    }
}
