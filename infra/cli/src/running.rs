//! The note a running host leaves, so that `apply`, `send` and `trace` in another terminal find it.
//! It must not talk to the host beyond asking whether it is there.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// File in a data folder, and in the user's cache for whoever names no folder.
const FILE: &str = "running.json";

/// How a host on this machine is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// `http://127.0.0.1:8420`
    pub url: String,
    pub table: String,
    pub bus: String,
    pub sender: String,
    /// Where the shown time stands, if it is not the real one.
    pub clock_file: Option<PathBuf>,
    pub process: u32,
    pub started_at: Timestamp,
}

impl Running {
    /// Writes the note, replacing an older one in one step.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other)?;
        let beside = folder.join(format!("{FILE}.{}", self.process));
        fs::write(&beside, text)?;
        fs::rename(&beside, folder.join(FILE))
    }

    /// Takes the note away, unless another host has put its own there.
    pub fn remove(&self, folder: &Path) {
        if Self::read(folder).ok().flatten().as_ref() == Some(self) {
            // A note that stays behind is found out when its host does not answer.
            let _ = fs::remove_file(folder.join(FILE));
        }
    }

    /// `None`: no host has left a note there.
    pub fn read(folder: &Path) -> Result<Option<Self>, Failure> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| {
                Failure::refused(format!(
                    "{} is not what a host writes: {error}",
                    path.display()
                ))
                .help("delete it and start `baton local` again")
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::outside(format!("{}: {error}", path.display()))),
        }
    }

    /// Whether something listens there.
    pub fn answers(&self) -> bool {
        let address = self
            .url
            .strip_prefix("http://")
            .and_then(|address| address.parse::<SocketAddr>().ok());
        address.is_some_and(|address| {
            TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
        })
    }
}

/// Where the note of the host that was started last lies: the user's cache, else the machine's folder for temporary files.
pub fn users_folder() -> PathBuf {
    match std::env::home_dir() {
        Some(home) if home.is_absolute() => home.join(".cache").join("baton"),
        _ => std::env::temp_dir().join("baton"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(process: u32) -> Running {
        Running {
            url: "http://127.0.0.1:9".into(),
            table: "Table".into(),
            bus: "Bus".into(),
            sender: "baton@studio.example".into(),
            clock_file: None,
            process,
            started_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_note_is_found_again_and_only_its_own_host_takes_it_away() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("data");
        assert_eq!(Running::read(&below).unwrap(), None);
        note(1).write(&below).unwrap();
        note(2).write(&below).unwrap();
        note(1).remove(&below);
        assert_eq!(Running::read(&below).unwrap(), Some(note(2)));
        note(2).remove(&below);
        assert_eq!(Running::read(&below).unwrap(), None);
    }

    #[test]
    fn a_note_that_is_no_note_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "{}").unwrap();
        let failure = Running::read(folder.path()).unwrap_err();
        assert!(
            failure.message.contains("missing field `url`"),
            "{failure:?}"
        );
        assert_eq!(
            failure.help.as_deref(),
            Some("delete it and start `baton local` again")
        );
    }

    #[test]
    fn a_host_that_is_gone_does_not_answer() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut running = note(1);
        running.url = format!("http://{}", listener.local_addr().unwrap());
        assert!(running.answers());
        drop(listener);
        assert!(!running.answers());
    }
}
