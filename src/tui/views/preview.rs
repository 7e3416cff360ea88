//! Where new calls land: now, and if what the operator fails did fail.

use crate::model::{Candidate, Conclusion, Outage, Share};
use crate::preview::{PopShare, Preview};
use crate::state::{CarrierState, Previews};
use crate::tui::canvas::{Canvas, Piece};
use crate::tui::known::Doubts;
use crate::tui::words;
use unicode_width::UnicodeWidthStr;

use super::Scene;

/// How many rows all of it would take.
pub(super) fn wanted(carrier: &CarrierState) -> u16 {
    let Some(previews) = carrier.previews.as_ref().filter(|_| nothing(carrier).is_none()) else { return 2 };
    let reasons = shown(previews).why.len();
    u16::try_from(1 + rows(previews).len() + 1 + reasons).unwrap_or(u16::MAX)
}

/// The preview whose reasons and waits are told: the simulation's, where there is one.
fn shown(previews: &Previews) -> &Preview {
    previews.then.as_ref().unwrap_or(&previews.now)
}

/// A row of bars: a POP, or what is lost.
struct Bars {
    pop: Option<PopShare>,
    clean: Share,
    now: Share,
    then: Option<Share>,
}

fn rows(previews: &Previews) -> Vec<Bars> {
    let landing = |preview: &Preview, pop: &PopShare| {
        preview.pops().into_iter().find(|known| known.pop == pop.pop).map_or(Share::NONE, |known| known.landing)
    };
    let mut rows: Vec<Bars> = previews
        .now
        .pops()
        .into_iter()
        .map(|pop| Bars {
            clean: landing(&previews.clean, &pop),
            now: pop.landing,
            then: previews.then.as_ref().map(|then| landing(then, &pop)),
            pop: Some(pop),
        })
        .collect();
    let lost = Bars {
        pop: None,
        clean: previews.clean.lost,
        now: previews.now.lost,
        then: previews.then.as_ref().map(|then| then.lost),
    };
    if lost.now.is_some() || lost.then.is_some_and(Share::is_some) {
        rows.push(lost);
    }
    rows
}

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>, carrier: &CarrierState) {
    let theme = canvas.theme;
    let end = canvas.columns().saturating_sub(1);
    canvas.rule(0);
    let (Some(previews), None) = (&carrier.previews, nothing(carrier)) else {
        canvas.put(0, 0, end, " PREVIEW ", theme.title);
        match nothing(carrier) {
            Some(why) => canvas.put(1, 1, end, &why, theme.failed),
            None => canvas.put(1, 1, end, "- no answer yet", theme.dim),
        };
        return;
    };
    let (now, told) =
        (Doubts::of(scene.state, carrier, &previews.now), Doubts::of(scene.state, carrier, shown(previews)));
    title(canvas, scene, carrier, &now);
    let bars = rows(previews);
    let reasons = &shown(previews).why;
    // The bars come first; of the reasons as many as fit.
    let room = usize::from(canvas.rows().saturating_sub(2));
    let fit = if bars.len() > room { room.saturating_sub(1) } else { bars.len() };
    let label = bars.iter().filter_map(|bar| bar.pop.as_ref()).map(|pop| words::pop(carrier, &pop.pop).width());
    let label = u16::try_from(label.max().unwrap_or(4).clamp(7, 24)).unwrap_or(24) + 1;
    let mut row = 1;
    for bar in bars.iter().take(fit) {
        draw_bars(canvas, carrier, row, label, bar, [&now, &told]);
        row += 1;
    }
    if fit < bars.len() {
        canvas.put(row, 1, end, &format!("and {} more", bars.len() - fit), theme.dim);
        row += 1;
    }
    let from = canvas.put(row, 1, end, &format!("{:<w$}", "callers", w = usize::from(label)), theme.dim);
    let (said, look) = match (dns_fails(carrier), told.said(carrier)) {
        (Some(said), _) => (said, theme.lost),
        (None, None) => (callers(shown(previews)), theme.text),
        (None, Some(unknown)) => (format!("unknown: {unknown}{}", assumed(shown(previews))), theme.unknown),
    };
    canvas.put(row, from, end, &said, look);
    row += 1;
    let room = usize::from(canvas.rows().saturating_sub(row));
    let fit = if reasons.len() > room { room.saturating_sub(1) } else { reasons.len() };
    for reason in reasons.iter().take(fit) {
        let from = canvas.put(row, 1, end, &format!("{:<w$}", "why", w = usize::from(label)), theme.dim);
        canvas.put(row, from, end, &in_short(carrier, shown(previews), reason), theme.text);
        row += 1;
    }
    let more = reasons.len() - fit;
    if more > 0 {
        let words = if fit == 0 { format!("why: {more}, in a taller window") } else { format!("and {more} more why") };
        canvas.put(row, 1, end, &words, theme.dim);
    }
}

