//! What becomes of a request when candidates fail.
//!
//! A request goes from target to target in the engine's order: first the other addresses of the target, then
//! by a new draw among the rest of its round, then the next round, then the next tier, for as long as the
//! engine goes on at what it sees ([`Engine::reaction`]). A round passes a request on only when every target of
//! it does, so at most one round ends it, and the waits of those before it are certain.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::{Failure, Method, Resolution, Share, Target, Tier};

use super::draw::{self, End, Lot, Ticket};
use super::engine::{Aside, Asked, Attempt, Engine, Fates, Memory, Odds, Place, Round};

/// The distribution of one new request, when candidates fail as `fates` has it, earlier requests left `memory`,
/// and the caller hangs up after `patience` (never, without one).
pub fn attempt(
    engine: &dyn Engine,
    resolution: &Resolution,
    fates: &Fates,
    memory: &Memory,
    patience: Option<Duration>,
) -> Attempt {
    let mut sent = sent(engine, resolution, fates, memory, patience);
    let unsent = unsent(engine, resolution, fates, memory);
    if unsent.is_some() {
        let rest = Share((1.0 - unsent.0).max(0.0));
        for odds in sent.odds.iter_mut().flatten() {
            odds.landing = odds.landing * rest;
        }
        for share in [&mut sent.lost, &mut sent.hung_up, &mut sent.stopped, &mut sent.gave_up, &mut sent.waiting] {
            *share = *share * rest;
        }
        sent.lost += unsent;
        sent.lost = sent.lost.bounded();
        sent.unsent = unsent;
        // What is not sent fails at once.
        sent.lost_after = if rest.is_some() { sent.lost_after } else { Duration::ZERO };
    }
    sent
}

/// The targets in the order they are tried, round by round: those that are remembered to fail come last, or
/// not at all.
pub fn rounds<'p>(
    engine: &'p dyn Engine,
    resolution: &'p Resolution,
    memory: &'p Memory,
) -> impl Iterator<Item = Vec<Place>> + 'p {
    plan(engine, resolution, memory).map(|round| round.places)
}

/// The chance of each target of a tier to be tried first, where the tier comes first.
pub(super) fn first_of(engine: &dyn Engine, targets: &[&Target]) -> Vec<Share> {
    let mut shares = vec![Share::NONE; targets.len()];
    if let Some(Round { rule, targets: listed }) = engine.rounds(targets).first() {
        let lots: Vec<Lot> = listed.iter().map(|&at| Lot::of(*rule, targets[at])).collect();
        for (&at, share) in listed.iter().zip(draw::first_shares(*rule, &lots)) {
            shares[at] = share;
        }
    }
    shares
}

/// The first tier is tried first.
pub(super) fn share_first(engine: &dyn Engine, tiers: &mut [Tier]) {
    let Some(tier) = tiers.first_mut() else { return };
    let shares = first_of(engine, &tier.targets.iter().collect::<Vec<_>>());
    for (target, share) in tier.targets.iter_mut().zip(shares) {
        target.first = share;
    }
}

/// A round of a whole resolution.
pub(super) struct Planned {
    pub(super) rule: draw::Rule,
    pub(super) places: Vec<Place>,
}

/// The rounds in their order. Most requests end in the first of them, so each is arranged when it is come to.
pub(super) fn plan<'p>(
    engine: &'p dyn Engine,
    resolution: &'p Resolution,
    memory: &'p Memory,
) -> Box<dyn Iterator<Item = Planned> + 'p> {
    let aside = engine.recall().map_or(Aside::Last, |recall| recall.aside);
    let planned = move |places: Vec<Place>| {
        let target = |place: &Place| &resolution.tiers[place.tier].targets[place.target];
        let rounds = engine.rounds(&places.iter().map(target).collect::<Vec<_>>());
        rounds.into_iter().map(move |round| Planned {
            rule: round.rule,
            places: round.targets.iter().map(|&at| places[at]).collect(),
        })
    };
    let of = move |(tier, found): (usize, &Tier), avoided: bool| -> Vec<Place> {
        let all = (0..found.targets.len()).map(|target| Place { tier, target });
        all.filter(|place| memory.avoided.contains(place) == avoided).collect()
    };
    let tiers = move || resolution.tiers.iter().enumerate();
    if aside == Aside::Behind {
        let mut rounds = Vec::new();
        for set in tiers().collect::<Vec<_>>().chunk_by(|(_, one), (_, other)| are_of_one_set(one, other)) {
            rounds.extend(set.iter().flat_map(|&tier| planned(of(tier, false))));
            rounds.extend(planned(set.iter().flat_map(|&tier| of(tier, true)).collect()));
        }
        return Box::new(rounds.into_iter());
    }
    let again = (aside != Aside::Never && !memory.avoided.is_empty()).then(tiers).into_iter().flatten();
    let first = tiers().flat_map(move |tier| planned(of(tier, false)));
    Box::new(first.chain(again.flat_map(move |tier| planned(of(tier, true)))))
}

