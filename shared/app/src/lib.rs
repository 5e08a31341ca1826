//! Baton's use cases, one file each: load, decide, commit. What a function's `main.rs` calls, a test calls too.
//! It must not hold a rule (those are `domain`'s) nor build a key or an AWS call (those are `store`'s).

mod advance;
mod arrive;
mod executor;
mod function;
mod invoice_draft;
mod invoice_issue;
mod invoice_letter;
mod invoice_month;
mod logs;
mod outcome;
mod papers;
mod people;
mod post;
mod presence;
mod returned;
mod rounds;
mod time_question;

pub mod advance_case;
pub mod apply;
pub mod board;
pub mod call;
pub mod credit;
pub mod explain;
pub mod invoice;
pub mod invoice_news;
pub mod invoice_run;
pub mod links;
pub mod notify;
pub mod park;
pub mod redrive;
pub mod relay;
pub mod sla_check;
pub mod start_case;
pub mod time_log;
pub mod trace;
pub mod webhook;
pub mod what_if;

/// The secrets that Baton itself signs with, by name; nobody else knows them, so they are made and never given.
pub const OWN_SECRETS: [&str; 1] = ["links"];

pub use function::{Error, Function, serve};
pub use outcome::{BatchAnswer, BatchItem, Told, TryAgain};
pub use post::Post;
