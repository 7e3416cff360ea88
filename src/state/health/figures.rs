//! The numbers of one target: round trips, jitter, loss, and results by kind.
//!
//! Kept are no samples but histograms in slots of time ([`histogram`](super::histogram), [`slots`](super::slots)),
//! so ten thousand targets may be watched for weeks: a target that is probed every 30 s takes 2 to 4 kB for
//! its day where its round trips stay within a few buckets, one that never answers less than 1.2 kB, and one
//! whose every probe falls into another bucket 14 kB. What is lost: a round trip is known to 4.2 %.

use std::time::Duration;

use crate::model::{Moment, ProbeReport, ProbeResult};

use super::Beat;
use super::histogram::{Histogram, Mark};
use super::slots::Slots;

/// How far back is looked. The slot that is now is not full yet, so it is up to one slot less than it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// 1 min, in slots of 5 s.
    Minute,
    /// 15 min, in slots of 1 min.
    Quarter,
    /// 1 h, in slots of 1 min.
    Hour,
    /// 24 h, in slots of 15 min.
    Day,
}

impl Window {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::Quarter, Self::Hour, Self::Day];

    /// How long it is.
    pub const fn span(self) -> Duration {
        Duration::from_secs(match self {
            Self::Minute => 60,
            Self::Quarter => 900,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        })
    }

    /// As people say it: `15 min`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Minute => "1 min",
            Self::Quarter => "15 min",
            Self::Hour => "1 h",
            Self::Day => "24 h",
        }
    }
}

/// The figures of a window. Probes that say nothing about the target, since the cause may be ours, are in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Probes that SIP answered, whatever it said.
    pub answered: u32,
    /// Probes without an answer: silent, refused, broken off, or no SIP.
    pub lost: u32,
    /// The round trips of those that were answered; none where none was.
    pub rtt: Option<Spread>,
}

/// Round trips, each known to 4.2 % (from 32 µs to 67 s).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The shortest.
    pub min: Duration,
    /// The median.
    pub p50: Duration,
    /// 95 of 100 are no longer.
    pub p95: Duration,
    /// The longest.
    pub max: Duration,
}

impl Figures {
    fn of(histogram: &Histogram) -> Self {
        let at = |percent| histogram.quantile(percent);
        let rtt = at(0).zip(at(50)).zip(at(95).zip(at(100)));
        let rtt = rtt.map(|((min, p50), (p95, max))| Spread { min, p50, p95, max });
        Self { answered: histogram.answered, lost: histogram.lost, rtt }
    }

    /// How many probes were counted.
    pub const fn probes(&self) -> u32 {
        self.answered.saturating_add(self.lost)
    }

    /// Part of the probes that got no answer, 0 to 1; none where there was no probe.
    pub fn loss(&self) -> Option<f64> {
        let probes = self.probes();
        (probes > 0).then(|| f64::from(self.lost) / f64::from(probes))
    }
}

/// A window slot by slot, for a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Length of a slot.
    pub slot: Duration,
    /// The figures of each slot, the oldest first; the last is that of now, which is not full yet. A slot
    /// without probes has no round trip and no loss: a gap, not a zero.
    pub points: Vec<Figures>,
}

/// All that is counted of one target.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tally {
    fine: Slots,
    minutes: Slots,
    quarters: Slots,
    results: Vec<(ProbeResult, u32)>,
    last: Option<Duration>,
    jitter: Option<Duration>,
}

impl Tally {
    pub(super) const fn new() -> Self {
        Self {
            fine: Slots::new(5, 12),
            minutes: Slots::new(60, 60),
            quarters: Slots::new(900, 96),
            results: Vec::new(),
            last: None,
            jitter: None,
        }
    }

