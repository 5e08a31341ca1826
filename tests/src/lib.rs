//! What the tests of the whole share: a world in one process with a seam below the real SDK, scripts played in it, and a machine with the real programs.

pub mod cost;
pub mod machine;
pub mod owned;
pub mod play;
pub mod process;
pub mod programs;
pub mod tool;
pub mod world;
