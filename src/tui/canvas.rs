//! Drawing rows so that their columns line up, whatever stands in them and however small the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::glyphs::Glyphs;
use super::theme::Theme;

/// A part of the screen to draw on, with the looks to draw in.
///
/// Nothing drawn leaves its area: whatever does not fit is cut.
#[derive(Debug)]
pub(super) struct Canvas<'c> {
    pub(super) buffer: &'c mut Buffer,
    pub(super) area: Rect,
    pub(super) theme: &'c Theme,
    pub(super) glyphs: &'c Glyphs,
}

/// A piece of a row: text and how it looks.
#[derive(Clone, Debug)]
pub(super) struct Piece(pub(super) String, pub(super) Style);

impl Piece {
    pub(super) fn new(text: impl Into<String>, look: impl Into<Style>) -> Self {
        Self(text.into(), look.into())
    }
}

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

impl Canvas<'_> {
    /// The number of rows.
    pub(super) fn rows(&self) -> u16 {
        self.area.height
    }

    /// The number of columns.
    pub(super) fn columns(&self) -> u16 {
        self.area.width
    }

    /// The same screen, another part of it: from row `top`, `height` rows, at most to the end of this one.
    pub(super) fn part(&mut self, top: u16, height: u16) -> Canvas<'_> {
        let top = top.min(self.area.height);
        let height = height.min(self.area.height - top);
        let area = Rect { y: self.area.y + top, height, ..self.area };
        Canvas { buffer: self.buffer, area, theme: self.theme, glyphs: self.glyphs }
    }

    /// Writes text into the columns `from..to` of a row; what does not fit ends in a cut mark. Returns
    /// the column after it.
    pub(super) fn put(&mut self, row: u16, from: u16, to: u16, text: &str, look: impl Into<Style>) -> u16 {
        let to = to.min(self.area.width);
        if row >= self.area.height || from >= to {
            return from.min(to);
        }
        let width = to - from;
        let fitted = fit(&self.glyphs.writable(text), usize::from(width), self.glyphs.cut);
        let (x, y) = (self.area.x + from, self.area.y + row);
        if !self.buffer.area.contains((x, y).into()) {
            return from;
        }
        let (end, _) = self.buffer.set_stringn(x, y, &fitted, usize::from(width), look.into());
        end - self.area.x
    }

    /// Writes pieces one after the other. Returns the column after the last.
    pub(super) fn pieces(&mut self, row: u16, from: u16, to: u16, pieces: &[Piece]) -> u16 {
        pieces.iter().fold(from, |at, Piece(text, look)| self.put(row, at, to, text, *look))
    }

    /// Writes pieces so that they end at column `to`. Returns the column where they begin.
    pub(super) fn pieces_right(&mut self, row: u16, from: u16, to: u16, pieces: &[Piece]) -> u16 {
        let to = to.min(self.area.width);
        let width: usize = pieces.iter().map(|Piece(text, _)| text.width()).sum();
        let begin = to.saturating_sub(u16::try_from(width).unwrap_or(u16::MAX)).max(from);
        self.pieces(row, begin, to, pieces);
        begin
    }

    /// Writes text into a column.
    pub(super) fn cell(&mut self, row: u16, column: Column, text: &str, look: impl Into<Style>) {
        let (from, to) = (column.from, column.from + column.width);
        let from = match column.align {
            Align::Left => from,
            Align::Right => to.saturating_sub(u16::try_from(text.width()).unwrap_or(u16::MAX)).max(from),
        };
        self.put(row, from, to, text, look);
    }

    /// Lays a look over a whole row.
    pub(super) fn lay(&mut self, row: u16, look: impl Into<Style>) {
        if row < self.area.height {
            let line = Rect { y: self.area.y + row, height: 1, ..self.area };
            self.buffer.set_style(line, look.into());
        }
    }

    /// Draws a line across a row.
    pub(super) fn rule(&mut self, row: u16) {
        let line = self.glyphs.rule.repeat(usize::from(self.area.width));
        self.put(row, 0, self.area.width, &line, self.theme.border);
    }

    /// Writes text over as many rows as it needs, at most `rows`, breaking between words. Returns how
    /// many it took.
    pub(super) fn wrapped(&mut self, top: u16, rows: u16, from: u16, text: &str, look: impl Into<Style>) -> u16 {
        let look = look.into();
        let width = usize::from(self.area.width.saturating_sub(from).saturating_sub(1));
        let lines = wrap(text, width, usize::from(rows));
        let taken = u16::try_from(lines.len()).unwrap_or(rows);
        for (row, line) in (top..).zip(&lines) {
            self.put(row, from, self.area.width.saturating_sub(1), line, look);
        }
        taken
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) from: u16,
    pub(super) width: u16,
    pub(super) align: Align,
}