/// Why there is nothing to preview: no question was ever answered, or none that leads to an address.
fn nothing(carrier: &CarrierState) -> Option<String> {
    let published = carrier.published.as_ref()?;
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
    match &carrier.published.as_ref()?.resolution.conclusion {
        Conclusion::DnsFailed { question, answer } => {
            let said = answer.outcome.said();
            Some(format!("all fail as DNS is now ({said} for {question}); the bars are of the last good answers"))
        }
        Conclusion::Found | Conclusion::Nowhere(_) => None,
    }
}

/// A reason, with targets by their short names.
fn in_short(carrier: &CarrierState, preview: &Preview, reason: &str) -> String {
    let named = preview.landings.iter().find_map(|landing| {
        let rest = reason.strip_prefix(&landing.target.to_string())?;
        rest.starts_with([' ', ':']).then(|| format!("{}{rest}", carrier.label(&landing.target)))
    });
    named.unwrap_or_else(|| reason.to_owned())
}

fn title(canvas: &mut Canvas<'_>, scene: Scene<'_>, carrier: &CarrierState, doubts: &Doubts<'_>) {
    let theme = scene.theme;
    let end = canvas.columns().saturating_sub(1);
    if carrier.forced.is_empty() {
        let told = match dns_fails(carrier) {
            Some(_) => "by the last good answers of the DNS ",
            None if !scene.state.options.probing => "by DNS alone: nothing is probed ",
            None if !doubts.is_empty() => "by DNS alone: not all targets are known ",
            None => "where new calls land now ",
        };
        canvas.pieces(0, 0, end, &[Piece::new(" PREVIEW  ", theme.title), Piece::new(told, theme.dim)]);
        return;
    }
    let failed: Vec<String> =
        counting(carrier).iter().map(|outage| format!("{} ({})", short(carrier, &outage.what), outage.how)).collect();
    let failed = format!(" you failed: {} ", failed.join(", "));
    let badge = |words: &str| {
        [
            Piece::new(" ", theme.text),
            Piece::new(words, theme.simulated),
            Piece::new(" u ", theme.key),
            Piece::new("undo ", theme.dim),
        ]
    };
    let (head, long) = (" PREVIEW ", badge("[SIMULATION: nothing is sent]"));
    let taken = head.width() + failed.width() + long.iter().map(|Piece(text, _)| text.width()).sum::<usize>();
    // What fails comes before what a simulation is.
    let badge = if taken > usize::from(end) { badge("[SIMULATION]") } else { long };
    let room = canvas.pieces_right(0, 0, end, &badge);
    canvas.pieces(0, 0, room, &[Piece::new(head, theme.title), Piece::new(failed, theme.text)]);
}

