//! Baton's rules: plain data and pure functions. Time, people and settings are arguments.
//! It must not do I/O, read a clock, or know of AWS.

pub mod address;
pub mod alike;
pub mod assign;
pub mod billing;
pub mod calendar;
pub mod case;
pub mod clock;
pub mod company;
pub mod condition;
pub mod correlation;
pub mod definition;
pub mod event;
pub mod id;
pub mod link;
pub mod past;
pub mod repeats;
pub mod response;
pub mod schedule;
pub mod start;
pub mod value;
pub mod webhook;
