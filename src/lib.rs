//! trunktop: a terminal dashboard for SIP trunks.

pub mod cli;
pub mod dns;
pub mod lab;
pub mod locate;
pub mod model;
pub mod monitor;
pub mod preview;
pub mod report;
pub mod sip;
pub mod state;
pub mod store;
pub mod tui;
