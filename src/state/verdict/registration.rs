//! Registrations: what of them needs attention, the worst first, and how a verdict says it.

use crate::locate::Refresh;
use crate::model::{
    AccountMode, Confidence, EventKind, HealthState, Host, Moment, RefreshPolicy, RegisterOutcome, Stop,
};
use crate::state::GRACE;
use crate::state::carrier::CarrierState;
use crate::state::pins::{Attention, By, Evidence, Listing, Pin, Placement, Standing, stopped_said};

use super::{Context, Level, Verdict, words};

/// What needs attention, and how bad that is.
pub(super) struct Trouble {
    pub attention: Attention,
    level: Level,
    place: Place,
    pub said: String,
}

/// Where a verdict says it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before what is said of calls, where it is worse than that.
    First,
    /// After it, whatever that is: it is of our own account alone.
    Last,
    /// After it, and no carrier is worse for it.
    Beside,
}

/// The worst of it.
pub(super) fn trouble(carrier: &CarrierState, context: &Context<'_>) -> Option<Trouble> {
    let told: Vec<&Pin> = carrier.registration.pins().iter().filter(|pin| is_told(pin)).collect();
    on_down(carrier, &told, context)
        .or_else(|| unregistered(carrier, context))
        .or_else(|| refused(carrier, context))
        .or_else(|| left_dns(carrier, &told, context))
        .or_else(|| in_backup(carrier, &told, context))
        .or_else(|| others(carrier))
        .or_else(|| expiring(carrier, context))
        .or_else(|| source_fails(carrier, context))
}

impl Trouble {
    const fn first(attention: Attention, level: Level, said: String) -> Self {
        Self { attention, level, place: Place::First, said }
    }

    /// It and what is said of calls.
    pub(super) fn beside(&self, calls: Verdict) -> Verdict {
        match self.place {
            Place::First if self.level < calls.level => {
                Verdict::new(self.level, format!("{}; {}", self.said, calls.sentence))
            }
            Place::First | Place::Last if self.level < Level::Up => {
                Verdict::new(calls.level.min(self.level), format!("{}; {}", calls.sentence, self.said))
            }
            Place::Beside => Verdict::new(calls.level, format!("{}; {}", calls.sentence, self.said)),
            Place::First | Place::Last => calls,
        }
    }
}

/// Whether somebody told it, who still can, and it can be told where it is.
fn is_told(pin: &Pin) -> bool {
    pin.confidence != Confidence::Inferred && !pin.old && pin.evidence != Evidence::Connections
}

fn mode(carrier: &CarrierState) -> AccountMode {
    carrier.carrier.account.as_ref().map_or(AccountMode::Off, |account| account.mode)
}

/// Our own account is not let in, or nothing is sent for it: nobody but us misses anything by that, unless it is the
/// registrar that fails.
fn refused(carrier: &CarrierState, context: &Context<'_>) -> Option<Trouble> {
    let last = carrier.registration.last();
    let (attention, said) = match carrier.registration.standing() {
        Standing::Refused { since, why } => {
            let what = if is_kept_back(carrier) { "registration not tried" } else { "registration refused" };
            let said = format!("{what} since {}: {why}", context.clock(*since));
            let fails = last.is_some_and(|last| match &last.outcome {
                RegisterOutcome::Refused(refusal) => (500..600).contains(&refusal.code),
                _ => false,
            });
            if fails && mode(carrier) == AccountMode::Hold {
                return Some(Trouble::first(Attention::Refused, Level::Degraded, said));
            }
            (if is_kept_back(carrier) { Attention::KeptBack } else { Attention::Refused }, said)
        }
        Standing::Stopped(stop) => {
            let attention = match stop {
                Stop::Refused(_) if is_kept_back(carrier) => Attention::KeptBack,
                Stop::Refused(_) | Stop::Credentials => Attention::Refused,
                Stop::NoPassword(_) => Attention::NoPassword,
                Stop::Others(_) => Attention::OthersThere,
                Stop::NoLock(_) => Attention::NoLock,
            };
            (attention, format!("registration stopped: {}", stopped_said(stop, last)))
        }
        _ => return None,
    };
    Some(Trouble { attention, level: Level::Warning, place: Place::Last, said })
}

fn is_kept_back(carrier: &CarrierState) -> bool {
    matches!(carrier.registration.last().map(|last| &last.outcome), Some(RegisterOutcome::KeptBack(_)))
}

fn on_down(carrier: &CarrierState, told: &[&Pin], context: &Context<'_>) -> Option<Trouble> {
    let down: Vec<&Pin> = told.iter().copied().filter(|pin| carrier.is_on_down(pin)).collect();
    let (who, several) = names(carrier, &down)?;
    let what = if down.len() < told.len() {
        format!("{} of {} registrations", down.len(), told.len())
    } else {
        noun(&down).to_owned()
    };
    let ends: Option<Vec<Moment>> = down.iter().map(|pin| misses_until(carrier, pin)).collect();
    let ends = ends.and_then(|ends| ends.into_iter().max()).filter(|ends| *ends > context.now);
    let until = match ends {
        _ if is_nowhere(carrier) => {
            let ends = down.iter().map(|pin| pin.until).max().flatten().filter(|ends| *ends > context.now);
            let ends = ends.map_or_else(String::new, |ends| format!("; it ends at {}", context.deadline(ends)));
            format!("until a target is back{ends}")
        }
        None => "until it is refreshed elsewhere".to_owned(),
        Some(ends) => format!("until {} at the latest", context.deadline(ends)),
    };
    let said = format!("{what} on {who}, which {} DOWN: inbound calls miss {until}", are(several));
    Some(Trouble::first(Attention::OnDown, Level::Degraded, said))
}

