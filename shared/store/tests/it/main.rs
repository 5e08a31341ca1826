//! What the store does with every answer the outside can give, and the same operations on a real engine.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod bus;
mod engine;
mod mailer;
mod secrets;
mod table;
mod transact;
mod wire;
