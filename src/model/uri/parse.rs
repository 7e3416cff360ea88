//! How a SIP URI is read (RFC 3261 25.1).
//!
//! What decides where a request goes is read strictly, the rest is dropped. What people paste in its
//! place (a web address, a number, a header field) is told from it, so that the error can say what to
//! write.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

use super::{Host, Scheme, SipUri};
use crate::model::transport::UnknownTransport;
use crate::model::{Name, NameError, Text, Transport};

/// Why a string is not a SIP URI that can be resolved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UriError {
    /// Nothing at all.
    #[error("there is nothing; give a domain, or a sip: or sips: URI")]
    Empty,
    /// A blank or a control character.
    #[error("{0:?} cannot stand in a URI")]
    BadCharacter(char),
    /// `<sip:acme.example>`.
    #[error("'<' and '>' belong to a header field; give only the URI between them")]
    Angles,
    /// `sip://acme.example`.
    #[error("a SIP URI has no '//'; write sip:acme.example")]
    Slashes,
    /// `tel:` and the like (RFC 3966).
    #[error("scheme '{0}:' names a number; use sip:NUMBER@DOMAIN, or the domain alone")]
    Number(Text),
    /// `http:` and the like.
    #[error("scheme '{0}:' cannot be resolved as SIP; use sip:, sips: or a bare domain")]
    Scheme(Text),
    /// `a@b@acme.example`.
    #[error("there are two '@'; the one in the user part is written %40")]
    Ats,
    /// Nothing where the host should be.
    #[error("there is no host; write sip:acme.example")]
    NoHost,
    /// The host part is no name and no address.
    #[error("host '{0}' is neither a domain name nor an address: {1}")]
    Host(Text, NameError),
    /// A `[` without its `]`, or what is between them is no IPv6 address.
    #[error("'{0}' is no IPv6 address in brackets")]
    Brackets(Text),
    /// `fe80::1%eth0`: `IPv6reference` of RFC 3261 25.1 has no zone.
    #[error("'{0}' names a network interface, which no SIP URI can (RFC 3261 25.1); give the address without '%'")]
    Zone(Text),
    /// An IPv6 address without brackets that ends in what may be a port.
    #[error("'{0}' may end in a port or not; write [ADDRESS]:PORT or [ADDRESS]")]
    Ambiguous(Text),
    /// Not 1 to 65535.
    #[error("port '{0}' is not a number from 1 to 65535")]
    Port(Text),
    /// A parameter that decides, without its value.
    #[error("{0}= has no value")]
    NoValue(&'static str),
    /// A parameter that decides, and says two things (RFC 3261 19.1.1: each at most once).
    #[error("{0}= is there twice; one of them has to go (RFC 3261 19.1.1)")]
    Twice(&'static str),
    /// `maddr=` is neither name nor address.
    #[error("maddr '{0}' is neither a domain name nor an address: {1}")]
    Maddr(Text, NameError),
    /// An unknown `transport=`.
    #[error(transparent)]
    Transport(#[from] UnknownTransport),
    /// `sips:` over something that TLS does not run on.
    #[error("a sips: URI cannot go over {0}; use sip:, or transport=tls")]
    Insecure(Transport),
}

impl FromStr for SipUri {
    type Err = UriError;

    /// From `sip:user@host:port;transport=tls`, `sips:...`, or a bare host with or without a port.
    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err(UriError::Empty);
        }
        if raw.contains(['<', '>']) {
            return Err(UriError::Angles);
        }
        if let Some(bad) = raw.chars().find(|c| c.is_whitespace() || c.is_control()) {
            return Err(UriError::BadCharacter(bad));
        }
        let (scheme, rest) = split_scheme(raw)?;
        if rest.starts_with("//") {
            return Err(UriError::Slashes);
        }
        // The user part may hold ';' and '?', so the '@' comes first; no other part has one (RFC 3261 25.1).
        let (user, rest) = match rest.split_once('@') {
            Some((_, rest)) if rest.contains('@') => return Err(UriError::Ats),
            Some((user, rest)) => (user.split(':').next().filter(|user| !user.is_empty()).map(Text::new), rest),
            None => (None, rest),
        };
        let (rest, _headers) = rest.split_once('?').unwrap_or((rest, ""));
        let mut parts = rest.split(';');
        let (host, port) = host_port(parts.next().unwrap_or_default())?;
        let mut uri = Self { scheme, user, host, port, transport: None, maddr: None };
        for parameter in parts {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if key.eq_ignore_ascii_case("transport") {
                let before = uri.transport.replace(the_one("transport", value)?.parse()?);
                before.map_or(Ok(()), |_| Err(UriError::Twice("transport")))?;
            } else if key.eq_ignore_ascii_case("maddr") {
                let before = uri.maddr.replace(maddr(the_one("maddr", value)?)?);
                before.map_or(Ok(()), |_| Err(UriError::Twice("maddr")))?;
            }
        }
        match uri.wanted_transport() {
            Some(t) if scheme == Scheme::Sips && !t.is_secure() => Err(UriError::Insecure(t)),
            _ => Ok(uri),
        }
    }
}

