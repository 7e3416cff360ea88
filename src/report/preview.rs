//! Where calls go if something fails.

mod cells;
mod compared;
mod document;
mod text;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::locate::Engine;
use crate::model::{Method, Outage, Question, Resolution, ResolverSpec, SipUri};
use crate::preview::{Preview, Registration, Weakness};

pub use compared::{compared_text, worst_of_each_text};
pub(super) use compared::{follow, remembers};
pub use document::preview_json;
pub use text::{preview_text, worst_text};

/// Above everything that tells of an outage.
const SIMULATION: &str = "[SIMULATION: nothing is sent because of it]";

/// What is known of the targets' health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthUsed {
    /// Nothing: DNS only.
    None,
    /// Each was probed once, just now.
    Probed,
    /// They are probed all the time.
    Live,
}

impl HealthUsed {
    const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Probed => "probed",
            Self::Live => "live",
        }
    }
}

/// What previews are of, whatever the engine.
#[derive(Clone, Copy)]
pub struct Asked<'p> {
    /// What is dialled.
    pub uri: &'p SipUri,
    /// Who was asked.
    pub resolver: &'p ResolverSpec,
    /// For which requests.
    pub method: Method,
    /// What is known of the targets' health.
    pub health: HealthUsed,
    /// What is forced to fail.
    pub failed: &'p [Outage],
}

/// What one engine makes of it.
#[derive(Clone)]
pub struct Foreseen {
    /// By whose rules.
    pub engine: Arc<dyn Engine>,
    /// Whether it is the one that the trunk really runs on, as far as anybody has said.
    pub own: bool,
    /// The questions that were asked because of it, and that the reference did not need; unknown where the reference
    /// was not walked.
    pub beyond: Option<BTreeSet<Question>>,
    /// What it makes of the answers.
    pub resolution: Arc<Resolution>,
    /// What comes of it; none where the DNS failed it.
    pub outlook: Option<Outlook>,
}

/// What comes of an outage.
#[derive(Clone)]
pub struct Outlook {
    /// Without what is forced.
    pub before: Preview,
    /// With it.
    pub after: Preview,
    /// What becomes of the registration.
    pub registration: Registration,
}

/// What is worst for one engine.
pub struct WorstOf<'p> {
    /// By whose rules.
    pub foreseen: &'p Foreseen,
    /// What, with what comes of it; none where nothing can fail.
    pub worst: Option<&'p Weakness>,
}
