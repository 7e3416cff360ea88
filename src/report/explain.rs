//! One decision of a walk, told in full: what was asked, what came, what was made of it, by which rule, and
//! what other stacks make of the same.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use crate::model::{Answer, Moment, Read, Reason, Rule, Step, Taken};

use super::words::span;

/// One line of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What it is about, in a word or two; empty where it goes on with what was said before it.
    pub head: &'static str,
    /// What is said.
    pub said: String,
    /// How it is meant.
    pub tone: Tone,
}

/// How a line of an explanation is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it stands.
    Plain,
    /// What the walk does not use.
    Unused,
    /// What failed.
    Failed,
    /// What was decided.
    Decided,
    /// What other stacks do.
    Others,
}

/// The width that heads need.
pub const HEAD: usize = 10;

/// A moment to look from, for ages and for what is left of a TTL, and where its wall clock stands.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'z> {
    /// When.
    pub now: Moment,
    /// Where.
    pub zone: &'z TimeZone,
}

impl Remark {
    /// What is said under a head.
    pub fn new(head: &'static str, said: impl Into<String>, tone: Tone) -> Self {
        Self { head, said: said.into(), tone }
    }
}

/// A decision on an answer, in the order in which it is understood. With a moment to look from, times are
/// told; else they are left out.
pub fn decision(step: &Step, seen: Option<Seen<'_>>) -> Vec<Remark> {
    let mut told = vec![Remark::new("why", step.why.clone(), Tone::Decided)];
    match &step.read {
        Read::Skipped => told.push(Remark::new("not asked", step.question.to_string(), Tone::Unused)),
        Read::Now(answer) => came(&mut told, answer, seen, Tone::Plain),
        Read::Nothing(failed) => came(&mut told, failed, seen, Tone::Failed),
        Read::LastGood { answer, failed } => {
            came(&mut told, failed, seen, Tone::Failed);
            let what = format!("{}{}", answer.outcome.said(), holds(answer, seen));
            told.push(Remark::new("last good", format!("{}: {what}", from(answer, seen)), Tone::Plain));
        }
    }
    if let Some(answer) = step.answer() {
        let aliases = answer.chain.iter().map(|cname| {
            let by = cname.dname.as_ref().map_or_else(String::new, |dname| format!(", made of the DNAME at {dname}"));
            Remark::new("alias", format!("{} is {}, TTL {} s{by}", cname.owner, cname.target, cname.ttl), Tone::Plain)
        });
        told.extend(aliases);
        told.extend(records(step, answer));
    }
    for rule in rules(step) {
        told.extend(rested(rule));
    }
    told
}

/// What a URI decides itself, or why there is nowhere to send to.
pub fn reason(head: &'static str, reason: &Reason) -> Vec<Remark> {
    let mut told = vec![Remark::new(head, reason.why.clone(), Tone::Decided)];
    told.extend(rested(reason.rule));
    told
}

/// All rules that a step rests on, those of its records included, each once.
pub fn rules(step: &Step) -> Vec<&'static Rule> {
    let of_records = step.taken.iter().filter_map(|taken| match taken {
        Taken::No { rule, .. } => Some(*rule),
        Taken::Yes => None,
    });
    let mut seen = BTreeSet::new();
    step.rules.iter().copied().chain(of_records).filter(|rule| seen.insert(rule.name)).collect()
}

/// What a rule says and where, and what other stacks do in its place.
pub fn rested(rule: &Rule) -> impl Iterator<Item = Remark> + use<> {
    let says = Remark::new("rule", format!("{} [{}]", rule.says, rule.clause), Tone::Plain);
    let others = rule.others.map(|others| Remark::new("others", others, Tone::Others));
    [Some(says), others].into_iter().flatten()
}

/// That a question was asked, and what came of it.
fn came(told: &mut Vec<Remark>, answer: &Answer, seen: Option<Seen<'_>>, tone: Tone) {
    let asked = format!("{} of {}; {}", answer.question, from(answer, seen), took(answer));
    told.push(Remark::new("asked", asked, Tone::Plain));
    let what = format!("{}{}", answer.outcome.said(), holds(answer, seen));
    told.push(Remark::new("answer", what, tone));
}

