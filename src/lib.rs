//! trunktop: a terminal dashboard for SIP trunks.

pub mod dns;
pub mod model;
pub mod monitor;
pub mod store;
