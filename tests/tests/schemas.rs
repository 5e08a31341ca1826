//! The schemas that editors use fit every file of the starter and refuse seeded mistakes, by a validator that is not ours;
//! the loader says the same of each.

use std::process::Command;

use loader::Severity;
use serde::Deserialize;
use tests::world::root;

const INSTALL: &str = "\
the check of the schemas needs Python packages, once, from the root of the repository:
  python3 -m venv .venv && .venv/bin/pip install -r tests/template/requirements.txt";

/// Changes to single files of the starter.
#[derive(Deserialize)]
struct Edits {
    mistakes: Vec<Edit>,
    fine: Vec<Edit>,
}

#[derive(Deserialize)]
struct Edit {
    file: String,
    is: String,
    find: String,
    put: String,
}

#[test]
fn editors_know_every_file_of_the_starter_and_the_seeded_mistakes() {
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

#[test]
fn the_loader_refuses_what_editors_refuse_and_takes_what_they_take() {
    let text = std::fs::read_to_string(root().join("tests/schemas/edits.json"));
    let edits: Edits = serde_json::from_str(&text.expect("the edits")).expect("they are JSON");
    let starter = loader::read_folder(&root().join("infra/starter")).expect("the starter");
    let mut wrong = Vec::new();
    for (edits, is_mistake) in [(edits.mistakes, true), (edits.fine, false)] {
        for Edit {
            file,
            is,
            find,
            put,
        } in edits
        {
            let mut files = starter.clone();
            let text = files.get_mut(&file).expect("a file of the starter");
            *text = text.replacen(&find, &put, 1);
            let problems = loader::load(&files).problems;
            let refused = problems
                .iter()
                .any(|problem| problem.severity == Severity::Error && problem.file == file);
            if refused != is_mistake {
                wrong.push(format!("{file} with {is}: {problems:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
