//! All carriers, the worst first.
//!
//! The verdict of the selected carrier has lines of its own; from 100 columns on every row ends in its
//! verdict as well, and below 80 the list keeps state, carrier, targets and next calls.

mod layout;

use unicode_width::UnicodeWidthStr;

use crate::model::{Conclusion, Endpoint, Event, EventKind, Failure, HealthState, Outcome};
use crate::state::{CarrierState, Level};
use crate::tui::canvas::{Canvas, Piece};
use crate::tui::foretold;
use crate::tui::known::{self, Doubts};
use crate::tui::ui::{Sort, View};
use crate::tui::words;

use super::{Scene, events, first_row};
use layout::Layout;

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let listed = scene.ui.listed(scene.state);
    head(canvas, scene, listed.len());
    let ours = u16::from(our_trouble(canvas, scene, 1));
    list(&mut canvas.part(ours, u16::MAX), scene, &listed);
}

/// What is wrong with our own side, in one row for all carriers; whether there is something.
pub(super) fn our_trouble(canvas: &mut Canvas<'_>, scene: Scene<'_>, row: u16) -> bool {
    let Some(said) = scene.state.our_trouble() else { return false };
    let theme = canvas.theme;
    let level = format!("{} OUR SIDE", scene.glyphs.level(Level::Stale));
    let end = canvas.columns().saturating_sub(1);
    canvas.pieces(
        row,
        1,
        end,
        &[Piece::new(level, theme.level(Level::Stale)), Piece::new(format!("  {said}"), theme.text)],
    );
    true
}

/// A verdict where all of them stand side by side: what is said of our own side above them is not said of each.
pub(super) fn in_brief(carrier: &CarrierState, ours: Option<&str>) -> String {
    let sentence = &carrier.verdict.sentence;
    if Some(sentence.as_str()) == ours { "not judged: our own side, see above".to_owned() } else { sentence.clone() }
}

/// The list, below the first row.
fn list(canvas: &mut Canvas<'_>, scene: Scene<'_>, listed: &[&CarrierState]) {
    let cursor = scene.ui.cursor(listed);
    // What the list does not need goes to a verdict that is long, and to the events.
    let listed_rows = u16::try_from(listed.len().max(1)).unwrap_or(u16::MAX);
    let spare = canvas.rows().saturating_sub(2 + 3 + 1).saturating_sub(listed_rows);
    let long = listed.get(cursor).map_or(0, |carrier| super::verdict_rows(canvas.columns(), scene, carrier));
    let said = 1 + long.clamp(2, 2 + spare.min(2));
    let spare = spare.saturating_sub(said - 3);
    let newest = newest(scene, listed, usize::from(spare.max((canvas.rows() / 5).clamp(2, 8))));
    let happened = u16::try_from(newest.len()).unwrap_or(0) + 1;
    let rows = canvas.rows().saturating_sub(2 + said + happened).min(listed_rows);

    let layout = Layout::new(canvas.columns(), scene, listed);
    let ours = scene.state.our_trouble();
    layout.heads(canvas, scene);
    let first = first_row(cursor, listed.len(), usize::from(rows));
    for (row, (at, carrier)) in (2..2 + rows).zip(listed.iter().enumerate().skip(first)) {
        layout.row(canvas, scene, row, carrier, &in_brief(carrier, ours.as_deref()), at == cursor);
        if at == cursor {
            canvas.lay(row, canvas.theme.selection);
        }
    }
    if listed.is_empty() {
        canvas.put(2, 1, canvas.columns(), "no carrier has this in it; Esc shows all", canvas.theme.dim);
    }
    if let Some(carrier) = listed.get(cursor) {
        canvas.rule(2 + rows);
        canvas.put(2 + rows, 0, canvas.columns(), &format!(" {} ", carrier.carrier.name), canvas.theme.title);
        super::verdict(canvas, scene, carrier, 3 + rows, said - 1);
    }
    let top = 2 + rows + said;
    canvas.rule(top);
    let at = canvas.put(top, 0, canvas.columns(), " EVENTS    ", canvas.theme.title);
    let at = match scene.ui.filtered() {
        Some(wanted) => canvas.put(top, at, canvas.columns(), &of_filter(wanted), canvas.theme.warning),
        None => at,
    };
    let order = if newest.is_empty() { "none yet " } else { "newest first " };
    canvas.put(top, at, canvas.columns(), order, canvas.theme.title);
    for (row, (carrier, event)) in (top + 1..).zip(newest) {
        let end = canvas.columns().saturating_sub(1);
        let (said, look) = events::said(scene, carrier, event);
        let time = words::time(event.at.wall, &scene.state.options.zone);
        let at = canvas.put(row, 1, end, &format!("{time} "), canvas.theme.dim);
        let at = canvas.put(row, at, end, &format!("{} ", whose(carrier)), canvas.theme.text);
        canvas.put(row, at, end, &said, look);
    }
}