/// The forced failures that count, the last first: on each target the last word on it does. One that is on no
/// target at all is none that another could have overridden.
fn counting(carrier: &CarrierState) -> Vec<&Outage> {
    let drawn = carrier.published.as_ref().map(|published| &published.drawn);
    let candidates: Vec<Candidate<'_>> = drawn.into_iter().flat_map(|drawn| drawn.candidates()).collect();
    let covers = |outage: &Outage, candidate: &Candidate<'_>| outage.what.covers(&carrier.carrier, candidate);
    let last = |candidate: &Candidate<'_>| carrier.forced.iter().rev().find(|outage| covers(outage, candidate));
    let counts = |outage: &&Outage| {
        let mut on = candidates.iter().filter(|candidate| covers(outage, candidate)).peekable();
        on.peek().is_none() || on.any(|candidate| last(candidate).is_some_and(|last| std::ptr::eq(last, *outage)))
    };
    carrier.forced.iter().rev().filter(counts).collect()
}

/// What fails, by its short name.
fn short(carrier: &CarrierState, what: &crate::model::What) -> String {
    match what {
        crate::model::What::Target(host) => carrier.label(host),
        crate::model::What::Pop(pop) => format!("pop:{}", words::pop(carrier, pop)),
        other => other.to_string(),
    }
}

/// Draws a row of bars; `doubts` are those of now and of then.
fn draw_bars(
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
    let width = if bars.then.is_some() { room.saturating_sub(34) / 2 } else { room.saturating_sub(34) }.clamp(4, 28);
    let mut at = 1 + label;
    if bars.then.is_some() {
        at = canvas.put(row, at, end, "now ", theme.dim);
    }
    let (bar_look, figure, mark) = looks[0];
    at = bar(canvas, row, at, width, bars.now, bar_look);
    at = canvas.put(row, at, end, &format!(" {:>7}{mark:<2}", bars.now.to_string()), figure);
    match bars.then {
        None => {
            let words = match &bars.pop {
                Some(pop) if pop.first.is_some() && !pop.landing.is_some() => "tried first, fails".to_owned(),
                _ => load(bars.now, at),
            };
            canvas.put(row, at, end, &words, theme.dim);
        }
        Some(then) => {
            let (bar_look, figure, mark) = looks[1];
            at = canvas.put(row, at, end, "then ", theme.dim);
            at = bar(canvas, row, at, width, then, bar_look);
            at = canvas.put(row, at, end, &format!(" {:>7}{mark:<2}", then.to_string()), figure);
            canvas.put(row, at, end, &load(then, at), theme.warning);
        }
    }
}

fn bar(canvas: &mut Canvas<'_>, row: u16, from: u16, width: u16, share: Share, look: crate::tui::theme::Look) -> u16 {
    let cells = f64::from(width) * share.0.clamp(0.0, 1.0);
    // Whatever is there is seen: a tenth of a percent still gets a cell.
    let full = (0..width).filter(|&cell| f64::from(cell) + 0.5 <= cells || cell == 0 && share.is_some()).count();
    let rest = usize::from(width) - full;
    let at = canvas.put(row, from, from + width, &canvas.glyphs.full.repeat(full), look);
    canvas.put(row, at, from + width, &canvas.glyphs.empty.repeat(rest), canvas.theme.dim)
}

/// What it costs the callers if those of whom nobody knows do take calls; empty where it costs nothing.
fn assumed(preview: &Preview) -> String {
    if preview.wait.share.is_some() || preview.lost.is_some() {
        format!("; if that answers, {}", callers(preview))
    } else {
        String::new()
    }
}

/// What it costs the callers.
fn callers(preview: &Preview) -> String {
    let mut said = Vec::new();
    let about = if preview.exact { "" } else { "~" };
    if preview.wait.share.is_some() {
        said.push(format!(
            "{about}{} wait up to {} first (mean over all {})",
            preview.wait.share,
            words::wait(preview.wait.max),
            words::wait(preview.wait.mean)
        ));
    }
    if preview.lost.is_some() {
        let after = if preview.lost_after.is_zero() {
            "at once".to_owned()
        } else {
            format!("after {} at worst", words::wait(preview.lost_after))
        };
        said.push(format!("{about}{} land nowhere, {after}", preview.lost));
    }
    if said.is_empty() { "nobody waits, nothing is lost".to_owned() } else { said.join("; ") }
}
