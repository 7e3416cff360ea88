//! If this dies, who gets the traffic, and what does it cost the callers?
//!
//! A preview is a resolution under an overlay of outages: those that probes have seen, and those that an
//! operator forces. It is computed by the engine's own rules ([`Engine::attempt`]) and never sampled;
//! nothing is sent because of it.

mod words;

use std::time::Duration;

use crate::locate::{Engine, Fates, Memory, Odds};
use crate::model::{Candidate, Carrier, Endpoint, Failure, Host, Outage, Pop, Resolution, Share, Transport, What};

/// Where new requests land, and what it costs them.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// Each target, in the order of the tiers.
    pub landings: Vec<Landing>,
    /// Chance that a request lands nowhere.
    pub lost: Share,
    /// How long it takes at worst until the engine gives up, or the caller hangs up.
    pub lost_after: Duration,
    /// What those wait that land.
    pub wait: Wait,
    /// Whether the shares are exact; if not they are shown with `~`.
    pub exact: bool,
    /// The reasons, in words.
    pub why: Vec<String>,
}

/// What a target gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Landing {
    /// Place of its tier, from 0.
    pub tier: usize,
    /// The target.
    pub target: Host,
    /// Over what.
    pub transport: Transport,
    /// On which port.
    pub port: u16,
    /// The POP that it belongs to.
    pub pop: Pop,
    /// First, final and waiting.
    pub odds: Odds,
    /// Whether it fails at every address.
    pub fails: bool,
}

/// What requests wait.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wait {
    /// Over all requests that land, those that do not wait included.
    pub mean: Duration,
    /// The longest.
    pub max: Duration,
    /// Chance of a request to land after a wait.
    pub share: Share,
}

/// What a POP gets.
#[derive(Clone, Debug, PartialEq)]
pub struct PopShare {
    /// The POP.
    pub pop: Pop,
    /// Chance to be tried first.
    pub first: Share,
    /// Chance that a request lands there.
    pub landing: Share,
}

/// Computes where new requests land. `seen` tells how an endpoint fails as probes show it; what an
/// operator forces comes before it. Callers hang up after `patience`, never without one.
pub fn preview(
    engine: &dyn Engine,
    resolution: &Resolution,
    carrier: &Carrier,
    forced: &[Outage],
    seen: impl Fn(Endpoint) -> Option<Failure>,
    patience: Option<Duration>,
) -> Preview {
    let fates =
        Fates::of(resolution, |candidate| fate(carrier, forced, candidate).or_else(|| seen(candidate.endpoint())));
    let attempt = engine.attempt(resolution, &fates, &Memory::default(), patience);
    let mut landings = Vec::new();
    for (tier_at, tier) in resolution.tiers.iter().enumerate() {
        for (target_at, target) in tier.targets.iter().enumerate() {
            let odds = attempt.odds.get(tier_at).and_then(|odds| odds.get(target_at)).copied().unwrap_or_default();
            landings.push(Landing {
                tier: tier_at,
                target: target.host.clone(),
                transport: tier.transport,
                port: target.port,
                pop: carrier.pop_of(&target.host),
                odds,
                fails: fates.target(tier_at, target_at).iter().all(Option::is_some),
            });
        }
    }
    let landed: f64 = landings.iter().map(|l| l.odds.landing.0).sum();
    let waited: f64 = landings.iter().map(|l| l.odds.landing.0 * l.odds.mean.as_secs_f64()).sum();
    let wait = Wait {
        mean: Duration::from_secs_f64(if landed > 0.0 { waited / landed } else { 0.0 }),
        max: landings.iter().filter(|l| l.odds.landing.is_some()).map(|l| l.odds.max).max().unwrap_or_default(),
        share: attempt.waiting,
    };
    let why = words::why(engine, resolution, &fates, &attempt, patience);
    Preview { landings, lost: attempt.lost, lost_after: attempt.lost_after, wait, exact: attempt.exact, why }
}

fn fate(carrier: &Carrier, forced: &[Outage], candidate: &Candidate<'_>) -> Option<Failure> {
    // The last word on a target is the one that counts.
    forced.iter().rev().find(|outage| outage.what.covers(carrier, candidate)).map(|outage| outage.how)
}

impl Preview {
    /// What each POP gets, in the order of the tiers; a POP over several tiers or transports once.
    pub fn pops(&self) -> Vec<PopShare> {
        let mut pops: Vec<PopShare> = Vec::new();
        for landing in &self.landings {
            let (first, lands) = (landing.odds.first, landing.odds.landing);
            match pops.iter_mut().find(|known| known.pop == landing.pop) {
                Some(known) => {
                    known.first += first;
                    known.landing += lands;
                }
                None => pops.push(PopShare { pop: landing.pop.clone(), first, landing: lands }),
            }
        }
        pops
    }
}

/// What there is to fail in a resolution, in the order of the tiers: targets, POPs that hold more than
/// one of them, priorities, transports, addresses.
pub fn what_can_fail(resolution: &Resolution, carrier: &Carrier) -> Vec<What> {
    let mut all: Vec<What> = Vec::new();
    let mut add = |what: What| {
        if !all.contains(&what) {
            all.push(what);
        }
    };
    resolution.candidates().for_each(|c| add(What::Target(c.target.host.clone())));
    for candidate in resolution.candidates() {
        let pop = carrier.pop_of(&candidate.target.host);
        if pop.to_string() != candidate.target.host.to_string() {
            add(What::Pop(pop));
        }
    }
    resolution.tiers.iter().filter_map(|tier| tier.priority).for_each(|priority| add(What::Tier(priority)));
    resolution.tiers.iter().for_each(|tier| add(What::Transport(tier.transport)));
    resolution.candidates().for_each(|c| add(What::Address(c.address.ip)));
    all
}

/// Whether an outage hits anything in a resolution.
pub fn hits(what: &What, resolution: &Resolution, carrier: &Carrier) -> bool {
    resolution.candidates().any(|candidate| what.covers(carrier, &candidate))
}

#[cfg(test)]
mod tests;
