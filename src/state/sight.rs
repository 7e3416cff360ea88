//! Where calls land as an engine sends them, and what all of that rests on.
//!
//! A preview costs more than most facts tell anew, so each remembers its [`Basis`], and is computed again only
//! when that has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::locate::{Engine, Walk};
use crate::model::{
    Carrier, Dial, Endpoint, Failure, Host, Method, Outage, Question, Reading, Resolution, Revision, Share, Survey,
    What,
};
use crate::preview::{self, Compared, Held, PopShare, Preview, Registration, Wait};

use super::carrier::Published;
use super::health::Health;

/// Where new requests land.
///
/// What a fact does not change is the same `Arc` after it as before.
#[derive(Clone, Debug, PartialEq)]
pub struct Previews {
    /// If nothing failed.
    pub clean: Arc<Preview>,
    /// With the outages that probes show.
    pub now: Arc<Preview>,
    /// With what the operator forces on top of that; none where nothing is forced.
    pub then: Option<Arc<Preview>>,
    /// What becomes of a registration then; none where nothing fails and nobody told where one is held, or where
    /// REGISTER goes nobody has looked yet.
    pub register: Option<Arc<Registration>>,
    /// What becomes of the registration that is held if its target falls silent, with the outages that probes show and
    /// nothing else; none where nobody told of one.
    pub dies: Option<Arc<Registration>>,
}

/// A carrier as another engine than its own would have it, or without what probes show.
#[derive(Clone, Debug)]
pub struct Sight {
    /// As which engine.
    pub engine: Arc<dyn Engine>,
    /// What it would do; none while it needs what nobody has asked for.
    pub published: Option<Published>,
    /// What it still needs.
    pub wants: BTreeSet<Question>,
    /// Where calls land.
    pub previews: Option<Previews>,
    pub(super) labels: BTreeMap<Host, String>,
    pub(super) basis: Option<Basis>,
    /// The revision that it was walked in.
    pub(super) of: Revision,
}

/// A single failure, and what comes of it while nothing else is forced.
#[derive(Clone, Debug, PartialEq)]
pub struct Weak {
    /// What fails.
    pub what: What,
    /// What is lost.
    pub lost: Share,
    /// How long that takes at worst.
    pub lost_after: Duration,
    /// What those wait that land.
    pub wait: Wait,
    /// Who gets what.
    pub pops: Vec<PopShare>,
    /// Whether that is exact.
    pub exact: bool,
}

/// Everything that can fail alone, the worst first.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// In which way it fails.
    pub how: Failure,
    /// Each with what comes of it.
    pub each: Arc<Vec<Weak>>,
    pub(super) basis: Basis,
    pub(super) engine: Arc<dyn Engine>,
}

/// What previews were computed from, beside an engine and the POPs.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    revision: Revision,
    /// What fails as probes show it, by endpoint.
    seen: Vec<(Endpoint, Failure)>,
    forced: Vec<Outage>,
    /// Which registration is held.
    held: Option<Held>,
}

impl Basis {
    /// Whether it is this registration that is held.
    pub(super) fn holds(&self, held: Option<&Held>) -> bool {
        self.held.as_ref() == held
    }
}

/// What previews are computed from.
#[derive(Clone, Copy)]
pub(super) struct Ground<'g> {
    pub carrier: &'g Carrier,
    pub survey: &'g Survey,
    pub health: &'g BTreeMap<Endpoint, Health>,
    /// Whether what probes show counts.
    pub real: bool,
    pub forced: &'g [Outage],
    /// The registration that is held, where somebody told.
    pub held: Option<&'g Held>,
    /// After this callers hang up.
    pub patience: Option<Duration>,
}

impl Sight {
    /// Walks as this engine over a survey, as it was published.
    pub(super) fn walked(engine: &Arc<dyn Engine>, published: &Published, survey: &Survey) -> Self {
        let (dial, at, mut wants) = (&published.drawn.dial, published.at, BTreeSet::new());
        let mut walk = |reading| match engine.walk(dial, survey, reading, at) {
            Walk::Done(resolution) => Some(Arc::<Resolution>::from(resolution)),
            Walk::Need(need) => {
                wants.extend(need.must);
                None
            }
        };
        let own = engine.name() == published.drawn.engine;
        let walked = if own {
            Some((published.resolution.clone(), published.drawn.clone()))
        } else {
            walk(Reading::Engine).zip(walk(Reading::Drawn))
        };
        let viewed = walked.map(|(resolution, drawn)| Published { resolution, drawn, ..published.clone() });
        Self {
            engine: engine.clone(),
            published: viewed,
            wants,
            previews: None,
            labels: BTreeMap::new(),
            basis: None,
            of: published.revision,
        }
    }
}

impl<'g> Ground<'g> {
    fn seen(&self, endpoint: Endpoint) -> Option<Failure> {
        self.health.get(&endpoint).filter(|_| self.real).and_then(Health::failure)
    }

