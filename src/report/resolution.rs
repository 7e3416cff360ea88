//! One resolution: the tree, the candidates, and why.

use std::time::Duration;

use serde::Serialize;

use crate::lint;
use crate::locate::{self, Item, Row};
use crate::model::{
    Candidate, Conclusion, Dial, Moment, Outcome, Read, Resolution, ResolverSpec, Rule, SipUri, Step, Ttl, Waited,
};

use super::Ink;
use super::findings::{FindingDoc, findings_text};
use super::json::{self, CnameDoc, QuestionDoc, RecordDoc};
use super::words::{block, padded, span};

/// A resolution, and how it was come by.
#[derive(Clone, Copy, Debug)]
pub struct Located<'r> {
    /// What is dialled.
    pub uri: &'r SipUri,
    /// The outbound proxy, which is resolved in its place.
    pub proxy: Option<&'r SipUri>,
    /// The resolution.
    pub resolution: &'r Resolution,
    /// Who was asked.
    pub resolver: &'r ResolverSpec,
    /// When it began.
    pub at: Moment,
    /// How long it took.
    pub elapsed: Duration,
    /// Packets or connections that asked.
    pub queries: u32,
    /// The longest chain of questions that waited for one another.
    pub round_trips: u32,
    /// When the first usable candidates were known.
    pub first_candidates: Option<Waited>,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    uri: String,
    uri_unicode: Option<String>,
    proxy: Option<String>,
    engine: String,
    resolver: String,
    at: String,
    elapsed: f64,
    queries: u32,
    round_trips: u32,
    first_candidates: Option<WaitedDoc>,
    conclusion: &'static str,
    why: Option<String>,
    given: Vec<GivenDoc>,
    steps: Vec<StepDoc>,
    candidates: Vec<CandidateDoc>,
    findings: Vec<FindingDoc>,
}

#[derive(Serialize)]
struct WaitedDoc {
    round_trips: u32,
    elapsed: f64,
}

#[derive(Serialize)]
struct GivenDoc {
    uri: String,
    why: String,
    rule: RuleDoc,
}

#[derive(Serialize)]
struct RuleDoc {
    name: &'static str,
    clause: &'static str,
    says: &'static str,
    others: Option<&'static str>,
}

impl From<&Rule> for RuleDoc {
    fn from(rule: &Rule) -> Self {
        Self { name: rule.name, clause: rule.clause, says: rule.says, others: rule.others }
    }
}

#[derive(Serialize)]
struct StepDoc {
    uri: String,
    question: QuestionDoc,
    outcome: &'static str,
    records: Vec<RecordDoc>,
    cname: Vec<CnameDoc>,
    why: String,
    rules: Vec<RuleDoc>,
    used: bool,
}

impl StepDoc {
    fn of(step: &Step, dial: &Dial) -> Self {
        let answer = step.answer();
        Self {
            uri: uri(dial, step.uri),
            question: (&step.question).into(),
            outcome: step.now().map_or("skipped", |answer| answer.outcome.word()),
            records: answer.map_or_else(Vec::new, |answer| answer.outcome.records().iter().map(Into::into).collect()),
            cname: answer.map_or_else(Vec::new, |answer| answer.chain.iter().map(Into::into).collect()),
            why: step.why.clone(),
            rules: step.rules.iter().map(|&rule| rule.into()).collect(),
            used: step.used,
        }
    }
}

#[derive(Serialize)]
struct CandidateDoc {
    rank: usize,
    transport: &'static str,
    target: String,
    port: u16,
    address: String,
    address_index: usize,
    priority: Option<u16>,
    weight: Option<u16>,
    naptr_order: Option<u16>,
    naptr_preference: Option<u16>,
    share: f64,
    ttl: Option<u32>,
}

