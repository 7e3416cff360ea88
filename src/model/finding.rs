//! What is wrong with a carrier's setup, said so that the carrier can mend it.

use std::fmt;

use super::{Host, Question, SipUri};

/// How bad a finding is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something cannot work.
    Error,
    /// Something will hurt some callers, or one day all of them.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Info];

    /// The word for it, in lower case.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// What is dialled.
    Uri(SipUri),
    /// An `RRset`.
    Records(Question),
    /// A host, or an address of one.
    Host(Host),
}

impl fmt::Display for Subject {
    /// In one line: `sip:acme.example`, `SRV _sip._udp.acme.example`, `east.acme.example`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uri(uri) => f.pad(&uri.to_string()),
            Self::Records(question) => f.pad(&question.to_string()),
            Self::Host(host) => f.pad(&host.to_string()),
        }
    }
}

/// Something that is wrong, or worth knowing. Findings are ordered by severity, rule and
/// subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The number of the rule, such as `L04`.
    pub rule: &'static str,
    /// Where.
    pub subject: Subject,
    /// What was seen there, in words.
    pub what: String,
    /// Whether what is wrong is the URI that is dialled, and not the carrier's records.
    pub ours: bool,
    /// By which clause it is wrong, or where the figure comes from.
    pub clause: &'static str,
    /// What to do about it, addressed to whoever can.
    pub advice: &'static str,
}
