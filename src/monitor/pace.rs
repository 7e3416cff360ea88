//! How fast probes may go out over all carriers together.

use std::time::Duration;

use tokio::sync::Mutex;

use crate::model::Moment;

use super::Clock;

/// Hands out places in a queue, evenly spaced.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next: Mutex<Option<Moment>>,
}

impl Pace {
    /// Waits for the next place, at most so many a second.
    pub(super) async fn wait(&self, clock: &dyn Clock, per_second: u32) {
        let now = clock.now();
        let place = {
            let mut next = self.next.lock().await;
            let place = next.filter(|next| *next > now).unwrap_or(now);
            *next = Some(place + Duration::from_secs(1) / per_second.max(1));
            place
        };
        let ahead = place.since(now);
        // A timer is no finer than a millisecond, so less is not worth one.
        if ahead >= Duration::from_millis(1) {
            tokio::time::sleep(ahead).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SystemClock;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_spread_out() {
        let (clock, pace) = (SystemClock::start(), Pace::default());
        let begin = clock.now();
        for _ in 0..101 {
            pace.wait(&clock, 50).await;
        }
        let took = clock.now().since(begin);
        assert!(took >= Duration::from_millis(1990) && took <= Duration::from_millis(2110), "{took:?}");
    }
}
