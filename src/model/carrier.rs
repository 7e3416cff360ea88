//! A saved carrier: what the trunk dials, and how to look at it.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::{
    Account, AddressOrder, Codes, Dial, Host, Method, PinSource, ProbeSettings, Resolution, ResolverSpec, Scheme,
    SipUri, Text, Tier, TlsSettings, Transports,
};

/// The unique name of a carrier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CarrierName(Text);

/// Why a string cannot name a carrier.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a carrier's name has 1 to 64 characters")]
pub struct CarrierNameError;

impl CarrierName {
    /// From 1 to 64 characters.
    ///
    /// # Errors
    /// Where it is empty or longer.
    pub fn new(raw: &str) -> Result<Self, CarrierNameError> {
        let raw = raw.trim();
        if raw.is_empty() || raw.chars().count() > 64 { Err(CarrierNameError) } else { Ok(Self(raw.into())) }
    }

    /// As shown.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for CarrierName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A saved carrier (`[[carrier]]` of the carriers file).
#[derive(Clone, Debug, PartialEq)]
pub struct Carrier {
    /// Unique; shown.
    pub name: CarrierName,
    /// What the trunk dials.
    pub uri: SipUri,
    /// Further URIs, which the trunk tries in this order.
    pub more_uris: Vec<SipUri>,
    /// Outbound proxy: resolved in place of the URI, while request URI, From, SNI and certificate stay
    /// the URI's.
    pub proxy: Option<SipUri>,
    /// As whom to walk, as written: a name, and settings after a colon.
    pub engine: Option<Text>,
    /// What we and the engine can speak; none: the program's default.
    pub transports: Option<Transports>,
    /// Whom to ask; empty: the program's default.
    pub resolvers: Vec<ResolverSpec>,
    /// Source address of probes; port 0 means any.
    pub local: Option<SocketAddr>,
    /// Between two probes of a target; none: the program's default.
    pub interval: Option<Duration>,
    /// Which targets live and die together.
    pub pops: Vec<PopRule>,
    /// How to treat TLS.
    pub tls: TlsSettings,
    /// How it is asked.
    pub probe: ProbeSettings,
    /// What its answers say.
    pub codes: Codes,
    /// Misses in a row that make an outage; none: the program's default.
    pub fall: Option<NonZeroU32>,
    /// Answers in a row that end one; none: the program's default.
    pub rise: Option<NonZeroU32>,
    /// Free words to filter by.
    pub tags: Vec<Text>,
    /// An account of it.
    pub account: Option<Arc<Account>>,
    /// Who tells where a PBX of ours is registered.
    pub pin: Option<PinSource>,
}

impl Carrier {
    /// A carrier with nothing but a name and a URI.
    pub fn new(name: CarrierName, uri: SipUri) -> Self {
        Self {
            name,
            uri,
            more_uris: Vec::new(),
            proxy: None,
            engine: None,
            transports: None,
            resolvers: Vec::new(),
            local: None,
            interval: None,
            pops: Vec::new(),
            tls: TlsSettings::default(),
            probe: ProbeSettings::default(),
            codes: Codes::default(),
            fall: None,
            rise: None,
            tags: Vec::new(),
            account: None,
            pin: None,
        }
    }

    /// The URI that is resolved: the proxy's, where there is one.
    ///
    /// A sips: request goes over TLS to its proxy, too, whatever the scheme of that (RFC 3261 8.1.2).
    pub fn next_hop(&self) -> SipUri {
        match &self.proxy {
            Some(proxy) if self.uri.scheme == Scheme::Sips => SipUri { scheme: Scheme::Sips, ..proxy.clone() },
            Some(proxy) => proxy.clone(),
            None => self.uri.clone(),
        }
    }

    /// The URI that a request to a target of this tier carries, with its domain in From, SNI and certificate:
    /// behind an outbound proxy it stays the carrier's.
    pub fn request_uri<'a>(&'a self, resolution: &'a Resolution, tier: &Tier) -> &'a SipUri {
        if self.proxy.is_some() { &self.uri } else { resolution.uri_of(tier) }
    }

