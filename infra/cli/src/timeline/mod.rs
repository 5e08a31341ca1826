//! A case's history as lines that a person reads from top to bottom.
//! It must not read the table, nor decide what a fact means: facts say what happened.

mod clock;
mod effect;
mod fact;
mod trace;

pub use fact::{Line, Tag, Telling, open_duties};
pub use trace::{entries, queue, render};

#[cfg(test)]
pub mod sample;
