//! The draw among records of one priority, exactly: by RFC 2782, and as stacks really do it.
//!
//! RFC 2782 has a client put the records of weight 0 at the head of a list, add up the weights, draw a
//! whole number from 0 to the sum *inclusive*, and take the first record whose running sum reaches it; then
//! draw again among the rest. Two things follow that surprise people:
//!
//! - The first record of the list has one chance more than its weight, so that 1:1 is 2/3 to 1/3 for
//!   any one order of the list. RFC 2782 leaves the order open ("any order"), and answers rotate: the
//!   shares here are averaged over all orders, so 50:50 is 50 % each, and a rotating answer changes
//!   nothing. With n records and no zeros among them a record of weight w has (w + 1/n) / (S + 1).
//! - Weight 0 beside others is a small chance, not "off": each of z zeros has 1 / (z (S + 1)), and the
//!   others have w / (S + 1).
//!
//! Stacks draw otherwise, each in its own way; but of all of them the chance of a record depends on what
//! is left in one form: so much for each unit of its weight, and something more or less for whoever is at the
//! head of the list, or at its end ([`Rule`]).
//!
//! A target that fails is drawn like any other and then left behind, so where the request finally lands
//! follows from a walk over the sets of dead targets already met. Targets of one weight and one wait are
//! interchangeable, unless they stand at an end of a list whose ends count: the walk counts them, which keeps
//! it exact for all but absurd outages.

mod hashed;
mod sets;
mod swapped;
mod wrapped;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{Share, Target};

/// The most sets of dead targets that are walked, so that a preview stays under a millisecond; past it the
/// answer is approximate. It takes 15 dead targets of one priority, no two of them alike, to get there.
const MOST_STATES: usize = 1 << 14;

/// How a number is drawn, and which record it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// RFC 2782, averaged over the orders of the list that it leaves open.
    Averaged,
    /// RFC 2782's number, 0 to the sum inclusive, over the list as it is: the head has one chance more than
    /// its weight, and a weight of 0 has none but there. Whatever is drawn changes places with the head (PJSIP:
    /// pjlib-util/srv_resolver.c).
    InclusiveSwapped,
    /// 1 to the sum: a weight w has w in S. Where no weight is left, the head.
    ByWeight,
    /// 0 to the sum exclusive, first running sum that reaches it: the head has one chance more than its weight,
    /// the end one less (OpenSIPS: resolve.c). Sums are kept in 16 bits.
    Sixteen,
    /// As by weight; but one in 1001 of the draws of a 1 goes to the end of the list, where there is a weight
    /// of 0 (Kamailio: `dns_cache.c`, `ZERO_W_CHANCE`). Where no weight is left, the end.
    ByWeightOrLast,
    /// No number: the highest of a hash of the target mixed with one of the account, and the weight added. The chance is
    /// that of an account of which nothing is known (libre: dns/rrlist.c).
    Hashed,
    /// Each as likely as any other, whatever its weight.
    Even,
}

impl Rule {
    /// The chances of one draw among what is left.
    fn among(self, sum: f64, records: f64, zeros: f64) -> Odds {
        let by = |all: f64| Odds { per_weight: 1.0 / all, ..Odds::NONE };
        match self {
            Self::Averaged if zeros > 0.0 => Odds { each_zero: 1.0 / (zeros * (sum + 1.0)), ..by(sum + 1.0) },
            Self::Averaged => Odds { each: 1.0 / (records * (sum + 1.0)), ..by(sum + 1.0) },
            Self::InclusiveSwapped => Odds { head: 1.0 / (sum + 1.0), ..by(sum + 1.0) },
            Self::ByWeight | Self::Sixteen if sum <= 0.0 => Odds { head: 1.0, ..Odds::NONE },
            Self::ByWeightOrLast if sum <= 0.0 => Odds { end: 1.0, ..Odds::NONE },
            Self::ByWeight => by(sum),
            // To an order by hash this does not come.
            Self::Even | Self::Hashed => Odds { each: 1.0 / records, each_zero: 1.0 / records, ..Odds::NONE },
            Self::Sixteen => Odds { head: 1.0 / sum, end: -1.0 / sum, ..by(sum) },
            Self::ByWeightOrLast => {
                let rare = if zeros > 0.0 { 1.0 / (1001.0 * sum) } else { 0.0 };
                Odds { head: -rare, end: rare, ..by(sum) }
            }
        }
    }

