//! Foresees what becomes of the selected registration should its target die: before a picture, and never in one.

use crate::model::{Dial, Failure, Method, Outage, Resolution, What};
use crate::preview::{Held, registration};
use crate::state::{By, State};
use crate::tui::registrations::{self, Fate, Row};
use crate::tui::ui::{Ui, View};

/// Foresees it for the line under the cursor, where registrations are shown.
pub(in crate::tui) fn foresee(ui: &mut Ui, state: &State) {
    ui.registrations.fate = match ui.view {
        View::Registrations => registrations::selected(ui, state).and_then(|row| of(&row, state)),
        _ => None,
    };
}

fn of(row: &Row<'_>, state: &State) -> Option<Fate> {
    let (carrier, engine) = (row.carrier, row.carrier.engine());
    let target = registrations::target(row)?.clone();
    // Who goes by other records for a registration is walked anew for it, which needs what is known to the state alone.
    let published = carrier.published.as_ref().filter(|_| !engine.registers_apart())?;
    let dial = Dial { method: Method::Register, ..published.drawn.dial.clone() };
    let resolution = Resolution { dial, ..(*published.drawn).clone() };
    let dead = Outage { what: What::Target(target.clone()), how: Failure::Silent };
    let held = row.pin().map(|pin| {
        let left = |until: crate::model::Moment| state.now.map_or_else(Default::default, |now| until.since(now));
        Held {
            left: pin.until.map(left),
            refresh: carrier.registration.due().filter(|_| pin.by == By::OwnRegister).map(left),
            granted: pin.granted,
            stays: pin.by == By::OwnRegister && carrier.refreshes_stay(),
            ..Held::at(pin.target.clone(), pin.confidence)
        }
    });
    let seen = |endpoint| carrier.seen(endpoint);
    let registration = registration(engine, &resolution, &carrier.carrier, &[dead], seen, held.as_ref());
    Some(Fate { carrier: carrier.carrier.name.clone(), target, registration })
}