/// Lays columns side by side from column 1, one apart; the one of width 0 takes what is left.
pub(super) fn columns<const N: usize>(total: u16, widths: [(u16, Align); N]) -> [Column; N] {
    let fixed: u16 = widths.iter().map(|(width, _)| width + 1).sum();
    let rest = total.saturating_sub(fixed + 1);
    let mut from = 1;
    widths.map(|(width, align)| {
        let width = if width == 0 { rest } else { width };
        let column = Column { from, width, align };
        from += width + 1;
        column
    })
}

/// Cuts text to a width, with a mark where something is missing.
pub(super) fn fit(text: &str, width: usize, mark: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(mark.width());
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        kept.push(c);
    }
    if width >= mark.width() {
        kept.push_str(mark);
    }
    kept
}

/// Breaks text between words into at most `rows` lines (one at least); the last holds all that is left. A
/// word that is wider than a line is broken too.
pub(super) fn wrap(text: &str, width: usize, rows: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').flat_map(|word| chunks(word, width.max(1))) {
        let last = lines.len() >= rows.max(1);
        match lines.last_mut() {
            Some(line) if last || line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn chunks(word: &str, width: usize) -> Vec<&str> {
    let (mut chunks, mut rest) = (Vec::new(), word);
    while rest.width() > width {
        let mut over = rest.char_indices().skip(1).filter(|(at, c)| rest[..at + c.len_utf8()].width() > width);
        let Some((at, _)) = over.next() else { break };
        let (chunk, left) = rest.split_at(at);
        chunks.push(chunk);
        rest = left;
    }
    chunks.push(rest);
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_its_width_in_cells() {
        assert_eq!(fit("abcdef", 6, "…"), "abcdef");
        assert_eq!(fit("abcdef", 4, "…"), "abc…");
        assert_eq!(fit("混雑した", 5, "…"), "混雑…");
        assert_eq!(fit("abc", 0, "…"), "");
        assert_eq!(fit("abc", 1, "…"), "…");
    }

    #[test]
    fn columns_share_what_there_is() {
        let [a, b, c] = columns(40, [(10, Align::Left), (0, Align::Left), (6, Align::Right)]);
        assert_eq!((a.from, b.from, c.from), (1, 12, 33));
        assert_eq!(b.width, 20);
        assert_eq!(c.from + c.width, 39);
    }

    #[test]
    fn words_are_wrapped_and_the_last_line_keeps_the_rest() {
        assert_eq!(wrap("one two three four", 8, 9), ["one two", "three", "four"]);
        assert_eq!(wrap("one two three four", 8, 2), ["one two", "three four"]);
        assert_eq!(wrap("", 8, 2), [""]);
        assert_eq!(wrap("a bcdefghijkl 混雑混雑", 5, 9), ["a", "bcdef", "ghijk", "l", "混雑", "混雑"]);
        assert_eq!(wrap("混", 1, 9), ["混"]);
    }

    #[test]
    fn nothing_is_drawn_outside() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 2));
        let theme = Theme::named("mono").unwrap();
        let area = buffer.area;
        let mut canvas = Canvas { buffer: &mut buffer, area, theme: &theme, glyphs: &Glyphs::ASCII };
        assert_eq!(canvas.put(0, 1, 90, "abcdef", Style::new()), 4);
        canvas.put(7, 0, 9, "x", Style::new());
        canvas.put(0, 9, 12, "x", Style::new());
        let mut below = canvas.part(5, 5);
        below.put(0, 0, 9, "x", Style::new());
        assert_eq!(buffer, Buffer::with_lines([" ab>", "    "]));
    }
}