/// The first row: what there is, how it is, and the time.
pub(super) fn head(canvas: &mut Canvas<'_>, scene: Scene<'_>, listed: usize) {
    let (theme, state) = (canvas.theme, scene.state);
    let end = canvas.columns().saturating_sub(1);
    // One pass: there can be a thousand of them.
    let (mut all, mut targets, mut levels) = (0, 0, [0; Level::ALL.len()]);
    for carrier in state.carriers() {
        all += 1;
        targets += endpoints(carrier).len();
        for (level, count) in Level::ALL.iter().zip(&mut levels) {
            *count += usize::from(carrier.verdict.level == *level);
        }
    }
    let mut pieces = vec![Piece::new("trunktop ", theme.title)];
    if let Some(wanted) = scene.ui.filtered() {
        // Elsewhere Esc leads back to the list, and the filter stays.
        let key = if scene.ui.view == View::Fleet { " (Esc)" } else { "" };
        pieces.push(Piece::new(format!(" filter \"{wanted}\"{key} "), theme.warning));
    }
    if scene.ui.sort != Sort::State && scene.ui.view == View::Fleet {
        pieces.push(Piece::new(format!(" {} (s) ", scene.ui.sort.said()), theme.changed));
    }
    let carriers = words::count(all, "carrier");
    let carriers = if listed < all { format!("{listed} of {carriers}") } else { carriers };
    let mut counts = Vec::new();
    for (level, count) in Level::ALL.into_iter().zip(levels) {
        if count > 0 {
            counts.push(Piece::new(" ", theme.text));
            counts.push(Piece::new(format!("{} {count}", level.word()), theme.level(level)));
            counts.push(Piece::new(" ", theme.text));
        }
    }
    // Where there is little room, what is in trouble comes first: the time of elsewhere goes, then targets.
    let brief = vec![Piece::new(format!(" {carriers} "), theme.text)];
    let full = vec![Piece::new(format!(" {carriers}  {}  ", words::count(targets, "target")), theme.text)];
    let local = state.now.map(|now| format!(" {} local", scene.clock(now))).unwrap_or_default();
    let utc = state.now.map(|now| format!("  {}Z", words::clock(now.wall, &jiff::tz::TimeZone::UTC)));
    let both = format!("{local}{}", utc.unwrap_or_default());
    let width = |pieces: &[Piece]| pieces.iter().map(|Piece(text, _)| text.width()).sum::<usize>();
    let fits = |numbers: &[Piece], clock: &str| {
        width(&pieces) + width(numbers) + width(&counts) + clock.width() + 2 <= usize::from(end)
    };
    let ways = [(&full, &both), (&full, &local), (&brief, &local)];
    let (numbers, clock) = ways.into_iter().find(|(numbers, clock)| fits(numbers, clock)).unwrap_or((&brief, &local));
    pieces.extend(numbers.iter().cloned());
    pieces.extend(counts);
    let room = canvas.pieces_right(0, 0, end, &[Piece::new(clock, theme.text)]).saturating_sub(1);
    canvas.pieces(0, 1, room, &pieces);
}

/// Whether all who look at the fleet must know: not that a target was found well at first, and not what
/// is only simulated for another carrier.
fn is_told(event: &Event, mine: bool) -> bool {
    match event.kind {
        EventKind::Health { from: HealthState::Unknown, to: HealthState::Up, .. } => false,
        EventKind::Simulation(_) => mine,
        _ => true,
    }
}

/// Whose an event is.
pub(super) fn whose(carrier: Option<&CarrierState>) -> &str {
    carrier.map_or("our side", |carrier| carrier.carrier.name.as_str())
}

/// Whose events are listed, where not those of all.
pub(super) fn of_filter(wanted: &str) -> String {
    format!("of filter \"{wanted}\"  ")
}