/// Whether two tiers are priorities of the same SRV records.
fn are_of_one_set(one: &Tier, other: &Tier) -> bool {
    let srv = |tier: &Tier| tier.priority.is_some();
    srv(one) && srv(other) && (one.uri, one.transport, &one.owner) == (other.uri, other.transport, &other.owner)
}

/// What happens to a request at a target: its addresses one after the other.
struct Course {
    ticket: Ticket,
    /// How many addresses are tried.
    tries: usize,
    /// Whether the failure is remembered.
    recalled: bool,
    /// How long it takes until it is known to fail.
    known_after: Duration,
}

fn course(engine: &dyn Engine, resolution: &Resolution, fates: &Fates, rule: draw::Rule, place: Place) -> Course {
    let tier = &resolution.tiers[place.tier];
    let lot = Lot::of(rule, &tier.targets[place.target]);
    let mut course = Course {
        ticket: Ticket { lot, end: End::GoesOn, wait: Duration::ZERO },
        tries: 0,
        recalled: false,
        known_after: Duration::ZERO,
    };
    let recall = engine
        .recall()
        .filter(|recall| recall.aside != Aside::Behind || tier.priority.is_some())
        .filter(|recall| recall.only.is_none_or(|only| only == resolution.dial.method));
    for fate in fates.target(place.tier, place.target) {
        course.tries += 1;
        let Some(failure) = *fate else {
            course.ticket.end = End::Lands;
            course.recalled = false;
            return course;
        };
        let reaction = engine.reaction(tier.transport, failure, resolution.dial.method);
        course.ticket.wait += reaction.after;
        course.recalled = recall.is_some_and(|recall| recall.of.contains(&failure));
        course.known_after = course.ticket.wait;
        if !reaction.goes_on {
            course.ticket.end = End::Stops;
            return course;
        }
    }
    if engine.limits(resolution.dial.method).one_target {
        course.ticket.end = End::Stops;
    }
    course
}

/// The distribution of a request that is sent.
fn sent(
    engine: &dyn Engine,
    resolution: &Resolution,
    fates: &Fates,
    memory: &Memory,
    patience: Option<Duration>,
) -> Attempt {
    let mut attempt = Attempt {
        odds: resolution.tiers.iter().map(|tier| vec![Odds::default(); tier.targets.len()]).collect(),
        lost: Share::ALL,
        hung_up: Share::NONE,
        stopped: Share::NONE,
        gave_up: Share::NONE,
        unsent: Share::NONE,
        lost_after: Duration::ZERO,
        waiting: Share::NONE,
        exact: true,
        learned: BTreeSet::new(),
        known_after: Duration::ZERO,
    };
    let limits = engine.limits(resolution.dial.method);
    let bound = Bound::of(patience, limits.lifetime);
    let (mut before, mut tried, mut ended, mut dealt) = (Duration::ZERO, 0, false, false);
    for (at, round) in plan(engine, resolution, memory).enumerate() {
        let courses: Vec<Course> =
            round.places.iter().map(|&place| course(engine, resolution, fates, round.rule, place)).collect();
        let tickets: Vec<Ticket> = courses.iter().map(|course| course.ticket).collect();
        if at == 0 {
            let lots: Vec<Lot> = tickets.iter().map(|ticket| ticket.lot).collect();
            for (&place, share) in round.places.iter().zip(draw::first_shares(round.rule, &lots)) {
                attempt.odds[place.tier][place.target].first = share;
            }
        }
        if ended {
            break;
        }
        for (&place, course) in round.places.iter().zip(&courses).filter(|(_, course)| course.recalled) {
            if attempt.learned.insert(place) {
                attempt.known_after = attempt.known_after.max(before + course.known_after);
            }
        }
        let dead: usize = courses.iter().filter(|c| c.ticket.end == End::GoesOn).map(|course| course.tries).sum();
        ended = tickets.iter().any(|ticket| ticket.end != End::GoesOn);
        if limits.tries.is_some_and(|most| tried >= most) {
            break;
        }
        // Among more dead addresses than it tries, which of them it meets before it gives up is not reckoned.
        attempt.exact &= limits.tries.is_none_or(|most| !ended || tried + dead < most);
        if ended {
            end_in(&mut attempt, &round, &tickets, before, bound);
            dealt = true;
        } else {
            before += tickets.iter().map(|ticket| ticket.wait).sum::<Duration>();
            tried += dead;
        }
    }
    if !dealt {
        // Every request takes as long, since each target is tried; it may end before.
        attempt.lost_after = before.min(bound.time);
        if before > bound.time {
            attempt.end_early(bound, Share::ALL);
        }
    }
    attempt
}

