//! The tree: how DNS leads from the domain to the addresses.
//!
//! Its columns line up whatever its depth. What the walk does not use stays in sight, dim, with the
//! reason; what was asked and failed says so where it happened; what is selected says all of it in the
//! last row, to the second.

mod layout;

use std::time::Duration;

use crate::locate::{Item, Row};
use crate::model::{Cname, HealthState, Moment, Outage, Outcome, Read, Reason, Resolution, Srv, Step, Ttl};
use crate::report;
use crate::state::{CarrierState, Pin};
use crate::tui::canvas::{Canvas, Piece};
use crate::tui::lines::{Aim, Line, Shows};
use crate::tui::registrations::{self, brief};
use crate::tui::theme::Look;
use crate::tui::ui::{Over, Pane};
use crate::tui::{why, words};

use unicode_width::UnicodeWidthStr;

use super::{Scene, first_row, health};
use layout::Layout;

/// From how many rows on the selected line is told in full.
const FEW: u16 = 6;
/// How soon a question that can be asked is asked again, and answered or failed, once its answer is over.
const PROMPT: Duration = Duration::from_secs(10);
pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>, carrier: &CarrierState, lines: &[Line<'_>]) {
    let theme = canvas.theme;
    let out = carrier.health.values().any(|health| matches!(health.state, HealthState::Down(_)));
    let pins = registrations::of(carrier);
    let pinned = pins.iter().any(|row| !matches!(row.shows, registrations::Shows::Nothing));
    let layout = Layout::new(canvas.columns(), out, pinned);
    let dns = if layout.is_short() { "DNS" } else { "DNS  SRV: PRIO WEIGHT :PORT TARGET" };
    let heads = [
        (Some(layout.dns), dns),
        (Some(layout.first), "FIRST"),
        (Some(layout.health), "HEALTH"),
        (layout.register, "REGISTER (4)"),
        (layout.ttl, "TTL"),
    ];
    for (column, head) in heads {
        if let Some(column) = column {
            canvas.cell(0, column, head, theme.heading);
        }
    }
    if let Some(asked) = words::wanted(carrier).filter(|_| lines.is_empty()) {
        canvas.wrapped(1, canvas.rows().saturating_sub(1), 1, &asked, theme.warning);
        return;
    }
    if lines.is_empty() {
        canvas.put(1, 1, canvas.columns(), &format!("{}  -", carrier.carrier.next_hop()), theme.dim);
        return;
    }
    // Where rows are few, all of them are for the tree.
    let told = canvas.rows() >= FEW && !matches!(scene.ui.over, Over::Why(_));
    let rows = canvas.rows().saturating_sub(if told { 2 } else { 1 });
    let cursor = scene.ui.line_cursor(carrier, lines);
    let first = first_row(cursor, lines.len(), usize::from(rows));
    for (row, (at, line)) in (1..=rows).zip(lines.iter().enumerate().skip(first)) {
        draw_line(canvas, scene, carrier, &layout, row, line, at == cursor);
        if at == cursor && scene.ui.pane == Pane::Tree {
            canvas.lay(row, theme.selection);
        }
    }
    if let Some(line) = lines.get(cursor).filter(|_| told) {
        let more = lines.len() - (first + usize::from(rows)).min(lines.len());
        let more = if more > 0 { format!("{more} more below  ") } else { String::new() };
        let end = canvas.columns().saturating_sub(1);
        let last = canvas.rows().saturating_sub(1);
        let at = canvas.put(last, 1, end, &more, theme.dim);
        canvas.put(last, at, end, &in_full(scene, carrier, line), theme.changed);
    }
}

