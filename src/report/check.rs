//! What one OPTIONS to each candidate showed.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{Host, Link, ProbeReport, ProbeResult, ResolverSpec, SipUri, Text, TlsReport};

use super::Ink;
use super::json;
use super::words::{columns, span};

/// What a check of a URI showed.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The candidates, in the order of trying.
    pub probed: Vec<Probed>,
    /// Targets without an address, which could not be probed.
    pub unresolved: Vec<Unresolved>,
}

/// A probed candidate.
#[derive(Clone, Debug)]
pub struct Probed {
    /// Place of its tier, from 1.
    pub rank: usize,
    /// Its target.
    pub target: Host,
    /// What the probe showed.
    pub report: ProbeReport,
}

/// A target that the DNS has no address for, or would not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The target; the host of the URI, where it never came to targets.
    pub target: Host,
    /// What the DNS said.
    pub why: String,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    uri: String,
    resolver: String,
    results: Vec<ResultDoc>,
}

/// What the DNS did not yield has no place, transport, address or port.
#[derive(Serialize)]
struct ResultDoc {
    rank: Option<usize>,
    transport: Option<&'static str>,
    target: String,
    address: Option<String>,
    port: Option<u16>,
    result: &'static str,
    ours: bool,
    code: Option<u16>,
    reason: Option<String>,
    rtt: Option<f64>,
    connect: Option<f64>,
    server: Option<String>,
    detail: Option<String>,
    answered_from: Option<String>,
    tls: Option<TlsDoc>,
}

#[derive(Serialize)]
struct TlsDoc {
    version: String,
    cipher: String,
    alpn: Option<String>,
    sni: Option<String>,
    handshake: f64,
    names: Vec<String>,
    issuer: String,
    not_after: Option<String>,
    days_left: Option<i64>,
    chain: Vec<LinkDoc>,
    trusted: bool,
    untrusted: Option<String>,
    names_domain: bool,
    names_target: bool,
}

/// A certificate of the chain.
#[derive(Serialize)]
struct LinkDoc {
    subject: String,
    issuer: String,
    not_after: Option<String>,
    days_left: Option<i64>,
}

impl LinkDoc {
    fn new(link: &Link, at: Timestamp) -> Self {
        Self {
            subject: link.subject.to_string(),
            issuer: link.issuer.to_string(),
            not_after: link.not_after.map(|end| end.to_string()),
            days_left: link.days_left(at),
        }
    }
}

impl TlsDoc {
    /// Days count from `at`.
    fn new(tls: &TlsReport, at: Timestamp) -> Self {
        let text = |text: &Option<Text>| text.as_ref().map(ToString::to_string);
        let own = tls.own();
        Self {
            version: tls.version.to_string(),
            cipher: tls.cipher.to_string(),
            alpn: text(&tls.alpn),
            sni: text(&tls.sni),
            handshake: json::seconds(tls.handshake),
            names: tls.names.iter().map(ToString::to_string).collect(),
            issuer: own.map(|own| own.issuer.to_string()).unwrap_or_default(),
            not_after: own.and_then(|own| own.not_after).map(|end| end.to_string()),
            days_left: own.and_then(|own| own.days_left(at)),
            chain: tls.chain.iter().map(|link| LinkDoc::new(link, at)).collect(),
            trusted: tls.untrusted.is_none(),
            untrusted: text(&tls.untrusted),
            names_domain: tls.names_domain,
            names_target: tls.names_target,
        }
    }
}

impl From<&Probed> for ResultDoc {
    fn from(probed: &Probed) -> Self {
        let report = &probed.report;
        let response = report.response.as_ref();
        Self {
            rank: Some(probed.rank),
            transport: Some(report.endpoint.transport.as_str()),
            target: probed.target.to_string(),
            address: Some(report.endpoint.at.ip().to_string()),
            port: Some(report.endpoint.at.port()),
            result: report.result.word(),
            ours: report.ours,
            code: response.map(|response| response.code),
            reason: response.map(|response| response.reason.to_string()),
            rtt: response.map(|response| json::seconds(response.rtt)),
            connect: report.connect().map(json::seconds),
            server: response.and_then(|response| response.server.as_ref()).map(ToString::to_string),
            detail: report.detail.as_ref().map(ToString::to_string),
            answered_from: report.answered_from.map(|from| from.to_string()),
            tls: report.tls.as_ref().map(|tls| TlsDoc::new(tls, report.at.wall)),
        }
    }
}

