//! Where registrations are: a line for each account and for each that somebody told of, what needs attention first,
//! and the selected one in full.

mod blank;
mod cutover;

use unicode_width::UnicodeWidthStr;

use crate::state::{Attention, By, Pin};
use crate::tui::canvas::{Align, Canvas, Column, Piece};
use crate::tui::registrations::{self, Row, Shows, brief};
use crate::tui::theme::Look;
use crate::tui::ui::Over;
use crate::tui::words;

use super::{Scene, first_row, fleet, sheet};

/// The least rows of what is told of the selected one, its rule and its verdict among them.
const TOLD: u16 = 9;
/// The rows of its verdict alone, where it is told elsewhere.
const JUDGED: u16 = 2;
/// The least rows of the list beside that.
const LIST: u16 = 3;

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let rows = registrations::rows(scene.ui, scene.state);
    let carriers = registrations::carriers(scene.ui, scene.state);
    fleet::head(canvas, scene, scene.ui.listed(scene.state).len());
    title(canvas, scene, &rows);
    if carriers.is_empty() {
        return blank::draw(&mut canvas.part(2, u16::MAX), scene);
    }
    let top = 2 + cutover::draw(&mut canvas.part(2, (canvas.rows() / 5).clamp(1, 4)), scene, &carriers);
    if rows.is_empty() {
        canvas.put(top, 1, canvas.columns(), "no registration needs attention; Tab shows all", canvas.theme.text);
        return;
    }
    let cursor = scene.ui.registrations.place(&rows);
    let below = canvas.rows().saturating_sub(top + 1);
    let wanted = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    // Where it is unfolded below, the list has what is left of the rows.
    let told = if let Over::Unfolded(_) = scene.ui.over { JUDGED } else { TOLD };
    let least = if below < LIST + JUDGED { 1 } else { LIST };
    let room = wanted.min(below.saturating_sub(told).max(least)).min(below);
    list(&mut canvas.part(top, 1 + room), scene, &rows, cursor);
    let more = rows.len().saturating_sub(first_row(cursor, rows.len(), room.into()) + usize::from(room));
    if more > 0 {
        let said = format!(" {more} more below ");
        canvas.pieces_right(1, 0, canvas.columns(), &[Piece::new(said, canvas.theme.changed)]);
    }
    if let Some(row) = rows.get(cursor) {
        tell(&mut canvas.part(top + 1 + room, below - room), scene, row);
    }
}