/// Whether no target is left to register at.
fn is_nowhere(carrier: &CarrierState) -> bool {
    let register = carrier.previews.as_ref().and_then(|previews| previews.register.as_ref());
    carrier.forced.is_empty() && register.is_some_and(|register| register.moves_to().is_empty())
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
    let own = gone.iter().find_map(|pin| pin.leaves()).filter(|over| *over > context.now);
    let ends = gone.iter().map(|pin| pin.until).max().flatten().filter(|ends| *ends > context.now);
    let ends = match (own, ends) {
        (Some(over), _) => format!(
            "; ours is refreshed there until {} ({} min of grace), then registered anew",
            context.deadline(over),
            GRACE.as_secs() / 60
        ),
        (None, Some(ends)) => format!("; it holds until {}", context.deadline(ends)),
        (None, None) => String::new(),
    };
    let said = format!("{} on {who}, which {lists}{ends}", noun(&gone));
    Some(Trouble::first(Attention::LeftDns, Level::Warning, said))
}

fn unregistered(carrier: &CarrierState, context: &Context<'_>) -> Option<Trouble> {
    if let Some(denied) = carrier.registration.denied().first() {
        let at = carrier.label(&denied.target);
        return Some(Trouble::first(
            Attention::Unregistered,
            Level::Warning,
            format!("{} says {} at {at}", denied.by, denied.state),
        ));
    }
    if let Some(by) = carrier.registration.sees_none(&carrier.carrier) {
        let said = format!("none seen ({by}): the source tells of no registration");
        return Some(Trouble::first(Attention::Unregistered, Level::Warning, said));
    }
    let Standing::Unregistered { since, why } = carrier.registration.standing() else {
        let nowhere = *carrier.registration.standing() == Standing::Observed(Placement::Nowhere);
        let said = "no POP lists a binding of the account".to_owned();
        return nowhere.then(|| Trouble::first(Attention::Unregistered, Level::Warning, said));
    };
    let said = format!("registered nowhere since {}: {why}", context.clock(*since));
    let ours = matches!(
        carrier.registration.last().map(|last| &last.outcome),
        Some(RegisterOutcome::KeptBack(_) | RegisterOutcome::Failed { ours: true, .. })
    );
    if ours {
        let attention = if is_kept_back(carrier) { Attention::KeptBack } else { Attention::Unregistered };
        return Some(Trouble { attention, level: Level::Warning, place: Place::Last, said });
    }
    Some(Trouble::first(Attention::Unregistered, Level::Degraded, said))
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
    // It can only be back if it was away after this was registered, and while somebody watched.
    let was_away = |host: &Host| {
        carrier.events.iter().any(|event| match &event.kind {
            EventKind::Health { target, to: HealthState::Down(_), .. } => target == host,
            _ => false,
        })
    };
    let back = since.is_some_and(|since| up.iter().all(|(host, up)| *up > since && was_away(host)));
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
        (None, Some(until)) => format!("; it holds until {}", context.deadline(until)),
        (None, None) => String::new(),
    };
    let said = format!("{} at {who} (backup) although {first} {} {state}{why}{next}", verb(&behind), are(up.len() > 1));
    Some(Trouble::first(Attention::Backup, Level::Warning, said))
}

fn others(carrier: &CarrierState) -> Option<Trouble> {
    let contacts: Vec<String> =
        carrier.registration.others().iter().map(|(_, binding)| binding.contact.to_string()).collect();
    let cut = carrier.registration.last_granted().is_some_and(|last| match &last.outcome {
        RegisterOutcome::Done(granted) => granted.listed > granted.bindings.len(),
        _ => false,
    });
    let who = words::list(&contacts)?;
    let who = if cut { format!("at least {who}") } else { who };
    let wanted = carrier.carrier.account.as_ref().is_some_and(|account| account.beside_others);
    // Who wanted it so is not told again and again.
    let level = if wanted { Level::Up } else { Level::Warning };
    let said = format!("the account is bound by others, too: {who}");
    Some(Trouble { attention: Attention::Others, level, place: Place::Last, said })
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
    let (who, ends) = (carrier.label(&own.target), context.deadline(until));
    let said = format!("registration at {who} was not refreshed: {failed}; it ends at {ends}");
    Some(Trouble::first(Attention::Expiring, Level::Warning, said))
}

/// Who is asked where it is cannot say: of the carrier that tells nothing.
fn source_fails(carrier: &CarrierState, context: &Context<'_>) -> Option<Trouble> {
    let told = carrier.registration.told()?;
    let (since, why) = (told.fails?, told.said.as_ref().err()?);
    let how = match told.well {
        None => "has never worked".to_owned(),
        Some(_) => format!("fails since {}", context.clock(since)),
    };
    let said = format!("the source of pins {how}: {why}");
    Some(Trouble { attention: Attention::SourceFails, level: Level::Up, place: Place::Beside, said })
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

/// Whether no more was seen of them than connections.
fn only_connections(pins: &[&Pin]) -> bool {
    pins.iter().all(|pin| pin.evidence == Evidence::Connection)
}

fn noun(pins: &[&Pin]) -> &'static str {
    match (only_connections(pins), only_reported(pins)) {
        (true, _) => "connection",
        (false, true) => "reported registration",
        (false, false) => "registration",
    }
}

fn verb(pins: &[&Pin]) -> &'static str {
    match (only_connections(pins), only_reported(pins)) {
        (true, _) => "connected, perhaps registered,",
        (false, true) => "reported to be registered",
        (false, false) => "registered",
    }
}

const fn are(several: bool) -> &'static str {
    if several { "are" } else { "is" }
}
