//! One question on its way, and the time that it may take.
//!
//! All that a question waits for shares one deadline: turns, tries, aliases, TCP after a truncated answer. So
//! a dead server that many ask holds none of them longer than a single one.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Cname, Moment, Question, Record, Wire};

/// The end of any patience: a clock cannot count for ever.
const LONGEST: Duration = Duration::from_secs(3600);

/// How long a question may take: as long as its tries together, waiting for its turn included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long one try waits for its answer, making a connection included.
    pub per_try: Duration,
    /// How many tries there are; at least one is made.
    pub tries: u32,
}

impl Default for Patience {
    /// 2 s, twice.
    fn default() -> Self {
        Self { per_try: Duration::from_secs(2), tries: 2 }
    }
}

impl Patience {
    /// When a question that is asked now has to be settled, whatever it has to wait for and to follow.
    pub(super) fn deadline(self) -> Instant {
        Instant::now() + self.per_try.saturating_mul(self.tries.max(1)).min(LONGEST)
    }
}

/// One question on its way: until when, and what has been learned.
pub(super) struct Trail {
    pub(super) deadline: Instant,
    /// When a packet was sent first.
    pub(super) sent: Option<Moment>,
    pub(super) chain: Vec<Cname>,
    pub(super) wire: Wire,
    /// Who answered last.
    pub(super) from: Option<SocketAddr>,
    pub(super) queries: u32,
    /// What the last response answered beside it.
    pub(super) beside: Vec<(Question, Vec<Record>)>,
}

impl Trail {
    pub(super) const fn new(wire: Wire, deadline: Instant) -> Self {
        Self { deadline, sent: None, chain: Vec::new(), wire, from: None, queries: 0, beside: Vec::new() }
    }

    pub(super) fn left(&self) -> Duration {
        time_until(self.deadline)
    }
}

/// The time of one try.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    /// How long to wait for a response.
    pub(super) wait: Duration,
    /// When both turn and response must have come.
    pub(super) end: Instant,
}

impl Slot {
    /// How long to wait for the turn: what is sent late must still have a fair time to be answered, else
    /// silence would mean nothing.
    pub(super) fn for_turn(self) -> Duration {
        time_until(self.end).saturating_sub(self.wait / 2)
    }

    pub(super) fn for_response(self) -> Duration {
        self.wait.min(time_until(self.end))
    }
}

fn time_until(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}
