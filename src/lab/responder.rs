//! One SIP host of the lab at one address: its sockets, and how it behaves.

mod bind;
mod datagrams;
mod streams;
mod way;

pub(super) use bind::{Bound, Loopback, bind_host};

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::registrar::Registrar;
use crate::model::{Endpoint, Name, Transport};

use way::Way;

/// What a host does with requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// 200 to OPTIONS, after the latency of its plan; to REGISTER what its registrar says, where it is one.
    #[default]
    Answer,
    /// Nothing. TCP connections are accepted, TLS handshakes stall, connections that exist go mute.
    Silent,
    /// The sockets are closed, connections with them. The same ports are bound again afterwards.
    Refuse,
    /// This final answer to every request: 200 to 699, and a reason phrase.
    Status(u16, &'static str),
    /// 503 to every request, with a Retry-After of so many seconds (RFC 3261 20.33).
    Busy(u32),
    /// 200 to OPTIONS, and 503 to everything else, as a host does that is being drained of its calls. An OPTIONS
    /// that is answered does not show it.
    Drain,
    /// As [`Answer`](Self::Answer), and so much later.
    Slow(Duration),
    /// As [`Answer`](Self::Answer); of a hundred requests over UDP so many get lost on the way, the same ones in every
    /// run. Over TCP the kernel makes up for what gets lost, so that it is not seen.
    Lossy(u8),
    /// As [`Answer`](Self::Answer); a request over UDP is heard only when it is sent again.
    Again,
    /// As [`Answer`](Self::Answer), over UDP from another port than the one that was asked.
    Elsewhere,
    /// As [`Answer`](Self::Answer); where TLS is due, it speaks without.
    Clear,
    /// 100, and then nothing.
    Trying,
    /// Octets that are no SIP.
    Garbage,
}

/// What the operator has done to a host by hand. It stands above what the scenario wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hand {
    #[default]
    Off,
    Killed,
    /// Until the scenario changes its mind.
    Revived,
}

/// What is wanted of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Orders {
    script: Behaviour,
    hand: Hand,
}

impl Orders {
    const fn behaviour(self) -> Behaviour {
        match self.hand {
            Hand::Off => self.script,
            Hand::Killed => Behaviour::Silent,
            Hand::Revived => Behaviour::Answer,
        }
    }
}

/// What a host's listeners share.
struct Desk {
    orders: watch::Sender<Orders>,
    certificate: Option<watch::Sender<Arc<ServerConfig>>>,
    latency: Duration,
    requests: AtomicU64,
    way: Way,
    registrar: Option<Arc<Registrar>>,
}

impl Desk {
    fn behaviour(&self) -> Behaviour {
        self.orders.borrow().behaviour()
    }

    /// Waits until a behaviour is wanted that `fits`.
    async fn until(&self, fits: impl Fn(Behaviour) -> bool) {
        // The sender is ours, so it cannot be gone.
        let _ = self.orders.subscribe().wait_for(|orders| fits(orders.behaviour())).await;
    }

    /// Counts a request, and waits as long as it takes to be far away: the lab's latency, give or take a
    /// tenth, in a fixed pattern.
    async fn receive(&self) {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        let percent = 90 + u32::try_from(count * 7 % 21).unwrap_or_default();
        let slower = if let Behaviour::Slow(by) = self.behaviour() { by } else { Duration::ZERO };
        let takes = self.latency * percent / 100 + slower;
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
    }
}

/// Whether a listener has its socket open.
type Door = watch::Sender<bool>;

/// One SIP host of the lab at one address.
pub struct Responder {
    host: Name,
    address: IpAddr,
    endpoints: Vec<Endpoint>,
    desk: Arc<Desk>,
    doors: Vec<watch::Receiver<bool>>,
}

impl Responder {
    /// Starts to serve what is bound, in `tasks`.
    pub(super) fn start(
        host: Name,
        bound: Bound,
        latency: Duration,
        certificate: Option<Arc<ServerConfig>>,
        registrar: Option<Arc<Registrar>>,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        let desk = Arc::new(Desk {
            orders: watch::Sender::default(),
            certificate: certificate.map(watch::Sender::new),
            latency,
            requests: AtomicU64::new(0),
            way: Way::to(bound.address),
            registrar,
        });
        let (mut endpoints, mut doors) = (Vec::new(), Vec::new());
        let mut open = |transport, at| {
            let door = Door::new(true);
            doors.push(door.subscribe());
            endpoints.push(Endpoint { transport, at });
            door
        };
        let address = bound.address;
        if let Some((socket, port)) = bound.udp {
            let at = SocketAddr::new(address, port);
            tasks.spawn(datagrams::serve(desk.clone(), socket, at, open(Transport::Udp, at)));
        }
        for (transport, listener, port) in bound.streams {
            let at = SocketAddr::new(address, port);
            tasks.spawn(streams::serve(desk.clone(), listener, at, transport, open(transport, at)));
        }
        Self { host, address, endpoints, desk, doors }
    }

    /// The name of its host.
    pub const fn host(&self) -> &Name {
        &self.host
    }

    /// Its address.
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// Where it listens over `transport`, if it does.
    pub fn at(&self, transport: Transport) -> Option<SocketAddr> {
        self.endpoints.iter().find(|endpoint| endpoint.transport == transport).map(|endpoint| endpoint.at)
    }

    /// What it does at the moment.
    pub fn behaviour(&self) -> Behaviour {
        self.desk.behaviour()
    }

    /// How many SIP messages have reached it, those included that it did not answer.
    pub fn requests(&self) -> u64 {
        self.desk.requests.load(Ordering::Relaxed)
    }

    /// Makes it behave; returns when its sockets are as they have to be for that.
    ///
    /// What an operator has killed stays silent until it is revived.
    pub async fn behave(&self, behaviour: Behaviour) {
        self.desk.orders.send_modify(|orders| {
            let hand = if orders.hand == Hand::Killed { Hand::Killed } else { Hand::Off };
            *orders = Orders { script: behaviour, hand };
        });
        self.settled().await;
    }

    /// Waits until all sockets are as the behaviour wants them, also where that changes meanwhile.
    async fn settled(&self) {
        let mut orders = self.desk.orders.subscribe();
        for door in &self.doors {
            let mut door = door.clone();
            loop {
                tokio::select! {
                    // An error means that the lab is gone, and the socket with it.
                    _ = door.wait_for(|open| *open == (self.behaviour() != Behaviour::Refuse)) => break,
                    _ = orders.changed() => {}
                }
            }
        }
    }

    /// What an operator does to it by hand.
    pub(super) fn take_by_hand(&self, alive: bool) {
        self.desk.orders.send_modify(|orders| {
            orders.hand = match (alive, orders.script) {
                (false, _) => Hand::Killed,
                (true, Behaviour::Silent | Behaviour::Refuse) => Hand::Revived,
                (true, _) => Hand::Off,
            };
        });
    }

    /// Shows another certificate from now on; connections over TLS are closed, so that it is seen.
    pub(super) fn certify(&self, config: Arc<ServerConfig>) {
        if let Some(certificate) = &self.desk.certificate {
            certificate.send_replace(config);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_stands_above_the_script() {
        let orders = |script, hand| Orders { script, hand }.behaviour();
        assert_eq!(orders(Behaviour::Trying, Hand::Off), Behaviour::Trying);
        assert_eq!(orders(Behaviour::Answer, Hand::Killed), Behaviour::Silent);
        assert_eq!(orders(Behaviour::Silent, Hand::Revived), Behaviour::Answer);
    }
}
