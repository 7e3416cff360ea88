//! Finds addresses and ports for the hosts of the lab.
//!
//! On Linux all of 127.0.0.0/8 is the loopback, so every host has addresses of its own. Where only 127.0.0.1
//! is, hosts share it and differ in their ports.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, UdpSocket};

use crate::model::Transport;

use super::super::zone::Listening;

/// How often a port is drawn again when not all sockets that need it could have it.
const PORT_DRAWS: usize = 64;

/// What the loopback of this machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) struct Loopback {
    /// All of 127.0.0.0/8 can be bound.
    pub(in crate::lab) wide: bool,
    /// `::1` can be bound.
    pub(in crate::lab) v6: bool,
}

impl Loopback {
    pub(in crate::lab) async fn detect() -> Self {
        let binds = async |ip: IpAddr| UdpSocket::bind((ip, 0)).await.is_ok();
        Self { wide: binds(Ipv4Addr::new(127, 64, 1, 10).into()).await, v6: binds(Ipv6Addr::LOCALHOST.into()).await }
    }

    /// The addresses of a host: so many of IPv4 (one where the loopback is narrow), and `::1` where the host
    /// is `dual` and the machine too.
    pub(in crate::lab) fn addresses(self, carrier: usize, host: usize, count: u8, dual: bool) -> Vec<IpAddr> {
        // 64 and up: nothing else is known to live there.
        let octet = |index: usize, from: u8, to: u8| {
            let span = usize::from(to - from) + 1;
            from + u8::try_from(index % span).unwrap_or_default()
        };
        let own = |number: u8| Ipv4Addr::new(127, octet(carrier, 64, 250), octet(host, 1, 250), number);
        let mut addresses: Vec<IpAddr> = if self.wide {
            (1..=count).map(|index| own(index.saturating_mul(10)).into()).collect()
        } else {
            vec![Ipv4Addr::LOCALHOST.into()]
        };
        if dual && self.v6 {
            addresses.push(Ipv6Addr::LOCALHOST.into());
        }
        addresses
    }
}

/// The sockets of a host at one address, with their ports.
pub(in crate::lab) struct Bound {
    pub(in crate::lab) address: IpAddr,
    pub(super) udp: Option<(UdpSocket, u16)>,
    pub(super) streams: Vec<(Transport, TcpListener, u16)>,
}

/// Binds a host: one port for UDP and TCP at all addresses, and one for each of TLS, WS and WSS.
pub(in crate::lab) async fn bind_host(
    addresses: &[IpAddr],
    speaks: &[Transport],
) -> io::Result<(Listening, Vec<Bound>)> {
    let [udp, tcp] = [Transport::Udp, Transport::Tcp].map(|t| speaks.contains(&t));
    let (plain, pairs) = bind_port(addresses, udp, tcp).await?;
    let mut ports = BTreeMap::new();
    ports.extend(udp.then_some((Transport::Udp, plain)));
    ports.extend(tcp.then_some((Transport::Tcp, plain)));
    let bind = |(&address, (udp, tcp)): (&IpAddr, Pair)| Bound {
        address,
        udp: udp.map(|socket| (socket, plain)),
        streams: tcp.map(|listener| (Transport::Tcp, listener, plain)).into_iter().collect(),
    };
    let mut bound: Vec<Bound> = addresses.iter().zip(pairs).map(bind).collect();
    let others = [Transport::Tls, Transport::Ws, Transport::Wss].into_iter().filter(|t| speaks.contains(t));
    for transport in others {
        let (port, pairs) = bind_port(addresses, false, true).await?;
        ports.insert(transport, port);
        for (bound, (_, listener)) in bound.iter_mut().zip(pairs) {
            bound.streams.extend(listener.map(|listener| (transport, listener, port)));
        }
    }
    Ok((Listening { addresses: addresses.to_vec(), ports }, bound))
}

type Pair = (Option<UdpSocket>, Option<TcpListener>);

/// Binds the same free port at all addresses.
async fn bind_port(addresses: &[IpAddr], udp: bool, tcp: bool) -> io::Result<(u16, Vec<Pair>)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PORT_DRAWS {
        match draw(addresses, udp, tcp).await {
            Err(taken) if taken.kind() == io::ErrorKind::AddrInUse => last = taken,
            other => return other,
        }
    }
    Err(last)
}

async fn draw(addresses: &[IpAddr], udp: bool, tcp: bool) -> io::Result<(u16, Vec<Pair>)> {
    let (mut port, mut pairs) = (0, Vec::new());
    for &address in addresses {
        let mut pair = (None, None);
        if udp {
            let socket = UdpSocket::bind(SocketAddr::new(address, port)).await?;
            port = socket.local_addr()?.port();
            pair.0 = Some(socket);
        }
        if tcp {
            let listener = TcpListener::bind(SocketAddr::new(address, port)).await?;
            port = listener.local_addr()?.port();
            pair.1 = Some(listener);
        }
        pairs.push(pair);
    }
    Ok((port, pairs))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_narrow_loopback_has_one_address() {
        let narrow = Loopback { wide: false, v6: true };
        assert_eq!(narrow.addresses(3, 2, 4, false), [IpAddr::from(Ipv4Addr::LOCALHOST)]);
        assert_eq!(narrow.addresses(3, 2, 4, true).len(), 2);
    }

    #[test]
    fn a_wide_loopback_has_one_for_each() {
        let wide = Loopback { wide: true, v6: false };
        let shown: Vec<String> = wide.addresses(5, 0, 2, true).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["127.69.1.10", "127.69.1.20"]);
    }

    #[tokio::test]
    async fn udp_and_tcp_share_a_port_at_every_address() {
        let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST)];
        let all = [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];
        let (listening, bound) = bind_host(&addresses, &all).await.unwrap();
        assert_eq!(listening.port(Transport::Udp), listening.port(Transport::Tcp));
        let others: BTreeSet<_> = all[1..].iter().map(|&t| listening.port(t).unwrap()).collect();
        assert_eq!(others.len(), 4);
        assert_eq!((bound[0].streams.len(), bound[0].udp.as_ref().unwrap().1), (4, listening.ports[&Transport::Udp]));
    }
}
