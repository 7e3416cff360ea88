//! A state that comes and goes is shown once, and not forty times.
//!
//! Six changes within ten minutes are flapping: the worse state is held, and said to be held, until nothing has
//! changed for five minutes. What a target announced itself, by a Retry-After, is no flapping.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::{HealthState, Moment};

/// So many changes are flapping.
const MANY: usize = 6;

/// Within this time.
const WITHIN: Duration = Duration::from_secs(600);

/// It is over when nothing has changed for this time.
const CALM: Duration = Duration::from_secs(300);

/// The most changes that are kept.
const KEPT: usize = 99;

/// The changes of the last while, and whether there are too many of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flapping {
    changes: VecDeque<Moment>,
    held: bool,
}

impl Flapping {
    /// Takes in a probe, and whether it changed the state.
    pub(super) fn take(&mut self, at: Moment, changed: bool) {
        if self.changes.back().is_some_and(|last| at.since(*last) >= CALM) {
            self.held = false;
        }
        if changed {
            self.changes.push_back(at);
        }
        while self.changes.front().is_some_and(|first| at.since(*first) > WITHIN) || self.changes.len() > KEPT {
            self.changes.pop_front();
        }
        self.held |= self.changes.len() >= MANY && changed;
    }

    /// What is shown, where `shown` was, and `judged` is how it stands by itself.
    pub(super) fn show(&self, shown: HealthState, judged: HealthState) -> HealthState {
        // What cannot be seen any more is not known any more.
        let blind = judged == HealthState::Unknown;
        if self.held && !blind && badness(shown) > badness(judged) { shown } else { judged }
    }

    /// How many changes there were in the last ten minutes, where that is too many.
    pub(super) fn changes(&self) -> Option<usize> {
        self.held.then_some(self.changes.len())
    }
}

const fn badness(state: HealthState) -> u8 {
    match state {
        HealthState::Unknown | HealthState::Maintenance => 0,
        HealthState::Up => 1,
        HealthState::Degraded => 2,
        HealthState::Down(_) => 3,
    }
}
