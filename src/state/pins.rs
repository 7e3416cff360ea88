//! Where registrations are, and how we know.
//!
//! A *pin* is the place where a binding lives. It is observed (a REGISTER of our own was answered 2xx, a POP lists a
//! binding that others do not, a socket is open), reported (a PBX said so), or inferred (nobody said anything, and the
//! engine would register there): see [`Confidence`]. Facts make pins, and nothing else does; what is inferred stands
//! there only as long as nothing is observed or reported.
//!
//! - `own` is the life of a registration of our own, `round` what a round of fetching tells, `witness` what a source
//!   of `[carrier.pin]` tells.
//! - `tree` knows the targets that DNS lists, and those that it listed a short while ago.
//! - `attention` says what is wrong with it, `drain` how a cutover empties the old targets.

mod drain;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::{
    Binding, Confidence, Endpoint, Expires, Host, Moment, Noted, PinMove, Pop, RegisterReport, Share, Stop, Text,
};

pub use drain::{Drain, Side};

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

/// How it stands with a carrier's account.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// The carrier has none.
    NoAccount,
    /// Nothing is done with it.
    Off,
    /// Nothing was heard yet.
    Starting,
    /// A registration of our own is held.
    Held,
    /// Its bindings are fetched: where they are.
    Observed(Placement),
    /// It is to be held, and is registered nowhere.
    Unregistered {
        /// Since when.
        since: Moment,
        /// Why, as the last attempt or what ended it has it.
        why: Text,
    },
    /// It is refused, and asked for again.
    Refused {
        /// Since when.
        since: Moment,
        /// By which answer.
        why: Text,
    },
    /// Nothing is sent any more.
    Stopped(Stop),
    /// Another trunktop on this machine holds it.
    Elsewhere(Option<Noted>),
}

impl Standing {
    /// The word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NoAccount => "no account",
            Self::Off => "off",
            Self::Starting => "not known yet",
            Self::Held => "registered",
            Self::Observed(placement) => placement.word(),
            Self::Unregistered { .. } => "unregistered",
            Self::Refused { .. } => "refused",
            Self::Stopped(_) => "stopped",
            Self::Elsewhere(_) => "held by another trunktop",
        }
    }

    /// The same in a sentence: what it is, and why.
    pub fn said(&self) -> String {
        match self {
            Self::Unregistered { why, .. } | Self::Refused { why, .. } => format!("{}: {why}", self.word()),
            Self::Stopped(stop) => stopped_said(stop),
            Self::Observed(placement) => placement.said(),
            _ => self.word().to_owned(),
        }
    }
}

/// At which POPs the binding is that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// No POP lists it.
    Nowhere,
    /// These list it, and others do not.
    At(Vec<Host>),
    /// All of so many POPs list it: they share one location service, and where it is cannot be told.
    Shared(usize),
    /// Some POPs did not answer, so that nothing can be told.
    Open {
        /// Those that list it.
        listed: Vec<Host>,
        /// Those that did not say.
        unheard: Vec<Host>,
    },
}

impl Placement {
    /// The word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Nowhere => "no binding",
            Self::At(_) => "bound",
            Self::Shared(_) => "shared location service: not distinguishable",
            Self::Open { .. } => "cannot be told",
        }
    }

    /// In a sentence.
    pub fn said(&self) -> String {
        match self {
            Self::Nowhere => "no POP lists a binding".to_owned(),
            Self::At(hosts) if hosts.len() == 1 => "one POP lists the binding".to_owned(),
            Self::At(hosts) => format!("{} POPs list the binding, and others do not", hosts.len()),
            Self::Shared(pops) => format!("{}: all {pops} POPs list the binding", self.word()),
            Self::Open { listed, unheard } => {
                format!(
                    "{} POPs list the binding, {} did not say: where it is cannot be told",
                    listed.len(),
                    unheard.len()
                )
            }
        }
    }
}

/// Why nothing is sent any more, in words.
pub(super) fn stopped_said(stop: &Stop) -> String {
    match stop {
        Stop::NoPassword(why) => format!("the password cannot be had: {why}"),
        Stop::Credentials => "the credentials were not taken, once; more tries might lock the account".to_owned(),
        Stop::Others(contacts) => match contacts.as_slice() {
            [] => "somebody else is registered with this account".to_owned(),
            [only] => format!("somebody else is registered with this account: {only}"),
            [first, rest @ ..] => {
                format!("others are registered with this account: {first} and {} more", rest.len())
            }
        },
        Stop::Refused(why) => format!("refused: {why}"),
        Stop::NoLock(why) => format!("no lock for the account: {why}"),
    }
}

/// What of a registration needs somebody's attention, the worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attention {
    /// It is refused, or nothing is sent any more.
    Refused,
    /// It is at a target that is DOWN.
    OnDown,
    /// It is at a target that DNS no longer lists.
    LeftDns,
    /// It should be registered, and is not.
    Unregistered,
    /// It is at a target of a backup tier, while one of the first tier is up.
    Backup,
    /// Somebody else is registered with the same account.
    Others,
    /// It ends soon, and the last refresh failed.
    Expiring,
    /// Nothing.
    #[default]
    None,
}

impl Attention {
    /// All of them, the worst first.
    pub const ALL: [Self; 8] = [
        Self::Refused,
        Self::OnDown,
        Self::LeftDns,
        Self::Unregistered,
        Self::Backup,
        Self::Others,
        Self::Expiring,
        Self::None,
    ];

    /// The words for it, as short as may be; empty where there is nothing.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::OnDown => "on a DOWN target",
            Self::LeftDns => "no longer in DNS",
            Self::Unregistered => "unregistered",
            Self::Backup => "in a backup tier",
            Self::Others => "others bound too",
            Self::Expiring => "expires, not refreshed",
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
    /// Whether it went from one target to another.
    pub fn is_move(&self) -> bool {
        self.what.from.is_some() && self.what.to.is_some() && self.what.from != self.what.to
    }
}

/// All that is known of a carrier's registrations.
#[derive(Clone, Debug)]
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

    /// What happened in the last 24 h, newest first.
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

    /// How a cutover empties the old targets; none where nothing is left on old ones.
    pub fn drain(&self) -> Option<Drain> {
        Drain::of(&self.pins)
    }
}

impl Default for RegistrationState {
    fn default() -> Self {
        Self {
            standing: Standing::NoAccount,
            pins: Vec::new(),
            attention: Attention::None,
            said: None,
            moves: VecDeque::new(),
            told: None,
            due: None,
            last: None,
            granted: None,
            others: Vec::new(),
        }
    }
}
