//! What is known of one carrier.

mod registrations;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::locate::{self, Engine, EngineError};
use crate::model::{
    Carrier, Endpoint, Event, Failure, Finding, Host, Lens, Moment, Outage, Question, Resolution, Revision, Survey,
};
use crate::preview::Compared;

use super::health::Health;
use super::ours::Asked;
use super::pins::RegistrationState;
use super::sight::{Basis, Ground, Previews, Sight, Weighed};
use super::verdict::{self, Context, Judged, Verdict};

/// How many events a carrier keeps.
pub(super) const EVENTS: usize = 200;

/// What is known of one carrier.
#[derive(Clone, Debug)]
pub struct CarrierState {
    /// As saved.
    pub carrier: Arc<Carrier>,
    /// What DNS says, as of the last complete round; none before the first.
    pub published: Option<Published>,
    /// What is wrong with its setup, as of the published revision, the worst first.
    pub findings: Vec<Arc<Finding>>,
    /// What the last questions gave, for drawing and for the next round.
    pub(super) survey: Survey,
    /// The health of each endpoint that was probed.
    pub health: BTreeMap<Endpoint, Health>,
    /// The targets that are in maintenance, by an operator's word.
    pub maintained: BTreeSet<Host>,
    /// Where registrations are, and how we know.
    pub registration: RegistrationState,
    /// What the operator forces, in the order it was forced.
    pub forced: Vec<Outage>,
    /// What was drawn when calls last had somewhere to go.
    pub(super) last_found: Option<Arc<Resolution>>,
    /// Where new requests land; none before the first round.
    pub previews: Option<Previews>,
    /// The carrier in one sentence.
    pub verdict: Verdict,
    /// What happened, oldest first, at most 200.
    pub events: VecDeque<Event>,
    /// Since when questions fail, where they do.
    pub dns_failing: Option<Moment>,
    /// The same for each way to fail, by its word: a loop in the zone is not the outage of a resolver.
    pub(super) failing: BTreeMap<&'static str, Moment>,
    /// That questions fail was laid to our own side, and not told.
    pub(super) dns_untold: bool,
    /// What came of its questions.
    pub(super) asked: Asked,
    /// That the machine slept, until the first answer after it.
    pub(super) slept: Option<Slept>,
    /// When it woke last.
    pub(super) woke: Option<Moment>,
    /// Since when its DNS is known; none before the first round.
    pub watched: Option<Moment>,
    /// When something was last heard about it.
    pub(super) heard: Option<Moment>,
    engine: Arc<dyn Engine>,
    engine_unknown: Option<EngineError>,
    /// The short names of the targets that are drawn.
    pub(super) labels: BTreeMap<Host, String>,
    /// What `previews` rest on.
    basis: Option<Basis>,
    /// How the operator looks at it.
    pub lens: Lens,
    /// The engines that he looks at it as, beside its own.
    pub(super) beside: Vec<Arc<dyn Engine>>,
    /// What he sees then; none where that is what it is.
    sight: Option<Box<Sight>>,
    compared: Option<All>,
    weighed: Option<Weighed>,
    /// Where the engine would register now, where nobody tells where it is.
    inferred: Option<registrations::Inferred>,
}

/// What all engines make of it.
#[derive(Clone, Debug)]
struct All {
    each: Arc<Vec<Compared>>,
    basis: Basis,
}

/// A machine that slept: its network may come back later than it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slept {
    /// How long.
    pub gap: Duration,
    /// When it woke.
    pub woke: Moment,
}

/// For so long after a sleep, that nothing answers says nothing about those who are asked.
const WAKING: Duration = Duration::from_secs(60);

impl Slept {
    /// Whether silence says nothing yet.
    pub(super) fn excuses(self, now: Moment) -> bool {
        now.since(self.woke) <= WAKING
    }
}

/// A survey that was complete, and what the engine makes of it.
#[derive(Clone, Debug)]
pub struct Published {
    /// Which.
    pub revision: Revision,
    /// When the round settled.
    pub at: Moment,
    /// When the next RRset is due to be asked again.
    pub next: Moment,
    /// What the engine would do now.
    pub resolution: Arc<Resolution>,
    /// What is drawn: as `resolution`, except that where questions fail the last good answers stand in,
    /// marked with their age. The targets in it are those that are probed.
    pub drawn: Arc<Resolution>,
}

