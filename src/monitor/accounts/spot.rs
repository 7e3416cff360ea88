//! Where a REGISTER goes.

use std::collections::BTreeSet;

use crate::locate::Place;
use crate::model::{Candidate, Carrier, Endpoint, Host, Pop, Resolution, SipUri};

/// Where a REGISTER goes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spot {
    pub endpoint: Endpoint,
    pub target: Host,
    pub uri: SipUri,
}

impl Spot {
    fn of(carrier: &Carrier, way: &Resolution, candidate: &Candidate<'_>) -> Self {
        let uri = carrier.request_uri(way, candidate.tier).clone();
        Self { endpoint: candidate.endpoint(), target: candidate.target.host.clone(), uri }
    }

    /// The addresses of a target, in the order of trying.
    pub(super) fn of_place(carrier: &Carrier, way: &Resolution, place: Place) -> Vec<Self> {
        let Some(tier) = way.tiers.get(place.tier) else { return Vec::new() };
        let Some(target) = tier.targets.get(place.target) else { return Vec::new() };
        let rank = place.tier + 1;
        let candidate = |(address_index, &address)| Candidate { rank, tier, target, address_index, address };
        target.addresses.iter().enumerate().map(candidate).map(|found| Self::of(carrier, way, &found)).collect()
    }

    /// The target that a URI means, where it means one of the tree.
    pub(super) fn of_uri(carrier: &Carrier, way: &Resolution, uri: &SipUri) -> Option<Self> {
        let means = |candidate: &Candidate<'_>| {
            let host = *uri.target() == candidate.target.host || *uri.target() == Host::Ip(candidate.address.ip);
            host && uri.port.is_none_or(|port| port == candidate.target.port)
                && uri.wanted_transport().is_none_or(|transport| transport == candidate.tier.transport)
        };
        way.candidates().find(means).map(|candidate| Self::of(carrier, way, &candidate))
    }

    /// The POPs in the order of trying, each with its addresses.
    pub(super) fn by_pop(carrier: &Carrier, way: &Resolution) -> Vec<(Pop, Vec<Self>)> {
        let mut pops: Vec<(Pop, Vec<Self>)> = Vec::new();
        for candidate in way.candidates() {
            let pop = carrier.pop_of(&candidate.target.host);
            let spot = Self::of(carrier, way, &candidate);
            match pops.iter_mut().find(|(known, _)| *known == pop) {
                Some((_, spots)) if spots.iter().any(|known| known.endpoint == spot.endpoint) => {}
                Some((_, spots)) => spots.push(spot),
                None => pops.push((pop, vec![spot])),
            }
        }
        pops
    }

    /// Where it stands among the targets.
    pub(super) fn places(&self, way: &Resolution) -> BTreeSet<Place> {
        let all = way.tiers.iter().enumerate().flat_map(|(tier, found)| {
            found.targets.iter().enumerate().map(move |(target, known)| (Place { tier, target }, known))
        });
        all.filter(|(_, known)| known.host == self.target).map(|(place, _)| place).collect()
    }
}
