//! trunktop: a terminal dashboard for SIP trunks.

pub mod locate;
pub mod model;
pub mod monitor;
pub mod preview;
pub mod state;
pub mod tui;
