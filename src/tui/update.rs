//! What a key does: to the operator's view, and what it asks of the outside.

mod accounts;
mod moves;
mod telling;
pub(super) mod whatif;

use crate::model::{CarrierName, Command, EventKind, Failure, OperatorAct};
use crate::report;
use crate::state::{CarrierState, State};

use super::copy;
use super::dialog::{self, Told};
use super::findings;
use super::grid;
use super::input::{Code, Key};
use super::keymap::{self, Action, Place};
use super::lines::{self, Aim};
use super::listing::{Listing, Row};
use super::registrations;
use super::ui::{Fixed, Over, Pane, Sort, Ui, View, after};

use tui_input::Input as Field;

/// What follows from a key, beyond the view.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect {
    /// Ask this of the outside.
    Send(Command),
    /// Hold the picture, or let it go on.
    Pause,
    /// Ask the terminal to take this into its clipboard.
    Copy(String),
    /// Draw all of it anew.
    Redraw,
    /// End.
    Quit,
}

/// Takes in a key. `state` is what is shown.
pub(super) fn key(ui: &mut Ui, state: &State, lab: bool, key: Key) -> Option<Effect> {
    let compared = ui.carrier.clone().filter(|_| ui.view == View::Compare);
    let effect = take(ui, state, lab, key);
    // Whichever key led away from it.
    effect.or_else(|| compared.filter(|_| ui.view != View::Compare).and_then(|name| whatif::leave(state, Some(&name))))
}

/// What has to be weighed for what is shown: everything that can fail of a carrier, or of all where none is named,
/// and in which way it fails.
pub(super) fn weighs(ui: &Ui) -> Option<(Option<&CarrierName>, Failure)> {
    match ui.view {
        View::Worst => ui.carrier.as_ref().map(|name| (Some(name), ui.how)),
        View::Fleet if ui.sort == Sort::Worst => Some((None, Failure::default())),
        _ => None,
    }
}

fn take(ui: &mut Ui, state: &State, lab: bool, key: Key) -> Option<Effect> {
    ui.said = None;
    if key == Key::ctrl('c') {
        return Some(Effect::Quit);
    }
    match std::mem::take(&mut ui.over) {
        Over::Nothing => {
            let place = ui.place(state);
            if let Some(action) = keymap::action(key, place, lab) {
                return act(ui, state, place, action);
            }
            ui.say(format!("{key} does nothing here; ? shows all keys"));
            None
        }
        Over::Help(page) => {
            ui.over = match key.code {
                Code::Esc | Code::Enter | Code::Char('?' | 'q') => Over::Nothing,
                Code::Down | Code::PageDown | Code::Char('j' | ' ') => Over::Help(page.saturating_add(1)),
                Code::Up | Code::PageUp | Code::Char('k') => Over::Help(page.saturating_sub(1)),
                _ => Over::Help(page),
            };
            None
        }
        Over::Why(past) => telling::scroll(ui, state, Over::Why, past, key),
        Over::Unfolded(past) => telling::scroll(ui, state, Over::Unfolded, past, key),
        Over::Pick(pick) => whatif::pick(ui, state, pick, key),
        Over::Save(naming) => whatif::naming(ui, state, naming, key),
        Over::Drills(at) => whatif::choosing(ui, state, at, key),
        Over::Filter => {
            filter(ui, state, key);
            None
        }
        Over::Add(mut add) => match add.key(key) {
            Told::Cancel => None,
            Told::More => {
                ui.over = Over::Add(add);
                None
            }
            Told::Done((name, uri)) => {
                ui.over = Over::Add(add);
                Some(Effect::Send(Command::Add(name, uri)))
            }
        },
        Over::Remove(name) => match key.code {
            Code::Char('y') => Some(Effect::Send(Command::Remove(name))),
            Code::Char('n') | Code::Esc => None,
            _ => {
                ui.over = Over::Remove(name);
                None
            }
        },
        Over::Mode(name, mode) => accounts::choosing(ui, state, name, mode, key),
        Over::LetGo(name) => accounts::letting_go(ui, name, key),
        Over::Quit => match key.code {
            Code::Char('y' | 'q') => Some(Effect::Quit),
            Code::Char('n') | Code::Esc => None,
            _ => {
                ui.over = Over::Quit;
                None
            }
        },
    }
}

