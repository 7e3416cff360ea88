//! What can fail, and how.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;

use super::{Candidate, Carrier, Host, Pop, Text, Transport};

/// How a target fails: what an engine that tries it would see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// No answer at all.
    #[default]
    Silent,
    /// The port refuses, or the network says unreachable.
    Refused,
    /// It answers 503.
    Unavailable,
    /// It answers with this other final code.
    Error(u16),
    /// It answers 100, and then nothing.
    Trying,
    /// The connection is made, and TLS fails.
    Tls,
    /// It is taken out, at no cost.
    Maintenance,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.pad("silent"),
            Self::Refused => f.pad("refused"),
            Self::Unavailable => f.pad("503"),
            Self::Error(code) => f.pad(&format!("error:{code}")),
            Self::Trying => f.pad("trying"),
            Self::Tls => f.pad("tls"),
            Self::Maintenance => f.pad("maintenance"),
        }
    }
}

/// A word that names no failure.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is no kind of failure; there are silent, refused, 503, error:CODE, trying, tls, maintenance")]
pub struct UnknownFailure(Text);

impl FromStr for Failure {
    type Err = UnknownFailure;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let code = |digits: &str| digits.parse().ok().filter(|code| (300..700).contains(code));
        match raw.to_ascii_lowercase().as_str() {
            "silent" => Ok(Self::Silent),
            "refused" => Ok(Self::Refused),
            "503" | "error:503" => Ok(Self::Unavailable),
            "trying" => Ok(Self::Trying),
            "tls" => Ok(Self::Tls),
            "maintenance" => Ok(Self::Maintenance),
            other => {
                other.strip_prefix("error:").and_then(code).map(Self::Error).ok_or_else(|| UnknownFailure(raw.into()))
            }
        }
    }
}

/// What fails.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A target, over every transport.
    Target(Host),
    /// A target, over one transport.
    TargetOver(Host, Transport),
    /// One address, whoever uses it.
    Address(IpAddr),
    /// All targets of a POP.
    Pop(Pop),
    /// All targets of an SRV priority.
    Tier(u16),
    /// Everything over a transport.
    Transport(Transport),
    /// Every target there is.
    All,
}

/// The word for all of it.
const EVERYTHING: &str = "everything";

impl What {
    /// Whether a candidate is meant.
    pub fn covers(&self, carrier: &Carrier, candidate: &Candidate<'_>) -> bool {
        match self {
            Self::Target(host) => candidate.target.host == *host,
            Self::TargetOver(host, transport) => {
                candidate.target.host == *host && candidate.tier.transport == *transport
            }
            Self::Address(ip) => candidate.address.ip == *ip,
            Self::Pop(pop) => carrier.pop_of(&candidate.target.host) == *pop,
            Self::Tier(priority) => candidate.tier.priority == Some(*priority),
            Self::Transport(transport) => candidate.tier.transport == *transport,
            Self::All => true,
        }
    }
}

impl Failure {
    /// The one after it, and round: how the same thing fails when it is failed again. Of the other final
    /// answers, 486 stands for all.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Silent => Self::Refused,
            Self::Refused => Self::Unavailable,
            Self::Unavailable => Self::Error(486),
            Self::Error(_) => Self::Trying,
            Self::Trying => Self::Tls,
            Self::Tls => Self::Maintenance,
            Self::Maintenance => Self::Silent,
        }
    }
}

impl fmt::Display for What {
    /// As in `--fail`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(host) => write!(f, "{host}"),
            Self::TargetOver(host, transport) => write!(f, "{host}@{transport}"),
            Self::Address(ip) => write!(f, "address:{ip}"),
            Self::Pop(pop) => write!(f, "pop:{pop}"),
            Self::Tier(priority) => write!(f, "tier:{priority}"),
            Self::Transport(transport) => write!(f, "transport:{transport}"),
            Self::All => f.write_str(EVERYTHING),
        }
    }
}

/// A forced failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outage {
    /// What fails.
    pub what: What,
    /// How.
    pub how: Failure,
}

/// A `--fail` that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OutageError {
    /// What fails.
    #[error(
        "'{0}' names nothing that can fail; use TARGET, TARGET@TRANSPORT, address:IP, pop:NAME, tier:PRIORITY, transport:NAME or everything"
    )]
    What(Text),
    /// How it fails.
    #[error(transparent)]
    How(#[from] UnknownFailure),
}

impl FromStr for Outage {
    type Err = OutageError;

    /// From `WHAT` or `WHAT=KIND`; the kind is `silent` where it is not given.
    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let (what, how) = match raw.rsplit_once('=') {
            Some((what, how)) => (what, how.parse()?),
            None => (raw, Failure::default()),
        };
        Ok(Self { what: what_fails(what).ok_or_else(|| OutageError::What(what.into()))?, how })
    }
}

fn what_fails(raw: &str) -> Option<What> {
    if [EVERYTHING, "all"].iter().any(|word| raw.eq_ignore_ascii_case(word)) {
        return Some(What::All);
    }
    match raw.split_once(':') {
        Some(("address", ip)) => ip.trim_matches(['[', ']']).parse().ok().map(What::Address),
        Some(("pop", name)) if !name.is_empty() => Some(What::Pop(Pop(name.into()))),
        Some(("tier", priority)) => priority.parse().ok().map(What::Tier),
        Some(("transport", name)) => name.parse().ok().map(What::Transport),
        _ => match raw.split_once('@') {
            Some((host, transport)) => Some(What::TargetOver(host.parse().ok()?, transport.parse().ok()?)),
            None => raw.parse().ok().map(What::Target),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written() {
        for (typed, meant) in [
            ("pop-us-east-1.acme.example", "pop-us-east-1.acme.example=silent"),
            ("Pop1.acme.example.=503", "pop1.acme.example=503"),
            ("pop1.acme.example@udp=refused", "pop1.acme.example@udp=refused"),
            ("address:192.0.2.1=trying", "address:192.0.2.1=trying"),
            ("address:[2001:db8::1]", "address:2001:db8::1=silent"),
            ("192.0.2.1", "192.0.2.1=silent"),
            ("pop:east=error:486", "pop:east=error:486"),
            ("tier:20=maintenance", "tier:20=maintenance"),
            ("transport:tls=tls", "transport:tls=tls"),
            ("x.example=error:503", "x.example=503"),
            ("Everything=refused", "everything=refused"),
            ("all", "everything=silent"),
            ("everything@udp", "everything@udp=silent"),
        ] {
            let outage: Outage = typed.parse().unwrap();
            assert_eq!(format!("{}={}", outage.what, outage.how), meant);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for typed in ["", "=silent", "a b", "tier:x", "transport:smoke", "pop:", "x=boom", "x=error:200", "x@smoke"] {
            assert!(typed.parse::<Outage>().is_err(), "{typed}");
        }
    }
}
