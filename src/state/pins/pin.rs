//! A pin: a place where a registration is, who says so, and what DNS says of it.

use crate::model::{Confidence, Endpoint, Expires, Host, Moment, Pop, Share, Text};
use crate::state::GRACE;

/// Where a registration is.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    /// At which target; the bare address where it is none that DNS lists or listed.
    pub target: Host,
    /// Where exactly, where that is known.
    pub endpoint: Option<Endpoint>,
    /// The POP that the target belongs to.
    pub pop: Pop,
    /// What DNS says of the target.
    pub listing: Listing,
    /// How sure it is.
    pub confidence: Confidence,
    /// What was seen there.
    pub evidence: Evidence,
    /// Who says so.
    pub by: By,
    /// Since when: of others, since when it was seen there; none where it is inferred.
    pub since: Option<Moment>,
    /// Until when it holds if it is not refreshed; none where nobody knows.
    pub until: Option<Moment>,
    /// When it was last seen to be refreshed, or made; none where nobody saw it.
    pub renewed: Option<Moment>,
    /// What was granted; of others it is not known.
    pub granted: Option<Expires>,
    /// With which chance it is there: 1, except where it is inferred.
    pub chance: Share,
    /// How many bindings or connections it stands for, at least 1.
    pub many: usize,
    /// The contact that is bound, where a registrar listed it.
    pub contact: Option<Text>,
    /// The state that a PBX gives it, in its own words.
    pub state: Option<Text>,
    /// Whether whoever told it could not be asked again since.
    pub old: bool,
}

impl Pin {
    /// One registration at a target, of which nothing more is known.
    pub(super) const fn of(target: Host, pop: Pop, confidence: Confidence, by: By) -> Self {
        Self {
            target,
            endpoint: None,
            pop,
            listing: Listing::Unknown,
            confidence,
            evidence: Evidence::Registration,
            by,
            since: None,
            until: None,
            renewed: None,
            granted: None,
            chance: Share::ALL,
            many: 1,
            contact: None,
            state: None,
            old: false,
        }
    }

    /// When our own registration is let go of, since DNS no longer lists where it is; of others' nobody knows.
    pub fn leaves(&self) -> Option<Moment> {
        match self.listing {
            Listing::Gone { left: Some(left) } if self.by == By::OwnRegister && !self.old => Some(left + GRACE),
            _ => None,
        }
    }
}

/// What was seen where a pin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A registration, or where one would be.
    Registration,
    /// A connection, and at no other POP one: a registration may be there.
    Connection,
    /// A connection, and others at other POPs: at which of them a registration is cannot be told.
    Connections,
}

/// Where a source says that a registration is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// At which target.
    pub target: Host,
    /// Who says so.
    pub by: Text,
    /// In its own words.
    pub state: Text,
}

/// Who says where a registration is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// A REGISTER of our own was answered 2xx there.
    OwnRegister,
    /// Another trunktop on this machine, which holds it.
    OtherInstance,
    /// The POP lists the binding, and another does not.
    Fetched,
    /// The source of `[carrier.pin]`: `ss`, `conntrack`, or what it names itself.
    Source(Text),
    /// The engine's rules.
    Engine,
}

impl By {
    /// In words: `own REGISTER`, `ss`.
    pub fn said(&self) -> &str {
        match self {
            Self::OwnRegister => "own REGISTER",
            Self::OtherInstance => "another trunktop",
            Self::Fetched => "fetched bindings",
            Self::Source(name) => name.as_str(),
            Self::Engine => "engine's rules",
        }
    }
}

/// What DNS says of a pin's target, for REGISTER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// It is listed in the first tier.
    First,
    /// It is listed behind others.
    Backup {
        /// Behind how many tiers.
        behind: usize,
        /// Since when, where it was in the first tier before.
        demoted: Option<Moment>,
    },
    /// It is not listed.
    Gone {
        /// Since when; none where it never was.
        left: Option<Moment>,
    },
    /// DNS is not known yet, or cannot be had.
    Unknown,
}

impl Listing {
    /// Since when it is no longer where new registrations go, while it was before.
    pub const fn let_go(self) -> Option<Moment> {
        match self {
            Self::Backup { demoted, .. } => demoted,
            Self::Gone { left } => left,
            Self::First | Self::Unknown => None,
        }
    }
}