impl From<Candidate<'_>> for CandidateDoc {
    fn from(candidate: Candidate<'_>) -> Self {
        Self {
            rank: candidate.rank,
            transport: candidate.tier.transport.as_str(),
            target: candidate.target.host.to_string(),
            port: candidate.target.port,
            address: candidate.address.ip.to_string(),
            address_index: candidate.address_index,
            priority: candidate.tier.priority,
            weight: candidate.target.weight,
            naptr_order: candidate.tier.naptr.map(|(order, _)| order),
            naptr_preference: candidate.tier.naptr.map(|(_, preference)| preference),
            share: candidate.first().0,
            ttl: candidate.address.ttl.map(Ttl::seconds),
        }
    }
}

/// As `trunktop.resolution/1`, in one line.
pub fn resolution_json(located: &Located<'_>) -> String {
    let resolution = located.resolution;
    json::line(&Document {
        schema: "trunktop.resolution/1",
        uri: located.uri.to_string(),
        uri_unicode: located.uri.unicode().map(|uri| uri.to_string()),
        proxy: located.proxy.map(ToString::to_string),
        engine: resolution.engine.to_string(),
        resolver: located.resolver.to_string(),
        at: located.at.wall.to_string(),
        elapsed: json::seconds(located.elapsed),
        queries: located.queries,
        round_trips: located.round_trips,
        first_candidates: located
            .first_candidates
            .map(|first| WaitedDoc { round_trips: first.round_trips, elapsed: json::seconds(first.elapsed) }),
        conclusion: json::conclusion(&resolution.conclusion),
        why: conclusion(resolution),
        given: resolution
            .given
            .iter()
            .map(|reason| GivenDoc {
                uri: uri(&resolution.dial, reason.uri),
                why: reason.why.clone(),
                rule: reason.rule.into(),
            })
            .collect(),
        steps: resolution.steps.iter().map(|step| StepDoc::of(step, &resolution.dial)).collect(),
        candidates: resolution.candidates().map(Into::into).collect(),
        findings: lint::lint(resolution).iter().map(Into::into).collect(),
    })
}

/// The URI at this place.
fn uri(dial: &Dial, at: usize) -> String {
    dial.uris().nth(at).unwrap_or(&dial.uri).to_string()
}

/// Why there are no candidates; none where there are.
pub fn conclusion(resolution: &Resolution) -> Option<String> {
    match &resolution.conclusion {
        Conclusion::Found => None,
        Conclusion::Nowhere(reason) => Some(reason.why.clone()),
        Conclusion::DnsFailed { question, answer } => Some(format!("{question}: {}", answer.outcome.said())),
    }
}

/// As a tree, the candidates below it, and what is wrong.
pub fn resolution_text(located: &Located<'_>, ink: Ink) -> String {
    let resolution = located.resolution;
    let via = located.proxy.map_or_else(String::new, |proxy| format!(" by way of {}", proxy.shown()));
    let head = format!("{}{via}  as {}", located.uri.shown(), resolution.engine);
    let (all, trips) = (counted(located.queries, "question"), counted(located.round_trips, "round trip"));
    let mut how = format!("resolver {}: {all} in {trips}, {}", located.resolver, span(located.elapsed));
    if let Some(first) = located.first_candidates.filter(|first| first.round_trips < located.round_trips) {
        let trips = counted(first.round_trips, "round trip");
        how.push_str(&format!("; first candidates in {trips}, {}", span(first.elapsed)));
    }
    let mut text = format!("{}  {}\n", ink.strong(&head), ink.dim(&how));
    let rows = locate::tree(resolution);
    let cells: Vec<[String; 4]> = rows.iter().map(|row| cells(row, ink)).collect();
    let width =
        |at: usize| cells.iter().map(|row| unicode_width::UnicodeWidthStr::width(row[at].as_str())).max().unwrap_or(0);
    let (tree, share, ttl) = (width(0), width(1), width(2));
    for (row, [what, first, left, note]) in rows.iter().zip(&cells) {
        let line = format!("{}  {}  {}  {note}", padded(what, tree), padded(first, share), padded(left, ttl));
        let line = line.trim_end();
        let drawn = if row.used { line.to_owned() } else { ink.dim(line).to_string() };
        text.push_str(&format!("{drawn}\n"));
    }
    text.push('\n');
    text.push_str(&ending(resolution, ink));
    text.push_str(&findings_text(located, ink));
    text
}

