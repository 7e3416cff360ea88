//! Where a registration goes when its target dies.

use std::time::Duration;

use crate::locate::{Engine, Reaction, Refresh, Registering};
use crate::model::{Carrier, Confidence, Endpoint, Expires, Failure, Host, Outage, Resolution, Share};

use super::{Landing, fate, preview};

/// A registration that is held, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Where.
    pub target: Host,
    /// How sure that is.
    pub confidence: Confidence,
    /// How long it holds still if it is not refreshed; none where nobody knows.
    pub left: Option<Duration>,
    /// How long until it is refreshed; none where nobody knows, as of those that others hold.
    pub refresh: Option<Duration>,
    /// What was granted; none where nobody knows.
    pub granted: Option<Expires>,
    /// Whether its refresh is known to go to the same target first, whatever the engine would do anew.
    pub stays: bool,
}

impl Held {
    /// At a target, of which no more is known than that.
    pub const fn at(target: Host, confidence: Confidence) -> Self {
        Self { target, confidence, left: None, refresh: None, granted: None, stays: false }
    }

    /// How long it holds still; where nobody knows, what was or would be granted.
    fn until_end(&self, how: Registering) -> Duration {
        self.left.unwrap_or_else(|| self.granted.map_or(how.expires, Expires::span))
    }

    /// How long until it is refreshed, at the latest: by who holds it, else when it ends, else by the engine's rules.
    fn until_refresh(&self, how: Registering) -> Duration {
        let granted = self.granted.map_or(how.expires, Expires::span);
        self.refresh.or(self.left).unwrap_or_else(|| granted.saturating_sub(how.early))
    }
}

/// Where REGISTER lands, and what becomes of a registration.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Where it lands while all is well.
    pub before: Vec<Landing>,
    /// Where the next one lands.
    pub after: Vec<Landing>,
    /// Chance that the next one lands nowhere; when it is tried again after that is not reckoned.
    pub lost: Share,
    /// What the engine does.
    pub how: Registering,
    /// Where it is held, where somebody told.
    pub pin: Option<Held>,
    /// Chance that it is held where it now fails: by the pin, else by where it would have landed.
    pub moves: Share,
    /// How long it takes at the latest until it is held elsewhere: so long may calls to it miss. Counted from now
    /// where it is known when it is refreshed or ends, else from a refresh just before the failure. Zero where it does
    /// not move; until it ends where there is nowhere to go, and how long calls miss then nobody can say.
    pub within: Duration,
    /// How long the next one takes at worst until it has landed, or is given up.
    pub waits: Duration,
}

/// Computes it from a resolution for REGISTER.
pub fn registration(
    engine: &dyn Engine,
    resolution: &Resolution,
    carrier: &Carrier,
    forced: &[Outage],
    seen: impl Fn(Endpoint) -> Option<Failure>,
    pin: Option<&Held>,
) -> Registration {
    let how = engine.registering();
    let before = preview(engine, resolution, carrier, &[], |_| None, None);
    let after = preview(engine, resolution, carrier, forced, &seen, None);
    let fails = |landing: &Landing| after.landings.iter().any(|now| now.fails && now.target == landing.target);
    let moves: Share = match pin {
        _ if how.refresh == Refresh::Never => Share::NONE,
        Some(pin) => {
            let held = before.landings.iter().any(|landing| landing.target == pin.target && fails(landing));
            if held { Share::ALL } else { Share::NONE }
        }
        None => before.landings.iter().filter(|landing| fails(landing)).map(|landing| landing.odds.landing).sum(),
    };
    let held_first = pin.filter(|pin| pin.stays && moves.is_some());
    let first = held_first.and_then(|pin| first(engine, resolution, carrier, forced, &seen, &pin.target));
    let mut refresh = pin.map_or(how.expires.saturating_sub(how.early), |pin| pin.until_refresh(how));
    let (after, wait_there) = match first {
        // A refresh that fails where the engine then gives up is made there again, until the registration ends.
        Some(Reaction { goes_on: false, .. }) => {
            refresh = pin.map_or(refresh, |pin| pin.until_end(how));
            (after, Duration::ZERO)
        }
        Some(Reaction { after: waits, .. }) => {
            let rest = pin.and_then(|pin| without(resolution, &pin.target));
            let rest = rest.map(|rest| preview(engine, &rest, carrier, forced, &seen, None));
            rest.map_or((after, Duration::ZERO), |rest| (rest, waits))
        }
        None => (after, Duration::ZERO),
    };
    let waits = wait_there + after.wait.max.max(after.lost_after);
    let nowhere = after.landings.iter().all(|landing| !landing.odds.landing.is_some());
    let within = match (moves.is_some(), nowhere) {
        (false, _) => Duration::ZERO,
        (true, true) => pin.map_or(how.expires, |pin| pin.until_end(how)),
        (true, false) => refresh + waits,
    };
    Registration {
        before: before.landings,
        lost: after.lost,
        after: after.landings,
        how,
        pin: pin.cloned(),
        moves: moves.bounded(),
        within,
        waits,
    }
}

