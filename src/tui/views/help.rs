//! All keys of the place, from the one table.

use unicode_width::UnicodeWidthStr;

use crate::tui::canvas::{Canvas, Piece};
use crate::tui::keymap::{self, Binding, Group, Place};

use crate::tui::theme::{Look, Theme};

use super::Scene;

/// A line: a heading, or a key and what it does.
enum Line {
    Title(&'static str),
    Key(&'static Binding),
    Mark(&'static str, &'static str),
}

/// How wide keys stand.
const KEYS: usize = 8;
/// The least width of a column that what keys do is readable in.
const COLUMN: u16 = 40;

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>, place: Place, page: i32) {
    let theme = canvas.theme;
    let mut top = 0;
    if let Some(carrier) = scene.ui.current(scene.state) {
        canvas.put(top, 1, canvas.columns(), carrier.carrier.name.as_str(), theme.title);
        top += 1 + super::verdict(canvas, scene, carrier, 1, 2);
        canvas.rule(top);
        top += 1;
    }
    let lines = lines(scene, place);
    let rows = usize::from(canvas.rows().saturating_sub(top)).max(2);
    let width =
        if lines.len() > rows && canvas.columns() >= 2 * COLUMN { canvas.columns() / 2 } else { canvas.columns() };
    let columns = usize::from(canvas.columns() / width.max(1)).max(1);
    // Where there are several pages, the last row says so.
    let rows = if lines.len() > rows * columns { rows - 1 } else { rows };
    let pages = lines.len().div_ceil(rows * columns).max(1);
    let page = usize::try_from(page.rem_euclid(i32::try_from(pages).unwrap_or(i32::MAX))).unwrap_or(0);
    for (at, line) in lines.iter().skip(page * rows * columns).take(rows * columns).enumerate() {
        let from = u16::try_from(at / rows).unwrap_or(u16::MAX).saturating_mul(width) + 1;
        let row = top + u16::try_from(at % rows).unwrap_or(u16::MAX);
        draw_line(canvas, row, from, (from + width).saturating_sub(2), line);
    }
    if pages > 1 {
        let last = canvas.rows().saturating_sub(1);
        let words = format!("page {} of {pages}; j and k turn it", page + 1);
        canvas.put(last, 1, canvas.columns(), &words, theme.changed);
    }
}

fn lines(scene: Scene<'_>, place: Place) -> Vec<Line> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        let mut of_group =
            keymap::bindings(place, scene.mode.lab.is_some()).filter(|binding| binding.group == group).peekable();
        if of_group.peek().is_some() {
            lines.push(Line::Title(group.title()));
            lines.extend(of_group.map(Line::Key));
        }
    }
    if place == Place::Carrier {
        lines.push(Line::Title("Marks"));
        lines.push(Line::Mark(scene.glyphs.differs, "others differ: Space tells"));
        lines.push(Line::Mark("FIRST", "chance to be tried first"));
    }
    lines
}

fn draw_line(canvas: &mut Canvas<'_>, row: u16, from: u16, end: u16, line: &Line) {
    let theme = canvas.theme;
    match line {
        Line::Title(title) => canvas.put(row, from, end, title, theme.heading),
        Line::Key(binding) => {
            canvas.pieces(row, from, end, &entry(&keymap::keys(binding), theme.key, binding.help, theme))
        }
        Line::Mark(mark, says) => canvas.pieces(row, from, end, &entry(mark, theme.warning, says, theme)),
    };
}

fn entry(what: &str, look: Look, says: &str, theme: &Theme) -> [Piece; 3] {
    let pad = " ".repeat(KEYS.saturating_sub(what.width()).max(1));
    [Piece::new(what, look), Piece::new(pad, theme.text), Piece::new(says, theme.text)]
}
