//! Probes a target: one OPTIONS, and the first layer that failed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::connection::{self, Connection, Key, NotConnected};
use super::descriptors;
use super::exchange;
use super::kept::Kept;
use super::limit::Limit;
use super::options::Template;
use super::outgoing::Outgoing;
use super::socket::{self, SourcePorts};
use super::tls::{Clients, Roots, Shown};
use super::transaction::{Fault, Heard, Outcome, T1};
use super::udp::{self, Udp};
use crate::model::{self, Moment, ProbeReport, ProbeRequest, ProbeResult, Raw, Text, Transport};
use crate::monitor::{Clock, Probe};

/// Sends OPTIONS over UDP, TCP, TLS, WS and WSS, from a socket or over a connection that is kept for the next one or
/// made anew, as the request wants it.
///
/// A kept connection that turns out to be broken says nothing about the target: the probe is made once more
/// over a new one, within the same patience, before it counts. One that gives no answer is given half of
/// the patience before a new one is tried beside it; the first answer counts.
///
/// No more probes over UDP are under way than the system has sockets for; the others wait for their turn, too.
///
/// Where a request names a source port, probes from it wait for each other, and their patience begins
/// when it is their turn.
pub struct Prober {
    clock: Arc<dyn Clock>,
    clients: Arc<Clients>,
    ports: SourcePorts,
    kept: Kept<Key, Connection>,
    sockets: Kept<udp::Key, Udp>,
    /// Places for probes over UDP.
    places: Semaphore,
}

/// What one probe saw, before it is judged.
struct Seen {
    outcome: Outcome,
    request: Option<Raw>,
    tls: Option<Shown>,
    connection: Option<model::Connection>,
    /// What happened on a kept connection before.
    before: Option<Text>,
}

impl Seen {
    fn of(outcome: Outcome, options: &Outgoing) -> Self {
        Self { outcome, request: Some(Raw::new(options.bytes())), tls: None, connection: None, before: None }
    }
}

impl From<Fault> for Seen {
    fn from(fault: Fault) -> Self {
        Self { outcome: fault.into(), request: None, tls: None, connection: None, before: None }
    }
}

impl Prober {
    /// A prober that trusts `roots` where a carrier's settings do not say otherwise.
    pub fn new(clock: Arc<dyn Clock>, roots: Roots) -> Self {
        let share = descriptors::share();
        Self {
            clock,
            clients: Arc::new(Clients::new(roots)),
            ports: SourcePorts::default(),
            kept: Kept::new(share.connections),
            sockets: Kept::new(share.sockets),
            places: Semaphore::new(share.probes),
        }
    }

