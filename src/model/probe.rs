//! What a probe asks of a target, and what came of it.

mod codes;
mod raw;
mod settings;
mod tls;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::{Carrier, Failure, Host, Moment, SipUri, Text, Transport};

pub use codes::{CodeRange, Codes, CodesError, Meaning};
pub use raw::Raw;
pub use settings::{Connections, ProbeSettings, UnknownConnections, UserPart, UserPartError, WsPath, WsPathError};
pub use tls::{Alpn, AlpnError, Link, TlsReport, TlsSettings};

/// Where a request goes: a transport, an address, a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// Over what.
    pub transport: Transport,
    /// Whereto.
    pub at: SocketAddr,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.transport, self.at)
    }
}

/// One OPTIONS to send.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeRequest {
    /// Whereto.
    pub endpoint: Endpoint,
    /// The target that the address belongs to.
    pub target: Host,
    /// Request-URI, From and To; its host is the SIP domain that a certificate must name (RFC 5922).
    pub uri: SipUri,
    /// Source address; port 0 means any.
    pub local: Option<SocketAddr>,
    /// How to treat TLS.
    pub tls: TlsSettings,
    /// How to ask.
    pub settings: ProbeSettings,
    /// How long to wait for an answer, connecting included.
    pub patience: Duration,
}

impl ProbeRequest {
    /// To one endpoint of a carrier, which belongs to `target` and was led to by `uri`.
    pub fn new(carrier: &Carrier, uri: SipUri, endpoint: Endpoint, target: Host, patience: Duration) -> Self {
        Self {
            endpoint,
            target,
            uri,
            local: carrier.local,
            tls: carrier.tls.clone(),
            settings: carrier.probe.clone(),
            patience,
        }
    }
}

/// What came of one OPTIONS.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeReport {
    /// Whereto.
    pub endpoint: Endpoint,
    /// When it was sent.
    pub at: Moment,
    /// The first layer that failed, or what SIP said.
    pub result: ProbeResult,
    /// Whether the cause may be on our side: no route, or TLS that we do not speak and an SBC might.
    pub ours: bool,
    /// What failed or was said, in words.
    pub detail: Option<Text>,
    /// The SIP answer, whenever there was one.
    pub response: Option<Response>,
    /// What the TLS handshake showed, whenever there was one.
    pub tls: Option<TlsReport>,
    /// The connection that it went over; none over UDP, and where there came no connection about.
    pub connection: Option<Connection>,
    /// Who answered in place of the address that was asked, over UDP; that answer counts for nothing.
    pub answered_from: Option<SocketAddr>,
    /// The request as it was sent, if it came to that.
    pub sent: Option<Raw>,
    /// The last message that answered it, or what came in place of one.
    pub heard: Option<Raw>,
}

/// A connection that a probe went over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Made for this probe: so long took all handshakes together, TCP, TLS, `WebSocket`.
    Made(Duration),
    /// Made by an earlier probe.
    Kept,
}

/// The first layer that failed, or what SIP said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProbeResult {
    /// No route, or an ICMP that says so.
    Unreachable,
    /// A reset in answer to a SYN, or ICMP port unreachable.
    Refused,
    /// Nothing came in time.
    Timeout,
    /// The connection was made and broke before an answer.
    Reset,
    /// TLS could not be agreed.
    TlsHandshake,
    /// A `WebSocket`, or SIP within it, could not be agreed (RFC 6455 4, RFC 7118 4).
    WsHandshake,
    /// What came is not SIP.
    Malformed,
    /// The certificate's chain leads to no root that is trusted, or a date or signature is wrong.
    TlsUntrusted,
    /// The certificate does not name the SIP domain (RFC 5922 7).
    TlsName,
    /// 401 or 407.
    AuthRequired,
    /// 2xx.
    Ok,
    /// Any other final answer.
    ErrorResponse,
}

