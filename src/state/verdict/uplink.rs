//! Whether the trouble is ours: everything, at every carrier, fell silent at once.

use std::time::Duration;

use crate::model::{Moment, ProbeResult};
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
    /// Looks whether every target that ever answered, of several carriers, is now silent, and all fell
    /// silent at about the same time. A refusal is an answer of the network, and clears us.
    pub(in crate::state) fn suspect<'c>(carriers: impl Iterator<Item = &'c CarrierState>) -> Option<Self> {
        let (mut targets, mut of, mut first, mut last) = (0, 0, None::<Moment>, None::<Moment>);
        for carrier in carriers {
            let mut any = false;
            for health in carrier.health.values() {
                let Some(answered) = health.last_answer else { continue };
                let silent = health.misses > 0
                    && health
                        .last
                        .as_ref()
                        .is_some_and(|report| matches!(report.result, ProbeResult::Timeout | ProbeResult::Unreachable));
                if !silent {
                    return None;
                }
                any = true;
                targets += 1;
                first = Some(first.map_or(answered, |first| first.min(answered)));
                last = Some(last.map_or(answered, |last| last.max(answered)));
            }
            of += usize::from(any);
        }
        let (first, since) = (first?, last?);
        let within = since.since(first);
        (targets >= FEWEST && of >= 2 && within <= WITHIN).then_some(Self { since, targets, carriers: of, within })
    }
}
