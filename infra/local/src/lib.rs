//! The deployment template on one machine: the same binaries, table, rules, schedules, queues and mails, in one process.
//! It knows the template and processes and must not know Baton's domain.

mod agenda;
mod arn;
mod bus;
pub mod clock;
mod counts;
mod faults;
mod host;
mod invoke;
mod journal;
mod lambda;
mod parameters;
mod queues;
mod rest;
pub mod schedule;
mod schedules;
mod ses;
mod streams;
mod table;
pub mod template;
mod urls;
mod wire;

pub use counts::{Counts, FunctionCount, OperationCount};
pub use faults::{Fault, How, When};
pub use host::{Host, Settings, StartError};
pub use lambda::{LogLine, LogListener};
pub use queues::Message;
pub use ses::{Attachment, Mail, Parsed};
