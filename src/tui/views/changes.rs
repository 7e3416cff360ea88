//! What has happened, of all carriers or of one: newest first, what it was beside what it means, and the
//! selected event in full.

use unicode_width::UnicodeWidthStr;

use crate::model::{Event, Moment};
use crate::tui::canvas::{Align, Canvas, Column, Piece, columns};
use crate::tui::listing::{Kind, MOST, Row};
use crate::tui::words;

use super::events::Told;
use super::{Scene, first_row, fleet};

/// From how many columns on the meaning is a column.
const WIDE: u16 = 60;
/// From how many rows on the selected event is told in full.
const HIGH: u16 = 14;
/// The least rows that it takes: a rule, and five for the carrier's verdict, the event, and what it rests on.
const FULL: u16 = 6;

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let listing = &scene.ui.listing;
    let rows = listing.rows(scene.state);
    let cursor = listing.cursor(&rows);
    fleet::head(canvas, scene, scene.ui.listed(scene.state).len());
    title(canvas, scene, rows.len());
    // A verdict and an event that are long have the rows that the list leaves.
    let blank = canvas.rows().saturating_sub(3 + FULL).saturating_sub(u16::try_from(rows.len()).unwrap_or(u16::MAX));
    let below = if canvas.rows() >= HIGH && !rows.is_empty() { FULL + blank.min(2) } else { 0 };
    let room = canvas.rows().saturating_sub(3 + below);
    let first = first_row(cursor, rows.len(), usize::from(room));
    let shown: Vec<Row<'_>> = rows.iter().copied().skip(first).take(room.into()).collect();
    let layout = Layout::new(canvas.columns(), scene, &shown);
    layout.heads(canvas);
    for (row, (at, listed)) in (3..3 + room).zip((first..).zip(&shown)) {
        layout.row(canvas, scene, row, *listed);
        if at == cursor {
            canvas.lay(row, canvas.theme.selection);
        }
    }
    match rows.get(cursor) {
        Some(row) => full(&mut canvas.part(3 + room, below), scene, *row),
        None => {
            canvas.wrapped(3, 3, 1, &nothing(scene), canvas.theme.text);
        }
    }
}

/// What is listed, and how many.
fn title(canvas: &mut Canvas<'_>, scene: Scene<'_>, count: usize) {
    let theme = canvas.theme;
    let listing = &scene.ui.listing;
    let of = match &listing.only {
        Some(name) => format!("of {name}"),
        None => match &listing.wanted {
            Some(wanted) => fleet::of_filter(wanted).trim_end().to_owned(),
            None => "of all carriers".to_owned(),
        },
    };
    let kind = match listing.kind {
        Kind::All => "DNS, health and pins",
        Kind::Dns => "DNS only",
        Kind::Health => "health only",
        Kind::Pins => "pins only",
    };
    let count = match count {
        0 => String::new(),
        MOST => format!("the newest {MOST}"),
        count => format!("{count}, newest first"),
    };
    let narrowed = |is: bool| if is { theme.warning } else { theme.text };
    canvas.rule(1);
    let pieces = [
        Piece::new(" CHANGES   ", theme.title),
        Piece::new(of, narrowed(listing.only.is_some() || listing.wanted.is_some())),
        Piece::new("   ", theme.text),
        Piece::new(kind, narrowed(listing.kind != Kind::All)),
        Piece::new(format!("   {count} "), theme.text),
    ];
    canvas.pieces(1, 0, canvas.columns(), &pieces);
}

/// Since when there is nothing to list.
fn nothing(scene: Scene<'_>) -> String {
    let listing = &scene.ui.listing;
    let what = match listing.kind {
        Kind::All => "nothing has changed",
        Kind::Dns => "nothing has changed in the DNS",
        Kind::Health => "no target's health has changed",
        Kind::Pins => "no registration has moved",
    };
    let named = scene.state.carriers().filter(|carrier| listing.holds(carrier));
    // Of several the one that was seen last: before that nobody looked at all of them.
    let watched: Option<Vec<Moment>> = named.map(|carrier| carrier.watched).collect();
    match watched.and_then(|all| all.into_iter().max()) {
        Some(since) => {
            let time = words::time(since.wall, &scene.state.options.zone);
            format!("{what} since {time} ({} ago), when the DNS was first known", scene.ago(since))
        }
        None => "nothing to compare with: the DNS has not answered for all of them yet".to_owned(),
    }
}

