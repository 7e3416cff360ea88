//! Connections to a target: made, shared by probes that come one after the other, and made anew.
//!
//! An engine keeps its connections, so a kept one shows what the engine sees, at a fraction of the cost. It
//! also hides what a new one would show: a certificate that was renewed, a port that was closed since. So
//! none gets older than [`OLDEST`].

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::line::{Duplex, Line};
use super::socket;
use super::tls::{Clients, Shown};
use super::transaction::Fault;
use super::websocket;
use crate::model::{Connections, Endpoint, Host, ProbeRequest, ProbeResult, TlsSettings, Transport, WsPath};

/// How long a connection is used.
const OLDEST: Duration = Duration::from_secs(600);

/// How many are kept: so many file descriptors every system grants. What is beyond them is made anew.
pub(super) const MOST: usize = 512;

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

/// Connections that wait for the next probe.
#[derive(Default)]
pub(super) struct Kept(Mutex<HashMap<Key, Connection>>);

impl Kept {
    /// The one for this key, if there is any that is not too old.
    pub(super) fn take(&self, key: &Key) -> Option<Connection> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, connection| connection.made.elapsed() < OLDEST);
        kept.remove(key)
    }

    /// Keeps one that is in order; gives back what cannot be kept.
    pub(super) fn put(&self, key: Key, connection: Connection) -> Option<Connection> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST || connection.line.is_amid() || connection.made.elapsed() >= OLDEST {
            return Some(connection);
        }
        kept.insert(key, connection)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Carrier, CarrierName};

    fn connection() -> Connection {
        let (ours, _) = tokio::io::duplex(16);
        let here = ([127, 0, 0, 1], 9).into();
        Connection { line: Line::stream(Box::new(ours)), here, took: OLDEST, tls: None, made: Instant::now() }
    }

    fn key(port: u16) -> Key {
        let carrier = Carrier::new(CarrierName::new("a").unwrap(), "sip:a".parse().unwrap());
        let endpoint = Endpoint { transport: Transport::Tcp, at: ([127, 0, 0, 1], port).into() };
        let (uri, target) = (carrier.uri.clone(), carrier.uri.host.clone());
        Key::of(&ProbeRequest::new(&carrier, uri, endpoint, target, OLDEST)).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn none_gets_old_and_they_are_not_many() {
        let kept = Kept::default();
        for port in (1..).take(MOST) {
            assert!(kept.put(key(port), connection()).is_none());
        }
        assert!(kept.put(key(9999), connection()).is_some(), "what is too much is given back");
        assert!(kept.take(&key(1)).is_some());
        assert!(kept.take(&key(1)).is_none(), "it is used by one at a time");
        tokio::time::advance(OLDEST).await;
        assert!(kept.take(&key(2)).is_none());
        assert!(kept.put(key(9999), connection()).is_none(), "those that got old make room");
    }
}
