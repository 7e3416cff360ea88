//! The questions of one carrier that are under way.

use std::collections::BTreeMap;

use futures_util::future::{AbortHandle, Abortable, BoxFuture, abortable, pending};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use crate::model::{Answer, Answers, Moment, Outcome, Question, ResolverSpec};

use super::Ask;

/// Questions to one resolver, each under way once, and only as long as somebody waits for it to land.
pub(super) struct Flights<'a> {
    ask: &'a dyn Ask,
    resolver: &'a ResolverSpec,
    air: FuturesUnordered<Abortable<BoxFuture<'a, Answers>>>,
    open: BTreeMap<Question, Flight>,
}

struct Flight {
    depth: u32,
    since: Moment,
    abort: AbortHandle,
}

/// What came of a question.
pub(super) struct Landed {
    /// Its place in the chain of questions of which each waited for the one before it, from 1.
    pub depth: u32,
    pub answers: Answers,
}

impl<'a> Flights<'a> {
    pub(super) fn new(ask: &'a dyn Ask, resolver: &'a ResolverSpec) -> Self {
        Self { ask, resolver, air: FuturesUnordered::new(), open: BTreeMap::new() }
    }

    /// Asks, where it is not under way; whether it was not.
    pub(super) fn start(&mut self, question: &Question, depth: u32, since: Moment) -> bool {
        if self.is_open(question) {
            return false;
        }
        let (ask, resolver, asked) = (self.ask, self.resolver, question.clone());
        let (flight, abort) = abortable(async move { ask.ask(resolver, &asked).await }.boxed());
        self.air.push(flight);
        self.open.insert(question.clone(), Flight { depth, since, abort });
        true
    }

    pub(super) fn is_open(&self, question: &Question) -> bool {
        self.open.contains_key(question)
    }

    /// What is under way.
    pub(super) fn open(&self) -> impl Iterator<Item = &Question> {
        self.open.keys()
    }

    /// Waits for one to land, and takes in all that have; waits for ever where none is under way. Whoever stops
    /// waiting misses nothing.
    pub(super) async fn landed(&mut self) -> Vec<Landed> {
        let mut landed = Vec::new();
        while landed.is_empty() {
            match self.air.next().await {
                Some(Ok(answers)) => self.land(answers, &mut landed),
                Some(Err(_)) => {}
                None => pending().await,
            }
        }
        while let Some(Some(next)) = self.air.next().now_or_never() {
            if let Ok(answers) = next {
                self.land(answers, &mut landed);
            }
        }
        landed
    }

    fn land(&mut self, answers: Answers, landed: &mut Vec<Landed>) {
        let depth = self.open.remove(&answers.answer.question).map_or(1, |flight| flight.depth);
        landed.push(Landed { depth, answers });
    }

    /// What is to be said of a question that did not land in time, while it flies on.
    pub(super) fn overdue(&self, question: &Question, now: Moment) -> Answer {
        let since = self.open.get(question).map_or(now, |flight| flight.since);
        Answer {
            question: question.clone(),
            outcome: Outcome::Timeout,
            chain: Vec::new(),
            resolver: self.resolver.clone(),
            wire: self.resolver.wire(),
            at: now,
            elapsed: now.since(since),
            queries: 1,
        }
    }

    /// Waits no longer for those that are not to be kept; how many they were.
    pub(super) fn give_up(&mut self, keep: impl Fn(&Question) -> bool) -> u32 {
        let before = self.open.len();
        self.open.retain(|question, flight| {
            let kept = keep(question);
            if !kept {
                flight.abort.abort();
            }
            kept
        });
        u32::try_from(before - self.open.len()).unwrap_or(u32::MAX)
    }
}
