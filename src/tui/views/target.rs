//! One target: all that its probes say, who depends on it, and what went over the wire.

mod certificate;
mod chart;
mod probed;
mod wire;

use crate::model::{Confidence, Endpoint, Host};
use crate::state::{CarrierState, Pin};
use crate::tui::canvas::{Canvas, Piece, wrap};
use crate::tui::lines::Aim;
use crate::tui::registrations::brief;
use crate::tui::theme::Look;
use crate::tui::update;
use crate::tui::words;

use super::{Scene, carrier, health};

/// Where what is said of a name begins, from where the name does.
const NAMES: usize = 14;

/// The fewest and the most rows of the chart of round trips.
const CHART: (usize, usize) = (2, 8);

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let Some(carrier) = scene.ui.current(scene.state) else { return };
    carrier::head(canvas, scene, carrier);
    let row = 1 + super::verdict(canvas, scene, carrier, 1, 2);
    canvas.rule(row);
    let mut below = canvas.part(row + 1, u16::MAX);
    let Some(aim) = update::aimed(scene.ui, carrier) else {
        below.put(0, 1, below.columns(), "the DNS leads to no target", below.theme.dim);
        return;
    };
    let (columns, rows) = (usize::from(below.columns()).saturating_sub(2), usize::from(below.rows()));
    let least = parts(scene, carrier, &aim, columns, CHART.0);
    let all: usize = least.iter().map(Vec::len).sum();
    let charts = aim.endpoints().filter(|endpoint| carrier.health.get(endpoint).is_some_and(|h| h.last.is_some()));
    // The charts share what is left where all has room; else the first one takes what its page leaves.
    let left = match rows.checked_sub(all) {
        Some(left) => left / charts.count().max(1),
        None => rows.saturating_sub(1 + least.first().map_or(0, Vec::len)),
    };
    let parts = match (CHART.0 + left).min(CHART.1) {
        chart if chart == CHART.0 => least,
        chart => parts(scene, carrier, &aim, columns, chart),
    };
    turn(&mut below, scene, parts);
}

/// All that is told, in parts that are kept together where that can be: target and probes, certificate and
/// headers of each endpoint; then what went over the wire.
fn parts(scene: Scene<'_>, carrier: &CarrierState, aim: &Aim<'_>, columns: usize, chart: usize) -> Vec<Vec<Row>> {
    let mut first = Sheet::new(scene, columns);
    head(&mut first, scene, carrier, aim);
    let mut parts = vec![first.rows];
    let (mut judged, mut wire) = (Vec::new(), Vec::new());
    for endpoint in aim.endpoints() {
        let mut sheet = Sheet::new(scene, columns);
        sheet.rows.push(Row::default());
        let Some(health) = carrier.health.get(&endpoint) else {
            sheet.line(&endpoint.to_string(), "- not probed yet");
            parts.push(sheet.rows);
            continue;
        };
        probed::rows(&mut sheet, scene, endpoint, health);
        sheet.rows.extend(chart::rows(scene, health, columns, chart));
        parts.push(sheet.rows);
        let Some(last) = &health.last else { continue };
        let mut sheet = Sheet::new(scene, columns);
        certificate::judged(&mut sheet, scene, last.tls.as_ref());
        probed::headers(&mut sheet, last);
        if !sheet.rows.is_empty() {
            let named = Row { name: format!("{endpoint} says"), pieces: Vec::new() };
            judged.push([Row::default(), named].into_iter().chain(sheet.rows).collect());
        }
        wire.extend(wire::messages(scene, last, columns));
    }
    // Target and first endpoint are read together.
    if parts.len() > 1 {
        let of_first = parts.remove(1);
        parts[0].extend(of_first);
    }
    if let Some(again) = aim.again(carrier) {
        wire.extend(wire::again(scene, &again.line, columns));
    }
    parts.extend(judged);
    parts.push(wire);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Draws all where all has room; else the page that the operator has turned to. A part that has no room on a
/// page any more begins the next one.
fn turn(canvas: &mut Canvas<'_>, scene: Scene<'_>, parts: Vec<Vec<Row>>) {
    let rows = usize::from(canvas.rows());
    let all: usize = parts.iter().map(Vec::len).sum();
    let pages = if all <= rows { vec![parts.concat()] } else { paged(parts, rows.saturating_sub(1).max(1)) };
    let at = scene.ui.page % pages.len().max(1);
    let end = canvas.columns().saturating_sub(1);
    for (row, Row { name, pieces }) in (0..).zip(pages.get(at).into_iter().flatten()) {
        let from = canvas.put(row, 1, end, name, canvas.theme.dim);
        let from = if name.is_empty() { 1 } else { from.max(u16::try_from(NAMES).unwrap_or(0)) + 1 };
        canvas.pieces(row, from, end, pieces);
    }
    if pages.len() > 1 {
        let last = canvas.rows().saturating_sub(1);
        let words = format!("page {} of {}; Enter turns it", at + 1, pages.len());
        canvas.put(last, 1, end, &words, canvas.theme.changed);
    }
}

/// Parts as pages of so many rows at most.
fn paged(parts: Vec<Vec<Row>>, rows: usize) -> Vec<Vec<Row>> {
    let mut pages: Vec<Vec<Row>> = Vec::new();
    for mut part in parts {
        match pages.last_mut() {
            Some(page) if page.len() + part.len() <= rows => page.extend(part),
            _ => {
                // No page begins with the row that sets a part off.
                if part.first().is_some_and(Row::is_empty) {
                    part.remove(0);
                }
                pages.extend(part.chunks(rows).map(<[Row]>::to_vec));
            }
        }
    }
    pages
}

/// A name and what is said of it; without a name, what is said begins the row.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) pieces: Vec<Piece>,
}

