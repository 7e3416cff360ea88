//! The parameters in which stacks differ.

use std::time::Duration;

use crate::locate::engine::{Limits, Qualify, Reaction, Recall, Registering};
use crate::locate::ledger::Caching;
use crate::model::{Failure, Method, Rule, Transport};

/// How a stack goes its way.
#[derive(Clone, Debug)]
pub(in crate::locate) struct Manner {
    /// What it decides by, with the sources.
    pub rules: &'static Rules,
    /// In which order it takes the transports that are spoken; none: in the trunk's.
    pub prefers: Option<&'static [Transport]>,
    /// A transport that it names where the URI names none.
    pub named: Named,
    /// What it makes of NAPTR; none where it asks for none.
    pub naptr: Option<Naptr>,
    /// For which transports it asks for SRV, where neither URI nor NAPTR chose one.
    pub srv: SrvAsked,
    /// What stands in where the only SRV target is '.'.
    pub root: Stand,
    /// What stands in where no SRV target has an address, or a port.
    pub dead_end: Stand,
    /// Whether the domain's own addresses come after the SRV targets, where no NAPTR led to these.
    pub last_resort: bool,
    /// Which addresses of a target it tries, in which order.
    pub families: Families,
    /// How many of them; all, without a number.
    pub most_addresses: Option<usize>,
    /// In which order it tries the targets of a priority.
    pub draw: Draw,
    /// Whether it keeps answers until their TTL ends.
    pub caching: Caching,
    /// What it does at a target that fails.
    pub reactions: Reactions,
    /// Where it gives up.
    pub limits: fn(Method) -> Limits,
    /// What it remembers of failures.
    pub recall: Option<Recall>,
    /// Its own OPTIONS.
    pub qualify: Option<Qualify>,
    /// How it registers.
    pub registering: Registering,
}

/// What a stack decides by.
#[derive(Debug)]
pub(in crate::locate) struct Rules {
    /// A port in the URI.
    pub port: &'static Rule,
    /// A transport that is named.
    pub transport: &'static Rule,
    /// Whether NAPTR is asked for, and which record is taken.
    pub naptr: &'static Rule,
    /// For which transports SRV is asked.
    pub srv: &'static Rule,
    /// Which target of a priority.
    pub draw: &'static Rule,
    /// What stands in for SRV records that lead nowhere.
    pub dead_end: &'static Rule,
    /// The domain's own addresses, where there is no SRV, and after it.
    pub domain: &'static Rule,
    /// Which addresses of a target.
    pub addresses: &'static Rule,
    /// What a question that fails does.
    pub failed: &'static Rule,
    /// All that the stack has, these included.
    pub all: &'static [&'static Rule],
}

/// A transport that is named where the URI names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum Named {
    /// None.
    ByUri,
    /// None; and a sips: URI is not sent at all.
    SipAlone,
    /// This.
    Always(Transport),
    /// This, for REGISTER alone.
    ToRegister(Transport),
    /// This, whatever the URI says.
    Only(Transport),
    /// None; where the URI names one, that is fixed: neither NAPTR nor SRV is asked for.
    Fixed,
}

/// What a stack makes of NAPTR records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) struct Naptr {
    pub order: NaptrOrder,
    pub unspoken: Unspoken,
    pub flag: Flag,
    pub taken: NaptrTaken,
    pub absent: Absent,
    pub unusable: Unusable,
}

/// In which order NAPTR records are considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum NaptrOrder {
    /// Order, then preference; ties as in the answer.
    Strict,
    /// Order, then preference; ties in the reverse of the answer.
    StrictReversed,
    /// Order, then preference; ties by the stack's own preference of transports.
    StrictThenOwn,
    /// The stack's own preference of transports, then order and preference.
    OwnFirst,
    /// One transport is chosen, and its records of the lowest order stay, by preference. The first that is spoken
    /// gives way to a later one whose order is not higher and whose preference is lower.
    OneTransport,
}

/// What becomes of a service whose transport is not spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum Unspoken {
    /// It is passed over.
    PassedOver,
    /// It is chosen like any other, and the request ends there.
    EndsRequest,
}

/// What a record with another flag than `s` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum Flag {
    /// It is passed over.
    PassedOver,
    /// It ends the request.
    EndsRequest,
    /// Nothing: the flag is not looked at.
    Ignored,
}

/// Which NAPTR records become targets, in the order they are considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum NaptrTaken {
    /// The first that has SRV records.
    First,
    /// Those of the first order, one after the other.
    FirstOrder,
    /// All, one after the other.
    All,
    /// The same; but the third is lost where the two before it have several SRV records each.
    AllButThird,
    /// All, up to and including a SIPS+D2T.
    UpToTls,
}

/// What becomes of a NAPTR record whose SRV records are absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum Absent {
    /// The next record; after the last, this stands in.
    Next(Stand),
    /// The next record; after the last, as if there were no NAPTR.
    NextOrAsNone,
    /// The domain's own addresses at once.
    Domain,
}

