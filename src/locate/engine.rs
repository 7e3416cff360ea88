//! What an engine is.
//!
//! Engines differ in a few things. Which records they ask for and what they make of them is
//! [`Engine::walk`]; in which order they try the targets of a tier is [`Engine::rounds`]; what a failure costs
//! them and whether they go on after it is [`Engine::reaction`]; what they remember of it is
//! [`Engine::recall`]. From these [`attempt`](super::attempt()) computes what becomes of a request.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Candidate, Dial, EngineName, Failure, Method, Moment, Question, Reading, Resolution, Rule, Share, Survey, Target,
    Tier, Transport,
};

use super::Profile;
use super::draw;

/// A SIP stack's way from a URI to a target.
pub trait Engine: fmt::Debug + Send + Sync {
    /// Who it is, and how sure we are of what is said here about it.
    fn profile(&self) -> &'static Profile;

    /// Its name, with those of its settings that are not its defaults.
    fn name(&self) -> EngineName;

    /// All rules that its walk decides by.
    fn rules(&self) -> &'static [&'static Rule];

    /// Walks a survey as it stands `at` a moment. Whether a walk is done depends on the survey alone,
    /// and each survey that answers what was needed brings it further: it ends.
    fn walk(&self, dial: &Dial, survey: &Survey, reading: Reading, at: Moment) -> Walk;

    /// The rounds in which it tries these targets, all of one tier: each of a round before any of the next.
    /// Targets are named by their place among those given.
    fn rounds(&self, targets: &[&Target]) -> Vec<Round>;

    /// What it does at an address that fails so over this transport (some never hear of a UDP port that
    /// refuses), and the words for it.
    fn reaction(&self, over: Transport, failure: Failure, method: Method) -> Reaction;

    /// Where it gives up, however many targets are left.
    fn limits(&self, _: Method) -> Limits {
        Limits::default()
    }

    /// What it remembers of a failure; nothing, where none.
    fn recall(&self) -> Option<Recall> {
        None
    }

    /// How its own OPTIONS can take the trunk out of use; none where it sends none.
    fn qualify(&self) -> Option<Qualify> {
        None
    }

    /// How it registers.
    fn registering(&self) -> Registering;

    /// Whether a registration goes by other records than a call.
    fn registers_apart(&self) -> bool {
        false
    }

    /// What else it may do, for what is not known of it: each is an engine of its own, and what is true lies
    /// among them and this one.
    fn readings(&self) -> Vec<Arc<dyn Engine>> {
        Vec::new()
    }
}

/// Targets among which one draw after the other decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// How it is drawn.
    pub rule: draw::Rule,
    /// The targets, in the order of the list that is drawn from.
    pub targets: Vec<usize>,
}

/// Where an engine gives up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// So long after the request began; never, without one.
    pub lifetime: Option<Duration>,
    /// After so many addresses.
    pub tries: Option<usize>,
    /// After the first target, with all its addresses: the next is never tried.
    pub one_target: bool,
}

/// What an engine remembers of a target that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recall {
    /// How long.
    pub span: Duration,
    /// What it does with the target meanwhile.
    pub aside: Aside,
    /// Which failures it remembers.
    pub of: &'static [Failure],
    /// Of which requests; of all, without one.
    pub only: Option<Method>,
    /// The same in words, with its source.
    pub why: &'static str,
}

/// What becomes of a target that is remembered to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// It is tried after all others.
    Last,
    /// It is tried after all others of its SRV records, drawn among those that are remembered, too. What no SRV
    /// record led to is not remembered.
    Behind,
    /// It is not tried, even if it is the only one.
    Never,
    /// Whoever has left it stays where it landed, until that fails.
    Left,
    /// The same, but only until the records that led there expire.
    LeftForTtl,
}

/// How an engine's own OPTIONS decide whether it sends calls at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Qualify {
    /// How long it waits for an answer.
    pub within: Duration,
    /// How often it asks.
    pub every: Duration,
    /// Whom it asks.
    pub asks: Asked,
    /// The same in words, with its source.
    pub why: &'static str,
}

/// Whom an engine's own OPTIONS go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The target that a request would go to, as it is drawn.
    Drawn,
    /// Every target; one that answers is enough.
    Every,
    /// Every target; one at which they fail gets no calls before they are answered again.
    Each(Out),
}

/// When an engine's own OPTIONS take a target out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Out {
    /// At which failures.
    pub at: &'static [Failure],
    /// How often they go to a target that is out.
    pub again: Duration,
    /// Whether targets that are out are tried where all are.
    pub even_all: bool,
}

impl Out {
    /// How candidates fail once these are out that fail so in `seen`: they cost nothing, and get nothing.
    pub fn of(&self, fates: &Fates, seen: &Fates) -> Fates {
        let mut known = fates.clone();
        for (fate, seen) in known.0.iter_mut().flatten().flatten().zip(seen.0.iter().flatten().flatten()) {
            if seen.is_some_and(|failure| self.at.contains(&failure)) {
                *fate = Some(Failure::Maintenance);
            }
        }
        if self.even_all && known.all_fail() { fates.clone() } else { known }
    }
}

/// How an engine registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registering {
    /// The expiry that it asks for where nothing else is set.
    pub expires: Duration,
    /// It refreshes so long before the end.
    pub early: Duration,
    /// Where a refresh goes.
    pub refresh: Refresh,
    /// Whether new calls go where it is registered; unknown, without one.
    pub invites_follow: Option<bool>,
    /// The same in words, with its source.
    pub why: &'static str,
}

