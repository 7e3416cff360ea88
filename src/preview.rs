//! If this dies, who gets the traffic, and what does it cost the callers?
//!
//! A preview is a resolution under an overlay of outages: those that probes have seen, and those that an
//! operator forces. It is computed by the engine's own rules ([`attempt`]) and never sampled; nothing is sent
//! because of it.
//!
//! Beside it: how it goes on over time, where the engine remembers ([`phases`](Preview::phases)); where a
//! registration goes ([`registration()`]); what other engines make of the same survey ([`compare()`]); which single
//! failure is the worst ([`worst()`]).

mod compare;
mod cost;
mod phases;
mod registration;
mod words;
mod worst;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::locate::{Attempt, Engine, Fates, Memory, Odds, Reaction, Round, attempt};
use crate::model::{
    Candidate, Carrier, Endpoint, Failure, Host, Method, Outage, Pop, Resolution, Share, Target, Transport, What,
};

pub use compare::{Compared, Outcome, beyond, compare};
pub use cost::{LostBy, Wait, WaitRange};
pub use phases::{Phase, When};
pub use registration::{Held, Registration, registration};
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
    /// Why they are lost, with the share of each reason; empty where nothing is lost.
    pub lost_by: Vec<(LostBy, Share)>,
    /// What those wait that land.
    pub wait: Wait,
    /// Between what, where the engine is not wholly known; none where it is.
    pub wait_range: Option<WaitRange>,
    /// What they wait for, each timer once, in the engine's words.
    pub timers: Vec<String>,
    /// Between what the share of a POP lies; those that are known are left out.
    pub pop_ranges: BTreeMap<Pop, Range>,
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

/// What a POP gets.
#[derive(Clone, Debug, PartialEq)]
pub struct PopShare {
    /// The POP.
    pub pop: Pop,
    /// Chance to be tried first.
    pub first: Share,
    /// Chance that a request lands there.
    pub landing: Share,
    /// Between what that lies, where the engine is not wholly known; none where it is.
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
    // Nobody waits at a telephone for a registration.
    let patience = patience.filter(|_| resolution.dial.method == Method::Invite);
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
    let words::Told { mut why, timers } = words::told(engine, resolution, &fates, &now, patience);
    why.extend(wait_range.map(|range| words::not_known(&range)));
    Preview {
        pop_ranges: if readings.is_empty() { BTreeMap::new() } else { pop_ranges(&landings, &readings) },
        landings,
        lost: now.lost,
        lost_after: now.lost_after,
        lost_range: Range::of(now.lost, readings.iter().map(|reading| reading.lost)),
        lost_by: LostBy::parts(&now),
        wait,
        wait_range,
        timers,
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
    /// A share as it is said: `50 %`; `50-100 %` where that is all that is known of it; `~50 %` where it is not exact.
    pub fn said(share: Share, range: Option<Self>, exact: bool) -> String {
        let about = if exact { "" } else { "~" };
        let ends = range.map(|range| (range.least.to_string(), range.most.to_string()));
        match ends.filter(|(least, most)| least != most) {
            Some((least, most)) => format!("{about}{}-{most}", least.trim_end_matches(" %")),
            None => format!("{about}{share}"),
        }
    }

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

/// Between what the shares of POPs lie. A reading that gives one target more takes it from another, perhaps of
/// the same POP, so that they cannot be added up from the targets' own.
fn pop_ranges(landings: &[Landing], readings: &[Attempt]) -> BTreeMap<Pop, Range> {
    let mut sums: BTreeMap<&Pop, (Share, Vec<Share>)> = BTreeMap::new();
    let mut by_reading: Vec<_> = readings.iter().map(|reading| reading.odds.iter().flatten()).collect();
    for landing in landings {
        let none = || (Share::NONE, vec![Share::NONE; readings.len()]);
        let (likeliest, others) = sums.entry(&landing.pop).or_insert_with(none);
        *likeliest += landing.odds.landing;
        for (sum, odds) in others.iter_mut().zip(&mut by_reading) {
            *sum += odds.next().map_or(Share::NONE, |odds| odds.landing);
        }
    }
    let ranged =
        sums.into_iter().map(|(pop, (likeliest, others))| Some((pop, Range::of(likeliest, others.into_iter())?)));
    ranged.flatten().map(|(pop, range)| (pop.clone(), range)).collect()
}

fn fate(carrier: &Carrier, forced: &[Outage], candidate: &Candidate<'_>) -> Option<Failure> {
    // The last word on a target is the one that counts.
    forced.iter().rev().find(|outage| outage.what.covers(carrier, candidate)).map(|outage| outage.how)
}

impl Preview {
    /// What each POP gets, in the order of the tiers; a POP over several tiers or transports once.
    pub fn pops(&self) -> Vec<PopShare> {
        let mut pops: Vec<PopShare> = Vec::new();
        let mut places: BTreeMap<&Pop, usize> = BTreeMap::new();
        for Landing { pop, odds, .. } in &self.landings {
            let place = *places.entry(pop).or_insert_with(|| {
                let range = self.pop_ranges.get(pop).copied();
                pops.push(PopShare { pop: pop.clone(), first: Share::NONE, landing: Share::NONE, range });
                pops.len() - 1
            });
            if let Some(known) = pops.get_mut(place) {
                known.first += odds.first;
                known.landing += odds.landing;
            }
        }
        pops
    }
}

/// What there is to fail in a resolution, in the order of the tiers: targets, POPs that hold more than
/// one of them, priorities, transports, addresses; and everything.
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
    if !resolution.tiers.is_empty() {
        add(What::All);
    }
    all
}

/// Whether an outage hits anything in a resolution; where nothing of it goes over TLS, TLS cannot fail.
pub fn hits(outage: &Outage, resolution: &Resolution, carrier: &Carrier) -> bool {
    let can_fail = |transport: Transport| outage.how != Failure::Tls || transport.is_secure();
    resolution.candidates().any(|c| outage.what.covers(carrier, &c) && can_fail(c.tier.transport))
}

#[cfg(test)]
mod tests;
