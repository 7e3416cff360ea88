//! Walks a case, and compares.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunktop::locate::Walk;
use trunktop::model::{
    Answer, Candidate, Conclusion, Moment, Outcome, Question, Read, Resolution, Rule, Survey, Taken,
};

use super::case::{Case, Expected, Kind, Reason};
use crate::zone::Zone;

/// A walk needs NAPTR, an SRV for each record of an order, and addresses: no case has more than six of these.
const MOST_TURNS: usize = 8;

/// Everything about a case that differs, ready to be read.
pub(super) fn case(case: &Case) -> Vec<String> {
    let mut applied = BTreeSet::new();
    let mut wrong: Vec<String> = Vec::new();
    for expected in &case.dials {
        match walk(&case.zone, expected, Ahead::No) {
            Ok(walked) => {
                applied.extend(rules(&walked.resolution));
                wrong.extend(dial(&case.zone, expected, &walked));
            }
            Err(why) => wrong.push(format!("{}\n  {why}\n", expected.line)),
        }
    }
    for rule in case.rules.iter().filter(|rule| !applied.contains(rule.as_str())) {
        let applied: Vec<String> = applied.iter().cloned().collect();
        wrong.push(format!("no dial of it was decided by {rule}, but by {}\n", applied.join(" ")));
    }
    wrong.into_iter().map(|wrong| format!("== {} ({})\n{wrong}", case.title, case.clause)).collect()
}

/// The name of a rule as the table writes it, in one word.
pub(super) fn in_one_word(rule: &str) -> String {
    rule.to_lowercase().replace(", ", " ").replace(' ', "-")
}

/// The names of all rules that a resolution rests on.
pub(super) fn rules(resolution: &Resolution) -> BTreeSet<String> {
    let given = resolution.given.iter().map(|reason| reason.rule);
    let steps = resolution.steps.iter().flat_map(|step| step.rules.iter().copied());
    let dropped = resolution.steps.iter().flat_map(|step| &step.taken).filter_map(dropped);
    let end = match &resolution.conclusion {
        Conclusion::Nowhere(reason) => Some(reason.rule),
        _ => None,
    };
    given.chain(steps).chain(dropped).chain(end).map(|rule| in_one_word(rule.name)).collect()
}

/// The rules of the steps on a question, or of the end.
pub(super) fn others_said(resolution: &Resolution, at: Option<&Question>) -> Vec<&'static Rule> {
    let Some(question) = at else {
        return match &resolution.conclusion {
            Conclusion::Nowhere(reason) => vec![reason.rule],
            _ => Vec::new(),
        };
    };
    let steps = resolution.steps.iter().filter(|step| step.question == *question);
    steps.flat_map(|step| step.rules.iter().copied().chain(step.taken.iter().filter_map(dropped))).collect()
}

fn dropped(taken: &Taken) -> Option<&'static Rule> {
    match taken {
        Taken::No { rule, .. } => Some(rule),
        Taken::Yes => None,
    }
}

/// Whether what may be needed is asked for ahead.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ahead {
    No,
    Yes,
}

/// What came of a walk.
pub(crate) struct Walked {
    pub(crate) resolution: Resolution,
    /// All that it asked.
    pub(crate) asked: BTreeSet<Question>,
    trips: usize,
}

