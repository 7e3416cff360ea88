//! The targets of a carrier, as a verdict sees them: one state each, whatever the number of addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::model::{Failure, HealthState, Host, Moment, ProbeResult};
use crate::state::carrier::CarrierState;
use crate::state::health::{Health, Thresholds};

/// A target, and what is known of it.
pub(super) struct Target<'c> {
    /// Place of its tier, from 0.
    pub tier: usize,
    /// Its name.
    pub host: &'c Host,
    /// What is known.
    pub known: Known,
    /// The health that decides: of the address that is best off.
    health: Option<&'c Health>,
    /// An address of it that fails, while another does not.
    limps: Option<(IpAddr, Failure)>,
}

/// What is known of a target, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    /// It answers.
    Alive,
    /// It answers that it is in trouble, and calls still land there.
    Troubled,
    /// It answers 503, and calls go elsewhere.
    Unavailable,
    /// It is out.
    Dead(Failure),
    /// It was not probed often enough to tell.
    Waiting,
    /// It never answered, and the cause may be ours.
    Ours,
    /// It never answered from here.
    SilentHere,
}

/// The targets of the drawn resolution, in the order of its tiers.
pub(super) fn of(carrier: &CarrierState, thresholds: Thresholds) -> Vec<Target<'_>> {
    let Some(published) = &carrier.published else { return Vec::new() };
    let mut targets: Vec<Target<'_>> = Vec::new();
    for candidate in published.drawn.candidates() {
        let health = carrier.health.get(&candidate.endpoint());
        let known = known(health, thresholds);
        let fails = health.and_then(Health::failure).map(|failure| (candidate.address.ip, failure));
        if let Some(target) = targets.last_mut().filter(|_| candidate.address_index > 0) {
            target.limps = target.limps.or(fails);
            if known < target.known {
                (target.known, target.health) = (known, health);
            }
        } else {
            let (tier, host) = (candidate.rank - 1, &candidate.target.host);
            targets.push(Target { tier, host, known, health, limps: fails });
        }
    }
    targets
}

fn known(health: Option<&Health>, thresholds: Thresholds) -> Known {
    let Some(health) = health else { return Known::Waiting };
    match health.state {
        HealthState::Up => Known::Alive,
        HealthState::Degraded if health.failure().is_some() => Known::Unavailable,
        HealthState::Degraded => Known::Troubled,
        HealthState::Down(failure) => Known::Dead(failure),
        HealthState::Unknown if health.last.as_ref().is_some_and(|report| report.ours) => Known::Ours,
        HealthState::Unknown if health.silent_here(thresholds) => Known::SilentHere,
        HealthState::Unknown => Known::Waiting,
    }
}

impl Target<'_> {
    /// Whether it answers SIP, whatever it says.
    pub(super) fn answers(&self) -> bool {
        matches!(self.known, Known::Alive | Known::Troubled | Known::Unavailable)
    }

    /// Whether calls go elsewhere.
    pub(super) fn is_dead(&self) -> bool {
        matches!(self.known, Known::Dead(_) | Known::Unavailable)
    }

    /// Whether something is wrong with it, be it dead or not.
    pub(super) fn is_hurt(&self) -> bool {
        self.is_dead() || self.known == Known::Troubled || self.limps.is_some()
    }

    /// Since when it is so.
    pub(super) fn since(&self) -> Option<Moment> {
        self.health.filter(|_| self.known != Known::Alive).map(|health| health.since)
    }

    /// What the last probe says in detail.
    pub(super) fn detail(&self) -> Option<&str> {
        self.health?.last.as_ref()?.detail.as_ref().map(AsRef::as_ref)
    }

    /// How it fails, in words.
    pub(super) fn how(&self) -> String {
        let result = self.health.and_then(|health| health.last.as_ref()).map(|report| report.result);
        match (self.known, result) {
            (Known::Alive, _) => {
                self.limps.map_or_else(|| "alive".to_owned(), |(ip, failure)| format!("{failure} at {ip}"))
            }
            (Known::Waiting, _) => "not known yet".to_owned(),
            (Known::SilentHere, _) => "silent here".to_owned(),
            (Known::Ours, _) => "out of our reach".to_owned(),
            (Known::Dead(Failure::Tls), _) => match self.detail() {
                Some(detail) => format!("TLS: {detail},"),
                None => "TLS fails".to_owned(),
            },
            (Known::Dead(_), Some(ProbeResult::Unreachable)) => "unreachable".to_owned(),
            (Known::Dead(_), Some(ProbeResult::Malformed)) => "answers garbage".to_owned(),
            (Known::Dead(failure), _) => failure.to_string(),
            (Known::Unavailable | Known::Troubled, _) => {
                let response = self.health.and_then(|health| health.last.as_ref()?.response.as_ref());
                response.map_or_else(|| "in trouble".to_owned(), |response| format!("answers {}", response.code))
            }
        }
    }

    /// What the claim rests on, where it is a count of lost probes.
    pub(super) fn proof(&self) -> String {
        match (self.known, self.health) {
            (Known::Dead(Failure::Silent), Some(health)) => format!(" ({} probes lost)", health.misses),
            _ => String::new(),
        }
    }
}

/// How many fail in which way: `2 refused (our packets arrive), 1 silent`.
pub(super) fn tally(dead: &[&Target<'_>]) -> Vec<String> {
    let mut kinds: BTreeMap<&'static str, usize> = BTreeMap::new();
    for target in dead {
        let kind = match target.known {
            Known::Dead(Failure::Silent) => "silent",
            Known::Dead(Failure::Refused) => "refused (our packets arrive)",
            Known::Dead(Failure::Tls) => "with TLS failing",
            Known::Unavailable => "answering 503",
            _ => "out",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    kinds.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect()
}
