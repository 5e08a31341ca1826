//! Clocks of a case that is worked elsewhere: what each event does to them, and what becomes of them when priority, client,
//! hours and the case itself change.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stopped"
)]

mod events;
mod hands;
mod targets;
mod ticket;
