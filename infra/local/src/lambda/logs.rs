//! What the functions print, line by line, with the function's name.
//! It must not change a line.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// One line that a function printed, or that the machine says about it.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    /// Logical id.
    pub function: &'a str,
    pub text: &'a str,
}

/// Somebody who hears every line.
pub type LogListener = Arc<dyn Fn(LogLine<'_>) + Send + Sync>;

/// Goes to the listener, and to `<folder>/<function>.log`.
#[derive(Clone, Default)]
pub(crate) struct Logs {
    listener: Option<LogListener>,
    folder: Option<PathBuf>,
    files: Arc<Mutex<HashMap<String, File>>>,
}

impl Logs {
    pub(crate) fn new(listener: Option<LogListener>, folder: Option<PathBuf>) -> Self {
        Self {
            listener,
            folder,
            files: Arc::default(),
        }
    }

    pub(crate) fn line(&self, function: &str, text: &str) {
        if let Some(listener) = &self.listener {
            listener(LogLine { function, text });
        }
        if let Some(folder) = &self.folder {
            let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            if !files.contains_key(function) {
                let path = folder.join(format!("{function}.log"));
                match File::options().create(true).append(true).open(&path) {
                    Ok(file) => {
                        files.insert(function.to_owned(), file);
                    }
                    Err(error) => {
                        tracing::warn!(%error, path = %path.display(), "a log file cannot be opened");
                        return;
                    }
                }
            }
            if let Some(file) = files.get_mut(function) {
                // A full disk must not stop the machine; the listener still has the line.
                let _ = file.write_all(format!("{text}\n").as_bytes());
            }
        }
    }

    /// Copies a stream of a process until it ends.
    pub(crate) async fn copy(self, function: String, stream: impl AsyncRead + Unpin) {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        loop {
            line.clear();
            match reader.read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {
                    let text = String::from_utf8_lossy(&line);
                    self.line(&function, text.trim_end_matches(['\n', '\r']));
                }
            }
        }
    }
}
