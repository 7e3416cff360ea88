//! What is known of the targets that calls land on.
//!
//! A share follows from DNS and the rules of an engine; that a target takes the calls is known of it only
//! while it answers. Where it does not, or was never asked, a picture of shares is one of the DNS alone,
//! and has to say so.

use std::net::SocketAddr;

use crate::model::{Endpoint, Pop, Resolution, Target, Tier};
use crate::preview::{Landing, Preview};
use crate::state::{CarrierState, Health, State};

use super::words;

/// Why nobody knows whether a target takes calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// Nothing is probed.
    NotProbed,
    /// Not probed often enough to tell.
    Waiting,
    /// It never answered from here.
    NeverHeard,
    /// The cause may be ours.
    OutOfReach,
    /// The carrier's own engine does not go there, so that it is not probed.
    Elsewhere,
}

/// The POPs that calls may land on although nobody knows whether they take them.
#[derive(Debug)]
pub(super) struct Doubts<'s> {
    of: Vec<(&'s Landing, Doubt)>,
}

/// Whether a target answers.
pub(super) fn answers(health: &Health) -> bool {
    use crate::model::HealthState::{Degraded, Up};
    matches!(health.state, Up | Degraded)
}

impl<'s> Doubts<'s> {
    /// What is not known of where a preview's requests land.
    pub(super) fn of(state: &State, carrier: &'s CarrierState, drawn: &'s Resolution, preview: &'s Preview) -> Self {
        // A preview has the targets of its resolution in the same order.
        let targets = drawn.tiers.iter().flat_map(|tier| tier.targets.iter().map(move |target| (tier, target)));
        let landings = preview.landings.iter().zip(targets).filter(|(landing, _)| landing.odds.landing.is_some());
        let doubt = |(landing, (tier, target)): (&'s Landing, (&Tier, &Target))| {
            Some((landing, doubt(state, carrier, tier, target)?))
        };
        Self { of: landings.filter_map(doubt).collect() }
    }

    /// Whether all is known.
    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Whether it concerns a POP.
    pub(super) fn concern(&self, pop: &Pop) -> bool {
        self.of.iter().any(|(landing, _)| landing.pop == *pop)
    }

    /// In words: `east-1 was never heard from here`; none where all is known.
    pub(super) fn said(&self, carrier: &CarrierState) -> Option<String> {
        if self.of.first()?.1 == Doubt::NotProbed {
            return Some("nothing is probed".to_owned());
        }
        let mut said = Vec::new();
        for (doubt, one, many) in [
            (Doubt::NeverHeard, "was never heard from here", "were never heard from here"),
            (Doubt::OutOfReach, "cannot be reached from here", "cannot be reached from here"),
            (Doubt::Waiting, "is not probed yet", "are not probed yet"),
            (
                Doubt::Elsewhere,
                "is not probed, being no target of its own engine",
                "are not probed, being no targets of its own engine",
            ),
        ] {
            let mut labels: Vec<String> = Vec::new();
            for (landing, _) in self.of.iter().filter(|(_, why)| *why == doubt) {
                let label = carrier.label(&landing.target);
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
            match labels.as_slice() {
                [] => {}
                [only] => said.push(format!("{only} {one}")),
                few if few.len() <= 3 => said.push(format!("{} {many}", few.join(", "))),
                all => said.push(format!("{} {many}", words::count(all.len(), "target"))),
            }
        }
        Some(said.join(", "))
    }
}

/// A target is known as soon as one of its addresses answers.
fn doubt(state: &State, carrier: &CarrierState, tier: &Tier, target: &Target) -> Option<Doubt> {
    if !state.options.probing {
        return Some(Doubt::NotProbed);
    }
    let mut doubt = Doubt::Waiting;
    for address in &target.addresses {
        let endpoint = Endpoint { transport: tier.transport, at: SocketAddr::new(address.ip, target.port) };
        match carrier.health.get(&endpoint) {
            Some(health) if answers(health) => return None,
            // That it is out is known; who leaves that out knows what is assumed.
            Some(health) if !carrier.lens.real && health.failure().is_some() => return None,
            Some(health) if health.silent_here() => doubt = Doubt::NeverHeard,
            Some(health) if health.last.as_ref().is_some_and(|last| last.ours) && doubt == Doubt::Waiting => {
                doubt = Doubt::OutOfReach;
            }
            None if doubt == Doubt::Waiting && carrier.is_elsewhere(endpoint) => doubt = Doubt::Elsewhere,
            _ => {}
        }
    }
    Some(doubt)
}
