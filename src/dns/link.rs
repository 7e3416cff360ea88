//! One server: its client, the queue in front of it, and its connection.
//!
//! Questions to one server share its client. A connection that broke, or that let a question time out, is
//! left to those who still wait on it, and the next question makes a new one.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_net::client::Client;
use hickory_net::h2::HttpsClientStream;
use hickory_net::proto::op::{DnsRequestOptions, Message, Query};
use hickory_net::proto::rr;
use hickory_net::tcp::TcpClientStream;
use hickory_net::tls::tls_client_connect;
use hickory_net::udp::UdpClientStream;
use hickory_net::xfer::{DnsClientStream, DnsRequestSender, FirstAnswer};
use hickory_net::{BufDnsStreamHandle, DnsHandle, DnsMultiplexer, NetError};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::names;
use super::socket::Sockets;
use crate::model::{Host, Question, RecordType, Text, Wire};

/// The UDP payload that is offered (DNS flag day 2020): it fits an unfragmented packet nearly everywhere.
const PAYLOAD: u16 = 1232;

/// Questions in flight to one server. Each datagram has a socket of its own, so this bounds the descriptors.
const IN_FLIGHT_UDP: usize = 128;

/// Over one connection, hickory queues no more than 32 messages, and answers `Busy` to the next.
const IN_FLIGHT_STREAM: usize = 30;

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
    tls: Arc<ClientConfig>,
    longest: Duration,
    turns: Semaphore,
    live: Mutex<Option<Live>>,
}

/// A client, and the task that moves its messages; that ends when the connection does.
#[derive(Clone)]
struct Live {
    client: Client<Sockets>,
    driver: AbortHandle,
}

/// The right to send one question now.
pub(super) struct Turn<'l> {
    link: &'l Link,
    _permit: SemaphorePermit<'l>,
}

impl Turn<'_> {
    /// Sends one question once, and waits for its response, at most `wait`.
    pub(super) async fn exchange(self, question: &Question, recurse: bool, wait: Duration) -> Result<Message, Failure> {
        let link = self.link;
        let responded = timeout(wait, link.attempt(question, recurse)).await.unwrap_or(Err(NetError::Timeout));
        responded.map_err(|why| {
            link.forget();
            link.told(&why)
        })
    }
}

impl Link {
    /// Connects to nobody yet. No question waits for its response for more than `longest`.
    pub(super) fn new(server: Server, tls: Arc<ClientConfig>, longest: Duration) -> Self {
        let turns = if server.via == Via::Udp { IN_FLIGHT_UDP } else { IN_FLIGHT_STREAM };
        Self { server, tls, longest, turns: Semaphore::new(turns), live: Mutex::default() }
    }

    /// Waits until a question may be sent, since only so many are under way at a time; at most `wait`. A turn
    /// that is free is had even if there is no time to wait.
    pub(super) async fn turn(&self, wait: Duration) -> Result<Turn<'_>, Failure> {
        match timeout(wait, self.turns.acquire()).await {
            Ok(Ok(permit)) => Ok(Turn { link: self, _permit: permit }),
            Ok(Err(_)) | Err(_) => Err(Failure::NoTurn(self.server.at)),
        }
    }

    async fn attempt(&self, question: &Question, recurse: bool) -> Result<Message, NetError> {
        let query = Query::query(names::to_wire(&question.name)?, wire_type(question.rtype));
        let mut options = DnsRequestOptions::default();
        options.use_edns = true;
        options.edns_payload_len = PAYLOAD;
        options.recursion_desired = recurse;
        let client = self.client().await?;
        let (response, _) = client.lookup(query.clone(), options).first_answer().await?.into_parts();
        // Over a stream only the id has been compared.
        if response.queries.first().is_none_or(|echoed| *echoed == query) {
            Ok(response)
        } else {
            Err(NetError::Message("the response is to another question"))
        }
    }

    async fn client(&self) -> Result<Client<Sockets>, NetError> {
        let mut live = self.live.lock().await;
        if let Some(live) = live.as_ref().filter(|live| !live.driver.is_finished()) {
            return Ok(live.client.clone());
        }
        let fresh = self.connect().await?;
        let client = fresh.client.clone();
        *live = Some(fresh);
        Ok(client)
    }

    /// Leaves the connection. A datagram client keeps nothing that could be broken, and whoever holds the
    /// lock is making a new connection already.
    fn forget(&self) {
        if self.server.via != Via::Udp
            && let Ok(mut live) = self.live.try_lock()
        {
            *live = None;
        }
    }

    /// Until the connection has ended.
    #[cfg(test)]
    pub(super) async fn ended(&self) {
        while self.live.lock().await.as_ref().is_some_and(|live| !live.driver.is_finished()) {
            tokio::task::yield_now().await;
        }
    }

    async fn connect(&self) -> Result<Live, NetError> {
        let at = self.server.at;
        let sockets = Sockets::default();
        // Hickory's own clock must not be faster than the one that says how long a try is, be it another's.
        let patience = self.longest.saturating_mul(2);
        Ok(match &self.server.via {
            Via::Udp => {
                // Retries are made and counted by the caller.
                drive(UdpClientStream::builder(at, sockets).with_timeout(Some(patience)).with_max_retries(0).build())
            }
            Via::Tcp => {
                let (stream, handle) = TcpClientStream::new(at, None, Some(patience), sockets);
                drive(multiplexed(stream.await?, handle, patience))
            }
            Via::Tls(host) => {
                let (stream, handle) = tls_client_connect(at, server_name(host)?, self.tls.clone(), sockets);
                drive(multiplexed(stream.await?, handle, patience))
            }
            Via::Https(host, path) => {
                let builder = HttpsClientStream::builder(self.tls.clone(), sockets);
                drive(builder.build(at, host.to_string().into(), path.as_str().into()).await?)
            }
        })
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

fn drive<S: DnsRequestSender>(sender: S) -> Live {
    let (client, background) = Client::from_sender(sender);
    Live { client, driver: tokio::spawn(background).abort_handle() }
}

fn multiplexed<S: DnsClientStream>(stream: S, handle: BufDnsStreamHandle, patience: Duration) -> DnsMultiplexer<S> {
    // Those that were given up count until the task runs again, so there is room for as many more.
    DnsMultiplexer::new(stream, handle).with_timeout(patience).with_max_active_requests(8 * IN_FLIGHT_STREAM)
}

fn server_name(host: &Host) -> Result<ServerName<'static>, NetError> {
    let bad = |_| NetError::Msg(format!("{host} cannot be the name in a certificate"));
    match host {
        Host::Ip(ip) => Ok(ServerName::from(*ip)),
        Host::Name(name) => ServerName::try_from(name.to_string()).map_err(bad),
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
