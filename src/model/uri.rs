//! SIP URIs (RFC 3261 19.1), as far as they decide where a request goes.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::{Name, NameError, Text, Transport};

mod parse;

pub use parse::UriError;

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

    /// As people read it: an internationalised name with its Unicode beside it ([`Name::shown`]).
    pub fn shown(&self) -> String {
        self.name().map_or_else(|| self.to_string(), Name::shown)
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
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Ok(Self::Ip(ip));
        }
        let name = Name::parse(raw)?;
        // `192.0.2.1.` and the same in other digits are addresses too.
        Ok(name.as_str().parse::<IpAddr>().map_or(Self::Name(name), Self::Ip))
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

    /// The URI with its names in Unicode, where they can be shown so ([`Name::unicode`]); none where
    /// that is the same.
    pub fn unicode(&self) -> Option<Text> {
        let other = |host: &Host| host.name().and_then(Name::unicode);
        let (host, maddr) = (other(&self.host), self.maddr.as_ref().and_then(other));
        if host.is_none() && maddr.is_none() {
            return None;
        }
        let written = |unicode: Option<Text>, host: &Host| unicode.map_or_else(|| bracketed(host), |u| u.to_string());
        let host = written(host, &self.host);
        let maddr = self.maddr.as_ref().map(|own| written(maddr, own));
        Some(self.with_hosts(&host, maddr.as_deref()).into())
    }

    /// As people read it: where it has an internationalised name, that in Unicode beside it, as in
    /// `sip:xn--mnchen-3ya.example (münchen.example)`.
    pub fn shown(&self) -> String {
        let unicode = self.target().name().and_then(Name::unicode);
        unicode.map_or_else(|| self.to_string(), |unicode| format!("{self} ({unicode})"))
    }

    fn with_hosts(&self, host: &str, maddr: Option<&str>) -> String {
        let mut uri = format!("{}:", self.scheme);
        if let Some(user) = &self.user {
            uri.push_str(&format!("{user}@"));
        }
        uri.push_str(host);
        if let Some(port) = self.port {
            uri.push_str(&format!(":{port}"));
        }
        if let Some(transport) = self.transport {
            uri.push_str(&format!(";transport={transport}"));
        }
        if let Some(maddr) = maddr {
            uri.push_str(&format!(";maddr={maddr}"));
        }
        uri
    }
}

impl fmt::Display for SipUri {
    /// With A-labels, as on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_hosts(&bracketed(&self.host), self.maddr.as_ref().map(bracketed).as_deref()))
    }
}

fn bracketed(host: &Host) -> String {
    match host {
        Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
