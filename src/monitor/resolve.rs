//! One resolution, asked for afresh.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::locate::Engine;
use crate::model::{Conclusion, Dial, Moment, Reason, Resolution, ResolverSpec, Rule, Survey, Waited};

use super::flights::Flights;
use super::foresight::{Foresight, Prefetch};
use super::round::Round;
use super::{Ask, Clock};

/// One resolution, and what it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// What the engine makes of the answers.
    pub resolution: Resolution,
    /// When it began.
    pub at: Moment,
    /// How long it took.
    pub elapsed: Duration,
    /// Packets or connections that asked, those ahead included. Of a question that was asked ahead, turned out
    /// not to be needed and was not waited for, one.
    pub queries: u32,
    /// The longest chain of questions of which each was asked because of the answer before it.
    pub round_trips: u32,
    /// When the first candidates were known that a call could have gone to, though perhaps not the best; none
    /// where there are no candidates.
    pub first_candidates: Option<Waited>,
}

/// What one resolver says to several walks.
#[derive(Clone, Debug, PartialEq)]
pub struct Surveyed {
    /// All that the walks need, each question asked once.
    pub survey: Survey,
    /// When the last of them came.
    pub through: Moment,
}

/// Asks once for all that these engines need for each of these ways to dial; what several need is asked for
/// once. It waits for every answer as long as that takes.
pub async fn survey(
    ask: &dyn Ask,
    clock: &dyn Clock,
    resolver: &ResolverSpec,
    dials: &[Dial],
    engines: &[Arc<dyn Engine>],
    prefetch: Prefetch,
) -> Surveyed {
    let (mut survey, mut flights) = (Survey::default(), Flights::new(ask, resolver));
    let mut foresight = Foresight::new(prefetch);
    for dial in dials {
        let round = Round { clock, dial, engines, bound: None };
        round.settle(&mut survey, &mut flights, &mut foresight, &BTreeSet::new(), Vec::new()).await;
    }
    Surveyed { survey, through: clock.now() }
}

/// Resolves once, as an engine would with an empty cache. It waits for every answer as long as that takes.
pub async fn resolve(
    ask: &dyn Ask,
    clock: &dyn Clock,
    resolver: &ResolverSpec,
    dial: &Dial,
    engine: &Arc<dyn Engine>,
    prefetch: Prefetch,
) -> Resolved {
    let at = clock.now();
    let (mut survey, mut flights) = (Survey::default(), Flights::new(ask, resolver));
    let mut foresight = Foresight::new(prefetch);
    let round = Round { clock, dial, engines: std::slice::from_ref(engine), bound: None };
    let settled = round.settle(&mut survey, &mut flights, &mut foresight, &BTreeSet::new(), Vec::new()).await;
    Resolved {
        resolution: settled.drawn.unwrap_or_else(|| endless(dial, &**engine)),
        at,
        elapsed: clock.now().since(at),
        queries: settled.queries,
        round_trips: settled.round_trips,
        first_candidates: settled.first_candidates,
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