fn draw_line(
    canvas: &mut Canvas<'_>,
    scene: Scene<'_>,
    carrier: &CarrierState,
    layout: &Layout,
    row: u16,
    line: &Line<'_>,
    selected: bool,
) {
    let theme = canvas.theme;
    let (dns_end, health_end) = (layout.dns.from + layout.dns.width, layout.health.from + layout.health.width);
    let walked = match &line.shows {
        Shows::Walk(walked) => walked,
        Shows::Gone(endpoint, health) => {
            canvas.put(row, layout.dns.from, dns_end, &format!("left DNS: {endpoint}"), theme.warning);
            let pieces = health::one(scene, health, layout.wide);
            canvas.pieces(row, layout.health.from, health_end, &pieces);
            register(canvas, scene, carrier, layout, row, selected, |pin| pin.endpoint == Some(*endpoint));
            return;
        }
        Shows::Pinned(pin) => {
            let said = format!("left DNS: {}", brief::label(carrier, pin));
            canvas.put(row, layout.dns.from, dns_end, &said, theme.warning);
            canvas.put(row, layout.health.from, health_end, "- not probed any more", theme.dim);
            let same = |other: &Pin| (&other.target, &other.by) == (&pin.target, &pin.by);
            register(canvas, scene, carrier, layout, row, selected, same);
            return;
        }
    };
    let aim = line.aim(carrier);
    let forced = aim.and_then(|aim| aim.forced(carrier));
    let look = match (forced, walked.used, &walked.item) {
        (Some(_), ..) => theme.forced,
        (None, _, Item::Nowhere(_)) => theme.failed,
        (None, true, _) => theme.text,
        (None, false, _) => theme.unused,
    };
    let state = health_of(scene, carrier, layout, aim, forced);
    let remark = if aim.is_none() { remark(scene, walked) } else { None };
    // Where nothing stands beside it, a long name has the whole row.
    let stands_alone = aim.is_none_or(|aim| !aim.whole()) && remark.is_none() && state.is_empty();
    let end = if stands_alone { health_end } else { dns_end };
    let at = canvas.put(row, layout.dns.from, end, &guides(scene, walked), theme.border);
    let named = match walked.item {
        Item::Srv { srv, target: Some((_, target)), .. } if layout.is_short() => {
            format!("{} {} {}", srv.priority, srv.weight, carrier.label(&target.host))
        }
        Item::Host(_, target) if layout.is_short() => carrier.label(&target.host),
        _ => name(scene, &walked.item),
    };
    // The mark keeps its room: that others decide otherwise must not be cut off with a long name.
    let mark = if why::others_differ(carrier, line) { format!(" {}", scene.glyphs.differs) } else { String::new() };
    let room = end.saturating_sub(u16::try_from(mark.width()).unwrap_or(0));
    let at = canvas.put(row, at, room, &named, look);
    canvas.put(row, at, end, &mark, theme.warning);
    if let (Some(column), Some((left, look))) = (layout.ttl, ttl(scene, carrier, line, walked, selected)) {
        canvas.cell(row, column, &left, look);
    }
    if let Some(aim) = aim.filter(Aim::whole) {
        let look = look_of(walked.used, theme.text, theme.unused);
        canvas.cell(row, layout.first, &aim.target.first.to_string(), look);
    }
    canvas.pieces(row, layout.health.from, health_end, &state);
    if let Some(aim) = aim.filter(Aim::whole) {
        let endpoints: Vec<_> = aim.endpoints().collect();
        let here = |pin: &Pin| brief::is_at(pin, &endpoints, aim.host());
        register(canvas, scene, carrier, layout, row, selected, here);
    }
    if let Some((words, look)) = remark {
        canvas.put(row, layout.first.from, health_end, &words, look);
    }
}

/// The registrations that are where a line is.
fn register(
    canvas: &mut Canvas<'_>,
    scene: Scene<'_>,
    carrier: &CarrierState,
    layout: &Layout,
    row: u16,
    selected: bool,
    here: impl Fn(&Pin) -> bool,
) {
    let Some(column) = layout.register else { return };
    if let Some((said, look)) = brief::of_line(carrier, scene.state.now, scene.theme, selected, here) {
        canvas.cell(row, column, &said, look);
    }
}

