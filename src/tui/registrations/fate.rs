//! What becomes of the selected registration should its target die.
//!
//! It is computed by `update::fate`, and only told here.

use std::time::Duration;

use crate::locate::Refresh;
use crate::model::{CarrierName, Host, Moment};
use crate::preview::Registration;
use crate::state::{Attention, By};
use crate::tui::foretold;
use crate::tui::ui::Ui;

use super::{Row, Shows};

/// What was foreseen, and of what.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Fate {
    pub(in crate::tui) carrier: CarrierName,
    /// What dies.
    pub(in crate::tui) target: Host,
    /// What becomes of the registration.
    pub(in crate::tui) registration: Registration,
}

/// The target whose death a line is told of.
pub(in crate::tui) fn target<'s>(row: &Row<'s>) -> Option<&'s Host> {
    match row.shows {
        Shows::Pin(pin) => Some(&pin.target),
        Shows::Likely(pins) => pins.first().map(|pin| &pin.target),
        Shows::Nothing => None,
    }
}

/// The same in words; none where a line is at no target.
pub(super) fn said(ui: &Ui, now: Option<Moment>, row: &Row<'_>, when: &impl Fn(Moment) -> String) -> Option<String> {
    let target = target(row)?;
    let carrier = row.carrier;
    let known = ui.registrations.fate.as_ref();
    let known = known.filter(|fate| fate.carrier == carrier.carrier.name && fate.target == *target);
    let Some(Fate { registration, .. }) = known else { return Some(foretold::refreshes(carrier.engine())) };
    if registration.how.refresh == Refresh::Never {
        return Some("its engine does not register of itself".to_owned());
    }
    let who = carrier.label(target);
    let invites = registration.how.invites_said();
    let held = if row.pin().is_some() { "it" } else { "one that is there" };
    let to = foretold::moves_to(carrier, registration);
    if !registration.moves.is_some() {
        let Some(to) = to else {
            return Some(format!("DNS does not lead to {who}, and there is nowhere to register; {invites}"));
        };
        return Some(format!("DNS does not lead to {who}: the next one goes to {to}; {invites}"));
    }
    let misses = foretold::brief(upward(registration.within));
    let by = row.pin().and_then(|pin| {
        let due = carrier.registration.due().filter(|_| pin.by == By::OwnRegister);
        let at = due.or(pin.until).filter(|at| now.is_some_and(|now| *at > now));
        at.map(|at| when(at + registration.waits))
    });
    let soon = registration.within.is_zero();
    let misses = if soon { "until then".to_owned() } else { format!("for up to {misses}") };
    let in_time =
        if soon { "at once".to_owned() } else { format!("within {}", misses.trim_start_matches("for up to ")) };
    let within = by.map_or_else(|| in_time, |by| format!("by {by} at the latest"));
    let dies = match row.pin() {
        Some(pin) if super::concerns(Attention::OnDown, carrier, pin) => format!("{who} is DOWN:"),
        _ => format!("should {who} die,"),
    };
    let Some(to) = to else {
        let ends = row.pin().and_then(|pin| pin.until).filter(|at| now.is_some_and(|now| *at > now));
        let ends = ends.map_or_else(String::new, |at| format!("; {held} ends {}", when(at)));
        return Some(format!("{dies} inbound calls miss: there is nowhere else to register{ends}"));
    };
    Some(format!("{dies} {held} goes to {to} {within}; inbound calls miss {misses}; {invites}"))
}

/// What is at most so long: in minutes, below two of them in tens of seconds.
fn upward(span: Duration) -> Duration {
    let step = if span > Duration::from_secs(120) { 60 } else { 10 };
    Duration::from_secs(span.as_secs().saturating_add(step - 1) / step * step)
}
