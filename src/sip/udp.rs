//! Sockets to ask over UDP.
//!
//! Each target has one of its own, connected to it: so an ICMP error comes through, on every system and without
//! `IP_RECVERR`, and the kernel itself keeps strangers out. While the target answers the socket is kept for the next
//! probe, as an engine keeps its own. One that brought no answer is not: the next socket asks for its route anew.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until};

use super::frame::MAX_MESSAGE;
use super::kept::Made;
use super::options::Template;
use super::outgoing::Outgoing;
use super::socket::{no_route, no_source, patiently, source, words};
use super::stamp;
use super::transaction::Fault;
use crate::model::{Connections, ProbeRequest, ProbeResult};

/// How much may have come since the last probe before a socket is given up.
const LEFTOVERS: usize = 16;

/// A socket to ask from.
pub(super) struct Udp {
    /// Connected.
    socket: UdpSocket,
    /// On the same port, it hears what is sent there by anybody else.
    ear: Option<UdpSocket>,
    template: Template,
    here: SocketAddr,
    made: Instant,
}

/// Who can use a socket: whoever asks the same address from the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    at: SocketAddr,
    local: Option<SocketAddr>,
}

impl Key {
    /// None where the socket is not to be kept. A fixed port must be free for the next probe, whoever it asks.
    pub(super) fn of(request: &ProbeRequest) -> Option<Self> {
        let fixed = request.local.is_some_and(|local| local.port() != 0);
        let keeps = request.settings.connection == Connections::Keep && !fixed;
        keeps.then_some(Self { at: request.endpoint.at, local: request.local })
    }
}

/// What a probe waits for.
pub(super) enum Came {
    /// Something from whom we ask, or an ICMP error.
    Here,
    /// Something from somebody else.
    There,
    /// The time.
    Time,
}

impl Made for Udp {
    fn made(&self) -> Instant {
        self.made
    }
}

impl Udp {
    /// A new one for a probe.
    pub(super) async fn open(request: &ProbeRequest) -> Result<Self, Fault> {
        let at = request.endpoint.at;
        let source = source(at, request.local)?;
        let bound = patiently(|| std::net::UdpSocket::bind(source)).await.map_err(|why| no_source(source, &why))?;
        bound.set_nonblocking(true).map_err(|why| no_source(source, &why))?;
        let socket = UdpSocket::from_std(bound).map_err(|why| no_source(source, &why))?;
        socket.connect(at).await.map_err(|why| no_route(at, &why))?;
        let here = socket.local_addr();
        let here = here.map_err(|why| Fault::ours(ProbeResult::Unreachable, words(&why)))?;
        stamp::ask_for(&socket);
        Ok(Self { socket, ear: None, template: Template::new(request, here), here, made: Instant::now() })
    }

    /// Takes what has come since the last probe: answers that were late or came twice, and refusals. Whether the
    /// socket is of any use still: it is not where it tells of trouble, which was that of an earlier probe, or where
    /// there is no end of it.
    pub(super) fn is_quiet(&self) -> bool {
        let mut dropped = [0; 1];
        (0..LEFTOVERS)
            .find_map(|_| stamp::receive(&self.socket, &mut dropped).err())
            .is_some_and(|end| end.kind() == ErrorKind::WouldBlock)
    }

    /// Whether it is as good for the next probe. A port that is shared is not.
    pub(super) const fn can_be_kept(&self) -> bool {
        self.ear.is_none()
    }

    /// The OPTIONS of a probe.
    pub(super) fn options(&mut self, request: &ProbeRequest) -> Outgoing {
        if !self.template.fits(request) {
            self.template = Template::new(request, self.here);
        }
        self.template.options()
    }

    /// Sends, and says when. A new socket has to wait until it may, which is not the network's doing.
    pub(super) async fn send(&self, options: &Outgoing) -> io::Result<Instant> {
        loop {
            let at = Instant::now();
            match self.socket.try_send(options.bytes()) {
                Err(why) if why.kind() == ErrorKind::WouldBlock => self.socket.writable().await?,
                other => return other.map(|_| at),
            }
        }
    }

