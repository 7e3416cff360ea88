//! Connections to a target: made, shared by probes that come one after the other, and made anew.
//!
//! An engine keeps its connections, so a kept one shows what the engine sees, at a fraction of the cost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::kept::Made;
use super::line::{Duplex, Line};
use super::socket;
use super::tls::{Clients, Shown};
use super::transaction::Fault;
use super::websocket;
use crate::model::{Connections, Endpoint, Host, ProbeRequest, ProbeResult, TlsSettings, Transport, WsPath};

/// A connection, and what making it showed.
pub(super) struct Connection {
    pub(super) line: Line,
    /// Where it leaves from.
    pub(super) here: SocketAddr,
    /// How long all handshakes took together.
    pub(super) took: Duration,
    pub(super) tls: Option<Shown>,
    made: Instant,
}

/// Who can use a connection: whoever would make the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    endpoint: Endpoint,
    local: Option<SocketAddr>,
    domain: Host,
    target: Host,
    tls: TlsSettings,
    path: WsPath,
}

impl Key {
    /// None where the connection is not to be kept. From a fixed port only one can go at a time, so it must
    /// be free for the next probe.
    pub(super) fn of(request: &ProbeRequest) -> Option<Self> {
        let fixed = request.local.is_some_and(|local| local.port() != 0);
        (request.settings.connection == Connections::Keep && !fixed).then(|| Self {
            endpoint: request.endpoint,
            local: request.local,
            domain: request.uri.host.clone(),
            target: request.target.clone(),
            tls: request.tls.clone(),
            path: request.settings.ws_path.clone(),
        })
    }
}

impl Made for Connection {
    fn made(&self) -> Instant {
        self.made
    }
}

/// Why there is no connection, and what TLS showed before that.
pub(super) struct NotConnected {
    pub(super) fault: Fault,
    pub(super) tls: Option<Shown>,
}

impl From<Fault> for NotConnected {
    fn from(fault: Fault) -> Self {
        Self { fault, tls: None }
    }
}

/// Connects, with all handshakes that the transport has.
pub(super) async fn connect(
    clients: &Arc<Clients>,
    request: &ProbeRequest,
    deadline: Instant,
    patience: Duration,
    now: Timestamp,
) -> Result<Connection, NotConnected> {
    let transport = request.endpoint.transport;
    let client = if transport.is_secure() { Some(clients.client(&request.tls).await?) } else { None };
    let made = Instant::now();
    let tcp = socket::tcp(request.endpoint.at, request.local, deadline, patience).await?;
    let here = tcp.local_addr().map_err(|why| Fault::ours(ProbeResult::Unreachable, socket::words(&why)))?;
    let (stream, tls): (Box<dyn Duplex>, _) = match client {
        Some(client) => {
            let (stream, shown) = client.handshake(tcp, request, deadline, patience, now).await?;
            (Box::new(stream), Some(shown))
        }
        None => (Box::new(tcp), None),
    };
    let line = match transport {
        Transport::Ws | Transport::Wss => websocket::upgrade(stream, request, deadline, patience).await,
        _ => Ok(Line::stream(stream)),
    };
    match line {
        Ok(line) => Ok(Connection { line, here, took: made.elapsed(), tls, made }),
        Err(fault) => Err(NotConnected { fault, tls }),
    }
}
