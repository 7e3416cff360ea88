//! The clocks of the machine.

use jiff::Timestamp;
use tokio::time::Instant;

use crate::model::Moment;

use super::Clock;

/// The monotonic clock since it was made, and the wall clock.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Starts to count.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]
    fn now(&self) -> Moment {
        Moment { mono: self.started.elapsed(), wall: Timestamp::now() }
    }
}
