//! The files that the command carries with it, so that it needs no checkout: the starter company and the demo's events.
//! It must not read a folder.

include!(concat!(env!("OUT_DIR"), "/carried.rs"));

/// The deployment template, as `sam deploy` reads it.
pub const TEMPLATE: &str = include_str!("../../template.yaml");