/// How the engine takes it that a refresh fails at a target, at worst; none where that is no target of it.
fn first(
    engine: &dyn Engine,
    resolution: &Resolution,
    carrier: &Carrier,
    forced: &[Outage],
    seen: impl Fn(Endpoint) -> Option<Failure>,
    target: &Host,
) -> Option<Reaction> {
    let there = resolution.candidates().filter(|candidate| candidate.target.host == *target);
    let fails = there.filter_map(|candidate| {
        let how = fate(carrier, forced, &candidate).or_else(|| seen(candidate.endpoint()))?;
        Some(engine.reaction(candidate.tier.transport, how, resolution.dial.method))
    });
    fails.max_by_key(|reaction| (!reaction.goes_on, reaction.after))
}

/// What is left of it without a target; none where that is nothing.
fn without(resolution: &Resolution, target: &Host) -> Option<Resolution> {
    let mut rest = resolution.clone();
    rest.tiers.iter_mut().for_each(|tier| tier.targets.retain(|known| known.host != *target));
    rest.tiers.retain(|tier| !tier.targets.is_empty());
    Some(rest).filter(|rest| !rest.tiers.is_empty())
}

impl Registration {
    /// Whether there is nowhere to go for one that is held where it fails: it ends, and calls to it miss until a
    /// target is back.
    pub fn is_nowhere(&self) -> bool {
        self.moves.is_some() && self.moves_to().is_empty()
    }

    /// Where one that moves goes, each target once, with the chance; those that get nothing are left out.
    pub fn moves_to(&self) -> Vec<(Host, Share)> {
        let mut all: Vec<(Host, Share)> = Vec::new();
        for landing in self.after.iter().filter(|landing| landing.odds.landing.is_some()) {
            match all.iter_mut().find(|(known, _)| *known == landing.target) {
                Some((_, share)) => *share += landing.odds.landing,
                None => all.push((landing.target.clone(), landing.odds.landing)),
            }
        }
        all
    }

    /// What is held where DNS does not lead, or no longer.
    pub fn astray(&self) -> Option<&Held> {
        self.pin.as_ref().filter(|pin| self.before.iter().all(|known| known.target != pin.target))
    }

    /// Chance that it is held where it fails, and the next attempt moves it; what else fails ends it.
    pub fn moved(&self) -> Share {
        Share((self.moves.0 - self.lost.0).max(0.0))
    }

    /// In one sentence.
    pub fn said(&self) -> String {
        let how = self.how;
        let invites = how.invites_said();
        let refresh = match how.refresh {
            Refresh::Drawn => "each refresh draws anew",
            Refresh::Same => "refreshes stay",
            Refresh::Never => return "it does not register of itself".to_owned(),
        };
        let held = self.pin.as_ref().map(|pin| format!("at {} ({}): ", pin.target, pin.confidence)).unwrap_or_default();
        if self.before.is_empty() {
            return format!("{held}there is no target to register with");
        }
        if let Some(gone) = self.astray() {
            return format!("{held}{}; {invites}", self.said_of_gone(gone));
        }
        if !self.moves.is_some() {
            return format!("{held}stays where it is ({refresh}); {invites}");
        }
        let within = self.within.as_secs();
        // What is left is known better than what was asked for.
        let asked = match &self.pin {
            Some(Held { left: Some(_), .. } | Held { refresh: Some(_), .. }) => String::new(),
            _ => format!(" (asked for {} s)", how.expires.as_secs()),
        };
        let mut to: Vec<String> = self.moves_to().iter().map(|(host, share)| format!("{host} {share}")).collect();
        let held = if self.moves < Share::ALL {
            format!("{} that it is held where it fails; then it ", self.moves)
        } else {
            held
        };
        if to.is_empty() {
            return format!(
                "{held}ends within {within} s{asked}, and there is nowhere to register: then calls to it miss until a \
                 target is back"
            );
        }
        if self.lost.is_some() {
            to.push(format!("nowhere {}", self.lost));
        }
        let to = to.join(", ");
        let others = match how.refresh {
            Refresh::Drawn if self.lost.is_some() => {
                format!(
                    "; each refresh draws anew, so that one held elsewhere ends with the same chance of {}",
                    self.lost
                )
            }
            _ => String::new(),
        };
        format!(
            "{held}moves to {to} within {within} s at the latest{asked}{others}; until then calls to it miss; {invites}"
        )
    }

    /// Of one that is held where DNS no longer leads.
    fn said_of_gone(&self, pin: &Held) -> String {
        let to: Vec<String> = self.moves_to().iter().map(|(host, share)| format!("{host} {share}")).collect();
        if to.is_empty() {
            let ends = pin.left.map_or_else(String::new, |left| format!("; it ends within {} s", left.as_secs()));
            return format!("DNS does not lead there, and there is nowhere to register{ends}");
        }
        let to = to.join(", ");
        match pin.refresh.or(pin.left) {
            Some(left) => format!("DNS does not lead there; within {} s it goes to {to}", left.as_secs()),
            None => format!("DNS does not lead there; the next one goes to {to}"),
        }
    }
}
