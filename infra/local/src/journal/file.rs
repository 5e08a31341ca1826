//! Where the machine's one SQLite file is, and how sure a write to it must be.
//! It must not know what is stored in it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// What an acknowledged write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A kill of the process and a loss of power.
    Disk,
    /// Nothing: the file goes away with the machine.
    Memory,
}

pub(crate) struct DatabaseFile {
    path: PathBuf,
    durability: Durability,
    /// Deletes the folder when the machine goes; never read.
    _temporary: Option<tempfile::TempDir>,
}

impl DatabaseFile {
    /// `machine.db` in `folder`, which is created; without a folder a file that lives as long as this value, in memory where the system has such a place.
    pub(crate) fn open(folder: Option<&Path>) -> std::io::Result<Self> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder)?;
            return Ok(Self {
                path: folder.join("machine.db"),
                durability: Durability::Disk,
                _temporary: None,
            });
        }
        let shared_memory = Path::new("/dev/shm");
        let temporary = if shared_memory.is_dir() {
            tempfile::Builder::new()
                .prefix("machine-")
                .tempdir_in(shared_memory)
                .or_else(|_| tempfile::tempdir())?
        } else {
            tempfile::tempdir()?
        };
        Ok(Self {
            path: temporary.path().join("machine.db"),
            durability: Durability::Memory,
            _temporary: Some(temporary),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn durability(&self) -> Durability {
        self.durability
    }

    /// One more connection. Commits do not wait for the disk: whoever acknowledges a write flushes the log first, for many writes at once.
    pub(crate) fn connect(&self) -> Result<Connection, rusqlite::Error> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(connection)
    }

    /// The write-ahead log, whose flush makes every commit before it durable. It exists as long as a connection is open.
    pub(crate) fn log(&self) -> std::io::Result<std::fs::File> {
        let mut name = self.path.clone().into_os_string();
        name.push("-wal");
        std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(PathBuf::from(name))
    }
}