impl Registering {
    /// Whether new calls go where it is registered, in words.
    pub const fn invites_said(&self) -> &'static str {
        match self.invites_follow {
            Some(true) => "INVITEs follow it",
            Some(false) => "INVITEs do not follow it",
            None => "whether INVITEs follow it is not known",
        }
    }
}

/// Where a refresh of a registration goes, as long as its target lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// It is drawn anew.
    Drawn,
    /// To the same target.
    Same,
    /// Nowhere: its trunks do not register.
    Never,
}

impl Refresh {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drawn => "drawn",
            Self::Same => "same",
            Self::Never => "never",
        }
    }
}

/// What an engine does at an address that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// How long it takes to notice.
    pub after: Duration,
    /// Whether it then tries the next address, or target; else the request ends here.
    pub goes_on: bool,
    /// What it sees, and by which rule it does so, in words that name the timer and the clause.
    pub why: String,
}

/// How far a walk came.
#[derive(Clone, Debug, PartialEq)]
pub enum Walk {
    /// It cannot be trusted before these questions are answered.
    Need(Need),
    /// It is through.
    Done(Box<Resolution>),
}

/// What a walk still has to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Needed, whatever else is answered; all of them can be asked at once.
    pub must: BTreeSet<Question>,
    /// What may be needed next, depending on the answers. Who asks for it ahead saves a round trip, and
    /// changes no result.
    pub may: BTreeSet<Question>,
    /// Whether there is a candidate already, though perhaps not the first.
    pub usable: bool,
}

/// How each candidate of a resolution fails, if it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fates(Vec<Vec<Vec<Option<Failure>>>>);

impl Fates {
    /// Asks for each candidate how it fails.
    pub fn of(resolution: &Resolution, mut fate: impl FnMut(&Candidate<'_>) -> Option<Failure>) -> Self {
        let mut tiers: Vec<Vec<Vec<Option<Failure>>>> =
            resolution.tiers.iter().map(|tier| vec![Vec::new(); tier.targets.len()]).collect();
        let mut places = tiers.iter_mut().flatten();
        let mut place: Option<&mut Vec<Option<Failure>>> = None;
        for candidate in resolution.candidates() {
            if candidate.address_index == 0 {
                place = places.next();
            }
            if let Some(place) = &mut place {
                place.push(fate(&candidate));
            }
        }
        Self(tiers)
    }

    /// The fates of a target's addresses, in the order they are tried.
    pub fn target(&self, tier: usize, target: usize) -> &[Option<Failure>] {
        self.0.get(tier).and_then(|tier| tier.get(target)).map_or(&[], Vec::as_slice)
    }

    /// Of the failures only these.
    #[must_use]
    pub fn but(&self, keeps: impl Fn(Failure) -> bool) -> Self {
        let mut kept = self.clone();
        for fate in kept.0.iter_mut().flatten().flatten() {
            *fate = fate.filter(|&failure| keeps(failure));
        }
        kept
    }

    /// The failures that there are, with over what they are met.
    pub fn kinds(&self, resolution: &Resolution) -> BTreeSet<(Transport, Failure)> {
        let tiers = resolution.tiers.iter().zip(&self.0);
        let of = |(tier, fates): (&Tier, &Vec<Vec<Option<Failure>>>)| -> Vec<(Transport, Failure)> {
            fates.iter().flatten().flatten().map(|&failure| (tier.transport, failure)).collect()
        };
        tiers.flat_map(of).collect()
    }

    /// Whether everything fails.
    pub fn all_fail(&self) -> bool {
        self.0.iter().flatten().flatten().all(Option::is_some)
    }

    /// Whether nothing fails.
    pub fn all_well(&self) -> bool {
        self.0.iter().flatten().flatten().all(Option::is_none)
    }
}

/// What an engine remembers: the targets that it avoids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// By tier and target.
    pub avoided: BTreeSet<Place>,
}

/// A target of a resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Place of its tier, from 0.
    pub tier: usize,
    /// Its place there, from 0.
    pub target: usize,
}

/// What becomes of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// For each tier, for each of its targets.
    pub odds: Vec<Vec<Odds>>,
    /// Chance that it lands nowhere: the engine stops at an answer, nothing is left to try, the caller has
    /// hung up, or the engine's own OPTIONS have taken the trunk out.
    pub lost: Share,
    /// The part of the lost whose callers have hung up.
    pub hung_up: Share,
    /// The part of the lost that the engine ends, since it does not go on after what it saw.
    pub stopped: Share,
    /// The part of the lost that the engine ends, since its own time for a request is over.
    pub gave_up: Share,
    /// The part of the lost that is not sent, since the engine's own OPTIONS have taken the trunk out.
    pub unsent: Share,
    /// How long it takes at worst until a lost request has ended: the engine gives up, or the caller
    /// hangs up; zero where nothing is lost.
    pub lost_after: Duration,
    /// Chance that it lands, but only after a wait.
    pub waiting: Share,
    /// Whether the shares are exact; if not, a bound was hit, and they are shown with `~`.
    pub exact: bool,
    /// What failing targets it may have met, of those that are remembered.
    pub learned: BTreeSet<Place>,
    /// How long it takes at worst until these are known to fail.
    pub known_after: Duration,
}

/// What a target gets of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Odds {
    /// Chance to be tried first.
    pub first: Share,
    /// Chance that the request finally lands here.
    pub landing: Share,
    /// Mean wait of what lands here.
    pub mean: Duration,
    /// Longest wait of what lands here.
    pub max: Duration,
}
