//! What the tests of the whole share: a world in one process, with the real use cases, the real SDK and a seam below it.

pub mod world;