/// What becomes of NAPTR records of which none can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum Unusable {
    /// As if there were none.
    AsNone,
    /// The request ends.
    EndsRequest,
}

/// For which transports SRV is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum SrvAsked {
    /// For none: the domain's addresses.
    Never,
    /// For UDP alone; for TLS, where the URI is sips:.
    Default,
    /// For the first transport that is spoken.
    FirstSpoken,
    /// For each that is spoken, until one has records.
    UntilFound,
    /// The same, and a port in the URI is not looked at.
    DespitePort,
    /// For each that is spoken; the targets of all are tried, one transport after the other.
    Each,
}

/// What stands in for records that lead nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum Stand {
    /// Nothing: the request ends.
    Nothing,
    /// The domain's own addresses.
    Domain,
}

/// Which addresses of a target are tried, and in which order of families; within one, in the order received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum Families {
    /// Both, in the order that the host is set to.
    AsHost,
    /// A alone.
    V4,
    /// A before AAAA.
    V4First,
    /// AAAA; A alone, where there is none.
    V6ElseV4,
}

/// In which order the targets of a priority are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum Draw {
    /// A weight w with w in S, then again among the rest; zeros after all others.
    ByWeight(Zeros),
    /// PJSIP: RFC 2782's number over the list as received, of at most eight records.
    Pjsip,
    /// OpenSIPS: zeros, then the others, both in the reverse of the answer.
    OpenSips,
    /// Kamailio with `dns_srv_lb`: the highest weight first in the list, zeros last.
    Kamailio,
    /// libre: the highest sum of weight and hash, for each account in its own way.
    Hashed,
    /// The highest weight, then the next; ties as received.
    Heaviest,
    /// RFC 2782's number, averaged over the orders of the list that it leaves open.
    Rfc2782,
    /// As received.
    Listed,
    /// One after the other in turn, whatever their weights: each as likely as any.
    InTurn,
}

/// In which order targets of weight 0 are tried, after all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) enum Zeros {
    /// The last of the answer first.
    Reversed,
    /// By name.
    ByName,
    /// As received.
    Listed,
}

/// What is done at a target that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) struct Reactions {
    /// A UDP target that is silent.
    pub silent: Course,
    /// A silent one to which a connection is made first.
    pub silent_stream: Course,
    /// A UDP port that refuses.
    pub refused: Course,
    /// A refused connection.
    pub refused_stream: Course,
    /// 503.
    pub unavailable: Course,
    /// TLS fails.
    pub tls: Course,
    /// 100 to an INVITE, then silence.
    pub trying: Course,
    /// The same for other requests.
    pub trying_other: Course,
    /// Other final answers at which it goes on.
    pub also: &'static [u16],
    /// Where it is known from that others are final.
    pub source: &'static str,
}

/// What happens at one kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::locate) struct Course {
    after: Duration,
    goes_on: bool,
    /// Without "s" of what is waited: that is put before it.
    why: &'static str,
}

impl Course {
    /// The next target after so many seconds.
    pub(in crate::locate) const fn next(seconds: u64, why: &'static str) -> Self {
        Self { after: Duration::from_secs(seconds), goes_on: true, why }
    }

    /// The end after so many seconds.
    pub(in crate::locate) const fn ends(seconds: u64, why: &'static str) -> Self {
        Self { after: Duration::from_secs(seconds), goes_on: false, why }
    }
}

impl Reactions {
    pub(super) fn reaction(&self, over: Transport, failure: Failure, method: Method) -> Reaction {
        let datagram = over == Transport::Udp;
        let course = match failure {
            Failure::Silent if datagram => self.silent,
            Failure::Silent => self.silent_stream,
            Failure::Refused if datagram => self.refused,
            Failure::Refused => self.refused_stream,
            Failure::Unavailable => self.unavailable,
            Failure::Tls => self.tls,
            Failure::Trying if method == Method::Invite => self.trying,
            Failure::Trying => self.trying_other,
            Failure::Maintenance => {
                let why = "out of service, at no cost".to_owned();
                return Reaction { after: Duration::ZERO, goes_on: true, why };
            }
            Failure::Error(code) => {
                let goes_on = self.also.contains(&code);
                let what = if goes_on { "the next at once" } else { "a final answer: the request ends here" };
                let why = format!("{code}, {what} ({})", self.source);
                return Reaction { after: Duration::ZERO, goes_on, why };
            }
        };
        let span = if course.after.is_zero() { "at once".to_owned() } else { format!("{} s", course.after.as_secs()) };
        let then = if course.goes_on { "then the next" } else { "then the request ends" };
        let why = format!("{}, {span}, {then} ({})", word(failure), course.why);
        Reaction { after: course.after, goes_on: course.goes_on, why }
    }
}

const fn word(failure: Failure) -> &'static str {
    match failure {
        Failure::Silent => "silent",
        Failure::Refused => "refused",
        Failure::Unavailable => "503",
        Failure::Tls => "TLS fails",
        Failure::Trying => "100 and then silence",
        Failure::Error(_) | Failure::Maintenance => "out",
    }
}
