//! What a walk saw, sorted by what rules look at.

use crate::locate::Index;
use crate::model::{
    Answer, Host, Name, Naptr, Question, Rdata, RecordType, Resolution, SipUri, Srv, Step, Subject, Taken,
};

/// What a walk saw.
pub(super) struct Look<'r> {
    pub(super) resolution: &'r Resolution,
    index: Index<'r>,
    /// Each NAPTR record that was seen.
    pub(super) naptrs: Vec<SeenNaptr<'r>>,
    /// Each SRV `RRset` that was seen.
    pub(super) srvs: Vec<SrvSet<'r>>,
}

/// A NAPTR record, and where it was seen.
pub(super) struct SeenNaptr<'r> {
    pub(super) question: &'r Question,
    pub(super) naptr: &'r Naptr,
    /// Whether the walk went on from it.
    pub(super) taken: bool,
}

/// An SRV `RRset`.
pub(super) struct SrvSet<'r> {
    /// For which of the URIs.
    pub(super) uri: usize,
    pub(super) question: &'r Question,
    /// By priority, weight, port and target.
    pub(super) records: Vec<&'r Srv>,
}

impl SrvSet<'_> {
    pub(super) fn subject(&self) -> Subject {
        Subject::Records(self.question.clone())
    }

    /// The protocol label of its owner, such as `_sips`.
    pub(super) fn protocol(&self) -> &str {
        self.question.name.first_label()
    }
}

impl<'r> Look<'r> {
    pub(super) fn of(resolution: &'r Resolution) -> Self {
        let mut look = Self { resolution, index: Index::of(resolution), naptrs: Vec::new(), srvs: Vec::new() };
        for step in &resolution.steps {
            let Some(answer) = step.answer() else { continue };
            let question = &step.question;
            let records = answer.outcome.records();
            match question.rtype {
                RecordType::Naptr => look.naptrs.extend((0..).zip(records).filter_map(|(at, record)| {
                    let Rdata::Naptr(naptr) = &record.rdata else { return None };
                    let taken = step.taken.get(at).is_some_and(|taken: &Taken| *taken == Taken::Yes);
                    Some(SeenNaptr { question, naptr, taken })
                })),
                RecordType::Srv if !records.is_empty() => {
                    let records = records.iter().filter_map(|record| match &record.rdata {
                        Rdata::Srv(srv) => Some(srv),
                        _ => None,
                    });
                    let mut records: Vec<&Srv> = records.collect();
                    // An answer that rotates says the same.
                    records.sort_unstable();
                    look.srvs.push(SrvSet { uri: step.uri, question, records });
                }
                _ => {}
            }
        }
        look
    }

    /// What is dialled: each URI, with its place among them.
    pub(super) fn uris(&self) -> impl Iterator<Item = (usize, &'r SipUri)> {
        self.resolution.dial.uris().enumerate()
    }

    /// The domains that are resolved, each with the place of its URI.
    pub(super) fn domains(&self) -> impl Iterator<Item = (usize, &'r Name)> {
        self.uris().filter_map(|(at, uri)| Some((at, uri.target().name()?)))
    }

    /// What is said of all candidates together is said of the URI.
    pub(super) fn subject(&self) -> Subject {
        uri(&self.resolution.dial.uri)
    }

    /// The answer that the walk read to a question; none where it was not asked, or failed.
    pub(super) fn answer(&self, name: &Name, rtype: RecordType) -> Option<&'r Answer> {
        self.index.step(name, rtype).and_then(Step::answer).map(AsRef::as_ref)
    }

    /// The answers for a host's addresses, A and AAAA; none unless both are known.
    pub(super) fn addresses(&self, name: &Name) -> Option<[&'r Answer; 2]> {
        Some([self.answer(name, RecordType::A)?, self.answer(name, RecordType::Aaaa)?])
    }

    /// All answers that the walk read, used or not.
    pub(super) fn answers(&self) -> impl Iterator<Item = &'r Answer> {
        self.resolution.steps.iter().filter_map(|step| step.answer()).map(AsRef::as_ref)
    }

    /// All SRV records that name a host, with their set.
    pub(super) fn targets(&self) -> impl Iterator<Item = (&SrvSet<'r>, &'r Srv)> {
        let all = self.srvs.iter().flat_map(|set| set.records.iter().map(move |&srv| (set, srv)));
        all.filter(|(_, srv)| !srv.target.is_root())
    }

    /// Whether each question was answered, so that what is not there is known not to be there.
    pub(super) fn is_whole(&self) -> bool {
        self.resolution.steps.iter().filter_map(Step::now).all(|answer| answer.outcome.is_answer())
    }
}

/// A URI as subject.
pub(super) fn uri(uri: &SipUri) -> Subject {
    Subject::Uri(uri.clone())
}

/// A host as subject.
pub(super) fn host(name: &Name) -> Subject {
    Subject::Host(Host::Name(name.clone()))
}
