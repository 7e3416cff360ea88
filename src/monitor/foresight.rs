//! Which questions are asked before they are known to be needed.
//!
//! Asking ahead saves a round trip where records exist that a later question would be about. But our
//! questions fill other people's caches too, with "there is none" as well: what was asked ahead in vain is
//! asked no more unless it is needed.

use std::collections::BTreeSet;

use crate::model::Question;

/// Whether questions that may be needed are asked ahead. It changes how long an answer takes, and no answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefetch {
    /// They are, each once.
    #[default]
    On,
    /// Only what is needed is asked.
    Off,
}

/// Names in answers are others' to choose, so what is remembered of them has a bound.
const MOST: usize = 512;

/// What is known, of one carrier, about asking ahead.
#[derive(Debug)]
pub(super) struct Foresight {
    prefetch: Prefetch,
    vain: BTreeSet<Question>,
}

impl Foresight {
    pub(super) const fn new(prefetch: Prefetch) -> Self {
        Self { prefetch, vain: BTreeSet::new() }
    }

    /// Whether to ask this ahead.
    pub(super) fn allows(&self, question: &Question) -> bool {
        self.prefetch == Prefetch::On && self.vain.len() < MOST && !self.vain.contains(question)
    }

    /// Notes what was asked ahead, and not needed.
    pub(super) fn learn(&mut self, vain: impl Iterator<Item = Question>) {
        let room = MOST.saturating_sub(self.vain.len());
        self.vain.extend(vain.take(room));
    }
}
