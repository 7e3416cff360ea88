//! Driving a walk: walk, ask what is needed, walk again.

use std::collections::BTreeSet;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::locate::{Engine, Walk};
use crate::model::{
    Answer, Conclusion, Dial, Moment, Question, Reading, Reason, Resolution, ResolverSpec, Rule, Survey,
};

use super::{Ask, Clock};

/// The most times that a round asks: a walk needs three, so this is never reached by one that ends.
const MOST_TURNS: u32 = 16;

/// What is asked, of whom, for which engines.
pub(super) struct Round<'r> {
    pub ask: &'r dyn Ask,
    pub clock: &'r dyn Clock,
    pub resolver: &'r ResolverSpec,
    pub dial: &'r Dial,
    pub engines: &'r [Arc<dyn Engine>],
}

/// What came of a round.
pub(super) struct Settled {
    /// In the order they came.
    pub answers: Vec<Arc<Answer>>,
    /// How many times questions went out and were waited for.
    pub round_trips: u32,
    /// What the walks rest on; all else can be forgotten.
    pub questions: BTreeSet<Question>,
    /// What is to be probed: the last engine's resolution as it is drawn.
    pub drawn: Option<Resolution>,
}

impl Round<'_> {
    /// Asks what is due, and whatever the walks of all engines need then, until each of them is through.
    pub(super) async fn settle(&self, survey: &mut Survey, due: BTreeSet<Question>) -> Settled {
        let mut settled = Settled { answers: Vec::new(), round_trips: 0, questions: BTreeSet::new(), drawn: None };
        let mut wanted = due;
        let mut asked = BTreeSet::new();
        for _ in 0..MOST_TURNS {
            if !wanted.is_empty() {
                settled.round_trips += 1;
                let flight = join_all(wanted.iter().map(|question| self.ask.ask(self.resolver, question))).await;
                asked.append(&mut wanted);
                for told in flight {
                    let unasked =
                        |other: &Answer| !asked.contains(&other.question) && survey.get(&other.question).is_none();
                    let beside: Vec<Answer> = told.beside.into_iter().filter(unasked).collect();
                    for answer in iter::once(told.answer).chain(beside).map(Arc::new) {
                        survey.insert(answer.clone());
                        settled.answers.push(answer);
                    }
                }
            }
            let (needed, questions, drawn) = self.walk(survey, self.clock.now());
            (settled.questions, settled.drawn) = (questions, drawn);
            wanted = needed.difference(&asked).cloned().collect();
            if wanted.is_empty() {
                break;
            }
        }
        settled.answers.sort_by_key(|answer| answer.at);
        settled
    }

    fn walk(&self, survey: &Survey, at: Moment) -> (BTreeSet<Question>, BTreeSet<Question>, Option<Resolution>) {
        let (mut needed, mut questions, mut drawn) = (BTreeSet::new(), BTreeSet::new(), None);
        for engine in self.engines {
            for reading in [Reading::Engine, Reading::Drawn] {
                match engine.walk(self.dial, survey, reading, at) {
                    Walk::Need(need) => needed.extend(need.must),
                    Walk::Done(resolution) => {
                        questions.extend(resolution.steps.iter().map(|step| step.question.clone()));
                        drawn = Some(*resolution);
                    }
                }
            }
        }
        (needed, questions, drawn)
    }
}

/// One resolution, asked for afresh.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// What the engine makes of the answers.
    pub resolution: Resolution,
    /// When it began.
    pub at: Moment,
    /// How long it took.
    pub elapsed: Duration,
    /// Packets or connections that asked.
    pub queries: u32,
    /// Times that questions went out and were waited for.
    pub round_trips: u32,
}

/// Resolves once, as an engine would with an empty cache.
pub async fn resolve(
    ask: &dyn Ask,
    clock: &dyn Clock,
    resolver: &ResolverSpec,
    dial: &Dial,
    engine: &Arc<dyn Engine>,
) -> Resolved {
    let at = clock.now();
    let mut survey = Survey::default();
    let round = Round { ask, clock, resolver, dial, engines: std::slice::from_ref(engine) };
    let settled = round.settle(&mut survey, BTreeSet::new()).await;
    let resolution = settled.drawn.unwrap_or_else(|| endless(dial, &**engine));
    Resolved {
        resolution,
        at,
        elapsed: clock.now().since(at),
        queries: settled.answers.iter().map(|answer| answer.queries).sum(),
        round_trips: settled.round_trips,
    }
}

/// What bounds a walk.
static ENDLESS: Rule =
    Rule { name: "endless", clause: "a bound of this program", says: "the walk did not end", others: None };

/// A walk that never ended; no engine has one, and a caller still gets an answer.
fn endless(dial: &Dial, engine: &dyn Engine) -> Resolution {
    Resolution {
        dial: dial.clone(),
        engine: engine.name(),
        given: Vec::new(),
        steps: Vec::new(),
        tiers: Vec::new(),
        conclusion: Conclusion::Nowhere(Reason { uri: 0, why: ENDLESS.says.to_owned(), rule: &ENDLESS }),
    }
}
