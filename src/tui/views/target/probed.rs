//! What the probes of one endpoint say: its state, figures, and what its last answer told of itself.

use std::time::Duration;

use crate::model::{Connection, Endpoint, HealthState, ProbeReport, ProbeResult};
use crate::state::{Health, Window};
use crate::tui::canvas::Piece;
use crate::tui::words;

use super::{Scene, Sheet, carrier, health};

/// Rows of state, last probe, figures and results.
pub(super) fn rows(sheet: &mut Sheet, scene: Scene<'_>, endpoint: Endpoint, health: &Health) {
    let theme = scene.theme;
    let mut state = health::state(scene, health.state);
    if let HealthState::Down(failure) = health.state {
        state.push(Piece::new(format!("{} ", health::kind(health, failure)), theme.text));
    }
    state.push(Piece::new(format!("since {} ({})", scene.clock(health.since), scene.ago(health.since)), theme.text));
    if let Some(left) = health.left_dns {
        state.push(Piece::new(format!("; left DNS {} ago", scene.ago(left)), theme.warning));
    }
    if let (Some(next), Some(now)) = (health.next, scene.state.now) {
        state.push(Piece::new(format!("; next probe {}", carrier::due(next, now)), theme.text));
    }
    sheet.pieces(&endpoint.to_string(), &state);
    for (name, said) in held(scene, health) {
        sheet.pieces(name, &[Piece::new(said, theme.warning)]);
    }
    let Some(last) = &health.last else { return sheet.line("  last", "not probed yet") };
    if health.next.is_none() {
        sheet.line("  next probe", "stopped, since several addresses answer 403 to OPTIONS; r tries again");
    }
    sheet.long("  last", &last_words(scene, health, last));
    if let Some(from) = last.answered_from {
        let said = format!("answered from {from} instead: not counted; an engine may take it or not");
        sheet.pieces("  stranger", &[Piece::new(said, theme.warning)]);
    }
    sheet.line(&format!("  RTT {}", scene.ui.span.word()), &round_trips(scene, health));
    sheet.pieces("  loss", &[Piece::new(losses(scene, health), theme.text)]);
    let mut probes = health::beats(scene, health, health.beats.len());
    let results = health.results().iter().map(|&(result, count)| format!("{} {count}", kind(result)));
    probes.push(Piece::new(format!("  {}", results.collect::<Vec<_>>().join(", ")), theme.text));
    sheet.pieces("  results", &probes);
}

/// Why something else than its last probes is shown, and what they say.
fn held(scene: Scene<'_>, health: &Health) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    let behind = health.behind().map_or("", HealthState::word);
    if health.state == HealthState::Maintenance {
        let said =
            format!("you say so; it is probed on and blamed for nothing, M ends it; by its probes it is {behind}");
        rows.push(("  maintenance", said));
    }
    if let Some(flaps) = health.flaps() {
        let changes = flaps.trim_start_matches("FLAPPING ");
        let said = format!("{changes}; the worse state is held until 5 min without one; by its probes it is {behind}");
        rows.push(("  flapping", said));
    }
    if health.is_excused() {
        rows.push(("  our side", "its silence is laid to our own side: nothing is known of it".to_owned()));
    }
    if let Some(until) = scene.state.now.and_then(|now| health.retry_until(now)) {
        rows.push(("  Retry-After", format!("it wants to be left alone until {}", scene.clock(until))));
    }
    rows
}

/// A result as a kind of many.
const fn kind(result: ProbeResult) -> &'static str {
    match result {
        ProbeResult::Ok => "2xx",
        ProbeResult::AuthRequired => "401 or 407",
        ProbeResult::ErrorResponse => "other answers",
        ProbeResult::TlsHandshake => "no TLS",
        ProbeResult::WsHandshake => "no WebSocket",
        ProbeResult::TlsUntrusted => "untrusted",
        ProbeResult::TlsName => "wrong name",
        ProbeResult::Malformed => "malformed",
        ProbeResult::Reset => "lost connection",
        other => other.said(),
    }
}

fn last_words(scene: Scene<'_>, health: &Health, last: &ProbeReport) -> String {
    let mut said = format!("{}, {} ago", health.said(), scene.ago(last.at));
    said.extend(last.rtt().map(|rtt| format!("; SIP {}", words::rtt(rtt))));
    match last.connection {
        Some(Connection::Made(took)) => said.push_str(&format!("; handshakes {}", words::rtt(took))),
        Some(Connection::Kept) => said.push_str("; connection kept"),
        None => {}
    }
    if last.ours {
        said.push_str("; the cause may be on our side");
    }
    said
}

fn round_trips(scene: Scene<'_>, health: &Health) -> String {
    let Some(last) = health.last_rtt() else { return "- nothing answered yet".to_owned() };
    let (span, now) = (scene.ui.span, scene.state.now.unwrap_or(health.since));
    let jitter = health.jitter().map(|jitter| format!("; jitter {} ms", millis(jitter))).unwrap_or_default();
    let last = millis(last);
    let Some(rtt) = health.figures(span, now).rtt else {
        return format!("last {last} ms, none since{jitter}");
    };
    let [min, p50, p95, max] = [rtt.min, rtt.p50, rtt.p95, rtt.max].map(millis);
    format!("last {last}, min {min}, p50 {p50}, p95 {p95}, max {max} ms{jitter}")
}

/// The number of milliseconds.
fn millis(rtt: Duration) -> String {
    match rtt.as_millis() {
        0 => "<1".to_owned(),
        millis => millis.to_string(),
    }
}

fn losses(scene: Scene<'_>, health: &Health) -> String {
    let now = scene.state.now.unwrap_or(health.since);
    let of = |window: Window| {
        let figures = health.figures(window, now);
        match figures.loss() {
            Some(loss) => format!("{} {:.1} % of {}", window.word(), loss * 100.0, figures.probes()),
            None => format!("{} -", window.word()),
        }
    };
    [Window::Minute, Window::Quarter, Window::Day].map(of).join("; ")
}

/// What its last answer told of itself; none where there was none, or it told nothing.
pub(super) fn headers(sheet: &mut Sheet, last: &ProbeReport) {
    let Some(response) = &last.response else { return };
    let told = [
        ("  server", &response.server),
        ("  Allow", &response.allow),
        ("  Supported", &response.supported),
        ("  Warning", &response.warning),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            sheet.long(name, value.as_str());
        }
    }
    if let Some(after) = response.retry_after {
        sheet.line("  Retry-After", &words::wait(after));
    }
}
