//! A monitor over a table and targets that do as they are told, and the state that its facts make.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};
use trunktop::model::{
    Answer, Answers, Carrier, CarrierName, Event, EventKind, Fact, FactKind, Moment, Outcome, ProbeReport,
    ProbeRequest, ProbeResult, Question, Rdata, RecordType, ResolverSpec, Response,
};
use trunktop::monitor::{Accounts, Ask, Clock, Habits, Monitor, Ports, Probe};
use trunktop::state::{Options, State};

use super::loss::Line;
use crate::zone::{Zone, name};

/// Both clocks, and how far they were moved.
pub(crate) struct Time {
    began: Instant,
    /// The wall clock was set forward.
    pub(crate) set: Mutex<Duration>,
    /// The machine slept: the runtime's clock stood still, and time passed all the same.
    pub(crate) slept: Mutex<Duration>,
}

impl Time {
    pub(crate) fn start() -> Arc<Self> {
        Arc::new(Self { began: Instant::now(), set: Mutex::default(), slept: Mutex::default() })
    }
}

impl Clock for Time {
    fn now(&self) -> Moment {
        let mono = self.began.elapsed() + *self.slept.lock().unwrap();
        let wall: Timestamp = "2026-03-02T14:00:00Z".parse().unwrap();
        Moment { mono, wall: wall + mono + *self.set.lock().unwrap() }
    }
}

/// How a question fares: how long its answer takes, and what comes in place of what the zone says.
pub(crate) struct Fate {
    pub(crate) takes: Duration,
    pub(crate) fails: Option<Outcome>,
    /// Who answers.
    pub(crate) by: ResolverSpec,
    /// Whether addresses come beside the SRV records that lead to them, and SRV records beside a NAPTR.
    pub(crate) beside: BTreeSet<RecordType>,
}

impl Fate {
    pub(crate) fn well(takes: Duration) -> Self {
        Self { takes, fails: None, by: server(53), beside: BTreeSet::new() }
    }

    pub(crate) fn fails(takes: Duration, outcome: Outcome) -> Self {
        Self { fails: Some(outcome), ..Self::well(takes) }
    }

    /// As the port does it where nobody answers: two tries of two seconds.
    pub(crate) fn dead() -> Self {
        Self::fails(Duration::from_secs(4), Outcome::Timeout)
    }
}

/// A server of this last octet.
pub(crate) fn server(last: u8) -> ResolverSpec {
    ResolverSpec::Plain(([192, 0, 2, last], 53).into())
}

/// By question, and how often it was asked before.
type Mood = Box<dyn Fn(&Question, usize) -> Fate + Send>;

/// A zone that answers as its mood is, and remembers who asked what when.
pub(crate) struct Dns {
    pub(crate) time: Arc<Time>,
    pub(crate) zone: Mutex<String>,
    pub(crate) mood: Mutex<Mood>,
    pub(crate) asked: Mutex<Vec<(Duration, Question)>>,
    pub(crate) answered: Mutex<Vec<(Duration, Question)>>,
    flying: Mutex<BTreeSet<Question>>,
}

/// A question in the air; it leaves when it is answered, or nobody waits any more.
struct Flying<'d>(&'d Dns, &'d Question);

impl Drop for Flying<'_> {
    fn drop(&mut self) {
        self.0.flying.lock().unwrap().remove(self.1);
    }
}

impl Dns {
    pub(crate) fn over(time: Arc<Time>, zone: &str, mood: impl Fn(&Question, usize) -> Fate + Send + 'static) -> Self {
        Self {
            time,
            zone: Mutex::new(zone.to_owned()),
            mood: Mutex::new(Box::new(mood)),
            asked: Mutex::default(),
            answered: Mutex::default(),
            flying: Mutex::default(),
        }
    }

    pub(crate) fn set(&self, mood: impl Fn(&Question, usize) -> Fate + Send + 'static) {
        *self.mood.lock().unwrap() = Box::new(mood);
    }

    pub(crate) fn asked(&self, question: &Question) -> Vec<Duration> {
        times(&self.asked, question)
    }

    fn beside(&self, zone: &Zone, of: &Answer, types: &BTreeSet<RecordType>) -> Vec<Answer> {
        let leads = |rdata: &Rdata| match rdata {
            Rdata::Naptr(naptr) => vec![(naptr.replacement.clone(), RecordType::Srv)],
            Rdata::Srv(srv) => {
                [RecordType::A, RecordType::Aaaa].map(|rtype| (srv.target.clone(), rtype)).into_iter().collect()
            }
            _ => Vec::new(),
        };
        let questions = of.outcome.records().iter().flat_map(|record| leads(&record.rdata));
        let answers = questions
            .filter(|(_, rtype)| types.contains(rtype))
            .map(|(name, rtype)| zone.answer(&Question::new(name, rtype), self.time.now()));
        let there: Vec<Answer> = answers.filter(|answer| !answer.outcome.records().is_empty()).collect();
        let further: Vec<Answer> = there.iter().flat_map(|answer| self.beside(zone, answer, types)).collect();
        there.into_iter().chain(further).map(|answer| Answer { queries: 0, ..answer }).collect()
    }
}