/// Takes in pasted text: only fields take any.
pub(super) fn paste(ui: &mut Ui, text: &str) {
    match &mut ui.over {
        Over::Add(add) => add.paste(text),
        Over::Filter => paste_into(&mut ui.filter, text),
        Over::Pick(pick) => paste_into(&mut pick.typed, text),
        Over::Save(naming) => paste_into(&mut naming.name, text),
        _ => {}
    }
}

/// The first line, as far as it is text.
fn paste_into(field: &mut Field, text: &str) {
    let line = text.trim_start().lines().next().unwrap_or_default();
    for c in line.chars().filter(|c| !c.is_control()).take(64) {
        dialog::edit(field, Key::char(c));
    }
}

fn filter(ui: &mut Ui, state: &State, key: Key) {
    match key.code {
        Code::Esc => ui.filter.reset(),
        Code::Enter => {}
        _ => {
            dialog::edit(&mut ui.filter, key);
            ui.over = Over::Filter;
        }
    }
    // The cursor follows what is left of the list.
    let listed = ui.listed(state);
    let at = ui.cursor(&listed);
    if let Some(carrier) = listed.get(at) {
        ui.go_to(carrier.carrier.name.clone(), at);
    }
}

fn act(ui: &mut Ui, state: &State, place: Place, action: Action) -> Option<Effect> {
    let current = ui.current(state);
    if let (None, Place::Fleet, Some(wanted)) = (current, place, ui.filtered())
        && !matches!(action, Action::Back | Action::Filter | Action::Add | Action::RefreshAll)
        && !is_of_program(action)
    {
        ui.complain(format!("no carrier fits the filter \"{wanted}\"; Esc shows all"));
        return None;
    }
    let name = || current.map(|carrier| carrier.carrier.name.clone());
    match action {
        Action::Quit if loses(state) => ui.over = Over::Quit,
        Action::Quit | Action::QuitNow => return Some(Effect::Quit),
        Action::Redraw => return Some(Effect::Redraw),
        Action::Help => ui.over = Over::Help(0),
        Action::Pause => return Some(Effect::Pause),
        Action::Demo => {
            ui.say("quit, and run 'trunktop demo': carriers, DNS and SIP servers on this machine, nothing else needed");
        }
        Action::Add | Action::Remove if ui.fixed.is_some() => refuse(ui),
        Action::Add => ui.over = Over::Add(Box::default()),
        Action::Remove => ui.over = name().map_or(Over::Nothing, Over::Remove),
        Action::Refresh => {
            return send(ui, name().map(|name| Command::Refresh(Some(name))), "asking and probing again");
        }
        Action::RefreshAll => return send(ui, Some(Command::Refresh(None)), "asking and probing all again"),
        Action::Filter => ui.over = Over::Filter,
        Action::Sort => {
            ui.sort = ui.sort.next();
            ui.say(format!("sorted {}", ui.sort.said()));
        }
        Action::Fleet => ui.view = View::Fleet,
        Action::Wall if ui.view == View::Wall => ui.view = View::Fleet,
        Action::Wall => {
            ui.view = View::Wall;
            grid::enter(ui, state);
        }
        Action::Registrations => registrations::enter(ui, state),
        _ if place == Place::Registrations && accounts::is_its_own(action) => {
            return accounts::take(ui, state, action);
        }
        Action::Changes => changes(ui, state, place),
        Action::NextSpan => ui.span = after(ui.span),
        Action::NextKind => {
            let kind = ui.listing.kind.next();
            ui.listing.change(state, |listing| listing.kind = kind);
        }
        Action::OnlyThis => only_this(ui, state),
        Action::Open | Action::Carrier | Action::Target | Action::Findings if place == Place::Changes => {
            let view = match action {
                Action::Open if is_pin(ui, state) => View::Registrations,
                Action::Target => View::Target,
                Action::Findings => View::Findings,
                _ => View::Carrier,
            };
            open_of_event(ui, state, view);
        }
        Action::Open | Action::Carrier | Action::Target if place == Place::Registrations => {
            let view = if action == Action::Target { View::Target } else { View::Carrier };
            accounts::open(ui, state, view);
        }
        Action::Carrier | Action::FailNext => open(ui, state, View::Carrier),
        Action::Target => open(ui, state, View::Target),
        Action::Findings => open(ui, state, View::Findings),
        Action::Open => match place {
            Place::Carrier if ui.pane == Pane::Tree && telling::on_pin(ui, current) => registrations::enter(ui, state),
            Place::Carrier if ui.pane == Pane::Tree && !telling::on_target(ui, current) => telling::open(ui, current),
            Place::Carrier => open(ui, state, View::Target),
            Place::Findings => ui.findings.told = !ui.findings.told,
            Place::Compare => return current.and_then(|carrier| whatif::view_as_selected(ui, carrier)),
            Place::Worst => return current.and_then(|carrier| whatif::fail_weak(ui, carrier)),
            Place::Target => ui.page = ui.page.wrapping_add(1),
            _ => open(ui, state, View::Carrier),
        },
        Action::Why => telling::open(ui, current),
        Action::Back => return back(ui, current),
        Action::NextPane => {
            ui.pane = if ui.pane == Pane::Tree { Pane::Events } else { Pane::Tree };
        }
        Action::Down
        | Action::Up
        | Action::PageDown
        | Action::PageUp
        | Action::First
        | Action::Last
        | Action::NextProblem
        | Action::PreviousProblem => moves::take(ui, state, place, action),
        Action::Copy if place == Place::Findings => {
            return current.and_then(|carrier| findings::copy_letter(ui, state, carrier));
        }
        Action::Copy if place == Place::Target => return current.and_then(|carrier| copy_probe(ui, carrier)),
        Action::Copy => return current.and_then(|carrier| telling::copy_dig(ui, state, carrier)),
        Action::Maintain => return current.and_then(|carrier| maintain(ui, carrier)),
        Action::Toggle => return current.and_then(|carrier| toggle(ui, carrier)),
        what_if => return whatif::take(ui, state, current, what_if),
    }
    None
}

