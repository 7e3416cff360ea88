//! Driving walks: walk, ask what is needed, walk again with every answer that comes.
//!
//! A round is a stream, not a sequence of barriers: each answer is walked with as soon as it is there, and
//! what it makes needed goes out at once. What may be needed goes out ahead, and is waited for only once it is
//! needed. So a round lasts as long as the slowest chain of questions that it rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::locate::{self, Engine, Need, Walk};
use crate::model::{Answer, Dial, Moment, Question, Reading, Resolution, Survey, Waited};

use super::Clock;
use super::flights::{Flights, Landed};
use super::foresight::Foresight;
use super::gate::Gate;

/// The most times that a round goes on when its time is over: a walk needs three, so this is never reached by
/// one that ends.
const MOST_TURNS: u32 = 16;

/// Where so many questions are open, addresses are gathered before the next walk: a zone of thousands of
/// targets would else be walked thousands of times.
const CROWD: usize = 64;

/// Gathering ends when nothing has come for so long, and after [`LONGEST`] at the latest.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(200);

/// What is walked, by which engines.
pub(super) struct Round<'r> {
    pub clock: &'r dyn Clock,
    pub dial: &'r Dial,
    pub engines: &'r [Arc<dyn Engine>],
    /// How long it may take; for ever, without one.
    pub bound: Option<Bound<'r>>,
}

/// After this a round is settled with what is there.
///
/// The time is that of the runtime: it stands still while the machine sleeps, when nobody could have answered.
pub(super) struct Bound<'r> {
    pub within: Duration,
    /// Time in which questions wait here for their turn is nobody's silence, and does not count.
    pub gate: &'r Gate,
}

/// What came of a round.
pub(super) struct Settled {
    /// What the walks rest on of that which came in this round, in the order it came. Of a question that is
    /// still under way it says that it timed out.
    pub answers: Vec<Arc<Answer>>,
    /// What the walks rest on; all else can be forgotten.
    pub basis: BTreeSet<Question>,
    /// What is to be probed: the last engine's resolution as it is drawn.
    pub drawn: Option<Resolution>,
    /// The longest chain of questions of this round that the walks rest on.
    pub round_trips: u32,
    /// When a candidate was known first, counted from the beginning of the round.
    pub first_candidates: Option<Waited>,
    /// Packets or connections; of a question that was not waited for to the end, one.
    pub queries: u32,
}

/// All walks over a survey as it stands.
#[derive(Default)]
struct Walked {
    need: Need,
    drawn: Option<Resolution>,
}

/// A round on its way.
struct Progress {
    began: Moment,
    /// In the order they came.
    answers: Vec<Arc<Answer>>,
    /// How long a chain each of them is the end of.
    depths: BTreeMap<Question, u32>,
    /// The longest chain that the last of them have ended.
    last: u32,
    ahead: BTreeSet<Question>,
    overdue: BTreeSet<Question>,
    first: Option<Waited>,
}

