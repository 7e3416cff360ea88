//! What all carriers' questions go through together: one flight for each, and so many a second.
//!
//! Carriers share targets, and are watched by the same resolver: what one of them asks just now, another gets
//! the answer of. And whatever goes wrong here (a file of a thousand carriers, a resolver that hands out a TTL
//! of zero), a resolver that others live by must not be flooded, nor should its rate limit be what we measure.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use tokio::sync::watch;

use crate::model::{Answers, Outcome, Question, ResolverSpec};

use super::{Ask, Clock};

/// How many questions may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowance {
    /// At once, after a time of rest.
    pub burst: u32,
    /// Per second, for ever.
    pub per_second: u32,
}

/// Lets questions out. What waits here for its turn is asked late, but always.
pub(super) struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    ask: Arc<dyn Ask>,
    clock: Arc<dyn Clock>,
    bucket: Bucket,
    flights: Mutex<HashMap<Route, Weak>>,
    /// The resolvers whose last answer was none.
    mute: Mutex<HashSet<ResolverSpec>>,
    back: watch::Sender<()>,
}

type Route = (ResolverSpec, Question);
type Flight = Shared<BoxFuture<'static, Answers>>;
type Weak = WeakShared<BoxFuture<'static, Answers>>;

impl Gate {
    pub(super) fn new(ask: Arc<dyn Ask>, clock: Arc<dyn Clock>, allowance: Allowance) -> Self {
        let bucket = Bucket::new(allowance);
        let (flights, mute, back) = (Mutex::default(), Mutex::default(), watch::Sender::new(()));
        Self { inner: Arc::new(Inner { ask, clock, bucket, flights, mute, back }) }
    }

    /// Tells each time that a resolver answers after it did not, whichever carrier asked.
    pub(super) fn back(&self) -> watch::Receiver<()> {
        self.inner.back.subscribe()
    }

    /// How long a question that is asked now would wait for its turn.
    pub(super) fn behind(&self) -> Duration {
        self.inner.bucket.behind(self.inner.clock.now().mono)
    }

    /// The flight of this question, a new one where none is in the air.
    fn flight(&self, route: &Route) -> Flight {
        let mut flights = self.inner.open();
        let in_the_air = flights.get(route).and_then(WeakShared::upgrade).filter(|flight| flight.peek().is_none());
        in_the_air.unwrap_or_else(|| {
            let flight = self.inner.clone().fly(route.clone()).boxed().shared();
            if let Some(weak) = flight.downgrade() {
                flights.insert(route.clone(), weak);
            }
            flight
        })
    }
}

#[async_trait]
impl Ask for Gate {
    async fn ask(&self, resolver: &ResolverSpec, question: &Question) -> Answers {
        let route = (resolver.clone(), question.clone());
        // Dropped after the flight, so that the last passenger closes the door.
        let _leave = Leave { inner: &self.inner, route: &route };
        self.flight(&route).await
    }
}

impl Inner {
    async fn fly(self: Arc<Self>, (resolver, question): Route) -> Answers {
        let wait = self.bucket.take(self.clock.now().mono);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let answers = self.ask.ask(&resolver, &question).await;
        self.note(resolver, &answers.answer.outcome);
        answers
    }

    /// A name that is broken (SERVFAIL, a loop) says nothing of the resolver, either way.
    fn note(&self, resolver: ResolverSpec, outcome: &Outcome) {
        let mut mute = self.mute.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Timeout | Outcome::Other(_) => {
                mute.insert(resolver);
            }
            outcome if outcome.is_answer() && mute.remove(&resolver) => self.back.send_replace(()),
            _ => {}
        }
    }

    /// No code panics while it holds this lock, and what it guards is whole at every step.
    fn open(&self) -> MutexGuard<'_, HashMap<Route, Weak>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets a flight that has landed, or that nobody waits for any more.
struct Leave<'g> {
    inner: &'g Inner,
    route: &'g Route,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let mut flights = self.inner.open();
        let flight = flights.get(self.route).and_then(WeakShared::upgrade);
        if flight.is_none_or(|flight| flight.peek().is_some()) {
            flights.remove(self.route);
        }
    }
}

/// A bucket of tokens, as the moment when it will be full again.
struct Bucket {
    /// What one token takes to come back.
    each: Duration,
    /// What all of them take.
    depth: Duration,
    full: Mutex<Duration>,
}

impl Bucket {
    fn new(allowance: Allowance) -> Self {
        let each = Duration::from_secs(1) / allowance.per_second.max(1);
        Self { each, depth: each.saturating_mul(allowance.burst.max(1)), full: Mutex::default() }
    }

    /// Takes a token; how long to wait for it.
    fn take(&self, now: Duration) -> Duration {
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        *full = self.after(*full, now);
        full.saturating_sub(now).saturating_sub(self.depth)
    }

    fn behind(&self, now: Duration) -> Duration {
        let full = *self.full.lock().unwrap_or_else(PoisonError::into_inner);
        self.after(full, now).saturating_sub(now).saturating_sub(self.depth)
    }

    fn after(&self, full: Duration, now: Duration) -> Duration {
        full.max(now).saturating_add(self.each)
    }
}
