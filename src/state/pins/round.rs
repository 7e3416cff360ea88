//! A round of fetching: which POPs list the binding (RFC 3261 10.2.3), and whether that tells where it is.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Account, Binding, Confidence, Endpoint, Host, Moment, Pop, RegisterOutcome, RegisterReport, Text};

use super::own::said;
use super::{By, Pin, Placement};

/// What each POP said in this round.
#[derive(Clone, Debug, Default)]
pub(super) struct Round {
    heard: BTreeMap<Pop, Heard>,
}

#[derive(Clone, Debug)]
struct Heard {
    target: Host,
    endpoint: Endpoint,
    at: Moment,
    said: Said,
}

#[derive(Clone, Debug)]
enum Said {
    /// These bindings, and whether those are all.
    Lists(Vec<Binding>, bool),
    /// Nothing that tells; whether a registrar said so, and in words.
    Nothing(bool, Text),
}

/// What a round came to.
pub(super) struct Found {
    pub(super) placement: Placement,
    pub(super) pins: Vec<Pin>,
    /// Whether pins that are no longer there were seen to go.
    pub(super) sure: bool,
    /// Why no POP said anything, where all refuse to.
    pub(super) refused: Option<Text>,
}

/// A binding among others: the one that is looked for, or any by its contact.
type Key<'b> = Option<&'b Text>;

impl Round {
    pub(super) fn take(&mut self, pop: Pop, report: &RegisterReport) {
        let said = match &report.outcome {
            RegisterOutcome::Done(granted) => {
                let bindings = granted.bindings.iter().filter(|binding| !binding.is_gone());
                Said::Lists(bindings.cloned().collect(), granted.listed <= granted.bindings.len())
            }
            RegisterOutcome::Refused(_) | RegisterOutcome::KeptBack(_) => Said::Nothing(true, said(report)),
            RegisterOutcome::Failed { .. } => Said::Nothing(false, said(report)),
        };
        let (target, endpoint, at) = (report.target.clone(), report.endpoint, report.at);
        let heard = self.heard.entry(pop).or_insert(Heard { target, endpoint, at, said: said.clone() });
        match (&mut heard.said, said) {
            (Said::Lists(known, all), Said::Lists(more, whole)) => {
                *all |= whole;
                known.extend(
                    more.into_iter().filter(|one| known.iter().all(|k| k.contact != one.contact)).collect::<Vec<_>>(),
                );
            }
            // One target of a POP that speaks is enough.
            (kept @ Said::Nothing(..), lists @ Said::Lists(..)) => {
                *kept = lists;
                (heard.target, heard.endpoint, heard.at) = (report.target.clone(), report.endpoint, report.at);
            }
            _ => {}
        }
    }

