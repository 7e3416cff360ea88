//! One carrier: its verdict, its tree, where new calls land, and what happened.

use crate::state::CarrierState;
use crate::tui::canvas::{Canvas, Piece};
use crate::tui::lines;
use crate::tui::ui::Pane;
use crate::tui::words;

use super::{Scene, events, preview, tree};

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let Some(carrier) = scene.ui.current(scene.state) else { return };
    head(canvas, scene, carrier);
    let mut top = 1 + super::verdict(canvas, scene, carrier, 1, 2);
    for note in notes(carrier) {
        canvas.put(top, 1, canvas.columns(), &note, canvas.theme.warning);
        top += 1;
    }
    let lines = lines::lines(carrier);
    let wanted_tree = u16::try_from(lines.len().max(1)).unwrap_or(u16::MAX).saturating_add(2);
    let parts = Parts::share(canvas.rows().saturating_sub(top), wanted_tree, preview::wanted(carrier), scene.ui.pane);
    tree::draw(&mut canvas.part(top, parts.tree), scene, carrier, &lines);
    preview::draw(&mut canvas.part(top + parts.tree, parts.preview), scene, carrier);
    let below = top + parts.tree + parts.preview;
    let rest = canvas.rows().saturating_sub(below);
    events::of_carrier(&mut canvas.part(below, rest), scene, carrier, scene.ui.pane == Pane::Events);
}

/// Who it is, as whom it is walked, by whom it is resolved, and how fresh that is.
pub(super) fn head(canvas: &mut Canvas<'_>, scene: Scene<'_>, carrier: &CarrierState) {
    let theme = canvas.theme;
    let saved = &carrier.carrier;
    let end = canvas.columns().saturating_sub(1);
    let fresh = match (&carrier.published, scene.state.now) {
        (Some(published), Some(now)) => {
            format!(" {} old, next {}", words::span(now.since(published.at)), due(published.next, now))
        }
        _ => " no answer yet".to_owned(),
    };
    let room = canvas.pieces_right(0, 0, end, &[Piece::new(fresh, theme.dim)]).saturating_sub(1);
    let engine = match carrier.engine().profile().name {
        crate::locate::DEFAULT_ENGINE => "RFC 3263",
        name => name,
    };
    let via = match &saved.proxy {
        Some(proxy) => format!("  {} via {proxy}", saved.uri),
        // A name that says it already need not be said twice.
        None if saved.uri.to_string() == format!("sip:{}", saved.name) => String::new(),
        None => format!("  {}", saved.uri),
    };
    canvas.pieces(
        0,
        1,
        room,
        &[
            Piece::new(saved.name.to_string(), theme.title),
            Piece::new(via, theme.text),
            Piece::new(format!("  as {engine}"), theme.dim),
            Piece::new(format!("  resolver {}", scene.state.options.defaults.resolver(saved)), theme.dim),
        ],
    );
}

/// When something is due.
pub(super) fn due(at: crate::model::Moment, now: crate::model::Moment) -> String {
    if at <= now { "due".to_owned() } else { format!("in {}", words::span(at.since(now))) }
}

/// What of the saved carrier is not looked at here.
fn notes(carrier: &CarrierState) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(why) = carrier.engine_unknown() {
        notes.push(format!("! {why}: walked as the reference"));
    }
    notes
}

/// How the rows of the screen are shared out.
struct Parts {
    tree: u16,
    preview: u16,
}

impl Parts {
    /// Preview gets what it wants up to two fifths, events two rows at least, the tree the rest, and
    /// events what the tree does not need. Where a heading is all that events would get, they get nothing.
    fn share(rows: u16, tree: u16, preview: u16, pane: Pane) -> Self {
        let preview = preview.min(rows * 2 / 5);
        let events = match (3.min(rows / 5), pane) {
            (0 | 1, Pane::Tree) => 0,
            (few, Pane::Events) => few.max(3),
            (few, Pane::Tree) => few,
        };
        Self { tree: tree.min(rows.saturating_sub(preview + events)), preview }
    }
}