fn counted(number: u32, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn ending(resolution: &Resolution, ink: Ink) -> String {
    if let Some(why) = conclusion(resolution) {
        let what = if matches!(resolution.conclusion, Conclusion::Nowhere(_)) { "no candidates" } else { "DNS failed" };
        return format!("{}: {why}\n", ink.bad(what));
    }
    let heads = ["", "FIRST", "OVER", "ADDRESS", "PORT", "TARGET", "PRIO", "WEIGHT", "HOLDS"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let number = |number: Option<u16>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    rows.extend(resolution.candidates().map(|candidate| {
        vec![
            candidate.rank.to_string(),
            candidate.first().to_string(),
            candidate.tier.transport.to_string(),
            candidate.address.ip.to_string(),
            candidate.target.port.to_string(),
            candidate.target.host.to_string(),
            number(candidate.tier.priority),
            number(candidate.target.weight),
            candidate.address.ttl.map_or_else(|| "-".to_owned(), |ttl| format!("{ttl} s")),
        ]
    }));
    block(&rows)
}

/// What a row says: what it is, the first share, the TTL, a note.
fn cells(row: &Row<'_>, ink: Ink) -> [String; 4] {
    let seconds = |ttl: Option<Ttl>| ttl.map_or_else(String::new, |ttl| format!("{ttl} s"));
    let [what, share, ttl, note] = match row.item {
        Item::Question(step) => {
            let ttl = step.answer().and_then(|answer| answer.ttl());
            let question = format!("{} {}", step.question.rtype, step.question.name.shown());
            [question, String::new(), seconds(ttl), note(step)]
        }
        Item::Cname(cname, _) => {
            let by = cname.dname.as_ref().map_or_else(String::new, |owner| format!("made of the DNAME at {owner}"));
            [format!("CNAME {}", cname.target), String::new(), seconds(Some(cname.ttl)), by]
        }
        Item::Naptr { naptr, ttl, unused, .. } => {
            let what = format!(
                "{} {} {} {} -> {}",
                naptr.order, naptr.preference, naptr.flags, naptr.service, naptr.replacement
            );
            [what, String::new(), seconds(Some(ttl)), unused.map_or_else(String::new, not_used)]
        }
        Item::Srv { srv, ttl, unused, target, .. } => {
            let share = target.map_or_else(String::new, |(_, target)| target.first.to_string());
            let what = format!("{} {} :{} {}", srv.priority, srv.weight, srv.port, srv.target);
            [what, share, seconds(Some(ttl)), unused.map_or_else(String::new, not_used)]
        }
        Item::Host(_, target) => [
            format!("{} :{}", target.host.shown(), target.port),
            target.first.to_string(),
            String::new(),
            String::new(),
        ],
        Item::Address { ip, ttl, .. } => [ip.to_string(), String::new(), seconds(ttl), String::new()],
        Item::Nowhere(reason) => [reason.why.clone(), String::new(), String::new(), String::new()],
        Item::Uri(_, uri) => [uri.shown(), String::new(), String::new(), String::new()],
    };
    [format!("{}{what}", ink.guides(&row.guides, row.more)), share, ttl, note]
}

fn note(step: &Step) -> String {
    match (&step.read, step.now().map(|answer| &answer.outcome)) {
        (Read::Now(_), Some(Outcome::Records(_))) if step.used => String::new(),
        _ => step.why.clone(),
    }
}

/// That something is not used, and why; said once, whoever says it first.
pub fn not_used(why: &str) -> String {
    if why.starts_with("not used") { why.to_owned() } else { format!("not used: {why}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_used_is_said_once() {
        assert_eq!(not_used("port 0"), "not used: port 0");
        assert_eq!(not_used("not used: port 0"), "not used: port 0");
    }
}
