//! The targets that REGISTER can go to, as DNS lists them, and those that it listed before.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{Conclusion, Endpoint, Host, Moment, Resolution, Sighting, Transport, Whereabouts};

use super::Listing;

/// Where registrations can be.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    places: BTreeMap<Endpoint, Place>,
    /// Whether DNS said anything yet.
    known: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Place {
    host: Host,
    /// Behind how many tiers; of one that left, as it was.
    behind: usize,
    /// Since when it is behind others, where it was not before.
    demoted: Option<Moment>,
    /// Since when DNS no longer lists it.
    left: Option<Moment>,
}

impl Place {
    const fn listing(&self) -> Listing {
        match (self.left, self.behind) {
            (left @ Some(_), _) => Listing::Gone { left },
            (None, 0) => Listing::First,
            (None, behind) => Listing::Backup { behind, demoted: self.demoted },
        }
    }

    /// The place of an address that leads to several: the one that is listed first.
    const fn order(&self) -> (bool, usize) {
        (self.left.is_some(), self.behind)
    }
}

impl Tree {
    /// Takes what DNS lists now: for REGISTER, and beside it what calls go by. Whether that is anything new.
    ///
    /// Where a question that decides was not answered, nobody knows what is listed, and all stays as it was.
    pub(super) fn list(&mut self, walks: &[&Resolution], at: Moment) -> bool {
        let usable = walks.iter().filter(|walk| !matches!(walk.conclusion, Conclusion::DnsFailed { .. }));
        let mut listed: BTreeMap<Endpoint, (&Host, usize)> = BTreeMap::new();
        let mut any = false;
        for walk in usable {
            any = true;
            let mut here: BTreeMap<Endpoint, (&Host, usize)> = BTreeMap::new();
            for candidate in walk.candidates() {
                let behind = behind(walk, candidate.rank - 1);
                let place = here.entry(candidate.endpoint()).or_insert((&candidate.target.host, behind));
                place.1 = place.1.min(behind);
            }
            // What REGISTER goes by comes before what calls go by.
            for (endpoint, place) in here {
                listed.entry(endpoint).or_insert(place);
            }
        }
        if !any {
            return false;
        }
        let before = self.places.clone();
        let first = !self.known;
        self.known = true;
        for (endpoint, place) in &mut self.places {
            if !listed.contains_key(endpoint) {
                place.left = place.left.or(Some(at));
            }
        }
        for (endpoint, (host, behind)) in listed {
            let place = Place { host: host.clone(), behind, demoted: None, left: None };
            let known = self.places.entry(endpoint).or_insert_with(|| place.clone());
            let demoted = if known.behind == 0 { Some(at) } else { known.demoted };
            *known = Place { demoted: demoted.filter(|_| behind > 0), ..place };
        }
        first || before != self.places
    }

    /// Forgets what left DNS longer than `grace` ago, except where something is still registered.
    pub(super) fn forget(&mut self, now: Moment, grace: Duration, pinned: &BTreeSet<Endpoint>) {
        self.places.retain(|endpoint, place| {
            place.left.is_none_or(|left| now.since(left) <= grace) || pinned.contains(endpoint)
        });
    }

    /// Whether DNS said anything yet.
    pub(super) const fn is_known(&self) -> bool {
        self.known
    }

    /// What DNS says of a place.
    pub(super) fn listing(&self, target: &Host, endpoint: Option<Endpoint>) -> Listing {
        let exactly = endpoint.and_then(|endpoint| self.places.get(&endpoint));
        let named = || self.places.values().filter(|place| place.host == *target).min_by_key(|place| place.order());
        match exactly.or_else(|| if endpoint.is_none() { named() } else { None }) {
            Some(place) => place.listing(),
            None if self.known => Listing::Gone { left: None },
            None => Listing::Unknown,
        }
    }

    /// The targets of the first tier.
    pub(super) fn first(&self) -> impl Iterator<Item = (Endpoint, &Host)> {
        let first = self.places.iter().filter(|(_, place)| place.listing() == Listing::First);
        first.map(|(endpoint, place)| (*endpoint, &place.host))
    }

    /// All addresses of a target.
    pub(super) fn of(&self, target: &Host) -> impl Iterator<Item = Endpoint> {
        self.places.iter().filter(move |(_, place)| place.host == *target).map(|(endpoint, _)| *endpoint)
    }

    /// The place that a source saw; none where it is none of the carrier's.
    pub(super) fn find(&self, sighting: &Sighting) -> Option<(Host, Option<Endpoint>)> {
        match &sighting.at {
            Whereabouts::Target(host) => {
                let named = self.places.values().any(|place| place.host == *host);
                named.then(|| (host.clone(), None))
            }
            Whereabouts::Address { ip, port, transport } => {
                let over = |known: Transport| match transport {
                    Some(said) if sighting.is_registration => *said == known,
                    // A socket does not tell what is spoken over it.
                    Some(said) => is_stream(*said) == is_stream(known),
                    None => true,
                };
                let alike = |endpoint: &Endpoint| {
                    endpoint.at.ip().to_canonical() == ip.to_canonical()
                        && port.is_none_or(|port| port == endpoint.at.port())
                        && over(endpoint.transport)
                };
                let places = self.places.iter().filter(|(endpoint, _)| alike(endpoint));
                let (endpoint, place) = places.min_by_key(|(_, place)| place.order())?;
                Some((place.host.clone(), Some(*endpoint)))
            }
        }
    }
}

/// Behind how many tiers that could be spoken to in the same way this one is.
fn behind(walk: &Resolution, tier: usize) -> usize {
    let over = walk.tiers.get(tier).map(|tier| tier.transport);
    walk.tiers.iter().take(tier).filter(|earlier| Some(earlier.transport) == over).count()
}

const fn is_stream(transport: Transport) -> bool {
    matches!(transport, Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss)
}