/// Whether an action is about the program, whatever is shown.
const fn is_of_program(action: Action) -> bool {
    matches!(action, Action::Quit | Action::QuitNow | Action::Redraw | Action::Help | Action::Pause | Action::Wall)
}

/// Whether quitting ends something: failures that are forced, or a registration that is held.
fn loses(state: &State) -> bool {
    state.carriers().any(|carrier| !carrier.forced.is_empty()) || registrations::held(state).next().is_some()
}

/// Says at once why no carrier can be added or deleted.
fn refuse(ui: &mut Ui) {
    match ui.fixed.clone() {
        Some(Fixed::Lab) => ui.complain("the lab's carriers are fixed; start trunktop without demo to save carriers"),
        Some(Fixed::Broken(why)) => ui.complain(format!("mend the file, then R reads it again: {why}")),
        None => {}
    }
}

fn send(ui: &mut Ui, command: Option<Command>, said: &str) -> Option<Effect> {
    if command.is_some() {
        ui.say(said);
    }
    command.map(Effect::Send)
}

fn open(ui: &mut Ui, state: &State, view: View) {
    let listed = ui.listed(state);
    let at = ui.cursor(&listed);
    if let Some(name) = ui.current(state).map(|carrier| carrier.carrier.name.clone()) {
        ui.go_to(name, at);
        ui.view = view;
        ui.page = 0;
    }
}

/// Opens the list of what happened: inside a carrier with that carrier alone.
fn changes(ui: &mut Ui, state: &State, place: Place) {
    let inside = matches!(place, Place::Carrier | Place::Target);
    let only = ui.current(state).filter(|_| inside).map(|carrier| carrier.carrier.name.clone());
    ui.listing = Listing::open(only, ui.filtered().map(ToOwned::to_owned), ui.view);
    ui.view = View::Changes;
}