/// When a request ends, whatever is left to try.
#[derive(Clone, Copy)]
struct Bound {
    time: Duration,
    /// Whether it is the caller who ends it.
    by_caller: bool,
}

impl Bound {
    fn of(patience: Option<Duration>, lifetime: Option<Duration>) -> Self {
        let (patience, lifetime) = (patience.unwrap_or(Duration::MAX), lifetime.unwrap_or(Duration::MAX));
        Self { time: patience.min(lifetime), by_caller: patience <= lifetime }
    }
}

/// Deals out a request among the targets of the round that ends it.
fn end_in(attempt: &mut Attempt, round: &Planned, tickets: &[Ticket], before: Duration, bound: Bound) {
    let Some(left) = bound.time.checked_sub(before) else {
        // Every request has ended before this round is tried.
        attempt.lost_after = bound.time;
        attempt.end_early(bound, Share::ALL);
        return;
    };
    let drawn = draw::draw(round.rule, tickets, left);
    attempt.lost = Share::NONE;
    attempt.exact &= drawn.exact;
    for ((&place, ticket), prize) in round.places.iter().zip(tickets).zip(&drawn.prizes) {
        if prize.too_late.is_some() {
            attempt.lost += prize.too_late;
            attempt.end_early(bound, prize.too_late);
            attempt.lost_after = attempt.lost_after.max(bound.time);
        }
        let odds = &mut attempt.odds[place.tier][place.target];
        match ticket.end {
            End::Lands if prize.ends.is_some() => {
                odds.landing = prize.ends.bounded();
                odds.mean = before + prize.mean;
                odds.max = before + prize.max;
                attempt.waiting += if before.is_zero() { prize.waiting } else { prize.ends };
            }
            End::Stops if prize.ends.is_some() => {
                attempt.lost += prize.ends;
                attempt.stopped += prize.ends;
                attempt.lost_after = attempt.lost_after.max(before + prize.max);
            }
            _ => {}
        }
    }
    let Attempt { lost, hung_up, stopped, gave_up, waiting, .. } = attempt;
    for share in [lost, hung_up, stopped, gave_up, waiting] {
        *share = share.bounded();
    }
}

impl Attempt {
    /// This part of the requests ends before the engine is through.
    fn end_early(&mut self, bound: Bound, part: Share) {
        let ended = if bound.by_caller { &mut self.hung_up } else { &mut self.gave_up };
        *ended += part;
    }
}

/// The chance that the engine's own OPTIONS find nobody, so that it sends no call. Any answer to them will do;
/// a REGISTER goes out all the same.
fn unsent(engine: &dyn Engine, resolution: &Resolution, fates: &Fates, memory: &Memory) -> Share {
    let Some(qualify) = engine.qualify().filter(|_| resolution.dial.method == Method::Invite) else {
        return Share::NONE;
    };
    let answers = |failure: Failure| matches!(failure, Failure::Unavailable | Failure::Error(_));
    let fates = fates.but(|failure| !answers(failure));
    match qualify.asks {
        Asked::Drawn => sent(engine, resolution, &fates, memory, Some(qualify.within)).lost,
        Asked::Every if fates.all_fail() => Share::ALL,
        // Targets that are out are passed over; that takes until it is known, and is a phase of its own.
        Asked::Every | Asked::Each(_) => Share::NONE,
    }
}