/// The newest events of the carriers that are listed.
fn newest<'s>(
    scene: Scene<'s>,
    listed: &[&'s CarrierState],
    most: usize,
) -> Vec<(Option<&'s CarrierState>, &'s Event)> {
    let mut newest: Vec<(Option<&CarrierState>, &Event)> = listed
        .iter()
        .copied()
        .flat_map(|carrier| {
            let mine = scene.ui.carrier.as_ref() == Some(&carrier.carrier.name);
            let told = carrier.newest_first().filter(move |event| is_told(event, mine));
            told.take(most).map(move |event| (Some(carrier), event))
        })
        .chain(scene.state.our_events().rev().take(most).map(|event| (None, event)))
        .collect();
    newest.sort_by_key(|(_, event)| std::cmp::Reverse(event.at));
    newest.truncate(most);
    newest
}

/// Where its requests go, each once.
fn endpoints(carrier: &CarrierState) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    let drawn = carrier.published.as_ref().map(|published| &published.drawn);
    for candidate in drawn.iter().flat_map(|drawn| drawn.candidates()) {
        let endpoint = candidate.endpoint();
        if !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    }
    endpoints
}

/// How many targets answer, of how many.
pub(super) fn count(carrier: &CarrierState) -> (usize, usize) {
    let all = endpoints(carrier);
    let alive = all.iter().filter(|endpoint| carrier.health.get(endpoint).is_some_and(known::answers)).count();
    (alive, all.len())
}

/// The carrier's weak spot, were everything else well.
fn worst(scene: Scene<'_>, carrier: &CarrierState) -> Vec<Piece> {
    let theme = scene.theme;
    let weakest = carrier.weighed().filter(|known| known.how == Failure::Silent).map(|known| known.each.first());
    let (said, look) = match weakest {
        None => ("-".to_owned(), theme.dim),
        Some(None) => ("nothing can fail".to_owned(), theme.dim),
        Some(Some(weak)) if weak.lost.is_some() => (foretold::worst(carrier, weak), theme.lost),
        Some(Some(weak)) => (foretold::worst(carrier, weak), theme.text),
    };
    vec![Piece::new(said, look)]
}

/// Who gets the next calls, the largest share first; never what a simulation says. What nobody has heard
/// is marked.
fn next(scene: Scene<'_>, carrier: &CarrierState) -> Vec<Piece> {
    let theme = scene.theme;
    let only = |said: &str| vec![Piece::new(said, theme.text)];
    let (Some(previews), Some(published)) = (&carrier.previews, &carrier.published) else { return only("-") };
    if let Conclusion::DnsFailed { .. } = published.resolution.conclusion {
        return only("fail: no DNS");
    }
    let doubts = Doubts::of(scene.state, carrier, &published.drawn, &previews.now);
    let mut pops = previews.now.pops();
    pops.retain(|pop| pop.landing.is_some());
    pops.sort_by(|a, b| b.landing.0.total_cmp(&a.landing.0));
    let mut pieces = Vec::new();
    for pop in &pops {
        let (mark, look) = if doubts.concern(&pop.pop) { ("?", theme.unknown) } else { ("", theme.text) };
        let (label, share) = (words::pop(carrier, &pop.pop), pop.landing.to_string());
        if !pieces.is_empty() {
            pieces.push(Piece::new("  ", theme.text));
        }
        pieces.push(Piece::new(format!("{label} {}{mark}", share.trim_end_matches(" %")), look));
    }
    if pieces.is_empty() { only("nowhere") } else { pieces }
}

/// How the DNS is, and whether it fails.
pub(super) fn dns(scene: Scene<'_>, carrier: &CarrierState) -> (String, bool) {
    let Some(published) = &carrier.published else { return ("-".to_owned(), false) };
    let failed = published.drawn.steps.iter().filter_map(|step| step.now()).find(|a| !a.outcome.is_answer());
    match (failed, carrier.dns_failing) {
        (Some(answer), since) => {
            let said = match &answer.outcome {
                Outcome::Other(_) => "failed".to_owned(),
                Outcome::Loop => "loop".to_owned(),
                outcome => outcome.said(),
            };
            (since.map_or_else(|| said.clone(), |at| format!("{said} {}", short(&scene.ago(at)))), true)
        }
        (None, _) if published.drawn.tiers.is_empty() => ("nowhere".to_owned(), true),
        (None, _) => ("ok".to_owned(), false),
    }
}

/// A span without its spaces, where a column is narrow.
fn short(span: &str) -> String {
    span.replace(" min", "m").replace(' ', "")
}
