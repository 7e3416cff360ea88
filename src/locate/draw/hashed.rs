//! The order by hash of libre, on which baresip is built: an account has one order, and accounts have different ones.
//!
//! A target's number is the lower twelve bits of a hash of its name, mixed (exclusive or) with a hash of the
//! account's URI, plus its weight; the highest comes first. What the account's hash has above twelve bits is the
//! same for all targets. So there are 4096 kinds of accounts, and each is gone through: the shares are those over
//! accounts of which nothing is known.

use std::time::Duration;

use crate::model::{Host, Share};

use super::{End, Lot, Prize, Ticket};

/// The kinds of accounts.
const KINDS: u16 = 1 << 12;

/// Bits below a target's number that keep the order of the answer among equal ones.
const PLACES: u32 = 15;

/// The lower twelve bits of the hash of a target's name (libre: `hash_fast_str`, which is FNV-1a).
pub(super) fn hash(host: &Host) -> u16 {
    let name = host.to_string();
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u16::try_from(hash & u32::from(KINDS - 1)).unwrap_or_default()
}

/// Targets as numbers that can be compared for any kind of account.
struct Numbers {
    /// The hash, and the weight with the place, as far up as the places leave room.
    parts: Vec<(u32, u32)>,
}

impl Numbers {
    fn of(lots: impl Iterator<Item = (usize, Lot)>) -> Self {
        let last = (1_u32 << PLACES) - 1;
        let parts = lots.map(|(at, Lot { weight, hash })| {
            // Of equal ones the earlier is the higher.
            let place = last - u32::try_from(at).unwrap_or(last).min(last);
            (u32::from(hash) << PLACES, (u32::from(weight) << PLACES) + place)
        });
        Self { parts: parts.collect() }
    }

    /// The highest for a kind of account.
    fn highest(&self, kind: u16) -> u32 {
        let mixed = u32::from(kind) << PLACES;
        self.parts.iter().map(|(hash, more)| (hash ^ mixed) + more).max().unwrap_or_default()
    }

    /// The place that a number is of.
    fn place(number: u32) -> usize {
        let last = (1_usize << PLACES) - 1;
        last - (usize::try_from(number).unwrap_or_default() & last)
    }
}

/// The part of the accounts that have each target first.
pub(super) fn shares(lots: &[Lot]) -> Vec<f64> {
    let numbers = Numbers::of(lots.iter().copied().enumerate());
    let mut first = vec![0_u16; lots.len()];
    for kind in 0..KINDS {
        if let Some(first) = first.get_mut(Numbers::place(numbers.highest(kind))) {
            *first += 1;
        }
    }
    first.into_iter().map(part).collect()
}

/// So many kinds, as a part of all accounts.
fn part(kinds: u16) -> f64 {
    f64::from(kinds) / f64::from(KINDS)
}

/// What becomes of a request of each kind of account.
pub(super) fn draw(tickets: &[Ticket], patience: Duration, prizes: &mut [Prize]) {
    let lots = |ends: bool| {
        let of = move |(_, ticket): &(usize, &Ticket)| (ticket.end != End::GoesOn) == ends;
        Numbers::of(tickets.iter().enumerate().filter(of).map(|(at, ticket)| (at, ticket.lot)))
    };
    let (ending, dead) = (lots(true), lots(false));
    let waits: Vec<u32> = tickets
        .iter()
        .filter(|ticket| ticket.end == End::GoesOn)
        .map(|ticket| u32::try_from(ticket.wait.as_millis()).unwrap_or(u32::MAX))
        .collect();
    let mut waited = vec![Duration::ZERO; tickets.len()];
    for kind in 0..KINDS {
        let (highest, mixed) = (ending.highest(kind), u32::from(kind) << PLACES);
        let met = dead.parts.iter().zip(&waits).filter(|((hash, more), _)| (hash ^ mixed) + more > highest);
        let before: u64 = met.map(|(_, wait)| u64::from(*wait)).sum();
        let at = Numbers::place(highest);
        let wait = Duration::from_millis(before) + tickets[at].wait;
        prizes[at].add(Share(part(1)), wait, patience);
        if wait <= patience {
            waited[at] += wait;
        }
    }
    for (prize, waited) in prizes.iter_mut().zip(waited).filter(|(prize, _)| prize.ends.is_some()) {
        prize.mean = waited.mul_f64(part(1) / prize.ends.0).min(prize.max);
    }
}
