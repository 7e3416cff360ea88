//! Whether the trouble is ours: everything, at every carrier, fell silent at once.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::{HealthState, Moment, ProbeResult};
use crate::state::carrier::CarrierState;

/// Targets that must have answered before, for their silence to say something about us.
const FEWEST: usize = 4;

/// All targets stopped within this time: two intervals of the default, so that each was probed.
const WITHIN: Duration = Duration::from_secs(60);

/// The suspicion that our own uplink is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::state) struct Uplink {
    /// When the last answer came.
    pub since: Moment,
    /// How many targets fell silent.
    pub targets: usize,
    /// Of how many carriers.
    pub carriers: usize,
    /// Between the last answers of the first and of the last of them.
    pub within: Duration,
}

impl Uplink {
    /// Looks whether everything that is probed, at several carriers, is silent now, and enough of it
    /// stopped at about the same time. Whatever comes back, be it a refusal, clears us; what was dead long
    /// before says nothing.
    pub(in crate::state) fn suspect<'c>(carriers: impl Iterator<Item = &'c CarrierState>) -> Option<Self> {
        let mut stopped: Vec<(Moment, usize)> = Vec::new();
        for (at, carrier) in carriers.enumerate() {
            for health in carrier.health.values() {
                let Some(report) = &health.last else { continue };
                if health.state == HealthState::Maintenance {
                    continue;
                }
                match report.result {
                    ProbeResult::Timeout | ProbeResult::Unreachable => {}
                    // What never left this machine, a certificate that cannot be read say, clears nobody.
                    _ if report.ours => continue,
                    _ => return None,
                }
                stopped.extend(health.last_answer.map(|answered| (answered, at)));
            }
        }
        let since = stopped.iter().map(|(answered, _)| *answered).max()?;
        stopped.retain(|(answered, _)| since.since(*answered) <= WITHIN);
        let first = stopped.iter().map(|(answered, _)| *answered).min()?;
        let carriers = stopped.iter().map(|(_, carrier)| carrier).collect::<BTreeSet<_>>().len();
        let targets = stopped.len();
        (targets >= FEWEST && carriers >= 2).then(|| Self { since, targets, carriers, within: since.since(first) })
    }
}
