//! What a failure means by RFC 3263 4.3.
//!
//! A target fails by a transport error, by 503, or by timer B or F without any answer; then the next one
//! is tried. Any other final answer is final, and so is silence after a 100.

use std::time::Duration;

use super::{Failure, Reaction};

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
