//! Named parameters by the protocol of AWS Systems Manager: read one, write one, list a folder.
//! It must not print a value, and the file it keeps them in is its owner's alone.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::wire::JsonAnswer;

const FILE: &str = "secrets.json";
const PAGE: usize = 10;
const LARGEST_BYTES: usize = 4096;
/// What is shown of an encrypted value to whoever does not ask for it in the clear.
const ENCRYPTED: &str = "encrypted";

pub(crate) struct Parameters {
    /// `None`: nothing outlives the machine.
    file: Option<PathBuf>,
    by_path: Mutex<BTreeMap<String, Kept>>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Kept {
    value: String,
    kind: String,
    version: u64,
}

impl Parameters {
    /// Those that were kept in the folder, and those `from_start` that were not.
    pub(crate) fn open(
        folder: Option<&Path>,
        from_start: &BTreeMap<String, String>,
    ) -> io::Result<Self> {
        let file = folder.map(|folder| folder.join(FILE));
        let mut by_path: BTreeMap<String, Kept> = match &file {
            Some(file) if file.exists() => {
                serde_json::from_slice(&std::fs::read(file)?).map_err(|error| {
                    // The error's own words could repeat a value.
                    let at = format!("line {} column {}", error.line(), error.column());
                    io::Error::other(format!("{}, {at}, is not as it was kept", file.display()))
                })?
            }
            _ => BTreeMap::new(),
        };
        let kept_before = by_path.len();
        for (path, value) in from_start {
            by_path.entry(path.clone()).or_insert_with(|| Kept {
                value: value.clone(),
                kind: "SecureString".to_owned(),
                version: 1,
            });
        }
        if let Some(file) = &file
            && by_path.len() > kept_before
        {
            write(file, &by_path)?;
        }
        Ok(Self {
            file,
            by_path: Mutex::new(by_path),
        })
    }

    /// Answers one call.
    pub(crate) fn call(&self, operation: &str, request: &Value) -> JsonAnswer {
        match operation {
            "GetParameter" => self.get(request),
            "PutParameter" => self.put(request),
            "GetParametersByPath" => self.below(request),
            _ => refused(
                "InvalidAction",
                &format!("{operation} is not an operation of this machine's parameters"),
            ),
        }
    }

    fn get(&self, request: &Value) -> JsonAnswer {
        let path = request["Name"].as_str().unwrap_or_default();
        match self.kept().get(path) {
            Some(kept) => ok(&json!({ "Parameter": shown(path, kept, is_decrypted(request)) })),
            None => refused("ParameterNotFound", ""),
        }
    }

    fn put(&self, request: &Value) -> JsonAnswer {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let (path, value) = (text("Name"), text("Value"));
        if !path.starts_with('/') || value.is_empty() || value.len() > LARGEST_BYTES {
            return refused(
                "ValidationException",
                "a name that begins with / and a value of 1 to 4096 bytes are needed",
            );
        }
        let mut by_path = self.kept();
        let before = by_path.get(path);
        if before.is_some() && request["Overwrite"] != true {
            return refused(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
            );
        }
        let kept = Kept {
            value: value.to_owned(),
            kind: request["Type"].as_str().unwrap_or("String").to_owned(),
            version: before.map_or(1, |before| before.version + 1),
        };
        let version = kept.version;
        let mut after = by_path.clone();
        after.insert(path.to_owned(), kept);
        if let Some(file) = &self.file
            && let Err(error) = write(file, &after)
        {
            return refused("InternalServerError", &error.to_string());
        }
        *by_path = after;
        ok(&json!({ "Version": version, "Tier": "Standard" }))
    }

    fn below(&self, request: &Value) -> JsonAnswer {
        let folder = request["Path"].as_str().unwrap_or_default();
        let folder = format!("{}/", folder.trim_end_matches('/'));
        let after = request["NextToken"].as_str().unwrap_or_default();
        let is_deep = request["Recursive"] == true;
        let by_path = self.kept();
        let mut found = by_path.iter().filter(|(path, _)| {
            let rest = path.strip_prefix(&folder);
            rest.is_some_and(|rest| is_deep || !rest.contains('/')) && path.as_str() > after
        });
        let page: Vec<(&String, &Kept)> = found.by_ref().take(PAGE).collect();
        let parameters: Vec<Value> = page
            .iter()
            .map(|(path, kept)| shown(path, kept, is_decrypted(request)))
            .collect();
        let mut answer = json!({ "Parameters": parameters });
        if let (Some((last, _)), Some(_)) = (page.last(), found.next()) {
            answer["NextToken"] = last.as_str().into();
        }
        ok(&answer)
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.by_path.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_decrypted(request: &Value) -> bool {
    request["WithDecryption"] == true
}

fn shown(path: &str, kept: &Kept, is_decrypted: bool) -> Value {
    let is_hidden = kept.kind == "SecureString" && !is_decrypted;
    let value = if is_hidden { ENCRYPTED } else { &kept.value };
    json!({ "Name": path, "Type": kept.kind, "Value": value, "Version": kept.version, "DataType": "text" })
}

/// Replaces the file in one step; nobody but its owner may read it, not even while it is written.
fn write(file: &Path, by_path: &BTreeMap<String, Kept>) -> io::Result<()> {
    let beside = file.with_extension("new");
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&beside)?;
    written.write_all(&serde_json::to_vec_pretty(by_path)?)?;
    written.sync_all()?;
    std::fs::rename(&beside, file)
}

fn ok(body: &Value) -> JsonAnswer {
    answer(StatusCode::OK, body)
}

fn refused(code: &str, message: &str) -> JsonAnswer {
    answer(
        StatusCode::BAD_REQUEST,
        &json!({ "__type": code, "message": message }),
    )
}

fn answer(status: StatusCode, body: &Value) -> JsonAnswer {
    JsonAnswer {
        status,
        content_type: "application/x-amz-json-1.1",
        body: body.to_string(),
    }
}
