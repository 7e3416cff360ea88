//! What one OPTIONS to each candidate showed.

use serde::Serialize;

use crate::model::{Host, ProbeReport, SipUri, TlsReport, Transport};

use super::Ink;
use super::json;
use super::words::{columns, span};

/// A probed candidate.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Place of its tier, from 1.
    pub rank: usize,
    /// Its target.
    pub target: Host,
    /// What the probe showed.
    pub report: ProbeReport,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    uri: String,
    results: Vec<ResultDoc>,
}

#[derive(Serialize)]
struct ResultDoc {
    rank: usize,
    transport: &'static str,
    target: String,
    address: String,
    port: u16,
    result: &'static str,
    ours: bool,
    code: Option<u16>,
    reason: Option<String>,
    rtt: Option<f64>,
    server: Option<String>,
    detail: Option<String>,
    tls: Option<TlsDoc>,
}

#[derive(Serialize)]
struct TlsDoc {
    version: String,
    handshake: f64,
    names: Vec<String>,
    issuer: String,
    not_after: Option<String>,
    trusted: bool,
    untrusted: Option<String>,
    names_domain: bool,
    names_target: bool,
}

impl From<&TlsReport> for TlsDoc {
    fn from(tls: &TlsReport) -> Self {
        Self {
            version: tls.version.to_string(),
            handshake: json::seconds(tls.handshake),
            names: tls.names.iter().map(ToString::to_string).collect(),
            issuer: tls.issuer.to_string(),
            not_after: tls.not_after.map(|at| at.to_string()),
            trusted: tls.untrusted.is_none(),
            untrusted: tls.untrusted.as_ref().map(ToString::to_string),
            names_domain: tls.names_domain,
            names_target: tls.names_target,
        }
    }
}

impl From<&Checked> for ResultDoc {
    fn from(checked: &Checked) -> Self {
        let report = &checked.report;
        let response = report.response.as_ref();
        Self {
            rank: checked.rank,
            transport: report.endpoint.transport.as_str(),
            target: checked.target.to_string(),
            address: report.endpoint.at.ip().to_string(),
            port: report.endpoint.at.port(),
            result: report.result.word(),
            ours: report.ours,
            code: response.map(|response| response.code),
            reason: response.map(|response| response.reason.to_string()),
            rtt: response.map(|response| json::seconds(response.rtt)),
            server: response.and_then(|response| response.server.as_ref()).map(ToString::to_string),
            detail: report.detail.as_ref().map(ToString::to_string),
            tls: report.tls.as_ref().map(Into::into),
        }
    }
}

/// As `trunktop.check/1`, in one line.
pub fn check_json(uri: &SipUri, checked: &[Checked]) -> String {
    let results = checked.iter().map(Into::into).collect();
    json::line(&Document { schema: "trunktop.check/1", uri: uri.to_string(), results })
}

/// A line for each candidate.
pub fn check_text(uri: &SipUri, checked: &[Checked], ink: Ink) -> String {
    let heads = ["", "OVER", "ADDRESS", "PORT", "TARGET", "RESULT", "RTT", "SAID"].map(str::to_owned).to_vec();
    let mut rows = vec![heads];
    rows.extend(checked.iter().map(|checked| {
        let report = &checked.report;
        let mut said = vec![report.said()];
        said.extend(report.ours.then(|| "(may be our side)".to_owned()));
        said.extend(
            report.response.as_ref().and_then(|response| response.server.as_ref()).map(|server| format!("[{server}]")),
        );
        vec![
            checked.rank.to_string(),
            report.endpoint.transport.to_string(),
            report.endpoint.at.ip().to_string(),
            report.endpoint.at.port().to_string(),
            checked.target.to_string(),
            report.result.word().to_owned(),
            report.rtt().map_or_else(|| "-".to_owned(), span),
            said.join("  "),
        ]
    }));
    let lines = columns(&rows);
    let mut text = format!("{}\n", ink.strong(&uri.to_string()));
    text.extend(lines.first().map(|head| format!("{}\n", ink.dim(head))));
    for (line, checked) in lines.iter().skip(1).zip(checked) {
        let drawn = if checked.report.failure().is_none() { ink.good(line) } else { ink.bad(line) };
        text.push_str(&format!("{drawn}\n"));
    }
    if checked
        .iter()
        .any(|checked| checked.report.endpoint.transport == Transport::Udp && checked.report.response.is_none())
    {
        text.push_str(
            "A carrier that authorises by source address may not answer this host: silence here is not an outage.\n",
        );
    }
    text
}
