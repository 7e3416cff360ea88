//! Time as the pure rooms see it: handed in, never asked for.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Add;
use std::time::Duration;

use jiff::Timestamp;

/// A moment on both clocks: the monotonic one, for ages and deadlines, and the wall clock, for people.
///
/// Moments are ordered by the monotonic clock; the wall clock may be set back at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since the start of the program, on the monotonic clock.
    pub mono: Duration,
    /// What the wall clock showed.
    pub wall: Timestamp,
}

impl Moment {
    /// How long after `earlier` this is; zero where it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        self.mono.saturating_sub(earlier.mono)
    }
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.mono.cmp(&other.mono).then(self.wall.cmp(&other.wall))
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self { mono: self.mono.saturating_add(span), wall: self.wall.saturating_add(span).unwrap_or(Timestamp::MAX) }
    }
}

/// Time to live of an RRset, in seconds (RFC 1035 3.2.1; the top bit means zero, RFC 2181 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ttl(u32);

impl Ttl {
    /// From the number of seconds in the record.
    pub const fn new(seconds: u32) -> Self {
        Self(if seconds > 0x7fff_ffff { 0 } else { seconds })
    }

    /// In seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// As a span of time.
    pub const fn span(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_with_the_top_bit_is_zero() {
        assert_eq!(Ttl::new(0x8000_0001).seconds(), 0);
        assert_eq!(Ttl::new(300).span(), Duration::from_secs(300));
    }

    #[test]
    fn order_and_age_follow_the_monotonic_clock() {
        let early = Moment { mono: Duration::from_secs(1), wall: Timestamp::from_second(100).unwrap() };
        let late = Moment { mono: Duration::from_secs(3), wall: Timestamp::from_second(50).unwrap() };
        assert!(late > early);
        assert_eq!(late.since(early), Duration::from_secs(2));
        assert_eq!(early.since(late), Duration::ZERO);
    }
}
