//! What an engine is.
//!
//! Engines differ in four things. Which records they ask for and what they make of them is
//! [`Engine::walk`]; what a failure costs them and whether they go on after it is [`Engine::reaction`];
//! how they draw among targets is [`Engine::attempt`]; what they remember from one request to the next
//! is [`Memory`], which an attempt takes and gives back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use crate::model::{
    Candidate, Dial, Endpoint, EngineName, Failure, Moment, Question, Reading, Resolution, Rule, Share, Survey,
    Transport,
};

use super::Profile;

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

    /// What becomes of one new request, when candidates fail as `fates` has it, earlier requests left
    /// `memory`, and the caller hangs up after `patience` (never, without one): a distribution over what
    /// it does, and over what is remembered after it.
    fn attempt(&self, resolution: &Resolution, fates: &Fates, memory: &Memory, patience: Option<Duration>) -> Attempt;

    /// What it does at an address that fails so over this transport (some never hear of a UDP port that
    /// refuses): what [`Engine::attempt`] reckons with, and the words for it.
    fn reaction(&self, over: Transport, failure: Failure) -> Reaction;
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

    /// Whether nothing fails.
    pub fn all_well(&self) -> bool {
        self.0.iter().flatten().flatten().all(Option::is_none)
    }
}

/// What an engine remembers of earlier requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory {
    /// Endpoints that it avoids, and for how much longer.
    pub avoided: BTreeMap<Endpoint, Duration>,
    /// The endpoint that it holds to until that fails.
    pub sticky: Option<Endpoint>,
}

/// What becomes of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// For each tier, for each of its targets.
    pub odds: Vec<Vec<Odds>>,
    /// Chance that it lands nowhere: the engine stops at an answer, nothing is left to try, or the caller
    /// has hung up.
    pub lost: Share,
    /// The part of the lost whose callers have hung up.
    pub hung_up: Share,
    /// How long it takes at worst until a lost request has ended: the engine gives up, or the caller
    /// hangs up; zero where nothing is lost.
    pub lost_after: Duration,
    /// Chance that it lands, but only after a wait.
    pub waiting: Share,
    /// Whether the shares are exact; if not, a bound was hit, and they are shown with `~`.
    pub exact: bool,
    /// What is remembered afterwards, and with which chance; they sum to 1.
    pub after: Vec<(Share, Memory)>,
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
