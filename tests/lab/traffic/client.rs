//! A client that sends calls as a stack does, over real sockets, with the stack's timers divided by 100.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};
use trunktop::model::{Name, Outcome, Question, Rdata, RecordType, ResolverSpec};
use trunktop::monitor::Ask;

use super::stacks::{Calls, Record, Stack, Then};

/// T1 of RFC 3261, as any other timer here.
const T1: Duration = Duration::from_millis(5);

/// How many calls are under way at once.
const AT_ONCE: usize = 24;

/// How often it is looked whether this machine stands still.
const HEARTBEAT: Duration = Duration::from_millis(20);

/// What a host that lives may take on a machine that has other things to do. Of a stack whose life ends before, the
/// real wait is longer than its timer, which counts all the same.
const LEAST: Duration = Duration::from_millis(300);

/// A client of a domain.
pub(crate) struct Client<'c> {
    pub(crate) stack: &'c dyn Stack,
    records: Vec<Record>,
    places: BTreeMap<String, SocketAddr>,
    /// The seconds of the stack that have passed between its calls.
    clock: u32,
    /// What has failed, and until when that is remembered.
    marked: BTreeMap<String, u32>,
}

/// What became of a call.
pub(crate) struct Call {
    /// Where it landed, if it did.
    pub(crate) landed: Option<String>,
    /// What it waited for, in seconds of the stack.
    pub(crate) waited: u32,
    /// How long it really took.
    pub(crate) took: Duration,
    /// Who failed on the way.
    failed: Vec<String>,
}

/// What came of one try.
enum Heard {
    /// A final answer.
    Final(u16),
    /// A 100 and nothing more.
    Trying,
    Refused,
    Silence,
}

fn scaled(seconds: u32) -> Duration {
    Duration::from_millis(u64::from(seconds) * 10)
}

impl<'c> Client<'c> {
    /// Asks for the SRV records of a domain over UDP, and for the addresses of their targets.
    pub(crate) async fn new(stack: &'c dyn Stack, domain: &str, ask: &dyn Ask, resolver: &ResolverSpec) -> Self {
        let all = async |name: &str, rtype| -> Vec<Rdata> {
            let question = Question::new(Name::parse(name).unwrap(), rtype);
            match ask.ask(resolver, &question).await.answer.outcome {
                Outcome::Records(records) => records.iter().map(|record| record.rdata.clone()).collect(),
                other => panic!("{name}: {}", other.said()),
            }
        };
        let (mut records, mut places) = (Vec::new(), BTreeMap::new());
        for rdata in all(&format!("_sip._udp.{domain}"), RecordType::Srv).await {
            let Rdata::Srv(srv) = rdata else { continue };
            let host = srv.target.to_string();
            let Rdata::A(ip) = all(&host, RecordType::A).await[0] else { panic!("{host}") };
            records.push(Record { priority: srv.priority, weight: srv.weight, host: host.clone() });
            places.insert(host, SocketAddr::new(ip.into(), srv.port));
        }
        Self { stack, records, places, clock: 0, marked: BTreeMap::new() }
    }

    /// Lets so many seconds of the stack pass.
    pub(crate) fn later(&mut self, seconds: u32) {
        self.clock += seconds;
    }

    /// Makes calls, many at once; what they meet is known to those after them.
    pub(crate) async fn call(&mut self, calls: Calls, count: u32, seed: u64) -> Vec<Call> {
        let one = |number| self.one(calls, StdRng::seed_from_u64(seed << 32 | u64::from(number)));
        let made: Vec<Call> = stream::iter((0..count).map(one)).buffer_unordered(AT_ONCE).collect().await;
        if let Some(span) = self.stack.remembers() {
            for host in made.iter().flat_map(|call| &call.failed) {
                self.marked.insert(host.clone(), self.clock + span);
            }
        }
        made
    }

