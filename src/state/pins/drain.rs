//! A cutover: what is still registered where DNS no longer leads.

use std::collections::BTreeMap;

use crate::model::{Confidence, Moment, Pop};

use super::{Listing, Pin};

/// Registrations on targets that DNS has let go of, against those on the ones that it lists.
///
/// Old is what DNS no longer lists, or no longer in the first tier; what never was there is no part of a cutover.
#[derive(Clone, Debug, PartialEq)]
pub struct Drain {
    /// On old targets, by POP.
    pub old: Vec<Side>,
    /// On targets of the first tier, by POP.
    pub new: Vec<Side>,
    /// When the last of the old ends by itself, if it is not refreshed there; none where no expiry is known. Our own is
    /// refreshed there until the grace is over, and then let go of.
    pub ends: Option<Moment>,
    /// Those that may stay longer: they were refreshed on an old target after DNS had let go of it, or nobody knows
    /// when they end.
    pub stragglers: Vec<Pin>,
}

/// What is registered at one POP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Which.
    pub pop: Pop,
    /// How many registrations or connections.
    pub many: usize,
}

impl Drain {
    /// Of these pins; what is inferred does not count.
    pub(super) fn of(pins: &[Pin]) -> Option<Self> {
        let seen = || pins.iter().filter(|pin| pin.confidence != Confidence::Inferred);
        let old: Vec<&Pin> = seen().filter(|pin| pin.listing.let_go().is_some()).collect();
        if old.is_empty() {
            return None;
        }
        let stays = |pin: &&&Pin| {
            pin.leaves().is_none()
                && (pin.until.is_none() || pin.renewed.zip(pin.listing.let_go()).is_some_and(|(at, left)| at > left))
        };
        let stragglers = old.iter().filter(stays).map(|pin| (*pin).clone()).collect();
        Some(Self {
            ends: old.iter().filter_map(|pin| pin.leaves().or(pin.until)).max(),
            new: sides(seen().filter(|pin| pin.listing == Listing::First)),
            old: sides(old.into_iter()),
            stragglers,
        })
    }
}

fn sides<'p>(pins: impl Iterator<Item = &'p Pin>) -> Vec<Side> {
    let mut many: BTreeMap<&Pop, usize> = BTreeMap::new();
    for pin in pins {
        *many.entry(&pin.pop).or_default() += pin.many;
    }
    many.into_iter().map(|(pop, many)| Side { pop: pop.clone(), many }).collect()
}