/// The selected event in full, under its carrier's verdict.
fn full(canvas: &mut Canvas<'_>, scene: Scene<'_>, row: Row<'_>) {
    let theme = canvas.theme;
    let Row { carrier, event, .. } = row;
    canvas.rule(0);
    canvas.put(0, 0, canvas.columns(), &format!(" {} ", fleet::whose(carrier)), theme.title);
    let most = canvas.rows().saturating_sub(4).min(3);
    let top = 1 + carrier.map_or(0, |carrier| super::verdict(canvas, scene, carrier, 1, most));
    let Told { what, means, rests, look } = Told::of(scene, carrier, event);
    let words = if means.is_empty() { what } else { format!("{what}: {means}") };
    let time = time(scene, event);
    let from = canvas.put(top, 1, canvas.columns(), &time, theme.dim) + 1;
    let row = top + canvas.wrapped(top, 2, from, &words, look);
    canvas.wrapped(row, canvas.rows().saturating_sub(row), from, &rests, theme.dim);
}

/// When it was.
fn time(scene: Scene<'_>, event: &Event) -> String {
    words::when(event.at, scene.state.now, &scene.state.options.zone)
}

struct Layout {
    time: Column,
    carrier: Option<Column>,
    what: Column,
    means: Option<Column>,
}

impl Layout {
    fn new(total: u16, scene: Scene<'_>, shown: &[Row<'_>]) -> Self {
        use Align::Left;
        let widest = |widths: &mut dyn Iterator<Item = usize>| u16::try_from(widths.max().unwrap_or(0)).unwrap_or(0);
        let time = widest(&mut shown.iter().map(|row| time(scene, row.event).width())).max(8);
        let names = shown.iter().map(|row| fleet::whose(row.carrier).width());
        let name = widest(&mut names.into_iter()).clamp(7, (total / 6).max(8));
        let what = shown.iter().map(|row| Told::of(scene, row.carrier, row.event).what.width());
        let what = widest(&mut what.into_iter()).clamp(12, total * 2 / 5);
        let all = scene.ui.listing.only.is_none();
        match (all, total >= WIDE) {
            (true, true) => {
                let [time, carrier, what, means] =
                    columns(total, [(time, Left), (name, Left), (what, Left), (0, Left)]);
                Self { time, carrier: Some(carrier), what, means: Some(means) }
            }
            (false, true) => {
                let [time, what, means] = columns(total, [(time, Left), (what, Left), (0, Left)]);
                Self { time, carrier: None, what, means: Some(means) }
            }
            (true, false) => {
                let [time, carrier, what] = columns(total, [(time, Left), (name, Left), (0, Left)]);
                Self { time, carrier: Some(carrier), what, means: None }
            }
            (false, false) => {
                let [time, what] = columns(total, [(time, Left), (0, Left)]);
                Self { time, carrier: None, what, means: None }
            }
        }
    }

    fn heads(&self, canvas: &mut Canvas<'_>) {
        let heads =
            [(Some(self.time), "TIME"), (self.carrier, "CARRIER"), (Some(self.what), "WHAT"), (self.means, "MEANING")];
        for (column, head) in heads {
            if let Some(column) = column {
                canvas.cell(2, column, head, canvas.theme.heading);
            }
        }
    }

    fn row(&self, canvas: &mut Canvas<'_>, scene: Scene<'_>, row: u16, listed: Row<'_>) {
        let theme = canvas.theme;
        let told = Told::of(scene, listed.carrier, listed.event);
        canvas.cell(row, self.time, &time(scene, listed.event), theme.dim);
        if let Some(column) = self.carrier {
            canvas.cell(row, column, fleet::whose(listed.carrier), theme.text);
        }
        // What means nothing more has the room of its meaning.
        let end = match self.means {
            Some(means) if told.means.is_empty() => means.from + means.width,
            _ => self.what.from + self.what.width,
        };
        canvas.put(row, self.what.from, end, &told.what, told.look);
        if let Some(column) = self.means {
            canvas.cell(row, column, &told.means, theme.text);
        }
    }
}