impl From<&Unresolved> for ResultDoc {
    fn from(unresolved: &Unresolved) -> Self {
        Self {
            rank: None,
            transport: None,
            target: unresolved.target.to_string(),
            address: None,
            port: None,
            result: DNS,
            ours: false,
            code: None,
            reason: None,
            rtt: None,
            connect: None,
            server: None,
            detail: Some(unresolved.why.clone()),
            answered_from: None,
            tls: None,
        }
    }
}

/// The first layer that can fail, before any that a probe sees.
const DNS: &str = "dns";

/// As `trunktop.check/1`, in one line.
pub fn check_json(uri: &SipUri, resolver: &ResolverSpec, checked: &Checked) -> String {
    let probed = checked.probed.iter().map(Into::into);
    let results = probed.chain(checked.unresolved.iter().map(Into::into)).collect();
    json::line(&Document { schema: "trunktop.check/1", uri: uri.to_string(), resolver: resolver.to_string(), results })
}

/// A line for each candidate.
pub fn check_text(uri: &SipUri, resolver: &ResolverSpec, checked: &Checked, ink: Ink) -> String {
    let heads = ["", "OVER", "ADDRESS", "PORT", "TARGET", "RESULT", "RTT", "SAID"].map(str::to_owned).to_vec();
    let mut rows = vec![heads];
    rows.extend(checked.probed.iter().map(probed_row));
    rows.extend(checked.unresolved.iter().map(unresolved_row));
    let lines = columns(&rows);
    let mut text = format!("{}  {}\n", ink.strong(&uri.shown()), ink.dim(&format!("resolver {resolver}")));
    text.extend(lines.first().map(|head| format!("{}\n", ink.dim(head))));
    let alive = checked.probed.iter().map(|probed| probed.report.failure().is_none());
    for (line, alive) in lines.iter().skip(1).zip(alive.chain(std::iter::repeat(false))) {
        let drawn = if alive { ink.good(line) } else { ink.bad(line) };
        text.push_str(&format!("{drawn}\n"));
    }
    if checked.probed.iter().any(|probed| probed.report.result == ProbeResult::Timeout) {
        text.push_str(
            "A carrier that authorises by source address may not answer this host: silence here is not an outage.\n",
        );
    }
    text
}

fn probed_row(probed: &Probed) -> Vec<String> {
    let report = &probed.report;
    let response = report.response.as_ref();
    let mut said = vec![report.said()];
    said.extend(ending(report));
    said.extend(report.ours.then(|| "(may be our side)".to_owned()));
    said.extend(response.and_then(|response| response.server.as_ref()).map(|server| format!("[{server}]")));
    vec![
        probed.rank.to_string(),
        report.endpoint.transport.to_string(),
        report.endpoint.at.ip().to_string(),
        report.endpoint.at.port().to_string(),
        probed.target.to_string(),
        report.result.word().to_owned(),
        report.rtt().map_or_else(nothing, span),
        said.join("  "),
    ]
}

/// That its certificate, or one above it, ends soon; of one that is not trusted the reason is told already.
fn ending(report: &ProbeReport) -> Option<String> {
    let tls = report.tls.as_ref().filter(|tls| tls.untrusted.is_none())?;
    match tls.days_left(report.at.wall)? {
        1 => Some("(its certificate ends in 1 day)".to_owned()),
        days @ 0..TlsReport::SOON => Some(format!("(its certificate ends in {days} days)")),
        _ => None,
    }
}

fn unresolved_row(unresolved: &Unresolved) -> Vec<String> {
    let target = unresolved.target.to_string();
    vec![nothing(), nothing(), nothing(), nothing(), target, DNS.to_owned(), nothing(), unresolved.why.clone()]
}

fn nothing() -> String {
    "-".to_owned()
}
