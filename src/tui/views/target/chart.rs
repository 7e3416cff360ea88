//! Round trips and loss of a target over time, as bars over an axis.
//!
//! The time axis ends with the last probe, not with now: so the picture changes when there is something new
//! in it, and costs a terminal far away nothing in between.

use std::time::Duration;

use crate::model::Moment;
use crate::state::{Figures, Health, Window};
use crate::tui::canvas::Piece;
use crate::tui::{ui, words};

use super::{NAMES, Row, Scene};

/// The most columns that a slot is wide.
const WIDEST: usize = 8;

/// One bar: a slot, or several where there is no room for each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bar {
    answered: u32,
    lost: u32,
    median: Duration,
    longest: Duration,
}

impl Bar {
    /// Of several medians the longest: that of all together is no longer than it.
    fn of(points: &[Figures]) -> Self {
        points.iter().fold(Self::default(), |bar, point| {
            let (median, longest) = point.rtt.map_or_else(Default::default, |rtt| (rtt.p50, rtt.max));
            Self {
                answered: bar.answered + point.answered,
                lost: bar.lost + point.lost,
                median: bar.median.max(median),
                longest: bar.longest.max(longest),
            }
        })
    }

    /// How many units of `of` its loss takes: one at least where there is any, all of them only for all.
    fn loss(self, of: u32) -> Option<usize> {
        let probes = self.answered.checked_add(self.lost).filter(|&probes| probes > 0)?;
        let units = (u64::from(self.lost) * u64::from(of)).div_ceil(u64::from(probes));
        let units = if self.answered > 0 { units.min(u64::from(of) - 1) } else { units };
        usize::try_from(units).ok()
    }
}

/// The rows, `rows` of them for the round trips, in a plot so many columns wide; none before the first probe.
pub(super) fn rows(scene: Scene<'_>, health: &Health, columns: usize, rows: usize) -> Vec<Row> {
    let Some(last) = &health.last else { return Vec::new() };
    let span = scene.ui.span;
    let series = health.series(span, last.at);
    let columns = columns.saturating_sub(NAMES + 1).max(1);
    let together = series.points.len().div_ceil(columns).max(1);
    let bars: Vec<Bar> = series.points.rchunks(together).rev().map(Bar::of).collect();
    let wide = (columns / bars.len().max(1)).clamp(1, WIDEST);
    let top = scale(&bars);
    let (plot, theme, glyphs) = (bars.len() * wide, scene.theme, scene.glyphs);
    let mut drawn = vec![legend(scene, series.slot * u32::try_from(together).unwrap_or(1), together > 1)];
    for above in (0..rows).rev() {
        let label = match above + 1 {
            at if at == rows => words::rtt(top),
            1 => "0 ms".to_owned(),
            at if at * 2 == rows => words::rtt(top / 2),
            _ => String::new(),
        };
        drawn.push(row(scene, &label, bars.iter().map(|bar| trip(scene, *bar, top, rows, above)), wide));
    }
    for above in [1, 0] {
        let label = if above == 1 { "loss 100 %" } else { "0 %" };
        let cells = bars.iter().map(|bar| {
            let Some(units) = bar.loss(4) else { return Piece::new(" ", theme.text) };
            match units.saturating_sub(2 * above) {
                0 if above == 0 => Piece::new(glyphs.alive, theme.dim),
                0 => Piece::new(" ", theme.text),
                1 => Piece::new(glyphs.half, theme.failed),
                _ => Piece::new(glyphs.full, theme.failed),
            }
        });
        drawn.push(row(scene, label, cells, wide));
    }
    let axis = format!("{}{}", glyphs.corner, glyphs.rule.repeat(plot));
    drawn.push(Row {
        name: String::new(),
        pieces: vec![Piece::new(" ".repeat(NAMES), theme.text), Piece::new(axis, theme.border)],
    });
    drawn.push(times(scene, last.at, span, plot));
    drawn
}

fn legend(scene: Scene<'_>, slot: Duration, merged: bool) -> Row {
    let (theme, glyphs) = (scene.theme, scene.glyphs);
    let span = scene.ui.span;
    let higher = if merged { " (higher of several)" } else { "" };
    Row {
        name: format!("  last {}", span.word()),
        pieces: vec![
            Piece::new(format!("RTT, loss by {} min: ", slot.as_secs() / 60), theme.text),
            Piece::new(glyphs.full, theme.bar),
            Piece::new(format!(" median{higher} "), theme.text),
            Piece::new(glyphs.empty, theme.dim),
            Piece::new(" longest; ", theme.text),
            Piece::new("Tab", theme.key),
            Piece::new(format!(" {}", ui::after(span).word()), theme.dim),
        ],
    }
}