/// `127.0.0.53 over UDP at 14:02:11 (50 s ago)`.
fn from(answer: &Answer, seen: Option<Seen<'_>>) -> String {
    let when = seen.map_or_else(String::new, |Seen { now, zone }| {
        let at = answer.at.wall.to_zoned(zone.clone());
        format!(" at {} ({} ago)", at.strftime("%H:%M:%S"), steps(now, answer.at))
    });
    format!("{} over {}{when}", answer.resolver, answer.wire.as_str())
}

/// How long ago, in steps of ten seconds: a figure that ticks is read by nobody.
fn steps(now: Moment, at: Moment) -> String {
    match now.since(at).as_secs() {
        0..10 => "<10 s".to_owned(),
        secs @ 10..120 => format!("{} s", secs / 10 * 10),
        secs @ 120..7_200 => format!("{} min", secs / 60),
        secs => format!("{} h", secs / 3_600),
    }
}

fn took(answer: &Answer) -> String {
    match (answer.queries, answer.outcome.is_answer()) {
        (0, true) => "it came beside another answer".to_owned(),
        (0, false) => "nothing was sent".to_owned(),
        (1, true) => format!("answered in {}", span(answer.elapsed)),
        (queries, true) => format!("answered in {} by {queries} packets", span(answer.elapsed)),
        (1, false) => format!("ended after {}", span(answer.elapsed)),
        (queries, false) => format!("ended after {} and {queries} packets", span(answer.elapsed)),
    }
}

/// `, TTL 300 s, 4:41 left`; nothing where it may not be believed at all.
fn holds(answer: &Answer, seen: Option<Seen<'_>>) -> String {
    let (Some(ttl), Some(end)) = (answer.ttl(), answer.expires()) else {
        let negative = answer.outcome.is_answer();
        return if negative { ", without an SOA that says how long it holds" } else { "" }.to_owned();
    };
    let left = seen.map_or_else(String::new, |Seen { now, .. }| {
        if end < now {
            return format!(", ended {} ago", steps(now, end));
        }
        let left = end.since(now).as_secs();
        format!(", {}:{:02} left", left / 60, left % 60)
    });
    format!(", TTL {ttl} s{left}")
}

