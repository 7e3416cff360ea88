//! Registrations: what of them needs attention, the worst first, and how a verdict says it.

use crate::locate::Refresh;
use crate::model::{AccountMode, Confidence, HealthState, Host, Moment, RefreshPolicy, Stop};
use crate::state::carrier::CarrierState;
use crate::state::pins::{Attention, By, Listing, Pin, Placement, Standing, stopped_said};

use super::{Context, Level, Verdict, words};

/// What needs attention, and how bad that is.
pub(super) struct Trouble {
    pub attention: Attention,
    level: Level,
    pub said: String,
}

/// The worst of it.
pub(super) fn trouble(carrier: &CarrierState, context: &Context<'_>) -> Option<Trouble> {
    let told: Vec<&Pin> = carrier.registration.pins().iter().filter(|pin| is_told(pin)).collect();
    refused(carrier, context)
        .or_else(|| on_down(carrier, &told, context))
        .or_else(|| left_dns(carrier, &told, context))
        .or_else(|| unregistered(carrier, context))
        .or_else(|| in_backup(carrier, &told, context))
        .or_else(|| others(carrier))
        .or_else(|| expiring(carrier, context))
}

impl Trouble {
    /// It and what is said of calls: before that where it is worse, after it else.
    pub(super) fn beside(&self, calls: Verdict) -> Verdict {
        if self.level < calls.level {
            Verdict::new(self.level, format!("{}; {}", self.said, calls.sentence))
        } else if self.level < Level::Up {
            Verdict::new(calls.level, format!("{}; {}", calls.sentence, self.said))
        } else {
            calls
        }
    }
}

/// Whether somebody told it, who still can.
fn is_told(pin: &Pin) -> bool {
    pin.confidence != Confidence::Inferred && !pin.old
}

fn mode(carrier: &CarrierState) -> AccountMode {
    carrier.carrier.account.as_ref().map_or(AccountMode::Off, |account| account.mode)
}

fn refused(carrier: &CarrierState, context: &Context<'_>) -> Option<Trouble> {
    let holds = mode(carrier) == AccountMode::Hold;
    let held = carrier.registration.pins().iter().any(|pin| pin.by == By::OwnRegister);
    let (said, by_carrier) = match carrier.registration.standing() {
        Standing::Refused { since, why } => {
            (format!("registration refused since {}: {why}", context.clock(*since)), true)
        }
        Standing::Stopped(stop) => {
            let by_carrier = matches!(stop, Stop::Credentials | Stop::Refused(_));
            (format!("registration stopped: {}", stopped_said(stop)), by_carrier)
        }
        _ => return None,
    };
    let level = if holds && by_carrier && !held { Level::Degraded } else { Level::Warning };
    Some(Trouble { attention: Attention::Refused, level, said })
}

fn on_down(carrier: &CarrierState, told: &[&Pin], context: &Context<'_>) -> Option<Trouble> {
    let is_down = |pin: &&&Pin| {
        let mut addresses = carrier.registration.addresses(pin).peekable();
        let down = |at| carrier.health.get(&at).is_some_and(|health| matches!(health.state, HealthState::Down(_)));
        addresses.peek().is_some() && addresses.all(down)
    };
    let down: Vec<&Pin> = told.iter().filter(is_down).copied().collect();
    let (who, several) = names(carrier, &down)?;
    let what = if down.len() < told.len() {
        format!("{} of {} registrations", down.len(), told.len())
    } else {
        noun(&down).to_owned()
    };
    let ends: Option<Vec<Moment>> = down.iter().map(|pin| misses_until(carrier, pin)).collect();
    let ends = ends.and_then(|ends| ends.into_iter().max()).filter(|ends| *ends > context.now);
    let until = ends.map_or_else(
        || "until it is refreshed elsewhere".to_owned(),
        |ends| format!("until {} at the latest", context.clock(ends)),
    );
    let said = format!("{what} on {who}, which {} DOWN: inbound calls miss {until}", are(several));
    Some(Trouble { attention: Attention::OnDown, level: Level::Degraded, said })
}

/// When it is held elsewhere at the latest: what is left until it is refreshed or ends, and what that waits for.
/// None where nobody knows.
fn misses_until(carrier: &CarrierState, pin: &Pin) -> Option<Moment> {
    let register = carrier.previews.as_ref().and_then(|previews| previews.register.as_ref());
    // What an operator simulates makes nobody wait.
    let waits = register.filter(|_| carrier.forced.is_empty()).map(|register| register.waits).unwrap_or_default();
    let due = carrier.registration.due().filter(|_| pin.by == By::OwnRegister);
    due.or(pin.until).map(|at| at + waits)
}

fn left_dns(carrier: &CarrierState, told: &[&Pin], context: &Context<'_>) -> Option<Trouble> {
    let gone: Vec<&Pin> = told.iter().filter(|pin| matches!(pin.listing, Listing::Gone { .. })).copied().collect();
    let (who, _) = names(carrier, &gone)?;
    let since = gone.iter().filter_map(|pin| pin.listing.let_go()).min();
    let lists = since.map_or_else(
        || "DNS does not list".to_owned(),
        |since| format!("DNS no longer lists since {}", context.clock(since)),
    );
    let ends = gone.iter().map(|pin| pin.until).max().flatten().filter(|ends| *ends > context.now);
    let ends = ends.map_or_else(String::new, |ends| format!("; it holds until {}", context.clock(ends)));
    let said = format!("{} on {who}, which {lists}{ends}", noun(&gone));
    Some(Trouble { attention: Attention::LeftDns, level: Level::Warning, said })
}