    /// Ends it: what it tells, when before it these pins were there. None where nobody was asked.
    pub(super) fn end(self, account: &Account, before: &[Pin]) -> Option<Found> {
        if self.heard.is_empty() {
            return None;
        }
        let named = account.contact.is_some();
        let mut keys: BTreeMap<Key<'_>, Vec<(&Pop, &Heard, &Binding)>> = BTreeMap::new();
        for (pop, heard) in &self.heard {
            let Said::Lists(bindings, _) = &heard.said else { continue };
            for binding in bindings.iter().filter(|binding| binding.ours || !named) {
                keys.entry((!named).then_some(&binding.contact)).or_default().push((pop, heard, binding));
            }
        }
        let unheard: Vec<&Pop> = self.heard.iter().filter(|(_, heard)| !heard.is_whole()).map(|(pop, _)| pop).collect();
        let (mut pins, mut shared, mut open): (Vec<Pin>, bool, Vec<&Pop>) = (Vec::new(), false, Vec::new());
        let mut each = false;
        for listed in keys.values() {
            let lists = |pop: &Pop| listed.iter().any(|(at, ..)| *at == pop);
            let missing = self.heard.iter().any(|(pop, heard)| heard.is_whole() && !lists(pop));
            if missing || self.heard.len() == 1 {
                for (pop, heard, binding) in listed {
                    add(&mut pins, pop, heard, binding, before);
                }
            } else if are_apart(listed) {
                each = true;
                for (pop, heard, binding) in listed {
                    add(&mut pins, pop, heard, binding, before);
                }
            } else if unheard.iter().any(|pop| !lists(pop)) {
                open.extend(listed.iter().map(|(pop, ..)| *pop));
            } else {
                shared = true;
            }
        }
        let found = |placement, pins, sure| {
            let all_refuse = self.heard.values().all(|heard| matches!(heard.said, Said::Nothing(true, _)));
            let refused = self.heard.values().find_map(Heard::nothing).filter(|_| all_refuse);
            Some(Found { placement, pins, sure, refused: refused.cloned() })
        };
        // What has no end is believed for one round.
        let lasts = |pin: &&Pin| pin.until.is_some() || !pin.old;
        let kept = |pop: &Pop| before.iter().filter(|pin| pin.pop == *pop).filter(lasts).cloned().collect::<Vec<Pin>>();
        if !pins.is_empty() {
            let come = pins.iter().any(|pin| before.iter().all(|before| before.pop != pin.pop));
            if !come {
                // Who did not say may hold what it held.
                let silent = unheard.into_iter().flat_map(kept).filter(|pin| pins.iter().all(|now| now.pop != pin.pop));
                let silent: Vec<Pin> = silent.map(|pin| Pin { old: true, ..pin }).collect();
                pins.extend(silent);
            }
            let mut hosts: Vec<Host> = Vec::new();
            for pin in pins.iter().filter(|pin| !pin.old) {
                if !hosts.contains(&pin.target) {
                    hosts.push(pin.target.clone());
                }
            }
            // Where one of several bindings is not listed by all, they are told apart all the same.
            let everywhere = each && hosts.len() == self.heard.len();
            return found(if everywhere { Placement::Each(hosts) } else { Placement::At(hosts) }, pins, true);
        }
        if shared {
            return found(Placement::Shared(self.heard.len()), Vec::new(), false);
        }
        if unheard.is_empty() {
            return found(Placement::Nowhere, Vec::new(), true);
        }
        // Where it was known to be at one that lists it still, it is so yet.
        let mut pins: Vec<Pin> = Vec::new();
        for listed in keys.values() {
            for (pop, heard, binding) in listed.iter().filter(|(pop, ..)| !kept(pop).is_empty()) {
                add(&mut pins, pop, heard, binding, before);
            }
        }
        let still: Vec<&Pop> = unheard.iter().copied().filter(|pop| pins.iter().all(|pin| pin.pop != **pop)).collect();
        pins.extend(still.into_iter().flat_map(kept).map(|pin| Pin { old: true, ..pin }).collect::<Vec<_>>());
        let host = |pop: &Pop| self.heard.get(pop).map(|heard| heard.target.clone());
        let (mut listed, mut silent): (Vec<Host>, Vec<Host>) = (Vec::new(), Vec::new());
        open.sort_unstable();
        open.dedup();
        listed.extend(open.into_iter().filter_map(host));
        silent.extend(unheard.into_iter().filter_map(host));
        found(Placement::Open { listed, unheard: silent }, pins, true)
    }
}

impl Heard {
    /// Whether what it does not list is not there.
    const fn is_whole(&self) -> bool {
        matches!(self.said, Said::Lists(_, true))
    }

    const fn nothing(&self) -> Option<&Text> {
        match &self.said {
            Said::Nothing(_, why) => Some(why),
            Said::Lists(..) => None,
        }
    }
}

/// Of one binding that is refreshed, each POP of one location service says that it ends at the same time: what is
/// left is told in whole seconds, and the POPs are asked one after the other.
const ALIKE: Duration = Duration::from_secs(5);

/// Whether the POPs say that it ends at times that differ, so that it is bound at each of them.
fn are_apart(listed: &[(&Pop, &Heard, &Binding)]) -> bool {
    let mut ends: BTreeMap<&Pop, Option<Moment>> = BTreeMap::new();
    for (pop, heard, binding) in listed {
        let until = binding.expires.map(|left| heard.at + left.span());
        let known = ends.entry(*pop).or_insert(until);
        *known = (*known).zip(until).map(|(one, other)| one.max(other));
    }
    let Some(ends) = ends.into_values().collect::<Option<Vec<Moment>>>() else { return false };
    let (first, last) = (ends.iter().min(), ends.iter().max());
    first.zip(last).is_some_and(|(first, last)| last.since(*first) > ALIKE)
}

/// Adds a binding to what is known of its POP.
fn add(pins: &mut Vec<Pin>, pop: &Pop, heard: &Heard, binding: &Binding, before: &[Pin]) {
    let until = binding.expires.map(|left| heard.at + left.span());
    if let Some(pin) = pins.iter_mut().find(|pin| pin.pop == *pop) {
        pin.many += 1;
        // The last to go is what counts; nobody knows when, where one has no end.
        pin.until = pin.until.zip(until).map(|(one, other)| one.max(other));
        return;
    }
    // A POP is one place, whichever of its targets was asked.
    let known = before.iter().find(|pin| pin.pop == *pop);
    let (target, endpoint) = known
        .map_or_else(|| (heard.target.clone(), Some(heard.endpoint)), |known| (known.target.clone(), known.endpoint));
    pins.push(Pin {
        endpoint,
        since: Some(heard.at),
        until,
        contact: Some(binding.contact.clone()),
        ..Pin::of(target, pop.clone(), Confidence::Observed, By::Fetched)
    });
}
