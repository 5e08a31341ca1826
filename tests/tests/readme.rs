//! The README says what is so: its commands run, its output is what they print, its tables are the files'.
//! Commands that need AWS or that build the world once more are named here, not run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tests::programs::programs;
use tests::world::root;

/// What the other checks run (`.ci/run`), and what needs an account.
const NOT_RUN: [&str; 8] = [
    "cargo test --workspace",
    "python3 -m venv .venv",
    "python3 -m venv .venv-einvoice",
    "sam build",
    "aws cloudformation describe-stacks",
    "cargo baton apply my-company --stack",
    "cargo baton trace --stack",
    "cargo baton secret set links --generate --stack",
];
/// A busy machine is slow; nothing here takes long on an idle one.
const PATIENCE: Duration = Duration::from_secs(60);

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("the README is there")
}

/// The fenced blocks of one language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fence = format!("```{language}\n");
    readme
        .split(&fence)
        .skip(1)
        .map(|after| after.split("\n```").next().unwrap_or_default().to_owned())
        .collect()
}

/// Every command of the `sh` blocks, without its remark, in order.
fn commands() -> Vec<String> {
    let lines = blocks("sh").join("\n");
    let command = |line: &str| {
        line.split(" #")
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    lines
        .lines()
        .map(command)
        .filter(|line| !line.is_empty())
        .collect()
}

/// A folder of its own, with the events that the README sends and a home that is nobody's.
struct Desk {
    folder: PathBuf,
    programs: PathBuf,
}

impl Desk {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("readme-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        for part in ["target", "events"] {
            std::fs::create_dir_all(folder.join(part)).expect("a folder can be made");
        }
        for (name, text) in files("events", "json") {
            std::fs::write(folder.join("events").join(format!("{name}.json")), text)
                .expect("it can be written");
        }
        Self {
            folder,
            programs: programs(),
        }
    }

    /// `cargo baton …` as the README writes it, run by the program that was built.
    fn baton(&self, command: &str) -> Command {
        let words = command
            .strip_prefix("cargo baton ")
            .unwrap_or_else(|| panic!("`{command}` is no cargo baton"));
        let mut baton = Command::new(self.programs.join("baton"));
        baton
            .args(words.split_whitespace())
            .current_dir(&self.folder)
            .env("HOME", &self.folder);
        baton.env_remove("BATON_TABLE").env_remove("BATON_BUS");
        baton
    }

    fn run(&self, command: &str) -> Output {
        self.baton(command).output().expect("baton starts")
    }

    fn must(&self, command: &str) -> String {
        let output = self.run(command);
        assert!(
            output.status.success(),
            "`{command}` ended with {}:\n{}",
            output.status,
            said(&output)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The files of a folder by their names without the ending.
fn files(folder: &str, ending: &str) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(root().join(folder)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|found| found == ending));
    let read = |path: PathBuf| {
        let name = path
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        (name, std::fs::read_to_string(&path).expect("readable"))
    };
    wanted.map(read).collect()
}

/// A host that ends with the test, well or not.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The text as blocks of items; lines that go on from the one above belong to it. What was measured is left out.
fn items(text: &str) -> Vec<BTreeSet<String>> {
    let mut blocks = vec![Vec::<String>::new()];
    for line in text.lines() {
        let block = blocks.last_mut().expect("there is always a block");
        if line.trim().is_empty() {
            blocks.push(Vec::new());
        } else if line.starts_with("                 ") && !block.is_empty() {
            let last = block.last_mut().expect("it is not empty");
            last.push(' ');
            last.push_str(line);
        } else {
            block.push(line.to_owned());
        }
    }
    let told = |block: Vec<String>| {
        block
            .iter()
            .map(|line| without_measures(line))
            .collect::<BTreeSet<_>>()
    };
    blocks
        .into_iter()
        .filter(|block| !block.is_empty())
        .map(told)
        .collect()
}

/// Seconds, sizes and ports differ from run to run; words and deadlines do not.
fn without_measures(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_number = |word: &str| word.trim_start_matches(['+', '(']).parse::<f64>().is_ok();
    let kept = words.iter().enumerate().filter_map(|(place, word)| {
        let unit = words.get(place + 1).copied().unwrap_or_default();
        match *word {
            offset if place == 0 && offset.starts_with('+') && is_number(offset) => None,
            address if address.starts_with("http://127.0.0.1:") => Some("ADDRESS"),
            number if is_number(number) && (unit == "s" || unit == "KB)") => Some("N"),
            other => Some(other),
        }
    });
    kept.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_demo_prints_what_the_readme_shows() {
    assert_eq!(
        commands()[0],
        "cargo baton demo",
        "the first command of the README"
    );
    let desk = Desk::new("demo");
    let bin_dir = desk.programs.display();
    let printed = items(&desk.must(&format!("cargo baton demo --once --bin-dir {bin_dir}")));
    let shown = blocks("text").join("\n");
    let mut place = 0;
    for block in items(&shown)
        .into_iter()
        .filter(|block| !block.contains("[…]"))
    {
        let found = printed[place..].iter().position(|real| *real == block);
        let Some(found) = found else {
            panic!(
                "the README shows, and the demo does not print after what comes before it:\n{block:#?}\nit prints:\n{printed:#?}"
            );
        };
        place += found + 1;
    }
    let invoice = std::fs::read(desk.folder.join("target/demo/invoice-SST-2026-0001.pdf"))
        .expect("the invoice is where it is said to be");
    assert!(invoice.starts_with(b"%PDF-"));
}

#[test]
fn every_command_of_the_readme_runs_or_is_known_to_need_more() {
    let desk = Desk::new("commands");
    let mut hosts = Vec::new();
    for command in commands() {
        if NOT_RUN.iter().any(|known| command.starts_with(known)) || command == "cargo baton demo" {
            continue;
        }
        if command.contains("--stack") {
            assert!(
                command.starts_with("cargo baton send"),
                "`{command}` is neither run nor known"
            );
            continue;
        }
        if let Some(options) = command.strip_prefix("cargo baton local ") {
            let wanted = format!(
                "cargo baton local {options} --port 0 --bin-dir {}",
                desk.programs.display()
            );
            let host = desk
                .baton(&wanted)
                .stdout(Stdio::null())
                .spawn()
                .expect("baton starts");
            hosts.push(Running(host));
            wait_until("the host leaves its note", || {
                desk.folder.join("data/running.json").exists()
            });
        } else if command.starts_with("cargo baton trace case_") {
            // The event was sent a moment ago; its case is there once the function has run.
            wait_until("the case is there", || desk.run(&command).status.success());
            let told = desk.must(&command);
            assert!(
                told.contains("folded again they are the stored state"),
                "{told}"
            );
        } else {
            desk.must(&command);
        }
    }
    assert_eq!(hosts.len(), 1, "the README starts a host");
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(
            Instant::now() < until,
            "after {} s it is not so that {what}",
            PATIENCE.as_secs()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The rows of the README's table with this heading, cell by cell.
fn table(heading: &str) -> Vec<Vec<String>> {
    let readme = readme();
    let (_, after) = readme
        .split_once(heading)
        .unwrap_or_else(|| panic!("the README has no table {heading}"));
    let rows = after
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let cells = |line: &str| {
        line.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    rows.map(cells).collect()
}

/// Every word in backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_table_of_events_is_the_folder_of_events() {
    let mut listed = BTreeMap::new();
    for row in table("| event | from | means |") {
        let source = quoted(&row[1]).first().cloned().unwrap_or_default();
        listed.extend(
            quoted(&row[0])
                .into_iter()
                .map(|event| (event, source.clone())),
        );
    }
    let source = |text: &str| {
        let envelope: serde_json::Value = serde_json::from_str(text).expect("an event is JSON");
        envelope["source"].as_str().unwrap_or_default().to_owned()
    };
    let events = files("events", "json")
        .into_iter()
        .map(|(event, text)| (event, source(&text)));
    // Owed work is Baton's own affair; nobody sends it.
    let there: BTreeMap<_, _> = events
        .filter(|(_, source)| source != "baton.effect")
        .collect();
    assert_eq!(listed, there);
}

#[test]
fn the_table_of_settings_is_the_templates_parameters() {
    let template =
        std::fs::read_to_string(root().join("infra/template.yaml")).expect("the template is there");
    let (_, parameters) = template
        .split_once("\nParameters:\n")
        .expect("it has parameters");
    let parameters = parameters.split("\nConditions:").next().unwrap_or_default();
    let names = parameters
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let there: Vec<_> = names
        .map(|line| line.trim().trim_end_matches(':').to_owned())
        .collect();
    let listed: Vec<_> = table("| parameter | default | what it does |")
        .iter()
        .flat_map(|row| quoted(&row[0]))
        .collect();
    assert_eq!(listed, there);
}

#[test]
fn the_workflow_it_shows_is_the_file() {
    let file = std::fs::read_to_string(root().join("infra/starter/workflows/ready_for_qa.yaml"))
        .expect("the file is there");
    assert_eq!(blocks("yaml"), [file.trim_end()]);
}

#[test]
fn what_it_links_to_is_there() {
    let readme = readme();
    let links = readme
        .split("](")
        .skip(1)
        .filter_map(|after| after.split(')').next());
    for link in links.filter(|link| !link.starts_with("https://")) {
        assert!(root().join(link).exists(), "{link} is not there");
    }
}
