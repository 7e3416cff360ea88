//! What a source of `[carrier.pin]` tells: what it saw, matched to the targets of the carrier.

use std::collections::BTreeSet;

use crate::model::{Carrier, Confidence, Host, Moment, PinMove, Pop, Sighting, Whereabouts};

use super::tree::Tree;
use super::{By, Denied, Evidence, Pin};

/// The pins that these sightings make. What matches no target is kept only where the source says that it is a
/// registration: it is one at a place that DNS does not list.
pub(super) fn pins(sightings: &[Sighting], tree: &Tree, carrier: &Carrier, at: Moment) -> Vec<Pin> {
    let mut pins: Vec<Pin> = Vec::new();
    for sighting in sightings.iter().filter(|sighting| !is_denied(sighting)) {
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
        let evidence = if sighting.is_registration { Evidence::Registration } else { Evidence::Connection };
        let same = |pin: &&mut Pin| {
            (&pin.target, pin.endpoint, pin.confidence, pin.evidence, &pin.by)
                == (&target, endpoint, confidence, evidence, &by)
        };
        if let Some(pin) = pins.iter_mut().find(same) {
            pin.many += 1;
            pin.until = pin.until.zip(until).map(|(one, other)| one.max(other));
            pin.state = pin.state.take().or_else(|| sighting.state.clone());
            continue;
        }
        let pop = carrier.pop_of(&target);
        let since = Some(at);
        let state = sighting.state.clone();
        pins.push(Pin { endpoint, evidence, since, until, state, ..Pin::of(target, pop, confidence, by) });
    }
    // A socket may be one of calls: those at several POPs do not tell where a registration is.
    let connected = |pin: &&Pin| pin.evidence == Evidence::Connection;
    let pops: BTreeSet<&Pop> = pins.iter().filter(connected).map(|pin| &pin.pop).collect();
    if pops.len() > 1 {
        let connected = pins.iter_mut().filter(|pin| pin.evidence == Evidence::Connection);
        connected.for_each(|pin| pin.evidence = Evidence::Connections);
    }
    pins
}

/// What the source says that is not registered, of what is the carrier's.
pub(super) fn denied(sightings: &[Sighting], tree: &Tree) -> Vec<Denied> {
    let mut all: Vec<Denied> = Vec::new();
    for sighting in sightings.iter().filter(|sighting| is_denied(sighting)) {
        let Some(((target, _), state)) = tree.find(sighting).zip(sighting.state.clone()) else { continue };
        let denied = Denied { target, by: sighting.by.clone(), state };
        if !all.contains(&denied) {
            all.push(denied);
        }
    }
    all
}

/// The states by which PBXs say that a registration is not there, without case and what is between letters: of
/// Asterisk (`res_pjsip_outbound_registration.c`, `chan_sip.c` `regstate2str`) and of `FreeSWITCH` (`mod_sofia`).
const DENIALS: [&str; 16] = [
    "rejected",
    "unregistered",
    "stopped",
    "failed",
    "failwait",
    "trying",
    "noreg",
    "unreged",
    "unregister",
    "expired",
    "down",
    "timeout",
    "notregistered",
    "requestsent",
    "authsent",
    "noauthentication",
];

fn is_denied(sighting: &Sighting) -> bool {
    let Some(state) = &sighting.state else { return false };
    let bare: String = state.as_str().chars().filter(char::is_ascii_alphabetic).collect();
    DENIALS.contains(&bare.to_ascii_lowercase().as_str())
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
