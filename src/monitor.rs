//! Watches carriers: asks the DNS, probes targets, and emits facts.

mod ports;

pub use ports::{Ask, Clock, Probe};
