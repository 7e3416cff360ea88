//! A DNS server on loopback that says what a test tells it to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_net::proto::op::{Message, ResponseCode};
use hickory_net::proto::rr::Record;
use hickory_net::proto::rr::rdata::{A, AAAA, CNAME, NAPTR, NS, SOA, SRV};
use hickory_net::proto::rr::{Name, RData};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::model::Wire;

/// In place of a message: the connection ends here.
pub(super) const HANG_UP: &[u8] = b"hang up";

/// What a server does with one query: the messages that it sends, as they are.
type Script = dyn Fn(&Message, Wire, usize) -> Vec<Vec<u8>> + Send + Sync;

pub(super) struct Server {
    pub(super) at: SocketAddr,
    heard: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Server {
    /// UDP and TCP on one port. The script gets the query, its wire, and how many came before.
    pub(super) async fn start(script: impl Fn(&Message, Wire, usize) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self::on(both().await, script)
    }

    /// The same at an address whose server has just gone.
    pub(super) async fn again(
        at: SocketAddr,
        script: impl Fn(&Message, Wire, usize) -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        loop {
            // Its tasks end a moment later.
            if let (Ok(udp), Ok(tcp)) = (UdpSocket::bind(at).await, TcpListener::bind(at).await) {
                return Self::on((udp, tcp), script);
            }
            tokio::task::yield_now().await;
        }
    }

    fn on(
        (udp, tcp): (UdpSocket, TcpListener),
        script: impl Fn(&Message, Wire, usize) -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let mut server = Self::udp_only_on(udp, script);
        let (script, heard, connections) = (server.1, server.0.heard.clone(), server.0.connections.clone());
        server.0.tasks.push(tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = tcp.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                open.spawn(serve(stream, Wire::Tcp, script.clone(), heard.clone()));
            }
        }));
        server.0
    }

    /// UDP, and nobody at the TCP port.
    pub(super) async fn udp_only(
        script: impl Fn(&Message, Wire, usize) -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self::udp_only_on(both().await.0, script).0
    }

    fn udp_only_on(
        udp: UdpSocket,
        script: impl Fn(&Message, Wire, usize) -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> (Self, Arc<Script>) {
        let script: Arc<Script> = Arc::new(script);
        let heard = Arc::new(AtomicUsize::new(0));
        let at = udp.local_addr().unwrap();
        let (asked, count) = (script.clone(), heard.clone());
        let task = tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, peer)) = udp.recv_from(&mut buffer).await {
                let query = Message::from_vec(&buffer[..length]).unwrap();
                for reply in asked(&query, Wire::Udp, count.fetch_add(1, Ordering::SeqCst)) {
                    udp.send_to(&reply, peer).await.unwrap();
                }
            }
        });
        (Self { at, heard, connections: Arc::default(), tasks: vec![task] }, script)
    }

    /// TLS with this certificate.
    pub(super) async fn tls(
        acceptor: TlsAcceptor,
        script: impl Fn(&Message, Wire, usize) -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = tcp.local_addr().unwrap();
        let heard = Arc::new(AtomicUsize::new(0));
        let (script, count): (Arc<Script>, _) = (Arc::new(script), heard.clone());
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = tcp.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    open.spawn(serve(stream, Wire::Tls, script.clone(), count.clone()));
                }
            }
        });
        Self { at, heard, connections: Arc::default(), tasks: vec![task] }
    }

    /// How many queries came.
    pub(super) fn count(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }

    /// How many TCP connections were made.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Serves one connection. An empty reply is silence, and after [`HANG_UP`] the connection ends.
async fn serve<S>(mut stream: S, wire: Wire, script: Arc<Script>, heard: Arc<AtomicUsize>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    while let Ok(length) = stream.read_u16().await {
        let mut query = vec![0; length.into()];
        stream.read_exact(&mut query).await.unwrap();
        let query = Message::from_vec(&query).unwrap();
        let replies = script(&query, wire, heard.fetch_add(1, Ordering::SeqCst));
        for reply in replies.into_iter().filter(|reply| !reply.is_empty()) {
            if reply == HANG_UP {
                return;
            }
            let mut framed = u16::try_from(reply.len()).unwrap().to_be_bytes().to_vec();
            framed.extend(reply);
            stream.write_all(&framed).await.unwrap();
        }
    }
}

/// The same free port for UDP and TCP.
async fn both() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
}

/// An address that nobody listens at, over UDP and TCP.
pub(super) async fn nobody() -> SocketAddr {
    both().await.0.local_addr().unwrap()
}

pub(super) fn name(raw: &str) -> Name {
    Name::from_labels(raw.split('.').filter(|label| !label.is_empty()).map(str::as_bytes)).unwrap()
}

pub(super) fn record(owner: &str, ttl: u32, data: RData) -> Record {
    Record::from_rdata(name(owner), ttl, data)
}

pub(super) fn a(owner: &str, ttl: u32, ip: &str) -> Record {
    record(owner, ttl, RData::A(A(ip.parse().unwrap())))
}

pub(super) fn aaaa(owner: &str, ttl: u32, ip: &str) -> Record {
    record(owner, ttl, RData::AAAA(AAAA(ip.parse().unwrap())))
}

/// Of weight 0, for port 5060.
pub(super) fn srv(owner: &str, ttl: u32, priority: u16, target: &str) -> Record {
    record(owner, ttl, RData::SRV(SRV::new(priority, 0, 5060, name(target))))
}

/// With flag `s` and order 10.
pub(super) fn naptr(owner: &str, ttl: u32, service: &str, replacement: &str) -> Record {
    let bytes = |raw: &str| raw.as_bytes().to_vec().into_boxed_slice();
    let naptr = NAPTR::new(10, 0, bytes("s"), bytes(service), bytes(""), name(replacement));
    record(owner, ttl, RData::NAPTR(naptr))
}

pub(super) fn cname(owner: &str, ttl: u32, target: &str) -> Record {
    record(owner, ttl, RData::CNAME(CNAME(name(target))))
}

pub(super) fn ns(zone: &str, server: &str) -> Record {
    record(zone, 3600, RData::NS(NS(name(server))))
}

pub(super) fn soa(zone: &str, ttl: u32, minimum: u32) -> Record {
    record(zone, ttl, RData::SOA(SOA::new(name("ns.x"), name("noc.x"), 1, 2, 3, 4, minimum)))
}

/// The response to `query` with this RCODE and these records.
pub(super) fn reply(query: &Message, rcode: ResponseCode, answers: &[Record], authorities: &[Record]) -> Message {
    let mut response = query.clone().into_response();
    response.edns = None;
    response.metadata.response_code = rcode;
    response.add_answers(answers.to_vec());
    response.add_authorities(authorities.to_vec());
    response
}

/// One response, as it is sent.
pub(super) fn send(response: &Message) -> Vec<Vec<u8>> {
    vec![response.to_vec().unwrap()]
}

/// NOERROR with these answers.
pub(super) fn found(query: &Message, answers: &[Record]) -> Vec<Vec<u8>> {
    send(&reply(query, ResponseCode::NoError, answers, &[]))
}
