//! A name server on loopback that is as far away as it is told, and answers from a table.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_net::proto::op::{Message, Query, ResponseCode};
use hickory_net::proto::rr::rdata::{A, AAAA, CNAME, NAPTR, SOA, SRV};
use hickory_net::proto::rr::{self, RData};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use trunktop::model::{Answer, Moment, Name, Outcome, Question, Rdata, Record, RecordType};

use crate::zone::{Zone, name};

/// What fits into a datagram (DNS flag day 2020).
const MAX_UDP: usize = 1232;

/// What a response holds beside its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nothing, as from a resolver that keeps its responses small (Unbound does so unless told otherwise).
    Nothing,
    /// The SRV records that a NAPTR leads to, and the addresses of SRV targets, as from BIND.
    All,
}

/// It ends when it is dropped.
pub(crate) struct Far {
    pub(crate) at: SocketAddr,
    _tasks: JoinSet<()>,
}

struct Desk {
    zone: Zone,
    delay: Duration,
    beside: Beside,
}

impl Far {
    /// Listens on a free port of 127.0.0.1, over UDP and TCP; each response is sent `delay` after its question.
    pub(crate) async fn start(zone: Zone, delay: Duration, beside: Beside) -> io::Result<Self> {
        let desk = Arc::new(Desk { zone, delay, beside });
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let at = tcp.local_addr()?;
        let udp = Arc::new(UdpSocket::bind(at).await?);
        let mut tasks = JoinSet::new();
        tasks.spawn(datagrams(udp, desk.clone()));
        tasks.spawn(async move {
            while let Ok((stream, _)) = tcp.accept().await {
                tokio::spawn(connection(stream, desk.clone()));
            }
        });
        Ok(Self { at, _tasks: tasks })
    }
}

async fn datagrams(udp: Arc<UdpSocket>, desk: Arc<Desk>) {
    let mut buffer = [0; 4096];
    while let Ok((length, peer)) = udp.recv_from(&mut buffer).await {
        let due = Instant::now() + desk.delay;
        let Some(response) = desk.response(&buffer[..length], MAX_UDP) else { continue };
        let udp = udp.clone();
        tokio::spawn(async move {
            sleep_until(due).await;
            let _ = udp.send_to(&response, peer).await;
        });
    }
}

async fn connection(mut stream: TcpStream, desk: Arc<Desk>) {
    while let Ok(length) = stream.read_u16().await {
        let due = Instant::now() + desk.delay;
        let mut query = vec![0; length.into()];
        let Ok(_) = stream.read_exact(&mut query).await else { return };
        let Some(response) = desk.response(&query, usize::from(u16::MAX)) else { return };
        let length = u16::try_from(response.len()).unwrap_or_default().to_be_bytes();
        sleep_until(due).await;
        let Ok(()) = stream.write_all(&[&length[..], &response].concat()).await else { return };
    }
}

impl Desk {
    fn response(&self, query: &[u8], most: usize) -> Option<Vec<u8>> {
        let query = Message::from_vec(query).ok()?;
        let mut response = query.clone().into_response();
        response.metadata.recursion_available = true;
        if let Some(question) = query.queries.first().and_then(question) {
            self.fill(&mut response, &question);
        }
        let whole = response.to_vec().ok()?;
        if whole.len() <= most {
            return Some(whole);
        }
        for section in [&mut response.answers, &mut response.authorities, &mut response.additionals] {
            section.clear();
        }
        response.metadata.truncation = true;
        response.to_vec().ok()
    }

    fn fill(&self, response: &mut Message, question: &Question) {
        let answer = self.asked(question);
        for alias in &answer.chain {
            let target = RData::CNAME(CNAME(wire(&alias.target)));
            response.answers.push(rr::Record::from_rdata(wire(&alias.owner), alias.ttl.seconds(), target));
        }
        let owner = answer.chain.last().map_or(&question.name, |alias| &alias.target);
        response.answers.extend(rrset(owner, answer.outcome.records()));
        response.metadata.response_code = match answer.outcome {
            Outcome::Records(_) | Outcome::NoData(_) => ResponseCode::NoError,
            Outcome::NxDomain(_) => ResponseCode::NXDomain,
            _ => ResponseCode::ServFail,
        };
        if let Outcome::NoData(Some(ttl)) | Outcome::NxDomain(Some(ttl)) = &answer.outcome {
            let (ns, ttl) = (wire(&question.name), ttl.seconds());
            let soa = SOA::new(ns.clone(), ns.clone(), 1, 3600, 600, 86400, ttl);
            response.authorities.push(rr::Record::from_rdata(ns, ttl, RData::SOA(soa)));
        }
        if self.beside == Beside::All {
            response.additionals = self.beside(answer.outcome.records());
        }
    }

    fn asked(&self, question: &Question) -> Answer {
        self.zone.answer(question, Moment { mono: Duration::ZERO, wall: Timestamp::UNIX_EPOCH })
    }

    fn beside(&self, records: &[Record]) -> Vec<rr::Record> {
        let mut beside = Vec::new();
        for record in records {
            let (owner, types): (_, &[RecordType]) = match &record.rdata {
                Rdata::Naptr(naptr) => (&naptr.replacement, &[RecordType::Srv]),
                Rdata::Srv(srv) => (&srv.target, &[RecordType::A, RecordType::Aaaa]),
                Rdata::A(_) | Rdata::Aaaa(_) => continue,
            };
            for &rtype in types {
                let answer = self.asked(&Question::new(owner.clone(), rtype));
                if answer.chain.is_empty() {
                    beside.extend(rrset(owner, answer.outcome.records()));
                    beside.extend(self.beside(answer.outcome.records()));
                }
            }
        }
        beside
    }
}

fn rrset(owner: &Name, records: &[Record]) -> Vec<rr::Record> {
    let octets = |text: &trunktop::model::Text| text.as_str().as_bytes().into();
    let data = |rdata: &Rdata| match rdata {
        Rdata::A(ip) => RData::A(A(*ip)),
        Rdata::Aaaa(ip) => RData::AAAA(AAAA(*ip)),
        Rdata::Srv(srv) => RData::SRV(SRV::new(srv.priority, srv.weight, srv.port, wire(&srv.target))),
        Rdata::Naptr(naptr) => RData::NAPTR(NAPTR::new(
            naptr.order,
            naptr.preference,
            octets(&naptr.flags),
            octets(&naptr.service),
            octets(&naptr.regexp),
            wire(&naptr.replacement),
        )),
    };
    records
        .iter()
        .map(|record| rr::Record::from_rdata(wire(owner), record.ttl.seconds(), data(&record.rdata)))
        .collect()
}

/// The names here are plain: whatever is no name is the root.
fn wire(name: &Name) -> rr::Name {
    rr::Name::from_ascii(format!("{name}.")).unwrap_or_default()
}

fn question(query: &Query) -> Option<Question> {
    let rtype = match query.query_type() {
        rr::RecordType::NAPTR => RecordType::Naptr,
        rr::RecordType::SRV => RecordType::Srv,
        rr::RecordType::A => RecordType::A,
        rr::RecordType::AAAA => RecordType::Aaaa,
        _ => return None,
    };
    Some(Question::new(name(&query.name().to_ascii().to_lowercase()).ok()?, rtype))
}
