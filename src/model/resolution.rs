//! What an engine makes of a survey: candidates in the order it would try them, and why.

use std::fmt;
use std::iter::Sum;
use std::net::{IpAddr, SocketAddr};
use std::ops::{Add, AddAssign, Mul};
use std::sync::Arc;

use super::{Answer, Endpoint, Host, Moment, Name, Question, Rule, SipUri, Text, Transport, Transports, Ttl};

/// What is to be resolved, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// The URI, or the outbound proxy's.
    pub uri: SipUri,
    /// Further URIs, which are tried in this order after it.
    pub more_uris: Vec<SipUri>,
    /// What can be spoken, in preference.
    pub transports: Transports,
    /// In which order the addresses of one target are tried.
    pub addresses: AddressOrder,
    /// For which kind of request: some engines resolve them differently.
    pub method: Method,
}

impl Dial {
    /// All URIs, in the order they are tried.
    pub fn uris(&self) -> impl Iterator<Item = &SipUri> {
        std::iter::once(&self.uri).chain(&self.more_uris)
    }
}

/// The kind of request that is resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// A new call.
    #[default]
    Invite,
    /// A registration.
    Register,
}

/// The order of a target's addresses (RFC 6724 and 7984 leave it to the host's policy).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressOrder {
    /// AAAA before A.
    #[default]
    V6First,
    /// A before AAAA.
    V4First,
    /// AAAA and A in the order of the questions; within each, the order of the answer.
    AsReceived,
}

/// Which answers a walk may read where the last question failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As the engine's own cache would: a good answer until its TTL ends.
    Engine,
    /// To draw, with its age: a good answer up to a day old.
    Drawn,
}

/// A chance, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(pub f64);

impl Share {
    /// Never.
    pub const NONE: Self = Self(0.0);
    /// Always.
    pub const ALL: Self = Self(1.0);

    /// In percent.
    pub fn percent(self) -> f64 {
        self.0 * 100.0
    }

    /// Without the rounding dust that a sum may carry past 1.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self(self.0.min(1.0))
    }

    /// Whether it is more than rounding dust.
    pub fn is_some(self) -> bool {
        self.0 > 1e-12
    }
}

impl Add for Share {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Share {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Mul for Share {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl Sum for Share {
    fn sum<I: Iterator<Item = Self>>(shares: I) -> Self {
        shares.fold(Self::NONE, Self::add)
    }
}

impl fmt::Display for Share {
    /// In percent, with a decimal only where it says something: `50 %`, `66.7 %`, `<0.1 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.percent();
        let written = if self.is_some() && percent < 0.0999 {
            "<0.1 %".to_owned()
        } else if percent > 99.9001 && percent < 100.0 - 1e-9 {
            ">99.9 %".to_owned()
        } else if (percent - percent.round()).abs() < 0.05 {
            format!("{percent:.0} %")
        } else {
            format!("{percent:.1} %")
        };
        f.pad(&written)
    }
}

/// An engine by name, with those of its settings that are not its defaults: `kamailio:dns_srv_lb=1`.
pub type EngineName = Text;

/// What a walk came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// There are candidates.
    Found,
    /// DNS answered, and there is nowhere to send to.
    Nowhere(Reason),
    /// A question that decides was not answered: nobody knows.
    DnsFailed {
        /// Which.
        question: Question,
        /// What came instead.
        answer: Arc<Answer>,
    },
}

/// A walk's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    /// What was resolved.
    pub dial: Dial,
    /// By whose rules.
    pub engine: EngineName,
    /// What the URIs themselves decide, before any question, in the order it was decided.
    pub given: Vec<Reason>,
    /// Each decision on an answer, in the order it was made.
    pub steps: Vec<Step>,
    /// Groups of targets in the order they are tried: every target of one before any of the next.
    pub tiers: Vec<Tier>,
    /// What it came to.
    pub conclusion: Conclusion,
}

/// Targets among which weight decides: all SRV records of one priority, or what stands for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// Which of the URIs led here, by its place among them.
    pub uri: usize,
    /// The owner name of the SRV records, or the host; none for a literal.
    pub owner: Option<Name>,
    /// Over what.
    pub transport: Transport,
    /// Order and preference of the NAPTR record that led here.
    pub naptr: Option<(u16, u16)>,
    /// SRV priority; none where no SRV led here.
    pub priority: Option<u16>,
    /// In the order received.
    pub targets: Vec<Target>,
}

