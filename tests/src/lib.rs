//! What the tests of the whole share: a world in one process with a seam below the real SDK, and a machine with the real programs.

pub mod machine;
pub mod process;
pub mod programs;
pub mod world;
