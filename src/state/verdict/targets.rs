//! The targets of a carrier, as a verdict sees them: one state each, whatever the number of addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::model::{Failure, HealthState, Host, Moment, ProbeResult, TlsReport};
use crate::state::carrier::CarrierState;
use crate::state::health::Health;

use super::Context;

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
    /// How many addresses it has.
    addresses: usize,
    /// Those that fail.
    failing: Vec<(IpAddr, &'c Health, Failure)>,
    /// Those that never answered from here.
    mute: Vec<IpAddr>,
    /// What TLS showed at those that answer.
    tls: Vec<&'c TlsReport>,
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
    /// It is in maintenance, by an operator's word.
    Maintenance,
    /// It was not probed often enough to tell.
    Waiting,
    /// It never answered, and the cause may be ours.
    Ours,
    /// It never answered from here.
    SilentHere,
}

/// The targets of the drawn resolution, in the order of its tiers.
pub(super) fn of(carrier: &CarrierState) -> Vec<Target<'_>> {
    let Some(published) = &carrier.published else { return Vec::new() };
    let mut targets: Vec<Target<'_>> = Vec::new();
    for candidate in published.drawn.candidates() {
        let health = carrier.health.get(&candidate.endpoint());
        let known = known(health);
        let fails = health.and_then(|health| Some((candidate.address.ip, health, health.failure()?)));
        let mute = (known == Known::SilentHere).then_some(candidate.address.ip);
        let tls = health.filter(|health| health.state == HealthState::Up).and_then(|health| health.last.as_ref());
        let tls = tls.filter(|last| last.result.is_answer()).and_then(|last| last.tls.as_ref());
        let tls = tls.filter(|tls| tls.untrusted.is_none());
        if let Some(target) = targets.last_mut().filter(|_| candidate.address_index > 0) {
            target.addresses += 1;
            target.failing.extend(fails);
            target.mute.extend(mute);
            target.tls.extend(tls);
            if known < target.known {
                (target.known, target.health) = (known, health);
            }
        } else {
            let (tier, host) = (candidate.rank - 1, &candidate.target.host);
            let (failing, mute) = (fails.into_iter().collect(), mute.into_iter().collect());
            let tls = tls.into_iter().collect();
            targets.push(Target { tier, host, known, health, addresses: 1, failing, mute, tls });
        }
    }
    targets
}

/// The address that calls can still go to, where every other is known to fail; none where there are more, or
/// where nobody knows whether there are.
pub(super) fn only_left(carrier: &CarrierState) -> Option<IpAddr> {
    let published = carrier.published.as_ref()?;
    let (mut left, mut fails) = (None, false);
    for candidate in published.drawn.candidates() {
        let health = carrier.health.get(&candidate.endpoint())?;
        if health.failure().is_some() {
            fails = true;
        } else if health.state == HealthState::Unknown || left.is_some_and(|left| left != candidate.address.ip) {
            return None;
        } else {
            left = Some(candidate.address.ip);
        }
    }
    left.filter(|_| fails)
}

/// The targets with the certificate that ends first, and in how many days, where that is soon; none of those whose
/// certificate is what is wrong with them already.
pub(super) fn ending<'c>(targets: &[Target<'c>], now: Moment) -> Option<(Vec<&'c Host>, i64)> {
    let days = |target: &Target<'c>| {
        let days = target.tls.iter().filter_map(|tls| tls.days_left(now.wall)).min();
        days.filter(|days| *days < TlsReport::SOON)
    };
    let first = targets.iter().filter_map(days).min()?;
    let of_it = targets.iter().filter(|target| days(target) == Some(first));
    Some((of_it.map(|target| target.host).collect(), first))
}

fn known(health: Option<&Health>) -> Known {
    let Some(health) = health else { return Known::Waiting };
    match health.state {
        HealthState::Up => Known::Alive,
        HealthState::Degraded if health.failure().is_some() => Known::Unavailable,
        HealthState::Degraded => Known::Troubled,
        HealthState::Down(failure) => Known::Dead(failure),
        HealthState::Maintenance => Known::Maintenance,
        HealthState::Unknown if health.last.as_ref().is_some_and(|report| report.ours) => Known::Ours,
        HealthState::Unknown if health.silent_here() => Known::SilentHere,
        HealthState::Unknown => Known::Waiting,
    }
}

