//! Whom a certificate names, and whether it may be trusted, in an operator's words.
//!
//! Two identities are looked for. The strict one is the SIP domain, as RFC 5922 7 has it: that is what
//! the caller asked for, and DNS, which led to the target, may have been forged. The lenient one is the
//! SRV target, as many products check it. Both are told; a wrong setup is often the one without the other.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::model::{Host, Link, Text};

/// What a certificate says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Certificate {
    dns: Vec<String>,
    uris: Vec<String>,
    addresses: Vec<IpAddr>,
    /// Only where there are no subject alternative names: else it names nobody (RFC 5922 7.1).
    common_name: Option<String>,
    subject: String,
    issuer: String,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    self_issued: bool,
}

impl Certificate {
    /// Reads a certificate; one that cannot be read says nothing.
    pub(super) fn read(der: &[u8]) -> Self {
        let Ok((_, x509)) = X509Certificate::from_der(der) else { return Self::default() };
        let mut read = Self {
            subject: x509.subject().to_string(),
            issuer: x509.issuer().to_string(),
            not_before: Timestamp::from_second(x509.validity().not_before.timestamp()).ok(),
            not_after: Timestamp::from_second(x509.validity().not_after.timestamp()).ok(),
            self_issued: x509.issuer() == x509.subject(),
            ..Self::default()
        };
        let Ok(Some(alternatives)) = x509.subject_alternative_name() else {
            let common_name = x509.subject().iter_common_name().next();
            read.common_name = common_name.and_then(|name| name.as_str().ok()).map(str::to_owned);
            return read;
        };
        for name in &alternatives.value.general_names {
            match name {
                GeneralName::DNSName(name) => read.dns.push((*name).to_owned()),
                GeneralName::URI(uri) => read.uris.push((*uri).to_owned()),
                GeneralName::IPAddress(octets) => read.addresses.extend(address(octets)),
                _ => {}
            }
        }
        read
    }

    /// What it is as a part of a chain.
    pub(super) fn link(&self) -> Link {
        Link { subject: Text::new(&self.subject), issuer: Text::new(&self.issuer), not_after: self.not_after }
    }

    /// All names in it.
    pub(super) fn names(&self) -> Vec<Text> {
        let words = self.uris.iter().chain(&self.dns).chain(&self.common_name).map(|name| Text::new(name));
        words.chain(self.addresses.iter().map(|ip| Text::new(&ip.to_string()))).collect()
    }

    /// Whether it names this SIP domain: by a `sip:` URI, and only where it holds none, by a DNS name;
    /// both to the letter, without wildcards (RFC 5922 7.1, 7.2). An address must be there as an address.
    pub(super) fn names_domain(&self, domain: &Host) -> bool {
        let Host::Name(name) = domain else { return self.names_address(domain) };
        let identities: Vec<_> = self.uris.iter().filter_map(|uri| sip_domain(uri)).collect();
        if !identities.is_empty() {
            return identities.iter().any(|identity| same(identity, name.as_str()));
        }
        self.dns.iter().chain(&self.common_name).any(|identity| same(identity, name.as_str()))
    }

    /// Whether it names this target, as lenient products see it: by any DNS or `sip:` name, in which a
    /// wildcard may stand for the first label.
    pub(super) fn names_target(&self, target: &Host) -> bool {
        let Host::Name(name) = target else { return self.names_address(target) };
        let uris = self.uris.iter().filter_map(|uri| sip_domain(uri));
        self.dns.iter().chain(&self.common_name).map(String::as_str).chain(uris).any(|identity| {
            let wild = identity.strip_prefix("*.").zip(name.as_str().split_once('.'));
            same(identity, name.as_str()) || wild.is_some_and(|(parent, (_, rest))| same(parent, rest))
        })
    }

    fn names_address(&self, host: &Host) -> bool {
        matches!(host, Host::Ip(ip) if self.addresses.contains(ip))
    }

    /// Why it does not name the domain.
    pub(super) fn misnaming(&self, domain: &Host) -> Text {
        let names = self.names();
        let first = names.iter().take(3).map(Text::as_str).collect::<Vec<_>>().join(", ");
        let list = if names.len() > 3 { format!("{first} and {} more", names.len() - 3) } else { first };
        Text::new(&if names.is_empty() {
            format!("certificate names nobody, not {domain}")
        } else if self.names_target(domain) {
            format!("certificate names {list}; that does not count for {domain} (RFC 5922 7)")
        } else {
            format!("certificate names {list}, not {domain}")
        })
    }

