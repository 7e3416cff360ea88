//! Sockets: where they leave from, and what the errors of the operating system mean.
//!
//! Whether a target cannot be reached because of us or because of the way there is told by when the
//! error comes. Connecting a UDP socket sends nothing: it only asks our own routing table. What fails
//! there is ours (no route, no such address family, no such source address); what fails later was said
//! by somebody else.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use tokio::time::{Instant, sleep, timeout_at};

use super::transaction::{Fault, span};
use crate::model::ProbeResult;

/// Fixed source ports: two probes cannot leave from the same one at a time.
#[derive(Debug, Default)]
pub(super) struct SourcePorts(Mutex<HashMap<SocketAddr, Arc<Turn<()>>>>);

impl SourcePorts {
    /// Waits until nobody else uses this source; at once where any port will do.
    pub(super) async fn hold(&self, local: Option<SocketAddr>) -> Option<OwnedMutexGuard<()>> {
        let local = local.filter(|local| local.port() != 0)?;
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(local).or_default())
        };
        Some(turn.lock_owned().await)
    }
}

/// A TCP connection.
pub(super) async fn tcp(
    at: SocketAddr,
    local: Option<SocketAddr>,
    deadline: Instant,
    patience: Duration,
) -> Result<TcpStream, Fault> {
    let source = source(at, local)?;
    let route = UdpSocket::bind(SocketAddr::new(source.ip(), 0)).await.map_err(|why| no_source(source, &why))?;
    route.connect(at).await.map_err(|why| no_route(at, &why))?;
    let socket = patiently(|| open(at, source)).await.map_err(|why| no_source(source, &why))?;
    let connected = timeout_at(deadline, socket.connect(at)).await;
    let stream = connected
        .map_err(|_| Fault::theirs(ProbeResult::Timeout, format!("no TCP connection in {}", span(patience))))?
        .map_err(|why| match why.kind() {
            ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable => no_source(source, &why),
            _ => unreachable(&why),
        })?;
    // Only the measured time would suffer from it.
    drop(stream.set_nodelay(true));
    Ok(stream)
}

/// Binds, a few times where the port is taken: what was ours a moment ago is held still by a program that we start just
/// then, which has all our sockets until it begins.
pub(super) async fn patiently<S>(bind: impl Fn() -> io::Result<S>) -> io::Result<S> {
    for _ in 0..3 {
        match bind() {
            Err(why) if why.kind() == ErrorKind::AddrInUse => sleep(Duration::from_millis(10)).await,
            other => return other,
        }
    }
    bind()
}

fn open(at: SocketAddr, source: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if at.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if source.port() != 0 {
        // The port would rest for a minute after each probe otherwise, and the next one would fail.
        socket.set_reuseaddr(true)?;
        socket.set_zero_linger()?;
    }
    socket.bind(source)?;
    Ok(socket)
}

pub(super) fn source(at: SocketAddr, local: Option<SocketAddr>) -> Result<SocketAddr, Fault> {
    let any = if at.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    let source = local.unwrap_or(SocketAddr::new(any, 0));
    if source.is_ipv4() == at.is_ipv4() {
        return Ok(source);
    }
    let detail = format!("source address {} is of another family than {}", source.ip(), at.ip());
    Err(Fault::ours(ProbeResult::Unreachable, detail))
}

pub(super) fn no_source(source: SocketAddr, why: &io::Error) -> Fault {
    Fault::ours(ProbeResult::Unreachable, format!("cannot send from {source} here: {}", words(why)))
}

pub(super) fn no_route(at: SocketAddr, why: &io::Error) -> Fault {
    Fault::ours(ProbeResult::Unreachable, format!("no way to {} from here: {}", at.ip(), words(why)))
}

/// What an error on a socket that has a route means: somebody told us, or our own firewall did. A refusal
/// looks the same whether the host sends it or a firewall on the way does.
pub(super) fn unreachable(why: &io::Error) -> Fault {
    match why.kind() {
        // Linux says ECONNREFUSED, other systems ECONNRESET, where ICMP says that a UDP port is closed.
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => {
            Fault::theirs(ProbeResult::Refused, "refused: the port is closed, or a firewall rejects us")
        }
        ErrorKind::TimedOut => Fault::theirs(ProbeResult::Timeout, "no TCP connection: nothing came back"),
        ErrorKind::PermissionDenied => {
            Fault::ours(ProbeResult::Unreachable, "this machine forbids to send there (its firewall?)")
        }
        _ => Fault::theirs(ProbeResult::Unreachable, words(why)),
    }
}

/// The system's words without its number.
pub(super) fn words(why: &io::Error) -> String {
    let text = why.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