#[async_trait]
impl Ask for Dns {
    async fn ask(&self, _: &ResolverSpec, question: &Question) -> Answers {
        assert!(self.flying.lock().unwrap().insert(question.clone()), "{question} is under way twice");
        let _flying = Flying(self, question);
        let before = self.asked(question).len();
        self.asked.lock().unwrap().push((self.time.now().mono, question.clone()));
        let fate = self.mood.lock().unwrap()(question, before);
        sleep(fate.takes).await;
        let zone = Zone::of(&self.zone.lock().unwrap());
        let answer = zone.answer(question, self.time.now());
        let outcome = fate.fails.unwrap_or_else(|| answer.outcome.clone());
        let answer = Answer { outcome, resolver: fate.by, elapsed: fate.takes, ..answer };
        self.answered.lock().unwrap().push((self.time.now().mono, question.clone()));
        let beside = self.beside(&zone, &answer, &fate.beside);
        Answers { answer, beside }
    }
}

/// Targets that answer, unless they are told to be silent.
pub(crate) struct Sip {
    time: Arc<Time>,
    pub(crate) silent: Mutex<BTreeSet<String>>,
    /// The code that all answer with, and its Retry-After.
    pub(crate) says: Mutex<(u16, Option<Duration>)>,
    pub(crate) probed: Mutex<Vec<(Duration, String)>>,
    /// What its line does to packets.
    pub(crate) line: Mutex<Option<Line>>,
}

#[async_trait]
impl Probe for Sip {
    async fn probe(&self, request: &ProbeRequest) -> ProbeReport {
        let (at, ip) = (self.time.now(), request.endpoint.at.ip().to_string());
        self.probed.lock().unwrap().push((at.mono, ip.clone()));
        let silent = self.silent.lock().unwrap().contains(&ip);
        let mut rtt = Duration::from_millis(20);
        let mut silent = silent;
        if let Some(line) = &mut *self.line.lock().unwrap() {
            match line.answer(request.patience) {
                Some(later) => rtt += later,
                None => silent = true,
            }
        }
        sleep(if silent { request.patience } else { rtt }).await;
        let (code, retry_after) = *self.says.lock().unwrap();
        let response = (!silent).then(|| Response { retry_after, ..Response::new(code, "said".into(), rtt) });
        let result = match code {
            _ if silent => ProbeResult::Timeout,
            200 => ProbeResult::Ok,
            _ => ProbeResult::ErrorResponse,
        };
        ProbeReport { response, ..ProbeReport::new(request.endpoint, at, result) }
    }
}

/// A monitor over these, and the state that its facts make.
pub(crate) struct World {
    pub(crate) time: Arc<Time>,
    pub(crate) dns: Arc<Dns>,
    pub(crate) sip: Arc<Sip>,
    pub(crate) monitor: Monitor,
    facts: mpsc::Receiver<Fact>,
    pub(crate) state: State,
    pub(crate) log: Vec<Fact>,
    pub(crate) events: Vec<Event>,
    /// What was said of acme, when, each time that it was something else.
    pub(crate) said: Vec<(Duration, String)>,
}

pub(crate) const ACME: &str = "
    _sip._udp.acme.example 100 SRV 10 50 5060 a.acme.example
    _sip._udp.acme.example 100 SRV 10 50 5060 b.acme.example
    a.acme.example 20 A 192.0.2.1
    b.acme.example 40 A 192.0.2.2
";

pub(crate) fn carrier(name: &str) -> Arc<Carrier> {
    let uri = format!("sip:{name}.example;transport=udp").parse().unwrap();
    Arc::new(Carrier::new(CarrierName::new(name).unwrap(), uri))
}

pub(crate) fn question(owner: &str, rtype: RecordType) -> Question {
    Question::new(name(owner).unwrap(), rtype)
}

pub(crate) fn srv() -> Question {
    question("_sip._udp.acme.example", RecordType::Srv)
}

pub(crate) fn a(host: &str) -> Question {
    question(&format!("{host}.acme.example"), RecordType::A)
}

impl World {
    pub(crate) fn over(
        zone: &str,
        habits: Habits,
        carriers: Vec<Arc<Carrier>>,
        probing: bool,
        takes: Duration,
    ) -> Self {
        Self::registering(zone, habits, carriers, probing, takes, |_| None)
    }

