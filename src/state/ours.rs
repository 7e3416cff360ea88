//! Our own side, over all carriers: what fails everywhere at once is one trouble of ours, and not one of theirs each.
//!
//! A sign of life is whatever comes back, be it a refusal. Where nothing has come back since many targets of
//! several carriers stopped, the next suspect is this machine; where a whole address family has no route, there is
//! no doubt. The same goes for a resolver that answers nobody. While it lasts the targets that went with it are
//! UNKNOWN, and what they would have told is not told: it ends with the first sign of life.

mod held;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use crate::model::{Defaults, HealthState, Moment, ProbeReport, ProbeResult, ResolverSpec};

use super::carrier::CarrierState;

pub(super) use held::Held;

/// Targets that must have answered before, for their silence to say something about us.
const FEWEST: usize = 4;

/// So many that stop one after the other, and none that answers meanwhile, are enough in any fleet; in a small one
/// it takes all.
const ENOUGH: usize = 16;

/// The same for a resolver, in carriers whose questions nobody answered.
const ENOUGH_MUTE: usize = 3;

/// Of fewer carriers it is the carrier's trouble.
const SEVERAL: usize = 2;

/// Who answered within this time before the last sign of life was alive then: two intervals of the default, so
/// that each was probed.
const ALIVE: Duration = Duration::from_secs(60);

/// Which targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// All.
    Network,
    /// Those at IPv4 addresses.
    V4,
    /// Those at IPv6 addresses.
    V6,
}

impl Reach {
    const fn of(at: SocketAddr) -> Self {
        if at.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// `target`, `IPv6 target`.
    const fn target(self) -> &'static str {
        match self {
            Self::Network => "target",
            Self::V4 => "IPv4 target",
            Self::V6 => "IPv6 target",
        }
    }
}

/// What is wrong with our own side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ours {
    /// Nothing comes back from these targets.
    Lost(Lost),
    /// A resolver answers nobody.
    Mute {
        /// Which.
        resolver: ResolverSpec,
        /// Since when.
        since: Moment,
        /// How many carriers have asked it since.
        carriers: usize,
    },
}

/// Targets that went together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Which.
    pub reach: Reach,
    /// Whether this machine itself knows no way to them.
    pub no_route: bool,
    /// When the last answer came; none where there never was one.
    pub since: Option<Moment>,
    /// How many.
    pub targets: usize,
    /// Of how many carriers.
    pub carriers: usize,
    /// Between the last answers of the first and of the last of them.
    pub within: Duration,
}

impl Ours {
    /// Whether this is the same trouble, whatever its figures.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Lost(one), Self::Lost(other)) => one.reach == other.reach,
            (Self::Mute { resolver: one, .. }, Self::Mute { resolver: other, .. }) => one == other,
            _ => false,
        }
    }

    /// In one sentence, with times as `clock` writes them.
    pub(super) fn said(&self, clock: impl Fn(Moment) -> String) -> String {
        let since = |at: Option<Moment>| at.map(|at| format!(" since {}", clock(at))).unwrap_or_default();
        let carriers = |count: usize| if count == 1 { "1 carrier".to_owned() } else { format!("{count} carriers") };
        match self {
            Self::Lost(lost) if lost.no_route => format!(
                "no route to any {} from this machine{}: {} of {}",
                lost.reach.target(),
                since(lost.since),
                lost.targets,
                carriers(lost.carriers)
            ),
            Self::Lost(lost) => format!(
                "no {} answers{}: our own uplink? all {} targets of {} stopped within {} s",
                lost.reach.target(),
                since(lost.since),
                lost.targets,
                carriers(lost.carriers),
                lost.within.as_secs().max(1)
            ),
            Self::Mute { resolver, since: at, carriers: asked } => format!(
                "no answer from {} to anybody{}, {} asked: is it down, or our way to it?",
                named(resolver),
                since(Some(*at)),
                carriers(*asked)
            ),
        }
    }

    /// That it is over.
    fn over(&self, now: Moment) -> String {
        let after = |since: Moment| format!("after {} s", now.since(since).as_secs());
        match self {
            Self::Lost(Lost { reach, since, .. }) => {
                let after = since.map(|since| format!(", {}", after(since))).unwrap_or_default();
                format!("the first {} answers again{after}", reach.target())
            }
            Self::Mute { resolver, since, .. } => format!("{} answers again, {}", named(resolver), after(*since)),
        }
    }

    /// Whether silence at this address is laid to it.
    pub(super) fn excuses(&self, at: SocketAddr) -> bool {
        matches!(self, Self::Lost(lost) if lost.reach == Reach::Network || lost.reach == Reach::of(at))
    }

    /// Whether questions that this resolver does not answer are laid to it.
    pub(super) fn silences(&self, resolver: &ResolverSpec) -> bool {
        match self {
            Self::Lost(lost) => lost.reach == Reach::Network,
            Self::Mute { resolver: mute, .. } => mute == resolver,
        }
    }
}