/// The health of what a line is about; nothing where it is no target, or the target's only address, whose
/// health is in the target's row.
fn health_of(
    scene: Scene<'_>,
    carrier: &CarrierState,
    layout: &Layout,
    aim: Option<Aim<'_>>,
    forced: Option<&Outage>,
) -> Vec<Piece> {
    let Some(aim) = aim.filter(|aim| aim.whole() || aim.target.addresses.len() > 1) else { return Vec::new() };
    let endpoints: Vec<_> = aim.endpoints().collect();
    let Some(outage) = forced else { return health::pieces(scene, carrier, &endpoints, layout.wide) };
    let mut pieces = vec![Piece::new(format!("FAIL (you: {})", outage.how), scene.theme.simulated)];
    if layout.wide {
        pieces.push(Piece::new("  seen: ", scene.theme.dim));
        pieces.extend(health::brief(scene, carrier, &endpoints));
    }
    pieces
}

const fn look_of(used: bool, yes: Look, no: Look) -> Look {
    if used { yes } else { no }
}

fn guides(scene: Scene<'_>, row: &Row<'_>) -> String {
    let glyphs = scene.glyphs;
    // Roots stand side by side: they have no guide of their own.
    let Some((_, above)) = row.guides.split_first() else { return String::new() };
    let mut drawn = String::new();
    for &more in above {
        drawn.push_str(if more { glyphs.pipe } else { " " });
        drawn.push(' ');
    }
    drawn.push_str(if row.more { glyphs.tee } else { glyphs.corner });
    drawn.push(' ');
    drawn
}

/// What a line is.
pub(super) fn title(scene: Scene<'_>, line: &Line<'_>) -> String {
    match &line.shows {
        Shows::Walk(walked) => name(scene, &walked.item),
        Shows::Gone(endpoint, _) => format!("left DNS: {endpoint}"),
        Shows::Pinned(pin) => format!("left DNS: {}", pin.target),
    }
}

/// What a line is, in the words of a zone file.
fn name(scene: Scene<'_>, item: &Item<'_>) -> String {
    let arrow = scene.glyphs.arrow;
    match item {
        Item::Question(step) => format!("{} {}", step.question.rtype, step.question.name.shown()),
        Item::Cname(Cname { owner, target, dname, .. }, _) => {
            let by = dname.as_ref().map_or_else(String::new, |dname| format!(" by DNAME {dname}"));
            format!("CNAME {owner} {arrow} {target}{by}")
        }
        Item::Naptr { naptr, .. } => format!(
            "{} {} {} {} {arrow} {}",
            naptr.order, naptr.preference, naptr.flags, naptr.service, naptr.replacement
        ),
        Item::Srv { srv: Srv { priority, weight, port, target }, .. } => {
            format!("{priority} {weight} :{port} {target}")
        }
        Item::Host(_, target) => format!("{} :{}", target.host, target.port),
        Item::Address { ip, .. } => ip.to_string(),
        Item::Nowhere(reason) => reason.why.clone(),
        Item::Uri(_, uri) => uri.to_string(),
    }
}

/// What is to be said of a line that is no target.
fn remark(scene: Scene<'_>, row: &Row<'_>) -> Option<(String, Look)> {
    let theme = scene.theme;
    match row.item {
        Item::Question(step) => match &step.read {
            Read::LastGood { answer, failed } => {
                Some((format!("{}: answer {} old drawn", failed.outcome.said(), scene.ago(answer.at)), theme.stale))
            }
            Read::Nothing(failed) => Some((failed.outcome.said(), theme.failed)),
            Read::Skipped => Some((step.why.clone(), theme.unused)),
            Read::Now(answer) if !row.used || answer.outcome.records().is_empty() => {
                Some((step.why.clone(), theme.unused))
            }
            Read::Now(_) => None,
        },
        Item::Naptr { unused, leads_to, .. } => match (unused, leads_to.map(|step| &step.read)) {
            (Some(why), _) => Some((report::not_used(why), theme.unused)),
            (None, Some(Read::LastGood { answer, failed })) => {
                Some((format!("SRV {}: answer {} old drawn", failed.outcome.said(), scene.ago(answer.at)), theme.stale))
            }
            _ => None,
        },
        Item::Srv { unused: Some(why), .. } => Some((report::not_used(why), theme.unused)),
        Item::Srv { target: None, .. } => Some(("not used: no address is known".to_owned(), theme.unused)),
        _ => None,
    }
}