impl CarrierState {
    pub(super) fn new(carrier: Arc<Carrier>) -> Self {
        let named = carrier.engine.as_ref().map(|name| locate::engine(name.as_str())).transpose();
        let (engine, engine_unknown) = match named {
            Ok(named) => (named.unwrap_or_else(locate::reference), None),
            Err(why) => (locate::reference(), Some(why)),
        };
        Self {
            carrier,
            published: None,
            findings: Vec::new(),
            survey: Survey::default(),
            health: BTreeMap::new(),
            registration: RegistrationState::default(),
            forced: Vec::new(),
            last_found: None,
            maintained: BTreeSet::new(),
            previews: None,
            verdict: Verdict::waiting(),
            events: VecDeque::new(),
            dns_failing: None,
            failing: BTreeMap::new(),
            dns_untold: false,
            asked: Asked::default(),
            slept: None,
            woke: None,
            watched: None,
            heard: None,
            engine,
            engine_unknown,
            labels: BTreeMap::new(),
            basis: None,
            lens: Lens::default(),
            beside: Vec::new(),
            sight: None,
            compared: None,
            weighed: None,
            inferred: None,
        }
    }

    /// The engine that the carrier is walked as: its own where it is known here, else the reference.
    pub fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    /// Why the engine that the carrier names is not what it is walked as.
    pub const fn engine_unknown(&self) -> Option<&EngineError> {
        self.engine_unknown.as_ref()
    }

    /// How an endpoint fails as probes show it.
    pub fn seen(&self, endpoint: Endpoint) -> Option<Failure> {
        self.health.get(&endpoint).and_then(Health::failure)
    }

    /// The short name of a target: its POP's, where it is alone there, else its first label; the whole
    /// name where that would not be unique.
    pub fn label(&self, host: &Host) -> String {
        let viewed = self.sight.iter().find_map(|sight| sight.labels.get(host));
        self.labels.get(host).or(viewed).cloned().unwrap_or_else(|| short(host))
    }

    /// The target that an endpoint belongs to; its bare address where none does any more.
    pub fn target_of(&self, endpoint: Endpoint) -> Host {
        let drawn = self.published.as_ref().map(|published| &published.drawn);
        let target = drawn.and_then(|drawn| drawn.candidates().find(|c| c.endpoint() == endpoint));
        target.map_or(Host::Ip(endpoint.at.ip()), |candidate| candidate.target.host.clone())
    }

    /// Whether an endpoint is a target now, or was one a short while ago.
    pub(super) fn knows(&self, endpoint: Endpoint) -> bool {
        let drawn = self.published.as_ref().map(|published| &published.drawn);
        self.health.contains_key(&endpoint)
            || drawn.is_some_and(|drawn| drawn.candidates().any(|candidate| candidate.endpoint() == endpoint))
    }

    /// Marks the endpoints that DNS no longer lists.
    pub(super) fn mark_targets(&mut self, drawn: &Resolution, at: Moment) {
        let listed: BTreeSet<Endpoint> = drawn.candidates().map(|candidate| candidate.endpoint()).collect();
        for (endpoint, health) in &mut self.health {
            health.left_dns = if listed.contains(endpoint) { None } else { health.left_dns.or(Some(at)) };
        }
    }

    /// Takes an operator's word for a target: it is in maintenance from now on, or no longer. Whether that is news.
    pub(super) fn maintain(&mut self, host: &Host, on: bool, at: Moment) -> bool {
        let news = if on { self.maintained.insert(host.clone()) } else { self.maintained.remove(host) };
        if news {
            let own: Vec<Endpoint> = self.health.keys().copied().filter(|&at| self.target_of(at) == *host).collect();
            for endpoint in own {
                self.health.entry(endpoint).and_modify(|health| health.maintain(on, at));
            }
        }
        news
    }

    /// Forgets endpoints that left DNS longer than `grace` ago.
    pub(super) fn forget_gone(&mut self, now: Moment, grace: Duration) {
        self.health.retain(|_, health| health.left_dns.is_none_or(|left| now.since(left) <= grace));
    }

    /// Its events, newest first; those that follow from one fact in the order that they were told in, which
    /// begins with what matters most.
    pub fn newest_first(&self) -> impl Iterator<Item = &Event> {
        let (mut begin, mut next, mut end) = (self.events.len(), self.events.len(), self.events.len());
        std::iter::from_fn(move || {
            if next == end {
                end = begin;
                let at = self.events.get(end.checked_sub(1)?)?.at;
                begin = self.events.iter().take(end).rposition(|event| event.at != at).map_or(0, |last| last + 1);
                next = begin;
            }
            next += 1;
            self.events.get(next - 1)
        })
    }

