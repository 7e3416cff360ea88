//! Which DNS server to ask, and how.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use thiserror::Error;

use super::{Host, Text, Wire};

/// A resolver as people name it: `system`, `9.9.9.9`, `127.0.0.1:5300`, `tcp://..`, `tls://..`,
/// `https://..`, `auth://HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResolverSpec {
    /// Those of the host's own configuration, in their order.
    System,
    /// UDP, and TCP where an answer was truncated.
    Plain(SocketAddr),
    /// TCP only.
    Tcp(SocketAddr),
    /// DNS over TLS (RFC 7858), port 853.
    Tls(Host, u16),
    /// DNS over HTTPS (RFC 8484), port 443, with its path.
    Https(Host, u16, Text),
    /// This server itself, without asking it to recurse.
    Authoritative(Host, u16),
}

impl ResolverSpec {
    /// Over what it is asked first.
    pub const fn wire(&self) -> Wire {
        match self {
            Self::System | Self::Plain(_) | Self::Authoritative(..) => Wire::Udp,
            Self::Tcp(_) => Wire::Tcp,
            Self::Tls(..) => Wire::Tls,
            Self::Https(..) => Wire::Https,
        }
    }
}

/// Why a word names no resolver.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is no resolver; use system, ADDRESS, ADDRESS:PORT, tcp://, tls://, https:// or auth://HOST:PORT")]
pub struct ResolverError(Text);

impl FromStr for ResolverSpec {
    type Err = ResolverError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let bad = || ResolverError(raw.into());
        if raw.eq_ignore_ascii_case("system") {
            return Ok(Self::System);
        }
        let Some((scheme, rest)) = raw.split_once("://") else {
            return socket(raw).map(Self::Plain).ok_or_else(bad);
        };
        match scheme {
            "udp" => socket(rest).map(Self::Plain),
            "tcp" => socket(rest).map(Self::Tcp),
            "tls" => host_port(rest, 853).map(|(host, port)| Self::Tls(host, port)),
            "auth" => host_port(rest, 53).map(|(host, port)| Self::Authoritative(host, port)),
            "https" => {
                let (authority, path) = rest.split_once('/').unwrap_or((rest, "dns-query"));
                host_port(authority, 443).map(|(host, port)| Self::Https(host, port, format!("/{path}").into()))
            }
            _ => None,
        }
        .ok_or_else(bad)
    }
}

fn socket(raw: &str) -> Option<SocketAddr> {
    match host_port(raw, 53)? {
        (Host::Ip(ip), port) => Some(SocketAddr::new(ip, port)),
        (Host::Name(_), _) => None,
    }
}

fn host_port(raw: &str, default: u16) -> Option<(Host, u16)> {
    let bare = raw.strip_prefix('[').and_then(|r| r.strip_suffix(']')).unwrap_or(raw);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Some((Host::Ip(ip), default));
    }
    if let Ok(socket) = raw.parse::<SocketAddr>() {
        return Some((Host::Ip(socket.ip()), socket.port()));
    }
    let (host, port) = match raw.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (raw, default),
    };
    Some((host.parse().ok()?, port))
}

impl fmt::Display for ResolverSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = match self {
            Self::System => "system".to_owned(),
            Self::Plain(at) if at.port() == 53 => at.ip().to_string(),
            Self::Plain(at) => at.to_string(),
            Self::Tcp(at) => format!("tcp://{at}"),
            Self::Tls(host, port) => format!("tls://{}:{port}", bracketed(host)),
            Self::Https(host, port, path) => format!("https://{}:{port}{path}", bracketed(host)),
            Self::Authoritative(host, port) => format!("auth://{}:{port}", bracketed(host)),
        };
        f.pad(&written)
    }
}

fn bracketed(host: &Host) -> String {
    match host {
        Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written() {
        for (typed, meant) in [
            ("system", "system"),
            ("9.9.9.9", "9.9.9.9"),
            ("127.0.0.1:5300", "127.0.0.1:5300"),
            ("::1", "::1"),
            ("[::1]:5300", "[::1]:5300"),
            ("tcp://127.0.0.1", "tcp://127.0.0.1:53"),
            ("tls://dns.example", "tls://dns.example:853"),
            ("https://dns.example/dns-query", "https://dns.example:443/dns-query"),
            ("auth://ns1.acme.example:5353", "auth://ns1.acme.example:5353"),
        ] {
            assert_eq!(typed.parse::<ResolverSpec>().unwrap().to_string(), meant);
        }
        for typed in ["", "dns.example", "ftp://9.9.9.9", "9.9.9.9:x", "tls://a b"] {
            assert!(typed.parse::<ResolverSpec>().is_err(), "{typed}");
        }
    }
}