fn named(resolver: &ResolverSpec) -> String {
    match resolver {
        ResolverSpec::System => "the system's resolver".to_owned(),
        named => named.to_string(),
    }
}

/// When the last probe was sent that something came back to, in each family.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Life {
    four: Option<Moment>,
    six: Option<Moment>,
}

impl Life {
    /// Takes in a probe. What never left this machine, a certificate that cannot be read say, clears nobody.
    pub(super) fn note(&mut self, report: &ProbeReport) {
        if !is_silence(report) && !report.ours {
            let heard = if report.endpoint.at.is_ipv4() { &mut self.four } else { &mut self.six };
            *heard = (*heard).max(Some(report.at));
        }
    }

    /// In the family of this address.
    pub(super) const fn like(self, at: SocketAddr) -> Option<Moment> {
        if at.is_ipv4() { self.four } else { self.six }
    }
}

/// Whether nothing came back: neither an answer nor a refusal.
pub(super) const fn is_silence(report: &ProbeReport) -> bool {
    matches!(report.result, ProbeResult::Timeout | ProbeResult::Unreachable)
}

/// What the targets of one family, or all of them, showed last.
#[derive(Default)]
struct Seen {
    /// When the last probe was sent that something came back to.
    heard: Option<Moment>,
    /// Those to whose last probe something came back.
    alive: usize,
    stopped: Vec<Stopped>,
    /// The carriers of those that never answered, and that this machine knows no way to, one for each target.
    closed: Vec<usize>,
    /// Those that never answered though there is a way.
    mute: usize,
}

/// A target that answered before, and does not now.
#[derive(Clone, Copy)]
struct Stopped {
    carrier: usize,
    answered: Moment,
    /// When its last probe was sent.
    asked: Moment,
    no_route: bool,
}

impl Seen {
    fn lost(&self, reach: Reach) -> Option<Lost> {
        let carriers = |these: &mut dyn Iterator<Item = usize>| these.collect::<BTreeSet<_>>().len();
        let Some(heard) = self.heard else {
            let of = carriers(&mut self.closed.iter().copied());
            let all = self.mute == 0 && of >= SEVERAL;
            let (targets, within) = (self.closed.len(), Duration::ZERO);
            return all.then_some(Lost { reach, no_route: true, since: None, targets, carriers: of, within });
        };
        let gone = |one: &&Stopped| one.asked > heard && heard.since(one.answered) <= ALIVE;
        let gone: Vec<Stopped> = self.stopped.iter().filter(gone).copied().collect();
        let of = carriers(&mut gone.iter().map(|one| one.carrier));
        if gone.len() < FEWEST.max(ENOUGH.min(gone.len() + self.alive)) || of < SEVERAL {
            return None;
        }
        let (first, last) = (gone.iter().map(|one| one.answered).min()?, gone.iter().map(|one| one.answered).max()?);
        Some(Lost {
            reach,
            no_route: gone.iter().all(|one| one.no_route),
            since: Some(last),
            targets: gone.len(),
            carriers: of,
            within: last.since(first),
        })
    }

