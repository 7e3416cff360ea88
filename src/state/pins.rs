//! Where registrations are, and how we know.
//!
//! A *pin* is the place where a binding lives. It is observed (a REGISTER of our own was answered 2xx, a POP lists a
//! binding that others do not, a socket is open), reported (a PBX said so), or inferred (nobody said anything, and the
//! engine would register there): see [`Confidence`](crate::model::Confidence). Facts make pins, and nothing else does;
//! what is inferred stands there only as long as nothing is observed or reported.
//!
//! - `own` is the life of a registration of our own, `round` what a round of fetching tells, `witness` what a source
//!   of `[carrier.pin]` tells.
//! - `known` is all of that together, and takes the facts; `seen` tells what moved, of what others tell; `settled` makes
//!   of it how it stands, and which pins there are.
//! - `tree` knows the targets that DNS lists, and those that it listed a short while ago.
//! - `drain` says how a cutover empties the old targets.

mod drain;
mod known;
mod own;
mod pin;
mod round;
mod seen;
mod settled;
mod standing;
mod tree;
mod witness;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::{Binding, Host, Moment, PinMove, RegisterReport, Text};

pub use drain::{Drain, Side};
use known::Known;
pub use pin::{By, Denied, Evidence, Listing, Pin};
pub use settled::in_steps;
pub(super) use standing::stopped_said;
pub use standing::{Placement, Standing};

/// What of a registration needs somebody's attention, the worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attention {
    /// It is at a target that is DOWN.
    OnDown,
    /// It should be registered, and is not.
    Unregistered,
    /// The registrar refuses it.
    Refused,
    /// There is no password, and nothing is sent any more.
    NoPassword,
    /// Nothing secret was sent, since the far end did not verify.
    KeptBack,
    /// Somebody else is registered with the account, and so it is not held.
    OthersThere,
    /// There is no lock for the account, and nothing is sent.
    NoLock,
    /// It is at a target that DNS no longer lists.
    LeftDns,
    /// It is at a target of a backup tier, while one of the first tier is up.
    Backup,
    /// Somebody else is registered with the same account.
    Others,
    /// It ends soon, and the last refresh failed.
    Expiring,
    /// Who is asked where it is cannot say.
    SourceFails,
    /// Nothing.
    #[default]
    None,
}

impl Attention {
    /// All of them, the worst first.
    pub const ALL: [Self; 13] = [
        Self::OnDown,
        Self::Unregistered,
        Self::Refused,
        Self::NoPassword,
        Self::KeptBack,
        Self::OthersThere,
        Self::NoLock,
        Self::LeftDns,
        Self::Backup,
        Self::Others,
        Self::Expiring,
        Self::SourceFails,
        Self::None,
    ];

    /// Whether something is amiss now; the rest may come to it.
    pub const fn is_trouble(self) -> bool {
        match self {
            Self::OnDown
            | Self::Unregistered
            | Self::Refused
            | Self::NoPassword
            | Self::KeptBack
            | Self::OthersThere
            | Self::NoLock => true,
            Self::LeftDns | Self::Backup | Self::Others | Self::Expiring | Self::SourceFails | Self::None => false,
        }
    }

    /// The words for it, as short as may be; empty where there is nothing.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OnDown => "on a DOWN target",
            Self::Unregistered => "unregistered",
            Self::Refused => "refused",
            Self::NoPassword => "no password",
            Self::KeptBack => "TLS not verified",
            Self::OthersThere => "others there",
            Self::NoLock => "no lock",
            Self::LeftDns => "no longer in DNS",
            Self::Backup => "in a backup tier",
            Self::Others => "others bound too",
            Self::Expiring => "expires, not refreshed",
            Self::SourceFails => "source fails",
            Self::None => "",
        }
    }
}

/// What the source of `[carrier.pin]` said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Moment,
    /// How many registrations or connections of what it told were this carrier's, or why it could not say.
    pub said: Result<usize, Text>,
    /// When it last could say.
    pub well: Option<Moment>,
    /// When it is asked again.
    pub next: Moment,
    /// Since when it fails, where that is more than a slip: from the start twice in a row, else for three times as
    /// long as it is asked.
    pub fails: Option<Moment>,
}

/// A registration that was found somewhere, moved, or is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// When.
    pub at: Moment,
    /// From where to where, and why.
    pub what: PinMove,
}

impl Moved {
    /// Whether it went from one target to another; connections come and go with calls.
    pub fn is_move(&self) -> bool {
        !self.what.connection && self.what.from.is_some() && self.what.to.is_some() && self.what.from != self.what.to
    }
}

/// All that is known of a carrier's registrations.
#[derive(Clone, Debug, Default)]
pub struct RegistrationState {
    standing: Standing,
    pins: Vec<Pin>,
    attention: Attention,
    said: Option<String>,
    moves: VecDeque<Moved>,
    told: Option<Told>,
    due: Option<Moment>,
    last: Option<Arc<RegisterReport>>,
    granted: Option<Arc<RegisterReport>>,
    others: Vec<(Host, Binding)>,
    facts: Known,
}

impl RegistrationState {
    /// How it stands with the account.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Where registrations are, the surest first; where nothing is observed or reported, where the engine would
    /// register, with the chance of each.
    pub fn pins(&self) -> &[Pin] {
        &self.pins
    }

    /// What needs attention most.
    pub const fn attention(&self) -> Attention {
        self.attention
    }

    /// The same in a sentence; none where there is nothing.
    pub fn attention_said(&self) -> Option<&str> {
        self.said.as_deref()
    }

    /// What happened in the last 24 h, newest first, at most 1,000.
    pub fn moves(&self) -> impl DoubleEndedIterator<Item = &Moved> + ExactSizeIterator {
        self.moves.iter().rev()
    }

    /// How often it went from one target to another in the last 24 h.
    pub fn move_count(&self) -> usize {
        self.moves.iter().filter(|moved| moved.is_move()).count()
    }

    /// What the source of `[carrier.pin]` said last; none where there is none, or it was not asked yet.
    pub const fn told(&self) -> Option<&Told> {
        self.told.as_ref()
    }

    /// When the next REGISTER is due; none: not before something else happens.
    pub const fn due(&self) -> Option<Moment> {
        self.due
    }

    /// The last REGISTER, whatever came of it: its challenge, its messages.
    pub fn last(&self) -> Option<&RegisterReport> {
        self.last.as_deref()
    }

    /// The last that was answered 2xx: service route, path, associated URIs, server, bindings.
    pub fn last_granted(&self) -> Option<&RegisterReport> {
        self.granted.as_deref()
    }

    /// The bindings that are neither ours nor looked for, each with the target that lists it.
    pub fn others(&self) -> &[(Host, Binding)] {
        &self.others
    }

    /// What came of the last refresh of our own registration, where that failed and it holds still.
    pub fn refresh_failed(&self) -> Option<&Text> {
        self.facts.own.bound.as_ref()?.failed.as_ref()
    }

    /// The targets that have connections, where those are at several POPs: where a registration is cannot be told then.
    pub fn connections(&self) -> Vec<&Host> {
        let mut all: Vec<&Host> = Vec::new();
        for pin in self.pins.iter().filter(|pin| pin.evidence == Evidence::Connections) {
            if !all.contains(&&pin.target) {
                all.push(&pin.target);
            }
        }
        all
    }

    /// How a cutover empties the old targets; none where nothing is left on old ones.
    pub fn drain(&self) -> Option<Drain> {
        Drain::of(&self.pins)
    }
}
