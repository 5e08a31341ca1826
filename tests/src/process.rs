//! `baton local --data` as a process of its own, so that it can be killed and started again on what it left.
//! It must not know what it runs.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use store::{Bus, Clients, Config, Store};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::programs::programs;
use crate::world::{SENDER, starter};

/// A running `baton local --data`. Dropping it kills it.
pub struct Process {
    child: Child,
    pub url: String,
    pub store: Store,
    pub bus: Bus,
}

impl Process {
    /// Starts it on `data`, from `clock` on if there is one, else where it was; shown time passes `rate` times as fast.
    pub async fn start(data: &Path, clock: Option<Timestamp>, rate: u32) -> Self {
        let programs = programs();
        let mut command = tokio::process::Command::new(programs.join("baton"));
        command
            .args([
                "local",
                "--json",
                "--port",
                "0",
                "--rate",
                &rate.to_string(),
            ])
            .arg("--data")
            .arg(data)
            .arg("--bin-dir")
            .arg(&programs)
            .env("HOME", data)
            .env_remove("AWS_ENDPOINT_URL_SES")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        if let Some(clock) = clock {
            command.args(["--clock", &clock.to_string()]);
        }
        let mut child = command.spawn().expect("baton starts");
        let told = told(&mut child).await;
        let text = |name: &str| told[name].as_str().expect("it says where it is").to_owned();
        let url = text("url");
        let config = Config::local(&url, &text("table"), &text("bus"), SENDER)
            .expect("the settings are right")
            .with_clock_file(&data.join("clock"));
        let clients = Clients::new(&config);
        Process {
            child,
            store: Store::new(&config, &clients).expect("the settings are right"),
            bus: clients.bus().expect("the bus has a name"),
            url,
        }
    }

    /// Puts the starter company in force.
    pub async fn apply_starter(&self) {
        app::apply::apply(&self.store, &starter())
            .await
            .expect("the starter can be applied");
    }

    /// Ends it as a power cut would, and its functions, which would otherwise be orphans.
    pub async fn kill(mut self) {
        let functions = self.functions();
        self.child.kill().await.expect("it can be killed");
        for (process, _) in functions {
            end(process);
        }
    }

    /// Its running function processes: id and program.
    pub fn functions(&self) -> Vec<(u32, String)> {
        self.child.id().map_or_else(Vec::new, children)
    }

    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }
}

/// The one JSON object that it prints when it serves.
async fn told(child: &mut Child) -> Value {
    let mut lines = BufReader::new(child.stdout.take().expect("it was asked for")).lines();
    let mut text = String::new();
    loop {
        let line = lines.next_line().await.expect("its output can be read");
        text.push_str(&line.unwrap_or_else(|| panic!("it ended before it served: {text}")));
        if let Ok(value) = serde_json::from_str(&text) {
            // Whatever else it says must find a reader.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return value;
        }
    }
}

/// Sends the signal that no process can catch. One that has ended already is as good.
pub fn end(process: u32) {
    let _ = Command::new("kill")
        .args(["-9", &process.to_string()])
        .stderr(Stdio::null())
        .status();
}

fn children(of: u32) -> Vec<(u32, String)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name stands in brackets and may hold anything; the parent is the second field after it.
        let (head, tail) = stat.rsplit_once(')')?;
        let parent: u32 = tail.split_whitespace().nth(1)?.parse().ok()?;
        let name = head.split_once('(')?.1.to_owned();
        (parent == of).then_some((id, name))
    })
    .collect()
}

/// Asks again and again until it is so.
///
/// # Panics
/// After two minutes: what takes longer is stuck.
pub async fn until<T>(what: &str, mut asked: impl AsyncFnMut() -> Result<T, String>) -> T {
    let patience = Instant::now() + Duration::from_secs(120);
    loop {
        match asked().await {
            Ok(answer) => return answer,
            Err(why) => assert!(Instant::now() < patience, "it is not so that {what}: {why}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