    async fn look(&self, request: &ProbeRequest, limit: Limit, now: Timestamp) -> Seen {
        match request.endpoint.transport {
            Transport::Udp => self.over_udp(request, limit).await.unwrap_or_else(Seen::from),
            // An engine may well speak it: that we do not is no fault of the target.
            Transport::Sctp | Transport::TlsSctp => {
                let said = "trunktop does not speak SCTP: whether this target answers is not known";
                Fault::ours(ProbeResult::Unreachable, said).into()
            }
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                // In a place of its own, so that what UDP needs stays small.
                Box::pin(self.over_connection(request, limit, now)).await
            }
        }
    }

    async fn over_connection(&self, request: &ProbeRequest, limit: Limit, now: Timestamp) -> Seen {
        match Key::of(request).and_then(|key| self.kept.take(&key)) {
            Some(connection) => self.over_kept(request, connection, limit, now).await,
            None => self.over_new(request, limit, now).await,
        }
    }

    async fn over_new(&self, request: &ProbeRequest, limit: Limit, now: Timestamp) -> Seen {
        match connection::connect(&self.clients, request, limit.deadline, limit.patience, now).await {
            Ok(made) => {
                let (tls, how) = (made.tls.clone(), model::Connection::Made(made.took));
                let seen = self.over(request, made, limit).await;
                Seen { tls, connection: Some(how), ..seen }
            }
            Err(NotConnected { fault, tls }) => Seen { tls, ..fault.into() },
        }
    }

    async fn over_kept(&self, request: &ProbeRequest, kept: Connection, limit: Limit, now: Timestamp) -> Seen {
        let tls = kept.tls.as_ref().map(|shown| shown.again(now));
        let old = Box::pin(self.over(request, kept, limit));
        let half = limit.deadline - limit.deadline.saturating_duration_since(Instant::now()) / 2;
        match select(old, Box::pin(sleep_until(half))).await {
            Either::Left((seen, _)) if stands(&seen) => as_kept(seen, tls),
            Either::Left((broken, _)) => {
                let anew = self.over_new(request, limit.rest(), now).await;
                after(broken, anew)
            }
            Either::Right(((), old)) => {
                let new = Box::pin(self.over_new(request, limit.rest(), now));
                match select(old, new).await {
                    Either::Left((seen, _)) if seen.outcome.answer.is_ok() => as_kept(seen, tls),
                    Either::Left((broken, new)) => after(broken, new.await),
                    Either::Right((anew, _)) if anew.outcome.answer.is_ok() => {
                        let said = "no answer for half of the time";
                        Seen { before: Some(Text::new(said)), ..anew }
                    }
                    Either::Right((anew, old)) => match old.await {
                        seen if seen.outcome.answer.is_ok() => as_kept(seen, tls),
                        broken => after(broken, anew),
                    },
                }
            }
        }
    }

    /// A socket that was kept and is of no use says nothing about the target.
    async fn over_udp(&self, request: &ProbeRequest, limit: Limit) -> Result<Seen, Fault> {
        let key = udp::Key::of(request);
        let kept = key.as_ref().and_then(|key| self.sockets.take(key)).filter(Udp::is_quiet);
        let asked = match kept {
            Some(udp) => Asked::over(udp, request).await.ok(),
            None => None,
        };
        let Asked { mut udp, options, at } = match asked {
            Some(asked) => asked,
            None => Asked::anew(request, limit).await?,
        };
        let outcome = exchange::datagrams(&mut udp, &options, at, limit.deadline, limit.patience).await;
        if let Some(key) = key.filter(|_| outcome.answer.is_ok() && udp.can_be_kept()) {
            drop(self.sockets.put(key, udp));
        }
        Ok(Seen::of(outcome, &options))
    }

    /// One OPTIONS over a connection, which is kept afterwards if it is in order and to be kept.
    async fn over(&self, request: &ProbeRequest, mut connection: Connection, limit: Limit) -> Seen {
        let options = Template::new(request, connection.here).options();
        let outcome = exchange::over(&mut connection.line, &options, limit.deadline, limit.patience).await;
        let key = Key::of(request).filter(|_| outcome.answer.is_ok() && !connection.line.is_amid());
        let done = match key {
            Some(key) => self.kept.put(key, connection),
            None => Some(connection),
        };
        if let Some(done) = done {
            done.line.close().await;
        }
        Seen::of(outcome, &options)
    }
}

/// An OPTIONS that was sent over UDP.
struct Asked {
    udp: Udp,
    options: Outgoing,
    at: Instant,
}

impl Asked {
    /// From a new socket.
    async fn anew(request: &ProbeRequest, limit: Limit) -> Result<Self, Fault> {
        let mut udp = Udp::open(request).await?;
        if limit.patience <= T1 {
            udp.listen_beside();
        }
        Self::over(udp, request).await.map_err(|why| socket::unreachable(&why))
    }

    async fn over(mut udp: Udp, request: &ProbeRequest) -> io::Result<Self> {
        let options = udp.options(request);
        let at = udp.send(&options).await?;
        Ok(Self { udp, options, at })
    }
}

