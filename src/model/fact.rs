//! What the outside tells the state (facts), what follows (events), and what is asked of the outside
//! (commands).

use std::sync::Arc;
use std::time::Duration;

use super::{
    AccountMode, AccountNews, Answer, Carrier, CarrierName, Change, Confidence, Drill, Endpoint, Failure, Finding,
    Host, Lens, Moment, Outage, PinReport, Pop, ProbeReport, ProbeResult, RegisterReport, Text,
};

/// Something that happened outside, with the time it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// When.
    pub at: Moment,
    /// What.
    pub kind: FactKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum FactKind {
    /// These carriers are watched from now on, in the order of the file.
    Settings(Vec<Arc<Carrier>>),
    /// A round of questions about a carrier has settled: each was answered or has failed.
    Answers {
        /// Whose.
        carrier: CarrierName,
        /// In the order they came.
        answers: Vec<Arc<Answer>>,
        /// When the next RRset is due to be asked again.
        next: Moment,
    },
    /// A probe has ended.
    Probe {
        /// Whose.
        carrier: CarrierName,
        /// What came of it.
        report: Box<ProbeReport>,
        /// When the next one is due; none: not before somebody asks for it.
        next: Option<Moment>,
    },
    /// A REGISTER has ended.
    Binding {
        /// Whose.
        carrier: CarrierName,
        /// What came of it.
        report: Box<RegisterReport>,
        /// When the next one is due; none: not before something else happens.
        next: Option<Moment>,
    },
    /// Something else happened to a carrier's account.
    Account {
        /// Whose.
        carrier: CarrierName,
        /// What.
        news: AccountNews,
        /// When the next REGISTER is due; none: not before something else happens.
        next: Option<Moment>,
    },
    /// A source has told where a PBX of ours is registered.
    PinReport {
        /// Whose.
        carrier: CarrierName,
        /// What it told.
        report: Box<PinReport>,
        /// When it is asked again.
        next: Moment,
    },
    /// An operator did something.
    Act(OperatorAct),
    /// These drills are saved from now on.
    Drills(Vec<Arc<Drill>>),
    /// The machine slept, or the wall clock was set: what was known is old by this much more than the
    /// monotonic clock tells.
    ClockGap(Duration),
    /// Time has passed.
    Tick,
}

/// What an operator did.
#[derive(Clone, Debug, PartialEq)]
pub enum OperatorAct {
    /// Forced a failure.
    Fail(CarrierName, Outage),
    /// Took back the last forced failure.
    Undo(CarrierName),
    /// Took back all forced failures.
    Clear(CarrierName),
    /// Forced the failures of a drill, in place of all that were forced.
    Rehearse(Arc<Drill>),
    /// Looks at it in this way from now on. Whatever its engines need to know is asked for as long.
    Look(CarrierName, Lens),
    /// Said that a target is in maintenance: whatever it does is no trouble.
    Maintain(CarrierName, Host),
    /// Said that its maintenance is over.
    Resume(CarrierName, Host),
}

impl OperatorAct {
    /// At which carrier.
    pub fn carrier(&self) -> &CarrierName {
        match self {
            Self::Fail(name, _)
            | Self::Undo(name)
            | Self::Clear(name)
            | Self::Look(name, _)
            | Self::Maintain(name, _)
            | Self::Resume(name, _) => name,
            Self::Rehearse(drill) => &drill.carrier,
        }
    }
}

/// The state of a target, as probes show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HealthState {
    /// Nothing to judge by: not probed yet, never answered from here, or the cause may be ours.
    #[default]
    Unknown,
    /// It answers.
    Up,
    /// It answers, and says that it is in trouble.
    Degraded,
    /// It is out, in this way.
    Down(Failure),
    /// It is in maintenance, by an operator's word.
    Maintenance,
}

impl HealthState {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Up => "UP",
            Self::Degraded => "DEGRADED",
            Self::Down(_) => "DOWN",
            Self::Maintenance => "MAINT",
        }
    }
}

