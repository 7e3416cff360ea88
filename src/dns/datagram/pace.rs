//! How fast datagrams leave for one server.
//!
//! Linux keeps some 270 small datagrams for a socket whose process is busy, and drops the rest: a burst of a
//! thousand questions would lose most of itself at a resolver on the next desk, and cost two seconds where it
//! should have saved milliseconds.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// Questions that leave without a pause.
const BURST: u32 = 96;

/// The pause, in which a resolver reads as many: 200 carriers at once are so hardly slower than one.
const PAUSE: Duration = Duration::from_millis(1);

/// Who leaves when, in the order of asking.
pub(super) struct Pace(Mutex<Burst>);

struct Burst {
    sent: u32,
    last: Instant,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Burst { sent: 0, last: Instant::now() }))
    }

    /// Waits until one more may leave: not at all unless many do.
    ///
    /// The pause begins when the burst is out, not when it was due: where this process itself has been slow,
    /// several would leave as one.
    pub(super) async fn depart(&self) {
        let mut burst = self.0.lock().await;
        if burst.last.elapsed() >= PAUSE {
            burst.sent = 0;
        }
        if burst.sent == BURST {
            sleep(PAUSE).await;
            burst.sent = 0;
        }
        burst.sent += 1;
        burst.last = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_crowd_leaves_in_bursts_and_the_few_at_once() {
        let pace = Pace::new();
        let mut left = Vec::new();
        for _ in 0..3 * BURST {
            pace.depart().await;
            left.push(Instant::now());
        }
        for burst in left.chunk_by(|one, next| one == next) {
            assert_eq!(burst.len(), BURST as usize);
        }
        assert!(left[left.len() - 1].duration_since(left[0]) >= 2 * PAUSE);

        sleep(PAUSE).await;
        let later = Instant::now();
        for _ in 0..BURST {
            pace.depart().await;
        }
        assert_eq!(later.elapsed(), Duration::ZERO);
    }
}
