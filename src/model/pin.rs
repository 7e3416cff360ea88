//! Where a registration is: what was seen of it, by whom, and how sure that is.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use super::{CommandLine, Endpoint, Expires, Host, Moment, Text, Transport};

/// How we know where a registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A REGISTER of our own, a binding that a POP lists and others do not, a socket.
    Observed,
    /// A PBX said so.
    Reported,
    /// Nobody said so: the first live candidate as the engine would choose it.
    Inferred,
}

impl Confidence {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Reported => "reported",
            Self::Inferred => "inferred",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// `[carrier.pin]` of the carriers file: who tells where a PBX of ours is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinSource {
    /// What is run. It prints JSON, or the lines of `ss -tn` or `conntrack -L`.
    pub command: CommandLine,
    /// How often.
    pub every: Duration,
    /// How long it may take.
    pub patience: Duration,
}

impl PinSource {
    /// Between two runs where nothing else is said.
    pub const EVERY: Duration = Duration::from_secs(30);
    /// How long it may take where nothing else is said.
    pub const PATIENCE: Duration = Duration::from_secs(10);
}

/// What a source told.
#[derive(Clone, Debug, PartialEq)]
pub struct PinReport {
    /// When it had told it.
    pub at: Moment,
    /// Where it saw registrations, or why it could not say.
    pub told: Result<Vec<Sighting>, Text>,
}

/// Something of a registration that a source saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// How sure that is.
    pub confidence: Confidence,
    /// Who said so: `ss`, `conntrack`, or what a JSON document names.
    pub by: Text,
    /// The far end.
    pub at: Whereabouts,
    /// How long the registration holds still, where the source knows.
    pub left: Option<Duration>,
    /// The state that a PBX gives it, in its own words.
    pub state: Option<Text>,
    /// Whether the source says that this is a registration; a socket alone may be one of calls.
    pub is_registration: bool,
}

/// The far end of a registration, as exactly as a source knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// An address, with its port and transport where they are known.
    Address {
        /// Of the far end.
        ip: IpAddr,
        /// Its port.
        port: Option<u16>,
        /// Over what.
        transport: Option<Transport>,
    },
    /// A target's name.
    Target(Host),
}

/// What happened to an account beside what was sent and heard.
#[derive(Clone, Debug, PartialEq)]
pub enum AccountNews {
    /// A round of fetching has ended: each POP was asked.
    Round,
    /// The connection over which a binding was made is lost, in this way: the binding is of no use.
    Lost(Endpoint, Text),
    /// Its target left DNS longer than the grace time ago, or an operator cleared it: it is let go of.
    LetGo(Why),
    /// Nothing is sent any more until an operator wants it or the settings change.
    Stopped(Stop),
    /// Another trunktop on this machine holds it; what that wrote down, where it could be read.
    Elsewhere(Option<Noted>),
}

/// Why a registration of ours is let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// DNS no longer lists its target.
    LeftDns,
    /// An operator said so.
    ByHand,
}

/// Why nothing is sent for an account any more.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// The password could not be had.
    NoPassword(Text),
    /// Credentials were not taken, once: more tries might lock the account.
    Credentials,
    /// Somebody else is registered with it, with these contacts.
    Others(Vec<Text>),
    /// The registrar refuses, and asking again would be no use; in words.
    Refused(Text),
    /// The lock or what is beside it cannot be used; in words.
    NoLock(Text),
}

/// What a holder writes down for others to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The target that it is registered at.
    pub target: Host,
    /// Where that is.
    pub endpoint: Endpoint,
    /// Since when.
    pub since: Timestamp,
    /// Until when it holds if it is not refreshed.
    pub until: Timestamp,
    /// What was granted.
    pub granted: Expires,
}
