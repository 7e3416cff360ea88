//! What holds for every table of records, and for every outage.

use std::sync::Arc;

use trunktop::locate::{self, Engine};

mod phases;
mod pins;
mod preview;
mod stacks;
mod walk;

/// Every engine, as it comes and with each value of each of its settings.
fn every_engine() -> Vec<Arc<dyn Engine>> {
    let mut all = locate::engines();
    for engine in locate::engines() {
        let profile = engine.profile();
        for setting in profile.settings {
            let written = setting.values.iter().map(|value| format!("{}:{}={value}", profile.name, setting.name));
            all.extend(written.map(|written| locate::engine(&written).unwrap()));
        }
    }
    all
}
