//! The deployment template on one machine: the same binaries, table, rules, schedules, queues and mails, in one process.
//! It knows the template and processes and must not know Baton's domain.

pub mod template;
