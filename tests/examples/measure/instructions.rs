//! Counts the instructions of each function's first request, by running it under valgrind.
//! It must not say how many are too many.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::programs::Programs;
use crate::requests::{ask_each, name, unfired};
use crate::stage::Stage;
use crate::{Failure, process};

/// By function; a reason in one line where there is nothing to count with.
pub type Counted = Result<BTreeMap<String, u64>, String>;

pub async fn count(programs: &Programs) -> Result<Counted, Failure> {
    if !is_installed().await {
        return Ok(Err("valgrind is not installed".to_owned()));
    }
    let folder = tempfile::tempdir()?;
    let wiring = unfired();
    let functions = wiring.functions.clone();
    for function in &functions {
        wrap(
            &programs.path(&function.binary),
            folder.path(),
            &function.binary,
        )?;
    }
    let stage = Stage::start(folder.path(), wiring).await?;
    let mut counted = BTreeMap::new();
    ask_each(&stage, &functions, async |answered| {
        let binary = &answered.function.binary;
        eprintln!("counting instructions: {}", name(answered.function));
        let Some(running) = process::child_running(&programs.path(binary)) else {
            return Err(format!("the process of {binary} can not be found").into());
        };
        process::end(running).await?;
        let file = out_file(folder.path(), binary, &running.to_string());
        counted.insert(name(answered.function).to_owned(), total(&file)?);
        Ok(())
    })
    .await?;
    stage.host.shutdown().await;
    Ok(Ok(counted))
}

async fn is_installed() -> bool {
    let asked = tokio::process::Command::new("valgrind")
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    asked.is_ok_and(|status| status.success())
}

/// A program in `folder` that runs the real one under valgrind.
fn wrap(program: &Path, folder: &Path, binary: &str) -> Result<(), Failure> {
    let script = format!(
        "#!/bin/sh\nexec valgrind --quiet --tool=callgrind --callgrind-out-file='{}' '{}'\n",
        out_file(folder, binary, "%p").display(),
        program.display()
    );
    let path = folder.join(binary);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&path, script)?;
    make_executable(&path)?;
    Ok(())
}

fn out_file(folder: &Path, binary: &str, process: &str) -> PathBuf {
    folder.join(format!("{}.{process}.count", binary.replace('/', "-")))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// What callgrind wrote on its last line but one: every instruction of the process.
fn total(file: &Path) -> Result<u64, Failure> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let total = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    Ok(total.ok_or_else(|| format!("{} holds no total", file.display()))?)
}
