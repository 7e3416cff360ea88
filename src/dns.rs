//! Asks DNS servers: the implementation of [`Ask`].
//!
//! A stub resolver hides what an operator wants to see: which server answered, the CNAME chain of a
//! negative answer, how many packets it took, why a connection failed. So messages are sent and matched
//! here, for each server by itself, and one question is one packet (plus the retries that
//! [`Answer::queries`] counts): no cache, no search list, no hosts file. Hickory writes and reads the
//! messages, and speaks TCP, TLS and HTTPS.
//!
//! - `names` turns names into labels and back, whatever octets they hold.
//! - `message` reads a response: the only place that knows what an answer is.
//! - `alias` and `beside` are what else is in it: aliases, and what will be asked next.
//! - `link` is one server: the queue in front of it, and the way to it: `datagram` or `stream`.
//! - `system` reads the host's own configuration.
//! - `trail` is one question on its way, and the time that it may take.

mod alias;
mod beside;
mod datagram;
mod link;
mod message;
mod names;
mod stream;
mod system;
mod trail;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hickory_net::proto::op::Message;
use hickory_net::tls::client_config;
use rustls::ClientConfig;
use thiserror::Error;
use tokio::time::Instant;

use self::datagram::Manner;
use self::link::{Failure, Link, Server, Via};
use self::message::Reading;
use self::system::System;
pub use self::trail::Patience;
use self::trail::{Slot, Trail};
use crate::model::{
    Answer, Answers, Host, Moment, Name, Outcome, Question, Rdata, RecordType, ResolverSpec, Text, Wire,
};
use crate::monitor::{Ask, Clock};

/// The most aliases that are followed for one question; BIND and Unbound stop near it, too.
const MAX_CHAIN: usize = 16;

/// A server that is named by its name is looked up again after this time at the earliest.
const MIN_HOST_AGE: Duration = Duration::from_secs(30);

