//! Round trips by the order of their length, not one by one.
//!
//! A bucket is a twelfth of an octave: from 2^n to 2^(n+1) µs there are twelve, equally wide. So what is
//! read back, the middle of a bucket, is wrong by at most a 24th, 4.2 %, whatever the round trip; and one
//! octet names any from 32 µs to 67 s. Shorter and longer ones are in the first and the last bucket.

use std::time::Duration;

/// The parts of an octave.
const PARTS: u64 = 12;

/// The octave that begins the first bucket, 2^5 = 32 µs, and how many there are.
const FIRST: u32 = 5;
const OCTAVES: u32 = 21;

/// How many buckets there are.
const BUCKETS: usize = 12 * OCTAVES as usize;

/// What became of one probe, in one octet: the bucket of its round trip, or that there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(u8);

impl Mark {
    /// There was no answer.
    pub(super) const LOST: Self = Self(u8::MAX);

    /// It was answered after so long.
    pub(super) fn answered(rtt: Duration) -> Self {
        let most = (1_u64 << (FIRST + OCTAVES)) - 1;
        let micros = u64::try_from(rtt.as_micros()).unwrap_or(most).clamp(1 << FIRST, most);
        let octave = micros.ilog2();
        let part = ((micros - (1 << octave)) * PARTS) >> octave;
        let bucket = u64::from(octave - FIRST) * PARTS + part;
        u8::try_from(bucket).map_or(Self::LOST, Self)
    }
}

/// How many probes were answered after how long, and how many were not. Two of them are merged by adding
/// them: the order in which probes came makes no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Histogram {
    buckets: [u32; BUCKETS],
    pub(super) answered: u32,
    pub(super) lost: u32,
}

impl Histogram {
    pub(super) const fn new() -> Self {
        Self { buckets: [0; BUCKETS], answered: 0, lost: 0 }
    }

    /// Takes in as many probes of which the same became.
    pub(super) fn add(&mut self, mark: Mark, count: u32) {
        match self.buckets.get_mut(usize::from(mark.0)) {
            Some(bucket) => {
                *bucket = bucket.saturating_add(count);
                self.answered = self.answered.saturating_add(count);
            }
            None => self.lost = self.lost.saturating_add(count),
        }
    }

    /// The round trip that `percent` of the answers do not exceed (nearest rank): 0 gives the least, 100 the
    /// most; none where nothing answered.
    pub(super) fn quantile(&self, percent: u32) -> Option<Duration> {
        let rank = (u64::from(self.answered) * u64::from(percent.min(100))).div_ceil(100).max(1);
        let mut below = 0_u64;
        let at = self.buckets.iter().position(|&count| {
            below += u64::from(count);
            below >= rank
        })?;
        Some(middle(at))
    }
}

/// The middle of a bucket.
fn middle(bucket: usize) -> Duration {
    let bucket = u64::try_from(bucket).unwrap_or(0);
    let begin = 1_u64 << (u64::from(FIRST) + bucket / PARTS);
    // In 24ths of the octave, whose odd ones are the middles.
    let offset = begin * (2 * (bucket % PARTS) + 1) * 1000 / (2 * PARTS);
    Duration::from_nanos(begin * 1000 + offset)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(rtts: &[u64]) -> Histogram {
        let mut histogram = Histogram::new();
        for &micros in rtts {
            histogram.add(Mark::answered(Duration::from_micros(micros)), 1);
        }
        histogram
    }

    #[test]
    fn the_ends_are_buckets_like_the_others() {
        assert_eq!(Mark::answered(Duration::ZERO), Mark(0));
        assert_eq!(Mark::answered(Duration::from_micros(32)), Mark(0));
        assert_eq!(Mark::answered(Duration::from_micros(63)), Mark(11));
        assert_eq!(Mark::answered(Duration::from_micros(64)), Mark(12));
        assert_eq!(Mark::answered(Duration::MAX), Mark(251));
        assert_eq!(usize::from(Mark::answered(Duration::MAX).0) + 1, BUCKETS);
    }

    #[test]
    fn nothing_answered_has_no_quantile() {
        let mut histogram = Histogram::new();
        histogram.add(Mark::LOST, 3);
        assert_eq!((histogram.quantile(50), histogram.lost, histogram.answered), (None, 3, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_quantile_is_wrong_by_a_24th_at_most(
            mut rtts in proptest::collection::vec(32_u64..67_000_000, 1..300),
            percent in 0_u32..=100,
        ) {
            let told = of(&rtts).quantile(percent).unwrap().as_secs_f64();
            rtts.sort_unstable();
            let rank = (rtts.len() * percent as usize).div_ceil(100).max(1);
            let truth = Duration::from_micros(rtts[rank - 1]).as_secs_f64();
            // A round trip is counted in whole microseconds.
            prop_assert!((told - truth).abs() <= truth / 24.0 + 1e-6, "{told} for {truth}");
        }

        #[test]
        fn longer_is_never_in_an_earlier_bucket(one in 0_u64..70_000_000, other in 0_u64..70_000_000) {
            let [one_in, other_in] = [one, other].map(|micros| Mark::answered(Duration::from_micros(micros)).0);
            prop_assert!(one.cmp(&other) == one_in.cmp(&other_in) || one_in == other_in);
        }
    }
}
