//! What becomes of a request when candidates fail.
//!
//! A request goes from target to target in the engine's order: first the other addresses of the target, then
//! by a new draw among the rest of its round, then the next round, then the next tier, for as long as the
//! engine goes on at what it sees ([`Engine::reaction`]). A round passes a request on only when every target of
//! it does, so at most one round ends it, and the waits of those before it are certain.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::{Failure, Method, Resolution, Share, Target, Tier};

use super::draw::{self, End, Ticket};
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
        for share in [&mut sent.lost, &mut sent.hung_up, &mut sent.waiting] {
            *share = *share * rest;
        }
        sent.lost += unsent;
        sent.lost = sent.lost.bounded();
        sent.unsent = unsent;
    }
    sent
}

/// The targets in the order they are tried, round by round: those that are remembered to fail come last, or
/// not at all.
pub fn rounds(engine: &dyn Engine, resolution: &Resolution, memory: &Memory) -> Vec<Vec<Place>> {
    plan(engine, resolution, memory).into_iter().map(|round| round.places).collect()
}

/// The chance of each target of a tier to be tried first, where the tier comes first.
pub(super) fn first_of(engine: &dyn Engine, targets: &[&Target]) -> Vec<Share> {
    let mut shares = vec![Share::NONE; targets.len()];
    if let Some(Round { rule, targets: listed }) = engine.rounds(targets).first() {
        let weights: Vec<u16> = listed.iter().map(|&at| targets[at].weight.unwrap_or_default()).collect();
        for (&at, share) in listed.iter().zip(draw::first_shares(*rule, &weights)) {
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
struct Planned {
    rule: draw::Rule,
    places: Vec<Place>,
}

fn plan(engine: &dyn Engine, resolution: &Resolution, memory: &Memory) -> Vec<Planned> {
    let aside = engine.recall().map_or(Aside::Last, |recall| recall.aside);
    let of = |avoided: bool| {
        let mut planned = Vec::new();
        for (tier, found) in resolution.tiers.iter().enumerate() {
            let places: Vec<Place> = (0..found.targets.len())
                .map(|target| Place { tier, target })
                .filter(|place| memory.avoided.contains(place) == avoided)
                .collect();
            let targets: Vec<&Target> = places.iter().map(|place| &found.targets[place.target]).collect();
            planned.extend(engine.rounds(&targets).into_iter().map(|round| Planned {
                rule: round.rule,
                places: round.targets.iter().map(|&at| places[at]).collect(),
            }));
        }
        planned
    };
    let mut planned = of(false);
    if aside != Aside::Never {
        planned.extend(of(true));
    }
    planned
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

fn course(engine: &dyn Engine, resolution: &Resolution, fates: &Fates, place: Place) -> Course {
    let tier = &resolution.tiers[place.tier];
    let weight = tier.targets[place.target].weight.unwrap_or_default();
    let mut course = Course {
        ticket: Ticket { weight, end: End::GoesOn, wait: Duration::ZERO },
        tries: 0,
        recalled: false,
        known_after: Duration::ZERO,
    };
    for fate in fates.target(place.tier, place.target) {
        course.tries += 1;
        let Some(failure) = *fate else {
            course.ticket.end = End::Lands;
            course.recalled = false;
            return course;
        };
        let reaction = engine.reaction(tier.transport, failure, resolution.dial.method);
        course.ticket.wait += reaction.after;
        course.recalled = engine.recall().is_some_and(|recall| recall.of.contains(&failure));
        course.known_after = course.ticket.wait;
        if !reaction.goes_on {
            course.ticket.end = End::Stops;
            return course;
        }
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
    for (at, round) in plan(engine, resolution, memory).into_iter().enumerate() {
        let courses: Vec<Course> = round.places.iter().map(|&place| course(engine, resolution, fates, place)).collect();
        let tickets: Vec<Ticket> = courses.iter().map(|course| course.ticket).collect();
        if at == 0 {
            let weights: Vec<u16> = tickets.iter().map(|ticket| ticket.weight).collect();
            for (&place, share) in round.places.iter().zip(draw::first_shares(round.rule, &weights)) {
                attempt.odds[place.tier][place.target].first = share;
            }
        }
        if ended {
            continue;
        }
        for (&place, course) in round.places.iter().zip(&courses).filter(|(_, course)| course.recalled) {
            if attempt.learned.insert(place) {
                attempt.known_after = attempt.known_after.max(before + course.known_after);
            }
        }
        let dead: usize = courses.iter().filter(|c| c.ticket.end == End::GoesOn).map(|course| course.tries).sum();
        ended = tickets.iter().any(|ticket| ticket.end != End::GoesOn);
        // Among more dead addresses than it tries, which of them it meets before it gives up is not reckoned.
        attempt.exact &= limits.tries.is_none_or(|most| !ended || tried + dead < most);
        if limits.tries.is_some_and(|most| tried >= most) {
            break;
        }
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
        attempt.hung_up = if bound.by_caller && before > bound.time { Share::ALL } else { Share::NONE };
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
    let hung_up = |share: Share| if bound.by_caller { share } else { Share::NONE };
    let Some(left) = bound.time.checked_sub(before) else {
        // Every request has ended before this round is tried.
        attempt.lost_after = bound.time;
        attempt.hung_up = hung_up(Share::ALL);
        return;
    };
    let drawn = draw::draw(round.rule, tickets, left);
    attempt.lost = Share::NONE;
    attempt.exact &= drawn.exact;
    for ((&place, ticket), prize) in round.places.iter().zip(tickets).zip(&drawn.prizes) {
        let odds = &mut attempt.odds[place.tier][place.target];
        if prize.too_late.is_some() {
            attempt.lost += prize.too_late;
            attempt.hung_up += hung_up(prize.too_late);
            attempt.lost_after = attempt.lost_after.max(bound.time);
        }
        match ticket.end {
            End::Lands if prize.ends.is_some() => {
                odds.landing = prize.ends.bounded();
                odds.mean = before + prize.mean;
                odds.max = before + prize.max;
                attempt.waiting += if before.is_zero() { prize.waiting } else { prize.ends };
            }
            End::Stops if prize.ends.is_some() => {
                attempt.lost += prize.ends;
                attempt.lost_after = attempt.lost_after.max(before + prize.max);
            }
            _ => {}
        }
    }
    for share in [&mut attempt.lost, &mut attempt.hung_up, &mut attempt.waiting] {
        *share = share.bounded();
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
