//! The lab's name server: authoritative, on one loopback port over UDP and TCP, with faults to order.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::{Edns, Header, HeaderCounts, Metadata, OpCode, ResponseCode};
use hickory_server::proto::rr::{RecordType as DnsType, RrKey};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use tokio::net::{TcpListener, UdpSocket};

use super::records::{Records, Said};
use super::zone::{Zone, wire_name};
use crate::model::{Question, RecordType};

/// How often a port is drawn again when only UDP or only TCP could have it.
const PORT_DRAWS: usize = 32;

/// After this, an idle TCP connection is closed.
const TCP_IDLE: Duration = Duration::from_secs(30);

/// Answers that may wait on one TCP connection.
const TCP_BACKLOG: usize = 32;

/// Questions that are counted one by one; behind that, only all together.
const MAX_COUNTED: usize = 10_000;

/// The largest UDP answer (in octets) that a question without EDNS may get is 512; with it, this (DNS flag day 2020).
const MAX_UDP: u16 = 1232;

/// What a name server may do other than answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsFault {
    /// It answers.
    #[default]
    None,
    /// RCODE 1.
    FormErr,
    /// RCODE 2.
    ServFail,
    /// RCODE 5.
    Refused,
    /// No answer at all.
    Drop,
    /// It answers so much later.
    Delay(Duration),
    /// Over UDP, it says that the answer does not fit, and gives nothing of it; over TCP it answers.
    Truncate,
}

/// The lab's name server. It ends when it is dropped.
pub struct Dns {
    at: SocketAddr,
    desk: Arc<Desk>,
    _server: Server<Handler>,
}

/// What the server and those who steer it share.
#[derive(Default)]
struct Desk {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    records: Records,
    fault: DnsFault,
    faults: HashMap<RrKey, DnsFault>,
    asked: HashMap<RrKey, u64>,
    asked_in_all: u64,
}

impl Desk {
    fn open(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dns {
    /// Starts on a free port of 127.0.0.1, the same over UDP and TCP.
    pub(super) async fn start(zone: Zone) -> io::Result<Self> {
        let (udp, tcp) = bind().await?;
        let at = udp.local_addr()?;
        let desk = Arc::new(Desk::default());
        desk.open().records.publish(zone);
        let mut server = Server::new(Handler { desk: desk.clone() });
        server.register_socket(udp);
        server.register_listener(tcp, TCP_IDLE, TCP_BACKLOG);
        Ok(Self { at, desk, _server: server })
    }

    /// Where it listens.
    pub const fn at(&self) -> SocketAddr {
        self.at
    }

    pub(super) fn publish(&self, zone: Zone) {
        self.desk.open().records.publish(zone);
    }

    pub(super) fn withdraw(&self, question: &Question) -> bool {
        key(question).is_some_and(|key| self.desk.open().records.withdraw(&key))
    }

    #[cfg(test)]
    pub(super) fn published(&self) -> std::collections::BTreeMap<RrKey, Vec<hickory_server::proto::rr::Record>> {
        self.desk.open().records.sets().clone()
    }

    /// What it does with every question that has no fault of its own.
    pub fn set_fault(&self, fault: DnsFault) {
        self.desk.open().fault = fault;
    }

    /// What it does with one question; [`DnsFault::None`] leaves it to [`set_fault`](Self::set_fault) again.
    pub fn set_fault_at(&self, question: &Question, fault: DnsFault) {
        let Some(key) = key(question) else { return };
        let mut state = self.desk.open();
        match fault {
            DnsFault::None => state.faults.remove(&key),
            other => state.faults.insert(key, other),
        };
    }

    /// How often this has been asked, dropped questions and both transports included.
    pub fn asked(&self, question: &Question) -> u64 {
        key(question).and_then(|key| self.desk.open().asked.get(&key).copied()).unwrap_or_default()
    }

    /// How often anything has been asked.
    pub fn asked_in_all(&self) -> u64 {
        self.desk.open().asked_in_all
    }
}

fn key(question: &Question) -> Option<RrKey> {
    let rtype = match question.rtype {
        RecordType::Naptr => DnsType::NAPTR,
        RecordType::Srv => DnsType::SRV,
        RecordType::A => DnsType::A,
        RecordType::Aaaa => DnsType::AAAA,
    };
    Some(RrKey::new(wire_name(&question.name)?, rtype))
}

async fn bind() -> io::Result<(UdpSocket, TcpListener)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PORT_DRAWS {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(taken) => last = taken,
        }
    }
    Err(last)
}

struct Handler {
    desk: Arc<Desk>,
}

impl Handler {
    /// Notes the question, and says what to do with it.
    fn take(&self, key: &RrKey) -> DnsFault {
        let mut state = self.desk.open();
        state.asked_in_all += 1;
        if state.asked.len() < MAX_COUNTED || state.asked.contains_key(key) {
            *state.asked.entry(key.clone()).or_default() += 1;
        }
        state.faults.get(key).copied().unwrap_or(state.fault)
    }

    fn answer(&self, key: &RrKey) -> Said {
        self.desk.open().records.answer(&key.name, key.record_type)
    }
}

#[async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut reply: R) -> ResponseInfo {
        let mut metadata = Metadata::response_from_request(&request.metadata);
        let unsent = ResponseInfo::from(Header { metadata, counts: HeaderCounts::default() });
        let mut edns = Edns::new();
        edns.set_max_payload(request.edns.as_ref().map_or(512, |asked| asked.max_payload().clamp(512, MAX_UDP)));
        let mut message = MessageResponseBuilder::from_message_request(request);
        if request.edns.is_some() {
            message.edns(&edns);
        }
        let Ok(info) = request.request_info() else {
            metadata.response_code = ResponseCode::FormErr;
            return reply.send_response(message.build_no_records(metadata)).await.unwrap_or(unsent);
        };
        if request.metadata.op_code != OpCode::Query {
            metadata.response_code = ResponseCode::NotImp;
            return reply.send_response(message.build_no_records(metadata)).await.unwrap_or(unsent);
        }
        let key = RrKey::new(info.query.name().clone(), info.query.query_type());
        match self.take(&key) {
            DnsFault::None => {}
            DnsFault::Delay(span) => tokio::time::sleep(span).await,
            DnsFault::Drop => return unsent,
            DnsFault::FormErr => metadata.response_code = ResponseCode::FormErr,
            DnsFault::ServFail => metadata.response_code = ResponseCode::ServFail,
            DnsFault::Refused => metadata.response_code = ResponseCode::Refused,
            DnsFault::Truncate => metadata.truncation = request.protocol() == Protocol::Udp,
        }
        if metadata.truncation || metadata.response_code != ResponseCode::NoError {
            return reply.send_response(message.build_no_records(metadata)).await.unwrap_or(unsent);
        }
        let mut said = self.answer(&key);
        metadata.response_code = said.code;
        metadata.authoritative = said.code != ResponseCode::Refused;
        if request.edns.is_none() {
            // They must not push an answer that fits into 512 octets over the edge.
            said.additionals.clear();
        }
        let response = message.build(metadata, &said.answers, [], &said.soa, &said.additionals);
        reply.send_response(response).await.unwrap_or(unsent)
    }
}
