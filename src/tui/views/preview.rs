//! Where new calls land: now, and if what the operator fails did fail.

mod bars;

use crate::model::{Candidate, Conclusion, Outage};
use crate::preview::{Preview, When};
use crate::state::{CarrierState, Previews};
use crate::tui::canvas::{Canvas, Piece, wrap};
use crate::tui::foretold;
use crate::tui::known::Doubts;
use crate::tui::theme::Look;
use crate::tui::words;
use unicode_width::UnicodeWidthStr;

use super::Scene;

/// The most rows that what is told over time takes.
const OVER_TIME: usize = 2;

/// How many rows all of it would take.
pub(super) fn wanted(columns: u16, carrier: &CarrierState) -> u16 {
    let Some(previews) = carrier.foreseen().filter(|_| nothing(carrier).is_none()) else { return 2 };
    let bars = bars::rows(previews);
    let told = lines(columns.saturating_sub(label(carrier, &bars) + 2), carrier, previews);
    u16::try_from(1 + bars.len() + 1 + told.len()).unwrap_or(u16::MAX)
}

/// The preview whose reasons and waits are told: the simulation's, where there is one.
fn shown(previews: &Previews) -> &Preview {
    previews.then.as_ref().unwrap_or(&previews.now)
}

/// How wide heads and names of POPs stand.
fn label(carrier: &CarrierState, bars: &[bars::Bars]) -> u16 {
    let names = bars.iter().filter_map(|bar| bar.pop.as_ref()).map(|pop| words::pop(carrier, &pop.pop).width());
    u16::try_from(names.max().unwrap_or(4).clamp(9, 24)).unwrap_or(24) + 1
}

/// What is told below the bars and the callers: over time, of the registration, and why; a head and a line each.
fn lines(width: u16, carrier: &CarrierState, previews: &Previews) -> Vec<(&'static str, String)> {
    let preview = shown(previews);
    let mut told = Vec::new();
    let mut time = foretold::over_time(carrier, preview);
    // Who remembers nothing does the same all the time.
    let memory = preview.phases.iter().any(|phase| phase.when == When::Known);
    time.truncate(if memory { usize::MAX } else { 1 });
    let time = time.join("; ");
    if !time.is_empty() {
        let rows = wrap(&time, usize::from(width).max(8), OVER_TIME);
        told.extend(rows.into_iter().enumerate().map(|(at, row)| (if at == 0 { "over time" } else { "" }, row)));
    }
    told.push(("register", foretold::register(carrier, previews, carrier.shown_as())));
    told.extend(preview.why.iter().map(|reason| ("why", foretold::in_short(carrier, preview, reason))));
    told
}

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>, carrier: &CarrierState) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    canvas.rule(0);
    let (Some(previews), Some(published), None) = (carrier.foreseen(), carrier.shown(), nothing(carrier)) else {
        canvas.put(0, 0, end, " PREVIEW ", theme.title);
        match nothing(carrier) {
            Some(why) => canvas.put(1, 1, end, &why, theme.failed),
            None => canvas.put(1, 1, end, "- no answer yet", theme.dim),
        };
        return;
    };
    let of = |preview| Doubts::of(scene.state, carrier, &published.drawn, preview);
    let (now, told) = (of(&previews.now), of(shown(previews)));
    title(canvas, scene, carrier, &now);
    let bars = bars::rows(previews);
    // The bars come first; of the rest as much as fits.
    let room = usize::from(canvas.rows().saturating_sub(2));
    let fit = if bars.len() > room { room.saturating_sub(1) } else { bars.len() };
    let label = label(carrier, &bars);
    let mut row = 1;
    for bar in bars.iter().take(fit) {
        bars::draw(canvas, carrier, row, label, bar, [&now, &told]);
        row += 1;
    }
    if fit < bars.len() {
        canvas.put(row, 1, end, &format!("and {} more", bars.len() - fit), theme.dim);
        row += 1;
    }
    let (said, look) = match (dns_fails(carrier), told.said(carrier)) {
        (Some(said), _) => (said, theme.lost),
        (None, None) => (foretold::callers(shown(previews)), theme.text),
        (None, Some(unknown)) => (format!("unknown: {unknown}{}", assumed(shown(previews))), theme.unknown),
    };
    line(canvas, row, label, ("callers", &said), look);
    row += 1;
    let lines = lines(canvas.columns().saturating_sub(label + 2), carrier, previews);
    let room = usize::from(canvas.rows().saturating_sub(row));
    let fit = if lines.len() > room { room.saturating_sub(1) } else { lines.len() };
    for (head, said) in lines.iter().take(fit) {
        line(canvas, row, label, (head, said), theme.text);
        row += 1;
    }
    let more = lines.len() - fit;
    if more > 0 {
        canvas.pieces(row, 1, end, &[Piece::new("i", theme.key), Piece::new(format!(" {more} more rows"), theme.dim)]);
    }
}

fn line(canvas: &mut Canvas<'_>, row: u16, label: u16, (head, said): (&str, &str), look: Look) {
    let end = canvas.columns().saturating_sub(1);
    let from = canvas.put(row, 1, end, &format!("{head:<w$}", w = usize::from(label)), canvas.theme.dim);
    canvas.put(row, from, end, said, look);
}

