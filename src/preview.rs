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

use crate::locate::{Attempt, Engine, Fates, Memory, Odds, Reaction, Round, attempt};
use crate::model::{
    Candidate, Carrier, Endpoint, Failure, Host, Outage, Pop, Resolution, Share, Target, Transport, What,
};

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
    /// Between what, where the engine is not wholly known; none where it is.
    pub wait_range: Option<WaitRange>,
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

/// Between what the waits lie, for what is not known of an engine: each figure of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaitRange {
    /// At least.
    pub least: Wait,
    /// At most.
    pub most: Wait,
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
    let readings = readings(engine, resolution, &fates, patience);
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
    let wait = Wait::of(&now);
    let wait_range = WaitRange::of(wait, readings.iter().map(Wait::of));
    let mut why = words::why(engine, resolution, &fates, &now, patience);
    why.extend(wait_range.map(|range| words::not_known(&range)));
    Preview {
        landings,
        lost: now.lost,
        lost_after: now.lost_after,
        lost_range: Range::of(now.lost, readings.iter().map(|reading| reading.lost)),
        wait,
        wait_range,
        exact: now.exact && readings.iter().all(|reading| reading.exact),
        phases,
        why,
    }
}

/// What the engine's other readings come to. Those that neither draw nor react otherwise here are left out: each
/// costs as much as the engine itself.
fn readings(engine: &dyn Engine, resolution: &Resolution, fates: &Fates, patience: Option<Duration>) -> Vec<Attempt> {
    let others = engine.readings();
    if others.is_empty() {
        return Vec::new();
    }
    let (kinds, method) = (fates.kinds(resolution), resolution.dial.method);
    let way = |engine: &dyn Engine| -> (Vec<Vec<Round>>, Vec<Reaction>) {
        let tiers = resolution.tiers.iter();
        let rounds = tiers.map(|tier| engine.rounds(&tier.targets.iter().collect::<Vec<&Target>>())).collect();
        (rounds, kinds.iter().map(|&(over, failure)| engine.reaction(over, failure, method)).collect())
    };
    let (mut known, mut attempts) = (vec![way(engine)], Vec::new());
    for other in others {
        let way = way(&*other);
        if !known.contains(&way) {
            attempts.push(attempt(&*other, resolution, fates, &Memory::default(), patience));
            known.push(way);
        }
    }
    attempts
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
}

impl WaitRange {
    /// Over what is taken to be likeliest, and all else that it may be; none where that is all the same.
    fn of(likeliest: Wait, others: impl Iterator<Item = Wait>) -> Option<Self> {
        let lower = |a: Share, b: Share| if b < a { b } else { a };
        let higher = |a: Share, b: Share| if b > a { b } else { a };
        let range = others.fold(Self { least: likeliest, most: likeliest }, |Self { least, most }, other| Self {
            least: Wait {
                mean: least.mean.min(other.mean),
                max: least.max.min(other.max),
                share: lower(least.share, other.share),
            },
            most: Wait {
                mean: most.mean.max(other.mean),
                max: most.max.max(other.max),
                share: higher(most.share, other.share),
            },
        });
        Some(range).filter(|range| range.least != range.most)
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