    async fn one(&self, calls: Calls, mut dice: StdRng) -> Call {
        let began = Instant::now();
        let mut call = Call { landed: None, waited: 0, took: Duration::ZERO, failed: Vec::new() };
        let mut left = self.records.clone();
        let is_marked = |record: &Record| self.marked.get(&record.host).is_some_and(|until| *until > self.clock);
        while !left.is_empty() {
            // What is marked has a priority of its own, after all others.
            let priority = |record: &Record| (is_marked(record), if is_marked(record) { 0 } else { record.priority });
            let first = left.iter().map(priority).min();
            let places: Vec<usize> = (0..left.len()).filter(|&at| Some(priority(&left[at])) == first).collect();
            let choice: Vec<Record> = places.iter().map(|&at| left[at].clone()).collect();
            let record = left.remove(places[self.stack.pick(&choice, &mut dice)]);
            let room = self.stack.lifetime(calls).map_or(u32::MAX, |most| most - call.waited);
            let heard = self.send(self.places[&record.host], calls, room).await;
            let then = match heard {
                Heard::Final(503) => self.stack.unavailable(),
                Heard::Final(_) => {
                    call.landed = Some(record.host);
                    break;
                }
                Heard::Trying => self.stack.trying(calls),
                Heard::Refused => self.stack.refused().unwrap_or(self.stack.silent()),
                Heard::Silence => self.stack.silent(),
            };
            // Who has said 100 is alive, as far as memory goes.
            if !matches!(heard, Heard::Trying) {
                call.failed.push(record.host);
            }
            let (Then::Next(seconds) | Then::Ends(seconds)) = then;
            call.waited += seconds.min(room);
            if matches!(then, Then::Ends(_)) || seconds > room {
                break;
            }
        }
        call.took = began.elapsed();
        call
    }

    /// Sends a request as RFC 3261 17.1 has it, and waits for its answer: as long as the stack does, and no longer than
    /// is left of its life.
    async fn send(&self, at: SocketAddr, calls: Calls, room: u32) -> Heard {
        let limit = |then: Then| {
            let (Then::Next(seconds) | Then::Ends(seconds)) = then;
            scaled(seconds.min(room)).max(LEAST)
        };
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(at).await.unwrap();
        let request = request(calls, at, socket.local_addr().unwrap());
        let (began, mut trying) = (Instant::now(), false);
        let mut end = began + limit(self.stack.silent());
        let (mut again, mut interval) = (began, T1);
        let mut buffer = [0; 2048];
        let mut next = began;
        loop {
            let now = Instant::now();
            // While this machine does other things no host of it can answer: that time is nobody's silence.
            end += now.saturating_duration_since(next);
            if now >= end {
                return if trying { Heard::Trying } else { Heard::Silence };
            }
            if now >= again && !trying {
                // What ICMP says of what went before is told here, or on receiving.
                let _ = socket.send(request.as_bytes()).await;
                (again, interval) = (now + interval, interval * 2);
            }
            next = (now + HEARTBEAT).min(end).min(if trying { end } else { again });
            match timeout_at(next, socket.recv(&mut buffer)).await {
                Err(_) => {}
                Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
                    if self.stack.refused().is_some() {
                        return Heard::Refused;
                    }
                }
                Ok(Err(error)) => panic!("{at}: {error}"),
                Ok(Ok(length)) => {
                    let response = String::from_utf8_lossy(&buffer[..length]).into_owned();
                    let status: u16 = response.split(' ').nth(1).unwrap().parse().unwrap();
                    if status >= 200 {
                        if calls == Calls::Invite && status > 299 {
                            let ack = request.replacen("INVITE", "ACK", 1).replacen("1 INVITE", "1 ACK", 1);
                            socket.send(ack.as_bytes()).await.unwrap();
                        }
                        return Heard::Final(status);
                    }
                    if !trying {
                        trying = true;
                        end = began + limit(self.stack.trying(calls));
                    }
                }
            }
        }
    }
}

fn request(calls: Calls, at: SocketAddr, from: SocketAddr) -> String {
    let method = if calls == Calls::Invite { "INVITE" } else { "OPTIONS" };
    let branch: u64 = rand::random();
    format!(
        "{method} sip:{at} SIP/2.0\r\nVia: SIP/2.0/UDP {from};rport;branch=z9hG4bK{branch}\r\nMax-Forwards: 70\r\n\
         From: <sip:test@{from}>;tag={branch}\r\nTo: <sip:{at}>\r\nCall-ID: {branch}@{from}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:test@{from}>\r\nContent-Length: 0\r\n\r\n"
    )
}