    fn failing(&self) -> impl Iterator<Item = (Endpoint, Failure)> + use<'g> {
        let real = self.real;
        let failing = self.health.iter().filter(move |_| real);
        failing.filter_map(|(&endpoint, health)| Some((endpoint, health.failure()?)))
    }

    /// What they rest on now.
    pub(super) fn basis(&self, revision: Revision) -> Basis {
        Basis { revision, seen: self.failing().collect(), forced: self.forced.to_vec(), held: self.held.cloned() }
    }

    /// Whether nothing has changed of what previews of calls rest on.
    pub(super) fn is(&self, basis: &Basis, revision: Revision) -> bool {
        basis.revision == revision && self.failing().eq(basis.seen.iter().copied()) && basis.forced == self.forced
    }

    /// Computes those previews whose basis has changed: most facts are probes that tell nothing new. None where
    /// all are as they were.
    pub(super) fn foresee(
        &self,
        engine: &dyn Engine,
        published: &Published,
        known: Option<(&Basis, &Previews)>,
    ) -> Option<(Previews, Basis)> {
        let known = known.filter(|(basis, _)| basis.revision == published.revision);
        let same_now = known.filter(|(basis, _)| self.failing().eq(basis.seen.iter().copied()));
        let same_then = same_now.filter(|(basis, _)| basis.forced == self.forced);
        if same_then.is_some_and(|(basis, _)| basis.holds(self.held)) {
            return None;
        }
        let of = |forced: &[Outage], real: bool| {
            let seen = |endpoint| if real { self.seen(endpoint) } else { None };
            Arc::new(preview::preview(engine, &published.drawn, self.carrier, forced, seen, self.patience))
        };
        let clean = known.map_or_else(|| of(&[], false), |(_, previews)| previews.clean.clone());
        let now = same_now.map_or_else(|| of(&[], true), |(_, previews)| previews.now.clone());
        let forces = !self.forced.is_empty();
        let then = || forces.then(|| of(self.forced, true));
        let then = same_then.map_or_else(then, |(_, previews)| previews.then.clone());
        let tells = forces || self.held.is_some() || self.failing().next().is_some();
        let register = tells.then(|| self.register(engine, published, self.forced)).flatten().map(Arc::new);
        let dies = self.held.and_then(|held| {
            let silent = Outage { what: What::Target(held.target.clone()), how: Failure::Silent };
            self.register(engine, published, &[silent]).map(Arc::new)
        });
        Some((Previews { clean, now, then, register, dies }, self.basis(published.revision)))
    }

    /// What becomes of a registration: of a walk of its own, over the same survey.
    fn register(&self, engine: &dyn Engine, published: &Published, forced: &[Outage]) -> Option<Registration> {
        let dial = Dial { method: Method::Register, ..published.drawn.dial.clone() };
        let Walk::Done(walked) = engine.walk(&dial, self.survey, Reading::Drawn, published.at) else { return None };
        let seen = |endpoint| self.seen(endpoint);
        Some(preview::registration(engine, &walked, self.carrier, forced, seen, self.held))
    }

    /// What all these engines make of it.
    pub(super) fn compare(&self, engines: &[Arc<dyn Engine>], published: &Published) -> Vec<Compared> {
        preview::compare(
            engines,
            &published.drawn.dial,
            self.survey,
            published.at,
            self.carrier,
            self.forced,
            |endpoint| self.seen(endpoint),
            self.patience,
        )
    }

    /// Which candidates something is about, by their places.
    fn covered(&self, drawn: &Resolution, what: &What) -> Vec<usize> {
        let all = drawn.candidates().enumerate();
        all.filter(|(_, candidate)| what.covers(self.carrier, candidate)).map(|(at, _)| at).collect()
    }

    /// Everything failed in turn, each alone.
    pub(super) fn weigh(
        &self,
        engine: &Arc<dyn Engine>,
        drawn: &Resolution,
        revision: Revision,
        how: Failure,
    ) -> Weighed {
        let seen = |endpoint| self.seen(endpoint);
        let alone = |outages: &[Outage]| preview::preview(&**engine, drawn, self.carrier, outages, seen, self.patience);
        let mut each = preview::worst(drawn, self.carrier, how, alone);
        // Of names for the same the first is enough: a POP of one target, the only address of a target.
        let mut known = BTreeSet::new();
        each.retain(|weakness| known.insert(self.covered(drawn, &weakness.what)));
        let weak = each.into_iter().map(|weakness| Weak {
            what: weakness.what,
            lost: weakness.preview.lost,
            lost_after: weakness.preview.lost_after,
            wait: weakness.preview.wait,
            pops: weakness.preview.pops(),
            exact: weakness.preview.exact,
        });
        Weighed { how, each: Arc::new(weak.collect()), basis: self.basis(revision), engine: engine.clone() }
    }
}

impl Weak {
    /// How bad it is: the part that is lost, then the mean wait in seconds, then the part that waits. Larger is
    /// worse.
    pub fn badness(&self) -> [f64; 3] {
        let parts = |share: Share| (share.0 * 1e9).round();
        [parts(self.lost), self.wait.mean.as_secs_f64(), parts(self.wait.share)]
    }
}
