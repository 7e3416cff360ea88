//! Probes a target: one OPTIONS, and the first layer that failed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::exchange::{self, Exchanged};
use super::options::Options;
use super::socket::{self, SourcePorts};
use super::tls::{Clients, Roots, Shown};
use super::transaction::{Fault, Heard};
use crate::model::{Moment, ProbeReport, ProbeRequest, ProbeResult, Text, Transport};
use crate::monitor::{Clock, Probe};

/// The end of any patience: a clock cannot count for ever.
const MOST_PATIENCE: Duration = Duration::from_secs(3600);

/// Sends OPTIONS over UDP, TCP and TLS: a socket of its own for each probe, closed after it.
///
/// Where a request names a source port, probes from it wait for each other, and their patience begins
/// when it is their turn.
pub struct Prober {
    clock: Arc<dyn Clock>,
    clients: Arc<Clients>,
    ports: SourcePorts,
}

/// What one probe saw, before it is judged.
struct Seen {
    /// When the request was sent, if it came to that.
    sent: Option<Instant>,
    tls: Option<Shown>,
    answer: Result<Heard, Fault>,
}

impl From<Fault> for Seen {
    fn from(fault: Fault) -> Self {
        Self { sent: None, tls: None, answer: Err(fault) }
    }
}

impl From<Exchanged> for Seen {
    fn from((sent, answer): Exchanged) -> Self {
        Self { sent: Some(sent), tls: None, answer }
    }
}

impl Prober {
    /// A prober that trusts `roots` where a carrier's settings do not say otherwise.
    pub fn new(clock: Arc<dyn Clock>, roots: Roots) -> Self {
        Self { clock, clients: Arc::new(Clients::new(roots)), ports: SourcePorts::default() }
    }

    async fn look(&self, request: &ProbeRequest, began: Instant, at: Moment) -> Result<Seen, Fault> {
        let (to, local, patience) = (request.endpoint.at, request.local, request.patience.min(MOST_PATIENCE));
        let deadline = began + patience;
        let options = |here: std::io::Result<_>| {
            let here = here.map_err(|why| Fault::ours(ProbeResult::Unreachable, socket::words(&why)))?;
            Ok::<_, Fault>(Options::new(&request.uri, request.endpoint.transport, here))
        };
        Ok(match request.endpoint.transport {
            Transport::Udp => {
                let udp = socket::udp(to, local).await?;
                exchange::datagrams(&udp, &options(udp.local_addr())?, deadline, patience).await.into()
            }
            Transport::Tcp => {
                let mut tcp = socket::tcp(to, local, deadline, patience).await?;
                let options = options(tcp.local_addr())?;
                exchange::stream(&mut tcp, &options, deadline, patience).await.into()
            }
            Transport::Tls => {
                let client = self.clients.client(&request.tls).await?;
                let tcp = socket::tcp(to, local, deadline, patience).await?;
                let options = options(tcp.local_addr())?;
                let (mut tls, shown) = client.handshake(tcp, request, began, deadline, at.wall).await?;
                let seen: Seen = exchange::stream(&mut tls, &options, deadline, patience).await.into();
                Seen { tls: Some(shown), ..seen }
            }
            other => return Err(Fault::ours(ProbeResult::Unreachable, format!("{other} is not spoken yet"))),
        })
    }
}

#[async_trait]
impl Probe for Prober {
    async fn probe(&self, request: &ProbeRequest) -> ProbeReport {
        let _held = self.ports.hold(request.local).await;
        let (began, at) = (Instant::now(), self.clock.now());
        let seen = self.look(request, began, at).await.unwrap_or_else(Seen::from);
        let at = at + seen.sent.map_or(Duration::ZERO, |sent| sent.duration_since(began));
        judge(request, at, seen)
    }
}

/// The first layer that failed: trust, then the name, then SIP. An operator who does not verify wants to
/// hear of SIP alone, yet the report says of TLS what was seen.
fn judge(request: &ProbeRequest, at: Moment, seen: Seen) -> ProbeReport {
    let distrust = seen.tls.as_ref().filter(|_| request.tls.verify).and_then(|shown| {
        let untrusted = shown.report.untrusted.clone().map(|why| (ProbeResult::TlsUntrusted, shown.blind, why));
        let misnamed = || (ProbeResult::TlsName, false, shown.certificate.misnaming(&request.uri.host));
        untrusted.or_else(|| (!shown.report.names_domain).then(misnamed))
    });
    let (said, response) = match seen.answer {
        Ok(heard) => ((result_of(heard.response.code), false, words(&heard)), Some(heard.response)),
        Err(fault) => ((fault.result, fault.ours, fault.detail), None),
    };
    let (result, ours, detail) = distrust.unwrap_or(said);
    ProbeReport {
        endpoint: request.endpoint,
        at,
        result,
        ours,
        detail: Some(detail),
        response,
        tls: seen.tls.map(|shown| shown.report),
    }
}

const fn result_of(code: u16) -> ProbeResult {
    match code {
        401 | 407 => ProbeResult::AuthRequired,
        200..=299 => ProbeResult::Ok,
        _ => ProbeResult::ErrorResponse,
    }
}

/// What SIP said; and where it had to be asked more than once, that nobody can tell which of the
/// sendings was answered.
fn words(heard: &Heard) -> Text {
    let response = &heard.response;
    let said = format!("{} {}", response.code, response.reason);
    let said = said.trim_end();
    Text::new(&match heard.sendings {
        1 => said.to_owned(),
        sendings => format!("{said}, after {sendings} sendings; the time counts from the first"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Endpoint, TlsReport, TlsSettings};
    use crate::sip::certificate::Certificate;

    #[test]
    fn mistrust_of_a_machine_without_roots_is_ours() {
        let at = Moment { mono: Duration::ZERO, wall: jiff::Timestamp::UNIX_EPOCH };
        let request = ProbeRequest {
            endpoint: Endpoint { transport: Transport::Tls, at: ([127, 0, 0, 1], 5061).into() },
            target: "sbc1.acme.example".parse().unwrap(),
            uri: "sip:acme.example".parse().unwrap(),
            local: None,
            tls: TlsSettings { ca: None, cert: None, key: None, sni: None, verify: true },
            patience: Duration::ZERO,
        };
        let report = TlsReport {
            version: "TLSv1.3".into(),
            handshake: Duration::ZERO,
            names: Vec::new(),
            issuer: "CN=x".into(),
            not_after: None,
            untrusted: Some("no roots".into()),
            names_domain: true,
            names_target: true,
        };
        for blind in [true, false] {
            let shown = Shown { report: report.clone(), certificate: Certificate::default(), blind };
            let answer = Err(Fault::theirs(ProbeResult::Timeout, "no answer"));
            let judged = judge(&request, at, Seen { sent: None, tls: Some(shown), answer });
            assert_eq!((judged.result, judged.ours), (ProbeResult::TlsUntrusted, blind));
        }
    }
}
