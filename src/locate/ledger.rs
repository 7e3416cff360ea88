//! A walk's account book: what it still needs, what it read, and why it did what it did.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Address, Answer, Moment, Question, Read, Reading, Reason, Record, Rule, Step, Survey, Taken, Ttl};

use super::engine::Need;

/// How old an answer may be drawn while newer questions fail.
const DRAWN_FOR: Duration = Duration::from_secs(24 * 3600);

/// What an engine makes of an earlier answer while newer questions fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caching {
    /// It is used until its TTL ends.
    UntilExpiry,
    /// It is gone: each request asks anew.
    Never,
}

/// The account book of one walk.
pub(super) struct Ledger<'s> {
    survey: &'s Survey,
    reading: Reading,
    caching: Caching,
    at: Moment,
    /// Which of the URIs is walked now.
    uri: usize,
    given: Vec<Reason>,
    steps: Vec<Step>,
    /// The questions of this URI that have a step.
    noted: BTreeSet<Question>,
    need: Need,
}

/// What a walk has written down.
pub(super) struct Account {
    /// What the URIs decided.
    pub given: Vec<Reason>,
    /// What the answers decided.
    pub steps: Vec<Step>,
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

    /// Where it ends.
    pub(super) fn to(self, ip: IpAddr) -> Address {
        Address { ip, ttl: self.ttl, until: self.until }
    }
}

impl<'s> Ledger<'s> {
    pub(super) fn new(survey: &'s Survey, reading: Reading, at: Moment, caching: Caching) -> Self {
        Self {
            survey,
            reading,
            caching,
            at,
            uri: 0,
            given: Vec::new(),
            steps: Vec::new(),
            noted: BTreeSet::new(),
            need: Need::default(),
        }
    }

    /// Goes on with this of the URIs.
    pub(super) fn turn_to(&mut self, uri: usize) {
        self.uri = uri;
        self.noted.clear();
    }

    /// Which of the URIs is walked now.
    pub(super) const fn uri(&self) -> usize {
        self.uri
    }

    /// What is still to be asked; the walk cannot be trusted before that is nothing.
    pub(super) fn close(mut self, usable: bool) -> Result<Account, Need> {
        if self.need.must.is_empty() {
            return Ok(Account { given: self.given, steps: self.steps });
        }
        self.need.usable = usable;
        let Need { must, may, .. } = &mut self.need;
        may.retain(|question| !must.contains(question));
        Err(self.need)
    }

    /// Looks a question up, and notes that it is needed where it was never asked.
    pub(super) fn read(&mut self, question: &Question) -> Found {
        let Some(read) = self.look(question) else {
            self.need.must.insert(question.clone());
            return Found::Wanted;
        };
        match read {
            Read::Now(answer) | Read::LastGood { answer, .. } => Found::Answer(answer),
            Read::Nothing(failed) => Found::Failed(failed),
            Read::Skipped => Found::Wanted,
        }
    }

    /// Notes a question that may be needed next, where it was never asked.
    pub(super) fn foresee(&mut self, question: Question) {
        if self.survey.get(&question).is_none() {
            self.need.may.insert(question);
        }
    }

    /// Notes what the URI itself decides.
    pub(super) fn given(&mut self, rule: &'static Rule, why: impl Into<String>) {
        self.given.push(self.reason(rule, why));
    }

    /// A reason for the URI that is walked now.
    pub(super) fn reason(&self, rule: &'static Rule, why: impl Into<String>) -> Reason {
        Reason { uri: self.uri, why: why.into(), rule }
    }

    /// Whether a question of this URI has its step already.
    pub(super) fn has(&self, question: &Question) -> bool {
        self.noted.contains(question)
    }

    /// Whether a question failed, and an earlier answer is read in its place.
    pub(super) fn is_cached(&self, question: &Question) -> bool {
        matches!(self.look(question), Some(Read::LastGood { .. }))
    }

    fn look(&self, question: &Question) -> Option<Read> {
        let entry = self.survey.get(question)?;
        if entry.now.outcome.is_answer() {
            return Some(Read::Now(entry.now.clone()));
        }
        let readable = |answer: &&Arc<Answer>| match self.reading {
            Reading::Engine => {
                self.caching == Caching::UntilExpiry && answer.expires().is_some_and(|end| self.at <= end)
            }
            Reading::Drawn => self.at.since(answer.at) <= DRAWN_FOR,
        };
        Some(match entry.last_good.as_ref().filter(readable) {
            Some(answer) => Read::LastGood { answer: answer.clone(), failed: entry.now.clone() },
            None => Read::Nothing(entry.now.clone()),
        })
    }

    /// Notes a decision. `taken` is in the order of the records read; the first rule is what it rests on
    /// above all.
    pub(super) fn step(
        &mut self,
        question: &Question,
        taken: Vec<Taken>,
        rules: &[&'static Rule],
        why: impl Into<String>,
        used: bool,
    ) {
        let Some(read) = self.look(question) else { return };
        let why = why.into();
        // How old it is, is told where it is drawn: it grows older.
        let why = match &read {
            Read::LastGood { failed, .. } => format!("{}; read from an earlier answer: {why}", failed.outcome.said()),
            _ => why,
        };
        self.push(Step { uri: self.uri, question: question.clone(), read, taken, why, rules: rules.to_vec(), used });
    }

    /// Notes that a question is not needed, and why.
    pub(super) fn skip(&mut self, question: Question, rule: &'static Rule, why: impl Into<String>) {
        let (taken, rules) = (Vec::new(), vec![rule]);
        self.push(Step { uri: self.uri, question, read: Read::Skipped, taken, why: why.into(), rules, used: false });
    }

    fn push(&mut self, step: Step) {
        self.noted.insert(step.question.clone());
        self.steps.push(step);
    }
}
