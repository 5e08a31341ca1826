//! The parts of `baton demo`: what is seen, how it is told, and whether the chain is whole.
//! It must not know how the machine runs.

mod chain;
mod seen;
mod story;

pub use chain::{Around, check};
#[cfg(test)]
pub use seen::{AttachmentSeen, CaseSeen, MailSeen};
pub use seen::{News, Seen};
pub use story::{Closing, Moment, closing, event_line, mail_line, opening};
