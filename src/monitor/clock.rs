//! The clocks of the machine.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::model::Moment;

use super::Clock;

/// How far the wall clock may get ahead between two readings before the machine must have slept.
const STEP: Duration = Duration::from_secs(5);

/// The monotonic clock since it was made, and the wall clock.
///
/// The monotonic clock of the machine stands still in suspend, and a TTL does not: time that passed on
/// the wall clock alone is added, so that what was known before a sleep is as old as it really is. The
/// wall clock may also have been set; then what is known only looks older, and is asked for again.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    seen: Mutex<Option<Seen>>,
}

/// The last reading.
#[derive(Clone, Copy, Debug)]
struct Seen {
    elapsed: Duration,
    wall: Timestamp,
    /// Time slept so far.
    slept: Duration,
}

impl Seen {
    /// The reading after this one.
    fn then(self, elapsed: Duration, wall: Timestamp) -> Self {
        let walked = Duration::try_from(wall.duration_since(self.wall)).unwrap_or_default();
        let ahead = walked.saturating_sub(elapsed.saturating_sub(self.elapsed));
        let slept = if ahead > STEP { self.slept + ahead } else { self.slept };
        // Two threads may read in one order and note in the other.
        Self { elapsed: elapsed.max(self.elapsed), wall, slept }
    }
}

impl SystemClock {
    /// Starts to count.
    pub fn start() -> Self {
        Self { started: Instant::now(), seen: Mutex::default() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    fn now(&self) -> Moment {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (elapsed, wall) = (self.started.elapsed(), Timestamp::now());
        let now = seen.map_or(Seen { elapsed, wall, slept: Duration::ZERO }, |before| before.then(elapsed, wall));
        *seen = Some(now);
        Moment { mono: now.elapsed + now.slept, wall }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_sleep_counts_and_a_clock_set_back_does_not() {
        let seconds = Duration::from_secs;
        let awake = Seen { elapsed: seconds(10), wall: wall(1000), slept: Duration::ZERO };
        assert_eq!(awake.then(seconds(11), wall(1001)).slept, Duration::ZERO);
        assert_eq!(awake.then(seconds(11), wall(1004)).slept, Duration::ZERO, "set by 3 s");
        assert_eq!(awake.then(seconds(11), wall(500)).slept, Duration::ZERO, "set back");
        let woken = awake.then(seconds(11), wall(1601));
        assert_eq!(woken.slept, seconds(600));
        assert_eq!(woken.then(seconds(12), wall(1602)).slept, seconds(600));
    }
}
