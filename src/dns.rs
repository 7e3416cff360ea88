//! Asks DNS servers, by hickory's raw client: the implementation of [`Ask`].
//!
//! A stub resolver hides what an operator wants to see: which server answered, the CNAME chain of a
//! negative answer, how many packets it took, why a connection failed. So the raw client is driven here,
//! one per server, and one question is one packet (plus the retries that [`Answer::queries`] counts):
//! no cache, no search list, no hosts file.
//!
//! - `names` turns names into labels and back, whatever octets they hold.
//! - `message` reads a response: the only place that knows what an answer is.
//! - `link` is one server: its client, its queue, its connection.
//! - `socket` is what hickory sends datagrams with.
//! - `system` reads the host's own configuration.

mod link;
mod message;
mod names;
mod socket;
mod system;

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hickory_net::proto::op::Message;
use hickory_net::tls::client_config;
use rustls::ClientConfig;
use thiserror::Error;

use self::link::{Failure, Link, Server, Via};
use self::message::Reading;
use self::system::System;
use crate::model::{Answer, Cname, Host, Moment, Name, Outcome, Question, Rdata, RecordType, ResolverSpec, Text, Wire};
use crate::monitor::{Ask, Clock};

/// The most aliases that are followed for one question; BIND and Unbound stop near it, too.
const MAX_CHAIN: usize = 16;

/// A server that is named by its name is looked up again after this time at the earliest.
const MIN_HOST_AGE: Duration = Duration::from_secs(30);

/// How long a question may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long one try waits for its answer, making a connection included.
    pub per_try: Duration,
    /// How many tries there are; at least one is made.
    pub tries: u32,
}

impl Default for Patience {
    /// 2 s, twice.
    fn default() -> Self {
        Self { per_try: Duration::from_secs(2), tries: 2 }
    }
}

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

/// What is learned on the way to an answer.
struct Trail {
    chain: Vec<Cname>,
    wire: Wire,
    queries: u32,
}

impl Trail {
    const fn new(wire: Wire) -> Self {
        Self { chain: Vec::new(), wire, queries: 0 }
    }
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

    /// Which servers stand behind a resolver, in the order to ask them.
    async fn servers(&self, resolver: &ResolverSpec, trail: &mut Trail) -> Result<Vec<Server>, Failure> {
        let (host, port, via) = match resolver {
            ResolverSpec::System => return self.system_servers().await,
            ResolverSpec::Plain(at) => return Ok(vec![Server { at: *at, via: Via::Udp }]),
            ResolverSpec::Tcp(at) => return Ok(vec![Server { at: *at, via: Via::Tcp }]),
            ResolverSpec::Tls(host, port) => (host, *port, Via::Tls(host.clone())),
            ResolverSpec::Https(host, port, path) => (host, *port, Via::Https(host.clone(), path.clone())),
            ResolverSpec::Authoritative(host, port) => (host, *port, Via::Udp),
        };
        let addresses = match host {
            Host::Ip(ip) => vec![*ip],
            Host::Name(name) => self.locate(name, trail).await?,
        };
        Ok(addresses.into_iter().map(|ip| Server { at: SocketAddr::new(ip, port), via: via.clone() }).collect())
    }

    async fn system_servers(&self) -> Result<Vec<Server>, Failure> {
        let servers = self.system.servers().await.map_err(|why| Failure::Said(why.to_string()))?;
        Ok(servers.into_iter().map(|at| Server { at, via: Via::Udp }).collect())
    }

