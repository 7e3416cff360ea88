//! What becomes of a request by RFC 3263 4.3.
//!
//! A target fails by a transport error, by 503, or by timer B or F without any answer; then the next one
//! is tried, first the other addresses of the target, then by a new draw among the rest of its priority,
//! then the next priority. Any other final answer is final, and so is silence after a 100.

use std::time::Duration;

use super::{Attempt, End, Failure, Fates, Memory, Odds, Resolution, Share, Target, Ticket, draw};

/// Timers B and F: 64 times T1 of 500 ms (RFC 3261 17.1).
pub(super) const TIMER_B: Duration = Duration::from_secs(32);

/// Timer C: how long a proxy waits for a final answer after a provisional one (RFC 3261 16.6).
pub(super) const TIMER_C: Duration = Duration::from_secs(180);

/// What the engine does at a target that fails.
enum Reaction {
    /// It tries the next, after this long.
    Next(Duration),
    /// It gives up, after this long.
    Stop(Duration),
}

fn reaction(failure: Failure) -> Reaction {
    match failure {
        Failure::Silent => Reaction::Next(TIMER_B),
        Failure::Refused | Failure::Unavailable | Failure::Tls | Failure::Maintenance => Reaction::Next(Duration::ZERO),
        Failure::Error(_) => Reaction::Stop(Duration::ZERO),
        Failure::Trying => Reaction::Stop(TIMER_C),
    }
}

/// What happens to a request at a target: its addresses one after the other.
fn ticket(target: &Target, fates: &[Option<Failure>]) -> Ticket {
    let weight = target.weight.unwrap_or_default();
    let mut wait = Duration::ZERO;
    for fate in fates {
        match fate.map(reaction) {
            None => return Ticket { weight, end: End::Lands, wait },
            Some(Reaction::Stop(after)) => return Ticket { weight, end: End::Stops, wait: wait + after },
            Some(Reaction::Next(after)) => wait += after,
        }
    }
    Ticket { weight, end: End::GoesOn, wait }
}

/// The distribution of one request. A tier passes a request on only when every target of it does, so at
/// most one tier ends it, and the waits of those before it are certain.
pub(super) fn attempt(resolution: &Resolution, fates: &Fates, patience: Option<Duration>) -> Attempt {
    let mut attempt = Attempt {
        odds: Vec::with_capacity(resolution.tiers.len()),
        lost: Share::ALL,
        lost_after: Duration::ZERO,
        waiting: Share::NONE,
        exact: true,
        after: vec![(Share::ALL, Memory::default())],
    };
    let mut before = Duration::ZERO;
    let mut ended = false;
    for (at, tier) in resolution.tiers.iter().enumerate() {
        let mut odds: Vec<Odds> =
            tier.targets.iter().map(|target| Odds { first: target.first, ..Odds::default() }).collect();
        if !ended {
            let tickets: Vec<Ticket> =
                (0..).zip(&tier.targets).map(|(place, target)| ticket(target, fates.target(at, place))).collect();
            ended = tickets.iter().any(|ticket| ticket.end != End::GoesOn);
            if ended {
                end_in(&mut attempt, &mut odds, &tickets, before, patience.unwrap_or(Duration::MAX));
            } else {
                before += tickets.iter().map(|ticket| ticket.wait).sum::<Duration>();
            }
        }
        attempt.odds.push(odds);
    }
    if !ended {
        attempt.lost_after = before;
    }
    attempt
}

/// Deals out a request among the targets of the tier that ends it.
fn end_in(attempt: &mut Attempt, odds: &mut [Odds], tickets: &[Ticket], before: Duration, patience: Duration) {
    let Some(left) = patience.checked_sub(before) else {
        // Every caller has hung up before this tier is tried.
        attempt.lost_after = patience;
        return;
    };
    let drawn = draw::draw(tickets, left);
    attempt.lost = Share::NONE;
    attempt.exact = drawn.exact;
    for ((odds, ticket), prize) in odds.iter_mut().zip(tickets).zip(&drawn.prizes) {
        if prize.too_late.is_some() {
            attempt.lost += prize.too_late;
            attempt.lost_after = attempt.lost_after.max(patience);
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
    (attempt.lost, attempt.waiting) = (attempt.lost.bounded(), attempt.waiting.bounded());
}