/// Whether what was seen on a kept connection says something about the target: an answer does, and so does
/// garbage.
fn stands(seen: &Seen) -> bool {
    seen.outcome.answer.as_ref().map_or_else(|fault| fault.result == ProbeResult::Malformed, |_| true)
}

fn as_kept(seen: Seen, tls: Option<Shown>) -> Seen {
    Seen { tls, connection: Some(model::Connection::Kept), ..seen }
}

/// What a new connection showed, after a kept one had failed.
fn after(broken: Seen, anew: Seen) -> Seen {
    Seen { before: broken.outcome.answer.err().map(|fault| fault.detail), ..anew }
}

#[async_trait]
impl Probe for Prober {
    async fn probe(&self, request: &ProbeRequest) -> ProbeReport {
        let _held = self.ports.hold(request.local).await;
        // It is never closed.
        let _place = match request.endpoint.transport {
            Transport::Udp => self.places.acquire().await.ok(),
            _ => None,
        };
        let (began, at) = (Instant::now(), self.clock.now());
        let seen = self.look(request, Limit::within(request.patience), at.wall).await;
        let at = at + seen.outcome.sent.map_or(Duration::ZERO, |sent| sent.duration_since(began));
        judge(request, at, seen)
    }
}

/// The first layer that failed: trust, then the name, then SIP. An operator who does not verify wants to
/// hear of SIP alone, yet the report says of TLS what was seen.
fn judge(request: &ProbeRequest, at: Moment, seen: Seen) -> ProbeReport {
    let shown = seen.tls.as_ref().filter(|_| request.tls.verify);
    let distrust = shown.and_then(|shown| shown.distrust(&request.uri.host));
    let (said, response) = match seen.outcome.answer {
        Ok(heard) => ((result_of(heard.response.code), false, words(&heard)), Some(heard.response)),
        Err(fault) => ((fault.result, fault.ours, fault.detail), None),
    };
    let (result, ours, detail) = distrust.unwrap_or(said);
    let detail = match seen.before {
        Some(before) => Text::new(&format!("{detail} (over a new connection; on the kept one: {before})")),
        None => detail,
    };
    ProbeReport {
        ours,
        detail: Some(detail),
        response,
        tls: seen.tls.map(|shown| shown.report),
        connection: seen.connection,
        answered_from: seen.outcome.elsewhere,
        sent: seen.request.filter(|_| seen.outcome.sent.is_some()),
        heard: seen.outcome.heard,
        ..ProbeReport::new(request.endpoint, at, result)
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
    use crate::model::{Endpoint, ProbeSettings, TlsReport, TlsSettings};
    use crate::sip::certificate::Certificate;

    #[test]
    fn mistrust_of_a_machine_without_roots_is_ours() {
        let at = Moment { mono: Duration::ZERO, wall: jiff::Timestamp::UNIX_EPOCH };
        let request = ProbeRequest {
            endpoint: Endpoint { transport: Transport::Tls, at: ([127, 0, 0, 1], 5061).into() },
            target: "sbc1.acme.example".parse().unwrap(),
            uri: "sip:acme.example".parse().unwrap(),
            local: None,
            tls: TlsSettings::default(),
            settings: ProbeSettings::default(),
            patience: Duration::ZERO,
        };
        let report = TlsReport {
            version: "TLSv1.3".into(),
            cipher: "TLS_AES_128_GCM_SHA256".into(),
            alpn: None,
            sni: None,
            handshake: Duration::ZERO,
            chain: Vec::new(),
            names: Vec::new(),
            untrusted: Some("no roots".into()),
            names_domain: true,
            names_target: true,
        };
        for blind in [true, false] {
            let shown = Shown { report: report.clone(), certificate: Certificate::default(), blind };
            let seen = Seen { tls: Some(shown), ..Fault::theirs(ProbeResult::Timeout, "no answer").into() };
            let judged = judge(&request, at, seen);
            assert_eq!((judged.result, judged.ours), (ProbeResult::TlsUntrusted, blind));
        }
    }
}
