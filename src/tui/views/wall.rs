//! Blocks of state, to be read from across the room.

use crate::state::CarrierState;
use crate::tui::canvas::{Canvas, Piece};

use super::{Scene, first_row, fleet};

/// Width and height of a block.
const BLOCK: (u16, u16) = (26, 4);

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let theme = canvas.theme;
    let listed = scene.ui.listed(scene.state);
    let cursor = scene.ui.cursor(&listed);
    let across = (canvas.columns() / BLOCK.0).max(1);
    let width = canvas.columns() / across;
    let rows = (canvas.rows().saturating_sub(4) / BLOCK.1).max(1);
    let shown = usize::from(across) * usize::from(rows);
    let first = first_row(cursor, listed.len(), shown);
    let places = (0..rows).flat_map(|row| (0..across).map(move |column| (row, column)));
    for ((row, column), (at, carrier)) in places.zip(listed.iter().enumerate().skip(first)) {
        block(canvas, scene, (column * width, row * BLOCK.1), width, carrier, at == cursor);
    }
    let bottom = canvas.rows().saturating_sub(3);
    canvas.rule(bottom);
    // The selected one in full; without a choice that is the worst.
    if let Some(carrier) = listed.get(cursor) {
        let name = canvas.put(bottom, 1, canvas.columns(), carrier.carrier.name.as_str(), theme.title);
        let clock = scene.state.now.map(|now| Piece::new(format!(" {} ", scene.clock(now)), theme.heading));
        canvas.pieces_right(bottom, name, canvas.columns().saturating_sub(1), clock.as_slice());
        super::verdict(canvas, scene, carrier, bottom + 1, 2);
    }
}

fn block(
    canvas: &mut Canvas<'_>,
    scene: Scene<'_>,
    (left, top): (u16, u16),
    width: u16,
    carrier: &CarrierState,
    selected: bool,
) {
    let theme = canvas.theme;
    let (Piece(word, look), sentence) = scene.verdict(carrier);
    let end = left + width.saturating_sub(1);
    let from = left + 1;
    // The whole first row of a block is in the colour of its state.
    let room = usize::from(end - from);
    canvas.put(top, from, end, &format!("{word:<room$}"), look);
    let name = if selected { theme.selection } else { theme.text };
    let at = canvas.put(top + 1, from, end, carrier.carrier.name.as_str(), name);
    let (alive, all) = fleet::count(carrier);
    if scene.state.options.probing && carrier.published.is_some() {
        canvas.put(top + 1, at + 1, end, &format!("{alive}/{all}"), theme.dim);
    }
    canvas.put(top + 2, from, end, sentence, theme.text);
}
