//! One carrier: its verdict, its tree, where new calls land, and what happened.

use crate::model::Carrier;
use crate::state::CarrierState;
use crate::tui::canvas::{Canvas, Piece};
use crate::tui::findings;
use crate::tui::lines;
use crate::tui::ui::{Over, Pane};
use crate::tui::words;

use unicode_width::UnicodeWidthStr;

use super::{Scene, events, preview, tree};

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let Some(carrier) = scene.ui.current(scene.state) else { return };
    head(canvas, scene, carrier);
    let mut top = 1 + super::verdict(canvas, scene, carrier, 1, (canvas.rows() / 7).clamp(2, 4));
    if let Some(note) = note(carrier) {
        canvas.put(top, 1, canvas.columns(), &note, canvas.theme.warning);
        top += 1;
    }
    let lines = lines::lines(carrier);
    if let Over::Why(_) | Over::Unfolded(_) = scene.ui.over {
        // What is told below is about one line: the tree has all the rows that are left.
        let rest = canvas.rows().saturating_sub(top);
        return tree::draw(&mut canvas.part(top, rest), scene, carrier, &lines);
    }
    let wanted_tree = u16::try_from(lines.len().max(1)).unwrap_or(u16::MAX).saturating_add(2);
    let parts = Parts::share(
        canvas.rows().saturating_sub(top),
        wanted_tree,
        preview::wanted(canvas.columns(), carrier),
        scene.ui.pane,
    );
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
            let next = if published.next <= now { "due".to_owned() } else { words::span(published.next.since(now)) };
            match carrier.dns_failing {
                // A round that failed makes nothing fresh.
                Some(since) => Piece::new(format!(" questions fail {}, next {next}", scene.ago(since)), theme.failed),
                None => Piece::new(format!(" fresh {}, next {next}", scene.ago(published.at)), theme.dim),
            }
        }
        _ => Piece::new(" no answer yet", theme.dim),
    };
    let room = canvas.pieces_right(0, 0, end, &[fresh]).saturating_sub(1);
    let resolver = scene.state.options.defaults.resolver(saved);
    let own = words::engine(&carrier.engine().name());
    let mut pieces = vec![Piece::new(saved.name.to_string(), theme.title)];
    if carrier.is_viewed() {
        // Who it is seen as comes first: all below is that.
        let viewed = words::engine(&carrier.shown_as().name());
        pieces.push(Piece::new("  ", theme.text));
        pieces.push(Piece::new(format!(" VIEWED AS {viewed} "), theme.simulated));
        pieces.push(Piece::new(format!(" its own: {own}"), theme.dim));
    }
    pieces.push(Piece::new(dialled(saved), theme.text));
    pieces.extend(findings::count(carrier, theme));
    if !carrier.is_viewed() {
        pieces.push(Piece::new(format!("  as {own}"), theme.dim));
    }
    let wanted: usize = pieces.iter().map(|Piece(text, _)| text.width()).sum();
    let asked = format!("  resolver {resolver}");
    // Where there is little room: as dig has it.
    let asked = if wanted + asked.width() >= usize::from(room) { format!("  @{resolver}") } else { asked };
    pieces.push(Piece::new(asked, theme.dim));
    canvas.pieces(0, 1, room, &pieces);
}

/// What the trunk dials, by way of whom, and how many URIs more it tries.
fn dialled(saved: &Carrier) -> String {
    let more = match saved.more_uris.len() {
        0 => String::new(),
        1 => ", then one more".to_owned(),
        more => format!(", then {more} more"),
    };
    match &saved.proxy {
        Some(proxy) => format!("  {}{more} via {}", saved.uri.shown(), proxy.shown()),
        // A name that says it already need not be said twice.
        None if more.is_empty() && saved.uri.shown() == format!("sip:{}", saved.name) => String::new(),
        None => format!("  {}{more}", saved.uri.shown()),
    }
}

/// When something is due.
pub(super) fn due(at: crate::model::Moment, now: crate::model::Moment) -> String {
    if at <= now { "due".to_owned() } else { format!("in {}", words::span(at.since(now))) }
}

/// What is otherwise than it was saved.
fn note(carrier: &CarrierState) -> Option<String> {
    carrier.engine_unknown().map(|why| format!("! {why}: walked as the reference"))
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
