//! Everything of one carrier failed in turn, each alone, the worst first: its weak spot, without asking.

use unicode_width::UnicodeWidthStr;

use crate::model::What;
use crate::preview::Range;
use crate::state::{CarrierState, Weak};
use crate::tui::canvas::{Align, Canvas, Column, Piece, columns};
use crate::tui::{foretold, words};

use super::{Scene, carrier, first_row};

struct Layout {
    what: Column,
    lost: Column,
    wait: Column,
    lands: Column,
}

impl Layout {
    fn new(total: u16, of: &CarrierState, each: &[Weak]) -> Self {
        let longest = each.iter().map(|weak| foretold::short(of, &weak.what).width()).max().unwrap_or(0);
        let what = u16::try_from(longest.clamp(13, 30)).unwrap_or(30).min(total / 3);
        let wait = if total >= 100 { 30 } else { 16 };
        let [what, lost, wait, lands] =
            columns(total, [(what, Align::Left), (8, Align::Right), (wait, Align::Left), (0, Align::Left)]);
        Self { what, lost, wait, lands }
    }

    fn heads(&self, canvas: &mut Canvas<'_>, row: u16) {
        let wait = if self.wait.width > 20 { "WAIT: SHARE, MEAN, WORST" } else { "WAIT, WORST" };
        for (column, head) in
            [(self.what, "IF THIS FAILS"), (self.lost, "LOST"), (self.wait, wait), (self.lands, "THEN CALLS LAND (%)")]
        {
            canvas.cell(row, column, head, canvas.theme.heading);
        }
    }

    fn row(&self, canvas: &mut Canvas<'_>, row: u16, of: &CarrierState, weak: &Weak) {
        let theme = canvas.theme;
        let forced = of.forced.iter().any(|outage| outage.what == weak.what);
        let look = if forced { theme.forced } else { theme.text };
        canvas.cell(row, self.what, &foretold::short(of, &weak.what), look);
        let lost = Range::said(weak.lost, None, weak.exact);
        canvas.cell(row, self.lost, &lost, if weak.lost.is_some() { theme.lost } else { theme.dim });
        let wait = match (weak.wait.share.is_some(), self.wait.width > 20) {
            (false, _) => "-".to_owned(),
            (true, false) => format!("{}, {}", weak.wait.share, words::wait(weak.wait.max)),
            (true, true) => {
                let (mean, max) = (words::wait(weak.wait.mean), words::wait(weak.wait.max));
                format!("{}, {mean}, {max}", weak.wait.share)
            }
        };
        canvas.cell(row, self.wait, &wait, theme.text);
        canvas.cell(row, self.lands, &foretold::who(of, &weak.pops), theme.text);
    }
}

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let Some(of) = scene.ui.current(scene.state) else { return };
    let theme = canvas.theme;
    carrier::head(canvas, scene, of);
    let mut top = 1 + super::verdict(canvas, scene, of, 1, 2);
    let end = canvas.columns().saturating_sub(1);
    canvas.rule(top);
    let mut title = vec![
        Piece::new(" WORST SINGLE FAILURE ", theme.title),
        Piece::new(format!(" each alone, {} ", scene.ui.how), theme.text),
    ];
    if of.is_viewed() {
        title.push(Piece::new(format!(" as {} ", words::engine(&of.shown_as().name())), theme.simulated));
    }
    if !of.lens.real {
        title.push(Piece::new(" without what probes show: h ", theme.warning));
    }
    title.push(Piece::new(" [SIMULATION: nothing is sent] ", theme.simulated));
    canvas.pieces(top, 0, end, &title);
    top += 1;
    let Some(weighed) = of.weighed().filter(|known| known.how == scene.ui.how) else {
        let words = if of.shown().is_none() { "no answer of the DNS yet: nothing can fail" } else { "-" };
        canvas.put(top, 1, end, words, theme.dim);
        return;
    };
    if weighed.each.is_empty() {
        canvas.put(top, 1, end, "there is nothing that could fail: calls have nowhere to go", theme.failed);
        return;
    }
    let all: Vec<What> = weighed.each.iter().map(|weak| weak.what.clone()).collect();
    let cursor = scene.ui.weak.place(&all);
    let layout = Layout::new(canvas.columns(), of, &weighed.each);
    layout.heads(canvas, top);
    top += 1;
    // Below it the selected one has a row of its own.
    let room = canvas.rows().saturating_sub(top + 2);
    let first = first_row(cursor, all.len(), usize::from(room));
    for (row, (at, weak)) in (top..top + room).zip(weighed.each.iter().enumerate().skip(first)) {
        layout.row(canvas, row, of, weak);
        if at == cursor {
            canvas.lay(row, theme.selection);
        }
    }
    let Some(selected) = weighed.each.get(cursor) else { return };
    let below = top + room.min(u16::try_from(all.len()).unwrap_or(u16::MAX));
    canvas.rule(below);
    let more = all.len().saturating_sub(first + usize::from(room));
    let more = if more > 0 { format!(" {more} more below ") } else { String::new() };
    canvas.pieces_right(below, 0, end, &[Piece::new(more, theme.changed)]);
    let lost = if selected.lost.is_some() {
        format!("; what is lost has ended after {}", words::wait(selected.lost_after))
    } else {
        String::new()
    };
    let who = foretold::who(of, &selected.pops);
    let cost = foretold::cost(selected.wait, selected.lost);
    let said = format!("{} {}: {cost}; calls land: {who}{lost}", selected.what, weighed.how);
    canvas.wrapped(below + 1, canvas.rows().saturating_sub(below + 1), 1, &said, theme.text);
}
