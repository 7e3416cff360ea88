//! What the wall follows: the newest problem.

use crate::model::{CarrierName, Event, EventKind, HealthState, Moment};
use crate::state::{CarrierState, Standing, State};

use super::ui::{Ui, View};

/// Since when a carrier is in trouble: since the newest of its troubles; none where it is in none, or nobody
/// knows since when.
pub(super) fn trouble_since(carrier: &CarrierState) -> Option<Moment> {
    if !carrier.verdict.level.is_problem() {
        return None;
    }
    let out = carrier.health.values().filter(|health| {
        health.left_dns.is_none() && matches!(health.state, HealthState::Down(_) | HealthState::Degraded)
    });
    let registration = match carrier.registration.standing() {
        Standing::Unregistered { since, .. } | Standing::Refused { since, .. } => Some(*since),
        _ => None,
    };
    out.map(|health| health.since).chain(carrier.dns_failing).chain(registration).max()
}

/// The carrier whose trouble is the newest; without any, the worst.
pub(super) fn newest_problem(state: &State) -> Option<&CarrierState> {
    let problems = state.carriers().filter(|carrier| carrier.verdict.level.is_problem());
    problems.max_by_key(|carrier| (trouble_since(carrier), std::cmp::Reverse(carrier.verdict.level)))
}

/// Goes to the newest problem, where there is one; the wall has the worst in sight with it.
pub(super) fn go_to_newest(ui: &mut Ui, state: &State) {
    if let Some(name) = newest_problem(state).map(|carrier| carrier.carrier.name.clone()) {
        ui.go_to(name, 0);
        ui.turned = false;
    }
}

fn is_bad(event: &Event) -> bool {
    use HealthState::{Degraded, Down};
    match &event.kind {
        EventKind::Health { to: Down(_) | Degraded, .. } | EventKind::Dns(_) => true,
        EventKind::Pin(moved) => moved.to.is_none(),
        _ => false,
    }
}

/// After events: the wall goes to what broke, and where what it shows has ended, to what is newest now.
/// Between events it stays where somebody moved it.
pub(super) fn events(ui: &mut Ui, state: &State, events: &[Event]) {
    if ui.view != View::Wall {
        return;
    }
    let troubled = |name: &CarrierName| state.carrier(name).is_some_and(|known| known.verdict.level.is_problem());
    let broke = events.iter().any(|event| is_bad(event) && event.carrier.as_ref().is_some_and(troubled));
    let mine = |event: &Event| event.carrier.is_some() && event.carrier == ui.carrier;
    let ended = events.iter().any(|event| mine(event) && !event.carrier.as_ref().is_some_and(troubled));
    if broke || ended {
        go_to_newest(ui, state);
    }
}
