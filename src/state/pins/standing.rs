//! How it stands with an account, in a word and in a sentence.

use crate::model::{Granted, Host, Moment, Noted, RegisterOutcome, RegisterReport, Stop, Text};

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
            Self::Stopped(stop) => stopped_said(stop, None),
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
    /// All of these list it, each with an end of its own: it is bound at each of them.
    Each(Vec<Host>),
    /// All of so many POPs list it alike: they share one location service, or it was bound at each at once, and where
    /// it is cannot be told.
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
            Self::Each(_) => "bound at each",
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
            Self::Each(hosts) => {
                format!("{} list the binding, each with an end of its own: bound at each", all(hosts.len()))
            }
            Self::Shared(pops) => {
                format!("{}: {} list the binding alike, from one service or bound at each", self.word(), all(*pops))
            }
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

/// All of so many POPs.
fn all(pops: usize) -> String {
    if pops == 2 { "both POPs".to_owned() } else { format!("all {pops} POPs") }
}

/// Why nothing is sent any more, and what to do, in words; the `last` REGISTER tells more of it.
pub(in crate::state) fn stopped_said(stop: &Stop, last: Option<&RegisterReport>) -> String {
    match stop {
        Stop::NoPassword(why) => format!("the password cannot be had: {why}"),
        Stop::Credentials => {
            let by = match last.map(|last| &last.outcome) {
                Some(RegisterOutcome::Refused(refusal)) => format!(" ({} {})", refusal.code, refusal.reason),
                _ => String::new(),
            };
            format!("the credentials were not taken{by}; more tries might lock the account: r tries again")
        }
        Stop::Others(contacts) => {
            let listed = last.and_then(|last| match &last.outcome {
                RegisterOutcome::Done(granted) if granted.listed > granted.bindings.len() => Some(granted.listed),
                _ => None,
            });
            let others = others_said(contacts, listed);
            format!("{others}: another account, or beside_others = true; r looks again")
        }
        Stop::Refused(why) => format!("refused: {why}"),
        Stop::NoLock(why) => format!("no lock for the account: {why}"),
    }
}

/// Who else is registered; of a list that was cut, how many there were at least.
fn others_said(contacts: &[Text], listed: Option<usize>) -> String {
    let cut = listed.is_some() || contacts.len() >= Granted::MOST;
    let least = if cut { "at least " } else { "" };
    // What is ours may be among those that are listed.
    let all = listed.map_or(contacts.len(), |listed| listed.saturating_sub(1)).max(contacts.len());
    match contacts {
        [] if listed.is_none() => "somebody else is registered with this account".to_owned(),
        [] => format!("{least}{all} others are registered with this account"),
        [only] if all == 1 => format!("somebody else is registered with this account ({only})"),
        [first, ..] => format!("others are registered with this account ({first} and {least}{} more)", all - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_list_that_was_cut_it_is_said_how_many_there_are_at_least() {
        let [one, other]: [Text; 2] = ["sip:a@192.0.2.1".into(), "sip:b@192.0.2.2".into()];
        let said = |contacts: &[Text], listed| others_said(contacts, listed);
        assert_eq!(said(&[], None), "somebody else is registered with this account");
        let only = std::slice::from_ref(&one);
        assert_eq!(said(only, None), "somebody else is registered with this account (sip:a@192.0.2.1)");
        let both = [one, other];
        assert_eq!(said(&both, None), "others are registered with this account (sip:a@192.0.2.1 and 1 more)");
        let cut = "others are registered with this account (sip:a@192.0.2.1 and at least 998 more)";
        assert_eq!(said(&both, Some(1000)), cut);
        assert_eq!(said(&[], Some(1000)), "at least 999 others are registered with this account");
    }
}