impl Target<'_> {
    /// Whether it answers SIP, whatever it says.
    pub(super) fn answers(&self) -> bool {
        matches!(self.known, Known::Alive | Known::Troubled | Known::Unavailable)
    }

    /// Whether what is known of it is that it fails.
    pub(super) fn is_out(&self) -> bool {
        matches!(self.known, Known::Dead(_) | Known::Unavailable)
    }

    /// Whether it fails at every address, so that calls go elsewhere.
    pub(super) fn is_dead(&self) -> bool {
        self.failing.len() == self.addresses
    }

    /// Whether it fails at some address, and not at every one.
    pub(super) fn limps(&self) -> bool {
        !self.failing.is_empty() && !self.is_dead()
    }

    /// Whether it says itself that it is in trouble, and calls still land there.
    pub(super) fn is_troubled(&self) -> bool {
        self.known == Known::Troubled
    }

    /// Whether something is wrong with it, be it dead or not.
    pub(super) fn is_hurt(&self) -> bool {
        self.is_troubled() || !self.failing.is_empty()
    }

    /// An address that never answered from here, while another one does: our address is allowed there.
    pub(super) fn mute_address(&self) -> Option<IpAddr> {
        self.mute.first().copied().filter(|_| self.answers())
    }

    /// Whether what is out is there all the same: it says so itself, or TLS or garbage came back.
    pub(super) fn is_there(&self) -> bool {
        let garbage = self.result() == Some(ProbeResult::Malformed);
        garbage
            || matches!(
                self.known,
                Known::Alive
                    | Known::Troubled
                    | Known::Unavailable
                    | Known::Dead(Failure::Tls | Failure::Error(_) | Failure::Unavailable)
            )
    }

    /// Whether nothing is known of it since our own side failed.
    pub(super) fn is_lost(&self) -> bool {
        self.health.is_some_and(Health::is_excused)
    }

    /// Whether it ever answered.
    pub(super) fn ever_answered(&self) -> Option<Moment> {
        self.health.and_then(|health| health.last_answer)
    }

    /// The health that its trouble is told by.
    fn trouble(&self) -> Option<&Health> {
        let limping = self.failing.first().map(|(_, health, _)| *health);
        limping.filter(|_| self.limps()).or(self.health)
    }

    /// Since when it is so.
    pub(super) fn since(&self) -> Option<Moment> {
        self.trouble().map(|health| health.since)
    }

    fn detail(&self) -> Option<&str> {
        self.trouble()?.last.as_ref()?.detail.as_ref().map(AsRef::as_ref)
    }

    /// What keeps us from it, where that may be our side.
    pub(super) fn obstacle(&self) -> String {
        match (self.detail(), self.result()) {
            (Some(detail), _) => detail.to_owned(),
            (None, Some(ProbeResult::Unreachable) | None) => "no route".to_owned(),
            (None, Some(_)) => "TLS that is not spoken here".to_owned(),
        }
    }

    fn result(&self) -> Option<ProbeResult> {
        self.trouble()?.last.as_ref().map(|report| report.result)
    }

    /// How it fails, in words.
    pub(super) fn how(&self) -> String {
        if let Some((ip, _, failure)) = self.failing.first().filter(|_| self.limps()) {
            let rest = match self.known {
                Known::Dead(_) | Known::Unavailable => ", its other addresses not known from here,",
                _ => "",
            };
            return format!("{} at {ip}{rest}", self.fails(*failure));
        }
        match self.known {
            Known::Alive => "alive".to_owned(),
            Known::Waiting => "not known yet".to_owned(),
            Known::Maintenance => "in maintenance".to_owned(),
            Known::SilentHere if self.result() == Some(ProbeResult::Unreachable) => "unreachable from here".to_owned(),
            Known::SilentHere => "silent here".to_owned(),
            Known::Ours => "out of our reach".to_owned(),
            Known::Dead(failure) => self.fails(failure),
            Known::Unavailable => self.fails(Failure::Unavailable),
            Known::Troubled => {
                let code = self.health.and_then(|health| health.trouble);
                code.map_or_else(|| "in trouble".to_owned(), |code| format!("answers {code}"))
            }
        }
    }

    fn fails(&self, failure: Failure) -> String {
        match (failure, self.result()) {
            (Failure::Tls, _) => "fails TLS".to_owned(),
            (Failure::Unavailable, _) => "answers 503".to_owned(),
            (Failure::Silent, Some(ProbeResult::Malformed)) => "answers garbage".to_owned(),
            (Failure::Refused, Some(ProbeResult::Unreachable)) => "unreachable".to_owned(),
            (Failure::Refused, Some(ProbeResult::Reset)) => "resets connections".to_owned(),
            (Failure::Refused, Some(ProbeResult::WsHandshake)) => "refuses WebSocket".to_owned(),
            (Failure::Error(code), _) => format!("answers {code}"),
            (failure, _) => failure.to_string(),
        }
    }

    /// What the claim rests on: a count of lost probes, or what is wrong with the certificate; and that it
    /// is over, where it seems to be.
    pub(super) fn proof(&self, context: &Context<'_>) -> Option<String> {
        let health = self.trouble()?;
        if let Some(flaps) = health.flaps() {
            return Some(flaps);
        }
        if let Some(until) = health.retry_until(context.now) {
            return Some(format!("Retry-After until {}", context.clock(until)));
        }
        if health.recovering().is_some() {
            return Some("answers again, not yet often enough to be believed".to_owned());
        }
        match health.failure() {
            Some(Failure::Silent) => Some(format!("{} probes lost", health.misses)),
            Some(Failure::Tls) => self.detail().map(str::to_owned),
            _ => None,
        }
    }
}

/// How many fail in which way: `2 refused (our packets arrive), 1 silent`.
pub(super) fn tally(out: &[&Target<'_>]) -> Vec<String> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for target in out {
        let kind = match target.known {
            Known::Dead(failure) => target.fails(failure),
            _ => target.fails(Failure::Unavailable),
        };
        *kinds.entry(kind).or_default() += 1;
    }
    let plural = |kind: &str, count: usize| match kind {
        "refused" => "refused (our packets arrive)".to_owned(),
        "fails TLS" if count > 1 => "fail TLS".to_owned(),
        "resets connections" if count > 1 => "reset connections".to_owned(),
        _ if count > 1 => kind.replacen("answers", "answer", 1),
        _ => kind.to_owned(),
    };
    kinds.iter().map(|(kind, &count)| format!("{count} {}", plural(kind, count))).collect()
}
