//! Each carrier in one sentence.
//!
//! The order of blame: our own side before the carrier, DNS before the network, the network before TLS,
//! TLS before SIP. One cause, not its fifty symptoms.

use super::carrier::CarrierState;
use super::health::Thresholds;
use crate::model::Moment;

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing can be sent.
    Down,
    /// The DNS fails.
    Dns,
    /// Nothing is heard any more, by us.
    Stale,
    /// Some calls wait or are lost.
    Degraded,
    /// Nothing is lost yet.
    Warning,
    /// Nothing to judge by.
    Unknown,
    /// All is well.
    Up,
}

impl Level {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Down => "DOWN",
            Self::Dns => "DNS",
            Self::Stale => "STALE",
            Self::Degraded => "DEGRADED",
            Self::Warning => "WARNING",
            Self::Unknown => "UNKNOWN",
            Self::Up => "UP",
        }
    }
}

/// A carrier in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How bad it is.
    pub level: Level,
    /// What a tired operator can read aloud on the bridge call.
    pub sentence: String,
}

impl Verdict {
    /// Before the first answer.
    pub(super) fn waiting() -> Self {
        Self { level: Level::Unknown, sentence: "waiting for the first answer".to_owned() }
    }
}

/// Judges a carrier.
pub(super) fn verdict(_carrier: &CarrierState, _now: Moment, _thresholds: Thresholds) -> Verdict {
    Verdict::waiting()
}
