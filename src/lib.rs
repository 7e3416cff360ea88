//! trunktop: a terminal dashboard for SIP trunks.

pub mod model;
pub mod monitor;
pub mod sip;
