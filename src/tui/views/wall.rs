//! Blocks of state, to be read from across the room: how many carriers are how, a block for each, and the
//! one to look at in full. That is the newest problem, until somebody moves.

use crate::state::CarrierState;
use crate::tui::canvas::{Canvas, Piece, wrap};
use crate::tui::follow;

use super::{Scene, fleet};

/// The least columns of a block.
const WIDTH: u16 = 26;
/// The least and the most rows of a block, the gap below it included.
const HEIGHT: (u16, u16) = (4, 8);
/// Rows for the one to look at: its rule and three lines.
const BELOW: u16 = 4;

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let theme = canvas.theme;
    let listed = scene.ui.listed(scene.state);
    let cursor = scene.ui.cursor(&listed);
    fleet::head(canvas, scene, listed.len());
    let across = (canvas.columns() / WIDTH).max(1);
    let width = canvas.columns() / across;
    let room = canvas.rows().saturating_sub(2 + BELOW);
    let needed = u16::try_from(listed.len()).unwrap_or(u16::MAX).div_ceil(across).max(1);
    let height = (room / needed).clamp(HEIGHT.0, HEIGHT.1);
    let rows = (room / height).max(1);
    let shown = usize::from(across) * usize::from(rows);
    let first = cursor / shown * shown;
    let places = (0..rows).flat_map(|row| (0..across).map(move |column| (row, column)));
    for ((row, column), (at, carrier)) in places.zip(listed.iter().enumerate().skip(first)) {
        let block = Block { left: column * width, top: 2 + row * height, width, height: height - 1 };
        block.draw(canvas, scene, carrier, at == cursor);
    }
    let bottom = canvas.rows().saturating_sub(BELOW);
    canvas.rule(bottom);
    let Some(carrier) = listed.get(cursor) else { return };
    let end = canvas.columns().saturating_sub(1);
    let at = canvas.put(bottom, 1, end, &format!(" {} ", carrier.carrier.name), theme.title);
    if let Some(since) = follow::trouble_since(carrier) {
        let said = format!("since {}, {} ", scene.clock(since), scene.ago(since));
        canvas.put(bottom, at, end, &said, theme.heading);
    }
    let hidden = listed.len().saturating_sub(first + shown) + first;
    if hidden > 0 {
        canvas.pieces_right(bottom, at, end, &[Piece::new(format!(" {hidden} more carriers "), theme.dim)]);
    }
    super::verdict(canvas, scene, carrier, bottom + 1, BELOW - 1);
}

/// Where a block stands.
struct Block {
    left: u16,
    top: u16,
    width: u16,
    height: u16,
}

impl Block {
    fn draw(&self, canvas: &mut Canvas<'_>, scene: Scene<'_>, carrier: &CarrierState, selected: bool) {
        let theme = canvas.theme;
        let (Piece(word, look), sentence) = scene.verdict(carrier);
        let (from, end) = (self.left + 1, self.left + self.width.saturating_sub(1));
        // The whole first row of a block is in the colour of its state.
        let room = usize::from(end - from);
        canvas.put(self.top, from, end, &format!("{word:<room$}"), look);
        let name = if selected { theme.selection } else { theme.text };
        let at = canvas.put(self.top + 1, from, end, carrier.carrier.name.as_str(), name);
        let (alive, all) = fleet::count(carrier);
        if scene.state.options.probing && carrier.published.is_some() {
            canvas.put(self.top + 1, at + 1, end, &format!("{alive}/{all}"), theme.dim);
        }
        let lines = wrap(sentence, room, usize::from(self.height.saturating_sub(2)));
        for (row, line) in (self.top + 2..).zip(&lines) {
            canvas.put(row, from, end, line, theme.text);
        }
    }
}