impl ProbeResult {
    /// The word for it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::TlsHandshake => "tls_handshake",
            Self::WsHandshake => "ws_handshake",
            Self::Malformed => "malformed",
            Self::TlsUntrusted => "tls_untrusted",
            Self::TlsName => "tls_name",
            Self::AuthRequired => "auth_required",
            Self::Ok => "ok",
            Self::ErrorResponse => "error_response",
        }
    }

    /// The words for it on screen.
    pub const fn said(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Timeout => "silent",
            Self::Reset => "connection lost",
            Self::TlsHandshake => "TLS handshake failed",
            Self::WsHandshake => "WebSocket handshake failed",
            Self::Malformed => "malformed answer",
            Self::TlsUntrusted => "certificate not trusted",
            Self::TlsName => "certificate for another name",
            Self::AuthRequired => "asks for a password",
            Self::Ok => "well",
            Self::ErrorResponse => "an error",
        }
    }

    /// How an engine sees this layer fail; none where SIP gave an answer.
    pub const fn failure(self) -> Option<Failure> {
        match self {
            // What answers with garbage gives an engine no response that it could use.
            Self::Timeout | Self::Malformed => Some(Failure::Silent),
            Self::Refused | Self::Reset | Self::Unreachable | Self::WsHandshake => Some(Failure::Refused),
            Self::TlsHandshake | Self::TlsUntrusted | Self::TlsName => Some(Failure::Tls),
            Self::AuthRequired | Self::Ok | Self::ErrorResponse => None,
        }
    }

    /// Whether SIP gave a final answer, over a layer below that nothing was wrong with.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Ok | Self::AuthRequired | Self::ErrorResponse)
    }
}

impl ProbeReport {
    /// A report that says no more than this.
    pub const fn new(endpoint: Endpoint, at: Moment, result: ProbeResult) -> Self {
        Self {
            endpoint,
            at,
            result,
            ours: false,
            detail: None,
            response: None,
            tls: None,
            connection: None,
            answered_from: None,
            sent: None,
            heard: None,
        }
    }

    /// How an engine would see this target fail; none where it would get an answer other than 503.
    pub fn failure(&self) -> Option<Failure> {
        let unavailable = self.result == ProbeResult::ErrorResponse
            && self.response.as_ref().is_some_and(|response| response.code == 503);
        self.result.failure().or_else(|| unavailable.then_some(Failure::Unavailable))
    }

    /// What came of it, in words: `200 OK`, `refused: ...`, `certificate not trusted: ... (SIP says 200 OK)`.
    pub fn said(&self) -> String {
        let answered = self.response.as_ref().map(|r| format!("{} {}", r.code, r.reason).trim_end().to_owned());
        let detail = self.detail.as_ref().map(Text::as_str);
        if self.result.is_answer() {
            return detail.map(str::to_owned).or(answered).unwrap_or_default();
        }
        let what = self.result.said();
        let mut said = match detail {
            Some(detail) if detail.starts_with(what) => detail.to_owned(),
            Some(detail) => format!("{what}: {detail}"),
            None => what.to_owned(),
        };
        said.extend(answered.map(|answered| format!(" (SIP says {answered})")));
        said
    }

    /// Round trip of SIP alone, without making the connection.
    pub fn rtt(&self) -> Option<Duration> {
        self.response.as_ref().map(|r| r.rtt)
    }

    /// How long it took to make the connection, where one was made.
    pub const fn connect(&self) -> Option<Duration> {
        match self.connection {
            Some(Connection::Made(took)) => Some(took),
            Some(Connection::Kept) | None => None,
        }
    }
}

/// A final SIP answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Status code, 200 to 699.
    pub code: u16,
    /// As the peer wrote it.
    pub reason: Text,
    /// From the first sending to the answer: of several sendings nobody can tell which one was answered.
    pub rtt: Duration,
    /// Server or User-Agent.
    pub server: Option<Text>,
    /// Allow: the methods that it takes (RFC 3261 20.5); of several such headers all, with commas.
    pub allow: Option<Text>,
    /// Supported: the extensions that it knows (RFC 3261 20.37); of several such headers all.
    pub supported: Option<Text>,
    /// Retry-After (RFC 3261 20.33), in whole seconds.
    pub retry_after: Option<Duration>,
    /// Warning: what it had to say beside its code (RFC 3261 20.43); of several such headers all.
    pub warning: Option<Text>,
}

impl Response {
    /// An answer that says no more than this.
    pub const fn new(code: u16, reason: Text, rtt: Duration) -> Self {
        Self { code, reason, rtt, server: None, allow: None, supported: None, retry_after: None, warning: None }
    }
}