    /// The same, with accounts.
    pub(crate) fn registering(
        zone: &str,
        habits: Habits,
        carriers: Vec<Arc<Carrier>>,
        probing: bool,
        takes: Duration,
        accounts: impl FnOnce(&Arc<Time>) -> Option<Accounts>,
    ) -> Self {
        // Not all at the same moment: what is asked together is answered apart.
        let mood = move |question: &Question, _| {
            let extra = if question.rtype == RecordType::A { Duration::from_millis(350) } else { Duration::ZERO };
            Fate::well(takes + extra)
        };
        let time = Time::start();
        let dns = Arc::new(Dns::over(time.clone(), zone, mood));
        let sip = Arc::new(Sip {
            time: time.clone(),
            silent: Mutex::default(),
            says: Mutex::new((200, None)),
            probed: Mutex::default(),
            line: Mutex::default(),
        });
        let probe: Option<Arc<dyn Probe>> = if probing { Some(sip.clone()) } else { None };
        let accounts = accounts(&time);
        let ports = Ports { ask: dns.clone(), probe, accounts, witness: None, clock: time.clone() };
        let (send, facts) = mpsc::channel(64);
        let monitor = Monitor::start(ports, habits, carriers, send);
        let state = State::new(Options { probing, ..Options::default() });
        Self { time, dns, sip, monitor, facts, state, log: Vec::new(), events: Vec::new(), said: Vec::new() }
    }

    pub(crate) fn acme(zone: &str) -> Self {
        Self::over(zone, Habits::default(), vec![carrier("acme")], true, Duration::from_millis(10))
    }

    /// Lets this much time pass, and takes in what happens.
    pub(crate) async fn run(&mut self, seconds: u64) {
        let end = Instant::now() + Duration::from_secs(seconds);
        while let Ok(Some(fact)) = timeout_at(end, self.facts.recv()).await {
            self.events.extend(self.state.apply(&fact));
            self.log.push(fact);
            if let Some(known) = self.state.carrier(&carrier("acme").name) {
                let said = format!("{} {}", known.verdict.level.word(), known.verdict.sentence);
                if self.said.last().is_none_or(|(_, last)| *last != said) {
                    self.said.push((self.now(), said));
                }
            }
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.time.now().mono
    }

    pub(crate) fn change(&self, from: &str, to: &str) {
        let mut zone = self.dns.zone.lock().unwrap();
        assert!(zone.contains(from), "{from}");
        *zone = zone.replace(from, to);
    }

    pub(crate) fn asked(&self, question: &Question) -> Vec<Duration> {
        self.dns.asked(question)
    }

    /// Between each answer and the next time that the question went out, in seconds.
    pub(crate) fn pauses(&self, question: &Question) -> Vec<f64> {
        let (asked, answered) = (self.asked(question), times(&self.dns.answered, question));
        asked.iter().skip(1).zip(answered).map(|(asked, answered)| after(*asked, answered)).collect()
    }

    pub(crate) fn probed(&self, ip: &str) -> Vec<Duration> {
        times(&self.sip.probed, &ip.to_owned())
    }

    pub(crate) fn verdict(&self) -> String {
        let verdict = &self.state.carrier(&carrier("acme").name).unwrap().verdict;
        format!("{} {}", verdict.level.word(), verdict.sentence)
    }

    /// The answers of each revision, and when it was told.
    pub(crate) fn revisions(&self) -> Vec<(Duration, &[Arc<Answer>])> {
        let mut revisions = Vec::new();
        for fact in &self.log {
            if let FactKind::Answers { answers, .. } = &fact.kind {
                revisions.push((fact.at.mono, answers.as_slice()));
            }
        }
        revisions
    }

    /// Where acme's calls go as it is drawn: `address`, in the order they are tried.
    pub(crate) fn drawn(&self) -> Vec<String> {
        let published = self.state.carrier(&carrier("acme").name).and_then(|known| known.published.as_ref());
        let drawn = &published.expect("it is resolved").drawn;
        drawn.candidates().map(|candidate| candidate.address.ip.to_string()).collect()
    }

    /// What was told of DNS that changed.
    pub(crate) fn changes(&self) -> Vec<&EventKind> {
        self.events.iter().map(|event| &event.kind).filter(|kind| matches!(kind, EventKind::Change { .. })).collect()
    }
}

pub(crate) fn times<T: PartialEq>(log: &Mutex<Vec<(Duration, T)>>, of: &T) -> Vec<Duration> {
    log.lock().unwrap().iter().filter(|(_, what)| what == of).map(|(at, _)| *at).collect()
}

/// In seconds.
pub(crate) fn after(later: Duration, earlier: Duration) -> f64 {
    later.as_secs_f64() - earlier.as_secs_f64()
}

pub(crate) fn within(spans: &[f64], from: f64, to: f64, fewest: usize) {
    assert!(spans.len() >= fewest, "only {} of {fewest}: {spans:?}", spans.len());
    assert!(spans.iter().all(|span| (from..=to).contains(span)), "not within {from} to {to}: {spans:?}");
}