fn unregistered(carrier: &CarrierState, context: &Context<'_>) -> Option<Trouble> {
    let (level, said) = match carrier.registration.standing() {
        Standing::Unregistered { since, why } => {
            (Level::Degraded, format!("registered nowhere since {}: {why}", context.clock(*since)))
        }
        Standing::Observed(Placement::Nowhere) => (Level::Warning, "no POP lists a binding of the account".to_owned()),
        _ => return None,
    };
    Some(Trouble { attention: Attention::Unregistered, level, said })
}

fn in_backup(carrier: &CarrierState, told: &[&Pin], context: &Context<'_>) -> Option<Trouble> {
    // Who is in the first tier as well is in the backup tier on purpose.
    let in_first = |by: &By| told.iter().any(|pin| pin.by == *by && pin.listing == Listing::First);
    let is_behind = |pin: &Pin| matches!(pin.listing, Listing::Backup { .. }) && !in_first(&pin.by);
    let behind: Vec<&Pin> = told.iter().copied().filter(|pin| is_behind(pin)).collect();
    let (who, _) = names(carrier, &behind)?;
    let mut up: Vec<(&Host, Moment)> = Vec::new();
    for (endpoint, host) in carrier.registration.first_tier() {
        let health = carrier.health.get(&endpoint).filter(|health| health.state == HealthState::Up);
        if let Some(health) = health.filter(|_| up.iter().all(|(known, _)| *known != host)) {
            up.push((host, health.since));
        }
    }
    let primaries: Vec<String> = up.iter().map(|(host, _)| carrier.label(host)).collect();
    let first = words::list(&primaries)?;
    let since = behind.iter().filter_map(|pin| pin.since).min();
    // It can only be back if it was gone after this was registered.
    let back = since.is_some_and(|since| up.iter().all(|(_, up)| *up > since));
    let state = if back { "back" } else { "up" };
    let own = behind.iter().find(|pin| pin.by == By::OwnRegister);
    let account = carrier.carrier.account.as_ref().filter(|_| own.is_some());
    let why = match carrier.engine().registering().refresh {
        _ if account.is_some_and(|account| account.refresh == RefreshPolicy::Same) => ": refreshes stay there",
        Refresh::Same => ": no failback in this engine",
        Refresh::Drawn => ": each refresh draws anew",
        Refresh::Never => "",
    };
    let next = match (own.and_then(|_| carrier.registration.due()), behind.iter().filter_map(|pin| pin.until).max()) {
        (Some(due), _) => format!("; next refresh {}", context.clock(due)),
        (None, Some(until)) => format!("; it holds until {}", context.clock(until)),
        (None, None) => String::new(),
    };
    let said = format!("{} at {who} (backup) although {first} {} {state}{why}{next}", verb(&behind), are(up.len() > 1));
    Some(Trouble { attention: Attention::Backup, level: Level::Warning, said })
}

fn others(carrier: &CarrierState) -> Option<Trouble> {
    let contacts: Vec<String> =
        carrier.registration.others().iter().map(|(_, binding)| binding.contact.to_string()).collect();
    let who = words::list(&contacts)?;
    let wanted = carrier.carrier.account.as_ref().is_some_and(|account| account.beside_others);
    // Who wanted it so is not told again and again.
    let level = if wanted { Level::Up } else { Level::Warning };
    Some(Trouble { attention: Attention::Others, level, said: format!("the account is bound by others, too: {who}") })
}

fn expiring(carrier: &CarrierState, context: &Context<'_>) -> Option<Trouble> {
    let failed = carrier.registration.refresh_failed()?;
    let own = carrier.registration.pins().iter().find(|pin| pin.by == By::OwnRegister)?;
    let (until, granted) = own.until.zip(own.granted)?;
    let left = until.since(context.now);
    let late = carrier.registration.due().is_none_or(|due| due >= until);
    if !late && left >= granted.span() / 10 && left >= carrier.engine().registering().early {
        return None;
    }
    let (who, ends) = (carrier.label(&own.target), context.clock(until));
    let said = format!("registration at {who} was not refreshed: {failed}; it ends at {ends}");
    Some(Trouble { attention: Attention::Expiring, level: Level::Warning, said })
}

/// Where these are, and whether that is several; none where there are none.
fn names(carrier: &CarrierState, pins: &[&Pin]) -> Option<(String, bool)> {
    let mut labels: Vec<String> = Vec::new();
    for pin in pins {
        let label = carrier.label(&pin.target);
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    Some((words::list(&labels)?, labels.len() > 1))
}

/// Whether nobody has seen it who can be believed as ourselves.
fn only_reported(pins: &[&Pin]) -> bool {
    pins.iter().all(|pin| pin.confidence == Confidence::Reported)
}

fn noun(pins: &[&Pin]) -> &'static str {
    if only_reported(pins) { "reported registration" } else { "registration" }
}

fn verb(pins: &[&Pin]) -> &'static str {
    if only_reported(pins) { "reported to be registered" } else { "registered" }
}

const fn are(several: bool) -> &'static str {
    if several { "are" } else { "is" }
}