    /// How many addresses forbade it to be probed on, where that ended the probing of all.
    pub fn forbidden(&self) -> usize {
        let last =
            |health: &&Health| health.last.as_ref().and_then(|last| last.response.as_ref()).map(|said| said.code);
        let stopped = self.health.values().any(|health| health.last.is_some() && health.next.is_none());
        if stopped { self.health.values().filter(|health| last(health) == Some(403)).count() } else { 0 }
    }

    pub(super) fn note(&mut self, events: &[Event]) {
        for event in events {
            // One that was held back was before those that were not.
            let place = self.events.partition_point(|known| known.at <= event.at);
            self.events.insert(place, event.clone());
        }
        let over = self.events.len().saturating_sub(EVENTS);
        self.events.drain(..over);
    }

    /// When the next answer or probe should be there.
    pub(super) fn due(&self) -> Option<Moment> {
        let stopped = self.forbidden() > 0;
        let probes = self.health.values().filter(|_| !stopped).filter_map(|health| health.next);
        self.published.as_ref().map(|published| published.next).into_iter().chain(probes).min()
    }

    /// Whether a target has answered since the machine slept; true where it never did.
    pub(super) fn heard_since_sleep(&self) -> bool {
        let heard = |woke| self.health.values().any(|health| health.last_answer.is_some_and(|at| at >= woke));
        self.woke.is_none_or(heard)
    }

    /// Whether the verdict can change by the passing of time alone.
    pub(super) fn tells_time(&self, now: Moment) -> bool {
        let quiet = self.heard.is_some_and(|heard| now.since(heard) > Duration::from_secs(60));
        self.dns_failing.is_some() || self.slept.is_some() || quiet || self.registration.refresh_failed().is_some()
    }

    /// Computes what hangs on the resolution, the health and the forced outages.
    pub(super) fn derive(&mut self, context: &Context<'_>) {
        self.settle_pins();
        self.foresee(context);
        self.judge(context);
    }

    /// Computes those previews whose basis has changed, and what an operator looks at beside them.
    fn foresee(&mut self, context: &Context<'_>) {
        let Some(published) = &self.published else {
            (self.previews, self.basis, self.sight, self.compared) = (None, None, None, None);
            return;
        };
        let held = self.registration.held(context.now, self.refreshes_stay());
        let ground = Ground {
            carrier: &self.carrier,
            survey: &self.survey,
            health: &self.health,
            real: true,
            forced: &self.forced,
            held: held.as_ref(),
            patience: context.patience,
        };
        let known = self.basis.as_ref().zip(self.previews.as_ref());
        if let Some((previews, basis)) = ground.foresee(&*self.engine, published, known) {
            (self.previews, self.basis) = (Some(previews), Some(basis));
        }
        let ground = Ground { real: self.lens.real, ..ground };
        let viewed = self.beside.iter().find(|engine| self.lens.engine.as_ref() == Some(&engine.name()));
        let engine = viewed.filter(|viewed| viewed.name() != self.engine.name()).unwrap_or(&self.engine);
        if Arc::ptr_eq(engine, &self.engine) && self.lens.real {
            self.sight = None;
        } else {
            let kept = self
                .sight
                .take()
                .filter(|sight| sight.of == published.revision && sight.engine.name() == engine.name());
            let mut sight = kept.unwrap_or_else(|| Box::new(Sight::walked(engine, published, &self.survey)));
            if let Some(published) = &sight.published {
                if sight.labels.is_empty() {
                    sight.labels = labels_of(&self.carrier, &published.drawn);
                }
                let known = sight.basis.as_ref().zip(sight.previews.as_ref());
                if let Some((previews, basis)) = ground.foresee(&*sight.engine, published, known) {
                    (sight.previews, sight.basis) = (Some(previews), Some(basis));
                }
            }
            self.sight = Some(sight);
        }
        if !self.lens.compares {
            self.compared = None;
        } else if !self.compared.as_ref().is_some_and(|known| ground.is(&known.basis, published.revision)) {
            let mut engines = vec![self.engine.clone()];
            engines.extend(self.beside.iter().filter(|engine| engine.name() != self.engine.name()).cloned());
            let each = Arc::new(ground.compare(&engines, published));
            self.compared = Some(All { each, basis: ground.basis(published.revision) });
        }
    }

