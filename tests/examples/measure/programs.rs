//! The programs that are measured: the template's functions and the yardstick, built by cargo in this command's own profile.
//! It must not know what a function does.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tests::world::{root, wiring};
use tokio::process::Command;

use crate::Failure;

/// The yardstick: its name in tables, and where its program lies below the folder of the others.
pub const HELLO: &str = "hello";
pub const HELLO_PROGRAM: &str = "examples/hello";

/// Cargo builds the functions in the profile of this very program, and programs that are there already are taken for such.
const IS_RELEASE: bool = !cfg!(debug_assertions);

pub struct Programs {
    /// `target/release` or `target/debug`, or what the command was told.
    pub folder: PathBuf,
    /// Whether this is what is shipped. Bars on bytes mean nothing for another profile.
    pub is_release: bool,
}

impl Programs {
    /// Programs that lie there already.
    pub fn built(folder: &Path) -> Result<Self, Failure> {
        let programs = Self {
            folder: folder.canonicalize()?,
            is_release: IS_RELEASE,
        };
        programs.are_there()?;
        Ok(programs)
    }

    fn are_there(&self) -> Result<(), Failure> {
        let wiring = wiring();
        let names = wiring
            .functions
            .iter()
            .map(|function| function.binary.as_str());
        for name in names.chain([HELLO_PROGRAM]) {
            let path = self.path(name);
            if !path.is_file() {
                return Err(format!("there is no program at {}", path.display()).into());
            }
        }
        Ok(())
    }

    pub fn path(&self, program: &str) -> PathBuf {
        self.folder
            .join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
    }
}

/// Builds all of them in one call, so that the features are those of this very program and nothing is compiled twice.
pub async fn build() -> Result<Programs, Failure> {
    let wiring = wiring();
    eprintln!("building {} functions and {HELLO}", wiring.functions.len());
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--bins", "--example", HELLO, "-p", "tests"])
        .args(if IS_RELEASE {
            ["--release"].as_slice()
        } else {
            &[]
        })
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    for function in &wiring.functions {
        build.args(["-p", &function.binary]);
    }
    if !build.status().await?.success() {
        return Err("the functions can not be built; cargo says why above".into());
    }
    let programs = Programs {
        folder: folder(&std::env::current_exe()?)?,
        is_release: IS_RELEASE,
    };
    programs.are_there()?;
    Ok(programs)
}

/// An example lies in `examples` below the folder of the programs.
fn folder(example: &Path) -> Result<PathBuf, Failure> {
    let folder = example.parent().and_then(Path::parent);
    Ok(folder
        .ok_or("this program does not lie in a target folder")?
        .to_owned())
}
