//! Reads the deployment template and resolves it to a `Wiring`, refusing what AWS refuses and what this machine could not do alike.
//! It must not know what any function does.

mod conditions;
mod error;
mod events;
mod functions;
mod globals;
mod intrinsics;
mod mails;
mod mappings;
mod names;
mod node;
mod parameters;
mod properties;
mod queues;
mod references;
mod resources;
mod rules;
mod schedules;
mod scope;
mod tables;
mod wiring;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use error::TemplateError;
pub use wiring::*;

/// What a template is resolved with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Values for the template's parameters; those with a default may be left out.
    pub parameters: BTreeMap<String, String>,
    /// Where function URLs are served, such as `http://127.0.0.1:8080`; the URL of `F` is `http://127.0.0.1:8080/F/`.
    pub url_base: String,
    /// What `AWS::Region` stands for.
    pub region: String,
}

/// Reads a SAM template and resolves every intrinsic for these settings.
///
/// Names are logical ids: a physical name in the template (`TableName`, `Name`) is for AWS alone.
///
/// # Errors
/// The first thing that AWS would refuse, or that would behave differently on this machine: line, resource, property and mend.
pub fn read(text: &str, settings: &Settings) -> Result<Wiring, TemplateError> {
    let template = yaml::parse(text)?;
    resources::wire(&template, settings)
}
