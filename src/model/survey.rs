//! What one resolver says about one carrier.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Cname, Moment, Question, Record, ResolverSpec, Text, Ttl};

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The RRset, in the order received; never empty, and all of the type asked for.
    Records(Vec<Record>),
    /// The name exists, this type does not (RFC 2308 2.2). With the time that this may be believed.
    NoData(Option<Ttl>),
    /// No such name (RFC 2308 2.1). With the time that this may be believed.
    NxDomain(Option<Ttl>),
    /// RCODE 2.
    ServFail,
    /// RCODE 5.
    Refused,
    /// RCODE 1.
    FormErr,
    /// Nothing came in time.
    Timeout,
    /// A CNAME chain that returns to itself, or is too long.
    Loop,
    /// Something else, in words.
    Other(Text),
}

impl Outcome {
    /// Whether the question was answered, be it with "there is none". What is not an answer is never
    /// "does not exist".
    pub const fn is_answer(&self) -> bool {
        matches!(self, Self::Records(_) | Self::NoData(_) | Self::NxDomain(_))
    }

    /// The records; empty where there are none.
    pub fn records(&self) -> &[Record] {
        match self {
            Self::Records(records) => records,
            _ => &[],
        }
    }

    /// The word for it in JSON.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Records(_) => "records",
            Self::NoData(_) => "nodata",
            Self::NxDomain(_) => "nxdomain",
            Self::ServFail => "servfail",
            Self::Refused => "refused",
            Self::FormErr => "formerr",
            Self::Timeout => "timeout",
            Self::Loop => "loop",
            Self::Other(_) => "other",
        }
    }

    /// The words for it on screen, as the field says them.
    pub fn said(&self) -> String {
        match self {
            Self::Records(records) if records.len() == 1 => "1 record".to_owned(),
            Self::Records(records) => format!("{} records", records.len()),
            Self::NoData(_) => "NODATA".to_owned(),
            Self::NxDomain(_) => "NXDOMAIN".to_owned(),
            Self::ServFail => "SERVFAIL".to_owned(),
            Self::Refused => "REFUSED".to_owned(),
            Self::FormErr => "FORMERR".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Loop => "CNAME chain loops or is too long".to_owned(),
            Self::Other(what) => what.to_string(),
        }
    }
}

/// Over what an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// UDP.
    Udp,
    /// TCP, asked so or after a truncated answer.
    Tcp,
    /// TLS.
    Tls,
    /// HTTPS.
    Https,
}

impl Wire {
    /// In upper case, as the field writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Https => "HTTPS",
        }
    }
}

/// One answer of one resolver to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was asked.
    pub question: Question,
    /// What came of it.
    pub outcome: Outcome,
    /// The chain from the owner name asked for to the owner of the records.
    pub chain: Vec<Cname>,
    /// Which server answered, or should have: one of the system's by its address where it answered.
    pub resolver: ResolverSpec,
    /// Over what.
    pub wire: Wire,
    /// When it came.
    pub at: Moment,
    /// From the first packet to the answer; zero where none was sent.
    pub elapsed: Duration,
    /// How many packets or connections it took to get it; none where it came beside another.
    pub queries: u32,
}

/// What one response of a resolver said: the answer to what was asked, and to what it did not have to be
/// asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// To the question itself.
    pub answer: Answer,
    /// To other questions, whole RRsets only, from the additional section (RFC 2782, RFC 3403 4.1): each with
    /// [`Outcome::Records`], since what is not there is not said to be missing, and with no query of its own.
    pub beside: Vec<Answer>,
}

impl From<Answer> for Answers {
    /// With nothing beside it.
    fn from(answer: Answer) -> Self {
        Self { answer, beside: Vec::new() }
    }
}

impl Answer {
    /// How long it may be believed, as received: the least of the RRset and its CNAME chain; none where
    /// nothing was answered, or a negative answer came without an SOA.
    pub fn ttl(&self) -> Option<Ttl> {
        let own = match &self.outcome {
            Outcome::Records(records) => records.iter().map(|r| r.ttl).min(),
            Outcome::NoData(ttl) | Outcome::NxDomain(ttl) => *ttl,
            _ => return None,
        }?;
        Some(self.chain.iter().map(|c| c.ttl).fold(own, Ttl::min))
    }

    /// When it may no longer be believed.
    pub fn expires(&self) -> Option<Moment> {
        self.ttl().map(|ttl| self.at + ttl.span())
    }
}

/// What is known of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the last question gave.
    pub now: Arc<Answer>,
    /// The last that was an answer; the same as `now` unless that failed.
    pub last_good: Option<Arc<Answer>>,
}

/// All that one resolver says about one carrier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    entries: BTreeMap<Question, Entry>,
}

impl Survey {
    /// Takes in an answer. A failed one replaces `now` and leaves `last_good`.
    pub fn insert(&mut self, answer: Arc<Answer>) {
        let kept = self.entries.get(&answer.question).and_then(|e| e.last_good.clone());
        let last_good = if answer.outcome.is_answer() { Some(answer.clone()) } else { kept };
        self.entries.insert(answer.question.clone(), Entry { now: answer, last_good });
    }

    /// What is known of a question.
    pub fn get(&self, question: &Question) -> Option<&Entry> {
        self.entries.get(question)
    }

    /// All that is known, by owner name and type.
    pub fn iter(&self) -> impl Iterator<Item = (&Question, &Entry)> {
        self.entries.iter()
    }

    /// Forgets the questions that `wanted` does not hold to.
    pub fn retain(&mut self, mut wanted: impl FnMut(&Question) -> bool) {
        self.entries.retain(|question, _| wanted(question));
    }
}

/// The number of a published survey; the first is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl Revision {
    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
