//! One target: all that its probes say, who depends on it, and what went over the wire.

mod certificate;
mod wire;

use std::time::Duration;

use crate::model::{Connection, Endpoint, HealthState, ProbeReport};
use crate::state::{CarrierState, Health};
use crate::tui::canvas::{Canvas, Piece};
use crate::tui::lines::Aim;
use crate::tui::theme::Look;
use crate::tui::update;
use crate::tui::words;

use super::{Scene, carrier, health};

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
    let mut sheet = Sheet { look: scene.theme.text, rows: Vec::new() };
    head(&mut sheet, scene, carrier, &aim);
    for endpoint in aim.endpoints() {
        sheet.rows.push(Row::default());
        match carrier.health.get(&endpoint) {
            Some(health) => probed(&mut sheet, scene, endpoint, health),
            None => sheet.line(&endpoint.to_string(), "- not probed yet"),
        }
    }
    let reports = aim.endpoints().filter_map(|endpoint| carrier.health.get(&endpoint)?.last.as_ref());
    let mut told: Vec<Row> = reports.flat_map(|report| wire::messages(scene, report, below.columns())).collect();
    if let Some(again) = aim.again(carrier) {
        told.extend(wire::again(scene, &again.line, below.columns()));
    }
    turn(&mut below, scene, [sheet.rows, told]);
}

/// Draws all where all has room; else the page that the operator has turned to. What was sent and heard
/// begins a page of its own.
fn turn(canvas: &mut Canvas<'_>, scene: Scene<'_>, [judged, told]: [Vec<Row>; 2]) {
    let rows = usize::from(canvas.rows());
    let all = judged.len() + told.len();
    let pages: Vec<Vec<Row>> = if all <= rows {
        vec![judged.into_iter().chain(told).collect()]
    } else {
        let chunk = |rows_of: Vec<Row>| -> Vec<Vec<Row>> {
            rows_of.chunks(rows.saturating_sub(1).max(1)).map(<[Row]>::to_vec).collect()
        };
        [judged, told].into_iter().flat_map(chunk).collect()
    };
    let at = scene.ui.page % pages.len().max(1);
    let end = canvas.columns().saturating_sub(1);
    for (row, Row { name, pieces }) in (0..).zip(pages.get(at).into_iter().flatten()) {
        let from = canvas.put(row, 1, end, name, canvas.theme.dim);
        let from = if name.is_empty() { 1 } else { from.max(14) + 1 };
        canvas.pieces(row, from, end, pieces);
    }
    if pages.len() > 1 {
        let last = canvas.rows().saturating_sub(1);
        let words = format!("page {} of {}; Enter turns it", at + 1, pages.len());
        canvas.put(last, 1, end, &words, canvas.theme.changed);
    }
}

/// A name and what is said of it; without a name, what is said begins the row.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) pieces: Vec<Piece>,
}

/// Rows that grow.
struct Sheet {
    look: Look,
    rows: Vec<Row>,
}

impl Sheet {
    fn line(&mut self, name: &str, said: &str) {
        let look = self.look;
        self.pieces(name, &[Piece::new(said, look)]);
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
    sheet.line("POP", &words::pop(carrier, &aim.pop(carrier)));
    let lands = aim.landing(carrier).map_or_else(String::new, |share| format!("; {share} of calls land here now"));
    sheet.line("share", &format!("tried first by {}{lands}", aim.target.first));
    let endpoints: Vec<Endpoint> = aim.endpoints().collect();
    let users = users(scene, &endpoints);
    sheet.line("used by", &users.join(", "));
}

/// The carriers that lead to one of these endpoints.
fn users(scene: Scene<'_>, endpoints: &[Endpoint]) -> Vec<String> {
    let leads = |carrier: &&CarrierState| {
        let drawn = carrier.published.as_ref().map(|published| &published.drawn);
        drawn.is_some_and(|drawn| drawn.candidates().any(|candidate| endpoints.contains(&candidate.endpoint())))
    };
    let users = scene.state.carriers().filter(leads);
    users.map(|carrier| carrier.carrier.name.to_string()).collect()
}

fn probed(sheet: &mut Sheet, scene: Scene<'_>, endpoint: Endpoint, health: &Health) {
    let theme = scene.theme;
    let mut state = health::state(scene, health.state);
    if let HealthState::Down(failure) = health.state {
        state.push(Piece::new(format!("{} ", health::kind(health, failure)), theme.text));
    }
    state.push(Piece::new(format!("since {} ({})", scene.clock(health.since), scene.ago(health.since)), theme.text));
    if let Some(left) = health.left_dns {
        state.push(Piece::new(format!("; left DNS {} ago", scene.ago(left)), theme.warning));
    }
    sheet.pieces(&endpoint.to_string(), &state);
    let Some(last) = &health.last else { return sheet.line("  last", "not probed yet") };
    sheet.line("  last", &last_words(scene, health, last));
    sheet.line("  round trip", &round_trips(health));
    let mut beats = health::beats(scene, health, health.beats.len());
    beats.push(Piece::new(
        format!("  {:.0} % of {} failed", health.loss() * 100.0, words::count(health.beats.len(), "probe")),
        theme.text,
    ));
    sheet.pieces("  history", &beats);
    if let (Some(next), Some(now)) = (health.next, scene.state.now) {
        sheet.line("  next probe", &carrier::due(next, now));
    }
    if let Some(from) = last.answered_from {
        let said = format!("answered from {from} instead: not counted; an engine may take it or not");
        sheet.pieces("  stranger", &[Piece::new(said, theme.warning)]);
    }
    match last.connection {
        Some(Connection::Made(took)) => {
            sheet.line("  connection", &format!("made in {}, all handshakes", words::rtt(took)));
        }
        Some(Connection::Kept) => sheet.line("  connection", "kept from an earlier probe"),
        None => {}
    }
    if let Some(tls) = &last.tls {
        certificate::judged(sheet, scene, tls);
    }
}

fn last_words(scene: Scene<'_>, health: &Health, last: &ProbeReport) -> String {
    let mut said = format!("{}, {} ago", health.said(), scene.ago(last.at));
    if let Some(server) = last.response.as_ref().and_then(|response| response.server.as_ref()) {
        said.push_str(&format!(", by {server}"));
    }
    if last.ours {
        said.push_str("; the cause may be on our side");
    }
    said
}

fn round_trips(health: &Health) -> String {
    let (Some(least), Some(most)) = (health.rtts.iter().min(), health.rtts.iter().max()) else {
        return "nothing answered yet".to_owned();
    };
    let count = u32::try_from(health.rtts.len()).unwrap_or(u32::MAX);
    let mean = health.rtts.iter().sum::<Duration>() / count.max(1);
    format!(
        "least {}, mean {}, most {} of {}",
        words::rtt(*least),
        words::rtt(mean),
        words::rtt(*most),
        words::count(health.rtts.len(), "answer")
    )
}
