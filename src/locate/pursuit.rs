//! A request on its way: which target an engine tries next, drawn for real.
//!
//! [`attempt`](super::attempt()) says with which chance a request lands where; this is one such request. Whoever sends
//! it brings the dice, so that nothing here is left to chance.

use std::collections::{BTreeSet, VecDeque};

use crate::model::Resolution;

use super::attempt::plan;
use super::draw::{self, Lot};
use super::engine::{Engine, Memory, Place};

/// The targets that are left to try.
#[derive(Clone, Debug)]
pub struct Pursuit {
    rounds: VecDeque<Left>,
}

/// What is left of a round, in the order of its list.
#[derive(Clone, Debug)]
struct Left {
    rule: draw::Rule,
    places: Vec<(Place, Lot)>,
}

impl Pursuit {
    /// A new request of this engine, with what it remembers; those that are to be skipped were tried already.
    pub fn begin(engine: &dyn Engine, resolution: &Resolution, memory: &Memory, skip: &BTreeSet<Place>) -> Self {
        let rounds = plan(engine, resolution, memory).map(|round| {
            let lot = |place: &Place| Lot::of(round.rule, &resolution.tiers[place.tier].targets[place.target]);
            let left = round.places.iter().filter(|place| !skip.contains(place));
            Left { rule: round.rule, places: left.map(|place| (*place, lot(place))).collect() }
        });
        Self { rounds: rounds.filter(|round| !round.places.is_empty()).collect() }
    }

    /// Whether nothing is left to try.
    pub fn is_over(&self) -> bool {
        self.rounds.is_empty()
    }

    /// The target that is tried next: of those that are left of a round each has its chance, and `dice`, from 0 to
    /// 1, says which. None where nothing is left.
    ///
    /// An account of libre has an order of its own; here each draw is that of an account of which nothing is known.
    pub fn next(&mut self, dice: f64) -> Option<Place> {
        let round = self.rounds.front_mut()?;
        let lots: Vec<Lot> = round.places.iter().map(|(_, lot)| *lot).collect();
        let shares = draw::first_shares(round.rule, &lots);
        let mut below = 0.0;
        let reached = shares.iter().position(|share| {
            below += share.0;
            share.is_some() && dice < below
        });
        // What is left beside the sum is rounding dust.
        let at = reached.or_else(|| shares.iter().rposition(|share| share.is_some())).unwrap_or(0);
        if round.rule == draw::Rule::InclusiveSwapped {
            round.places.swap(0, at);
        }
        let at = if round.rule == draw::Rule::InclusiveSwapped { 0 } else { at };
        let (place, _) = round.places.remove(at);
        if round.places.is_empty() {
            self.rounds.pop_front();
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locate::{Fates, attempt, engine};
    use crate::model::{
        Address, AddressOrder, Conclusion, Dial, Failure, Host, Method, Share, Target, Tier, Transport, Transports,
    };

    fn resolution(tiers: &[&[u16]]) -> Resolution {
        let target = |tier: usize, at: usize, weight: u16| Target {
            host: format!("t{tier}{at}.acme.example").parse::<Host>().unwrap(),
            port: 5060,
            weight: Some(weight),
            first: Share::NONE,
            addresses: vec![Address { ip: [192, 0, 2, 1].into(), ttl: None, until: None }],
        };
        let tier = |(at, weights): (usize, &&[u16])| Tier {
            uri: 0,
            owner: None,
            transport: Transport::Tcp,
            naptr: None,
            priority: u16::try_from(at).ok(),
            targets: weights.iter().enumerate().map(|(n, weight)| target(at, n, *weight)).collect(),
        };
        Resolution {
            dial: Dial {
                uri: "sip:acme.example".parse().unwrap(),
                more_uris: Vec::new(),
                transports: Transports::default(),
                addresses: AddressOrder::default(),
                method: Method::Register,
            },
            engine: "rfc3263".into(),
            given: Vec::new(),
            steps: Vec::new(),
            tiers: tiers.iter().enumerate().map(tier).collect(),
            conclusion: Conclusion::Found,
        }
    }

    /// Goes through all dice in steps, until a target lives; the part that lands at each.
    fn landed(engine: &dyn Engine, resolution: &Resolution, dead: &[Place]) -> Vec<Vec<f64>> {
        const STEPS: u32 = 30;
        let mut landed: Vec<Vec<f64>> = resolution.tiers.iter().map(|tier| vec![0.0; tier.targets.len()]).collect();
        let mut open = vec![(Pursuit::begin(engine, resolution, &Memory::default(), &BTreeSet::new()), 1.0)];
        while let Some((pursuit, part)) = open.pop() {
            for step in 0..STEPS {
                let mut next = pursuit.clone();
                let part = part / f64::from(STEPS);
                match next.next((f64::from(step) + 0.5) / f64::from(STEPS)) {
                    Some(place) if dead.contains(&place) => open.push((next, part)),
                    Some(place) => landed[place.tier][place.target] += part,
                    None => {}
                }
            }
        }
        landed
    }

    #[test]
    fn what_is_drawn_lands_where_the_attempt_says() {
        let resolution = resolution(&[&[50, 30, 20], &[10]]);
        let place = |tier, target| Place { tier, target };
        let dead = [place(0, 0), place(0, 2)];
        for name in ["rfc3263", "asterisk", "kamailio:dns_srv_lb=1,use_dns_failover=1", "opensips", "resiprocate"] {
            let engine = engine(name).unwrap();
            let mut at = 0;
            let fates = Fates::of(&resolution, |_| {
                let found = [place(0, 0), place(0, 1), place(0, 2), place(1, 0)][at];
                at += 1;
                dead.contains(&found).then_some(Failure::Refused)
            });
            let said = attempt(&*engine, &resolution, &fates, &Memory::default(), None);
            let done = landed(&*engine, &resolution, &dead);
            for (said, done) in said.odds.iter().flatten().zip(done.iter().flatten()) {
                assert!((said.landing.0 - done).abs() < 0.08, "{name}: {} and {done}", said.landing.0);
            }
        }
    }

    #[test]
    fn each_target_is_tried_once_and_what_was_tried_is_skipped() {
        let resolution = resolution(&[&[0, 50, 50], &[1, 2]]);
        let engine = engine("rfc3263").unwrap();
        for dice in [0.0, 0.3, 0.999_999, 1.0] {
            let skip = BTreeSet::from([Place { tier: 0, target: 1 }]);
            let mut pursuit = Pursuit::begin(&*engine, &resolution, &Memory::default(), &skip);
            let tried: Vec<Place> = std::iter::from_fn(|| pursuit.next(dice)).collect();
            assert_eq!(tried.len(), 4);
            assert_eq!(tried.iter().collect::<BTreeSet<_>>().len(), 4);
            assert!(tried.iter().is_sorted_by_key(|place| place.tier), "one tier after the other");
            assert!(!tried.iter().any(|place| skip.contains(place)));
        }
    }
}
