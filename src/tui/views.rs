//! The screens: pure functions from what is known and what is looked at to what is drawn.
//!
//! ```text
//! +--------------------------------------------------+
//! | the view: fleet, carrier, changes, ..., or empty |
//! |                                                  |
//! +--------------------------------------------------+
//! | the sheet: a dialog or notice, where there is one|
//! +--------------------------------------------------+
//! | the foot: keys or what was said | badges, clock  |
//! +--------------------------------------------------+
//! ```
//!
//! A dialog takes rows from the view and lies over none, so the verdict stays in sight.

mod carrier;
mod changes;
mod compare;
mod empty;
mod events;
mod findings;
mod fleet;
mod foot;
mod health;
mod help;
mod preview;
mod registrations;
mod sheet;
mod target;
mod tree;
mod wall;
mod worst;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::model::Moment;
use crate::state::{CarrierState, State};

use super::Mode;
use super::canvas::{Canvas, Piece};
use super::glyphs::Glyphs;
use super::keymap::Place;
use super::theme::Theme;
use super::ui::{Over, Ui, View};

/// The least columns and rows that the screens make sense in.
pub(super) const LEAST: (u16, u16) = (40, 12);

/// All that a picture is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'s> {
    pub(super) state: &'s State,
    pub(super) ui: &'s Ui,
    pub(super) mode: &'s Mode,
    pub(super) theme: &'s Theme,
    pub(super) glyphs: &'s Glyphs,
    /// Since when the picture is held.
    pub(super) paused: Option<Moment>,
}

impl<'s> Scene<'s> {
    /// How long ago something was, in few steps.
    fn ago(&self, at: Moment) -> String {
        super::words::span(self.state.now.map_or_else(Default::default, |now| now.since(at)))
    }

    /// A moment on the wall clock, to the minute.
    fn clock(&self, at: Moment) -> String {
        super::words::clock(at.wall, &self.state.options.zone)
    }

    /// The verdict of a carrier: glyph, word, sentence.
    fn verdict(&self, carrier: &'s CarrierState) -> (Piece, &'s str) {
        let level = carrier.verdict.level;
        let word = format!("{} {}", self.glyphs.level(level), level.word());
        (Piece::new(word, self.theme.level(level)), &carrier.verdict.sentence)
    }
}

/// The picture that a dashboard of so many columns and rows opens with.
pub fn picture(size: (u16, u16), state: &State, theme: &Theme, glyphs: &Glyphs, mode: &Mode) -> Buffer {
    let ui = Ui::new(size, mode);
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    draw(&mut buffer, Scene { state, ui: &ui, mode, theme, glyphs, paused: None });
    buffer
}

/// Draws the whole screen.
pub(super) fn draw(buffer: &mut Buffer, scene: Scene<'_>) {
    let area = buffer.area;
    buffer.set_style(area, scene.theme.text.0);
    let mut screen = Canvas { buffer, area, theme: scene.theme, glyphs: scene.glyphs };
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return empty::too_small(&mut screen);
    }
    let sheet = sheet::height(scene);
    let body = area.height - 1 - sheet;
    {
        let mut view = screen.part(0, body);
        match (&scene.ui.over, scene.ui.place(scene.state)) {
            (Over::Help(page), place) => help::draw(&mut view, scene, place, *page),
            (_, Place::Empty) => empty::draw(&mut view, scene),
            (_, Place::Fleet) => fleet::draw(&mut view, scene),
            (_, Place::Carrier) => carrier::draw(&mut view, scene),
            (_, Place::Target) => target::draw(&mut view, scene),
            (_, Place::Registrations) => registrations::draw(&mut view, scene),
            (_, Place::Changes) => changes::draw(&mut view, scene),
            (_, Place::Findings) => findings::draw(&mut view, scene),
            (_, Place::Compare) => compare::draw(&mut view, scene),
            (_, Place::Worst) => worst::draw(&mut view, scene),
            (_, Place::Wall) => wall::draw(&mut view, scene),
        }
    }
    sheet::draw(&mut screen.part(body, sheet), scene);
    foot::draw(&mut screen.part(area.height - 1, 1), scene);
}

/// Draws the verdict over at most `rows` rows; returns how many it took.
fn verdict(canvas: &mut Canvas<'_>, scene: Scene<'_>, carrier: &CarrierState, top: u16, rows: u16) -> u16 {
    let (Piece(word, look), sentence) = scene.verdict(carrier);
    let from = canvas.put(top, 1, canvas.columns(), &word, look) + 2;
    canvas.wrapped(top, rows, from, sentence, canvas.theme.text)
}

/// How many rows a verdict takes, where it has them.
fn verdict_rows(columns: u16, scene: Scene<'_>, carrier: &CarrierState) -> u16 {
    let (Piece(word, _), sentence) = scene.verdict(carrier);
    let from = word.width() + 3;
    let lines = super::canvas::wrap(sentence, usize::from(columns).saturating_sub(from + 1), usize::MAX);
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

/// The first row to show of a list, so that the cursor is in sight: whole pages, since a list that
/// scrolls by single rows costs a screen of bytes for each step.
fn first_row(cursor: usize, len: usize, rows: usize) -> usize {
    (cursor / rows.max(1) * rows).min(len.saturating_sub(rows))
}

/// Whether the carrier's own screen is open.
const fn is_open(view: View) -> bool {
    matches!(view, View::Carrier | View::Target | View::Findings | View::Compare | View::Worst)
}
