//! Blocks of state, to be read from across the room: how many carriers are how, a block for each, and the
//! one to look at in full. That is the newest problem, until somebody moves.

use crate::state::{Attention, CarrierState, Level};
use crate::tui::canvas::{Canvas, Piece, wrap};
use crate::tui::follow;
use crate::tui::grid::{ABOVE, BELOW, Grid};
use crate::tui::registrations::brief;
use crate::tui::words;

use super::{Scene, fleet};

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let theme = canvas.theme;
    let listed = scene.ui.listed(scene.state);
    let cursor = scene.ui.cursor(&listed);
    fleet::head(canvas, scene, listed.len());
    fleet::our_trouble(canvas, scene, 1);
    let ours = scene.state.our_trouble();
    let grid = Grid::new(canvas.columns(), canvas.rows(), listed.len());
    let first = grid.first(scene.ui, cursor, listed.len());
    let places = (0..grid.down).flat_map(|row| (0..grid.across).map(move |column| (row, column)));
    for ((row, column), (at, carrier)) in places.zip(listed.iter().enumerate().skip(first)) {
        let (left, top) = (column * grid.width, ABOVE + row * grid.height);
        let block = Block { left, top, width: grid.width, height: grid.inner() };
        block.draw(canvas, scene, carrier, &fleet::in_brief(carrier, ours.as_deref()), at == cursor);
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
    let hidden = listed.iter().enumerate().filter(|(at, _)| !(first..first + grid.shown()).contains(at));
    let words = others(&hidden.map(|(_, carrier)| carrier.verdict.level).collect::<Vec<_>>());
    canvas.pieces_right(bottom, at, end, &[Piece::new(words, theme.dim)]);
    super::verdict(canvas, scene, carrier, bottom + 1, BELOW - 1);
}

/// Those that are out of sight: how many, and how many of them are in trouble.
fn others(levels: &[Level]) -> String {
    if levels.is_empty() {
        return String::new();
    }
    let troubled = match levels.iter().filter(|level| level.is_problem()).count() {
        0 => String::new(),
        troubled => format!(", {troubled} in trouble"),
    };
    format!(" {}{troubled}: PgDn, PgUp ", words::count(levels.len(), "more carrier"))
}

/// Where a block stands.
struct Block {
    left: u16,
    top: u16,
    width: u16,
    height: u16,
}

impl Block {
    fn draw(&self, canvas: &mut Canvas<'_>, scene: Scene<'_>, carrier: &CarrierState, sentence: &str, selected: bool) {
        let theme = canvas.theme;
        let (Piece(word, look), _) = scene.verdict(carrier);
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
        let mut top = self.top + 2;
        let urgent = carrier.registration.attention();
        if urgent != Attention::None {
            let said = format!("{} pin: {}", scene.glyphs.warning, urgent.word());
            if self.height > 3 {
                canvas.put(top, from, end, &said, brief::urgent(theme, urgent));
                top += 1;
            } else {
                // There is one row for what is said, and the verdict has it.
                canvas.pieces_right(self.top, from, end, &[Piece::new("pin! ", look)]);
            }
        }
        let lines = wrap(sentence, room, usize::from((self.top + self.height).saturating_sub(top)));
        for (row, line) in (top..).zip(&lines) {
            canvas.put(row, from, end, line, theme.text);
        }
    }
}
