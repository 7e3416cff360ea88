//! trunktop: a terminal dashboard for SIP trunks.

pub mod lab;
pub mod model;
pub mod monitor;
pub mod sip;
