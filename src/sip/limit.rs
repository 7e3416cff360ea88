//! How long something may take.

use std::time::Duration;

use tokio::time::Instant;

/// The end of any patience: a clock cannot count for ever.
const MOST_PATIENCE: Duration = Duration::from_secs(3600);

/// When to give up, and how long that is in words.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub(super) deadline: Instant,
    pub(super) patience: Duration,
}

impl Limit {
    /// From now on; no longer than an hour.
    pub(super) fn within(patience: Duration) -> Self {
        let patience = patience.min(MOST_PATIENCE);
        Self { deadline: Instant::now() + patience, patience }
    }

    /// What is left of it.
    pub(super) fn rest(self) -> Self {
        let left = self.deadline.saturating_duration_since(Instant::now());
        // Nobody wants to read it to the microsecond.
        let patience = Duration::from_millis(u64::try_from(left.as_millis() / 100 * 100).unwrap_or(u64::MAX));
        Self { patience, ..self }
    }
}
