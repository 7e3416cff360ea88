//! A walk's account book: what it still needs, what it read, and why it did what it did.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Address, AddressOrder, Answer, Moment, Name, Outcome, Question, Rdata, Read, Reading, Record, RecordType, Step,
    Survey, Taken, Ttl,
};

/// How old an answer may be drawn while newer questions fail.
const DRAWN_FOR: Duration = Duration::from_secs(24 * 3600);

/// The account book of one walk.
pub(super) struct Ledger<'s> {
    survey: &'s Survey,
    reading: Reading,
    at: Moment,
    steps: Vec<Step>,
    /// The questions that have a step.
    noted: BTreeSet<Question>,
    needed: BTreeSet<Question>,
}

/// What a question gives the walk.
pub(super) enum Found {
    /// The answer has to be asked for first.
    Wanted,
    /// An answer to go by.
    Answer(Arc<Answer>),
    /// The question failed, and nothing earlier may be read.
    Failed(Arc<Answer>),
}

impl Found {
    /// The records, with the answer they are of.
    pub(super) fn records(&self) -> Option<(&Arc<Answer>, &[Record])> {
        match self {
            Self::Answer(answer) if !answer.outcome.records().is_empty() => Some((answer, answer.outcome.records())),
            _ => None,
        }
    }
}

/// How long what was read on the way may be believed.
#[derive(Clone, Copy, Default)]
pub(super) struct Path {
    ttl: Option<Ttl>,
    until: Option<Moment>,
}

impl Path {
    /// The path on past an answer.
    pub(super) fn by(self, answer: &Answer) -> Self {
        let least = |a: Option<Ttl>, b: Option<Ttl>| a.into_iter().chain(b).min();
        let first = |a: Option<Moment>, b: Option<Moment>| a.into_iter().chain(b).min();
        Self { ttl: least(self.ttl, answer.ttl()), until: first(self.until, answer.expires()) }
    }

    fn to(self, ip: IpAddr) -> Address {
        Address { ip, ttl: self.ttl, until: self.until }
    }
}

/// The addresses of a host.
pub(super) struct Addresses {
    /// In the order they are tried.
    pub found: Vec<Address>,
    /// A question that failed, so that there may be more.
    pub failed: Option<(Question, Arc<Answer>)>,
}

impl<'s> Ledger<'s> {
    pub(super) fn new(survey: &'s Survey, reading: Reading, at: Moment) -> Self {
        Self { survey, reading, at, steps: Vec::new(), noted: BTreeSet::new(), needed: BTreeSet::new() }
    }

    /// What is still to be asked; the walk cannot be trusted before that is nothing.
    pub(super) fn close(self) -> Result<Vec<Step>, BTreeSet<Question>> {
        if self.needed.is_empty() { Ok(self.steps) } else { Err(self.needed) }
    }

    /// Looks a question up, and notes that it is needed where it was never asked.
    pub(super) fn read(&mut self, question: &Question) -> Found {
        let Some(read) = self.look(question) else {
            self.needed.insert(question.clone());
            return Found::Wanted;
        };
        match read {
            Read::Now(answer) | Read::LastGood { answer, .. } => Found::Answer(answer),
            Read::Nothing(failed) => Found::Failed(failed),
            Read::Skipped => Found::Wanted,
        }
    }

    fn look(&self, question: &Question) -> Option<Read> {
        let entry = self.survey.get(question)?;
        if entry.now.outcome.is_answer() {
            return Some(Read::Now(entry.now.clone()));
        }
        let readable = |answer: &&Arc<Answer>| match self.reading {
            Reading::Engine => answer.expires().is_some_and(|end| self.at <= end),
            Reading::Drawn => self.at.since(answer.at) <= DRAWN_FOR,
        };
        Some(match entry.last_good.as_ref().filter(readable) {
            Some(answer) => Read::LastGood { answer: answer.clone(), failed: entry.now.clone() },
            None => Read::Nothing(entry.now.clone()),
        })
    }

    /// Notes a decision. `taken` is in the order of the records read.
    pub(super) fn step(&mut self, question: &Question, taken: Vec<Taken>, why: impl Into<String>, used: bool) {
        let Some(read) = self.look(question) else { return };
        let why = why.into();
        let why = match &read {
            Read::LastGood { answer, failed } => format!(
                "{} just now; read from the answer of {} s ago: {why}",
                failed.outcome.said(),
                self.at.since(answer.at).as_secs()
            ),
            _ => why,
        };
        self.push(Step { question: question.clone(), read, taken, why, used });
    }

    /// Notes that a question is not needed, and why.
    pub(super) fn skip(&mut self, question: Question, why: impl Into<String>) {
        self.push(Step { question, read: Read::Skipped, taken: Vec::new(), why: why.into(), used: false });
    }

    fn push(&mut self, step: Step) {
        self.noted.insert(step.question.clone());
        self.steps.push(step);
    }

    /// Notes a question that failed.
    pub(super) fn fail(&mut self, question: &Question, outcome: &Outcome, consequence: &str) {
        self.step(question, Vec::new(), format!("{}: {consequence}", outcome.said()), false);
    }

    /// The addresses of a host name: A and AAAA both, whatever the order (RFC 7984 4.1).
    pub(super) fn addresses(&mut self, host: &Name, order: AddressOrder, path: Path) -> Addresses {
        let families = match order {
            AddressOrder::V6First | AddressOrder::AsReceived => [RecordType::Aaaa, RecordType::A],
            AddressOrder::V4First => [RecordType::A, RecordType::Aaaa],
        };
        let mut addresses = Addresses { found: Vec::new(), failed: None };
        for rtype in families {
            let question = Question::new(host.clone(), rtype);
            // Two records of one priority may share a target; the question is read twice, noted once.
            let noted = self.noted.contains(&question);
            match self.read(&question) {
                Found::Wanted => {}
                Found::Failed(answer) => {
                    if !noted {
                        self.fail(&question, &answer.outcome, "nobody knows whether the host has such addresses");
                    }
                    addresses.failed = Some((question, answer));
                }
                Found::Answer(answer) => {
                    let path = path.by(&answer);
                    let mut found: Vec<IpAddr> = answer.outcome.records().iter().filter_map(ip).collect();
                    // One canonical order, so that an answer that rotates does not move the picture.
                    if order != AddressOrder::AsReceived {
                        found.sort_unstable();
                    }
                    if !noted {
                        let taken = vec![Taken::Yes; found.len()];
                        let why = match found.len() {
                            0 => format!("{}: the host has no {rtype} address", answer.outcome.said()),
                            1 => "1 address".to_owned(),
                            n => format!("{n} addresses, tried one after the other"),
                        };
                        self.step(&question, taken, why, !found.is_empty());
                    }
                    addresses.found.extend(found.into_iter().map(|ip| path.to(ip)));
                }
            }
        }
        addresses
    }
}

fn ip(record: &Record) -> Option<IpAddr> {
    match record.rdata {
        Rdata::A(ip) => Some(ip.into()),
        Rdata::Aaaa(ip) => Some(ip.into()),
        _ => None,
    }
}