impl Round<'_> {
    /// Asks what is due, and whatever the walks of all engines need then, until each of them is through.
    /// `came` is what has come since the last round.
    ///
    /// Afterwards those questions alone are still under way that did not land in time.
    pub(super) async fn settle(
        &self,
        survey: &mut Survey,
        flights: &mut Flights<'_>,
        foresight: &mut Foresight,
        due: &BTreeSet<Question>,
        came: Vec<Landed>,
    ) -> Settled {
        // What is under way already is late, and was settled without.
        let mut progress = Progress::begin(self.clock.now(), flights);
        for question in due {
            flights.start(question, 1, progress.began);
        }
        progress.take(came, survey);
        let mut limit = pin!(sleep(self.bound.as_ref().map_or(Duration::MAX, |bound| bound.within)));
        let mut turns_left = None;
        let walked = loop {
            let now = self.clock.now();
            let walked = self.walk(survey, now);
            self.note_first(&mut progress, &walked, survey, now);
            let depth = progress.last + 1;
            for question in &walked.need.must {
                flights.start(question, depth, now);
            }
            let unhurried = self.bound.as_ref().is_none_or(|bound| bound.gate.behind().is_zero());
            for question in walked.need.may.iter().filter(|question| unhurried && foresight.allows(question)) {
                if flights.start(question, depth, now) {
                    progress.ahead.insert(question.clone());
                }
            }
            let open = self.open(&walked, survey, flights, &progress, due, now);
            if open.is_empty() || turns_left == Some(0) {
                break walked;
            }
            if let Some(left) = &mut turns_left {
                *left -= 1;
                progress.time_out(&open, survey, flights, now);
                continue;
            }
            tokio::select! {
                landed = flights.landed() => {
                    progress.take(landed, survey);
                    if open.len() > CROWD {
                        progress.gather(survey, flights).await;
                    }
                }
                () = &mut limit => match &self.bound {
                    Some(bound) if !bound.gate.behind().is_zero() => {
                        limit.as_mut().reset(Instant::now() + bound.gate.behind() + bound.within);
                    }
                    _ => turns_left = Some(MOST_TURNS),
                },
            }
        };
        let basis = self.basis(survey, self.clock.now());
        let late = |question: &Question| progress.overdue.contains(question) && basis.contains(question);
        let queries = progress.queries() + flights.give_up(late);
        let round_trips = progress.depth_of(&basis);
        let rested_on = |answer: &Arc<Answer>| basis.contains(&answer.question);
        let answers: Vec<Arc<Answer>> = progress.answers.into_iter().filter(rested_on).collect();
        // A walk that was cut short says nothing of what it would have needed.
        if answers.iter().all(|answer| answer.outcome.is_answer()) {
            foresight.learn(progress.ahead.difference(&basis).cloned());
        }
        Settled { round_trips, answers, basis, drawn: walked.drawn, first_candidates: progress.first, queries }
    }

    fn walk(&self, survey: &Survey, at: Moment) -> Walked {
        let mut walked = Walked::default();
        for engine in self.engines {
            for reading in [Reading::Engine, Reading::Drawn] {
                match engine.walk(self.dial, survey, reading, at) {
                    Walk::Need(need) => {
                        walked.need.must.extend(need.must);
                        walked.need.may.extend(need.may);
                        walked.need.usable |= need.usable;
                    }
                    Walk::Done(resolution) => walked.drawn = Some(*resolution),
                }
            }
        }
        walked
    }

    /// The questions that the round has to wait for: all that the walks need, and of what is due that on which
    /// they rest.
    fn open(
        &self,
        walked: &Walked,
        survey: &Survey,
        flights: &Flights<'_>,
        progress: &Progress,
        due: &BTreeSet<Question>,
        now: Moment,
    ) -> BTreeSet<Question> {
        let mut open = walked.need.must.clone();
        let waits = |question: &&Question| flights.is_open(question) && !progress.overdue.contains(*question);
        let due: BTreeSet<&Question> = due.iter().filter(waits).collect();
        if !due.is_empty() {
            let basis = self.basis(survey, now);
            open.extend(due.into_iter().filter(|question| basis.contains(*question)).cloned());
        }
        open
    }

    fn basis(&self, survey: &Survey, at: Moment) -> BTreeSet<Question> {
        let of = |engine: &Arc<dyn Engine>, reading| locate::basis(&**engine, self.dial, survey, reading, at);
        let both = |engine| [Reading::Engine, Reading::Drawn].into_iter().flat_map(move |reading| of(engine, reading));
        self.engines.iter().flat_map(both).collect()
    }

    fn note_first(&self, progress: &mut Progress, walked: &Walked, survey: &Survey, now: Moment) {
        let found = walked.drawn.as_ref().is_some_and(|drawn| !drawn.tiers.is_empty());
        if progress.first.is_none() && (walked.need.usable || found) {
            let round_trips = progress.depth_of(&self.basis(survey, now));
            progress.first = Some(Waited { round_trips, elapsed: now.since(progress.began) });
        }
    }
}

impl Progress {
    fn begin(began: Moment, flights: &Flights<'_>) -> Self {
        Self {
            began,
            answers: Vec::new(),
            depths: BTreeMap::new(),
            last: 0,
            ahead: BTreeSet::new(),
            overdue: flights.open().cloned().collect(),
            first: None,
        }
    }

    /// Takes in what came. What came beside an answer counts where nothing is known of it yet: it is a favour,
    /// and no reason to doubt what was asked for by name.
    fn take(&mut self, landed: Vec<Landed>, survey: &mut Survey) {
        self.last = landed.iter().map(|landed| landed.depth).max().unwrap_or_default();
        for Landed { depth, answers } in landed {
            self.overdue.remove(&answers.answer.question);
            self.insert(answers.answer, depth, survey);
            for answer in answers.beside {
                if survey.get(&answer.question).is_none() {
                    self.insert(answer, depth, survey);
                }
            }
        }
    }

    /// Takes in what else comes, as long as it is addresses: they lead to no further question.
    async fn gather(&mut self, survey: &mut Survey, flights: &mut Flights<'_>) {
        let end = Instant::now() + LONGEST;
        while Instant::now() < end {
            let Ok(landed) = timeout(PAUSE, flights.landed()).await else { return };
            let leads_on = landed.iter().any(|landed| landed.answers.answer.question.rtype.leads_on());
            let depth = self.last;
            self.take(landed, survey);
            self.last = self.last.max(depth);
            if leads_on {
                return;
            }
        }
    }

    fn insert(&mut self, answer: Answer, depth: u32, survey: &mut Survey) {
        let answer = Arc::new(answer);
        self.depths.insert(answer.question.clone(), depth);
        survey.insert(answer.clone());
        self.answers.push(answer);
    }

    /// Settles what is open as not answered in time.
    fn time_out(&mut self, open: &BTreeSet<Question>, survey: &mut Survey, flights: &Flights<'_>, now: Moment) {
        for question in open {
            let answer = Arc::new(flights.overdue(question, now));
            survey.insert(answer.clone());
            self.answers.push(answer);
            self.overdue.insert(question.clone());
        }
    }

    fn depth_of(&self, basis: &BTreeSet<Question>) -> u32 {
        basis.iter().filter_map(|question| self.depths.get(question)).copied().max().unwrap_or_default()
    }

    fn queries(&self) -> u32 {
        self.answers.iter().map(|answer| answer.queries).sum()
    }
}
