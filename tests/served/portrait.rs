//! A resolution as lines that can be laid beside those of another.
//!
//! Everything that a walk made of its answers is in them: candidates, shares, each step, its reason, the records
//! it read and what became of each. What differs from one asking to the next is not: who answered, when, over
//! what, and the order of the records in an answer.

use trunktop::model::{Cname, Conclusion, Name, Outcome, Read, Reason, Resolution, Step, Taken, Ttl};

/// A line, and how long what it says may be believed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    text: String,
    ttl: Option<Ttl>,
}

impl Line {
    fn new(text: String, ttl: Option<Ttl>) -> Self {
        Self { text, ttl }
    }

    /// The same in a world where all names are below `apex`.
    pub(super) fn without(self, apex: &Name) -> Self {
        Self { text: self.text.replace(&format!(".{apex}"), ""), ..self }
    }

    /// Whether it says the same, and its TTL is what it was at most `aged` seconds ago.
    pub(super) fn is(&self, expected: &Self, aged: u32) -> bool {
        let fresh = match (self.ttl, expected.ttl) {
            (Some(ttl), Some(was)) => ttl <= was && ttl.seconds().saturating_add(aged) >= was.seconds(),
            (ttl, was) => ttl == was,
        };
        self.text == expected.text && fresh
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.ttl {
            Some(ttl) => write!(f, "{} ttl={ttl}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// What the walk came to, and why.
pub(super) fn of(resolution: &Resolution) -> Vec<Line> {
    let conclusion = match &resolution.conclusion {
        Conclusion::Found => "found".to_owned(),
        Conclusion::Nowhere(reason) => format!("nowhere: {}", told(reason)),
        Conclusion::DnsFailed { question, answer } => format!("failed {question}: {}", answer.outcome.said()),
    };
    let mut lines = vec![Line::new(conclusion, None)];
    lines.extend(resolution.given.iter().map(|reason| Line::new(format!("given {}", told(reason)), None)));
    lines.extend(resolution.candidates().map(|candidate| {
        let (endpoint, share) = (candidate.endpoint(), candidate.first().0);
        let place = format!("{} {} {}", endpoint.transport, endpoint.at, candidate.target.host);
        let tier = candidate.tier;
        let from = format!("uri {} {:?} {:?} {:?}", tier.uri, tier.owner, tier.naptr, tier.priority);
        let weight = candidate.target.weight;
        Line::new(format!("{} {share:.9} {place} ({from} {weight:?})", candidate.rank), candidate.address.ttl)
    }));
    lines.extend(resolution.steps.iter().flat_map(step));
    lines
}

fn told(reason: &Reason) -> String {
    format!("(uri {}, {}) {}", reason.uri, reason.rule.name, reason.why)
}

fn step(step: &Step) -> Vec<Line> {
    let word = if step.used { "used" } else { "unused" };
    let read = match &step.read {
        Read::Skipped => "not asked".to_owned(),
        Read::Nothing(failed) => failed.outcome.said(),
        Read::Now(answer) | Read::LastGood { answer, .. } => answer.outcome.said(),
    };
    let rules: Vec<&str> = step.rules.iter().map(|rule| rule.name).collect();
    let by = format!("uri {}, {}", step.uri, rules.join(" "));
    let mut lines = vec![Line::new(format!("{word} {} ({by}; {read}): {}", step.question, step.why), None)];
    let Some(answer) = step.answer() else { return lines };
    let alias = |chained: &Cname| {
        let by = chained.dname.as_ref().map(|dname| format!(" by DNAME {dname}")).unwrap_or_default();
        Line::new(format!("  alias {} -> {}{by}", chained.owner, chained.target), Some(chained.ttl))
    };
    lines.extend(answer.chain.iter().map(alias));
    let Outcome::Records(records) = &answer.outcome else { return lines };
    // The records of a set have one TTL, whatever a server sends (RFC 2181 5.2).
    let ttl = records.iter().map(|record| record.ttl).min();
    let mut of_records: Vec<Line> = (0..)
        .zip(records)
        .map(|(at, record)| {
            let taken = match step.taken.get(at) {
                Some(Taken::Yes) => "taken".to_owned(),
                Some(Taken::No { why, rule }) => format!("not taken ({}: {why})", rule.name),
                None => "not looked at".to_owned(),
            };
            Line::new(format!("  {} {taken}", record.rdata), ttl)
        })
        .collect();
    of_records.sort();
    lines.extend(of_records);
    lines
}
