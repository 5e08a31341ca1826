//! The loader as its users see it: the starter, seeded mistakes, what is printed, any input, the example events.

mod any_input;
mod broken;
mod common;
mod demo;
mod events;
mod rendered;
mod several;
mod slips;
mod starter;
mod whole;