/// One target of a tier, with its addresses.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// SRV target, or the host of the URI.
    pub host: Host,
    /// SRV port, the URI's, or the transport's default.
    pub port: u16,
    /// SRV weight; none where no SRV led here.
    pub weight: Option<u16>,
    /// Chance to be tried first.
    pub first: Share,
    /// In the order they are tried; never empty.
    pub addresses: Vec<Address>,
}

/// One address of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// The least TTL of the RRsets that led here, as received; none for a literal.
    pub ttl: Option<Ttl>,
    /// When the first of those RRsets ends; none for a literal.
    pub until: Option<Moment>,
}

/// (transport, address, port) in the order an engine would try, with what led there.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Place in the order of trying, from 1; equal where weight decides and for the addresses of one target.
    pub rank: usize,
    /// Its tier.
    pub tier: &'a Tier,
    /// Its target.
    pub target: &'a Target,
    /// Place among the addresses of its target, from 0.
    pub address_index: usize,
    /// The address.
    pub address: Address,
}

impl Candidate<'_> {
    /// Where a request goes.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint { transport: self.tier.transport, at: SocketAddr::new(self.address.ip, self.target.port) }
    }

    /// Chance to be tried first: the first address of a target has the target's, the others none.
    pub fn first(&self) -> Share {
        if self.address_index == 0 { self.target.first } else { Share::NONE }
    }
}

impl Resolution {
    /// The URI that a tier is of.
    pub fn uri_of(&self, tier: &Tier) -> &SipUri {
        self.dial.uris().nth(tier.uri).unwrap_or(&self.dial.uri)
    }

    /// All candidates, in the order of trying: tier after tier, one rank for each.
    pub fn candidates(&self) -> impl Iterator<Item = Candidate<'_>> {
        (1..).zip(&self.tiers).flat_map(|(rank, tier)| {
            tier.targets.iter().flat_map(move |target| {
                target.addresses.iter().enumerate().map(move |(address_index, &address)| Candidate {
                    rank,
                    tier,
                    target,
                    address_index,
                    address,
                })
            })
        })
    }
}

/// Why something was decided so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// For which of the URIs, by its place among them.
    pub uri: usize,
    /// What was decided, in words.
    pub why: String,
    /// The rule that it rests on.
    pub rule: &'static Rule,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.why)
    }
}

/// One decision of a walk.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// For which of the URIs, by its place among them.
    pub uri: usize,
    /// The question that it turned on.
    pub question: Question,
    /// What was read.
    pub read: Read,
    /// For each record read, in the order received: taken or not, and why not.
    pub taken: Vec<Taken>,
    /// What was made of it, in words.
    pub why: String,
    /// The rules that it rests on, the first above all; those of records that are not taken are with them.
    pub rules: Vec<&'static Rule>,
    /// Whether something that came of it is used.
    pub used: bool,
}

impl Step {
    /// What the last question gave, where it was asked.
    pub fn now(&self) -> Option<&Arc<Answer>> {
        match &self.read {
            Read::Now(answer) | Read::Nothing(answer) => Some(answer),
            Read::LastGood { failed, .. } => Some(failed),
            Read::Skipped => None,
        }
    }

    /// The answer that was read, where one was.
    pub fn answer(&self) -> Option<&Arc<Answer>> {
        match &self.read {
            Read::Now(answer) | Read::LastGood { answer, .. } => Some(answer),
            Read::Nothing(_) | Read::Skipped => None,
        }
    }
}

/// What a step read.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// The current answer.
    Now(Arc<Answer>),
    /// An earlier answer, since the last question failed.
    LastGood {
        /// What was read.
        answer: Arc<Answer>,
        /// What the last question gave.
        failed: Arc<Answer>,
    },
    /// The question failed, and no earlier answer may be read.
    Nothing(Arc<Answer>),
    /// The question was not needed.
    Skipped,
}

/// Whether a record was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The walk goes on from it.
    Yes,
    /// It does not.
    No {
        /// Because of this.
        why: String,
        /// By this rule.
        rule: &'static Rule,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_as_people_say_them() {
        for (share, written) in [
            (0.5, "50 %"),
            (2.0 / 3.0, "66.7 %"),
            (1.0, "100 %"),
            (0.0, "0 %"),
            (1.0 / 2001.0, "<0.1 %"),
            (0.99995, ">99.9 %"),
            (45.0 / 140.0, "32.1 %"),
            (0.001, "0.1 %"),
        ] {
            assert_eq!(Share(share).to_string(), written);
        }
    }
}
