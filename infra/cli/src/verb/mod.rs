//! One file per verb: its arguments, what it does, what it says.
//! A verb must not reach into another.

pub mod apply;
pub mod chain;
pub mod check;
pub mod demo;
pub mod explain;
pub mod init;
pub mod local;
pub mod owners;
pub mod redrive;
pub mod send;
pub mod trace;