fn dial(zone: &Zone, expected: &Expected, walked: &Walked) -> Vec<String> {
    let got = outcome(&walked.resolution);
    let mut wrong = Vec::new();
    let alike = expected.outcome.len() == got.len() && expected.outcome.iter().zip(&got).all(|(e, g)| g.matches(e));
    if !alike {
        let got: Vec<String> = got.iter().map(Line::to_string).collect();
        wrong.push(side_by_side(&expected.line, &expected.outcome, &got));
    }
    for reason in expected.reasons.iter().filter(|reason| !holds(reason, &walked.resolution)) {
        let steps: Vec<String> = walked.resolution.steps.iter().map(told).collect();
        wrong.push(side_by_side(&expected.line, std::slice::from_ref(&reason.line), &steps));
    }
    let given: Vec<String> = walked.resolution.given.iter().map(|reason| reason.why.clone()).collect();
    for words in expected.given.iter().filter(|words| !given.iter().any(|why| why.contains(*words))) {
        wrong.push(side_by_side(&format!("{}: given", expected.line), std::slice::from_ref(words), &given));
    }
    for others in &expected.others {
        let said = others_said(&walked.resolution, others.at.as_ref());
        if !said.iter().any(|rule| rule.others.is_some_and(|said| said.contains(&others.words))) {
            let said: Vec<String> =
                said.iter().map(|rule| format!("{}: {}", rule.name, rule.others.unwrap_or("nothing"))).collect();
            wrong.push(side_by_side(&expected.line, std::slice::from_ref(&others.line), &said));
        }
    }
    if let Some(asks) = &expected.asks {
        let written = |questions: &mut dyn Iterator<Item = &Question>| {
            questions.map(ToString::to_string).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
        };
        let (asks, asked) = (written(&mut asks.iter()), written(&mut walked.asked.iter()));
        if asks != asked {
            wrong.push(side_by_side(&format!("{}: questions", expected.line), &asks, &asked));
        }
    }
    let ahead = match walk(zone, expected, Ahead::Yes) {
        Ok(ahead) => ahead,
        Err(why) => return vec![format!("{}, asking ahead\n  {why}\n", expected.line)],
    };
    if ahead.resolution != walked.resolution {
        wrong.push(format!("{}\n  asking ahead comes to something else\n", expected.line));
    }
    if ahead.trips > walked.trips {
        wrong.push(format!("{}\n  asking ahead waits {} times, not {}\n", expected.line, ahead.trips, walked.trips));
    }
    if let Some((trips, fewer)) = expected.trips
        && (trips != walked.trips || fewer.is_some_and(|fewer| fewer != ahead.trips))
    {
        wrong.push(format!("{}\n  waited {} times, ahead {}\n", expected.line, walked.trips, ahead.trips));
    }
    wrong
}

/// Walks over the zone, as if it were behind a resolver; where it does not end, says so.
pub(crate) fn walk(zone: &Zone, expected: &Expected, ahead: Ahead) -> Result<Walked, String> {
    let began = Moment { mono: Duration::from_secs(1000), wall: Timestamp::UNIX_EPOCH };
    let (mut survey, mut asked, mut trips) = (Survey::default(), BTreeSet::new(), 0);
    let engine = &expected.engine;
    loop {
        match engine.walk(&expected.dial, &survey, expected.reading, began) {
            Walk::Need(_) if trips == MOST_TURNS => return Err(format!("no end after {trips} turns")),
            Walk::Need(need) => {
                trips += 1;
                let speculation = if ahead == Ahead::Yes { need.may } else { BTreeSet::new() };
                for question in need.must.into_iter().chain(speculation) {
                    survey.insert(Arc::new(zone.answer(&question, began)));
                    asked.insert(question);
                }
            }
            Walk::Done(resolution) if expected.then.is_none() => {
                return Ok(Walked { resolution: *resolution, asked, trips });
            }
            Walk::Done(_) => break,
        }
    }
    let later = began + expected.after;
    if let Some((rtype, failure)) = &expected.then {
        for question in asked.iter().filter(|question| rtype.is_none_or(|rtype| rtype == question.rtype)) {
            survey.insert(Arc::new(Answer { outcome: failure.clone(), ..zone.answer(question, later) }));
        }
    }
    match engine.walk(&expected.dial, &survey, expected.reading, later) {
        Walk::Done(resolution) => Ok(Walked { resolution: *resolution, asked, trips }),
        Walk::Need(need) => Err(format!("after the failure it wants to know {:?}", need.must)),
    }
}

/// A line of what came, which an expectation may match in more than one writing.
enum Line {
    Candidate { rank: usize, share: f64, shown: String, place: String, ttl: String },
    Nowhere(String),
    Failed(String, String),
}

