//! One target: all that its probes say, and who depends on it.

use std::time::Duration;

use crate::model::{Endpoint, HealthState, ProbeReport, Text, TlsReport};
use crate::state::{CarrierState, Health};
use crate::tui::canvas::{Canvas, Piece};
use crate::tui::lines::Aim;
use crate::tui::update;
use crate::tui::words;

use super::{Scene, carrier, health};

pub(super) fn draw(canvas: &mut Canvas<'_>, scene: Scene<'_>) {
    let Some(carrier) = scene.ui.current(scene.state) else { return };
    carrier::head(canvas, scene, carrier);
    let mut row = 1 + super::verdict(canvas, scene, carrier, 1, 2);
    canvas.rule(row);
    row += 1;
    let Some(aim) = update::aimed(scene.ui, carrier) else {
        canvas.put(row, 1, canvas.columns(), "the DNS leads to no target", canvas.theme.dim);
        return;
    };
    let mut sheet = Sheet { canvas, row };
    head(&mut sheet, scene, carrier, &aim);
    for endpoint in aim.endpoints() {
        sheet.row += 1;
        match carrier.health.get(&endpoint) {
            Some(health) => probed(&mut sheet, scene, endpoint, health),
            None => sheet.line(&endpoint.to_string(), "- not probed yet"),
        }
    }
}

/// Rows of a name and what is said of it.
struct Sheet<'c, 'b> {
    canvas: &'c mut Canvas<'b>,
    row: u16,
}

impl Sheet<'_, '_> {
    fn line(&mut self, name: &str, said: &str) {
        let look = self.canvas.theme.text;
        self.pieces(name, &[Piece::new(said, look)]);
    }

    fn pieces(&mut self, name: &str, pieces: &[Piece]) {
        let end = self.canvas.columns().saturating_sub(1);
        let from = self.canvas.put(self.row, 1, end, name, self.canvas.theme.dim).max(14) + 1;
        self.canvas.pieces(self.row, from, end, pieces);
        self.row += 1;
    }
}

fn head(sheet: &mut Sheet<'_, '_>, scene: Scene<'_>, carrier: &CarrierState, aim: &Aim<'_>) {
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

fn probed(sheet: &mut Sheet<'_, '_>, scene: Scene<'_>, endpoint: Endpoint, health: &Health) {
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
    if let Some(tls) = &last.tls {
        certificate(sheet, scene, tls);
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

fn certificate(sheet: &mut Sheet<'_, '_>, scene: Scene<'_>, tls: &TlsReport) {
    let theme = scene.theme;
    sheet.line("  TLS", &format!("{}, connection and handshake {}", tls.version, words::rtt(tls.handshake)));
    let names: Vec<&str> = tls.names.iter().map(Text::as_str).collect();
    sheet.line("  certificate", &format!("for {}", names.join(", ")));
    sheet.line("  issued by", tls.issuer.as_str());
    let until = tls.not_after.map_or_else(
        || "nobody knows when".to_owned(),
        |end| {
            let day = end.to_zoned(scene.state.options.zone.clone()).date();
            match scene.state.now.map(|now| end.duration_since(now.wall).as_secs() / 86_400) {
                Some(days) if days < 0 => format!("{day}: it has expired"),
                Some(days) => format!("{day}, {days} days from now"),
                None => day.to_string(),
            }
        },
    );
    sheet.line("  valid until", &until);
    let verdict = |good: bool, yes: &str, no: &str| {
        if good { Piece::new(yes.to_owned(), theme.up) } else { Piece::new(no.to_owned(), theme.failed) }
    };
    let untrusted = tls.untrusted.as_ref().map(ToString::to_string).unwrap_or_default();
    sheet.pieces(
        "  judged",
        &[
            verdict(tls.untrusted.is_none(), "chain trusted", &format!("chain not trusted ({untrusted})")),
            Piece::new("; ", theme.text),
            verdict(tls.names_domain, "names the SIP domain", "does not name the SIP domain (RFC 5922 7)"),
            Piece::new("; ", theme.text),
            verdict(tls.names_target, "names the target", "does not name the target"),
        ],
    );
}
