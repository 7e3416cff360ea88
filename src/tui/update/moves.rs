//! What moves a cursor.

use crate::model::{Host, What};
use crate::state::{CarrierState, State};
use crate::tui::engines;
use crate::tui::findings;
use crate::tui::grid;
use crate::tui::keymap::{Action, Place};
use crate::tui::lines;
use crate::tui::ui::{Pane, Ui};

use super::accounts;

/// Where a cursor goes.
#[derive(Clone, Copy)]
pub(super) enum Move {
    /// So many lines down; up where it is negative.
    By(isize),
    /// To the first line.
    First,
    /// To the last.
    Last,
}

/// What a key does that moves the cursor of the place.
pub(super) fn take(ui: &mut Ui, state: &State, place: Place, action: Action) {
    match action {
        Action::Down => step(ui, state, place, Move::By(1)),
        Action::Up => step(ui, state, place, Move::By(-1)),
        Action::PageDown => step(ui, state, place, Move::By(page(ui, state, place))),
        Action::PageUp => step(ui, state, place, Move::By(-page(ui, state, place))),
        Action::First => step(ui, state, place, Move::First),
        Action::Last => step(ui, state, place, Move::Last),
        Action::NextProblem => problem(ui, state, place, true),
        Action::PreviousProblem => problem(ui, state, place, false),
        _ => {}
    }
}

/// How far a page is.
fn page(ui: &Ui, state: &State, place: Place) -> isize {
    if place == Place::Wall {
        return isize::try_from(grid::page(ui, ui.listed(state).len())).unwrap_or(1);
    }
    isize::try_from(ui.size.1).unwrap_or(1).saturating_sub(6).max(1)
}

pub(super) fn moved(at: usize, len: usize, by: Move) -> usize {
    let last = len.saturating_sub(1);
    match by {
        Move::First => 0,
        Move::Last => last,
        Move::By(by) => at.saturating_add_signed(by).min(last),
    }
}

/// Moves the cursor of the place.
fn step(ui: &mut Ui, state: &State, place: Place, by: Move) {
    if place == Place::Changes {
        let rows = ui.listing.rows(state);
        let at = moved(ui.listing.cursor(&rows), rows.len(), by);
        return ui.listing.go_to(&rows, at);
    }
    if place == Place::Registrations {
        return accounts::step(ui, state, by);
    }
    let inside = !matches!(place, Place::Fleet | Place::Wall | Place::Empty);
    let Some(carrier) = ui.current(state).filter(|_| inside) else {
        let listed = ui.listed(state);
        let at = moved(ui.cursor(&listed), listed.len(), by);
        if let Some(carrier) = listed.get(at) {
            ui.go_to(carrier.carrier.name.clone(), at);
            ui.turned = true;
        }
        return;
    };
    if place == Place::Findings {
        let at = moved(ui.findings.place(&carrier.findings), carrier.findings.len(), by);
        ui.findings.go(&carrier.findings, at);
        return;
    }
    if place == Place::Compare {
        let names = engines::names(&engines::rows(carrier));
        let at = moved(ui.engine.place(&names), names.len(), by);
        return ui.engine.go(&names, at);
    }
    if place == Place::Worst {
        let each = carrier.weighed().map(|known| known.each.clone()).unwrap_or_default();
        let all: Vec<What> = each.iter().map(|weak| weak.what.clone()).collect();
        let at = moved(ui.weak.place(&all), all.len(), by);
        return ui.weak.go(&all, at);
    }
    if place == Place::Carrier && ui.pane == Pane::Events {
        ui.events_past = moved(ui.events_past, carrier.events.len(), by);
        return;
    }
    let lines = lines::lines(carrier);
    let from = ui.line_cursor(carrier, &lines);
    let mut at = moved(from, lines.len(), by);
    // The target's own screen goes from target to target.
    if place == Place::Target {
        let is_target = |at: &usize| lines[*at].aim(carrier).is_some_and(|aim| aim.whole());
        let next = match by {
            Move::First => (0..lines.len()).find(is_target),
            Move::Last => (0..lines.len()).rev().find(is_target),
            Move::By(by) if by > 0 => (from + 1..lines.len()).find(is_target),
            Move::By(_) => (0..from).rev().find(is_target),
        };
        at = next.unwrap_or(from);
    }
    put_cursor(ui, &lines, at);
}

