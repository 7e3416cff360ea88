//! One server: the queue in front of it, and the way to it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_net::NetError;
use hickory_net::proto::op::{Message, Query};
use hickory_net::proto::rr;
use rustls::ClientConfig;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::datagram::{self, Datagrams, Manner, Ticket};
use super::names;
use super::stream::{self, Kind, Stream};
use crate::model::{Host, Question, RecordType, Text, Wire};

/// One way to one server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Server {
    pub(super) at: SocketAddr,
    pub(super) via: Via,
}

/// Over what a server is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Via {
    Udp,
    Tcp,
    /// With the name that the certificate must hold.
    Tls(Host),
    /// With the name that the certificate must hold, and the path.
    Https(Host, Text),
}

impl Via {
    pub(super) const fn wire(&self) -> Wire {
        match self {
            Self::Udp => Wire::Udp,
            Self::Tcp => Wire::Tcp,
            Self::Tls(_) => Wire::Tls,
            Self::Https(..) => Wire::Https,
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls(_) => "TLS",
            Self::Https(..) => "HTTPS",
        })
    }
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nothing came in time.
    Timeout,
    /// Nothing was sent: so many questions to this server are under way that its turn never came.
    NoTurn(SocketAddr),
    /// Something else, in words that may hold text from the wire.
    Said(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no answer in time"),
            Self::NoTurn(at) => write!(f, "too many questions to {at} are under way: this one was not sent"),
            Self::Said(what) => f.write_str(what),
        }
    }
}

/// One server that is asked.
pub(super) struct Link {
    server: Server,
    way: Way,
    turns: Semaphore,
}

/// What goes between us and a server.
enum Way {
    Datagrams(Datagrams),
    Stream(Stream),
}

/// The right to send one question now.
pub(super) struct Turn<'l> {
    link: &'l Link,
    place: Place<'l>,
    _permit: SemaphorePermit<'l>,
}

/// Where it goes out.
enum Place<'l> {
    Datagram(&'l Datagrams, Ticket),
    Stream(&'l Stream, Query),
}

impl Turn<'_> {
    /// Sends the question once, and waits for its response, at most `wait`.
    pub(super) async fn exchange(self, manner: Manner, wait: Duration) -> Result<Message, Failure> {
        let responded = match self.place {
            Place::Datagram(datagrams, ticket) => datagrams.exchange(ticket, manner, wait).await,
            Place::Stream(stream, query) => stream.exchange(query, manner, wait).await,
        };
        responded.map_err(|why| self.link.told(&why))
    }
}

impl Link {
    /// Sends nothing yet. No question waits for its response for more than `longest`.
    pub(super) fn new(server: Server, tls: Arc<ClientConfig>, longest: Duration) -> Self {
        let stream = |kind| (Way::Stream(Stream::new(server.at, kind, tls, longest)), stream::IN_FLIGHT);
        let (way, turns) = match server.via.clone() {
            Via::Udp => (Way::Datagrams(Datagrams::new(server.at)), datagram::IN_FLIGHT),
            Via::Tcp => stream(Kind::Tcp),
            Via::Tls(host) => stream(Kind::Tls(host)),
            Via::Https(host, path) => stream(Kind::Https(host, path)),
        };
        Self { server, way, turns: Semaphore::new(turns) }
    }

    /// Waits until a question may be sent, since only so many are under way at a time; at most `wait`, and the
    /// moment that its place takes. A turn that is free is had even if there is no time to wait.
    pub(super) async fn turn(&self, asked: &Question, wait: Duration) -> Result<Turn<'_>, Failure> {
        let owner = names::to_wire(&asked.name).map_err(|why| Failure::Said(format!("{}: {why}", asked.name)))?;
        let query = Query::query(owner, wire_type(asked.rtype));
        let Ok(Ok(permit)) = timeout(wait, self.turns.acquire()).await else {
            return Err(Failure::NoTurn(self.server.at));
        };
        let place = match &self.way {
            Way::Stream(stream) => Place::Stream(stream, query),
            Way::Datagrams(datagrams) => {
                let ticket = datagrams.place(query).await.map_err(|why| self.told(&why))?;
                Place::Datagram(datagrams, ticket)
            }
        };
        Ok(Turn { link: self, place, _permit: permit })
    }

    /// Until the connection has ended.
    #[cfg(test)]
    pub(super) async fn ended(&self) {
        if let Way::Stream(stream) = &self.way {
            stream.ended().await;
        }
    }

    /// How many sockets are open.
    #[cfg(test)]
    pub(super) fn sockets(&self) -> usize {
        match &self.way {
            Way::Datagrams(datagrams) => datagrams.open(),
            Way::Stream(_) => 0,
        }
    }

    /// Why there was no response, in words.
    fn told(&self, why: &NetError) -> Failure {
        let Server { at, via } = &self.server;
        Failure::Said(match why {
            NetError::Timeout => return Failure::Timeout,
            NetError::Io(io) => match io.kind() {
                io::ErrorKind::ConnectionRefused if *via == Via::Udp => format!("port unreachable: {at} over UDP"),
                io::ErrorKind::ConnectionRefused => format!("connection refused: {at} over TCP"),
                io::ErrorKind::UnexpectedEof => format!("{at} closed the connection over {via} without an answer"),
                _ => format!("{at} over {via}: {io}"),
            },
            NetError::Proto(proto) => format!("{at} sent what is no DNS response: {proto}"),
            other => format!("{at} over {via}: {other}"),
        })
    }
}

const fn wire_type(rtype: RecordType) -> rr::RecordType {
    match rtype {
        RecordType::Naptr => rr::RecordType::NAPTR,
        RecordType::Srv => rr::RecordType::SRV,
        RecordType::A => rr::RecordType::A,
        RecordType::Aaaa => rr::RecordType::AAAA,
    }
}