/// What is left of a line's TTL. Where it is over, the next question is due; while questions fail it has expired.
fn ttl(
    scene: Scene<'_>,
    carrier: &CarrierState,
    line: &Line<'_>,
    row: &Row<'_>,
    selected: bool,
) -> Option<(String, Look)> {
    let now = scene.state.now?;
    let until = ends(line, row)?;
    let look = look_of(row.used, scene.theme.text, scene.theme.unused);
    if until >= now {
        return Some((words::left(until.since(now), selected), look));
    }
    let own = line.step.is_some_and(|step| !matches!(step.read, Read::Now(_)));
    // A question before it that fails keeps it from being asked; one beside it does not.
    let fails = own || carrier.dns_failing.is_some() && now.since(until) > PROMPT;
    Some(if fails { ("expired".to_owned(), scene.theme.stale) } else { ("due".to_owned(), look) })
}

/// When the RRset of a line may no longer be believed.
fn ends(line: &Line<'_>, row: &Row<'_>) -> Option<Moment> {
    Some(line.step?.answer()?.at + ttl_of(row)?.span())
}

/// The TTL of a line's RRset as received.
fn ttl_of(row: &Row<'_>) -> Option<Ttl> {
    match row.item {
        Item::Question(step) => {
            // An RRset's TTL stands at its records; here it is that of an answer without any.
            step.answer().filter(|answer| answer.outcome.records().is_empty())?.ttl()
        }
        Item::Cname(cname, _) => Some(cname.ttl),
        Item::Naptr { ttl, .. } | Item::Srv { ttl, .. } => Some(ttl),
        Item::Address { ttl, .. } => ttl,
        Item::Host(..) | Item::Nowhere(_) | Item::Uri(..) => None,
    }
}

/// All that is to be said of the selected line.
fn in_full(scene: Scene<'_>, carrier: &CarrierState, line: &Line<'_>) -> String {
    let row = match &line.shows {
        Shows::Walk(row) => row,
        Shows::Gone(endpoint, health) => {
            let left = health.left_dns.map_or_else(String::new, |at| format!(" {} ago", scene.ago(at)));
            return format!("{endpoint} left DNS{left}; it is probed on for 5 min, calls no longer go there");
        }
        Shows::Pinned(pin) => return format!("{}: a registration is there still; key 4 tells of it", pin.target),
    };
    let mut said = name(scene, &row.item);
    if let Item::Question(step) = row.item {
        said.push_str(&question(step));
    } else if let Item::Uri(at, _) = row.item {
        said.push_str(&carrier.shown().map_or_else(String::new, |known| given(&known.drawn, at)));
    } else if let Some((words, _)) = remark(scene, row) {
        said = format!("{said}: {words}");
    }
    if let Some(aim) = line.aim(carrier) {
        if let Some(outage) = aim.forced(carrier) {
            said.push_str(&format!("; you fail {} ({})", outage.what, outage.how));
        }
        let healths = aim.endpoints().filter_map(|endpoint| carrier.health.get(&endpoint).map(|h| (endpoint, h)));
        for (endpoint, health) in healths.take(2) {
            said.push_str(&format!("; {endpoint} {}", health.said()));
        }
    }
    if let (Some(ttl), Some(answer)) = (ttl_of(row), line.step.and_then(Step::answer)) {
        said.push_str(&format!("; TTL {ttl} s, {} old", scene.ago(answer.at)));
    }
    said
}

/// What a URI decides itself.
fn given(resolution: &Resolution, uri: usize) -> String {
    let of_uri = resolution.given.iter().filter(|reason| reason.uri == uri);
    let said: Vec<&str> = of_uri.map(|reason: &Reason| reason.why.as_str()).collect();
    if said.is_empty() { String::new() } else { format!(": {}", said.join("; ")) }
}

fn question(step: &Step) -> String {
    match step.now().map(|answer| (&answer.outcome, answer)) {
        Some((Outcome::Records(_), answer)) => format!(": {} ({})", step.why, answer.resolver),
        Some((_, answer)) => format!(": {} from {}", step.why, answer.resolver),
        None => format!(": {}", step.why),
    }
}