    /// Whether the places of the list matter.
    const fn has_ends(self) -> bool {
        !matches!(self, Self::Averaged | Self::ByWeight | Self::Even)
    }
}

/// What a target is drawn by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lot {
    /// SRV weight.
    pub weight: u16,
    /// Hash of its name, where the rule goes by it.
    pub hash: u16,
}

impl Lot {
    /// What a target is drawn by, by this rule.
    pub(super) fn of(rule: Rule, target: &Target) -> Self {
        let hash = if rule == Rule::Hashed { hashed::hash(&target.host) } else { 0 };
        Self { weight: target.weight.unwrap_or_default(), hash }
    }
}

/// A target in the draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    /// What it is drawn by.
    pub lot: Lot,
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

impl Prize {
    /// A request that ends here with this chance, after this wait.
    fn add(&mut self, chance: Share, wait: Duration, patience: Duration) {
        if wait > patience {
            self.too_late += chance;
            return;
        }
        self.ends += chance;
        self.max = self.max.max(wait);
        self.waiting += if wait.is_zero() { Share::NONE } else { chance };
    }
}

/// The draw over one tier.
pub(super) struct Drawn {
    /// For each ticket, in the order given.
    pub prizes: Vec<Prize>,
    /// Whether the shares are exact.
    pub exact: bool,
}

/// Chances of one draw among what is left, for any record of it: they depend on its weight, and on whether
/// it is the head or the end of what is left of the list.
#[derive(Clone, Copy)]
struct Odds {
    per_weight: f64,
    /// For each record, where there is no zero.
    each: f64,
    /// For each record of weight zero.
    each_zero: f64,
    /// For the head of the list, besides.
    head: f64,
    /// For the end of the list, besides.
    end: f64,
}

impl Odds {
    const NONE: Self = Self { per_weight: 0.0, each: 0.0, each_zero: 0.0, head: 0.0, end: 0.0 };

    /// Of a record that is at neither end of the list.
    fn of(self, weight: f64) -> f64 {
        if weight > 0.0 { weight * self.per_weight + self.each } else { self.each_zero }
    }

    fn at(self, weight: f64, is_head: bool, is_end: bool) -> f64 {
        let more = |is: bool, more: f64| if is { more } else { 0.0 };
        // What is taken off the end may leave dust.
        (self.of(weight) + more(is_head, self.head) + more(is_end, self.end)).max(0.0)
    }

    /// Whether nothing can be drawn.
    fn is_none(self) -> bool {
        let Self { per_weight, each, each_zero, head, end } = self;
        [per_weight, each, each_zero, head, end].iter().all(|chance| *chance == 0.0)
    }

    fn scaled(self, by: f64) -> Self {
        Self {
            per_weight: self.per_weight * by,
            each: self.each * by,
            each_zero: self.each_zero * by,
            head: self.head * by,
            end: self.end * by,
        }
    }

    fn add(&mut self, other: Self) {
        self.per_weight += other.per_weight;
        self.each += other.each;
        self.each_zero += other.each_zero;
        self.head += other.head;
        self.end += other.end;
    }
}

/// Interchangeable targets that pass a request on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Class {
    weight: f64,
    wait: Duration,
    count: usize,
    place: Stands,
}

/// Where targets that pass a request on stand in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stands {
    /// Before the first that ends it: as long as one of them is left, the head is the first of these.
    Before,
    /// Where no end of the list comes.
    Between,
    /// After the last that ends it.
    After,
}

/// Chances to be drawn first, in the order of the list.
pub(super) fn first_shares(rule: Rule, lots: &[Lot]) -> Vec<Share> {
    if rule == Rule::Hashed {
        return hashed::shares(lots).into_iter().map(Share).collect();
    }
    let weights: Vec<u16> = lots.iter().map(|lot| lot.weight).collect();
    if wrapped::wraps(rule, weights.iter().copied()) {
        return wrapped::shares(&weights).into_iter().map(Share).collect();
    }
    let odds = odds_of(rule, weights.iter().copied());
    let last = weights.len().saturating_sub(1);
    (0..).zip(&weights).map(|(at, &w)| Share(odds.at(f64::from(w), at == 0, at == last))).collect()
}

