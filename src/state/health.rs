//! The health of one target, as its probes tell it.
//!
//! One lost packet is not an outage and one answer is not a recovery, so a state changes only after
//! several probes in a row say so. And silence here is not DOWN: carriers that authorise by source
//! address drop what comes from a jump host, so a target that never answered stays UNKNOWN.

mod figures;
mod flapping;
mod histogram;
mod slots;

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::{Carrier, Codes, Failure, HealthState, Meaning, Moment, ProbeReport, ProbeResult};

pub use figures::{Figures, Series, Spread, Window};

use figures::Tally;
use flapping::Flapping;

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

impl Thresholds {
    /// What a carrier says, and these where it says nothing.
    #[must_use]
    pub fn of(self, carrier: &Carrier) -> Self {
        Self { fall: carrier.fall.map_or(self.fall, u32::from), rise: carrier.rise.map_or(self.rise, u32::from) }
    }
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
    /// An answer that says "in trouble", by the carrier's [`Codes`].
    Troubled,
    /// No answer that an engine could use, or one that the carrier's [`Codes`] take for none.
    Missed(Failure),
    /// Nothing that says anything about the target: the cause may be ours.
    Ours,
}

/// The health of one target.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// As judged; while it flaps, the worse state is held.
    pub state: HealthState,
    /// Since when.
    pub since: Moment,
    /// The last probe.
    pub last: Option<ProbeReport>,
    /// The last probe that was answered by SIP.
    pub last_answer: Option<Moment>,
    /// When the next probe is due; none before the first, and where probing has stopped.
    pub next: Option<Moment>,
    /// The last probes, oldest first, at most [`BEATS`].
    pub beats: VecDeque<Beat>,
    /// Round trips of the last answers, oldest first, at most [`BEATS`].
    pub rtts: VecDeque<Duration>,
    /// Lost probes in a row; after the first answer, those that made the outage.
    pub misses: u32,
    /// Since when DNS no longer lists it; it is probed on for a grace time.
    pub left_dns: Option<Moment>,
    /// The final code by which it says that it is in trouble, until it is well again.
    pub trouble: Option<u16>,
    /// Until when it wants to be left alone (Retry-After of the answer that says it is in trouble).
    retry: Option<Moment>,
    /// Whether so many probes were lost, and none ever answered, that its silence says something of our address.
    silent_here: bool,
    /// What came last, and how often in a row.
    run: Run,
    /// Whether it answered 503 often enough to be believed; a lost probe after it takes nothing back.
    unavailable: bool,
    /// Probes in a row that failed by what may be our own side.
    ours: u32,
    /// How it stands by its last probes alone.
    judged: HealthState,
    flapping: Flapping,
    /// Whether it announced its trouble itself, by a Retry-After.
    announced: bool,
    /// How it was before our own side failed; it is not known since.
    excused: Option<HealthState>,
    tally: Tally,
}

