//! The draw of RFC 2782, exactly.
//!
//! Within one priority a client puts the records of weight 0 at the head of a list, adds up the weights,
//! draws a whole number from 0 to the sum *inclusive*, and takes the first record whose running sum
//! reaches it; then it draws again among the rest. Two things follow that surprise people:
//!
//! - The first record of the list has one chance more than its weight, so that 1:1 is 2/3 to 1/3 for
//!   any one order of the list. RFC 2782 leaves the order open ("any order"), and answers rotate: the
//!   shares here are averaged over all orders, so 50:50 is 50 % each, and a rotating answer changes
//!   nothing. With n records and no zeros among them a record of weight w has (w + 1/n) / (S + 1).
//! - Weight 0 beside others is a small chance, not "off": each of z zeros has 1 / (z (S + 1)), and the
//!   others have w / (S + 1).
//!
//! A target that fails is drawn like any other and then left behind, so where the request finally lands
//! follows from a walk over the sets of dead targets already met. Targets of one weight and one wait are
//! interchangeable: the walk counts them, which keeps it exact for all but absurd outages.

mod sets;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::Share;

/// The most sets of dead targets that are walked, so that a preview stays under a millisecond; past it the
/// answer is approximate. It takes 15 dead targets of one priority, no two of them alike, to get there.
const MOST_STATES: usize = 1 << 14;

/// A target in the draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    /// SRV weight.
    pub weight: u16,
    /// What happens when it is drawn.
    pub end: End,
    /// How long that takes.
    pub wait: Duration,
}

/// What happens to a request at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It lands.
    Lands,
    /// The engine gives up here.
    Stops,
    /// The engine draws again among the rest.
    GoesOn,
}

/// What a ticket gets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Prize {
    /// Chance to be drawn first.
    pub first: Share,
    /// Chance that the request ends here within the caller's patience; none for a target that passes it on.
    pub ends: Share,
    /// Chance that it would end here, and the caller has hung up before.
    pub too_late: Share,
    /// Mean wait of what ends here in time.
    pub mean: Duration,
    /// Longest wait of what ends here in time.
    pub max: Duration,
    /// Chance that it ends here in time, but after a wait.
    pub waiting: Share,
}

/// The draw over one tier.
pub(super) struct Drawn {
    /// For each ticket, in the order given.
    pub prizes: Vec<Prize>,
    /// Whether the shares are exact.
    pub exact: bool,
}

/// Chances of one draw among what is left, for any record of it: they depend on its weight alone.
#[derive(Clone, Copy)]
struct Odds {
    per_weight: f64,
    /// For each record, where there is no zero.
    each: f64,
    /// For each record of weight zero.
    each_zero: f64,
}

impl Odds {
    fn among(sum: f64, records: f64, zeros: f64) -> Self {
        let all = sum + 1.0;
        if zeros > 0.0 {
            Self { per_weight: 1.0 / all, each: 0.0, each_zero: 1.0 / (zeros * all) }
        } else {
            Self { per_weight: 1.0 / all, each: 1.0 / (records * all), each_zero: 0.0 }
        }
    }

    fn of(self, weight: f64) -> f64 {
        if weight > 0.0 { weight * self.per_weight + self.each } else { self.each_zero }
    }

    fn scaled(self, by: f64) -> Self {
        Self { per_weight: self.per_weight * by, each: self.each * by, each_zero: self.each_zero * by }
    }

    fn add(&mut self, other: Self) {
        self.per_weight += other.per_weight;
        self.each += other.each;
        self.each_zero += other.each_zero;
    }

    const NONE: Self = Self { per_weight: 0.0, each: 0.0, each_zero: 0.0 };
}

/// Interchangeable targets that pass a request on.
struct Class {
    weight: f64,
    wait: Duration,
    count: usize,
}

/// Chances to be drawn first.
pub(super) fn first_shares(weights: &[u16]) -> Vec<Share> {
    let odds = odds_of(weights.iter().copied());
    weights.iter().map(|&w| Share(odds.of(f64::from(w)))).collect()
}

fn odds_of(weights: impl Iterator<Item = u16> + Clone) -> Odds {
    let sum = weights.clone().map(f64::from).sum();
    let zeros = weights.clone().filter(|&w| w == 0).count();
    Odds::among(sum, count(weights.count()), count(zeros))
}

/// A count of records as a number to reckon with; there are at most 65535 in a message.
fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

