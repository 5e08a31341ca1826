//! What the pattern language must do: a table of kinds, refusals, laws, and a comparison with an independent implementation.
//! One binary, so that the crate is linked once.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod laws;
mod matching;
mod oracle;
mod reference;
mod refusals;
