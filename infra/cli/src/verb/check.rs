//! `baton check`: every problem of every file, where it is and how to mend it.
//! It must not know a rule; the loader does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use loader::{Loaded, Problem, Severity, Workspace};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::show::{GOOD, Out, paint};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder with team.yaml and clients.yaml
    #[arg(default_value = ".")]
    dir: PathBuf,
}

pub fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let checked = Checked::read(&arguments.dir)?;
    checked.say(out);
    out.json(&checked.to_json());
    let workspace = checked.workspace().ok_or_else(Failure::told)?;
    out.say(&format!(
        "{} {}",
        paint(GOOD, "no errors:"),
        counted(workspace)
    ));
    Ok(())
}

/// A company's files with all that is wrong with them.
pub struct Checked {
    pub files: BTreeMap<String, String>,
    pub loaded: Loaded,
}

impl Checked {
    pub fn read(dir: &Path) -> Result<Self, Failure> {
        const HELP: &str = "name the folder with team.yaml in it; `baton init DIR` writes one";
        let files = loader::read_folder(dir).map_err(|error| {
            Failure::refused(format!("the folder can not be read: {error}")).help(HELP)
        })?;
        if !files.contains_key("team.yaml") && !files.contains_key("clients.yaml") {
            let message = format!(
                "{} holds no company: neither team.yaml nor clients.yaml is there",
                dir.display()
            );
            return Err(Failure::refused(message).help(HELP));
        }
        let loaded = loader::load(&files);
        Ok(Self { files, loaded })
    }

    /// `None` when any problem is an error.
    pub fn workspace(&self) -> Option<&Workspace> {
        self.loaded.workspace.as_ref()
    }

    /// Every problem with its line of the file.
    pub fn say(&self, out: &Out) {
        say(&self.loaded.problems, &self.files, out);
    }

    pub fn to_json(&self) -> Value {
        let of = |severity| {
            self.loaded
                .problems
                .iter()
                .filter(|problem| problem.severity == severity)
                .count()
        };
        json!({
            "ok": self.loaded.workspace.is_some(),
            "errors": of(Severity::Error),
            "warnings": of(Severity::Warning),
            "problems": self.loaded.problems,
        })
    }
}

/// Problems as a person reads them.
pub fn say(problems: &[Problem], files: &BTreeMap<String, String>, out: &Out) {
    if !problems.is_empty() {
        out.say(loader::render(problems, files, out.has_colour()).trim_end());
    }
}

/// `12 people, 3 clients, 4 workflows`
pub fn counted(workspace: &Workspace) -> String {
    let count = |number: usize, one: &str, many: &str| {
        format!("{number} {}", if number == 1 { one } else { many })
    };
    format!(
        "{}, {}, {}",
        count(workspace.team.people.len(), "person", "people"),
        count(workspace.clients.len(), "client", "clients"),
        count(workspace.workflows.len(), "workflow", "workflows")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_company_is_not_taken_for_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let Err(failure) = Checked::read(folder.path()) else {
            panic!("it is empty")
        };
        assert!(failure.message.contains("holds no company"), "{failure:?}");
        let Err(failure) = Checked::read(&folder.path().join("gone")) else {
            panic!("it is not there")
        };
        assert!(failure.message.contains("gone"), "{failure:?}");
        assert!(failure.help.is_some());
    }

    #[test]
    fn a_mistake_is_an_error_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in crate::carried::STARTER {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text.replace("owner: ops_lead  ", "owner: opps_lead ")).unwrap();
        }
        let checked = Checked::read(folder.path()).unwrap();
        assert!(checked.workspace().is_none());
        let problem = &checked.loaded.problems[0];
        assert_eq!(
            (problem.file.as_str(), problem.rule.as_str()),
            ("workflows/contract_to_kickoff.yaml", "V1")
        );
        assert_eq!(checked.to_json()["ok"], false);
    }
}