/// What came last, and how often in a row. Probes that say nothing about the target interrupt nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    /// Answers without trouble.
    Alive(u32),
    /// Answers with trouble.
    Troubled(u32),
    /// Lost probes.
    Missed(u32),
    /// Nothing yet that says anything about the target.
    Nothing,
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
            beats: VecDeque::new(),
            rtts: VecDeque::new(),
            misses: 0,
            left_dns: None,
            trouble: None,
            retry: None,
            silent_here: false,
            run: Run::Nothing,
            unavailable: false,
            ours: 0,
            judged: HealthState::Unknown,
            flapping: Flapping::default(),
            announced: false,
            excused: None,
            tally: Tally::new(),
        }
    }

    /// The same, where an operator says whether it is in maintenance.
    pub(super) fn of(at: Moment, maintained: bool) -> Self {
        let mut health = Self::new(at);
        if maintained {
            health.maintain(true, at);
        }
        health
    }

    /// Takes in a probe; returns the state before, where it changed.
    pub(super) fn take(
        &mut self,
        report: &ProbeReport,
        next: Option<Moment>,
        codes: &Codes,
        thresholds: Thresholds,
    ) -> Option<HealthState> {
        let beat = self.beat(report, codes);
        self.retry = leave_alone(report, codes).map(|span| report.at + span);
        self.count(beat, report);
        self.tally.take(report, beat);
        push(&mut self.beats, beat);
        if let Some(rtt) = report.rtt() {
            push(&mut self.rtts, rtt);
        }
        let judged = self.judge(beat, report, thresholds);
        self.watch_for_flapping(judged, report.at);
        let state = match self.state {
            // An operator's word holds until he takes it back.
            HealthState::Maintenance => HealthState::Maintenance,
            shown => self.flapping.show(shown, judged),
        };
        if !matches!(state, HealthState::Degraded) {
            (self.unavailable, self.trouble) = (false, None);
        } else if beat == Beat::Troubled {
            let busy = report.failure() == Some(Failure::Unavailable);
            let believed = self.unavailable || self.in_a_row() >= thresholds.fall || self.retry.is_some();
            self.unavailable = busy && believed;
        }
        self.silent_here =
            state == HealthState::Unknown && self.last_answer.is_none() && self.misses >= thresholds.fall;
        self.last = Some(report.clone());
        self.next = next;
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

    /// Counts a change, unless the target announced it, or either side of it is unknown.
    fn watch_for_flapping(&mut self, judged: HealthState, at: Moment) {
        let before = std::mem::replace(&mut self.judged, judged);
        let announced = self.announced;
        self.announced = judged == HealthState::Degraded && (self.retry.is_some() || announced);
        let seen = before != HealthState::Unknown && judged != HealthState::Unknown;
        let changed = std::mem::discriminant(&before) != std::mem::discriminant(&judged);
        self.flapping.take(at, seen && changed && !announced && !self.announced);
    }

    /// As [`Beat::of`]; but TLS or a `WebSocket` that was agreed on before, and is not now, is no lack of ours.
    fn beat(&self, report: &ProbeReport, codes: &Codes) -> Beat {
        let handshake = matches!(report.result, ProbeResult::TlsHandshake | ProbeResult::WsHandshake);
        match Beat::of(report, codes) {
            Beat::Ours if handshake && self.last_answer.is_some() => report.failure().map_or(Beat::Ours, Beat::Missed),
            beat => beat,
        }
    }

    fn count(&mut self, beat: Beat, report: &ProbeReport) {
        self.ours = if beat == Beat::Ours { self.ours.saturating_add(1) } else { 0 };
        self.run = match (beat, self.run) {
            (Beat::Ours, run) => run,
            (Beat::Alive, Run::Alive(n)) => Run::Alive(n.saturating_add(1)),
            (Beat::Alive, _) => Run::Alive(1),
            (Beat::Troubled, Run::Troubled(n)) => Run::Troubled(n.saturating_add(1)),
            (Beat::Troubled, _) => Run::Troubled(1),
            (Beat::Missed(_), Run::Missed(n)) => Run::Missed(n.saturating_add(1)),
            (Beat::Missed(_), _) => Run::Missed(1),
        };
        match (beat, self.run) {
            (Beat::Missed(_), Run::Missed(n)) => self.misses = n,
            // While an outage is not over, what it rests on is kept.
            (Beat::Alive, _) if matches!(self.state, HealthState::Down(_)) => {}
            (Beat::Alive | Beat::Troubled, _) => self.misses = 0,
            _ => {}
        }
        if matches!(beat, Beat::Alive | Beat::Troubled) {
            self.last_answer = Some(report.at);
        }
        if beat == Beat::Troubled {
            self.trouble = report.response.as_ref().map(|response| response.code);
        }
    }

    fn in_a_row(&self) -> u32 {
        match self.run {
            Run::Alive(n) | Run::Troubled(n) | Run::Missed(n) => n,
            Run::Nothing => 0,
        }
    }

    fn judge(&self, beat: Beat, report: &ProbeReport, thresholds: Thresholds) -> HealthState {
        let recovering = matches!(self.judged, HealthState::Down(_) | HealthState::Degraded);
        let row = self.in_a_row();
        match beat {
            Beat::Alive if recovering && row < thresholds.rise => self.judged,
            Beat::Alive => HealthState::Up,
            // Who says for how long has said enough.
            Beat::Troubled if self.judged == HealthState::Up && row < thresholds.fall && self.retry.is_none() => {
                self.judged
            }
            Beat::Troubled => HealthState::Degraded,
            // What cannot be seen any more is not known any more.
            Beat::Ours if self.last_answer.is_none() || self.ours >= thresholds.fall => HealthState::Unknown,
            Beat::Ours => self.judged,
            Beat::Missed(_) if row < thresholds.fall => self.judged,
            // A target that refused before was there: its silence is an outage, too.
            Beat::Missed(_)
                if self.last_answer.is_none() && unheard(report) && !matches!(self.judged, HealthState::Down(_)) =>
            {
                HealthState::Unknown
            }
            Beat::Missed(failure) => HealthState::Down(failure),
        }
    }

    /// How many answers in a row it gave since its outage, where that does not end it yet.
    pub fn recovering(&self) -> Option<u32> {
        match (self.state, self.run) {
            (HealthState::Down(_) | HealthState::Degraded, Run::Alive(answers)) => Some(answers),
            _ => None,
        }
    }

    /// An operator's word: it is in maintenance from now on, or no longer. After it nothing is known until
    /// the next probes.
    pub(super) fn maintain(&mut self, on: bool, at: Moment) {
        self.state = if on { HealthState::Maintenance } else { HealthState::Unknown };
        self.since = at;
        (self.judged, self.run, self.flapping) = (HealthState::Unknown, Run::Nothing, Flapping::default());
        self.excused = None;
        (self.misses, self.retry, self.trouble, self.unavailable) = (0, None, None, false);
    }

    /// `FLAPPING 6 changes in 10 min`, while its state is held for that.
    pub fn flaps(&self) -> Option<String> {
        let changes = self.flapping.changes().filter(|_| self.state != HealthState::Maintenance);
        changes.map(|changes| match changes {
            1 => "FLAPPING 1 change in 10 min".to_owned(),
            changes => format!("FLAPPING {changes} changes in 10 min"),
        })
    }

    /// Its silence is laid to our own side: nothing is known of it until the next answer, or until it is still
    /// silent when others answer again. `before` is what it was when it was known last.
    pub(super) fn excuse(&mut self, before: HealthState, at: Moment) {
        let unknown = before == HealthState::Unknown && self.state == before && self.excused.is_none();
        if unknown || before == HealthState::Maintenance {
            return;
        }
        self.excused = self.excused.or(Some(before));
        self.judged = HealthState::Unknown;
        if self.state != HealthState::Unknown {
            (self.state, self.since) = (HealthState::Unknown, at);
        }
    }

    /// How it was before it was excused, where that is told now: it is known again.
    pub(super) fn known_again(&mut self) -> Option<HealthState> {
        if self.state == HealthState::Unknown { None } else { self.excused.take() }
    }

    /// Whether nothing is known of it since our own side failed.
    pub const fn is_excused(&self) -> bool {
        self.excused.is_some()
    }

    /// How it stands by its last probes alone, where something else is shown: while it flaps the worse state is
    /// held, and in maintenance an operator's word.
    pub fn behind(&self) -> Option<HealthState> {
        let held = self.state == HealthState::Maintenance || self.flaps().is_some();
        held.then_some(self.judged)
    }

    /// How an engine that tries this target now would see it fail; none where it would not, or where
    /// nobody knows.
    pub fn failure(&self) -> Option<Failure> {
        match self.state {
            HealthState::Down(failure) => Some(failure),
            HealthState::Degraded => self.unavailable.then_some(Failure::Unavailable),
            HealthState::Maintenance => Some(Failure::Maintenance),
            HealthState::Up | HealthState::Unknown => None,
        }
    }

    /// Whether it never answered from here, though it was asked often enough.
    pub const fn silent_here(&self) -> bool {
        self.silent_here
    }

    /// Until when it wants to be left alone; none where it said nothing of the kind, or that is past.
    pub fn retry_until(&self, now: Moment) -> Option<Moment> {
        self.retry.filter(|until| *until > now)
    }

    /// Part of the shown probes that were missed, 0 to 1.
    pub fn loss(&self) -> f64 {
        let missed = self.beats.iter().filter(|beat| matches!(beat, Beat::Missed(_))).count();
        let (missed, all) = (u32::try_from(missed).unwrap_or(0), u32::try_from(self.beats.len()).unwrap_or(0));
        if all == 0 { 0.0 } else { f64::from(missed) / f64::from(all) }
    }

    /// Round trips and loss of the last while; `now` is the time of the last fact.
    pub fn figures(&self, window: Window, now: Moment) -> Figures {
        self.tally.figures(window, now)
    }

    /// The same slot by slot, for a chart.
    pub fn series(&self, window: Window, now: Moment) -> Series {
        self.tally.series(window, now)
    }

    /// The last round trip, exactly; none where it never answered.
    pub const fn last_rtt(&self) -> Option<Duration> {
        self.tally.last()
    }

    /// How much round trips differ from one to the next: the differences, without their sign, smoothed as in
    /// RFC 3550 6.4.1 by a gain of 1/16. None before the second answer.
    pub const fn jitter(&self) -> Option<Duration> {
        self.tally.jitter()
    }

    /// How often a probe came to what, since it is watched; in the order in which each came first.
    pub fn results(&self) -> &[(ProbeResult, u32)] {
        self.tally.results()
    }

    /// How long it is in its state. A down target that changes how it fails is still in the same one.
    pub fn time_in_state(&self, now: Moment) -> Duration {
        now.since(self.since)
    }

    /// The last result in words; `silent here` where nothing ever answered.
    pub fn said(&self) -> String {
        match &self.last {
            None => "not probed yet".to_owned(),
            Some(report) if report.result == ProbeResult::Timeout && self.last_answer.is_none() => {
                "silent here".to_owned()
            }
            // An answer that is no 200, and well all the same.
            Some(report) if report.result != ProbeResult::Ok && self.beats.back() == Some(&Beat::Alive) => {
                format!("alive: {}", report.said())
            }
            Some(report) => report.said(),
        }
    }
}