impl Row {
    fn is_empty(&self) -> bool {
        self.name.is_empty() && self.pieces.is_empty()
    }
}

/// Rows that grow, so many columns wide.
struct Sheet {
    look: Look,
    columns: usize,
    rows: Vec<Row>,
}

impl Sheet {
    fn new(scene: Scene<'_>, columns: usize) -> Self {
        Self { look: scene.theme.text, columns, rows: Vec::new() }
    }

    fn line(&mut self, name: &str, said: &str) {
        let look = self.look;
        self.pieces(name, &[Piece::new(said, look)]);
    }

    /// Over as many rows as it takes, up to four.
    fn long(&mut self, name: &str, said: &str) {
        let mut name = name;
        for line in wrap(said, self.columns.saturating_sub(NAMES), 4) {
            self.line(name, &line);
            name = " ";
        }
    }

    fn pieces(&mut self, name: &str, pieces: &[Piece]) {
        self.rows.push(Row { name: name.to_owned(), pieces: pieces.to_vec() });
    }
}

fn head(sheet: &mut Sheet, scene: Scene<'_>, carrier: &CarrierState, aim: &Aim<'_>) {
    let theme = scene.theme;
    let outage = aim.forced(carrier);
    let named = format!("{}, port {} over {}", aim.host(), aim.target.port, aim.transport());
    sheet.pieces("target", &[Piece::new(named, if outage.is_some() { theme.forced } else { theme.title })]);
    if let Some(outage) = outage {
        sheet.pieces("simulated", &[Piece::new(format!("FAIL (you: {})", outage.how), theme.simulated)]);
    }
    let lands = aim.landing(carrier).map_or_else(String::new, |share| format!(", {share} of calls land here"));
    let pop = words::pop(carrier, &aim.pop(carrier));
    sheet.line("POP", &format!("{pop}, {}; first by {}{lands}", aim.place(), aim.target.first));
    let endpoints: Vec<Endpoint> = aim.endpoints().collect();
    sheet.long("used by", &users(scene, &endpoints).join("; "));
    let pins = registered(scene, &endpoints, aim.host());
    if !pins.is_empty() {
        sheet.long("registered", &pins.join("; "));
    }
}

/// The carriers that lead to one of these endpoints, and how.
fn users(scene: Scene<'_>, endpoints: &[Endpoint]) -> Vec<String> {
    let user = |carrier: &CarrierState| {
        let drawn = &carrier.published.as_ref()?.drawn;
        let mine = drawn.candidates().find(|candidate| endpoints.contains(&candidate.endpoint()))?;
        let how = if mine.target.first.is_some() {
            format!("first by {}", mine.target.first)
        } else {
            "as backup".to_owned()
        };
        Some(format!("{} {how}", carrier.carrier.name))
    };
    scene.state.carriers().filter_map(user).collect()
}

/// The registrations that depend on it, of all carriers, each with how that is known.
fn registered(scene: Scene<'_>, endpoints: &[Endpoint], host: &Host) -> Vec<String> {
    let here = |pin: &&Pin| brief::is_at(pin, endpoints, host);
    let said = |carrier: &CarrierState, pin: &Pin| {
        let name = &carrier.carrier.name;
        let many = if pin.many > 1 { format!("{} ", pin.many) } else { String::new() };
        if pin.confidence == Confidence::Inferred {
            return format!("{name} would by {} (inferred)", pin.chance);
        }
        let until = pin.until.map(|at| words::when(at, scene.state.now, &scene.state.options.zone));
        let until = until.map_or_else(String::new, |at| format!(" until {at}"));
        format!("{name} {many}{} by {}{until}", brief::sure(pin), pin.by.said())
    };
    let all = scene.state.carriers();
    all.flat_map(|carrier| carrier.registration.pins().iter().filter(here).map(move |pin| said(carrier, pin))).collect()
}