/// What is listed, and how many.
fn title(canvas: &mut Canvas<'_>, scene: Scene<'_>, rows: &[Row<'_>]) {
    let theme = canvas.theme;
    canvas.rule(1);
    let mut pieces = vec![Piece::new(" REGISTRATIONS   ", theme.title)];
    let urgent = rows.iter().filter(|row| row.attention() != Attention::None).count();
    if scene.ui.registrations.only {
        pieces.push(Piece::new("only what needs attention (Tab: all) ", theme.warning));
    } else if !rows.is_empty() {
        pieces.push(Piece::new(format!("{} ", rows.len()), theme.text));
    }
    match urgent {
        0 => {}
        1 => pieces.push(Piece::new("  1 needs attention ", theme.warning)),
        _ => pieces.push(Piece::new(format!("  {urgent} need attention "), theme.warning)),
    }
    canvas.pieces(1, 0, canvas.columns(), &pieces);
}

/// A column: its head, its place in line for room (the lowest is given it first), and what stands in it.
struct Field {
    head: &'static str,
    rank: u8,
    most: usize,
    align: Align,
    of: fn(&Row<'_>, Scene<'_>, bool) -> (String, Look),
}

/// In the order in which they stand.
const FIELDS: [Field; 8] = [
    Field { head: "CARRIER", rank: 0, most: 20, align: Align::Left, of: carrier },
    Field { head: "ACCOUNT", rank: 6, most: 26, align: Align::Left, of: account },
    Field { head: "PINNED TO", rank: 1, most: 34, align: Align::Left, of: pinned },
    Field { head: "TIER", rank: 3, most: 10, align: Align::Left, of: tier },
    Field { head: "GRANTED", rank: 7, most: 8, align: Align::Right, of: granted },
    Field { head: "EXPIRES", rank: 2, most: 8, align: Align::Right, of: expires },
    Field { head: "SINCE", rank: 5, most: 8, align: Align::Right, of: since },
    Field { head: "MOVES 24 h", rank: 4, most: 10, align: Align::Right, of: moves },
];
/// The columns of what needs attention: at least, and where there is room.
const ATTENTION: (u16, u16) = (12, 22);
/// The columns of it that are left where there is hardly any room, and the least of where a registration is.
const NARROW: (u16, u16) = (6, 12);

fn carrier(row: &Row<'_>, scene: Scene<'_>, _: bool) -> (String, Look) {
    (row.carrier.carrier.name.to_string(), scene.theme.text)
}

fn account(row: &Row<'_>, scene: Scene<'_>, _: bool) -> (String, Look) {
    match (row.account(), row.shows) {
        (Some(id), _) => (id.to_string(), scene.theme.text),
        (None, Shows::Pin(pin)) => (format!("by {}", pin.by.said()), scene.theme.dim),
        (None, Shows::Likely(_)) => (format!("by {}", By::Engine.said()), scene.theme.dim),
        (None, Shows::Nothing) => ("-".to_owned(), scene.theme.dim),
    }
}

fn pinned(row: &Row<'_>, scene: Scene<'_>, _: bool) -> (String, Look) {
    brief::whereabouts(row, scene.glyphs, scene.theme)
}

fn tier(row: &Row<'_>, scene: Scene<'_>, _: bool) -> (String, Look) {
    of_pin(row, scene, |pin| Some(brief::tier(pin.listing)))
}

fn granted(row: &Row<'_>, scene: Scene<'_>, _: bool) -> (String, Look) {
    of_pin(row, scene, |pin| Some(format!("{} s", pin.granted?)))
}

fn expires(row: &Row<'_>, scene: Scene<'_>, selected: bool) -> (String, Look) {
    of_pin(row, scene, |pin| brief::left(pin, scene.state.now, selected))
}

fn since(row: &Row<'_>, scene: Scene<'_>, _: bool) -> (String, Look) {
    of_pin(row, scene, |pin| {
        let when = words::when(pin.since?, scene.state.now, &scene.state.options.zone);
        // To the minute, and of another day the day.
        Some(when.get(..5).unwrap_or(&when).to_owned())
    })
}

fn moves(row: &Row<'_>, scene: Scene<'_>, _: bool) -> (String, Look) {
    match row.carrier.registration.move_count() {
        // They are the carrier's, and said once.
        _ if !row.first => ("-".to_owned(), scene.theme.dim),
        0 => ("0".to_owned(), scene.theme.dim),
        count => (count.to_string(), scene.theme.changed),
    }
}

fn of_pin(row: &Row<'_>, scene: Scene<'_>, of: impl Fn(&Pin) -> Option<String>) -> (String, Look) {
    let said = row.pin().and_then(of);
    said.map_or_else(|| ("-".to_owned(), scene.theme.dim), |said| (said, scene.theme.text))
}

/// The columns that have room, in the order in which they stand, and the one of what needs attention.
fn layout(total: u16, scene: Scene<'_>, shown: &[Row<'_>]) -> (Vec<(&'static Field, Column)>, Column) {
    let wish = |field: &Field| {
        // A countdown is not to move what stands beside it.
        let cells = shown.iter().map(|row| (field.of)(row, scene, false).0.width()).max().unwrap_or(0);
        cells.max(field.head.width())
    };
    let width = |field: &Field| u16::try_from(wish(field).min(field.most)).unwrap_or(u16::MAX);
    let mut by_rank: Vec<(&'static Field, u16)> = FIELDS.iter().map(|field| (field, width(field))).collect();
    by_rank.sort_by_key(|(field, _)| field.rank);
    let mut left = total.saturating_sub(2);
    let mut kept: Vec<(&'static Field, u16)> = Vec::new();
    for (field, width) in by_rank {
        let attention = if field.rank < 3 { ATTENTION.0 } else { ATTENTION.1 };
        let needed = field.rank < 2;
        let width = if needed { width.min(left.saturating_sub(1 + NARROW.0)).max(NARROW.1) } else { width };
        if needed || left >= width + 1 + attention {
            left = left.saturating_sub(width + 1);
            kept.push((field, width));
        }
    }
    // What is cut off has what is left over.
    for (field, width) in &mut kept {
        let spare = left.saturating_sub(1 + ATTENTION.1);
        let more = u16::try_from(wish(field).saturating_sub((*width).into())).unwrap_or(u16::MAX).min(spare);
        (*width, left) = (*width + more, left - more);
    }
    let mut from = 1;
    let mut columns = Vec::new();
    for field in &FIELDS {
        if let Some((field, width)) = kept.iter().find(|(known, _)| known.head == field.head) {
            columns.push((*field, Column { from, width: *width, align: field.align }));
            from += width + 1;
        }
    }
    (columns, Column { from, width: total.saturating_sub(from + 1), align: Align::Left })
}

fn list(canvas: &mut Canvas<'_>, scene: Scene<'_>, rows: &[Row<'_>], cursor: usize) {
    let theme = canvas.theme;
    let room = usize::from(canvas.rows().saturating_sub(1));
    let first = first_row(cursor, rows.len(), room);
    let shown = rows.get(first..(first + room).min(rows.len())).unwrap_or_default();
    let (columns, attention) = layout(canvas.columns(), scene, shown);
    for (field, column) in &columns {
        canvas.cell(0, *column, field.head, theme.heading);
    }
    canvas.cell(0, attention, "NEEDS ATTENTION", theme.heading);
    for (line, (at, row)) in (1..).zip((first..).zip(shown)) {
        for (field, column) in &columns {
            let (said, look) = (field.of)(row, scene, at == cursor);
            canvas.cell(line, *column, &said, look);
        }
        let urgent = row.attention();
        if urgent != Attention::None {
            let said = format!("{} {}", scene.glyphs.warning, urgent.word());
            canvas.cell(line, attention, &said, brief::urgent(theme, urgent));
        }
        if at == cursor {
            canvas.lay(line, theme.selection);
        }
    }
}

/// One in full, under its carrier's verdict: as much as fits.
fn tell(canvas: &mut Canvas<'_>, scene: Scene<'_>, row: &Row<'_>) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    canvas.rule(0);
    canvas.put(0, 0, end, &format!(" {} ", row.carrier.carrier.name), theme.title);
    let most = if canvas.rows() > 16 { 2 } else { 1 };
    let top = 1 + super::verdict(canvas, scene, row.carrier, 1, most);
    let room = usize::from(canvas.rows().saturating_sub(top));
    if room == 0 || matches!(scene.ui.over, Over::Unfolded(_)) {
        return;
    }
    let mut told = registrations::told(scene.ui, scene.state, row);
    if is_said_above(canvas.columns(), most, scene, row) {
        let rest = told.iter().skip(1).position(|row| !row.head.is_empty());
        told.drain(..rest.map_or(told.len(), |rest| rest + 1));
    }
    let fit = if told.len() > room { room.saturating_sub(1) } else { told.len() };
    for (line, told) in (top..).zip(told.iter().take(fit)) {
        sheet::told_row(canvas, line, told);
    }
    let more = told.len() - fit;
    if more > 0 {
        let last = canvas.rows().saturating_sub(1);
        canvas.pieces(last, 1, end, &[Piece::new("i", theme.key), Piece::new(format!(" {more} more rows"), theme.dim)]);
    }
}

/// Whether the verdict has said what needs attention, and to its end.
fn is_said_above(columns: u16, most: u16, scene: Scene<'_>, row: &Row<'_>) -> bool {
    let said = row.carrier.registration.attention_said().filter(|_| row.attention() != Attention::None);
    let fits = super::verdict_rows(columns, scene, row.carrier) <= most;
    fits && said.is_some_and(|said| row.carrier.verdict.sentence.contains(said))
}