/// Puts the cursor of a carrier's tree on a target, where that is there.
pub(super) fn put_on(ui: &mut Ui, carrier: &CarrierState, target: &Host) {
    let lines = lines::lines(carrier);
    let about = |line: &lines::Line<'_>| match line.shows {
        lines::Shows::Pinned(pin) => pin.target == *target,
        _ => line.aim(carrier).is_some_and(|aim| aim.host() == target),
    };
    if let Some(at) = lines.iter().position(about) {
        put_cursor(ui, &lines, at);
    }
}

/// Puts the cursor of a tree on this line.
fn put_cursor(ui: &mut Ui, lines: &[lines::Line<'_>], at: usize) {
    ui.line = lines.get(at).map(|line| line.id.clone());
    ui.line_at = at;
    ui.page = 0;
}

/// In the list from carrier to carrier; in a tree from line to line, and on to the next carrier.
fn problem(ui: &mut Ui, state: &State, place: Place, forward: bool) {
    match ui.current(state) {
        _ if place == Place::Registrations => accounts::problem(ui, state, forward),
        Some(carrier) if matches!(place, Place::Carrier | Place::Target) => {
            in_tree(ui, state, carrier, place, forward);
        }
        _ => in_list(ui, state, place, forward),
    }
}

/// All places but this one, in the order in which they are met from it on; then it.
pub(super) fn around(from: usize, len: usize, forward: bool) -> Vec<usize> {
    let ahead = (1..=len).map(|step| (from + step) % len.max(1));
    let behind = (1..=len).map(|step| (from + len - step) % len.max(1));
    if forward { ahead.collect() } else { behind.collect() }
}

/// The lines of a tree where something is wrong; of the target's own screen, the targets.
fn troubled(carrier: &CarrierState, lines: &[lines::Line<'_>], place: Place) -> Vec<usize> {
    let is_shown = |line: &lines::Line<'_>| place != Place::Target || line.aim(carrier).is_some_and(|aim| aim.whole());
    (0..lines.len()).filter(|&at| lines[at].troubled(carrier) && is_shown(&lines[at])).collect()
}

fn in_tree(ui: &mut Ui, state: &State, carrier: &CarrierState, place: Place, forward: bool) {
    let lines = lines::lines(carrier);
    let from = ui.line_cursor(carrier, &lines);
    let of = troubled(carrier, &lines, place);
    let ahead = |&at: &usize| if forward { at > from } else { at < from };
    let mut rest = of.iter().copied().filter(ahead);
    if let Some(at) = if forward { rest.next() } else { rest.next_back() } {
        return put_cursor(ui, &lines, at);
    }
    let listed = ui.listed(state);
    let here = listed.iter().position(|known| known.carrier.name == carrier.carrier.name);
    let others = around(here.unwrap_or(0), listed.len(), forward).into_iter().filter(|&at| Some(at) != here);
    let mut others = others.filter(|&at| listed[at].verdict.level.is_problem());
    let end = |of: &[usize]| if forward { of.first().copied() } else { of.last().copied() };
    if let Some(next) = others.next() {
        let carrier = listed[next];
        ui.go_to(carrier.carrier.name.clone(), next);
        let lines = lines::lines(carrier);
        if let Some(at) = end(&troubled(carrier, &lines, place)) {
            put_cursor(ui, &lines, at);
        }
        ui.say(format!("on to {}: nothing more is wrong in the last one", carrier.carrier.name));
        return;
    }
    match end(&of) {
        Some(at) if at != from => put_cursor(ui, &lines, at),
        Some(_) => ui.say("this is the only problem"),
        None => ui.say("nothing is wrong in this tree, and no other carrier is in trouble"),
    }
}

fn in_list(ui: &mut Ui, state: &State, place: Place, forward: bool) {
    let listed = ui.listed(state);
    let from = ui.cursor(&listed);
    let troubled = |carrier: &CarrierState| match place {
        Place::Findings => findings::is_troubled(carrier),
        _ => carrier.verdict.level.is_problem(),
    };
    if let Some(at) = around(from, listed.len(), forward).into_iter().find(|&at| troubled(listed[at])) {
        return ui.go_to(listed[at].carrier.name.clone(), at);
    }
    let hidden = state.carriers().count() - listed.len();
    match (ui.filtered(), listed.len()) {
        (None, _) if place == Place::Findings => ui.say("no carrier has errors or warnings"),
        (Some(_), 1) => ui.say(format!("this one is not in trouble; {hidden} hidden by the filter (Esc)")),
        (Some(_), all) => ui.say(format!("none of these {all}; {hidden} hidden by the filter (Esc)")),
        (None, _) => ui.say("no carrier is in trouble"),
    }
}
