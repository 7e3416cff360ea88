//! What happened, newest first.

use crate::model::{Event, EventKind, HealthState};
use crate::state::CarrierState;
use crate::tui::canvas::Canvas;
use crate::tui::theme::Look;
use crate::tui::words;

use super::Scene;

/// An event in one line, and how it looks.
pub(super) fn said(scene: Scene<'_>, carrier: &CarrierState, event: &Event) -> (String, Look) {
    let theme = scene.theme;
    match &event.kind {
        EventKind::Health { target, endpoint, from, to } => {
            let arrow = scene.glyphs.arrow;
            let changed = match (from, to) {
                // One outage that changed its face.
                (HealthState::Down(before), HealthState::Down(now)) => format!("{}: {before} {arrow} {now}", to.word()),
                (_, HealthState::Down(failure)) => format!("{} {arrow} {} ({failure})", from.word(), to.word()),
                _ => format!("{} {arrow} {}", from.word(), to.word()),
            };
            let look = match to {
                HealthState::Down(_) => theme.failed,
                HealthState::Degraded => theme.warning,
                HealthState::Up => theme.up,
                HealthState::Unknown => theme.unknown,
            };
            (format!("{} {changed}  {endpoint}", carrier.label(target)), look)
        }
        EventKind::Change { words, .. } => (format!("DNS: {words}"), theme.changed),
        EventKind::Findings { raised, cleared } => {
            (words::findings(raised, cleared), if raised.is_empty() { theme.changed } else { theme.warning })
        }
        EventKind::Dns(words) => (format!("DNS: {words}"), theme.warning),
        EventKind::Simulation(words) => (words.clone(), theme.changed),
    }
}

/// Draws the events of one carrier, newest first, past those that are scrolled over.
pub(super) fn of_carrier(canvas: &mut Canvas<'_>, scene: Scene<'_>, carrier: &CarrierState, active: bool) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    let title = match (carrier.events.len(), active) {
        (0, _) => "EVENTS    none yet".to_owned(),
        (all, true) => format!("EVENTS    {} of {all}, newest first", scene.ui.events_past + 1),
        (all, false) => format!("EVENTS    {all}, newest first (Tab: scroll)"),
    };
    canvas.rule(0);
    canvas.put(0, 0, end, &format!(" {title} "), theme.title);
    let shown = carrier.events.iter().rev().skip(scene.ui.events_past);
    for (row, event) in (1..canvas.rows()).zip(shown) {
        let (words, look) = said(scene, carrier, event);
        let from = canvas.put(row, 1, end, &words::time(event.at.wall, &scene.state.options.zone), theme.dim);
        canvas.put(row, from + 1, end, &words, look);
        if active && row == 1 {
            canvas.lay(row, theme.selection);
        }
    }
}