    /// Waits, no longer than until then.
    pub(super) async fn wait(&self, until: Instant) -> Came {
        let elsewhere = async {
            match &self.ear {
                Some(ear) => drop(ear.readable().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            // Whatever is wrong with it, receiving will tell.
            _ = self.socket.ready(stamp::ANYTHING) => Came::Here,
            () = elsewhere => Came::There,
            () = sleep_until(until) => Came::Time,
        }
    }

    /// Takes what has come from whom we ask, with the time when it came; that is after `sent`.
    pub(super) fn receive<T>(&self, sent: Instant, take: impl FnOnce(&[u8], Instant) -> T) -> io::Result<T> {
        with_buffer(|buffer| {
            let (length, age) = stamp::receive(&self.socket, buffer)?;
            let now = Instant::now();
            // Where it would have come before it was asked for, somebody has set the clock.
            let at = now.checked_sub(age).filter(|&at| at >= sent).unwrap_or(now);
            Ok(take(&buffer[..length], at))
        })
    }

    /// Takes what has come from somebody else. A broken ear is of use to nobody.
    pub(super) fn overhear(&mut self, take: impl FnOnce(&[u8], SocketAddr)) {
        let Some(ear) = &self.ear else { return };
        let heard = with_buffer(|buffer| {
            let (length, from) = ear.try_recv_from(buffer)?;
            take(&buffer[..length], from);
            Ok(())
        });
        if heard.is_err_and(|why: io::Error| why.kind() != ErrorKind::WouldBlock) {
            self.ear = None;
        }
    }

    /// From now on hears strangers, too, where the system lets us. It costs another socket, so it is for a request
    /// that the first sending brought no answer to, or that is sent but once.
    pub(super) fn listen_beside(&mut self) {
        if self.ear.is_none() {
            self.ear = beside(&self.socket, self.here).ok();
        }
    }
}

/// Another socket on the port of `first`. The port is shared only now, so that the system has not given us one that
/// somebody else has.
#[cfg(target_os = "linux")]
fn beside(first: &UdpSocket, here: SocketAddr) -> io::Result<UdpSocket> {
    use socket2::{Domain, SockRef, Socket, Type};
    SockRef::from(first).set_reuse_address(true)?;
    let second = Socket::new(Domain::for_address(here), Type::DGRAM, None)?;
    second.set_reuse_address(true)?;
    second.set_nonblocking(true)?;
    second.bind(&here.into())?;
    UdpSocket::from_std(second.into())
}

/// Elsewhere it is not certain that what the connected socket is sent goes to that one.
#[cfg(not(target_os = "linux"))]
fn beside(_: &UdpSocket, _: SocketAddr) -> io::Result<UdpSocket> {
    Err(ErrorKind::Unsupported.into())
}

/// One buffer for each thread is enough, since nothing waits while it holds a datagram.
pub(super) fn with_buffer<T>(receive: impl FnOnce(&mut [u8]) -> io::Result<T>) -> io::Result<T> {
    thread_local!(static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
    let mut buffer = BUFFER.take();
    // One byte more, so that what is too long is seen to be.
    buffer.resize(MAX_MESSAGE + 1, 0);
    let received = receive(&mut buffer);
    BUFFER.set(buffer);
    received
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Carrier, CarrierName, Endpoint, Transport};

    fn request(at: SocketAddr) -> ProbeRequest {
        let carrier = Carrier::new(CarrierName::new("a").unwrap(), "sip:a".parse().unwrap());
        let (uri, target) = (carrier.uri.clone(), carrier.uri.host.clone());
        let endpoint = Endpoint { transport: Transport::Udp, at };
        ProbeRequest::new(&carrier, uri, endpoint, target, std::time::Duration::ZERO)
    }

    async fn asked() -> (Udp, UdpSocket, Instant) {
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let request = request(peer.local_addr().unwrap());
        let mut udp = Udp::open(&request).await.unwrap();
        let options = udp.options(&request);
        let sent = udp.send(&options).await.unwrap();
        (udp, peer, sent)
    }

    #[tokio::test]
    async fn a_refusal_or_a_flood_between_two_probes_ends_a_socket() {
        let (udp, peer, _) = asked().await;
        for count in [0, 1, LEFTOVERS - 1] {
            for _ in 0..count {
                peer.send_to(b"late", udp.here).await.unwrap();
            }
            if count > 0 {
                udp.socket.readable().await.unwrap();
            }
            assert!(udp.is_quiet(), "{count}");
        }
        for _ in 0..=LEFTOVERS {
            peer.send_to(b"late", udp.here).await.unwrap();
        }
        udp.socket.readable().await.unwrap();
        assert!(!udp.is_quiet(), "there is no end of it");
        assert!(udp.is_quiet(), "now there is");
        drop(peer);
        udp.socket.send(b"\r\n").await.unwrap();
        udp.socket.ready(stamp::ANYTHING).await.unwrap();
        assert!(!udp.is_quiet(), "it was refused");
    }

    #[tokio::test]
    async fn a_port_that_is_shared_is_not_kept() {
        let (mut udp, _peer, _) = asked().await;
        assert!(udp.can_be_kept());
        udp.listen_beside();
        assert_eq!(udp.can_be_kept(), cfg!(not(target_os = "linux")));
    }

    /// The thread sleeps as it would if others had the machine: that is not the network's doing.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_is_read_late_did_not_come_late() {
        let late = std::time::Duration::from_millis(300);
        let (udp, peer, sent) = asked().await;
        // The kernel begins to note a little after the first socket asks for it; until then it notes the reading.
        let mut best = std::time::Duration::MAX;
        for _ in 0..5 {
            let again = Instant::now();
            peer.send_to(b"answer", udp.here).await.unwrap();
            std::thread::sleep(late);
            udp.socket.readable().await.unwrap();
            let came = udp.receive(sent, |bytes, at| (bytes == b"answer").then_some(at)).unwrap().unwrap();
            best = best.min(came - again);
        }
        assert!(best < late, "{best:?}");
        // Were the clock set, it would be told as it was read.
        peer.send_to(b"answer", udp.here).await.unwrap();
        udp.socket.readable().await.unwrap();
        let future = Instant::now() + late;
        assert!(udp.receive(future, |_, at| at).unwrap() < future);
    }
}
