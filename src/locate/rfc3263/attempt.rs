//! What becomes of a request by RFC 3263 4.3.
//!
//! A target fails by a transport error, by 503, or by timer B or F without any answer; then the next one
//! is tried, first the other addresses of the target, then by a new draw among the rest of its priority,
//! then the next priority. Any other final answer is final, and so is silence after a 100.

use std::time::Duration;

use super::{Attempt, End, Failure, Fates, Memory, Odds, Reaction, Resolution, Share, Target, Ticket, draw};

/// Timers B and F: 64 times T1 of 500 ms (RFC 3261 17.1).
pub(super) const TIMER_B: Duration = Duration::from_secs(32);

/// Timer C: how long a proxy waits for a final answer after a provisional one (RFC 3261 16.6).
pub(super) const TIMER_C: Duration = Duration::from_secs(180);

/// What the engine does at an address that fails: how long it takes, and whether it goes on.
fn course(failure: Failure) -> (Duration, bool) {
    match failure {
        Failure::Silent => (TIMER_B, true),
        Failure::Refused | Failure::Unavailable | Failure::Tls | Failure::Maintenance => (Duration::ZERO, true),
        Failure::Error(_) => (Duration::ZERO, false),
        Failure::Trying => (TIMER_C, false),
    }
}

/// The same, with the words for it.
pub(super) fn reaction(failure: Failure) -> Reaction {
    let (after, goes_on) = course(failure);
    let seconds = after.as_secs();
    let why = match failure {
        Failure::Silent => format!("silent, {seconds} s until timer B or F, then the next (RFC 3263 4.3)"),
        Failure::Refused => "refused, the next at once (RFC 3263 4.3: transport error)".to_owned(),
        Failure::Unavailable => "503, the next at once (RFC 3263 4.3)".to_owned(),
        Failure::Tls => "TLS fails, the next at once (RFC 3263 4.3: transport error)".to_owned(),
        Failure::Error(code) => format!("{code} is a final answer: the request ends here (RFC 3263 4.3)"),
        Failure::Trying => format!(
            "100 and then silence: no failover after a provisional answer (RFC 3263 4.3), {seconds} s until timer C"
        ),
        Failure::Maintenance => "out of service, at no cost".to_owned(),
    };
    Reaction { after, goes_on, why }
}

/// What happens to a request at a target: its addresses one after the other.
fn ticket(target: &Target, fates: &[Option<Failure>]) -> Ticket {
    let weight = target.weight.unwrap_or_default();
    let mut wait = Duration::ZERO;
    for fate in fates {
        let Some(failure) = fate else { return Ticket { weight, end: End::Lands, wait } };
        let (after, goes_on) = course(*failure);
        wait += after;
        if !goes_on {
            return Ticket { weight, end: End::Stops, wait };
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
        hung_up: Share::NONE,
        lost_after: Duration::ZERO,
        waiting: Share::NONE,
        exact: true,
        after: vec![(Share::ALL, Memory::default())],
    };
    let patience = patience.unwrap_or(Duration::MAX);
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
                end_in(&mut attempt, &mut odds, &tickets, before, patience);
            } else {
                before += tickets.iter().map(|ticket| ticket.wait).sum::<Duration>();
            }
        }
        attempt.odds.push(odds);
    }
    if !ended {
        // Every request takes as long, since each target is tried; patience may end before.
        attempt.lost_after = before.min(patience);
        attempt.hung_up = if before > patience { Share::ALL } else { Share::NONE };
    }
    attempt
}

/// Deals out a request among the targets of the tier that ends it.
fn end_in(attempt: &mut Attempt, odds: &mut [Odds], tickets: &[Ticket], before: Duration, patience: Duration) {
    let Some(left) = patience.checked_sub(before) else {
        // Every caller has hung up before this tier is tried.
        attempt.lost_after = patience;
        attempt.hung_up = Share::ALL;
        return;
    };
    let drawn = draw::draw(tickets, left);
    attempt.lost = Share::NONE;
    attempt.exact = drawn.exact;
    for ((odds, ticket), prize) in odds.iter_mut().zip(tickets).zip(&drawn.prizes) {
        if prize.too_late.is_some() {
            attempt.lost += prize.too_late;
            attempt.hung_up += prize.too_late;
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
    for share in [&mut attempt.lost, &mut attempt.hung_up, &mut attempt.waiting] {
        *share = share.bounded();
    }
}
