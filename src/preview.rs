//! If this dies, who gets the traffic, and what does it cost the callers?
//!
//! A preview is a resolution under an overlay of outages: those that probes have seen, and those that an
//! operator forces. It is computed by the engine's own rules ([`attempt`]) and never sampled; nothing is sent
//! because of it.
//!
//! Beside it: how it goes on over time, where the engine remembers ([`phases`](Preview::phases)); where a
//! registration goes ([`registration`]); what other engines make of the same survey ([`compare`]); which single
//! failure is the worst ([`worst`]).

mod compare;
mod phases;
mod registration;
mod words;
mod worst;

use std::time::Duration;

use crate::locate::{Attempt, Engine, Fates, Memory, Odds, attempt};
use crate::model::{Candidate, Carrier, Endpoint, Failure, Host, Outage, Pop, Resolution, Share, Transport, What};

pub use compare::{Compared, Outcome, compare};
pub use phases::{Phase, When};
pub use registration::{Registration, registration};
pub use worst::{Weakness, worst};

/// Where new requests land, and what it costs them.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// Each target, in the order of the tiers.
    pub landings: Vec<Landing>,
    /// Chance that a request lands nowhere.
    pub lost: Share,
    /// How long it takes at worst until the engine gives up, or the caller hangs up.
    pub lost_after: Duration,
    /// Between what, where the engine is not wholly known; none where it is.
    pub lost_range: Option<Range>,
    /// What those wait that land.
    pub wait: Wait,
    /// Whether the shares are exact; if not they are shown with `~`.
    pub exact: bool,
    /// How it goes on; empty where nothing fails.
    pub phases: Vec<Phase>,
    /// The reasons, in words.
    pub why: Vec<String>,
}

/// Between what a share lies, for what is not known of an engine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// At least.
    pub least: Share,
    /// At most.
    pub most: Share,
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
    /// Between what its landing share lies, where the engine is not wholly known; none where it is.
    pub range: Option<Range>,
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
    /// Between what that lies, where the engine is not wholly known; none where it is. It may be less wide.
    pub range: Option<Range>,
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
    let now = attempt(engine, resolution, &fates, &Memory::default(), patience);
    let readings: Vec<Attempt> = engine
        .readings()
        .iter()
        .map(|reading| attempt(&**reading, resolution, &fates, &Memory::default(), patience))
        .collect();
    let mut landings = Vec::new();
    for (tier_at, tier) in resolution.tiers.iter().enumerate() {
        for (target_at, target) in tier.targets.iter().enumerate() {
            let landing = |attempt: &Attempt| attempt.odds[tier_at][target_at].landing;
            landings.push(Landing {
                tier: tier_at,
                target: target.host.clone(),
                transport: tier.transport,
                port: target.port,
                pop: carrier.pop_of(&target.host),
                odds: now.odds[tier_at][target_at],
                range: Range::of(landing(&now), readings.iter().map(landing)),
                fails: fates.target(tier_at, target_at).iter().all(Option::is_some),
            });
        }
    }
    let back = Fates::of(resolution, |candidate| seen(candidate.endpoint()));
    let phases =
        phases::phases(engine, resolution, (&fates, &now), Some(&back).filter(|_| !forced.is_empty()), patience);
    let why = words::why(engine, resolution, &fates, &now, patience);
    Preview {
        landings,
        lost: now.lost,
        lost_after: now.lost_after,
        lost_range: Range::of(now.lost, readings.iter().map(|reading| reading.lost)),
        wait: Wait::of(&now),
        exact: now.exact && readings.iter().all(|reading| reading.exact),
        phases,
        why,
    }
}

impl Range {
    /// Over what is taken to be likeliest, and all else that it may be; none where that is all the same.
    fn of(likeliest: Share, others: impl Iterator<Item = Share>) -> Option<Self> {
        let mut range = Self { least: likeliest, most: likeliest };
        for share in others {
            range.least = if share < range.least { share } else { range.least };
            range.most = if share > range.most { share } else { range.most };
        }
        Some(range).filter(|range| range.most.0 - range.least.0 > 1e-9)
    }

    /// Between what the sum of two shares lies, at most so wide; none where both are known.
    fn both(one: (Share, Option<Self>), other: (Share, Option<Self>)) -> Option<Self> {
        let of = |(share, range): (Share, Option<Self>)| range.unwrap_or(Self { least: share, most: share });
        let known = one.1.is_none() && other.1.is_none();
        let (one, other) = (of(one), of(other));
        (!known).then(|| Self { least: one.least + other.least, most: (one.most + other.most).bounded() })
    }
}

impl Wait {
    /// Of what lands.
    fn of(attempt: &Attempt) -> Self {
        let lands = || attempt.odds.iter().flatten().filter(|odds| odds.landing.is_some());
        let landed: f64 = lands().map(|odds| odds.landing.0).sum();
        let waited: f64 = lands().map(|odds| odds.landing.0 * odds.mean.as_secs_f64()).sum();
        Self {
            mean: Duration::from_secs_f64(if landed > 0.0 { waited / landed } else { 0.0 }),
            max: lands().map(|odds| odds.max).max().unwrap_or_default(),
            share: attempt.waiting,
        }
    }
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
            if let Some(known) = pops.iter_mut().find(|known| known.pop == landing.pop) {
                known.range = Range::both((known.landing, known.range), (lands, landing.range));
                known.first += first;
                known.landing += lands;
            } else {
                let (pop, range) = (landing.pop.clone(), landing.range);
                pops.push(PopShare { pop, first, landing: lands, range });
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
