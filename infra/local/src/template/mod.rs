//! Reads the deployment template and resolves it to a `Wiring`.
//! It must not know what any function does.

mod wiring;

pub use wiring::*;
