//! How long an answer took.

use std::time::Duration;

/// How long something was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// The longest chain of questions of which each was asked because of the answer before it; what is asked
    /// together counts once.
    pub round_trips: u32,
    /// On the clock.
    pub elapsed: Duration,
}
