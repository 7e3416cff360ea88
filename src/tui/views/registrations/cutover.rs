//! A cutover: what is registered at old POPs still, against new ones.

use crate::state::{CarrierState, Drain, Side};
use crate::tui::canvas::{Canvas, Piece};
use crate::tui::theme::Theme;
use crate::tui::words;
use unicode_width::UnicodeWidthStr;

use super::Scene;

/// Draws a row for each carrier that has one; returns how many rows it took.
pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>, carriers: &[&CarrierState]) -> u16 {
    let all: Vec<(&CarrierState, Drain)> =
        carriers.iter().filter_map(|carrier| Some((*carrier, carrier.registration.drain()?))).collect();
    let end = canvas.columns().saturating_sub(1);
    let told: Vec<[Vec<Piece>; 2]> =
        all.iter().map(|(carrier, drain)| said(canvas.theme, scene, carrier, drain)).collect();
    let width = |pieces: &[Piece]| pieces.iter().map(|Piece(text, _)| text.width()).sum::<usize>();
    // When it ends is worth a row of its own, where it would be cut off.
    let long = told.iter().any(|[sides, ends]| width(sides) + width(ends) + 1 > usize::from(end));
    let each = if long { 2 } else { 1 };
    let room = usize::from(canvas.rows() / each);
    let fit = if all.len() > room { room.saturating_sub(1) } else { all.len() };
    let mut row = 0;
    for [sides, ends] in told.iter().take(fit) {
        let from = canvas.pieces(row, 1, end, sides);
        let from = if long { INDENT } else { from };
        canvas.pieces(row + each - 1, from, end, ends);
        row += each;
    }
    if fit < all.len() {
        let more = format!("and {} more", words::count(all.len() - fit, "cutover"));
        canvas.put(row, 1, end, &more, canvas.theme.dim);
        row += 1;
    }
    row
}

/// Where a second row begins.
const INDENT: u16 = 12;

/// How many are where, and when that ends.
fn said(theme: &Theme, scene: Scene<'_>, carrier: &CarrierState, drain: &Drain) -> [Vec<Piece>; 2] {
    let ends = drain.ends.map_or_else(
        || "nobody knows when they end".to_owned(),
        |ends| format!("drained by {}", words::when(ends, scene.state.now, &scene.state.options.zone)),
    );
    let straggle = match drain.stragglers.len() {
        0 => String::new(),
        1 => ", 1 may stay longer".to_owned(),
        many => format!(", {many} may stay longer"),
    };
    let sides = vec![
        Piece::new(format!("{} CUTOVER", scene.glyphs.warning), theme.warning),
        Piece::new(format!("  {}  ", carrier.carrier.name), theme.text),
        Piece::new(format!("old {}", sides(carrier, &drain.old)), theme.warning),
        Piece::new(format!("  new {}  ", sides(carrier, &drain.new)), theme.text),
    ];
    [sides, vec![Piece::new(ends, theme.changed), Piece::new(straggle, theme.warning)]]
}

/// How many are where: `4 (us-east-1 3, us-east-2 1)`.
fn sides(carrier: &CarrierState, sides: &[Side]) -> String {
    let all: usize = sides.iter().map(|side| side.many).sum();
    let named: Vec<String> =
        sides.iter().take(2).map(|side| format!("{} {}", words::pop(carrier, &side.pop), side.many)).collect();
    let more = if sides.len() > 2 { format!(", {} POPs more", sides.len() - 2) } else { String::new() };
    match sides {
        [] => "0".to_owned(),
        [only] => format!("{all} ({})", words::pop(carrier, &only.pop)),
        _ => format!("{all} ({}{more})", named.join(", ")),
    }
}
