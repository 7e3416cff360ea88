//! The bars: what each POP gets, now and then.

use crate::model::Share;
use crate::preview::{PopShare, Preview, Range};
use crate::state::{CarrierState, Previews};
use crate::tui::canvas::Canvas;
use crate::tui::known::Doubts;
use crate::tui::theme::Look;
use crate::tui::words;
use unicode_width::UnicodeWidthStr;

/// A row of bars: a POP, or what is lost.
pub(super) struct Bars {
    pub(super) pop: Option<PopShare>,
    clean: Share,
    now: Told,
    then: Option<Told>,
}

/// A share, as it is told.
#[derive(Clone, Copy)]
struct Told {
    share: Share,
    range: Option<Range>,
    exact: bool,
}

impl Told {
    fn said(self) -> String {
        Range::said(self.share, self.range, self.exact)
    }
}

pub(super) fn rows(previews: &Previews) -> Vec<Bars> {
    let of = |preview: &Preview, pop: &PopShare| {
        let known = preview.pops().into_iter().find(|known| known.pop == pop.pop);
        let (share, range) = known.map_or((Share::NONE, None), |known| (known.landing, known.range));
        Told { share, range, exact: preview.exact }
    };
    let lost = |preview: &Preview| Told { share: preview.lost, range: preview.lost_range, exact: preview.exact };
    let mut rows: Vec<Bars> = previews
        .now
        .pops()
        .into_iter()
        .map(|pop| Bars {
            clean: of(&previews.clean, &pop).share,
            now: of(&previews.now, &pop),
            then: previews.then.as_ref().map(|then| of(then, &pop)),
            pop: Some(pop),
        })
        .collect();
    let lost = Bars {
        pop: None,
        clean: previews.clean.lost,
        now: lost(&previews.now),
        then: previews.then.as_deref().map(lost),
    };
    let some = |told: &Told| told.share.is_some() || told.range.is_some();
    if some(&lost.now) || lost.then.as_ref().is_some_and(some) {
        rows.push(lost);
    }
    rows
}

/// Draws a row of bars; `doubts` are those of now and of then.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    carrier: &CarrierState,
    row: u16,
    label: u16,
    bars: &Bars,
    doubts: [&Doubts<'_>; 2],
) {
    let theme = canvas.theme;
    let unknown = doubts.map(|doubts| bars.pop.as_ref().is_some_and(|pop| doubts.concern(&pop.pop)));
    let end = canvas.columns().saturating_sub(1);
    let (name, look) = match &bars.pop {
        Some(pop) => (words::pop(carrier, &pop.pop), theme.text),
        None => ("lost".to_owned(), theme.lost),
    };
    canvas.put(row, 1, label, &name, look);
    // What nobody has heard is no claim: neither its bar nor its figure looks like one.
    let looks = unknown.map(|unknown| match (&bars.pop, unknown) {
        (None, _) => (theme.lost, theme.lost, ""),
        (Some(_), true) => (theme.unknown, theme.unknown, " ?"),
        (Some(_), false) => (theme.bar, look, ""),
    });
    // Of what is said of the load the factor comes first: where there is little room, it is all.
    let load = |share: Share, at: u16| {
        let over = if bars.clean.is_some() && bars.pop.is_some() { share.0 / bars.clean.0 } else { 1.0 };
        if over <= 1.04 {
            return String::new();
        }
        let ways = [" its usual load", " its load", ""].map(|words| format!("x{over:.1}{words}"));
        let room = usize::from(end.saturating_sub(at));
        let [.., last] = &ways;
        ways.iter().find(|way| way.width() <= room).unwrap_or(last).clone()
    };
    let room = end.saturating_sub(1 + label);
    // What stands beside the bars: twice a word and a figure, and a factor of the load.
    let width = if bars.then.is_some() { room.saturating_sub(36) / 2 } else { room.saturating_sub(36) }.clamp(4, 28);
    let mut at = 1 + label;
    if bars.then.is_some() {
        at = canvas.put(row, at, end, "now ", theme.dim);
    }
    let (bar_look, figure, mark) = looks[0];
    at = bar(canvas, row, at, width, bars.now.share, bar_look);
    at = canvas.put(row, at, end, &format!(" {:>7}{mark:<3}", bars.now.said()), figure);
    match bars.then {
        None => {
            let words = match &bars.pop {
                Some(pop) if pop.first.is_some() && !pop.landing.is_some() => "tried first, fails".to_owned(),
                _ => load(bars.now.share, at),
            };
            canvas.put(row, at, end, &words, theme.dim);
        }
        Some(then) => {
            let (bar_look, figure, mark) = looks[1];
            at = canvas.put(row, at, end, "then ", theme.dim);
            at = bar(canvas, row, at, width, then.share, bar_look);
            at = canvas.put(row, at, end, &format!(" {:>7}{mark:<3}", then.said()), figure);
            canvas.put(row, at, end, &load(then.share, at), theme.warning);
        }
    }
}

fn bar(canvas: &mut Canvas<'_>, row: u16, from: u16, width: u16, share: Share, look: Look) -> u16 {
    let cells = f64::from(width) * share.0.clamp(0.0, 1.0);
    // Whatever is there is seen: a tenth of a percent still gets a cell.
    let full = (0..width).filter(|&cell| f64::from(cell) + 0.5 <= cells || cell == 0 && share.is_some()).count();
    let rest = usize::from(width) - full;
    let at = canvas.put(row, from, from + width, &canvas.glyphs.full.repeat(full), look);
    canvas.put(row, at, from + width, &canvas.glyphs.empty.repeat(rest), canvas.theme.dim)
}
