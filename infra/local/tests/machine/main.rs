//! The machine as its users see it: real function processes, real SDK clients, the wire between them.
//! It must not reach into the crate.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod bus;
mod chain;
mod faults;
mod lambda;
mod mails;
mod parameters;
mod queues;
mod restart;
mod schedules;
mod streams;
mod table;
mod template;
mod urls;