/// A label, the axis, and a cell of each bar.
fn row(scene: Scene<'_>, label: &str, cells: impl Iterator<Item = Piece>, wide: usize) -> Row {
    let axis = Piece::new(scene.glyphs.pipe, scene.theme.border);
    let label = Piece::new(format!("{label:>width$} ", width = NAMES - 1), scene.theme.dim);
    let cells = cells.map(|Piece(cell, look)| Piece(cell.repeat(wide), look));
    Row { name: String::new(), pieces: [label, axis].into_iter().chain(cells).collect() }
}

/// What of a bar stands in the row `above` so many others: up to the median, up to the longest, or cut off.
fn trip(scene: Scene<'_>, bar: Bar, top: Duration, rows: usize, above: usize) -> Piece {
    let (theme, glyphs) = (scene.theme, scene.glyphs);
    if bar.answered == 0 {
        return Piece::new(" ", theme.text);
    }
    if bar.longest > top && above + 1 == rows {
        return Piece::new("^", theme.warning);
    }
    // Two units a row. Whatever answered is seen.
    let units = |rtt: Duration| {
        let units = rtt.as_micros() * u128::try_from(2 * rows).unwrap_or(1) / top.as_micros().max(1);
        usize::try_from(units).unwrap_or(usize::MAX).max(1)
    };
    match (units(bar.median).saturating_sub(2 * above), units(bar.longest).saturating_sub(2 * above)) {
        (2.., _) => Piece::new(glyphs.full, theme.bar),
        (1, _) => Piece::new(glyphs.half, theme.bar),
        (_, 1..) => Piece::new(glyphs.empty, theme.dim),
        _ => Piece::new(" ", theme.text),
    }
}

/// The round trip at the top: the longest, but at most twice the longest median, so that one that was slow
/// hides no other; rounded up to 1, 2 or 4 with zeros.
fn scale(bars: &[Bar]) -> Duration {
    let longest = bars.iter().map(|bar| bar.longest).max().unwrap_or_default();
    let median = bars.iter().map(|bar| bar.median).max().unwrap_or_default();
    let wanted = longest.min(median * 2);
    let decades = (0..6).map(|power| Duration::from_millis(10_u64.pow(power)));
    let mut steps = decades.flat_map(|decade| [decade * 2, decade * 4, decade * 10]);
    steps.find(|&step| step >= wanted).unwrap_or(wanted)
}

/// When the first slot begins, and when the last probe was.
fn times(scene: Scene<'_>, last: Moment, span: Window, plot: usize) -> Row {
    let zone = &scene.state.options.zone;
    let from = last.wall - span.span();
    let (from, to) = (words::clock(from, zone), words::clock(last.wall, zone));
    let between = " ".repeat(plot.saturating_sub(from.len() + to.len()).max(1));
    let words = format!("{}{from}{between}{to}", " ".repeat(NAMES + 1));
    Row { name: String::new(), pieces: vec![Piece::new(words, scene.theme.dim)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(median: u64, longest: u64) -> Bar {
        let millis = Duration::from_millis;
        Bar { answered: 1, lost: 0, median: millis(median), longest: millis(longest) }
    }

    #[test]
    fn the_scale_is_round_and_one_slow_answer_does_not_rule_it() {
        for (bars, top) in [
            (&[][..], 2),
            (&[bar(1, 2)], 2),
            (&[bar(18, 19)], 20),
            (&[bar(18, 21)], 40),
            (&[bar(18, 19), bar(20, 4_000)], 40),
            (&[bar(900, 1_100)], 2_000),
        ] {
            assert_eq!(scale(bars).as_millis(), top, "{bars:?}");
        }
    }

    #[test]
    fn loss_is_seen_however_small_and_full_only_where_all_was_lost() {
        for (answered, lost, units) in
            [(0, 0, None), (5, 0, Some(0)), (999, 1, Some(1)), (1, 1, Some(2)), (1, 99, Some(3)), (0, 1, Some(4))]
        {
            assert_eq!(Bar { answered, lost, ..Bar::default() }.loss(4), units, "{answered} {lost}");
        }
    }
}
