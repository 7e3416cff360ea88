//! Health as a row shows it.

use crate::model::{Endpoint, Failure, HealthState, ProbeReport, ProbeResult};
use crate::state::{BEATS, Beat, CarrierState, Health};
use crate::tui::canvas::Piece;
use crate::tui::{known, words};

use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::Scene;

/// How wide the state's word stands, its glyph included.
pub(super) const STATE: usize = 10;

/// What a row shows of the health of one or several endpoints. `wide`: with the short history.
pub(super) fn pieces(scene: Scene<'_>, carrier: &CarrierState, endpoints: &[Endpoint], wide: bool) -> Vec<Piece> {
    let known: Vec<&Health> = endpoints.iter().filter_map(|endpoint| carrier.health.get(endpoint)).collect();
    let theme = scene.theme;
    match known.as_slice() {
        [] if endpoints.iter().all(|endpoint| carrier.is_elsewhere(*endpoint)) => {
            vec![Piece::new("- not probed", theme.dim)]
        }
        [] if scene.state.options.probing => vec![Piece::new("- not probed yet", theme.dim)],
        [] => vec![Piece::new("- not probed", theme.dim)],
        [only] if endpoints.len() == 1 => one(scene, only, wide),
        several => together(scene, several, endpoints.len()),
    }
}

/// The same in as few columns as it takes.
pub(super) fn brief(scene: Scene<'_>, carrier: &CarrierState, endpoints: &[Endpoint]) -> Vec<Piece> {
    let mut pieces = pieces(scene, carrier, endpoints, false);
    for Piece(text, _) in &mut pieces {
        if !text.is_empty() && text.trim().is_empty() {
            " ".clone_into(text);
        }
    }
    pieces
}

/// One endpoint: state, round trip or what is wrong since when, the last probes, loss.
pub(super) fn one(scene: Scene<'_>, health: &Health, wide: bool) -> Vec<Piece> {
    let mut pieces = state(scene, health.state);
    if let Some(flaps) = health.flaps() {
        pieces.push(Piece::new(flaps, scene.theme.warning));
        return pieces;
    }
    let said = match health.state {
        HealthState::Up => health.last.as_ref().and_then(ProbeReport::rtt).map(words::rtt).unwrap_or_default(),
        HealthState::Down(failure) => format!("{} for {}", kind(health, failure), scene.ago(health.since)),
        HealthState::Maintenance => scene.ago(health.since),
        HealthState::Degraded | HealthState::Unknown => short_said(health),
    };
    if wide {
        pieces.push(Piece::new(format!("{said:<16} "), scene.theme.text));
        pieces.extend(beats(scene, health, 10));
        let loss = health.loss() * 100.0;
        let words = if loss > 0.0 { format!("{loss:>4.0} % fail") } else { String::new() };
        pieces.push(Piece::new(words, scene.theme.text));
    } else {
        pieces.push(Piece::new(said, scene.theme.text));
    }
    pieces
}

/// In which way it is out: what the last probe showed, where that is how it fails.
pub(super) fn kind(health: &Health, failure: Failure) -> String {
    let last = health.last.as_ref().filter(|last| last.failure() == Some(failure));
    match last.map(|last| last.result) {
        Some(ProbeResult::Malformed) => "malformed".to_owned(),
        Some(ProbeResult::Reset) => "reset".to_owned(),
        Some(ProbeResult::Unreachable) => "unreachable".to_owned(),
        Some(ProbeResult::WsHandshake) => "websocket".to_owned(),
        _ => failure.to_string(),
    }
}

/// The state: glyph and word, and the rest of their column.
pub(super) fn state(scene: Scene<'_>, state: HealthState) -> Vec<Piece> {
    word(scene, scene.glyphs.health(state), state.word(), scene.theme.health(state))
}

fn word(scene: Scene<'_>, glyph: &str, word: &str, look: Style) -> Vec<Piece> {
    let said = format!("{glyph} {word}");
    let rest = " ".repeat((STATE + 1).saturating_sub(said.width()));
    vec![Piece::new(said, look), Piece::new(rest, scene.theme.text)]
}

fn short_said(health: &Health) -> String {
    if health.silent_here() {
        return "silent here".to_owned();
    }
    match health.last.as_ref().and_then(|last| last.response.as_ref()) {
        Some(response) => response.code.to_string(),
        None => health.said(),
    }
}

/// Several endpoints of one target: what they have in common, else how many answer.
fn together(scene: Scene<'_>, several: &[&Health], all: usize) -> Vec<Piece> {
    let alive = several.iter().filter(|health| known::answers(health)).count();
    let same = |health: &&&Health| std::mem::discriminant(&health.state) == std::mem::discriminant(&several[0].state);
    let said = Piece::new(format!("{alive}/{all} answer"), scene.theme.text);
    if several.len() == all && several.iter().filter(same).count() == all {
        let mut pieces = state(scene, several[0].state);
        pieces.push(said);
        return pieces;
    }
    let mut pieces = word(scene, scene.glyphs.degraded, "PART", scene.theme.degraded.into());
    pieces.push(said);
    pieces
}

/// The last probes, the newest last.
pub(super) fn beats(scene: Scene<'_>, health: &Health, most: usize) -> Vec<Piece> {
    let shown = health.beats.len().min(most).min(BEATS);
    let mut pieces: Vec<Piece> = health
        .beats
        .iter()
        .skip(health.beats.len() - shown)
        .map(|&beat| {
            let look = match beat {
                Beat::Alive => scene.theme.up,
                Beat::Troubled => scene.theme.warning,
                Beat::Missed(_) => scene.theme.failed,
                Beat::Ours => scene.theme.unknown,
            };
            Piece::new(scene.glyphs.beat(beat), look)
        })
        .collect();
    pieces.push(Piece::new(" ".repeat(most - shown), scene.theme.text));
    pieces
}
