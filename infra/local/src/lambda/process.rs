//! One process of a function: its binary, its variables, its output, its end.
//! It must not know of invocations.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use tokio::process::Command;
use tokio::sync::Notify;

use super::Surroundings;
use crate::template;

/// Variables of the machine's own environment that a process may see. Everything else stays out, credentials above all.
const PASSED_ON: [&str; 8] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "LLVM_PROFILE_FILE",
];

pub(super) fn binary(function: &template::Function, surroundings: &Surroundings) -> PathBuf {
    let name = format!("{}{}", function.binary, std::env::consts::EXE_SUFFIX);
    surroundings.bin_dir.join(name)
}

/// Starts a process that talks to `runtime_path` of the machine's Runtime API; `exited` runs once it has ended.
/// Notifying the result kills the process.
pub(super) fn start(
    function: &template::Function,
    surroundings: &Surroundings,
    worker: u64,
    exited: impl FnOnce(String) + Send + 'static,
) -> std::io::Result<Arc<Notify>> {
    let mut command = Command::new(binary(function, surroundings));
    command.env_clear();
    for name in PASSED_ON {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .envs(&surroundings.environment)
        .envs(&function.environment)
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            format!(
                "http://{}/runtime/{}/{}/{worker}",
                surroundings.address, surroundings.run_id, function.name
            ),
        )
        .env("AWS_LAMBDA_FUNCTION_NAME", &function.name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env(
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            function.memory_mb.to_string(),
        )
        .env(
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", function.name),
        )
        .env(
            "AWS_LAMBDA_LOG_STREAM_NAME",
            format!("{}-{worker}", surroundings.run_id),
        )
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    let logs = surroundings.logs.clone();
    if let Some(stdout) = child.stdout.take() {
        tokio::spawn(logs.clone().copy(function.name.clone(), stdout));
    }
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(logs.copy(function.name.clone(), stderr));
    }
    let kill = Arc::new(Notify::new());
    let killed = kill.clone();
    tokio::spawn(async move {
        let status = tokio::select! {
            status = child.wait() => status,
            () = killed.notified() => {
                // It may have ended by itself meanwhile; either way its status follows.
                let _ = child.start_kill();
                child.wait().await
            }
        };
        exited(match status {
            Ok(status) => describe(status),
            Err(error) => error.to_string(),
        });
    });
    Ok(kill)
}

fn describe(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => format!("{status}"),
    }
}