fn odds_of(rule: Rule, weights: impl Iterator<Item = u16> + Clone) -> Odds {
    let sum = weights.clone().map(f64::from).sum();
    let zeros = weights.clone().filter(|&w| w == 0).count();
    rule.among(sum, count(weights.count()), count(zeros))
}

/// A count of records as a number to reckon with; there are at most 65535 in a message.
fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

/// What becomes of a request among these, in the order of the list, whose caller hangs up after `patience`.
/// Where every target passes it on, nothing ends here.
pub(super) fn draw(rule: Rule, tickets: &[Ticket], patience: Duration) -> Drawn {
    let mut prizes = vec![Prize::default(); tickets.len()];
    let ends = |ticket: &Ticket| ticket.end != End::GoesOn;
    let (Some(head), Some(end)) = (tickets.iter().position(ends), tickets.iter().rposition(ends)) else {
        return Drawn { prizes, exact: true };
    };
    if wrapped::wraps(rule, tickets.iter().map(|ticket| ticket.lot.weight)) {
        let exact = wrapped::draw(tickets, patience, &mut prizes);
        return Drawn { prizes, exact };
    }
    if rule == Rule::Hashed {
        hashed::draw(tickets, patience, &mut prizes);
        return Drawn { prizes, exact: true };
    }
    if rule == Rule::InclusiveSwapped && swapped::draw(tickets, patience, &mut prizes) {
        return Drawn { prizes, exact: true };
    }
    let classes = classes(rule, tickets, head, end);
    let ending: Vec<Ticket> = tickets.iter().copied().filter(ends).collect();
    let states = classes.iter().try_fold(1_usize, |states, class| states.checked_mul(class.count + 1));
    let closed = is_closed(rule, tickets, patience);
    let exact = closed || states.is_some_and(|states| states <= MOST_STATES);
    // How long a caller may have waited before each target, to end there in time.
    let times: BTreeSet<Duration> = ending.iter().filter_map(|t| patience.checked_sub(t.wait)).collect();
    let mut passed = Passed::within(times);
    if exact && !closed {
        sets::walk(rule, &classes, &ending, &mut passed);
    } else {
        by_weight(&classes, &ending, &mut passed);
    }
    for (at, (prize, ticket)) in prizes.iter_mut().zip(tickets).enumerate().filter(|(_, (_, ticket))| ends(ticket)) {
        let of = |odds: Odds| odds.at(f64::from(ticket.lot.weight), at == head, at == end);
        let in_time = patience.checked_sub(ticket.wait).map_or(Bucket::EMPTY, |left| passed.bucket(left));
        let ends = of(in_time.chance);
        prize.ends = Share(ends);
        prize.too_late = Share((of(passed.all.chance) - ends).max(0.0));
        prize.waiting = Share(if ticket.wait.is_zero() { (ends - of(passed.at_once.chance)).max(0.0) } else { ends });
        if prize.ends.is_some() {
            prize.max = ticket.wait + Duration::from_secs_f64(in_time.longest);
            prize.mean = (ticket.wait + Duration::from_secs_f64(of(in_time.wait) / ends)).min(prize.max);
        }
    }
    Drawn { prizes, exact }
}

