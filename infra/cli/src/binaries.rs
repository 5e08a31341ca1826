//! Where the functions' programs are: built by cargo from the checkout, or lying in a folder already.
//! It must not know what a function does.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use crate::failure::Failure;
use crate::show::Progress;

/// The folder that holds all of `names`: `given`, else freshly built in the checkout, else beside this very program.
pub async fn find(given: Option<&Path>, names: &[String]) -> Result<PathBuf, Failure> {
    if let Some(folder) = given {
        return present(folder, names).map_err(|missing| {
            Failure::refused(format!("{} has no {missing}", folder.display())).help(format!(
                "build them: cargo build {}",
                packages(names).join(" ")
            ))
        });
    }
    if let Some(root) = checkout() {
        return build(&root, names).await;
    }
    let beside = std::env::current_exe()
        .ok()
        .and_then(|program| program.parent().map(Path::to_owned))
        .unwrap_or_default();
    present(&beside, names).map_err(|missing| {
        Failure::refused(format!("the function {missing} is not beside this program, and this is no checkout of Baton to build it from"))
            .help("run it from a checkout, or give --bin-dir DIR with the built functions")
    })
}

fn present(folder: &Path, names: &[String]) -> Result<PathBuf, String> {
    match names.iter().find(|name| !folder.join(name).is_file()) {
        None => Ok(folder.to_owned()),
        Some(missing) => Err(missing.clone()),
    }
}

/// The checkout around the current folder, or around this program.
fn checkout() -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let here = std::env::current_dir().ok();
    [here, program].into_iter().flatten().find_map(|place| {
        let is_root = |folder: &&Path| {
            folder.join("infra/template.yaml").is_file() && folder.join("functions").is_dir()
        };
        place.ancestors().find(is_root).map(Path::to_owned)
    })
}

fn packages(names: &[String]) -> Vec<String> {
    names
        .iter()
        .flat_map(|name| ["-p".to_owned(), name.clone()])
        .collect()
}

/// One line of cargo's JSON messages; only what is used of it.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    executable: Option<PathBuf>,
}

async fn build(root: &Path, names: &[String]) -> Result<PathBuf, Failure> {
    let progress = Progress::start(&format!("building {} functions", names.len()));
    let mut cargo = Command::new("cargo");
    // What `cargo run` tells this program of its own package would make build scripts run anew, and all that lies above them.
    let of_this_run = std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_str().unwrap_or_default();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    });
    for name in of_this_run {
        cargo.env_remove(name);
    }
    cargo
        .arg("build")
        .arg("--message-format=json-render-diagnostics")
        .args(packages(names))
        // Built together with this program, the functions share its features, and so every crate that was compiled for it.
        .args(["-p", env!("CARGO_PKG_NAME")]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut process = cargo.spawn().map_err(|error| {
        Failure::outside(format!("cargo can not be started: {error}")).help(
            "install Rust from https://rustup.rs, or give --bin-dir DIR with the built functions",
        )
    })?;
    let (Some(messages), Some(words)) = (process.stdout.take(), process.stderr.take()) else {
        return Err(Failure::outside("cargo's output can not be read"));
    };
    let (folder, said) = tokio::join!(executables(messages), follow(words, &progress));
    let status = process
        .wait()
        .await
        .map_err(|error| Failure::outside(format!("cargo did not end well: {error}")))?;
    progress.done();
    if !status.success() {
        return Err(Failure::outside(format!(
            "the functions can not be built; cargo says:\n\n{}",
            said.join("\n")
        )));
    }
    let folder = folder
        .ok_or_else(|| Failure::outside("cargo built the functions and did not say where"))?;
    present(&folder, names).map_err(|missing| {
        Failure::outside(format!(
            "cargo did not put {missing} into {}",
            folder.display()
        ))
    })
}

/// The folder of the programs that cargo names.
async fn executables(messages: impl AsyncRead + Unpin) -> Option<PathBuf> {
    let mut lines = BufReader::new(messages).lines();
    let mut folder = None;
    while let Ok(Some(line)) = lines.next_line().await {
        let executable = serde_json::from_str::<Message>(&line)
            .ok()
            .filter(|message| message.reason == "compiler-artifact");
        if let Some(program) = executable.and_then(|message| message.executable) {
            folder = program.parent().map(Path::to_owned);
        }
    }
    folder
}

/// Lines kept for the case that the build fails.
const KEPT_LINES: usize = 60;

/// Shows what cargo is at, and keeps its last words.
async fn follow(words: impl AsyncRead + Unpin, progress: &Progress) -> Vec<String> {
    let mut lines = BufReader::new(words).lines();
    let mut kept = Vec::new();
    let mut compiled = 0_usize;
    while let Ok(Some(line)) = lines.next_line().await {
        match line.trim_start().split_once(' ') {
            Some(("Compiling", what)) => {
                compiled += 1;
                progress.at(&format!("{compiled} crates, now {what}"));
            }
            Some((first @ ("Blocking" | "Downloading" | "Updating"), rest)) => {
                progress.at(&format!("{first} {rest}"))
            }
            _ => {}
        }
        if kept.len() == KEPT_LINES {
            kept.remove(0);
        }
        kept.push(line);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_that_lacks_a_function_says_which_and_how_to_build_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("relay"), "").unwrap();
        let names = ["relay".to_owned(), "notify".to_owned()];
        let failure = find(Some(folder.path()), &names).await.unwrap_err();
        assert!(failure.message.ends_with("has no notify"), "{failure:?}");
        assert_eq!(
            failure.help.as_deref(),
            Some("build them: cargo build -p relay -p notify")
        );
        std::fs::write(folder.path().join("notify"), "").unwrap();
        assert_eq!(
            find(Some(folder.path()), &names).await.unwrap(),
            folder.path()
        );
    }

    #[tokio::test]
    async fn the_folder_is_the_one_that_cargo_names() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","executable":null}"#,
            "\nnot json\n",
            r#"{"reason":"compiler-artifact","executable":"/t/debug/relay"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
            "\n"
        );
        assert_eq!(
            executables(messages.as_bytes()).await,
            Some(PathBuf::from("/t/debug"))
        );
    }
}