impl SipUri {
    /// What somebody typed for a URI, to be quoted in an error: without the password, should it hold one.
    pub fn quoted(raw: &str) -> Text {
        let Some((before, after)) = raw.rsplit_once('@') else { return raw.into() };
        let scheme =
            before.find(':').filter(|&at| ["sip", "sips"].iter().any(|s| before[..at].eq_ignore_ascii_case(s)));
        let from = scheme.map_or(0, |at| at + 1);
        match before[from..].find(':') {
            Some(at) => format!("{}:...@{after}", &before[..from + at]).into(),
            None => raw.into(),
        }
    }
}

fn the_one<'v>(key: &'static str, value: &'v str) -> Result<&'v str, UriError> {
    if value.is_empty() { Err(UriError::NoValue(key)) } else { Ok(value) }
}

/// Schemes that people have at hand, and that a port after a host cannot be mistaken for.
const NUMBERS: [&str; 5] = ["tel", "callto", "fax", "modem", "sms"];
const OTHERS: [&str; 12] =
    ["http", "https", "mailto", "xmpp", "h323", "im", "pres", "urn", "ws", "wss", "stun", "turn"];

fn split_scheme(raw: &str) -> Result<(Scheme, &str), UriError> {
    let Some((word, rest)) = raw.split_once(':') else { return Ok((Scheme::Sip, raw)) };
    let is = |known: &&str| word.eq_ignore_ascii_case(known);
    if is(&"sip") {
        return Ok((Scheme::Sip, rest));
    }
    if is(&"sips") {
        return Ok((Scheme::Sips, rest));
    }
    if NUMBERS.iter().any(is) {
        return Err(UriError::Number(word.into()));
    }
    // `host:5060`, `[::1]:5060` and a bare `::1` are hosts; `http://x` is another scheme.
    let port = rest.split([';', '?']).next().unwrap_or_default();
    let is_host = !OTHERS.iter().any(is) && port.bytes().all(|b| b.is_ascii_digit());
    let is_address = |raw: &str| raw.split('%').next().is_some_and(|bare| bare.parse::<Ipv6Addr>().is_ok());
    if raw.starts_with('[') || is_address(raw.split(';').next().unwrap_or(raw)) || is_host {
        return Ok((Scheme::Sip, raw));
    }
    Err(UriError::Scheme(word.into()))
}

fn maddr(raw: &str) -> Result<Host, UriError> {
    if raw.contains('%') {
        return Err(UriError::Zone(raw.into()));
    }
    raw.parse().map_err(|why| UriError::Maddr(raw.into(), why))
}

fn host_port(raw: &str) -> Result<(Host, Option<u16>), UriError> {
    if raw.is_empty() || raw.starts_with(':') && !raw.starts_with("::") {
        return Err(UriError::NoHost);
    }
    if raw.contains('%') && (raw.starts_with('[') || raw.matches(':').count() > 1) {
        return Err(UriError::Zone(raw.into()));
    }
    match raw.parse::<IpAddr>() {
        Ok(IpAddr::V6(_)) if raw.ends_with(":5060") || raw.ends_with(":5061") => {
            return Err(UriError::Ambiguous(raw.into()));
        }
        Ok(ip) => return Ok((Host::Ip(ip), None)),
        Err(_) => {}
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
        (named(host)?, port)
    };
    let port = port.map(|digits| {
        let number = digits.parse().ok().filter(|&n: &u16| n > 0 && digits.bytes().all(|b| b.is_ascii_digit()));
        number.ok_or_else(|| UriError::Port(digits.into()))
    });
    Ok((host, port.transpose()?))
}

fn named(raw: &str) -> Result<Host, UriError> {
    let bad = |why| UriError::Host(raw.into(), why);
    let host: Host = raw.parse().map_err(bad)?;
    if host.name().is_some_and(Name::is_root) {
        return Err(UriError::NoHost);
    }
    let last = host.name().and_then(|name| name.as_str().rsplit('.').next());
    match last {
        Some(label) if label.bytes().all(|b| b.is_ascii_digit()) => Err(bad(NameError::Digits)),
        _ => Ok(host),
    }
}