    /// Takes in a probe, and what it showed.
    pub(super) fn take(&mut self, report: &ProbeReport, beat: Beat) {
        match self.results.iter_mut().find(|(result, _)| *result == report.result) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.results.push((report.result, 1)),
        }
        let mark = match report.rtt() {
            Some(rtt) => Mark::answered(rtt),
            None if beat == Beat::Ours => return,
            None => Mark::LOST,
        };
        for slots in [&mut self.fine, &mut self.minutes, &mut self.quarters] {
            slots.take(report.at, mark);
        }
        if let Some(rtt) = report.rtt() {
            self.jitter = self.last.map(|last| smooth(self.jitter.unwrap_or_default(), rtt.abs_diff(last)));
            self.last = Some(rtt);
        }
    }

    pub(super) fn figures(&self, window: Window, now: Moment) -> Figures {
        let (slots, many) = self.slots(window);
        Figures::of(&slots.merged(now, many))
    }

    pub(super) fn series(&self, window: Window, now: Moment) -> Series {
        let (slots, many) = self.slots(window);
        let points = slots.each(now, many, Figures::of);
        Series { slot: Duration::from_secs(slots.seconds().into()), points }
    }

    /// The slots of a window, and how many of them.
    const fn slots(&self, window: Window) -> (&Slots, u16) {
        match window {
            Window::Minute => (&self.fine, 12),
            Window::Quarter => (&self.minutes, 15),
            Window::Hour => (&self.minutes, 60),
            Window::Day => (&self.quarters, 96),
        }
    }

    pub(super) const fn last(&self) -> Option<Duration> {
        self.last
    }

    pub(super) const fn jitter(&self) -> Option<Duration> {
        self.jitter
    }

    pub(super) fn results(&self) -> &[(ProbeResult, u32)] {
        &self.results
    }
}

