//! What the store does with every answer the outside can give, and the same operations on a real engine.

mod bus;
mod engine;
mod mailer;
mod table;
mod wire;