/// How long a target is left alone at the most, whatever it asks for: an outage must not hide behind it.
const LEFT_ALONE: Duration = Duration::from_secs(300);

/// For how long a target that says it is in trouble wants no more requests (RFC 3261 20.33, 21.5.4), at most
/// 5 min.
pub fn leave_alone(report: &ProbeReport, codes: &Codes) -> Option<Duration> {
    let response = report.response.as_ref().filter(|_| Beat::of(report, codes) == Beat::Troubled)?;
    response.retry_after.filter(|span| !span.is_zero()).map(|span| span.min(LEFT_ALONE))
}

impl Beat {
    /// What a probe showed, by itself.
    pub fn of(report: &ProbeReport, codes: &Codes) -> Self {
        if report.ours {
            return Self::Ours;
        }
        let failure = report.failure();
        match (failure, &report.response) {
            (None | Some(Failure::Unavailable), Some(response)) => match codes.meaning(response.code) {
                Meaning::Alive => Self::Alive,
                Meaning::Degraded => Self::Troubled,
                Meaning::Down => Self::Missed(failure.unwrap_or(Failure::Error(response.code))),
            },
            (Some(failure), _) => Self::Missed(failure),
            (None, None) => Self::Alive,
        }
    }
}

/// Whether nothing came back that shows that the target is there: carriers drop, and their routers
/// reject, what comes from addresses that they do not know.
fn unheard(report: &ProbeReport) -> bool {
    matches!(report.result, ProbeResult::Timeout | ProbeResult::Unreachable)
}

fn push<T>(kept: &mut VecDeque<T>, new: T) {
    if kept.len() == BEATS {
        kept.pop_front();
    }
    kept.push_back(new);
}
