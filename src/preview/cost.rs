//! What an outage costs: who waits, and for what; who is lost, and why.

use std::time::Duration;

use crate::locate::Attempt;
use crate::model::Share;

/// What requests wait.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wait {
    /// Over all requests that land, those that do not wait included.
    pub mean: Duration,
    /// The longest.
    pub max: Duration,
    /// Chance of a request to land after a wait.
    pub share: Share,
}

/// Between what the waits lie, for what is not known of an engine: each figure of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaitRange {
    /// At least.
    pub least: Wait,
    /// At most.
    pub most: Wait,
}

/// Why a request is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostBy {
    /// The engine does not go on after what it saw at a target.
    Stops,
    /// The engine's own time for a request is over.
    GivesUp,
    /// Every target has failed.
    NothingLeft,
    /// The caller has hung up.
    HungUp,
    /// The engine's own OPTIONS have taken the trunk out, so that nothing is sent.
    Unsent,
}

impl LostBy {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stops => "stops",
            Self::GivesUp => "gives_up",
            Self::NothingLeft => "nothing_left",
            Self::HungUp => "hung_up",
            Self::Unsent => "unsent",
        }
    }

    /// In words.
    pub const fn said(self) -> &'static str {
        match self {
            Self::Stops => "the engine does not go on after what it sees",
            Self::GivesUp => "the engine's time for a request is over",
            Self::NothingLeft => "no target is left to try",
            Self::HungUp => "the callers have hung up",
            Self::Unsent => "the engine's own OPTIONS take the trunk out",
        }
    }

    /// The parts of what is lost that are not nothing.
    pub(super) fn parts(attempt: &Attempt) -> Vec<(Self, Share)> {
        let known = [
            (Self::Stops, attempt.stopped),
            (Self::GivesUp, attempt.gave_up),
            (Self::HungUp, attempt.hung_up),
            (Self::Unsent, attempt.unsent),
        ];
        let rest = attempt.lost.0 - known.iter().map(|(_, share)| share.0).sum::<f64>();
        // Of a sum of shares some dust remains.
        let rest = Share(if rest > 1e-9 { rest } else { 0.0 });
        known.into_iter().chain([(Self::NothingLeft, rest)]).filter(|(_, share)| share.is_some()).collect()
    }
}

impl Wait {
    /// Of what lands.
    pub(super) fn of(attempt: &Attempt) -> Self {
        let lands = || attempt.odds.iter().flatten().filter(|odds| odds.landing.is_some());
        let landed: f64 = lands().map(|odds| odds.landing.0).sum();
        let waited: f64 = lands().map(|odds| odds.landing.0 * odds.mean.as_secs_f64()).sum();
        Self {
            mean: Duration::from_secs_f64(if landed > 0.0 { waited / landed } else { 0.0 }),
            max: lands().map(|odds| odds.max).max().unwrap_or_default(),
            share: attempt.waiting,
        }
    }
}

impl WaitRange {
    /// Over what is taken to be likeliest, and all else that it may be; none where that is all the same.
    pub(super) fn of(likeliest: Wait, others: impl Iterator<Item = Wait>) -> Option<Self> {
        let lower = |a: Share, b: Share| if b < a { b } else { a };
        let higher = |a: Share, b: Share| if b > a { b } else { a };
        let range = others.fold(Self { least: likeliest, most: likeliest }, |Self { least, most }, other| Self {
            least: Wait {
                mean: least.mean.min(other.mean),
                max: least.max.min(other.max),
                share: lower(least.share, other.share),
            },
            most: Wait {
                mean: most.mean.max(other.mean),
                max: most.max.max(other.max),
                share: higher(most.share, other.share),
            },
        });
        Some(range).filter(|range| range.least != range.most)
    }
}
