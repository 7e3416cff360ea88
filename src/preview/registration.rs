//! Where a registration goes when its target dies.

use std::time::Duration;

use crate::locate::{Engine, Refresh, Registering};
use crate::model::{Carrier, Confidence, Endpoint, Expires, Failure, Host, Outage, Resolution, Share};

use super::{Landing, preview};

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
}

impl Held {
    /// At a target, of which no more is known than that.
    pub const fn at(target: Host, confidence: Confidence) -> Self {
        Self { target, confidence, left: None, refresh: None, granted: None }
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
    /// not move.
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
    let waits = after.wait.max.max(after.lost_after);
    let refresh = pin.map_or(how.expires.saturating_sub(how.early), |pin| pin.until_refresh(how));
    let within = if moves.is_some() { refresh + waits } else { Duration::ZERO };
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

impl Registration {
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
            return format!("{held}ends within {within} s{asked}, and there is nowhere to register");
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
        let to = if to.is_empty() { "nowhere".to_owned() } else { to.join(", ") };
        match pin.refresh.or(pin.left) {
            Some(left) => format!("DNS does not lead there; within {} s it goes to {to}", left.as_secs()),
            None => format!("DNS does not lead there; the next one goes to {to}"),
        }
    }
}