    /// The addresses of a server, by the system's resolvers. They are kept for their TTL, since asking for
    /// them with every question would double the load on those.
    async fn locate(&self, host: &Name, trail: &mut Trail) -> Result<Vec<IpAddr>, Failure> {
        let now = self.clock.now();
        if let Some(found) = lock(&self.hosts).get(host).filter(|found| now < found.until) {
            return Ok(found.addresses.clone());
        }
        let system = self.system_servers().await?;
        let mut addresses = Vec::new();
        let mut least = Duration::MAX;
        let mut said = String::new();
        for rtype in [RecordType::A, RecordType::Aaaa] {
            let mut side = Trail::new(Wire::Udp);
            let outcome = self.inquire(&system, &Question::new(host.clone(), rtype), true, &mut side).await;
            trail.queries = trail.queries.saturating_add(side.queries);
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
    async fn inquire(&self, servers: &[Server], question: &Question, recurse: bool, trail: &mut Trail) -> Outcome {
        let mut asked = question.clone();
        loop {
            let response = match self.exchange(servers, &asked, recurse, trail).await {
                Ok(response) => response,
                Err(failure) => return failure.into(),
            };
            match message::read(&response, &asked, &mut trail.chain) {
                Reading::Settled(outcome) => return outcome,
                // Each round has made the chain longer, and its length is bounded.
                Reading::Elsewhere(name) => asked.name = name,
            }
        }
    }

    /// Puts one question to the servers in turn, until one responds.
    async fn exchange(
        &self,
        servers: &[Server],
        question: &Question,
        recurse: bool,
        trail: &mut Trail,
    ) -> Result<Message, Failure> {
        let all = u32::try_from(servers.len()).unwrap_or(u32::MAX);
        let tries = self.patience.tries.max(all).max(1);
        // More servers than tries share the same time, so that a question has one bound.
        let wait = self.patience.per_try * self.patience.tries.max(1) / tries;
        let mut last = Failure::Timeout;
        for (_, server) in (0..tries).zip(servers.iter().cycle()) {
            match self.send(server, question, recurse, wait, trail).await {
                Ok(response) if !response.metadata.truncation => return Ok(response),
                Ok(_) if server.via != Via::Udp => {
                    return Err(Failure::Said(format!("truncated, although it came over {}", server.via)));
                }
                Ok(_) => return self.over_tcp(server.at, question, recurse, trail).await,
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    /// Asks for the whole of an answer that was truncated (RFC 7766 5).
    async fn over_tcp(
        &self,
        at: SocketAddr,
        question: &Question,
        recurse: bool,
        trail: &mut Trail,
    ) -> Result<Message, Failure> {
        let server = Server { at, via: Via::Tcp };
        match self.send(&server, question, recurse, self.patience.per_try, trail).await {
            Ok(response) if response.metadata.truncation => {
                Err(Failure::Said("truncated, over UDP and over TCP".to_owned()))
            }
            Ok(response) => Ok(response),
            Err(why) => Err(Failure::Said(format!("truncated over UDP, and TCP failed: {why}"))),
        }
    }

    async fn send(
        &self,
        server: &Server,
        question: &Question,
        recurse: bool,
        wait: Duration,
        trail: &mut Trail,
    ) -> Result<Message, Failure> {
        let link = lock(&self.links)
            .entry(server.clone())
            .or_insert_with(|| Arc::new(Link::new(server.clone(), self.tls.clone())))
            .clone();
        trail.queries = trail.queries.saturating_add(1);
        trail.wire = server.via.wire();
        link.exchange(question, recurse, wait).await
    }
}

#[async_trait]
impl Ask for Resolvers {
    async fn ask(&self, resolver: &ResolverSpec, question: &Question) -> Answer {
        let began = self.clock.now();
        let mut trail = Trail::new(match resolver {
            ResolverSpec::System | ResolverSpec::Plain(_) | ResolverSpec::Authoritative(..) => Wire::Udp,
            ResolverSpec::Tcp(_) => Wire::Tcp,
            ResolverSpec::Tls(..) => Wire::Tls,
            ResolverSpec::Https(..) => Wire::Https,
        });
        let recurse = !matches!(resolver, ResolverSpec::Authoritative(..));
        let outcome = match self.servers(resolver, &mut trail).await {
            Ok(servers) => self.inquire(&servers, question, recurse, &mut trail).await,
            Err(failure) => failure.into(),
        };
        let at = self.clock.now();
        Answer {
            question: question.clone(),
            outcome,
            chain: trail.chain,
            resolver: resolver.clone(),
            wire: trail.wire,
            at,
            elapsed: at.since(began),
            queries: trail.queries,
        }
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
            Failure::Said(what) => Self::Other(Text::new(&what)),
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
