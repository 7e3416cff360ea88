//! Events that are held back for a moment: whether a target fell silent, or all of them did, shows only when the
//! others have been asked, too.

use std::time::Duration;

use crate::model::{Endpoint, Event, EventKind, HealthState, Moment};

/// No event is held for longer: by then all others have been asked.
const HOLD: Duration = Duration::from_secs(30);

/// An event, and from when on a sign of life shows that it is no fault of ours.
#[derive(Clone, Debug)]
pub(in crate::state) struct Held {
    pub(in crate::state) event: Event,
    /// When that was sent which was not answered.
    pub(in crate::state) asked: Moment,
}

impl Held {
    /// Whether it is told now, when something of its kind was last heard of at `heard`.
    pub(in crate::state) fn is_due(&self, now: Moment, heard: Option<Moment>) -> bool {
        heard >= Some(self.asked) || now.since(self.event.at) >= HOLD
    }

    /// Whether it is about the DNS, and not about a target.
    pub(in crate::state) const fn is_dns(&self) -> bool {
        matches!(self.event.kind, EventKind::Dns(_))
    }

    /// The state of this target before, where the event is about it.
    pub(in crate::state) fn from(&self, carrier: &str, at: Endpoint) -> Option<HealthState> {
        match &self.event.kind {
            EventKind::Health { endpoint, from, .. } if *endpoint == at => {
                self.event.carrier.as_ref().filter(|name| name.as_str() == carrier).map(|_| *from)
            }
            _ => None,
        }
    }
}