/// The targets that pass a request on, those that are interchangeable together; `head` and `end` are the first
/// and the last that end it.
fn classes(rule: Rule, tickets: &[Ticket], head: usize, end: usize) -> Vec<Class> {
    // Where weights do not matter, whoever waits as long is alike.
    let weight = |ticket: &Ticket| if rule == Rule::Even { 1.0 } else { ticket.lot.weight.into() };
    let one = |ticket: &Ticket, place| Class { weight: weight(ticket), wait: ticket.wait, count: 1, place };
    let dead = |tickets: &[Ticket], place| -> Vec<Class> {
        tickets.iter().filter(|ticket| ticket.end == End::GoesOn).map(|ticket| one(ticket, place)).collect()
    };
    let alike = |a: &Class, b: &Class| (a.weight, a.wait) == (b.weight, b.wait);
    let (before, between, after) = if rule.has_ends() {
        let (before, after) = (dead(&tickets[..head], Stands::Before), dead(&tickets[end..], Stands::After));
        (before, dead(&tickets[head..end], Stands::Between), after)
    } else {
        (Vec::new(), dead(tickets, Stands::Between), Vec::new())
    };
    let mut counted: BTreeMap<(u64, Duration), Class> = BTreeMap::new();
    for class in between {
        counted.entry((class.weight.to_bits(), class.wait)).and_modify(|known| known.count += 1).or_insert(class);
    }
    // Which of several that are alike is the head, or the end, makes no difference.
    let together = |side: Vec<Class>| match side.first() {
        Some(&first) if side.iter().all(|class| alike(class, &first)) => vec![Class { count: side.len(), ..first }],
        _ => side,
    };
    let mut all = together(before);
    all.extend(counted.into_values());
    // The last of the list comes first among these: it is the end as long as it is left.
    all.extend(together(after.into_iter().rev().collect()));
    all
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
        if odds.is_none() {
            return;
        }
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

    /// The longest wait of all is so long.
    fn wait_up_to(&mut self, longest: f64) {
        self.all.longest = longest;
        for (_, bucket) in self.within.iter_mut().filter(|(time, _)| longest <= time.as_secs_f64()) {
            bucket.longest = longest;
        }
    }

    fn bucket(&self, time: Duration) -> Bucket {
        self.within.iter().find(|(known, _)| *known == time).map_or(Bucket::EMPTY, |(_, bucket)| *bucket)
    }
}

/// Whether [`by_weight`] is exact, however many targets fail: where a weight w is drawn with w in S and nothing else
/// counts, and the caller waits for all of them, or for none.
fn is_closed(rule: Rule, tickets: &[Ticket], patience: Duration) -> bool {
    let weighs = |ticket: &Ticket| ticket.lot.weight > 0;
    let ruled = match rule {
        Rule::ByWeight => tickets.iter().any(|ticket| ticket.end != End::GoesOn && weighs(ticket)),
        Rule::ByWeightOrLast => tickets.iter().all(weighs),
        _ => false,
    };
    let waits = || tickets.iter().filter(|ticket| ticket.end == End::GoesOn).map(|ticket| ticket.wait);
    let least = waits().filter(|wait| !wait.is_zero()).min();
    let at_end = tickets.iter().filter(|ticket| ticket.end != End::GoesOn).map(|ticket| ticket.wait).max();
    ruled
        && (least.is_some_and(|least| least > patience)
            || waits().sum::<Duration>() + at_end.unwrap_or_default() <= patience)
}

/// The draw over real numbers: a dead target is met with w / (w + W), W the weights alive, and what is met is taken to
/// be met at its mean. It differs from a draw over whole numbers by less than one part in the sum of weights.
fn by_weight(classes: &[Class], ending: &[Ticket], passed: &mut Passed) {
    let alive_sum: f64 = ending.iter().map(|t| f64::from(t.lot.weight)).sum();
    let chance = if alive_sum > 0.0 {
        Odds { per_weight: 1.0 / alive_sum, ..Odds::NONE }
    } else {
        Odds { each_zero: 1.0 / count(ending.len()), ..Odds::NONE }
    };
    let met = |class: &Class| if alive_sum > 0.0 { class.weight / (class.weight + alive_sum) } else { 1.0 };
    let wait: f64 = classes.iter().map(|class| class.wait.as_secs_f64() * met(class) * count(class.count)).sum();
    let waiting = classes.iter().filter(|class| !class.wait.is_zero());
    let dead: f64 = waiting.map(|class| class.weight * count(class.count)).sum();
    let at_once = if alive_sum > 0.0 { alive_sum / (alive_sum + dead) } else { 0.0 };
    passed.add(chance.scaled(at_once), 0.0);
    if at_once < 1.0 {
        passed.add(chance.scaled(1.0 - at_once), wait / (1.0 - at_once));
        let can_be_met = classes.iter().filter(|class| class.weight > 0.0 || alive_sum <= 0.0);
        passed.wait_up_to(can_be_met.map(|class| class.wait.as_secs_f64() * count(class.count)).sum());
    }
}

#[cfg(test)]
mod tests;
