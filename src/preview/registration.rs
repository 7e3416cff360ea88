//! Where a registration goes when its target dies.

use std::time::Duration;

use crate::locate::{Engine, Refresh, Registering};
use crate::model::{Carrier, Endpoint, Failure, Host, Outage, Resolution, Share};

use super::{Landing, preview};

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
    /// Where it is held, as far as is known.
    pub pin: Option<Host>,
    /// Chance that it is held where it now fails: by the pin, else by where it would have landed.
    pub moves: Share,
    /// How long it takes at the latest until it is held elsewhere, counted from a refresh just before the failure:
    /// so long may calls to it miss. Zero where it does not move.
    pub within: Duration,
}

/// Computes it from a resolution for REGISTER.
pub fn registration(
    engine: &dyn Engine,
    resolution: &Resolution,
    carrier: &Carrier,
    forced: &[Outage],
    seen: impl Fn(Endpoint) -> Option<Failure>,
    pin: Option<&Host>,
) -> Registration {
    let how = engine.registering();
    let before = preview(engine, resolution, carrier, &[], |_| None, None);
    let after = preview(engine, resolution, carrier, forced, &seen, None);
    let fails = |landing: &Landing| after.landings.iter().any(|now| now.fails && now.target == landing.target);
    let moves: Share = match pin {
        _ if how.refresh == Refresh::Never => Share::NONE,
        Some(pin) => {
            let held = before.landings.iter().any(|landing| landing.target == *pin && fails(landing));
            if held { Share::ALL } else { Share::NONE }
        }
        None => before.landings.iter().filter(|landing| fails(landing)).map(|landing| landing.odds.landing).sum(),
    };
    let ends = after.wait.max.max(after.lost_after);
    let within = if moves.is_some() { how.expires.saturating_sub(how.early) + ends } else { Duration::ZERO };
    Registration {
        before: before.landings,
        lost: after.lost,
        after: after.landings,
        how,
        pin: pin.cloned(),
        moves: moves.bounded(),
        within,
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
        if self.before.is_empty() {
            return "there is no target to register with".to_owned();
        }
        if !self.moves.is_some() {
            return format!("stays where it is ({refresh}); {invites}");
        }
        let (within, expires) = (self.within.as_secs(), how.expires.as_secs());
        let mut to: Vec<String> = self.moves_to().iter().map(|(host, share)| format!("{host} {share}")).collect();
        let held = if self.moves < Share::ALL {
            format!("{} that it is held where it fails; then it ", self.moves)
        } else {
            String::new()
        };
        if to.is_empty() {
            return format!("{held}ends within {within} s (asked for {expires} s), and there is nowhere to register");
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
            "{held}moves to {to} within {within} s at the latest (asked for {expires} s){others}; until then calls to it miss; {invites}"
        )
    }
}