/// Why no questions can be asked at all.
#[derive(Debug, Error)]
#[error("TLS cannot be set up for tls:// and https:// resolvers: {0}")]
pub struct SetupError(#[from] rustls::Error);

/// All DNS servers that have been asked, by the resolvers that named them.
pub struct Resolvers {
    clock: Arc<dyn Clock>,
    patience: Patience,
    tls: Arc<ClientConfig>,
    system: System,
    links: Mutex<HashMap<Server, Arc<Link>>>,
    hosts: Mutex<HashMap<Name, Located>>,
}

/// Where a server that is named by its name was found.
struct Located {
    addresses: Vec<IpAddr>,
    until: Moment,
}

/// Whom to ask, and how.
struct Panel {
    /// In the order to ask them; never empty.
    servers: Vec<Server>,
    /// Whether they are asked to ask others.
    recurse: bool,
    /// Whether they are the host's own: of those, the C library asks the next where one cannot say.
    system: bool,
}

/// A response, and whose it is.
struct Heard {
    message: Message,
    from: SocketAddr,
    wire: Wire,
}

/// What came from one server.
enum Received {
    Whole(Heard),
    /// Only a part of it: asking again would give no more.
    Cut(Failure),
}

impl Resolvers {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// Where TLS has no usable defaults on this host.
    pub fn new(clock: Arc<dyn Clock>, patience: Patience) -> Result<Self, SetupError> {
        Ok(Self::over(clock, patience, client_config()?, System::default()))
    }

    fn over(clock: Arc<dyn Clock>, patience: Patience, tls: ClientConfig, system: System) -> Self {
        Self { clock, patience, tls: Arc::new(tls), system, links: Mutex::default(), hosts: Mutex::default() }
    }

    /// Which servers stand behind a resolver.
    async fn panel(&self, resolver: &ResolverSpec, trail: &mut Trail) -> Result<Panel, Failure> {
        let recurse = !matches!(resolver, ResolverSpec::Authoritative(..));
        let one = |at: SocketAddr, via| Panel { servers: vec![Server { at, via }], recurse, system: false };
        let (host, port, via) = match resolver {
            ResolverSpec::System => return self.system_panel().await,
            ResolverSpec::Plain(at) => return Ok(one(*at, Via::Udp)),
            ResolverSpec::Tcp(at) => return Ok(one(*at, Via::Tcp)),
            ResolverSpec::Tls(host, port) => (host, *port, Via::Tls(host.clone())),
            ResolverSpec::Https(host, port, path) => (host, *port, Via::Https(host.clone(), path.clone())),
            ResolverSpec::Authoritative(host, port) => (host, *port, Via::Udp),
        };
        let addresses = match host {
            Host::Ip(ip) => vec![*ip],
            Host::Name(name) => self.locate(name, trail).await?,
        };
        let servers = addresses.into_iter().map(|ip| Server { at: SocketAddr::new(ip, port), via: via.clone() });
        Ok(Panel { servers: servers.collect(), recurse, system: false })
    }

    async fn system_panel(&self) -> Result<Panel, Failure> {
        let servers = self.system.servers().await.map_err(|why| Failure::Said(why.to_string()))?;
        let servers = servers.into_iter().map(|at| Server { at, via: Via::Udp }).collect();
        Ok(Panel { servers, recurse: true, system: true })
    }

    /// The addresses of a server, by the system's resolvers. They are kept for their TTL, since asking for
    /// them with every question would double the load on those.
    async fn locate(&self, host: &Name, trail: &mut Trail) -> Result<Vec<IpAddr>, Failure> {
        let now = self.clock.now();
        if let Some(found) = lock(&self.hosts).get(host).filter(|found| now < found.until) {
            return Ok(found.addresses.clone());
        }
        let system = self.system_panel().await?;
        // The other half of the time is for the question itself.
        let deadline = trail.deadline.checked_sub(trail.left() / 2).unwrap_or(trail.deadline);
        let of = |rtype| {
            let (system, asked) = (&system, Question::new(host.clone(), rtype));
            async move {
                let mut side = Trail::new(Wire::Udp, deadline);
                (self.inquire(system, &asked, &mut side).await, side)
            }
        };
        let (v4, v6) = tokio::join!(of(RecordType::A), of(RecordType::Aaaa));
        let mut addresses = Vec::new();
        let mut least = Duration::MAX;
        let mut said = String::new();
        for (outcome, side) in [v4, v6] {
            trail.queries = trail.queries.saturating_add(side.queries);
            trail.sent = trail.sent.into_iter().chain(side.sent).min();
            for record in outcome.records() {
                least = least.min(record.ttl.span());
                addresses.extend(address(&record.rdata));
            }
            said = outcome.said();
        }
        if addresses.is_empty() {
            return Err(Failure::Said(format!("the resolver's own name {host} has no address: {said}")));
        }
        let until = now + least.max(MIN_HOST_AGE);
        lock(&self.hosts).insert(host.clone(), Located { addresses: addresses.clone(), until });
        Ok(addresses)
    }

    /// Asks until there is an answer at the end of the CNAME chain, or a failure.
    async fn inquire(&self, panel: &Panel, question: &Question, trail: &mut Trail) -> Outcome {
        let mut asked = question.clone();
        loop {
            trail.from = None;
            let heard = match self.exchange(panel, &asked, trail).await {
                Ok(heard) => heard,
                Err(failure) => return failure.into(),
            };
            (trail.from, trail.wire) = (Some(heard.from), heard.wire);
            match message::read(&heard.message, &asked, &mut trail.chain) {
                Reading::Settled(outcome) => {
                    trail.beside = beside::rrsets(&heard.message, outcome.records());
                    return outcome;
                }
                // Each round has made the chain longer, and its length is bounded.
                Reading::Elsewhere(name) => asked.name = name,
            }
        }
    }

    /// Puts one question to the servers in turn, until one responds. Of the system's, one that cannot say is
    /// asked once, and has the word where no other has.
    async fn exchange(&self, panel: &Panel, question: &Question, trail: &mut Trail) -> Result<Heard, Failure> {
        let all = u32::try_from(panel.servers.len()).unwrap_or(u32::MAX);
        let tries = self.patience.tries.max(all).max(1);
        // More servers than tries share the same time, so that a question has one bound.
        let wait = trail.left() / tries;
        let mut open: VecDeque<&Server> = panel.servers.iter().collect();
        let (mut helpless, mut failed) = (None, None);
        for after in (0..tries).rev() {
            let Some(server) = open.pop_front() else { break };
            // As long as there is another server, its time is not spent on this one.
            let alone = after == 0 || open.is_empty();
            let end = if alone { trail.deadline } else { trail.deadline.min(Instant::now() + wait) };
            match self.put(server, question, panel.recurse, Slot { wait, end }, trail).await {
                Ok(Received::Whole(heard)) if panel.system && message::is_helpless(&heard.message) => {
                    helpless = Some(heard);
                }
                Ok(Received::Whole(heard)) => return Ok(heard),
                Ok(Received::Cut(why)) => failed = Some(why),
                Err(why) => {
                    open.push_back(server);
                    // What came of sending says more than that nothing could be sent.
                    if failed.is_none() || !matches!(why, Failure::NoTurn(_)) {
                        failed = Some(why);
                    }
                }
            }
        }
        helpless.ok_or(failed.unwrap_or(Failure::Timeout))
    }

    /// Puts one question to one server: once more over TCP where the answer was truncated (RFC 7766 5), and
    /// without EDNS where the server knows none (RFC 6891 7).
    async fn put(
        &self,
        server: &Server,
        question: &Question,
        recurse: bool,
        slot: Slot,
        trail: &mut Trail,
    ) -> Result<Received, Failure> {
        let whole = |message, via: &Via| Received::Whole(Heard { message, from: server.at, wire: via.wire() });
        let cut = |why| Ok(Received::Cut(Failure::Said(why)));
        let again = |trail: &Trail| Slot { end: trail.deadline.min(Instant::now() + slot.wait), ..slot };
        let mut manner = Manner { recurse, edns: true };
        let mut message = self.send(server, question, manner, slot, trail).await?;
        if message::is_baffled(&message) {
            manner.edns = false;
            let slot = again(trail);
            if let Ok(plain) = self.send(server, question, manner, slot, trail).await {
                message = plain;
            }
        }
        if !message.metadata.truncation {
            return Ok(whole(message, &server.via));
        }
        if server.via != Via::Udp {
            return cut(format!("truncated, although it came over {}", server.via));
        }
        let stream = Server { at: server.at, via: Via::Tcp };
        let slot = again(trail);
        match self.send(&stream, question, manner, slot, trail).await {
            Ok(message) if message.metadata.truncation => cut("truncated, over UDP and over TCP".to_owned()),
            Ok(message) => Ok(whole(message, &stream.via)),
            Err(why) => cut(format!("truncated over UDP, and TCP failed: {why}")),
        }
    }

    async fn send(
        &self,
        server: &Server,
        question: &Question,
        manner: Manner,
        slot: Slot,
        trail: &mut Trail,
    ) -> Result<Message, Failure> {
        let link = lock(&self.links)
            .entry(server.clone())
            .or_insert_with(|| Arc::new(Link::new(server.clone(), self.tls.clone(), self.patience.per_try)))
            .clone();
        let turn = link.turn(question, slot.for_turn()).await?;
        let wait = slot.for_response();
        if wait.is_zero() {
            return Err(Failure::NoTurn(server.at));
        }
        trail.sent.get_or_insert_with(|| self.clock.now());
        trail.queries = trail.queries.saturating_add(1);
        trail.wire = server.via.wire();
        turn.exchange(manner, wait).await
    }

    /// What came of a question to `resolver`.
    fn answers(&self, resolver: &ResolverSpec, question: &Question, outcome: Outcome, trail: Trail) -> Answers {
        let at = self.clock.now();
        let resolver = match (resolver, trail.from) {
            (ResolverSpec::System, Some(server)) => ResolverSpec::Plain(server),
            _ => resolver.clone(),
        };
        let elapsed = trail.sent.map_or(Duration::ZERO, |sent| at.since(sent));
        let wire = trail.wire;
        let beside = trail.beside.into_iter().map(|(question, records)| Answer {
            question,
            outcome: Outcome::Records(records),
            chain: Vec::new(),
            resolver: resolver.clone(),
            wire,
            at,
            elapsed,
            queries: 0,
        });
        let beside = beside.collect();
        let (question, chain, queries) = (question.clone(), trail.chain, trail.queries);
        Answers { answer: Answer { question, outcome, chain, resolver, wire, at, elapsed, queries }, beside }
    }
}

#[async_trait]
impl Ask for Resolvers {
    async fn ask(&self, resolver: &ResolverSpec, question: &Question) -> Answers {
        let mut trail = Trail::new(resolver.wire(), self.patience.deadline());
        let outcome = match self.panel(resolver, &mut trail).await {
            Ok(panel) => self.inquire(&panel, question, &mut trail).await,
            Err(failure) => failure.into(),
        };
        self.answers(resolver, question, outcome, trail)
    }
}

impl fmt::Debug for Resolvers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolvers").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::Timeout,
            other => Self::Other(Text::new(&other.to_string())),
        }
    }
}

fn address(rdata: &Rdata) -> Option<IpAddr> {
    match rdata {
        Rdata::A(ip) => Some((*ip).into()),
        Rdata::Aaaa(ip) => Some((*ip).into()),
        Rdata::Naptr(_) | Rdata::Srv(_) => None,
    }
}

/// No code panics while it holds one of these locks, and what they guard is whole at every step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