/// What becomes of a request in one tier, whose caller hangs up after `patience`. Where every target
/// passes it on, nothing ends here.
pub(super) fn draw(tickets: &[Ticket], patience: Duration) -> Drawn {
    let first = odds_of(tickets.iter().map(|t| t.weight));
    let classes = classes(tickets);
    let ending: Vec<Ticket> = tickets.iter().copied().filter(|t| t.end != End::GoesOn).collect();
    let mut prizes: Vec<Prize> =
        tickets.iter().map(|t| Prize { first: Share(first.of(t.weight.into())), ..Prize::default() }).collect();
    if ending.is_empty() {
        return Drawn { prizes, exact: true };
    }
    let states = classes.iter().try_fold(1_usize, |states, class| states.checked_mul(class.count + 1));
    let exact = states.is_some_and(|states| states <= MOST_STATES);
    // How long a caller may have waited before each target, to end there in time.
    let times: BTreeSet<Duration> = ending.iter().filter_map(|t| patience.checked_sub(t.wait)).collect();
    let mut passed = Passed::within(times);
    if exact {
        sets::walk(&classes, &ending, &mut passed);
    } else {
        estimate(&classes, &ending, &mut passed);
    }
    for (prize, ticket) in prizes.iter_mut().zip(tickets).filter(|(_, t)| t.end != End::GoesOn) {
        let weight = f64::from(ticket.weight);
        let in_time = patience.checked_sub(ticket.wait).map_or(Bucket::EMPTY, |left| passed.bucket(left));
        let ends = in_time.chance.of(weight);
        prize.ends = Share(ends);
        prize.too_late = Share((passed.all.chance.of(weight) - ends).max(0.0));
        prize.waiting =
            Share(if ticket.wait.is_zero() { (ends - passed.at_once.chance.of(weight)).max(0.0) } else { ends });
        if prize.ends.is_some() {
            prize.max = ticket.wait + Duration::from_secs_f64(in_time.longest);
            prize.mean = (ticket.wait + Duration::from_secs_f64(in_time.wait.of(weight) / ends)).min(prize.max);
        }
    }
    Drawn { prizes, exact }
}

fn classes(tickets: &[Ticket]) -> Vec<Class> {
    let mut counted: BTreeMap<(u16, Duration), usize> = BTreeMap::new();
    for ticket in tickets.iter().filter(|t| t.end == End::GoesOn) {
        *counted.entry((ticket.weight, ticket.wait)).or_default() += 1;
    }
    counted.into_iter().map(|((weight, wait), count)| Class { weight: weight.into(), wait, count }).collect()
}

/// Summed over the sets of dead targets that a request can have met before it ends.
#[derive(Clone, Copy)]
struct Bucket {
    /// The chance to end at a record.
    chance: Odds,
    /// The chance times the wait until then, in seconds.
    wait: Odds,
    /// The longest wait, in seconds.
    longest: f64,
}

impl Bucket {
    const EMPTY: Self = Self { chance: Odds::NONE, wait: Odds::NONE, longest: 0.0 };

    fn add(&mut self, odds: Odds, waited: f64) {
        self.chance.add(odds);
        self.wait.add(odds.scaled(waited));
        self.longest = self.longest.max(waited);
    }
}

/// The sums over all sets, over those met without a wait, and over those met within some times.
struct Passed {
    all: Bucket,
    at_once: Bucket,
    within: Vec<(Duration, Bucket)>,
}

impl Passed {
    /// Prepares to sum up within each of these times.
    fn within(times: BTreeSet<Duration>) -> Self {
        let within = times.into_iter().map(|time| (time, Bucket::EMPTY)).collect();
        Self { all: Bucket::EMPTY, at_once: Bucket::EMPTY, within }
    }

    fn add(&mut self, odds: Odds, waited: f64) {
        self.all.add(odds, waited);
        if waited <= 0.0 {
            self.at_once.add(odds, waited);
        }
        for (time, bucket) in &mut self.within {
            if waited <= time.as_secs_f64() {
                bucket.add(odds, waited);
            }
        }
    }

    fn bucket(&self, time: Duration) -> Bucket {
        self.within.iter().find(|(known, _)| *known == time).map_or(Bucket::EMPTY, |(_, bucket)| *bucket)
    }
}

/// Past the bound: the draw over real numbers, which differs from the one over whole numbers by less
/// than one part in the sum of weights. A dead target is met with w / (w + W), W the weights alive; what
/// is met is taken to be met at its mean.
fn estimate(classes: &[Class], ending: &[Ticket], passed: &mut Passed) {
    let alive_sum: f64 = ending.iter().map(|t| f64::from(t.weight)).sum();
    let chance = if alive_sum > 0.0 {
        Odds { per_weight: 1.0 / alive_sum, each: 0.0, each_zero: 0.0 }
    } else {
        Odds { per_weight: 0.0, each: 0.0, each_zero: 1.0 / count(ending.len()) }
    };
    let met = |class: &Class| if alive_sum > 0.0 { class.weight / (class.weight + alive_sum) } else { 1.0 };
    let wait: f64 = classes.iter().map(|class| class.wait.as_secs_f64() * met(class) * count(class.count)).sum();
    let waiting = classes.iter().filter(|class| !class.wait.is_zero());
    let dead: f64 = waiting.map(|class| class.weight * count(class.count)).sum();
    let at_once = if alive_sum > 0.0 { alive_sum / (alive_sum + dead) } else { 0.0 };
    passed.add(chance.scaled(at_once), 0.0);
    if at_once < 1.0 {
        passed.add(chance.scaled(1.0 - at_once), wait / (1.0 - at_once));
    }
}

#[cfg(test)]
mod tests;