fn records<'s>(step: &'s Step, answer: &'s Answer) -> impl Iterator<Item = Remark> + use<'s> {
    answer.outcome.records().iter().enumerate().map(|(at, record)| match step.taken.get(at) {
        Some(Taken::No { why, rule }) => {
            Remark::new("not taken", format!("{}: {why} [{}]", record.rdata, rule.clause), Tone::Unused)
        }
        Some(Taken::Yes) => Remark::new("taken", record.rdata.to_string(), Tone::Plain),
        None if step.used => Remark::new("taken", record.rdata.to_string(), Tone::Plain),
        None => Remark::new("not taken", record.rdata.to_string(), Tone::Unused),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::locate::{self, Walk};
    use crate::model::{
        AddressOrder, Dial, Method, Name, Outcome, Question, Rdata, Reading, Record, RecordType, Resolution,
        ResolverSpec, Srv, Survey, Transports, Ttl, Wire,
    };

    fn moment(secs: u64) -> Moment {
        let start: jiff::Timestamp = "2026-11-22T13:00:00Z".parse().unwrap();
        Moment { mono: Duration::from_secs(secs), wall: start + Duration::from_secs(secs) }
    }

    fn answer(question: &Question, outcome: Outcome, secs: u64) -> Arc<Answer> {
        Arc::new(Answer {
            question: question.clone(),
            outcome,
            chain: Vec::new(),
            resolver: ResolverSpec::Plain("127.0.0.1:5300".parse().unwrap()),
            wire: Wire::Udp,
            at: moment(secs),
            elapsed: Duration::from_millis(2),
            queries: 1,
        })
    }

    /// `acme.example` with an SRV set of which one record has no port, asked at second 0, and 100 s later
    /// in vain.
    fn resolved(then: Option<&Outcome>) -> Resolution {
        let name = |raw: &str| Name::parse(raw).unwrap();
        let srv = |port, target| Record {
            ttl: Ttl::new(300),
            rdata: Rdata::Srv(Srv { priority: 10, weight: 50, port, target: name(target) }),
        };
        let a = Record { ttl: Ttl::new(60), rdata: Rdata::A("192.0.2.1".parse().unwrap()) };
        let mut survey = Survey::default();
        let dial = Dial {
            uri: "sip:acme.example;transport=udp".parse().unwrap(),
            more_uris: Vec::new(),
            transports: Transports::default(),
            addresses: AddressOrder::default(),
            method: Method::Invite,
        };
        loop {
            match locate::reference().walk(&dial, &survey, Reading::Drawn, moment(110)) {
                Walk::Done(resolution) => return *resolution,
                Walk::Need(need) => need.must.iter().for_each(|question| {
                    let outcome = match question.rtype {
                        RecordType::Srv => Outcome::Records(vec![srv(5060, "a.example"), srv(0, "b.example")]),
                        RecordType::A => Outcome::Records(vec![a.clone()]),
                        _ => Outcome::NoData(Some(Ttl::new(60))),
                    };
                    survey.insert(answer(question, outcome, 0));
                    if let Some(then) = then.cloned().filter(|_| question.rtype == RecordType::Srv) {
                        survey.insert(answer(question, then, 100));
                    }
                }),
            }
        }
    }

    fn told(resolution: &Resolution, seen: bool) -> String {
        let step = resolution.steps.iter().find(|step| step.question.rtype == RecordType::Srv).unwrap();
        let zone = TimeZone::UTC;
        let seen = seen.then_some(Seen { now: moment(110), zone: &zone });
        let told = decision(step, seen);
        let lines: Vec<String> = told.iter().map(|Remark { head, said, .. }| format!("{head}: {said}")).collect();
        lines.join("\n") + "\n"
    }

    #[test]
    fn a_decision_names_question_answer_records_and_rules() {
        let told = told(&resolved(None), true);
        for said in [
            "asked: SRV _sip._udp.acme.example of 127.0.0.1:5300 over UDP at 13:00:00 (110 s ago); answered in 2.0 ms\n",
            "answer: 2 records, TTL 300 s, 3:10 left\n",
            "taken: 10 50 5060 a.example\n",
            "not taken: 10 50 0 b.example: port 0: nothing can be sent there [RFC 6335 6]\n",
            "rule: port 0 is reserved: nothing can be sent there",
            "[RFC 2782 (Priority), RFC 3263 4.3]\nothers: when all have failed, sofia-sip",
        ] {
            assert!(told.contains(said), "'{said}' is not in\n{told}");
        }
    }

    #[test]
    fn where_an_earlier_answer_is_read_what_failed_is_told_first() {
        let told = told(&resolved(Some(&Outcome::ServFail)), true);
        let failed = "over UDP at 13:01:40 (10 s ago); ended after 2.0 ms\nanswer: SERVFAIL\n";
        let read = "last good: 127.0.0.1:5300 over UDP at 13:00:00 (110 s ago): 2 records, TTL 300 s, 3:10 left\n";
        assert!(told.contains(&format!("{failed}{read}")), "{told}");
    }

    #[test]
    fn without_a_moment_to_look_from_no_time_is_told() {
        let told = told(&resolved(None), false);
        assert!(told.contains("over UDP; answered in") && told.contains("TTL 300 s\n"), "{told}");
    }

    #[test]
    fn each_rule_is_told_once_and_what_was_not_asked_says_so() {
        let resolution = resolved(None);
        for step in &resolution.steps {
            let names: Vec<&str> = rules(step).iter().map(|rule| rule.name).collect();
            let once: BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(names.len(), once.len());
        }
        let skipped = resolution.steps.iter().find(|step| step.question.rtype == RecordType::Naptr).unwrap();
        let told = decision(skipped, None);
        assert!(told[0].said.contains("transport udp is given"));
        assert_eq!(told[1], Remark::new("not asked", "NAPTR acme.example", Tone::Unused));
    }
}
