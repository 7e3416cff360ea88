//! The health of one target, as its probes tell it.
//!
//! One lost packet is not an outage and one answer is not a recovery, so a state changes only after
//! several probes in a row say so. And silence here is not DOWN: carriers that authorise by source
//! address drop what comes from a jump host, so a target that never answered stays UNKNOWN.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::{Failure, HealthState, Moment, ProbeReport, ProbeResult};

/// How many probes the short history shows.
pub const BEATS: usize = 30;

/// How many probes in a row change a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Misses before DOWN.
    pub fall: u32,
    /// Answers before UP again.
    pub rise: u32,
}

impl Default for Thresholds {
    /// 3 misses, 2 answers.
    fn default() -> Self {
        Self { fall: 3, rise: 2 }
    }
}

/// What one probe showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// An answer.
    Alive,
    /// An answer that says "in trouble": 5xx or 6xx, 501 excepted.
    Troubled,
    /// No answer that an engine could use.
    Missed(Failure),
    /// Nothing that says anything about the target: the cause may be ours.
    Ours,
}

/// The health of one target.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// As judged.
    pub state: HealthState,
    /// Since when.
    pub since: Moment,
    /// The last probe.
    pub last: Option<ProbeReport>,
    /// The last probe that was answered by SIP.
    pub last_answer: Option<Moment>,
    /// When the next probe is due.
    pub next: Option<Moment>,
    /// The last probes, oldest first, at most [`BEATS`].
    pub beats: VecDeque<Beat>,
    /// Round trips of the last answers, oldest first, at most [`BEATS`].
    pub rtts: VecDeque<Duration>,
    /// Misses in a row.
    pub misses: u32,
    /// Since when DNS no longer lists it; it is probed on for a grace time.
    pub left_dns: Option<Moment>,
    /// Answers in a row that are no trouble.
    answers: u32,
    /// Whether the last answer was 503; a lost probe after it takes nothing back.
    unavailable: bool,
}

impl Health {
    /// A target that was never probed.
    pub fn new(at: Moment) -> Self {
        Self {
            state: HealthState::Unknown,
            since: at,
            last: None,
            last_answer: None,
            next: None,
            beats: VecDeque::with_capacity(BEATS),
            rtts: VecDeque::with_capacity(BEATS),
            misses: 0,
            left_dns: None,
            answers: 0,
            unavailable: false,
        }
    }

    /// Takes in a probe; returns the state before, where it changed.
    pub(super) fn take(&mut self, report: &ProbeReport, next: Moment, thresholds: Thresholds) -> Option<HealthState> {
        let beat = beat(report);
        match beat {
            Beat::Alive | Beat::Troubled => {
                self.misses = 0;
                self.answers = if beat == Beat::Alive { self.answers.saturating_add(1) } else { 0 };
                self.last_answer = Some(report.at);
                self.unavailable = report.failure() == Some(Failure::Unavailable);
            }
            Beat::Missed(_) => {
                self.answers = 0;
                self.misses = self.misses.saturating_add(1);
            }
            Beat::Ours => {}
        }
        if self.beats.len() == BEATS {
            self.beats.pop_front();
        }
        self.beats.push_back(beat);
        if let Some(rtt) = report.rtt() {
            if self.rtts.len() == BEATS {
                self.rtts.pop_front();
            }
            self.rtts.push_back(rtt);
        }
        let state = self.judge(beat, report, thresholds);
        self.last = Some(report.clone());
        self.next = Some(next);
        let before = self.state;
        if state == before {
            return None;
        }
        self.state = state;
        // One outage may change its face, and is still the same outage.
        if std::mem::discriminant(&state) != std::mem::discriminant(&before) {
            self.since = report.at;
        }
        Some(before)
    }

    fn judge(&self, beat: Beat, report: &ProbeReport, thresholds: Thresholds) -> HealthState {
        let recovering = matches!(self.state, HealthState::Down(_) | HealthState::Degraded);
        match beat {
            Beat::Troubled => HealthState::Degraded,
            Beat::Alive if recovering && self.answers < thresholds.rise => self.state,
            Beat::Alive => HealthState::Up,
            Beat::Ours if self.last_answer.is_none() => HealthState::Unknown,
            Beat::Ours => self.state,
            Beat::Missed(_) if self.misses < thresholds.fall => self.state,
            // A target that refused before was there: its silence is an outage, too.
            Beat::Missed(_)
                if report.result == ProbeResult::Timeout
                    && self.last_answer.is_none()
                    && !matches!(self.state, HealthState::Down(_)) =>
            {
                HealthState::Unknown
            }
            Beat::Missed(failure) => HealthState::Down(failure),
        }
    }

    /// How an engine that tries this target now would see it fail; none where it would not, or where
    /// nobody knows.
    pub fn failure(&self) -> Option<Failure> {
        match self.state {
            HealthState::Down(failure) => Some(failure),
            HealthState::Degraded => self.unavailable.then_some(Failure::Unavailable),
            HealthState::Up | HealthState::Unknown => None,
        }
    }

    /// Whether it never answered from here, though it was asked often enough.
    pub fn silent_here(&self, thresholds: Thresholds) -> bool {
        self.state == HealthState::Unknown && self.last_answer.is_none() && self.misses >= thresholds.fall
    }

    /// Part of the shown probes that were missed, 0 to 1.
    pub fn loss(&self) -> f64 {
        let missed = self.beats.iter().filter(|beat| matches!(beat, Beat::Missed(_))).count();
        let (missed, all) = (u32::try_from(missed).unwrap_or(0), u32::try_from(self.beats.len()).unwrap_or(0));
        if all == 0 { 0.0 } else { f64::from(missed) / f64::from(all) }
    }

    /// The last result in words; `silent here` where nothing ever answered.
    pub fn said(&self) -> String {
        match &self.last {
            None => "not probed yet".to_owned(),
            Some(report) if report.result == ProbeResult::Timeout && self.last_answer.is_none() => {
                "silent here".to_owned()
            }
            Some(report) => report.said(),
        }
    }
}

fn beat(report: &ProbeReport) -> Beat {
    if report.ours {
        return Beat::Ours;
    }
    match (report.failure(), &report.response) {
        (Some(Failure::Unavailable), _) => Beat::Troubled,
        (Some(failure), _) => Beat::Missed(failure),
        (None, Some(response)) if response.code >= 500 && response.code != 501 => Beat::Troubled,
        (None, _) => Beat::Alive,
    }
}
