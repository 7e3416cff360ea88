//! Keys that are about registrations: what is done with an account, and what is let go of.

use crate::model::{AccountMode, CarrierName, Command};
use crate::state::{Attention, Standing, State};
use crate::tui::copy;
use crate::tui::input::{Code, Key};
use crate::tui::keymap::Action;
use crate::tui::registrations::{self, Row};
use crate::tui::ui::{Over, Ui, View};

use super::Effect;
use super::moves::{Move, around, moved, put_on};

/// Whether an action is another here than elsewhere, or is none elsewhere.
pub(super) const fn is_its_own(action: Action) -> bool {
    matches!(action, Action::Mode | Action::LetGo | Action::OnlyUrgent | Action::Unfold | Action::Copy)
}

/// What a key does to the selected registration.
pub(super) fn take(ui: &mut Ui, state: &State, action: Action) -> Option<Effect> {
    if action == Action::OnlyUrgent {
        only_urgent(ui, state);
        return None;
    }
    let Some(row) = registrations::selected(ui, state) else {
        ui.complain("no registration is listed");
        return None;
    };
    match action {
        Action::Mode => mode(ui, &row),
        Action::LetGo => let_go(ui, &row),
        Action::Unfold => ui.over = Over::Unfolded(0),
        Action::Copy => {
            let text = registrations::text(state, &row);
            return Some(copy::text(ui, "copied: all that is known of this registration", text));
        }
        _ => {}
    }
    None
}

/// Opens the carrier of the selected registration, at its target where that is there.
pub(super) fn open(ui: &mut Ui, state: &State, view: View) {
    let Some(row) = registrations::selected(ui, state) else { return };
    ui.go_to(row.carrier.carrier.name.clone(), ui.at);
    ui.view = view;
    ui.page = 0;
    if let Some(target) = registrations::target(&row) {
        put_on(ui, row.carrier, target);
    }
}

fn mode(ui: &mut Ui, row: &Row<'_>) {
    let saved = &row.carrier.carrier;
    match &saved.account {
        Some(account) => ui.over = Over::Mode(saved.name.clone(), account.mode),
        None => ui.complain(format!("{} has no account: [carrier.account] in carriers.toml gives it one", saved.name)),
    }
}

fn let_go(ui: &mut Ui, row: &Row<'_>) {
    let name = row.carrier.carrier.name.clone();
    if *row.carrier.registration.standing() == Standing::Held {
        ui.over = Over::LetGo(name);
    } else {
        ui.complain(format!("trunktop holds no registration of {name}, so there is nothing to let go of"));
    }
}

/// Takes in a key while a mode is chosen.
pub(super) fn choosing(ui: &mut Ui, state: &State, name: CarrierName, mode: AccountMode, key: Key) -> Option<Effect> {
    let by = match key.code {
        Code::Esc | Code::Char('q') => return None,
        Code::Enter if registrations::is_stopped(state, &name, mode) => {
            ui.complain(format!("{name}: {mode} already, and stopped: r tries again"));
            return None;
        }
        Code::Enter => {
            ui.say(format!("{name}: {mode} from now on, until trunktop ends"));
            return Some(Effect::Send(Command::Account(name, mode)));
        }
        Code::Down | Code::Char('j' | 'o') => 1,
        Code::Up | Code::Char('k') => -1,
        _ => 0,
    };
    let at = AccountMode::ALL.iter().position(|known| *known == mode).unwrap_or(0);
    let at = moved(at, AccountMode::ALL.len(), Move::By(by));
    ui.over = Over::Mode(name, AccountMode::ALL.get(at).copied().unwrap_or(mode));
    None
}

/// Takes in a key while it is asked whether to let go.
pub(super) fn letting_go(ui: &mut Ui, name: CarrierName, key: Key) -> Option<Effect> {
    match key.code {
        Code::Char('y') => {
            ui.say(format!("letting go of the registration of {name}"));
            Some(Effect::Send(Command::LetGo(name)))
        }
        Code::Char('n' | 'q') | Code::Esc => None,
        _ => {
            ui.over = Over::LetGo(name);
            None
        }
    }
}

/// Only what needs attention, or all; the cursor stays on its line where that is still listed.
fn only_urgent(ui: &mut Ui, state: &State) {
    ui.registrations.only = !ui.registrations.only;
    let rows = registrations::rows(ui, state);
    let at = ui.registrations.place(&rows);
    registrations::go_to(ui, &rows, at);
}

/// Moves the cursor.
pub(super) fn step(ui: &mut Ui, state: &State, by: Move) {
    let rows = registrations::rows(ui, state);
    let at = moved(ui.registrations.place(&rows), rows.len(), by);
    registrations::go_to(ui, &rows, at);
}

/// On to the next that needs attention.
pub(super) fn problem(ui: &mut Ui, state: &State, forward: bool) {
    let rows = registrations::rows(ui, state);
    let from = ui.registrations.place(&rows);
    let mut ahead = around(from, rows.len(), forward).into_iter();
    match ahead.find(|&at| rows[at].attention() != Attention::None) {
        Some(at) if at != from => registrations::go_to(ui, &rows, at),
        Some(_) => ui.say("this is the only registration that needs attention"),
        None => ui.say("no registration needs attention"),
    }
}