    /// The POP that a target belongs to: by the first rule that matches, else by the target's own name.
    pub fn pop_of(&self, target: &Host) -> Pop {
        let shown = match target {
            Host::Name(name) => Cow::Borrowed(name.as_str()),
            Host::Ip(ip) => Cow::Owned(ip.to_string()),
        };
        let rule = self.pops.iter().find(|rule| rule.pattern.matches(&shown));
        Pop(rule.map_or_else(|| Text::new(&shown), |rule| rule.name.clone()))
    }
}

/// What holds for carriers that do not say otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// Whom to ask.
    pub resolver: ResolverSpec,
    /// What can be spoken, in preference.
    pub transports: Transports,
    /// In which order the addresses of one target are tried.
    pub addresses: AddressOrder,
    /// Between two probes of a target.
    pub interval: Duration,
}

impl Default for Defaults {
    /// The system's resolvers; TLS, TCP, UDP; IPv6 first; 30 s.
    fn default() -> Self {
        Self {
            resolver: ResolverSpec::System,
            transports: Transports::default(),
            addresses: AddressOrder::default(),
            interval: Duration::from_secs(30),
        }
    }
}

impl Defaults {
    /// What is resolved for a carrier.
    pub fn dial(&self, carrier: &Carrier) -> Dial {
        Dial {
            uri: carrier.next_hop(),
            // A proxy is the next hop of all of them.
            more_uris: if carrier.proxy.is_some() { Vec::new() } else { carrier.more_uris.clone() },
            transports: carrier.transports.clone().unwrap_or_else(|| self.transports.clone()),
            addresses: self.addresses,
            method: Method::Invite,
        }
    }

    /// Whom to ask about a carrier: the first of its resolvers.
    pub fn resolver<'a>(&'a self, carrier: &'a Carrier) -> &'a ResolverSpec {
        carrier.resolvers.first().unwrap_or(&self.resolver)
    }

    /// Between two probes of one of its targets.
    pub fn interval(&self, carrier: &Carrier) -> Duration {
        carrier.interval.unwrap_or(self.interval)
    }
}

/// Targets that live and die together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pop(pub Text);

impl fmt::Display for Pop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `{ name = "east", match = "pop-us-east-*" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopRule {
    /// The POP's name.
    pub name: Text,
    /// Which targets are in it.
    pub pattern: Pattern,
}

/// A pattern over names, in which `*` stands for any run of characters; case does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Text);

impl Pattern {
    /// From a pattern as written.
    pub fn new(raw: &str) -> Self {
        Self(raw.to_ascii_lowercase().into())
    }

    /// As written, in lower case.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether `name` (in lower case) fits; a pattern without dots also fits the first label.
    pub fn matches(&self, name: &str) -> bool {
        let first = name.split('.').next().unwrap_or_default();
        fits(self.as_str(), name) || (!self.as_str().contains('.') && fits(self.as_str(), first))
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names_and_first_labels() {
        for (pattern, name, fits) in [
            ("pop-us-east-*", "pop-us-east-1.acme.example", true),
            ("pop-us-east-*", "pop-us-west-1.acme.example", false),
            ("*east*", "pop-us-east-1.acme.example", true),
            ("east", "east.acme.example", true),
            ("east", "east2.acme.example", false),
            ("*.acme.example", "a.acme.example", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*", "x", true),
            ("ab*b", "ab", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_target_without_a_rule_is_its_own_pop() {
        let mut carrier = Carrier::new(CarrierName::new("acme").unwrap(), "sip:acme.example".parse().unwrap());
        carrier.pops = vec![PopRule { name: "east".into(), pattern: Pattern::new("pop-us-east-*") }];
        let pop = |host: &str| carrier.pop_of(&host.parse().unwrap()).to_string();
        assert_eq!(pop("pop-us-east-2.acme.example"), "east");
        assert_eq!(pop("pop-us-west-1.acme.example"), "pop-us-west-1.acme.example");
        assert_eq!(pop("192.0.2.1"), "192.0.2.1");
    }
}
