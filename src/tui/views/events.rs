//! What happened, newest first.

use crate::model::{Change, Edit, Event, EventKind, HealthState, ProbeResult, Text};
use crate::state::CarrierState;
use crate::tui::canvas::Canvas;
use crate::tui::theme::Look;
use crate::tui::words;

use super::Scene;

/// An event in words.
pub(super) struct Told {
    /// What happened.
    pub(super) what: String,
    /// What it means.
    pub(super) means: String,
    /// What it rests on: who said so, and in which words.
    pub(super) rests: String,
    pub(super) look: Look,
}

impl Told {
    pub(super) fn of(scene: Scene<'_>, carrier: Option<&CarrierState>, event: &Event) -> Self {
        let theme = scene.theme;
        let arrow = scene.glyphs.arrow;
        // Our own words have it in ASCII; where the terminal has a better one, all of the screen has it.
        let drawn = |words: &str| words.replace(" -> ", &format!(" {arrow} "));
        match &event.kind {
            EventKind::Health { target, endpoint, from, to, result, why } => {
                let look = match to {
                    HealthState::Down(_) => theme.failed,
                    HealthState::Degraded => theme.warning,
                    HealthState::Up => theme.up,
                    HealthState::Unknown | HealthState::Maintenance => theme.unknown,
                };
                let who = carrier.map_or_else(|| target.to_string(), |carrier| carrier.label(target));
                let what = format!("{who} {}", turn(arrow, *from, *to, *result, why));
                // What the turn says already is not said again.
                let why = why.as_str();
                let detail = why.strip_prefix(result.said()).map_or(why, |rest| rest.trim_start_matches(": "));
                let means = if detail.is_empty() || result.is_answer() { String::new() } else { format!("{detail}, ") };
                Self { what, means: format!("{means}{endpoint}"), rests: format!("target {target}"), look }
            }
            EventKind::Change(change) => {
                let look = if change.used { theme.changed } else { theme.unused };
                Self { what: drawn(&change.what), means: drawn(&change.means), rests: drawn(&rests(change)), look }
            }
            EventKind::Dns(words) => {
                Self { what: words.clone(), means: String::new(), rests: String::new(), look: theme.warning }
            }
            EventKind::Ours(words) => {
                let rests = "no carrier is blamed for it".to_owned();
                Self { what: words.clone(), means: String::new(), rests, look: theme.warning }
            }
            EventKind::Findings { raised, cleared } => {
                let look = if raised.is_empty() { theme.changed } else { theme.warning };
                let what = words::findings(raised, cleared);
                Self { what, means: String::new(), rests: "key 7 has them".to_owned(), look }
            }
            EventKind::Pin(moved) => {
                let what = moved.said(|host| carrier.map_or_else(|| host.to_string(), |carrier| carrier.label(host)));
                let look = if moved.to.is_some() { theme.changed } else { theme.warning };
                Self { what, means: String::new(), rests: "key 4 has the registrations".to_owned(), look }
            }
            EventKind::Maintenance(words) => {
                let rests = "it is probed on, and M ends it".to_owned();
                Self { what: words.clone(), means: String::new(), rests, look: theme.changed }
            }
            EventKind::Simulation(words) => {
                let rests = "nothing is sent for it".to_owned();
                Self { what: words.clone(), means: String::new(), rests, look: theme.changed }
            }
        }
    }
}

/// Where a change was seen: `SRV _sip._udp.acme.example: weight 50 -> 10; from 127.0.0.1:5300, revision 7`.
fn rests(change: &Change) -> String {
    let side = |values: &[Text]| match values {
        [] => "none".to_owned(),
        several => several.iter().map(Text::as_str).collect::<Vec<_>>().join(" + "),
    };
    let edit = |edit: &Edit| format!("{} {} -> {}", edit.field.word(), side(&edit.from), side(&edit.to));
    let edits: Vec<String> = std::iter::once(&change.edit).chain(&change.also).map(edit).collect();
    let Change { rrset, by, revision, .. } = change;
    format!("from {by}, revision {}: {rrset}: {}", revision.0, edits.join(", "))
}

/// From which state to which, and what the probe showed that decided it.
fn turn(arrow: &str, from: HealthState, to: HealthState, result: ProbeResult, why: &Text) -> String {
    let showed = if result.is_answer() { why.as_str() } else { result.said() };
    match (from, to) {
        // One outage that changed its face.
        (HealthState::Down(before), HealthState::Down(_)) => format!("{}: {before} {arrow} {showed}", to.word()),
        (_, HealthState::Up) => format!("{} {arrow} {}", from.word(), to.word()),
        _ => format!("{} {arrow} {} ({showed})", from.word(), to.word()),
    }
}

/// An event in one line, and how it looks.
pub(super) fn said(scene: Scene<'_>, carrier: Option<&CarrierState>, event: &Event) -> (String, Look) {
    let Told { what, means, look, .. } = Told::of(scene, carrier, event);
    let line = match &event.kind {
        EventKind::Health { endpoint, .. } => format!("{what}  {endpoint}"),
        EventKind::Change(_) => format!("DNS: {what}: {means}"),
        EventKind::Dns(_) => format!("DNS: {what}"),
        EventKind::Ours(_)
        | EventKind::Findings { .. }
        | EventKind::Pin(_)
        | EventKind::Maintenance(_)
        | EventKind::Simulation(_) => what,
    };
    (line, look)
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
    let shown = carrier.newest_first().skip(scene.ui.events_past);
    for (row, event) in (1..canvas.rows()).zip(shown) {
        let (words, look) = said(scene, Some(carrier), event);
        let from = canvas.put(row, 1, end, &words::time(event.at.wall, &scene.state.options.zone), theme.dim);
        canvas.put(row, from + 1, end, &words, look);
        if active && row == 1 {
            canvas.lay(row, theme.selection);
        }
    }
}
