//! SIP URIs (RFC 3261 19.1), as far as they decide where a request goes.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

use super::{Name, NameError, Text, Transport, transport::UnknownTransport};

/// A host: a name, or an address as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// To be resolved.
    Name(Name),
    /// A literal.
    Ip(IpAddr),
}

impl Host {
    /// The name, where it is one.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::Name(name) => Some(name),
            Self::Ip(_) => None,
        }
    }
}

impl fmt::Display for Host {
    /// A name without its final dot, an IPv6 literal without brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.pad(name.as_str()),
            Self::Ip(ip) => f.pad(&ip.to_string()),
        }
    }
}

impl FromStr for Host {
    type Err = NameError;

    /// From a name, an IPv4 literal, or an IPv6 literal with or without brackets.
    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let bare = raw.strip_prefix('[').and_then(|r| r.strip_suffix(']')).unwrap_or(raw);
        match bare.parse::<IpAddr>() {
            Ok(ip) => Ok(Self::Ip(ip)),
            Err(_) => Name::parse(raw).map(Self::Name),
        }
    }
}

/// `sip:` or `sips:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Any transport.
    Sip,
    /// TLS on every hop.
    Sips,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sip => "sip",
            Self::Sips => "sips",
        })
    }
}

/// A SIP URI. Parameters and headers that do not decide where a request goes are dropped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SipUri {
    /// `sip:` or `sips:`.
    pub scheme: Scheme,
    /// User part, percent-encoded as given.
    pub user: Option<Text>,
    /// Host part.
    pub host: Host,
    /// Port, where it is given.
    pub port: Option<u16>,
    /// `transport=`, where it is given.
    pub transport: Option<Transport>,
    /// `maddr=`, where it is given.
    pub maddr: Option<Host>,
}

/// Why a string is not a SIP URI.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UriError {
    /// `tel:`, `http:` and the like.
    #[error("scheme '{0}:' cannot be resolved as SIP; use sip:, sips: or a bare domain")]
    Scheme(Text),
    /// The host part is no name and no address.
    #[error("host '{0}' is neither a domain name nor an address: {1}")]
    Host(Text, NameError),
    /// A `[` without its `]`, or what is between them is no IPv6 address.
    #[error("'{0}' is no IPv6 address in brackets")]
    Brackets(Text),
    /// Not 1 to 65535.
    #[error("port '{0}' is not a number from 1 to 65535")]
    Port(Text),
    /// An unknown `transport=`.
    #[error(transparent)]
    Transport(#[from] UnknownTransport),
    /// `sips:` over something that TLS does not run on.
    #[error("a sips: URI cannot go over {0}; use sip:, or transport=tls")]
    Insecure(Transport),
}

impl SipUri {
    /// The URI that asks for `host` and nothing else.
    pub const fn plain(host: Host) -> Self {
        Self { scheme: Scheme::Sip, user: None, host, port: None, transport: None, maddr: None }
    }

    /// Where the request is sent: `maddr` where it is given (RFC 3263 4), else the host.
    pub fn target(&self) -> &Host {
        self.maddr.as_ref().unwrap_or(&self.host)
    }

    /// The transport that the URI asks for: `sips:` with `transport=tcp` is TLS, with `ws` is WSS, with
    /// `sctp` is TLS over SCTP.
    pub fn wanted_transport(&self) -> Option<Transport> {
        match (self.scheme, self.transport) {
            (Scheme::Sips, Some(Transport::Tcp)) => Some(Transport::Tls),
            (Scheme::Sips, Some(Transport::Ws)) => Some(Transport::Wss),
            (Scheme::Sips, Some(Transport::Sctp)) => Some(Transport::TlsSctp),
            (_, wanted) => wanted,
        }
    }
}

impl FromStr for SipUri {
    type Err = UriError;

    /// From `sip:user@host:port;transport=tls`, `sips:...`, or a bare host with or without a port.
    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let raw = raw.trim();
        let (scheme, rest) = split_scheme(raw)?;
        let (rest, _headers) = rest.split_once('?').unwrap_or((rest, ""));
        // The user part may hold ';', so the '@' comes first (RFC 3261 25.1).
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(Text::new(user.split(':').next().unwrap_or_default())), rest),
            None => (None, rest),
        };
        let mut parts = rest.split(';');
        let (host, port) = host_port(parts.next().unwrap_or_default())?;
        let mut uri = Self { scheme, user, host, port, transport: None, maddr: None };
        for parameter in parts {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if key.eq_ignore_ascii_case("transport") {
                uri.transport = Some(value.parse()?);
            } else if key.eq_ignore_ascii_case("maddr") {
                uri.maddr = Some(host_port(value)?.0);
            }
        }
        match uri.wanted_transport() {
            Some(t) if scheme == Scheme::Sips && !t.is_secure() => Err(UriError::Insecure(t)),
            _ => Ok(uri),
        }
    }
}

