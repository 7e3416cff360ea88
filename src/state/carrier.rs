//! What is known of one carrier.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::locate::{self, Engine, EngineError};
use crate::model::{Carrier, Endpoint, Event, Failure, Finding, Host, Moment, Outage, Resolution, Revision, Survey};
use crate::preview::{self, Preview};

use super::health::Health;
use super::ours::Asked;
use super::verdict::{self, Context, Verdict};

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
}

/// What the previews were computed from; the engine and the POPs are the carrier's for good.
#[derive(Clone, Debug)]
struct Basis {
    revision: Revision,
    /// What fails as probes show it, by endpoint.
    seen: Vec<(Endpoint, Failure)>,
    forced: Vec<Outage>,
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
        self.labels.get(host).cloned().unwrap_or_else(|| short(host))
    }

    /// The target that an endpoint belongs to; its bare address where none does any more.
    pub fn target_of(&self, endpoint: Endpoint) -> Host {
        let drawn = self.published.as_ref().map(|published| &published.drawn);
        let target = drawn.and_then(|drawn| drawn.candidates().find(|c| c.endpoint() == endpoint));
        target.map_or(Host::Ip(endpoint.at.ip()), |candidate| candidate.target.host.clone())
    }

    /// The short names of the targets of a resolution.
    pub(super) fn labels_of(&self, drawn: &Resolution) -> BTreeMap<Host, String> {
        let hosts: BTreeSet<&Host> = drawn.candidates().map(|candidate| &candidate.target.host).collect();
        let (mut in_pop, mut alike) = (BTreeMap::new(), BTreeMap::new());
        for &host in &hosts {
            *in_pop.entry(self.carrier.pop_of(host)).or_insert(0) += 1;
            *alike.entry(short(host)).or_insert(0) += 1;
        }
        let labels = hosts.iter().map(|&host| {
            let pop = self.carrier.pop_of(host);
            let label = match short(host) {
                _ if pop.to_string() != host.to_string() && in_pop.get(&pop) == Some(&1) => pop.to_string(),
                label if alike.get(&label) == Some(&1) => label,
                _ => host.to_string(),
            };
            (host.clone(), label)
        });
        labels.collect()
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
        self.dns_failing.is_some() || self.slept.is_some() || quiet
    }

    /// Computes what hangs on the resolution, the health and the forced outages.
    pub(super) fn derive(&mut self, context: &Context<'_>) {
        self.foresee();
        self.judge(context);
    }

    /// Computes those previews whose basis has changed: most facts are probes that tell nothing new.
    fn foresee(&mut self) {
        let Some(published) = &self.published else {
            (self.previews, self.basis) = (None, None);
            return;
        };
        let failing = || self.health.iter().filter_map(|(&endpoint, health)| Some((endpoint, health.failure()?)));
        let known = self.basis.as_ref().zip(self.previews.as_ref());
        let known = known.filter(|(basis, _)| basis.revision == published.revision);
        let same_now = known.filter(|(basis, _)| failing().eq(basis.seen.iter().copied()));
        let same_then = same_now.filter(|(basis, _)| basis.forced == self.forced);
        if same_then.is_some() {
            return;
        }
        let engine = &*self.engine;
        let of = |forced: &[Outage], real: bool| {
            let seen = |endpoint| if real { self.seen(endpoint) } else { None };
            Arc::new(preview::preview(engine, &published.drawn, &self.carrier, forced, seen, None))
        };
        let clean = known.map_or_else(|| of(&[], false), |(_, previews)| previews.clean.clone());
        let now = same_now.map_or_else(|| of(&[], true), |(_, previews)| previews.now.clone());
        let then = if self.forced.is_empty() { None } else { Some(of(&self.forced, true)) };
        let basis = Basis { revision: published.revision, seen: failing().collect(), forced: self.forced.clone() };
        (self.previews, self.basis) = (Some(Previews { clean, now, then }), Some(basis));
    }

    /// Computes the verdict.
    pub(super) fn judge(&mut self, context: &Context<'_>) {
        self.verdict = verdict::verdict(self, context);
    }
}

/// The first label of a name; an address as it is.
pub(super) fn short(host: &Host) -> String {
    match host {
        Host::Name(name) => name.first_label().to_owned(),
        Host::Ip(ip) => ip.to_string(),
    }
}
