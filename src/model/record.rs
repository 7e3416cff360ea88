//! Records, as RFC 1035, 2782, 3403 and 3596 name their fields.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Name, Text, Transport, Ttl};

/// The record types that a walk asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordType {
    /// RFC 3403.
    Naptr,
    /// RFC 2782.
    Srv,
    /// RFC 1035.
    A,
    /// RFC 3596.
    Aaaa,
}

impl RecordType {
    /// Whether its records name what is to be asked next.
    pub const fn leads_on(self) -> bool {
        matches!(self, Self::Naptr | Self::Srv)
    }

    /// In upper case, as in a zone file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Naptr => "NAPTR",
            Self::Srv => "SRV",
            Self::A => "A",
            Self::Aaaa => "AAAA",
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is asked: an owner name and a type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// Owner name.
    pub name: Name,
    /// Type.
    pub rtype: RecordType,
}

impl Question {
    /// A question for `rtype` at `name`.
    pub const fn new(name: Name, rtype: RecordType) -> Self {
        Self { name, rtype }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rtype, self.name)
    }
}

/// One record of an RRset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// As received.
    pub ttl: Ttl,
    /// The data.
    pub rdata: Rdata,
}

/// Data of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rdata {
    /// RFC 3403 4.1.
    Naptr(Naptr),
    /// RFC 2782.
    Srv(Srv),
    /// RFC 1035 3.4.1.
    A(Ipv4Addr),
    /// RFC 3596 2.2.
    Aaaa(Ipv6Addr),
}

impl Rdata {
    /// The NAPTR, where it is one.
    pub const fn naptr(&self) -> Option<&Naptr> {
        if let Self::Naptr(naptr) = self { Some(naptr) } else { None }
    }

    /// The SRV, where it is one.
    pub const fn srv(&self) -> Option<&Srv> {
        if let Self::Srv(srv) = self { Some(srv) } else { None }
    }

    /// The address, where it is one.
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::A(ip) => Some(IpAddr::V4(*ip)),
            Self::Aaaa(ip) => Some(IpAddr::V6(*ip)),
            Self::Naptr(_) | Self::Srv(_) => None,
        }
    }
}

/// RFC 3403 4.1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Naptr {
    /// Lowest first; once an order has matched, later ones must not be considered.
    pub order: u16,
    /// Lowest first, among equal orders.
    pub preference: u16,
    /// `s`: the replacement holds SRV records. Case does not matter.
    pub flags: Text,
    /// Such as `SIPS+D2T`. Case does not matter.
    pub service: Text,
    /// Must be empty for SIP (RFC 3263 4.1).
    pub regexp: Text,
    /// Where to go on.
    pub replacement: Name,
}

impl Naptr {
    /// The SIP service that this record offers, if it is one (RFC 3263 4.1, RFC 4168 6, RFC 7118 5.3).
    pub fn sip_service(&self) -> Option<SipService> {
        SipService::parse(self.service.as_str())
    }
}

/// A service field that SIP knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipService {
    /// What it says is spoken there.
    pub transport: Transport,
    /// Whether it may serve a sips: URI: the protocol before the `+` is `SIPS` (RFC 3263 4.1).
    pub secure: bool,
}

impl SipService {
    fn parse(field: &str) -> Option<Self> {
        const KNOWN: [(&str, Transport); 7] = [
            ("SIP+D2U", Transport::Udp),
            ("SIP+D2T", Transport::Tcp),
            ("SIPS+D2T", Transport::Tls),
            ("SIP+D2S", Transport::Sctp),
            ("SIPS+D2S", Transport::TlsSctp),
            ("SIP+D2W", Transport::Ws),
            ("SIPS+D2W", Transport::Wss),
        ];
        let (name, transport) = KNOWN.iter().find(|(name, _)| name.eq_ignore_ascii_case(field))?;
        Some(Self { transport: *transport, secure: name.starts_with("SIPS+") })
    }
}

/// RFC 2782.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Srv {
    /// Lowest first: every target of one priority before any of the next.
    pub priority: u16,
    /// Relative share among targets of one priority.
    pub weight: u16,
    /// Port of the service.
    pub port: u16,
    /// A host name; the root means "no service".
    pub target: Name,
}

impl fmt::Display for Rdata {
    /// In presentation form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Naptr(n) => write!(
                f,
                "{} {} \"{}\" \"{}\" \"{}\" {}",
                n.order, n.preference, n.flags, n.service, n.regexp, n.replacement
            ),
            Self::Srv(s) => write!(f, "{} {} {} {}", s.priority, s.weight, s.port, s.target),
            Self::A(a) => write!(f, "{a}"),
            Self::Aaaa(a) => write!(f, "{a}"),
        }
    }
}

/// One step of a chain of aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cname {
    /// The alias.
    pub owner: Name,
    /// What it stands for.
    pub target: Name,
    /// As received; of the DNAME where there is one.
    pub ttl: Ttl,
    /// The owner of the DNAME that the alias was made of, if it was (RFC 6672 3.1).
    pub dname: Option<Name>,
}