/// Something that follows from facts, worth telling an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// Whose; none: it is about us, over all carriers.
    pub carrier: Option<CarrierName>,
    /// What.
    pub kind: EventKind,
}

/// What follows.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A target's health changed.
    Health {
        /// Whose.
        target: Host,
        /// Where.
        endpoint: Endpoint,
        /// From what.
        from: HealthState,
        /// To what.
        to: HealthState,
        /// What the probe that decided it came to.
        result: ProbeResult,
        /// The same in words: `503 Service Unavailable`, `malformed answer: no SIP version`.
        why: Text,
    },
    /// The carrier's DNS changed.
    Change(Box<Change>),
    /// Something turned out to be wrong with the carrier's setup, or no longer is. What is only worth
    /// knowing is no event.
    Findings {
        /// What was not there before.
        raised: Vec<Arc<Finding>>,
        /// What is gone, as it was.
        cleared: Vec<Arc<Finding>>,
    },
    /// The resolver stopped answering, or answers again; in words.
    Dns(String),
    /// Something is wrong with our own side, or no longer is; in words.
    Ours(String),
    /// A registration was found somewhere, has moved, or is gone.
    Pin(Box<PinMove>),
    /// An operator said that a target is in maintenance, or no longer is; in words.
    Maintenance(String),
    /// An operator's simulation changed; in words.
    Simulation(String),
}

/// A registration that moved.
#[derive(Clone, Debug, PartialEq)]
pub struct PinMove {
    /// Where it was; none: nowhere that is known.
    pub from: Option<Host>,
    /// Where it is; none: nowhere.
    pub to: Option<Host>,
    /// How we know.
    pub confidence: Confidence,
    /// Why: what the last attempt saw, what the source said.
    pub why: Text,
    /// How long it was registered nowhere before that, where that is known.
    pub unregistered: Option<Duration>,
    /// Whether no more was seen than a connection, which a registration may be behind.
    pub connection: bool,
}

impl PinMove {
    /// In words: `registered at a: 200 OK`, `registration moved from a to b: no answer in 32 s, 4 s nowhere`.
    pub fn said(&self, label: impl Fn(&Host) -> String) -> String {
        let what = match (&self.from, &self.to) {
            (None, Some(to)) if self.connection => format!("a connection to {} was seen", label(to)),
            (Some(from), Some(to)) if self.connection => {
                format!("a connection to {} was seen, and none to {} any more", label(to), label(from))
            }
            (Some(from), None) if self.connection => format!("no connection to {} is seen any more", label(from)),
            (None, Some(to)) => format!("registered at {}", label(to)),
            (Some(from), Some(to)) => format!("registration moved from {} to {}", label(from), label(to)),
            (Some(from), None) => format!("no longer registered at {}", label(from)),
            (None, None) => "registered nowhere".to_owned(),
        };
        let nowhere = self.unregistered.filter(|span| *span >= Duration::from_secs(1));
        let nowhere = nowhere.map(|span| format!(", {} s nowhere", span.as_secs())).unwrap_or_default();
        format!("{what} ({}): {}{nowhere}", self.confidence, self.why)
    }
}

/// What the screen asks of the outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Ask all questions of this carrier (of all, where none is named) again, and probe at once.
    Refresh(Option<CarrierName>),
    /// Save a carrier and watch it: its name, and its URI as typed.
    Add(CarrierName, super::SipUri),
    /// Forget a carrier.
    Remove(CarrierName),
    /// Tell the state what the operator did.
    Act(OperatorAct),
    /// Do this with the carrier's account from now on, until the program ends.
    Account(CarrierName, AccountMode),
    /// Let go of the registration that is held for this carrier, and register anew.
    LetGo(CarrierName),
    /// Save a drill, in place of the carrier's one of this name.
    Save(Drill),
    /// Kill or revive a POP, in the lab only.
    Toggle(CarrierName, Pop),
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done; in words, where there is something to say.
    Done(Option<Text>),
    /// Not done, and why.
    Refused(Text),
}
