//! Keys that ask why a line of the tree is as it is, and what asks it again.

use crate::report;
use crate::state::{CarrierState, State};
use crate::tui::input::{Code, Key};
use crate::tui::ui::{Over, Ui, View};
use crate::tui::{copy, lines, registrations, unfold, why};

use super::Effect;

/// Scrolls in what is told: of the selected line, or of the preview.
pub(super) fn scroll(ui: &mut Ui, state: &State, over: fn(usize) -> Over, past: usize, key: Key) -> Option<Effect> {
    let carrier = ui.current(state)?;
    let rows = if ui.view == View::Registrations {
        registrations::told(ui, state, &registrations::selected(ui, state)?).len()
    } else if matches!(over(0), Over::Unfolded(_)) {
        unfold::rows(ui, carrier).len()
    } else {
        let lines = lines::lines(carrier);
        let line = lines.get(ui.line_cursor(carrier, &lines))?;
        why::rows(ui, state, carrier, line).len()
    };
    let most = rows.saturating_sub(why::in_sight(ui));
    let page = why::in_sight(ui).saturating_sub(1).max(1);
    let past = match key.code {
        Code::Esc | Code::Enter | Code::Char(' ' | 'q' | 'i') => return None,
        Code::Char('y') if matches!(over(0), Over::Why(_)) => {
            ui.over = over(past);
            return copy_dig(ui, state, carrier);
        }
        Code::Down | Code::Char('j') => past.saturating_add(1),
        Code::Up | Code::Char('k') => past.min(most).saturating_sub(1),
        Code::PageDown => past.saturating_add(page),
        Code::PageUp => past.min(most).saturating_sub(page),
        Code::Home | Code::Char('g') => 0,
        Code::End | Code::Char('G') => most,
        _ => past,
    };
    ui.over = over(past.min(most));
    None
}

/// Opens all that the preview says.
pub(super) fn unfold(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    if carrier.foreseen().is_some() {
        ui.view = View::Carrier;
        ui.over = Over::Unfolded(0);
    } else {
        ui.complain("no answer has come yet, so there is nothing to preview");
    }
    None
}

/// Opens what is told of the selected line.
pub(super) fn open(ui: &mut Ui, carrier: Option<&CarrierState>) {
    if carrier.is_some_and(|carrier| carrier.shown().is_some()) {
        ui.over = Over::Why(0);
    } else {
        ui.complain("no answer has come yet, so there is nothing to explain");
    }
}

/// Whether the selected line is about a target.
pub(super) fn on_target(ui: &Ui, carrier: Option<&CarrierState>) -> bool {
    carrier.is_some_and(|carrier| {
        let lines = lines::lines(carrier);
        lines.get(ui.line_cursor(carrier, &lines)).is_some_and(|line| line.aim(carrier).is_some())
    })
}

/// Whether the selected line is a registration that DNS no longer leads to.
pub(super) fn on_pin(ui: &Ui, carrier: Option<&CarrierState>) -> bool {
    carrier.is_some_and(|carrier| {
        let lines = lines::lines(carrier);
        let line = lines.get(ui.line_cursor(carrier, &lines));
        line.is_some_and(|line| matches!(line.shows, lines::Shows::Pinned(_)))
    })
}

/// Copies the line that asks again what the line under the cursor came of.
pub(super) fn copy_dig(ui: &mut Ui, state: &State, carrier: &CarrierState) -> Option<Effect> {
    let lines = lines::lines(carrier);
    let step = lines.get(ui.line_cursor(carrier, &lines)).and_then(|line| line.decided_by(carrier));
    let Some(step) = step else {
        ui.complain("nothing was asked for this line, so there is no dig line for it");
        return None;
    };
    // What was not asked would be asked of the carrier's own resolver.
    let line = match step.now() {
        Some(answer) => report::dig(&step.question, &answer.resolver, Some(answer.wire)),
        None => report::dig(&step.question, state.options.defaults.resolver(&carrier.carrier), None),
    };
    Some(copy::line(ui, line))
}