fn split_scheme(raw: &str) -> Result<(Scheme, &str), UriError> {
    let Some((word, rest)) = raw.split_once(':') else { return Ok((Scheme::Sip, raw)) };
    if word.eq_ignore_ascii_case("sip") {
        return Ok((Scheme::Sip, rest));
    }
    if word.eq_ignore_ascii_case("sips") {
        return Ok((Scheme::Sips, rest));
    }
    // `host:5060`, `[::1]:5060` and a bare `::1` are hosts; `tel:+49` and `http://x` are other schemes.
    let is_port =
        !rest.is_empty() && rest.split([';', '?']).next().is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    if raw.starts_with('[') || raw.parse::<Ipv6Addr>().is_ok() || (word.contains('.') || word == "localhost") && is_port
    {
        return Ok((Scheme::Sip, raw));
    }
    Err(UriError::Scheme(word.into()))
}

fn host_port(raw: &str) -> Result<(Host, Option<u16>), UriError> {
    if let Ok(ip) = raw.parse::<IpAddr>() {
        return Ok((Host::Ip(ip), None));
    }
    let (host, port) = if let Some(inside) = raw.strip_prefix('[') {
        let bad = || UriError::Brackets(raw.into());
        let (literal, after) = inside.split_once(']').ok_or_else(bad)?;
        let ip: Ipv6Addr = literal.parse().map_err(|_| bad())?;
        let port = match after {
            "" => None,
            _ => Some(after.strip_prefix(':').ok_or_else(bad)?),
        };
        (Host::Ip(ip.into()), port)
    } else {
        let (host, port) = match raw.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (raw, None),
        };
        (host.parse().map_err(|why| UriError::Host(host.into(), why))?, port)
    };
    let port = port.map(|digits| {
        let number = digits.parse().ok().filter(|&n: &u16| n > 0 && digits.bytes().all(|b| b.is_ascii_digit()));
        number.ok_or_else(|| UriError::Port(digits.into()))
    });
    Ok((host, port.transpose()?))
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        write_host(f, &self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if let Some(transport) = self.transport {
            write!(f, ";transport={transport}")?;
        }
        if let Some(maddr) = &self.maddr {
            f.write_str(";maddr=")?;
            write_host(f, maddr)?;
        }
        Ok(())
    }
}

fn write_host(f: &mut fmt::Formatter<'_>, host: &Host) -> fmt::Result {
    match host {
        Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
        other => write!(f, "{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(raw: &str) -> String {
        raw.parse::<SipUri>().unwrap().to_string()
    }

    #[test]
    fn what_people_type_is_understood() {
        for (typed, meant) in [
            ("acme.example", "sip:acme.example"),
            ("SIP:Acme.Example.", "sip:acme.example"),
            ("acme.example:5080", "sip:acme.example:5080"),
            ("sips:trunk@acme.example", "sips:trunk@acme.example"),
            ("sip:+4930;phone-context=x@acme.example;user=phone", "sip:+4930;phone-context=x@acme.example"),
            ("sip:u:secret@acme.example", "sip:u@acme.example"),
            ("sip:acme.example;Transport=TLS;lr", "sip:acme.example;transport=tls"),
            ("sip:acme.example;maddr=192.0.2.9", "sip:acme.example;maddr=192.0.2.9"),
            ("192.0.2.1", "sip:192.0.2.1"),
            ("::1", "sip:[::1]"),
            ("[2001:db8::1]:5062", "sip:[2001:db8::1]:5062"),
            ("sip:[2001:db8::1];transport=udp", "sip:[2001:db8::1];transport=udp"),
            ("localhost:5060", "sip:localhost:5060"),
        ] {
            assert_eq!(round(typed), meant);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (typed, said) in [
            ("tel:+4930123", "scheme 'tel:'"),
            ("http://acme.example", "scheme 'http:'"),
            ("sip:", "neither a domain name nor an address"),
            ("sip:a b", "neither a domain name nor an address"),
            ("sip:acme.example:0", "port '0'"),
            ("sip:acme.example:99999", "port '99999'"),
            ("sip:acme.example:+80", "port '+80'"),
            ("sip:[::1", "brackets"),
            ("sip:acme.example;transport=smoke", "'smoke' is no transport"),
            ("sips:acme.example;transport=udp", "cannot go over udp"),
        ] {
            let said_so = typed.parse::<SipUri>().unwrap_err().to_string();
            assert!(said_so.contains(said), "{typed}: {said_so}");
        }
    }

    #[test]
    fn sips_over_tcp_is_tls() {
        let uri: SipUri = "sips:acme.example;transport=tcp".parse().unwrap();
        assert_eq!(uri.wanted_transport(), Some(Transport::Tls));
    }
}