/// J + (|D| - J) / 16 (RFC 3550 6.4.1).
fn smooth(jitter: Duration, difference: Duration) -> Duration {
    (jitter * 15 + difference) / 16
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Endpoint, Response, Transport};

    fn at(second: u64) -> Moment {
        Moment { mono: Duration::ZERO, wall: Timestamp::UNIX_EPOCH } + Duration::from_secs(second)
    }

    /// A probe that was answered after so many µs; lost where there are none.
    fn probe(second: u64, micros: Option<u64>) -> ProbeReport {
        let endpoint = Endpoint { transport: Transport::Udp, at: ([192, 0, 2, 1], 5060).into() };
        let result = if micros.is_some() { ProbeResult::Ok } else { ProbeResult::Timeout };
        let response = micros.map(|micros| Response::new(200, "OK".into(), Duration::from_micros(micros)));
        ProbeReport { response, ..ProbeReport::new(endpoint, at(second), result) }
    }

    fn take(tally: &mut Tally, second: u64, micros: Option<u64>) {
        let report = probe(second, micros);
        tally.take(&report, Beat::of(&report));
    }

    fn heap(tally: &Tally) -> usize {
        let slots = [&tally.fine, &tally.minutes, &tally.quarters];
        slots.into_iter().map(Slots::heap).sum::<usize>() + tally.results.capacity() * 8 + size_of::<Tally>()
    }

    #[test]
    fn figures_of_a_minute_and_of_a_day() {
        let mut tally = Tally::new();
        take(&mut tally, 0, None);
        for second in [86_000, 86_030] {
            take(&mut tally, second, Some(20_000));
        }
        take(&mut tally, 86_040, None);
        let minute = tally.figures(Window::Minute, at(86_044));
        assert_eq!((minute.answered, minute.lost, minute.loss()), (2, 1, Some(1.0 / 3.0)));
        let day = tally.figures(Window::Day, at(86_044));
        assert_eq!((day.answered, day.lost), (2, 2));
        let later = tally.figures(Window::Minute, at(86_200));
        assert_eq!((later.loss(), later.rtt), (None, None));
        assert_eq!(tally.results(), [(ProbeResult::Timeout, 2), (ProbeResult::Ok, 2)]);
    }

    #[test]
    fn what_may_be_our_fault_is_no_loss_of_theirs() {
        let mut tally = Tally::new();
        let report =
            ProbeReport { ours: true, ..ProbeReport::new(probe(0, None).endpoint, at(0), ProbeResult::Unreachable) };
        tally.take(&report, Beat::Ours);
        assert_eq!(tally.figures(Window::Minute, at(1)).probes(), 0);
        assert_eq!(tally.results(), [(ProbeResult::Unreachable, 1)]);
    }

    #[test]
    fn jitter_is_that_of_rfc_3550() {
        let mut tally = Tally::new();
        take(&mut tally, 0, Some(20_000));
        assert_eq!(tally.jitter(), None, "there is nothing to compare with");
        take(&mut tally, 30, Some(36_000));
        assert_eq!(tally.jitter(), Some(Duration::from_millis(1)));
        take(&mut tally, 60, None);
        take(&mut tally, 90, Some(36_000));
        assert_eq!(tally.jitter(), Some(Duration::from_nanos(937_500)));
        assert_eq!(tally.last(), Some(Duration::from_millis(36)));
    }

    #[test]
    fn a_series_ends_now_and_has_gaps() {
        let mut tally = Tally::new();
        take(&mut tally, 65, Some(10_000));
        take(&mut tally, 70, Some(40_000));
        take(&mut tally, 185, None);
        let series = tally.series(Window::Quarter, at(200));
        assert_eq!((series.slot.as_secs(), series.points.len()), (60, 15));
        let told: Vec<_> = series.points.iter().map(|point| (point.answered, point.lost)).skip(11).collect();
        assert_eq!(told, [(0, 0), (2, 0), (0, 0), (0, 1)]);
        let rtt = series.points[12].rtt.unwrap();
        assert!(rtt.min < rtt.max && rtt.min == rtt.p50 && rtt.p95 == rtt.max, "{rtt:?}");
    }

    /// What a day of probes every 30 s takes: 10,000 targets must stay far under 150 MB.
    #[test]
    fn a_day_takes_a_few_kilobytes() {
        let day = |micros: fn(u64) -> Option<u64>| {
            let mut tally = Tally::new();
            (0..2 * 2_880).for_each(|probe| take(&mut tally, probe * 30, micros(probe)));
            assert_eq!(tally.figures(Window::Day, at(2 * 86_400 - 1)).probes(), 2_880);
            heap(&tally)
        };
        let silent = day(|_| None);
        // 18 to 24 ms, as over a line that is not idle: six buckets.
        let usual = day(|probe| Some(18_000 + probe * 7_919 % 6_000));
        // Each in a bucket of its own.
        let wild = day(|probe| Some(1 << (5 + probe % 21)));
        assert!(silent < 1_200, "{silent}");
        assert!(usual < 4_000, "{usual}");
        assert!(wild < 14_000, "{wild}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever was probed when: loss is that of the probes in the window, counted one by one.
        #[test]
        fn loss_is_that_of_the_probes_in_the_window(
            steps in proptest::collection::vec((0_u64..700, proptest::option::of(100_u64..5_000_000)), 1..300),
        ) {
            let mut tally = Tally::new();
            let mut second = 0;
            let mut all = Vec::new();
            for (step, micros) in steps {
                second += step;
                take(&mut tally, second, micros);
                all.push((second, micros.is_none()));
            }
            for (window, slot) in Window::ALL.into_iter().zip([5, 60, 60, 900]) {
                let first = (second / slot + 1).saturating_sub(window.span().as_secs() / slot) * slot;
                let inside: Vec<bool> = all.iter().filter(|(at, _)| *at >= first).map(|(_, lost)| *lost).collect();
                let figures = tally.figures(window, at(second));
                prop_assert_eq!(figures.probes() as usize, inside.len());
                prop_assert_eq!(figures.lost as usize, inside.iter().filter(|lost| **lost).count());
                let series = tally.series(window, at(second));
                prop_assert_eq!(series.points.iter().map(Figures::probes).sum::<u32>(), figures.probes());
            }
        }
    }
}
