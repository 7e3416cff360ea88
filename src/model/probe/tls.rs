//! How a carrier's TLS is to be treated, and what a handshake showed.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::model::{Name, Text};

/// How to treat a carrier's TLS.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TlsSettings {
    /// A PEM file of roots to trust in place of the system's.
    pub ca: Option<PathBuf>,
    /// A PEM file with our certificate.
    pub cert: Option<PathBuf>,
    /// A PEM file with its key.
    pub key: Option<PathBuf>,
    /// Server name to send; none: the SIP domain.
    pub sni: Option<Name>,
    /// Protocols to offer by ALPN, in preference; none are, unless they are set, since SIP engines offer none.
    pub alpn: Vec<Alpn>,
    /// Whether a certificate that does not verify makes the target fail, as it does for an engine that
    /// verifies. The truth is reported in both cases.
    pub verify: bool,
}

impl Default for TlsSettings {
    /// The system's roots, no certificate of ours, the SIP domain, no ALPN; a certificate has to verify.
    fn default() -> Self {
        Self { ca: None, cert: None, key: None, sni: None, alpn: Vec::new(), verify: true }
    }
}

/// The name of a protocol within TLS (RFC 7301 3.1), such as `sip/2`: 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Alpn(Text);

/// Why a string is no name of a protocol.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is no protocol of ALPN; it has 1 to 255 visible ASCII characters, as sip/2 or http/1.1")]
pub struct AlpnError(Text);

impl Alpn {
    /// As it is offered.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Alpn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Alpn {
    type Err = AlpnError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let good = (1..=255).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_graphic());
        if good { Ok(Self(raw.into())) } else { Err(AlpnError(raw.into())) }
    }
}

/// What a TLS handshake showed.
#[derive(Clone, Debug, PartialEq)]
pub struct TlsReport {
    /// Such as `TLSv1.3`.
    pub version: Text,
    /// The cipher suite by IANA's name, such as `TLS_AES_128_GCM_SHA256`.
    pub cipher: Text,
    /// The protocol that the peer chose by ALPN; none where none was offered, or it chose none.
    pub alpn: Option<Text>,
    /// The server name that was sent; none where an address stands in the URI, which is no server name
    /// (RFC 6066 3).
    pub sni: Option<Text>,
    /// How long the handshake took, without the TCP connection before it.
    pub handshake: Duration,
    /// The certificates that the peer sent, its own first, at most [`TlsReport::LINKS`] of them.
    pub chain: Vec<Link>,
    /// The names that its own certificate holds: its SANs, else its common name.
    pub names: Vec<Text>,
    /// Why the chain is not trusted; none where it is.
    pub untrusted: Option<Text>,
    /// Whether its own certificate names the SIP domain, strictly (RFC 5922 7: no wildcards).
    pub names_domain: bool,
    /// Whether it names the SRV target, leniently (a wildcard may stand for one label).
    pub names_target: bool,
}

impl TlsReport {
    /// The most certificates of a chain that are kept: sound ones have two or three.
    pub const LINKS: usize = 8;

    /// A certificate that is valid for fewer days than this is mentioned: by now a new one should be there.
    pub const SOON: i64 = 30;

    /// One that is valid for fewer days than this is warned of: whoever renews it has forgotten it.
    pub const VERY_SOON: i64 = 14;

    /// How many whole days are left until one of the chain has ended; negative where one has. A chain is as good as
    /// the certificate of it that ends first.
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        self.chain.iter().filter_map(|link| link.days_left(now)).min()
    }

    /// The peer's own certificate.
    pub fn own(&self) -> Option<&Link> {
        self.chain.first()
    }
}

/// One certificate of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Whose it is, as a distinguished name.
    pub subject: Text,
    /// Who signed it.
    pub issuer: Text,
    /// The last moment that it is valid; none where it cannot be read.
    pub not_after: Option<Timestamp>,
}

impl Link {
    /// How many whole days it is valid from `now` on; negative where it has expired.
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        self.not_after.map(|end| end.duration_since(now).as_secs().div_euclid(86_400))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_has_a_name_that_can_be_seen() {
        for good in ["sip/2", "http/1.1", "x"] {
            assert_eq!(good.parse::<Alpn>().unwrap().as_str(), good);
        }
        let long = "x".repeat(256);
        for bad in ["", "sip 2", "sip\r\n", "süp", &long] {
            assert!(bad.parse::<Alpn>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_chain_ends_with_the_first_of_it() {
        let link = |end: Option<&str>| Link {
            subject: "".into(),
            issuer: "".into(),
            not_after: end.map(|end| end.parse().unwrap()),
        };
        let of = |ends: &[Option<&str>]| TlsReport {
            version: "".into(),
            cipher: "".into(),
            alpn: None,
            sni: None,
            handshake: Duration::ZERO,
            chain: ends.iter().map(|end| link(*end)).collect(),
            names: Vec::new(),
            untrusted: None,
            names_domain: true,
            names_target: true,
        };
        let now = "2026-11-22T13:00:00Z".parse().unwrap();
        let (long, short) = (Some("2027-11-22T13:00:00Z"), Some("2026-11-29T13:00:00Z"));
        for (ends, days) in [
            (&[short, long][..], Some(7)),
            (&[long, short], Some(7)),
            (&[None, long], Some(365)),
            (&[None], None),
            (&[], None),
        ] {
            assert_eq!(of(ends).days_left(now), days, "{ends:?}");
        }
    }

    #[test]
    fn a_certificate_that_ends_within_the_day_has_no_day_left() {
        let link = |end: &str| Link { subject: "".into(), issuer: "".into(), not_after: Some(end.parse().unwrap()) };
        let now = "2026-11-22T13:00:00Z".parse().unwrap();
        for (end, days) in [
            ("2026-11-23T12:59:59Z", 0),
            ("2026-11-23T13:00:00Z", 1),
            ("2026-11-22T12:59:59Z", -1),
            ("2026-11-21T13:00:00Z", -1),
        ] {
            assert_eq!(link(end).days_left(now), Some(days), "{end}");
        }
    }
}
