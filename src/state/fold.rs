//! The fold itself.

use std::collections::BTreeMap;

use crate::model::{CarrierName, Defaults, Event, Fact, Moment};

use super::carrier::CarrierState;
use super::health::Thresholds;
use super::verdict::Level;

/// What the fold goes by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// What holds for carriers that do not say otherwise.
    pub defaults: Defaults,
    /// How many probes in a row change a state.
    pub thresholds: Thresholds,
    /// Whether targets are probed at all.
    pub probing: bool,
}

/// All that is known.
#[derive(Clone, Debug)]
pub struct State {
    /// What it goes by.
    pub options: Options,
    /// The time of the last fact.
    pub now: Option<Moment>,
    carriers: BTreeMap<CarrierName, CarrierState>,
}

impl State {
    /// Nothing known yet.
    pub fn new(options: Options) -> Self {
        Self { options, now: None, carriers: BTreeMap::new() }
    }

    /// Takes in a fact, and says what follows from it.
    pub fn apply(&mut self, fact: &Fact) -> Vec<Event> {
        self.now = Some(fact.at);
        Vec::new()
    }

    /// One carrier.
    pub fn carrier(&self, name: &CarrierName) -> Option<&CarrierState> {
        self.carriers.get(name)
    }

    /// All carriers, the worst first, then by name.
    pub fn ranked(&self) -> Vec<&CarrierState> {
        let mut all: Vec<&CarrierState> = self.carriers.values().collect();
        all.sort_by_key(|carrier| carrier.verdict.level);
        all
    }

    /// How many carriers are at each level.
    pub fn count(&self, level: Level) -> usize {
        self.carriers.values().filter(|carrier| carrier.verdict.level == level).count()
    }
}
