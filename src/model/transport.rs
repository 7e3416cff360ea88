//! Transports of SIP.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A SIP transport (RFC 3261 18, RFC 4168, RFC 7118).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// SCTP (RFC 4168).
    Sctp,
    /// TLS over SCTP (RFC 4168).
    TlsSctp,
    /// `WebSocket` (RFC 7118).
    Ws,
    /// `WebSocket` over TLS (RFC 7118).
    Wss,
}

impl Transport {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Udp, Self::Tcp, Self::Tls, Self::Sctp, Self::TlsSctp, Self::Ws, Self::Wss];

    /// The port where neither the URI nor DNS gives one (RFC 3261 19.1.2, RFC 7118 5.3).
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp | Self::Sctp => 5060,
            Self::Tls | Self::TlsSctp => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    /// Whether what is sent is encrypted.
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::TlsSctp | Self::Wss)
    }

    /// The labels before the domain in the name that holds its SRV records (RFC 3263 4.2).
    pub const fn srv_labels(self) -> &'static str {
        match self {
            Self::Udp => "_sip._udp",
            Self::Tcp => "_sip._tcp",
            Self::Tls => "_sips._tcp",
            Self::Sctp => "_sip._sctp",
            Self::TlsSctp => "_sips._sctp",
            Self::Ws => "_sip._ws",
            Self::Wss => "_sips._ws",
        }
    }

    /// In lower case, as in a `transport=` parameter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Sctp => "sctp",
            Self::TlsSctp => "tls-sctp",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no transport.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is no transport; there are udp, tcp, tls, sctp, tls-sctp, ws, wss")]
pub struct UnknownTransport(pub super::Text);

impl FromStr for Transport {
    type Err = UnknownTransport;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|t| t.as_str().eq_ignore_ascii_case(raw)).ok_or_else(|| UnknownTransport(raw.into()))
    }
}

/// The transports that the engine speaks, in preference; never empty, none twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transports(Vec<Transport>);

/// Why a list of transports cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransportsError {
    /// A word of it.
    #[error(transparent)]
    Unknown(#[from] UnknownTransport),
    /// No transport in it.
    #[error("no transport is given; use some of tls, tcp, udp, wss, ws, sctp")]
    Empty,
}

impl Transports {
    /// From a list in preference; repetitions are dropped.
    ///
    /// SCTP may be among them, for engines that speak it: it is resolved, and cannot be probed.
    ///
    /// # Errors
    /// Where the list is empty.
    pub fn new(list: impl IntoIterator<Item = Transport>) -> Result<Self, TransportsError> {
        let mut kept = Vec::new();
        for transport in list {
            if !kept.contains(&transport) {
                kept.push(transport);
            }
        }
        if kept.is_empty() { Err(TransportsError::Empty) } else { Ok(Self(kept)) }
    }

    /// Whether it is among them.
    pub fn contains(&self, transport: Transport) -> bool {
        self.0.contains(&transport)
    }

    /// In preference.
    pub fn iter(&self) -> impl Iterator<Item = Transport> + '_ {
        self.0.iter().copied()
    }
}

impl Default for Transports {
    /// TLS, TCP, UDP.
    fn default() -> Self {
        Self(vec![Transport::Tls, Transport::Tcp, Transport::Udp])
    }
}

impl FromStr for Transports {
    type Err = TransportsError;

    /// From `tls,tcp,udp`.
    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let words = raw.split(',').map(str::trim).filter(|word| !word.is_empty());
        Self::new(words.map(str::parse).collect::<Result<Vec<Transport>, _>>()?)
    }
}

impl fmt::Display for Transports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.0.iter().map(|t| t.as_str()).collect();
        f.write_str(&words.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_its_order_and_drops_repetitions() {
        let list: Transports = "udp, TLS,udp".parse().unwrap();
        assert_eq!(list.to_string(), "udp,tls");
    }

    #[test]
    fn every_transport_may_be_listed_and_nothing_else() {
        assert_eq!("wss,ws,sctp".parse::<Transports>().unwrap().to_string(), "wss,ws,sctp");
        assert_eq!("".parse::<Transports>(), Err(TransportsError::Empty));
        assert!(matches!("smoke".parse::<Transports>(), Err(TransportsError::Unknown(_))));
    }
}