fn outcome(resolution: &Resolution) -> Vec<Line> {
    match &resolution.conclusion {
        Conclusion::Found => resolution.candidates().map(|candidate| line(&candidate)).collect(),
        Conclusion::Nowhere(reason) => vec![Line::Nowhere(reason.why.clone())],
        Conclusion::DnsFailed { question, answer } => {
            vec![Line::Failed(question.to_string(), answer.outcome.said())]
        }
    }
}

fn line(candidate: &Candidate<'_>) -> Line {
    let endpoint = candidate.endpoint();
    Line::Candidate {
        rank: candidate.rank,
        share: candidate.first().0,
        shown: candidate.first().to_string().replace(' ', ""),
        place: format!("{} {} {}", endpoint.transport, endpoint.at, candidate.target.host),
        ttl: candidate.address.ttl.map_or_else(|| "ttl=none".to_owned(), |ttl| format!("ttl={ttl}")),
    }
}

impl Line {
    fn matches(&self, expected: &str) -> bool {
        match self {
            Self::Nowhere(why) => expected.strip_prefix("nowhere: ").is_some_and(|words| why.contains(words)),
            Self::Failed(question, said) => expected == format!("failed {question}: {said}"),
            Self::Candidate { rank, share, shown, place, ttl } => {
                let (expected, wanted_ttl) = match expected.rsplit_once(" ttl=") {
                    Some((rest, seconds)) => (rest, format!("ttl={seconds}")),
                    None => (expected, ttl.clone()),
                };
                let mut parts = expected.splitn(3, ' ');
                let same_rank = parts.next() == Some(&rank.to_string());
                let same_share = parts.next().is_some_and(|part| part == shown || fraction(part, *share));
                same_rank && same_share && parts.next() == Some(place) && wanted_ttl == *ttl
            }
        }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nowhere(why) => write!(f, "nowhere: {why}"),
            Self::Failed(question, said) => write!(f, "failed {question}: {said}"),
            Self::Candidate { rank, share, shown, place, ttl } => {
                write!(f, "{rank} {shown} {place} {ttl} ({share:.6})")
            }
        }
    }
}

/// Whether `51/101`, `0` or `1` is this share.
fn fraction(written: &str, share: f64) -> bool {
    let (above, below) = written.split_once('/').unwrap_or((written, "1"));
    match (above.parse::<f64>(), below.parse::<f64>()) {
        (Ok(above), Ok(below)) => (above / below - share).abs() < 1e-12,
        _ => false,
    }
}

fn holds(reason: &Reason, resolution: &Resolution) -> bool {
    resolution.steps.iter().filter(|step| step.question == reason.question).any(|step| match reason.kind {
        Kind::Used => step.used && step.why.contains(&reason.words),
        Kind::Unused => !step.used && step.read != Read::Skipped && step.why.contains(&reason.words),
        Kind::Skipped => step.read == Read::Skipped && step.why.contains(&reason.words),
        Kind::Dropped(at) => {
            matches!(step.taken.get(at), Some(Taken::No { why, .. }) if why.contains(&reason.words))
        }
    })
}

fn told(step: &trunktop::model::Step) -> String {
    let word = match (&step.read, step.used) {
        (Read::Skipped, _) => "skipped",
        (_, true) => "used",
        (_, false) => "unused",
    };
    let dropped: String = (1..)
        .zip(&step.taken)
        .filter_map(|(number, taken)| match taken {
            Taken::No { why, .. } => Some(format!(" [#{number}: {why}]")),
            Taken::Yes => None,
        })
        .collect();
    let records = step.answer().map_or(0, |answer| match &answer.outcome {
        Outcome::Records(records) => records.len(),
        _ => 0,
    });
    format!("{word} {}: {} ({records} records){dropped}", step.question, step.why)
}

/// Two lists beside each other.
pub(crate) fn side_by_side(title: &str, expected: &[String], got: &[String]) -> String {
    let width = expected.iter().map(String::len).max().unwrap_or(0).max(8);
    let mut text = format!("{title}\n  {:width$} | got\n", "expected");
    for row in 0..expected.len().max(got.len()) {
        let line = |lines: &[String]| lines.get(row).cloned().unwrap_or_default();
        text.push_str(&format!("  {:width$} | {}\n", line(expected), line(got)));
    }
    text
}
