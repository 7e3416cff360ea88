//! How it stands with an account, in a word and in a sentence.

use crate::model::{Host, Moment, Noted, Stop, Text};

/// How it stands with a carrier's account.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Standing {
    /// The carrier has none.
    #[default]
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
                let lists = match listed.len() {
                    0 => "no POP lists the binding".to_owned(),
                    1 => "1 POP lists the binding".to_owned(),
                    several => format!("{several} POPs list the binding"),
                };
                format!("{lists}, {} did not say: where it is cannot be told", unheard.len())
            }
        }
    }
}

/// Why nothing is sent any more, in words.
pub(in crate::state) fn stopped_said(stop: &Stop) -> String {
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