/// Why there is nothing to preview: no question was ever answered, or none that leads to an address.
fn nothing(carrier: &CarrierState) -> Option<String> {
    if let Some(asked) = words::wanted(carrier) {
        return Some(asked);
    }
    let published = carrier.shown()?;
    let Conclusion::DnsFailed { question, answer } = &published.resolution.conclusion else { return None };
    if !published.drawn.tiers.is_empty() {
        return None;
    }
    let said = format!("{} for {question}", answer.outcome.said());
    let answered = published.drawn.steps.iter().any(|step| step.answer().is_some());
    let what = if answered { "DNS never led to an address" } else { "DNS never answered" };
    Some(format!("nothing to preview: {what} ({said})"))
}

/// What is drawn are the last good answers; an engine may be past using them.
fn dns_fails(carrier: &CarrierState) -> Option<String> {
    match &carrier.shown()?.resolution.conclusion {
        Conclusion::DnsFailed { question, answer } => {
            let said = answer.outcome.said();
            Some(format!("all fail as DNS is now ({said} for {question}); the bars are of the last good answers"))
        }
        Conclusion::Found | Conclusion::Nowhere(_) => None,
    }
}

fn title(canvas: &mut Canvas<'_>, scene: Scene<'_>, carrier: &CarrierState, doubts: &Doubts<'_>) {
    let theme = scene.theme;
    let end = canvas.columns().saturating_sub(1);
    let mut head = vec![Piece::new(" PREVIEW ", theme.title)];
    if carrier.is_viewed() {
        let viewed = words::engine(&carrier.shown_as().name());
        head.push(Piece::new(format!("as {viewed} "), theme.simulated));
    }
    if !carrier.lens.real {
        head.push(Piece::new(" without what probes show: h ", theme.warning));
    }
    let patience = scene.state.options.patience;
    let patience = patience.map_or_else(String::new, |span| format!(" callers hang up after {} ", words::wait(span)));
    let width = |pieces: &[Piece]| pieces.iter().map(|Piece(text, _)| text.width()).sum::<usize>();
    if carrier.forced.is_empty() {
        let told = match dns_fails(carrier) {
            Some(_) => " by the last good answers of the DNS ",
            None if !scene.state.options.probing => " by DNS alone: nothing is probed ",
            None if !doubts.is_empty() => " by DNS alone: not all targets are known ",
            None => " where new calls land now ",
        };
        head.extend([Piece::new(told, theme.dim), Piece::new(patience, theme.dim)]);
        canvas.pieces(0, 0, end, &head);
        return;
    }
    let badge = |words: &str| {
        [
            Piece::new(" ", theme.text),
            Piece::new(words, theme.simulated),
            Piece::new(" u ", theme.key),
            Piece::new("undo ", theme.dim),
        ]
    };
    let long = badge("[SIMULATION: nothing is sent]");
    head.push(Piece::new(failed(carrier), theme.text));
    // What fails comes before what a simulation is.
    let badge = if width(&head) + width(&long) > usize::from(end) { badge("[SIMULATION]") } else { long };
    if width(&head) + patience.width() + width(&badge) <= usize::from(end) {
        head.push(Piece::new(patience, theme.dim));
    }
    let room = canvas.pieces_right(0, 0, end, &badge);
    canvas.pieces(0, 0, room, &head);
}

/// What is forced, for a title: who asks what if has to see of what.
pub(super) fn outage(scene: Scene<'_>, carrier: &CarrierState) -> Vec<Piece> {
    let theme = scene.theme;
    let mut pieces = Vec::new();
    if !carrier.lens.real {
        pieces.push(Piece::new(" without what probes show: h ", theme.warning));
    }
    if carrier.forced.is_empty() {
        pieces.push(Piece::new(" as things are now ", theme.dim));
        return pieces;
    }
    pieces.push(Piece::new(failed(carrier), theme.text));
    pieces.push(Piece::new("[SIMULATION: nothing is sent] ", theme.simulated));
    pieces
}

/// What an operator fails, in words.
fn failed(carrier: &CarrierState) -> String {
    let said = |outage: &&Outage| format!("{} ({})", foretold::short(carrier, &outage.what), outage.how);
    let failed: Vec<String> = counting(carrier).iter().map(said).collect();
    format!(" you failed: {} ", failed.join(", "))
}

/// The forced failures that count, the last first: on each target the last word on it does. One that is on no
/// target at all is none that another could have overridden.
fn counting(carrier: &CarrierState) -> Vec<&Outage> {
    let drawn = carrier.shown().map(|published| &published.drawn);
    let candidates: Vec<Candidate<'_>> = drawn.into_iter().flat_map(|drawn| drawn.candidates()).collect();
    let covers = |outage: &Outage, candidate: &Candidate<'_>| outage.what.covers(&carrier.carrier, candidate);
    let last = |candidate: &Candidate<'_>| carrier.forced.iter().rev().find(|outage| covers(outage, candidate));
    let counts = |outage: &&Outage| {
        let mut on = candidates.iter().filter(|candidate| covers(outage, candidate)).peekable();
        on.peek().is_none() || on.any(|candidate| last(candidate).is_some_and(|last| std::ptr::eq(last, *outage)))
    };
    carrier.forced.iter().rev().filter(counts).collect()
}

/// What it costs the callers if those of whom nobody knows do take calls; empty where it costs nothing.
fn assumed(preview: &Preview) -> String {
    if preview.wait.share.is_some() || preview.lost.is_some() {
        format!("; if that answers, {}", foretold::callers(preview))
    } else {
        String::new()
    }
}
