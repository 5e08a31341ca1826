//! What the architecture promises of the source itself: which crate may name which, and that rooms stay small.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tests::world::root;

/// The rooms, and what each may name among ourselves. The same table stands in ARCHITECTURE.md.
fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let shared = [
        "app",
        "domain",
        "einvoice",
        "event-pattern",
        "loader",
        "pages",
        "signature",
        "store",
    ];
    let mut allowed = BTreeMap::from([
        ("event-pattern", BTreeSet::new()),
        ("domain", BTreeSet::from(["event-pattern"])),
        ("einvoice", BTreeSet::from(["domain"])),
        (
            "loader",
            BTreeSet::from(["domain", "einvoice", "event-pattern", "pages"]),
        ),
        ("pages", BTreeSet::from(["domain"])),
        ("signature", BTreeSet::from(["domain"])),
        ("store", BTreeSet::from(["domain"])),
        (
            "app",
            BTreeSet::from(["domain", "einvoice", "pages", "signature", "store"]),
        ),
        ("local", BTreeSet::from(["event-pattern"])),
        ("cli", shared.into_iter().chain(["local"]).collect()),
        ("tests", shared.into_iter().chain(["local"]).collect()),
    ]);
    for function in folders(&root().join("functions")) {
        let name = function
            .file_name()
            .and_then(|name| name.to_str())
            .expect("folders have plain names")
            .to_owned();
        allowed.insert(name.leak(), BTreeSet::from(["app", "store"]));
    }
    allowed
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = std::fs::read_dir(of)
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.join("Cargo.toml").exists())
        .collect();
    folders.sort();
    folders
}

fn members() -> Vec<PathBuf> {
    let root = root();
    let mut members = [
        folders(&root.join("functions")),
        folders(&root.join("shared")),
    ]
    .concat();
    members.extend([
        root.join("infra/local"),
        root.join("infra/cli"),
        root.join("tests"),
    ]);
    members
}

/// Names under `[dependencies]`; what only tests need is not a matter of architecture.
fn dependencies(manifest: &str) -> (String, BTreeSet<String>) {
    let (mut section, mut name, mut found) = ("", String::new(), BTreeSet::new());
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if let Some((key, value)) = line.split_once('=') {
            let key = key.trim();
            if section == "[package]" && key == "name" {
                name = value.trim().trim_matches('"').to_owned();
            } else if section == "[dependencies]" {
                found.insert(key.split('.').next().unwrap_or(key).to_owned());
            }
        }
    }
    (name, found)
}

#[test]
fn crates_name_only_what_lies_below_them() {
    let allowed = allowed();
    let ours: BTreeSet<&str> = allowed.keys().copied().collect();
    let mut wrong = Vec::new();
    for member in members() {
        let manifest = std::fs::read_to_string(member.join("Cargo.toml")).expect("readable");
        let (name, named) = dependencies(&manifest);
        let may = allowed
            .get(name.as_str())
            .unwrap_or_else(|| panic!("{name} has no place in the dependency rule"));
        for other in named
            .iter()
            .filter(|other| ours.contains(other.as_str()) && !may.contains(other.as_str()))
        {
            wrong.push(format!("{name} names {other}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn mains_are_small_and_rooms_are_readable() {
    let mut wrong = Vec::new();
    for member in members() {
        for file in sources(&member.join("src")) {
            let lines = std::fs::read_to_string(&file)
                .expect("readable")
                .lines()
                .count();
            let is_main = file.starts_with(root().join("functions"));
            let most = if is_main { 40 } else { 460 };
            if lines > most {
                wrong.push(format!("{}: {lines} lines, at most {most}", file.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Each crate with the features it is built with, for a choice of packages and kinds of dependencies. What build scripts and
/// macros use too may be built twice, each time with features of its own.
fn features(choice: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let output = std::process::Command::new(env!("CARGO"))
        .args([
            "tree", "--locked", "--prefix", "none", "--format", "{p}|{f}",
        ])
        .args(choice)
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text
        .lines()
        .filter_map(|line| line.trim_end_matches(" (*)").split_once('|'));
    let mut found = BTreeMap::<_, BTreeSet<_>>::new();
    for (name, features) in lines {
        found
            .entry(name.to_owned())
            .or_default()
            .insert(features.to_owned());
    }
    found
}

#[test]
fn a_test_build_compiles_nothing_a_second_time() {
    let plain = features(&["--workspace", "--edges", "normal,build"]);
    let tested = features(&["--workspace", "--edges", "normal,build,dev"]);
    for (name, features) in &plain {
        assert_eq!(
            tested.get(name),
            Some(features),
            "{name}: what tests depend on asks for other features"
        );
    }
}
