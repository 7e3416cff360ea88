//! What becomes of the selected registration should its target fall silent, in words.

use std::time::Duration;

use crate::locate::Refresh;
use crate::model::{Host, Moment};
use crate::preview::Registration;
use crate::state::{Attention, By, CarrierState, Pin, in_steps};
use crate::tui::foretold;

use super::{Row, Shows};

/// The target whose death a line is told of.
pub(in crate::tui) fn target<'s>(row: &Row<'s>) -> Option<&'s Host> {
    match row.shows {
        Shows::Pin(pin) => Some(&pin.target),
        Shows::Likely(pins) => pins.first().map(|pin| &pin.target),
        Shows::Nothing => None,
    }
}

/// What becomes of it, in words under a head; where nothing is foreseen, how its engine keeps one. None where a line
/// is at no target.
pub(super) fn said(
    now: Option<Moment>,
    row: &Row<'_>,
    when: &impl Fn(Moment) -> String,
) -> Option<(&'static str, String)> {
    target(row)?;
    let foreseen = row.pin().and_then(|pin| Some((pin, foreseen(row.carrier, pin)?)));
    Some(match foreseen {
        Some((pin, registration)) => ("if down", dies(now, row.carrier, pin, registration, when)),
        None => ("engine", foretold::refreshes(row.carrier.engine())),
    })
}

fn dies(
    now: Option<Moment>,
    carrier: &CarrierState,
    pin: &Pin,
    registration: &Registration,
    when: &impl Fn(Moment) -> String,
) -> String {
    if registration.how.refresh == Refresh::Never {
        return "its engine does not register of itself".to_owned();
    }
    let who = carrier.label(&pin.target);
    let invites = registration.how.invites_said();
    let to = foretold::moves_to(carrier, registration);
    if !registration.moves.is_some() {
        let Some(to) = to else {
            return format!("DNS does not lead to {who}, and there is nowhere to register; {invites}");
        };
        return format!("DNS does not lead to {who}: the next one goes to {to}; {invites}");
    }
    let ahead = |at: &Moment| now.is_some_and(|now| *at > now);
    let refreshed = refreshed(carrier, pin, registration);
    let due = carrier.registration.due().filter(|_| pin.by == By::OwnRegister);
    // Where it is tried where it is until it ends, that is what counts.
    let counts = |at: &Moment| now.is_some_and(|now| in_steps(at.since(now)) >= refreshed);
    let at = due.filter(ahead).filter(counts).or(pin.until.filter(ahead));
    let misses = at.zip(now).map_or(refreshed, |(at, now)| at.since(now)) + registration.waits;
    let (within, misses) = if misses.is_zero() {
        ("at once".to_owned(), "until then".to_owned())
    } else {
        let span = foretold::brief(in_steps(misses));
        let within = at.map(|at| format!("by {} at the latest", when(at + registration.waits)));
        (within.unwrap_or_else(|| format!("within {span}")), format!("for up to {span}"))
    };
    let dies = if super::concerns(Attention::OnDown, carrier, pin) {
        format!("{who} is DOWN:")
    } else {
        format!("should {who} die,")
    };
    let Some(to) = to else {
        let ends = pin.until.filter(ahead).map_or_else(String::new, |ends| format!("; it ends {}", when(ends)));
        return format!("{dies} inbound calls miss: there is nowhere else to register{ends}");
    };
    format!("{dies} it goes to {to} {within}; inbound calls miss {misses}; {invites}")
}

/// What the state foresees of a registration, where that is of its target.
fn foreseen<'s>(carrier: &'s CarrierState, pin: &Pin) -> Option<&'s Registration> {
    let dies = carrier.previews.as_ref()?.dies.as_deref()?;
    dies.pin.as_ref().is_some_and(|held| held.target == pin.target).then_some(dies)
}

/// How long until it is refreshed at the latest: what is foreseen is of the surest one, and of another at its target
/// only where it goes is alike.
fn refreshed(carrier: &CarrierState, pin: &Pin, registration: &Registration) -> Duration {
    if carrier.registration.pins().first() == Some(pin) {
        registration.within.saturating_sub(registration.waits)
    } else {
        registration.how.expires.saturating_sub(registration.how.early)
    }
}
