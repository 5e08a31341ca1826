//! Promises kept by the real programs on one machine: the functions as processes, the template's wiring, the wire of AWS.
//! Each test bears the id of its promise.

mod bad_input;
mod files;
mod killed;
mod many;
mod p12;
mod p13;
mod p20;
mod p21;
mod p22;
mod p23;
mod p25;
mod p25_calls;
mod p25_schemes;
mod p3;
mod p30;
mod p31;
mod p31_links;
mod p33;
mod p34;
mod p42;
mod p70;
mod p70_month;
mod p71;
mod p73;
mod p74;
mod p74_returned;
mod p75;
mod p80;
mod p81;
mod rounds;
