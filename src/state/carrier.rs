//! What is known of one carrier.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::locate::{self, Engine};
use crate::model::{Carrier, Endpoint, Event, Failure, Moment, Outage, Resolution, Revision, Survey};
use crate::preview::{self, Preview};

use super::health::{Health, Thresholds};
use super::verdict::{self, Verdict};

/// How many events a carrier keeps.
pub(super) const EVENTS: usize = 200;

/// What is known of one carrier.
#[derive(Clone, Debug)]
pub struct CarrierState {
    /// As saved.
    pub carrier: Arc<Carrier>,
    /// What DNS says, as of the last complete round; none before the first.
    pub published: Option<Published>,
    /// What the last questions gave, for drawing and for the next round.
    pub(super) survey: Survey,
    /// The health of each endpoint that was probed.
    pub health: BTreeMap<Endpoint, Health>,
    /// What the operator forces, in the order it was forced.
    pub forced: Vec<Outage>,
    /// Where new requests land; none before the first round.
    pub previews: Option<Previews>,
    /// The carrier in one sentence.
    pub verdict: Verdict,
    /// What happened, oldest first, at most 200.
    pub events: VecDeque<Event>,
    /// Since when questions fail, where they do.
    pub dns_failing: Option<Moment>,
}

/// A survey that was complete, and what the engine makes of it.
#[derive(Clone, Debug)]
pub struct Published {
    /// Which.
    pub revision: Revision,
    /// When the round settled.
    pub at: Moment,
    /// When the next RRset is due to be asked again.
    pub next: Moment,
    /// What the engine would do now.
    pub resolution: Arc<Resolution>,
    /// What is drawn: as `resolution`, except that where questions fail the last good answers stand in,
    /// marked with their age. The targets in it are those that are probed.
    pub drawn: Arc<Resolution>,
}

/// Where new requests land.
#[derive(Clone, Debug, PartialEq)]
pub struct Previews {
    /// If nothing failed.
    pub clean: Preview,
    /// With the outages that probes show.
    pub now: Preview,
    /// With what the operator forces on top of that; none where nothing is forced.
    pub then: Option<Preview>,
}

impl CarrierState {
    pub(super) fn new(carrier: Arc<Carrier>) -> Self {
        Self {
            carrier,
            published: None,
            survey: Survey::default(),
            health: BTreeMap::new(),
            forced: Vec::new(),
            previews: None,
            verdict: Verdict::waiting(),
            events: VecDeque::new(),
            dns_failing: None,
        }
    }

    /// The engine that the carrier is walked as: its own where it is known here, else the reference.
    pub fn engine(&self) -> &'static dyn Engine {
        self.carrier.engine.as_ref().and_then(|name| locate::engine(name.as_str())).unwrap_or_else(locate::reference)
    }

    /// The engine that the carrier names and that is not known here.
    pub fn engine_unknown(&self) -> Option<&str> {
        let named = self.carrier.engine.as_ref()?.as_str();
        locate::engine(named).is_none().then_some(named)
    }

    /// How an endpoint fails as probes show it.
    pub fn seen(&self, endpoint: Endpoint) -> Option<Failure> {
        self.health.get(&endpoint).and_then(Health::failure)
    }

    /// Computes what hangs on the resolution, the health and the forced outages.
    pub(super) fn derive(&mut self, now: Moment, thresholds: Thresholds) {
        self.previews = self.published.as_ref().map(|published| {
            let engine = self.engine();
            let of = |forced: &[Outage], real: bool| {
                let seen = |endpoint| if real { self.seen(endpoint) } else { None };
                preview::preview(engine, &published.drawn, &self.carrier, forced, seen)
            };
            let then = if self.forced.is_empty() { None } else { Some(of(&self.forced, true)) };
            Previews { clean: of(&[], false), now: of(&[], true), then }
        });
        self.verdict = verdict::verdict(self, now, thresholds);
    }
}
