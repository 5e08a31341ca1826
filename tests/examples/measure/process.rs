//! What the system says of a running process: its CPU time, its peak memory, whose child it is.
//! It must not know what the process runs. Without `/proc` it knows nothing and says so.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// The child of this process that has `program` among its arguments. The one started last, if there are several.
pub fn child_running(program: &Path) -> Option<u32> {
    let own = std::process::id().to_string();
    let program = program.to_str()?;
    fs::read_dir("/proc")
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|process: &u32| {
            field(*process, "PPid:").as_deref() == Some(&own) && has_argument(*process, program)
        })
        .max()
}

fn has_argument(process: u32, wanted: &str) -> bool {
    let arguments = fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
    arguments.split('\0').any(|argument| argument == wanted)
}

fn field(process: u32, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(value.trim().to_owned())
}

/// CPU time of all its threads, to the nanosecond; `stat` counts in steps of ten milliseconds.
pub fn cpu_time(process: u32) -> Option<Duration> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let mut all = Duration::ZERO;
    for thread in threads {
        let schedule = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        let nanoseconds = schedule.split_whitespace().next()?.parse().ok()?;
        all += Duration::from_nanos(nanoseconds);
    }
    Some(all)
}

/// The most memory it ever had resident, in bytes.
pub fn peak_memory_bytes(process: u32) -> Option<u64> {
    let kilobytes = field(process, "VmHWM:")?;
    let kilobytes: u64 = kilobytes.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Asks it to end and waits until it is gone.
pub async fn end(process: u32) -> Result<(), crate::Failure> {
    const PATIENCE: Duration = Duration::from_secs(120);
    let asked = tokio::process::Command::new("sh")
        .args(["-c", &format!("kill -TERM {process}")])
        .status()
        .await?;
    if !asked.success() {
        return Err(format!("process {process} can not be asked to end").into());
    }
    let gone = async {
        while Path::new(&format!("/proc/{process}")).exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone)
        .await
        .map_err(|_| format!("process {process} did not end within {PATIENCE:?}").into())
}