    fn add(&mut self, carrier: usize, report: &ProbeReport, answered: Option<Moment>) {
        match answered {
            _ if !is_silence(report) => self.alive += usize::from(!report.ours),
            Some(answered) => {
                let (asked, no_route) = (report.at, report.ours);
                self.stopped.push(Stopped { carrier, answered, asked, no_route });
            }
            None if report.ours => self.closed.push(carrier),
            None => self.mute += 1,
        }
    }
}

/// Looks at all carriers, and says what is wrong with our own side, the worst first; `before` is what was said last.
pub(super) fn suspect<'c>(
    carriers: impl Iterator<Item = &'c CarrierState> + Clone,
    defaults: &Defaults,
    life: Life,
    before: &[Ours],
) -> Vec<Ours> {
    let since = |heard| Seen { heard, ..Seen::default() };
    let [mut all, mut four, mut six] = [life.four.max(life.six), life.four, life.six].map(since);
    for (nth, carrier) in carriers.clone().enumerate() {
        for (endpoint, health) in &carrier.health {
            let Some(report) = health.last.as_ref().filter(|_| health.state != HealthState::Maintenance) else {
                continue;
            };
            let family = if endpoint.at.is_ipv4() { &mut four } else { &mut six };
            family.add(nth, report, health.last_answer);
            all.add(nth, report, health.last_answer);
        }
    }
    if let Some(lost) = all.lost(Reach::Network) {
        // What else was wrong before is not looked into now, and did not end.
        let others = before.iter().filter(|known| !matches!(known, Ours::Lost(lost) if lost.reach == Reach::Network));
        return std::iter::once(Ours::Lost(lost)).chain(others.cloned()).collect();
    }
    let mut ours = mute(carriers, defaults, before);
    for (reach, seen, other) in [(Reach::V4, &four, &six), (Reach::V6, &six, &four)] {
        // Where the other family was not heard since, it may be all of the network.
        let Some(lost) = seen.lost(reach) else { continue };
        if other.heard > seen.heard && other.alive > 0 {
            ours.push(Ours::Lost(lost));
        }
    }
    ours
}

/// The resolvers that answer nobody.
fn mute<'c>(carriers: impl Iterator<Item = &'c CarrierState>, defaults: &Defaults, before: &[Ours]) -> Vec<Ours> {
    let mut by_resolver: BTreeMap<&ResolverSpec, Vec<&CarrierState>> = BTreeMap::new();
    for carrier in carriers.filter(|carrier| carrier.asked.any()) {
        by_resolver.entry(defaults.resolver(&carrier.carrier)).or_default().push(carrier);
    }
    let of = |(resolver, askers): (&ResolverSpec, Vec<&CarrierState>)| {
        let heard = askers.iter().filter_map(|carrier| carrier.asked.answered).max();
        let failed = askers.iter().filter_map(|carrier| carrier.asked.failed);
        let failed: Vec<Moment> = failed.filter(|failed| Some(*failed) > heard).collect();
        let since =
            failed.iter().min().copied().filter(|_| failed.len() >= SEVERAL.max(ENOUGH_MUTE.min(askers.len())))?;
        let now = Ours::Mute { resolver: resolver.clone(), since, carriers: failed.len() };
        let known = before.iter().find(|known| known.is(&now));
        let since = known.map_or(since, |known| if let Ours::Mute { since, .. } = known { *since } else { since });
        Some(Ours::Mute { resolver: resolver.clone(), since, carriers: failed.len() })
    };
    by_resolver.into_iter().filter_map(of).collect()
}

/// What began and what ended, in words.
pub(super) fn turns(before: &[Ours], now: &[Ours], at: Moment, clock: impl Fn(Moment) -> String) -> Vec<String> {
    let over = before.iter().filter(|known| !now.iter().any(|one| one.is(known))).map(|known| known.over(at));
    let new = now.iter().filter(|one| !before.iter().any(|known| known.is(one))).map(|one| one.said(&clock));
    over.chain(new).collect()
}

/// What came of a carrier's questions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    /// When a round ended in which something was answered, be it with an error.
    pub(super) answered: Option<Moment>,
    /// When a round ended in which nothing came.
    pub(super) failed: Option<Moment>,
}

impl Asked {
    const fn any(self) -> bool {
        self.answered.is_some() || self.failed.is_some()
    }
}