/// The carrier of the selected event; where none is listed, the one that was looked at before.
fn of_event(ui: &Ui, state: &State) -> Option<CarrierName> {
    let rows = ui.listing.rows(state);
    let selected = rows.get(ui.listing.cursor(&rows)).and_then(|row| row.event.carrier.clone());
    selected.or_else(|| ui.listing.only.clone()).or_else(|| Some(ui.current(state)?.carrier.name.clone()))
}

fn only_this(ui: &mut Ui, state: &State) {
    let only = if ui.listing.only.is_some() { None } else { of_event(ui, state) };
    ui.listing.change(state, |listing| listing.only = only);
}

/// Whether the selected event is about a registration.
fn is_pin(ui: &Ui, state: &State) -> bool {
    let rows = ui.listing.rows(state);
    rows.get(ui.listing.cursor(&rows)).is_some_and(|row| matches!(row.event.kind, EventKind::Pin(_)))
}

/// Opens the carrier of the selected event, at the target that it was about where that is there.
fn open_of_event(ui: &mut Ui, state: &State, view: View) {
    let Some(carrier) = of_event(ui, state).and_then(|name| state.carrier(&name)) else { return };
    let rows = ui.listing.rows(state);
    let target = rows.get(ui.listing.cursor(&rows)).and_then(Row::target);
    ui.go_to(carrier.carrier.name.clone(), 0);
    if view == View::Registrations {
        return registrations::enter(ui, state);
    }
    ui.view = view;
    if let Some(target) = target {
        moves::put_on(ui, carrier, &target);
    }
}

fn back(ui: &mut Ui, current: Option<&CarrierState>) -> Option<Effect> {
    if !ui.notices.is_empty() {
        ui.notices.clear();
        return None;
    }
    if let Some(viewed) = current.filter(|carrier| ui.view == View::Carrier && carrier.is_viewed()) {
        return whatif::view_as_own(ui, viewed);
    }
    ui.view = match ui.view {
        View::Target | View::Findings => View::Carrier,
        View::Fleet => {
            ui.filter.reset();
            View::Fleet
        }
        View::Changes => ui.listing.from,
        View::Registrations => ui.registrations.from,
        View::Compare | View::Worst => ui.from,
        View::Carrier | View::Wall => View::Fleet,
    };
    None
}

/// The target under the cursor.
pub(super) fn aimed<'s>(ui: &Ui, carrier: &'s CarrierState) -> Option<Aim<'s>> {
    let lines = lines::lines(carrier);
    let aim = lines.get(ui.line_cursor(carrier, &lines)).and_then(|line| line.aim(carrier));
    if ui.view == View::Target { aim.or_else(|| Aim::any(carrier)) } else { aim }
}

/// Copies the line that sends the target's last probe again. It is too long to be said; the last page shows it.
fn copy_probe(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    let Some(report::Again { tool, line }) = aimed(ui, carrier).and_then(|aim| aim.again(carrier)) else {
        ui.complain("nothing was sent there yet that could be sent again");
        return None;
    };
    let said = format!("copied: a line for {tool} that probes again; the last page shows it");
    Some(copy::text(ui, &said, line))
}

fn maintain(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    let Some(aim) = aimed(ui, carrier) else {
        ui.complain("no target is selected: go to one, then say that it is in maintenance");
        return None;
    };
    let (name, host) = (carrier.carrier.name.clone(), aim.host().clone());
    let over = carrier.maintained.contains(&host);
    let act = if over { OperatorAct::Resume(name, host) } else { OperatorAct::Maintain(name, host) };
    Some(Effect::Send(Command::Act(act)))
}

fn toggle(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    let Some(aim) = aimed(ui, carrier) else {
        ui.complain("no target is selected: go to one, then kill its POP");
        return None;
    };
    Some(Effect::Send(Command::Toggle(carrier.carrier.name.clone(), aim.pop(carrier))))
}