    /// Looks at it in this way from now on. Whether that is new.
    pub(super) fn look(&mut self, lens: &Lens) -> bool {
        let news = self.lens != *lens;
        if news {
            self.beside = locate::beside(lens);
            // What it rests on says nothing of the lens.
            (self.sight, self.compared) = (None, None);
            self.lens = lens.clone();
        }
        news
    }

    /// Fails everything in turn, in this way, where that is not known yet: as it is looked at, or as it is.
    /// Whether it was not known.
    pub(super) fn weigh(&mut self, how: Failure, as_shown: bool, patience: Option<Duration>) -> bool {
        let sight = self.sight.as_ref().filter(|_| as_shown);
        let published = sight.map_or(self.published.as_ref(), |sight| sight.published.as_ref());
        let Some(published) = published else { return false };
        let ground = Ground {
            carrier: &self.carrier,
            survey: &self.survey,
            health: &self.health,
            real: self.lens.real || !as_shown,
            forced: &[],
            held: None,
            patience,
        };
        let engine = sight.map_or(&self.engine, |sight| &sight.engine);
        let known = self.weighed.as_ref().is_some_and(|known| {
            known.how == how && known.engine.name() == engine.name() && ground.is(&known.basis, published.revision)
        });
        if known {
            return false;
        }
        self.weighed = Some(ground.weigh(engine, &published.drawn, published.revision, how));
        true
    }

    /// What is drawn and previewed: as the operator looks at it.
    pub fn shown(&self) -> Option<&Published> {
        self.sight.as_ref().map_or(self.published.as_ref(), |sight| sight.published.as_ref())
    }

    /// Where calls land: as the operator looks at it.
    pub fn foreseen(&self) -> Option<&Previews> {
        self.sight.as_ref().map_or(self.previews.as_ref(), |sight| sight.previews.as_ref())
    }

    /// The engine that the operator looks at it as.
    pub fn shown_as(&self) -> &dyn Engine {
        self.sight.as_ref().map_or(&*self.engine, |sight| &*sight.engine)
    }

    /// Whether no request of its own engine goes there, which is who is probed.
    pub fn is_elsewhere(&self, endpoint: Endpoint) -> bool {
        let own = self.published.iter().flat_map(|published| published.drawn.candidates());
        !own.into_iter().any(|candidate| candidate.endpoint() == endpoint)
    }

    /// Whether that is another than its own.
    pub fn is_viewed(&self) -> bool {
        self.shown_as().name() != self.engine.name()
    }

    /// What the engine that it is viewed as still needs to know; empty where it is through.
    pub fn wants(&self) -> impl Iterator<Item = &Question> {
        self.sight.iter().flat_map(|sight| &sight.wants)
    }

    /// What each engine makes of it, its own first; none where they are not compared.
    pub fn compared(&self) -> Option<&Arc<Vec<Compared>>> {
        self.compared.as_ref().map(|all| &all.each)
    }

    /// Everything that can fail alone, as it was weighed last.
    pub const fn weighed(&self) -> Option<&Weighed> {
        self.weighed.as_ref()
    }

    /// Computes the verdict.
    pub(super) fn judge(&mut self, context: &Context<'_>) {
        let Judged { verdict, attention, said } = verdict::judge(self, context);
        self.registration.attend(attention, said);
        self.verdict = verdict;
    }
}

/// The first label of a name; an address as it is.
pub(super) fn short(host: &Host) -> String {
    match host {
        Host::Name(name) => name.first_label().to_owned(),
        Host::Ip(ip) => ip.to_string(),
    }
}

/// The short names of the targets of a resolution.
pub(super) fn labels_of(carrier: &Carrier, drawn: &Resolution) -> BTreeMap<Host, String> {
    let hosts: BTreeSet<&Host> = drawn.candidates().map(|candidate| &candidate.target.host).collect();
    let (mut in_pop, mut alike) = (BTreeMap::new(), BTreeMap::new());
    for &host in &hosts {
        *in_pop.entry(carrier.pop_of(host)).or_insert(0) += 1;
        *alike.entry(short(host)).or_insert(0) += 1;
    }
    let labels = hosts.iter().map(|&host| {
        let pop = carrier.pop_of(host);
        let label = match short(host) {
            _ if pop.to_string() != host.to_string() && in_pop.get(&pop) == Some(&1) => pop.to_string(),
            label if alike.get(&label) == Some(&1) => label,
            _ => host.to_string(),
        };
        (host.clone(), label)
    });
    labels.collect()
}
