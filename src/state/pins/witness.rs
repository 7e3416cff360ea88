//! What a source of `[carrier.pin]` tells: what it saw, matched to the targets of the carrier.

use crate::model::{Carrier, Confidence, Host, Moment, PinMove, Share, Sighting, Whereabouts};

use super::tree::Tree;
use super::{By, Listing, Pin};

/// The pins that these sightings make. What matches no target is kept only where the source says that it is a
/// registration: it is one at a place that DNS does not list.
pub(super) fn pins(sightings: &[Sighting], tree: &Tree, carrier: &Carrier, at: Moment) -> Vec<Pin> {
    let mut pins: Vec<Pin> = Vec::new();
    for sighting in sightings {
        let found = tree.find(sighting);
        let (target, endpoint) = match (found, &sighting.at) {
            (Some(found), _) => found,
            (None, Whereabouts::Target(host)) if sighting.is_registration => (host.clone(), None),
            (None, Whereabouts::Address { ip, .. }) if sighting.is_registration => (Host::Ip(*ip), None),
            (None, _) => continue,
        };
        // A source cannot know by rules of ours.
        let confidence = sighting.confidence.min(Confidence::Reported);
        let until = sighting.left.map(|left| at + left);
        let by = By::Source(sighting.by.clone());
        let same = |pin: &&mut Pin| {
            (&pin.target, pin.endpoint, pin.confidence, &pin.by) == (&target, endpoint, confidence, &by)
        };
        if let Some(pin) = pins.iter_mut().find(same) {
            pin.many += 1;
            pin.until = pin.until.zip(until).map(|(one, other)| one.max(other));
            pin.state = pin.state.take().or_else(|| sighting.state.clone());
            continue;
        }
        pins.push(Pin {
            pop: carrier.pop_of(&target),
            target,
            endpoint,
            listing: Listing::Unknown,
            confidence,
            by,
            since: Some(at),
            until,
            renewed: None,
            granted: None,
            chance: Share::ALL,
            many: 1,
            contact: None,
            state: sighting.state.clone(),
            old: false,
        });
    }
    pins
}

/// Who told it, for a sentence.
pub(super) fn teller(pins: &[Pin]) -> String {
    pins.first().map_or_else(|| "the source".to_owned(), |pin| pin.by.said().to_owned())
}

/// Why that is said to have moved: what is reported was seen by nobody here.
pub(super) fn why(who: &str, moved: &PinMove) -> String {
    let verb = if moved.confidence == Confidence::Observed { "sees" } else { "reports" };
    let then = if moved.to.is_some() { "there" } else { "no longer" };
    format!("{who} {verb} it {then}")
}