    /// Why verification failed; none where it failed for a name only, which is judged apart.
    pub(super) fn distrust(&self, why: &Error, sent: usize) -> Option<Text> {
        let words = match why {
            Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => return None,
            Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => {
                let own = self.not_after.is_some_and(|end| u64::try_from(end.as_second()) == Ok(not_after.as_secs()));
                let whose = if own { "" } else { "a certificate above it " };
                format!("{whose}expired {}", date(*not_after))
            }
            Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. }) => {
                format!("not valid before {}", date(*not_before))
            }
            // A certificate that is its own root is refused as such, or as a root that serves.
            Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_))
                if self.self_issued =>
            {
                "self-signed, and not trusted here".to_owned()
            }
            Error::InvalidCertificate(CertificateError::UnknownIssuer) if sent == 1 => format!(
                "issuer {} is not trusted here; the peer sent no intermediate certificate, maybe it should",
                self.issuer
            ),
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                format!("no root that is trusted here stands behind issuer {}", self.issuer)
            }
            Error::InvalidCertificate(CertificateError::BadSignature) => {
                "a signature in the chain is wrong, or made by another CA of the same name".to_owned()
            }
            other => other.to_string(),
        };
        Some(Text::new(&words))
    }

    /// Why it is not valid at this moment, judged by its own dates alone.
    pub(super) fn out_of_date(&self, now: Timestamp) -> Option<Text> {
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        match (self.not_before, self.not_after) {
            (_, Some(end)) if now > end => Some(Text::new(&format!("expired {}", day(end)))),
            (Some(begin), _) if now < begin => Some(Text::new(&format!("not valid before {}", day(begin)))),
            _ => None,
        }
    }
}

/// The length of the RSA key that is certified; none where it is of another kind, or cannot be read.
pub(super) fn rsa_bits(der: &[u8]) -> Option<usize> {
    let (_, x509) = X509Certificate::from_der(der).ok()?;
    match x509.public_key().parsed().ok()? {
        PublicKey::RSA(key) => Some(key.key_size()),
        _ => None,
    }
}

/// The day in UTC.
fn date(at: UnixTime) -> String {
    let at = i64::try_from(at.as_secs()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.map_or_else(|| "at an unknown time".to_owned(), |at| at.to_zoned(TimeZone::UTC).date().to_string())
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

/// The domain that a URI stands for: the host of a `sip:` URI without a user (RFC 5922 7.1).
fn sip_domain(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    let host = rest.split([':', ';', '?']).next()?;
    (scheme.eq_ignore_ascii_case("sip") && !rest.contains('@')).then_some(host)
}

fn same(one: &str, other: &str) -> bool {
    one.strip_suffix('.').unwrap_or(one).eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(uris: &[&str], dns: &[&str], common_name: Option<&str>) -> Certificate {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Certificate {
            uris: owned(uris),
            dns: owned(dns),
            common_name: common_name.map(str::to_owned),
            addresses: vec!["192.0.2.1".parse().unwrap()],
            ..Certificate::default()
        }
    }

    #[test]
    fn the_domain_is_named_to_the_letter() {
        for (uris, dns, common_name, domain, named) in [
            (&[][..], &["Acme.Example"][..], None, "acme.example", true),
            (&[], &["acme.example."], None, "acme.example", true),
            (&[], &["*.acme.example"], None, "sbc.acme.example", false),
            (&[], &["sbc.acme.example"], None, "acme.example", false),
            (&["sip:acme.example"], &[], None, "acme.example", true),
            (&["SIP:acme.example;x"], &["other.example"], None, "acme.example", true),
            // A sip: URI pushes DNS names aside; sips: and users are no identities.
            (&["sip:other.example"], &["acme.example"], None, "acme.example", false),
            (&["sips:acme.example"], &[], None, "acme.example", false),
            (&["sip:bob@acme.example"], &[], None, "acme.example", false),
            (&["https://acme.example"], &["acme.example"], None, "acme.example", true),
            (&[], &[], Some("acme.example"), "acme.example", true),
            (&[], &["192.0.2.1"], None, "192.0.2.1", true),
            (&[], &[], None, "192.0.2.2", false),
        ] {
            let certificate = holding(uris, dns, common_name);
            assert_eq!(certificate.names_domain(&domain.parse().unwrap()), named, "{uris:?} {dns:?} {domain}");
        }
    }

    #[test]
    fn a_target_may_be_named_by_a_wildcard() {
        for (dns, target, named) in [
            ("*.acme.example", "sbc.acme.example", true),
            ("*.acme.example", "a.sbc.acme.example", false),
            ("*.acme.example", "acme.example", false),
            ("sbc.acme.example", "SBC.acme.example", true),
            ("x.acme.example", "192.0.2.1", true),
        ] {
            assert_eq!(holding(&[], &[dns], None).names_target(&target.parse().unwrap()), named, "{dns} {target}");
        }
        assert!(
            holding(&["sip:acme.example"], &["other.example"], None).names_target(&"other.example".parse().unwrap())
        );
    }

    #[test]
    fn misnaming_is_told_in_words() {
        let domain = "sbc.acme.example".parse().unwrap();
        let said = |dns: &[&str]| {
            Certificate { addresses: Vec::new(), ..holding(&[], dns, None) }.misnaming(&domain).to_string()
        };
        assert_eq!(said(&[]), "certificate names nobody, not sbc.acme.example");
        assert_eq!(said(&["a\x1b.example"]), "certificate names a\\x1b.example, not sbc.acme.example");
        assert_eq!(
            said(&["*.acme.example"]),
            "certificate names *.acme.example; that does not count for sbc.acme.example (RFC 5922 7)"
        );
        assert_eq!(said(&["a", "b", "c", "d", "e"]), "certificate names a, b, c and 2 more, not sbc.acme.example");
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        assert_eq!(Certificate::read(b"\x30\x03garbage"), Certificate::default());
    }
}
