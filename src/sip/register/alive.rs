//! When a flow is kept alive, when it is given up, and when it has served (RFC 5626 4.4).

use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::time::Instant;

/// Between two signs of life over a connection, in milliseconds (RFC 5626 4.4.1).
const CONNECTION: RangeInclusive<u64> = 95_000..=120_000;
/// Over UDP: less than the half minute after which most NATs forget (RFC 5626 4.4.2).
const DATAGRAMS: RangeInclusive<u64> = 24_000..=26_000;
/// The least and the most that a registrar can make us wait between two.
const BOUNDS: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(3600));
/// How long the answer to one may take, where there must be one (RFC 5626 4.4.1).
const PONG: Duration = Duration::from_secs(10);
/// How long a flow is kept that nobody uses.
pub(super) const UNUSED: Duration = Duration::from_secs(600);

/// How a flow is kept from now on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Whether signs of life are sent.
    pub(super) speaks: bool,
    /// The registrar closes a flow that says nothing for so long (Flow-Timer).
    pub(super) timer: Option<Duration>,
    /// Whether the peer has to answer them.
    pub(super) demands: bool,
    /// How long it is kept if nobody uses it.
    pub(super) serves: Duration,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// A sign of life.
    Speak,
    /// The peer is gone: it did not answer one.
    Mute,
    /// Nobody uses it any more.
    Served,
}

/// The times of one flow.
pub(super) struct Alive {
    over_connection: bool,
    terms: Terms,
    speaks: Instant,
    /// Until when an answer has to be there.
    pong: Option<Instant>,
    ends: Instant,
}

impl Alive {
    /// Of a flow that was just made. A connection is kept alive from the start; over UDP it takes a binding.
    pub(super) fn new(over_connection: bool) -> Self {
        let terms = Terms { speaks: over_connection, timer: None, demands: false, serves: UNUSED };
        let now = Instant::now();
        let mut alive = Self { over_connection, terms, speaks: now, pong: None, ends: now };
        alive.agree(terms);
        alive
    }

    /// From now on.
    pub(super) fn agree(&mut self, terms: Terms) {
        self.terms = terms;
        self.speaks = Instant::now() + self.interval();
        self.used();
    }

    /// It is used.
    pub(super) fn used(&mut self) {
        self.ends = Instant::now() + self.terms.serves;
    }

    /// Anything has come from the peer.
    pub(super) fn heard(&mut self) {
        self.pong = None;
    }

    /// When there is something to be done.
    pub(super) fn at(&self) -> Instant {
        let speaks = self.terms.speaks.then_some(self.speaks);
        [speaks, self.pong].into_iter().flatten().fold(self.ends, Instant::min)
    }

    /// What, once it is time.
    pub(super) fn due(&mut self) -> Due {
        let now = Instant::now();
        if self.pong.is_some_and(|pong| pong <= now) {
            return Due::Mute;
        }
        if self.ends <= now {
            return Due::Served;
        }
        self.speaks = now + self.interval();
        if self.terms.demands && self.pong.is_none() {
            self.pong = Some(now + PONG);
        }
        Due::Speak
    }

    fn interval(&self) -> Duration {
        match self.terms.timer {
            // 80 to 100 % of it.
            Some(timer) => timer.clamp(BOUNDS.0, BOUNDS.1) * rand::random_range(80..=100) / 100,
            None => {
                Duration::from_millis(rand::random_range(if self.over_connection { CONNECTION } else { DATAGRAMS }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(from: Instant, to: Instant) -> f64 {
        (to - from).as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn signs_of_life_keep_to_their_times() {
        let terms = |timer| Terms { speaks: true, timer, demands: false, serves: Duration::from_secs(9999) };
        for (over_connection, timer, least, most) in [
            (true, None, 95.0, 120.0),
            (false, None, 24.0, 26.0),
            (true, Some(40), 32.0, 40.0),
            (true, Some(0), 8.0, 10.0),
            (true, Some(u64::MAX), 2880.0, 3600.0),
        ] {
            for _ in 0..50 {
                let mut alive = Alive::new(over_connection);
                alive.agree(terms(timer.map(Duration::from_secs)));
                let now = Instant::now();
                let first = seconds(now, alive.at());
                assert!((least..=most).contains(&first), "{first}");
                tokio::time::advance(alive.at() - now).await;
                assert_eq!(alive.due(), Due::Speak);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_demanded_only_where_it_was_agreed_on() {
        for demands in [true, false] {
            let mut alive = Alive::new(true);
            alive.agree(Terms { speaks: true, timer: None, demands, serves: Duration::from_secs(9999) });
            for answers in [true, false] {
                tokio::time::advance(alive.at() - Instant::now()).await;
                assert_eq!(alive.due(), Due::Speak);
                if answers {
                    alive.heard();
                }
            }
            let next = alive.at() - Instant::now();
            assert_eq!(next == PONG, demands, "{next:?}");
            tokio::time::advance(next).await;
            assert_eq!(alive.due(), if demands { Due::Mute } else { Due::Speak });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_flow_that_nobody_uses_has_served() {
        let mut alive = Alive::new(false);
        tokio::time::advance(Duration::from_secs(500)).await;
        alive.used();
        assert_eq!(alive.at() - Instant::now(), UNUSED, "over UDP nothing is said without a binding");
        tokio::time::advance(UNUSED).await;
        assert_eq!(alive.due(), Due::Served);
    }
}
