//! Workspace files in, checked definitions out, with every problem of every file in one pass.
//! It must not know what runs on them, nor where they are kept.

mod actions;
mod alone;
mod billing;
mod calendars;
mod case_clocks;
mod chain;
mod clients;
mod clock;
mod condition;
mod cycles;
mod events;
mod fields;
mod files;
mod letterhead;
mod names;
mod order;
mod outside;
mod overlap;
mod people;
mod problem;
mod render;
mod shelf;
mod steps;
mod targets;
mod team;
mod texts;
mod trigger;
mod values;
mod versions;
mod webhooks;
mod workflow;
mod workspace;
mod yaml;

use std::collections::BTreeMap;

use domain::company::{Client, Team};
use domain::definition::Workflow;
use domain::id::WorkflowId;

pub use files::read_folder;
pub use letterhead::read as letterhead;
pub use problem::{Problem, Severity};
pub use render::render;
pub use versions::{check_versions, content_hash};
pub use workspace::load;

/// What the files say, and what is wrong with them.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// `None` when any problem is an error.
    pub workspace: Option<Workspace>,
    /// By file, line and column.
    pub problems: Vec<Problem>,
    /// Where each workflow states its version.
    pub(crate) versions: BTreeMap<WorkflowId, (String, problem::At)>,
}

/// Ready to be applied: names resolved, checklists and mail texts embedded.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub team: Team,
    pub clients: Vec<Client>,
    pub workflows: Vec<Workflow>,
    /// The file that states each workflow, such as `workflows/ready_for_qa.yaml`.
    pub files: BTreeMap<WorkflowId, String>,
}
