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

/// Bits below a target's number that keep the order of the answer among equal ones. Above them there is room for a
/// hash and a weight.
const PLACES: u32 = 14;

/// The lower twelve bits of the hash of a target's name (libre: `hash_fast_str`, which is FNV-1a).
pub(super) fn hash(host: &Host) -> u16 {
    let name = host.to_string();
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u16::try_from(hash & u32::from(KINDS - 1)).unwrap_or_default()
}

/// Targets as numbers that can be compared for any kind of account. There are 4096 kinds, and a preview has less
/// than a millisecond: so they are plain lists that go through a processor several at a time.
#[derive(Default)]
struct Numbers {
    /// Hash of each, above the room for its place.
    hashes: Vec<i32>,
    /// Its weight and place.
    others: Vec<i32>,
}

impl Numbers {
    const LAST: i32 = (1 << PLACES) - 1;

    fn add(&mut self, at: usize, lot: Lot) {
        // Of equal ones the earlier is the higher.
        let place = Self::LAST - i32::try_from(at).unwrap_or(Self::LAST).min(Self::LAST);
        self.hashes.push(i32::from(lot.hash) << PLACES);
        self.others.push((i32::from(lot.weight) << PLACES) + place);
    }

    /// The number of each for a kind of account.
    fn of(&self, kind: u16) -> impl Iterator<Item = i32> {
        let mixed = i32::from(kind) << PLACES;
        self.hashes.iter().zip(&self.others).map(move |(hash, other)| (hash ^ mixed) + other)
    }

    /// The highest for a kind of account.
    fn highest(&self, kind: u16) -> i32 {
        self.of(kind).fold(0, i32::max)
    }

    /// The place that a number is of.
    fn place(number: i32) -> usize {
        usize::try_from(Self::LAST - (number & Self::LAST)).unwrap_or_default()
    }
}

/// The part of the accounts that have each target first.
pub(super) fn shares(lots: &[Lot]) -> Vec<f64> {
    let mut numbers = Numbers::default();
    lots.iter().enumerate().for_each(|(at, lot)| numbers.add(at, *lot));
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
    let (mut ending, mut dead, mut waits) = (Numbers::default(), Numbers::default(), Vec::new());
    for (at, ticket) in tickets.iter().enumerate() {
        if ticket.end == End::GoesOn {
            dead.add(at, ticket.lot);
            waits.push(u32::try_from(ticket.wait.as_millis()).unwrap_or(u32::MAX));
        } else {
            ending.add(at, ticket.lot);
        }
    }
    let mut waited = vec![Duration::ZERO; tickets.len()];
    for kind in 0..KINDS {
        let highest = ending.highest(kind);
        let met = dead.of(kind).zip(&waits).map(|(number, wait)| if number > highest { *wait } else { 0 });
        // The sum of all is days at most, and 32 bits hold weeks.
        let before = met.fold(0, u32::wrapping_add);
        let at = Numbers::place(highest);
        let wait = Duration::from_millis(before.into()) + tickets[at].wait;
        prizes[at].add(Share(part(1)), wait, patience);
        if wait <= patience {
            waited[at] += wait;
        }
    }
    for (prize, waited) in prizes.iter_mut().zip(waited).filter(|(prize, _)| prize.ends.is_some()) {
        prize.mean = waited.mul_f64(part(1) / prize.ends.0).min(prize.max);
    }
}
