//! Tells a story to a state, and looks what it makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunktop::locate::Walk;
use trunktop::model::{
    Answer, Carrier, CarrierName, Change, Dial, Drill, Edit, Endpoint, Event, EventKind, Fact, FactKind, HealthState,
    Lens, Link, Method, Moment, OperatorAct, ProbeReport, ProbeResult, Question, Reading, RecordType, Response, Survey,
    Text, TlsReport,
};
use trunktop::preview::{Outcome, Preview};
use trunktop::state::{CarrierState, State};

use super::registration;
use super::script::{Case, Does, Happens, Wants};
use crate::zone::Zone;

/// Midnight of a Monday.
const MIDNIGHT: &str = "2026-03-02T00:00:00Z";

/// A dashboard that has only the state.
pub(super) struct Desk<'c> {
    case: &'c Case,
    state: State,
    zone: Vec<String>,
    pub(super) now: Moment,
    /// For how long the monotonic clock stood still.
    asleep: Duration,
    surveys: BTreeMap<CarrierName, Survey>,
    last: BTreeMap<CarrierName, Vec<Arc<Answer>>>,
    events: Vec<Event>,
    /// All that was told.
    facts: Vec<Fact>,
}

/// Everything about a story that differs, ready to be read.
pub(super) fn case(case: &Case) -> Vec<String> {
    let mut desk = Desk {
        case,
        state: State::new(case.options.clone()),
        zone: case.zone.clone(),
        now: moment(0),
        asleep: Duration::ZERO,
        surveys: BTreeMap::new(),
        last: BTreeMap::new(),
        events: Vec::new(),
        facts: Vec::new(),
    };
    desk.tell(FactKind::Settings(case.carriers.clone()));
    let mut wrong = Vec::new();
    let mut looked = false;
    for line in &case.lines {
        let said = match &line.does {
            Does::At(second, happens) => {
                if looked {
                    desk.events.clear();
                }
                looked = false;
                // What took its time may go on into the next line of the same minute.
                let then = moment(*second);
                desk.now = desk.now.max(Moment { mono: then.mono.saturating_sub(desk.asleep), ..then });
                desk.tell(FactKind::Tick);
                desk.happens(happens)
            }
            Does::Wants(wants) => {
                looked = true;
                desk.tell(FactKind::Tick);
                desk.wants(wants)
            }
        };
        if let Err(said) = said {
            wrong.push(format!("== {}\n{}: {}\n   {said}\n", case.title, line.number, line.text));
        }
    }
    wrong.extend(desk.replayed().err().map(|said| format!("== {}\nreplayed: {said}\n", case.title)));
    wrong
}

fn moment(second: u64) -> Moment {
    let midnight: Timestamp = MIDNIGHT.parse().unwrap();
    Moment { mono: Duration::ZERO, wall: midnight } + Duration::from_secs(second)
}

impl Desk<'_> {
    pub(super) fn tell(&mut self, kind: FactKind) {
        let fact = Fact { at: self.now, kind };
        self.events.extend(self.state.apply(&fact));
        self.facts.push(fact);
    }

    /// The same facts come to the same: what is seen, and how it is looked at.
    fn replayed(&self) -> Result<(), String> {
        let mut again = State::new(self.case.options.clone());
        for fact in &self.facts {
            again.apply(fact);
        }
        let seen = |state: &State| {
            let of = |carrier: &CarrierState| {
                let compared: Vec<String> =
                    carrier.compared().into_iter().flat_map(|all| all.iter().map(|one| format!("{one:?}"))).collect();
                let pins = (carrier.registration.pins().to_vec(), carrier.registration.standing().clone());
                (carrier.verdict.clone(), carrier.lens.clone(), carrier.foreseen().cloned(), compared, pins)
            };
            state.carriers().map(of).collect::<Vec<_>>()
        };
        if seen(&self.state) == seen(&again) { Ok(()) } else { Err("it comes to something else".to_owned()) }
    }

    /// Looks at the first carrier otherwise.
    fn look(&mut self, change: impl FnOnce(&mut Lens)) {
        let name = self.first();
        let mut lens = self.state.carrier(&name).map(|carrier| carrier.lens.clone()).unwrap_or_default();
        change(&mut lens);
        self.tell(FactKind::Act(OperatorAct::Look(name, lens)));
    }

    fn happens(&mut self, happens: &Happens) -> Result<(), String> {
        match happens {
            Happens::Dns { carrier, rtype, again } => {
                let all = self.case.carriers.iter();
                let carriers: Vec<Arc<Carrier>> =
                    all.filter(|c| carrier.as_ref().is_none_or(|name| name == c.name.as_str())).cloned().collect();
                for carrier in carriers {
                    self.ask(&carrier, *rtype, *again);
                }
            }
            Happens::Come(line) => self.zone.push(line.clone()),
            Happens::Go(start) => {
                let before = self.zone.len();
                let flat = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
                self.zone.retain(|line| !flat(line).starts_with(&flat(start)));
                if self.zone.len() == before {
                    return Err("there is no such line in the zone".to_owned());
                }
            }
            Happens::Probe { targets, saw, detail, times } => {
                let (saw, stops) = saw.strip_suffix('!').map_or((saw.as_str(), false), |saw| (saw, true));
                let mut all = Vec::new();
                for target in targets {
                    all.extend(self.endpoints(target)?);
                }
                for _ in 0..*times {
                    for (carrier, endpoint) in &all {
                        let report = Box::new(report(*endpoint, self.now, saw, detail.as_deref())?);
                        let next = (!stops).then(|| self.now + Duration::from_secs(30));
                        self.tell(FactKind::Probe { carrier: carrier.clone(), report, next });
                    }
                    if *times > 1 {
                        self.now = self.now + Duration::from_secs(1);
                    }
                }
            }
            Happens::Fail(outage) => self.tell(FactKind::Act(OperatorAct::Fail(self.first(), outage.clone()))),
            Happens::Maintain(host, on) => {
                let act = if *on { OperatorAct::Maintain } else { OperatorAct::Resume };
                self.tell(FactKind::Act(act(self.first(), host.clone())));
            }
            Happens::Rehearse(name, outages) => {
                let drill = Drill { name: name.clone(), carrier: self.first(), outages: outages.clone() };
                self.tell(FactKind::Act(OperatorAct::Rehearse(Arc::new(drill))));
            }
            Happens::View(engine) => self.look(|lens| lens.engine.clone_from(engine)),
            Happens::Compare(on) => self.look(|lens| lens.compares = *on),
            Happens::Overlay(on) => self.look(|lens| lens.real = *on),
            Happens::Undo => self.tell(FactKind::Act(OperatorAct::Undo(self.first()))),
            Happens::Clear => self.tell(FactKind::Act(OperatorAct::Clear(self.first()))),
            Happens::Slept(seconds) => self.tell(FactKind::ClockGap(Duration::from_secs(*seconds))),
            Happens::Sleeps(seconds) => {
                let gap = Duration::from_secs(*seconds);
                self.asleep += gap;
                self.now = Moment { wall: (self.now + gap).wall, ..self.now };
                self.tell(FactKind::ClockGap(gap));
            }
            Happens::Tick => {}
            Happens::Register(registers) => return self.registers(registers),
        }
        Ok(())
    }

    pub(super) fn first(&self) -> CarrierName {
        self.case.carriers[0].name.clone()
    }

    /// As the monitor does it: asks again what was asked, and what the walks then need.
    fn ask(&mut self, carrier: &Carrier, rtype: Option<RecordType>, again: bool) {
        let zone = Zone::of(&self.zone.join("\n"));
        let dial = self.case.options.defaults.dial(carrier);
        let register = Dial { method: Method::Register, ..dial.clone() };
        let known = self.state.carrier(&carrier.name);
        let mut engines = vec![trunktop::locate::reference()];
        engines.extend(carrier.engine.as_ref().and_then(|name| trunktop::locate::engine(name.as_str()).ok()));
        engines.extend(known.into_iter().flat_map(|known| trunktop::locate::beside(&known.lens)));
        let survey = self.surveys.entry(carrier.name.clone()).or_default();
        let due = survey.iter().map(|(question, _)| question.clone());
        let mut wanted: BTreeSet<Question> =
            due.filter(|question| rtype.is_none_or(|rtype| rtype == question.rtype)).collect();
        let mut answers: Vec<Arc<Answer>> = Vec::new();
        if again {
            answers.clone_from(&self.last[&carrier.name]);
        } else {
            loop {
                for question in std::mem::take(&mut wanted) {
                    let answer = Arc::new(zone.answer(&question, self.now));
                    survey.insert(answer.clone());
                    answers.push(answer);
                }
                for (engine, reading) in engines.iter().flat_map(|e| [Reading::Engine, Reading::Drawn].map(|r| (e, r)))
                {
                    let apart = engine.registers_apart().then_some(&register);
                    for dial in [&dial].into_iter().chain(apart) {
                        if let Walk::Need(need) = engine.walk(dial, survey, reading, self.now) {
                            wanted.extend(need.must);
                        }
                    }
                }
                if wanted.is_empty() {
                    break;
                }
            }
        }
        let next = answers.iter().filter_map(|answer| answer.expires()).min();
        self.last.insert(carrier.name.clone(), answers.clone());
        let next = next.unwrap_or(self.now + Duration::from_secs(5)).max(self.now + Duration::from_secs(5));
        self.tell(FactKind::Answers { carrier: carrier.name.clone(), answers, next });
    }

    pub(super) fn carrier(&self, name: Option<&str>) -> Result<&CarrierState, String> {
        let named = name.map_or(Ok(self.first()), |name| CarrierName::new(name).map_err(|why| why.to_string()))?;
        self.state.carrier(&named).ok_or_else(|| format!("there is no carrier {named}"))
    }

    /// The endpoints that a word names: those drawn now, and those that are still probed.
    pub(super) fn endpoints(&self, word: &str) -> Result<Vec<(CarrierName, Endpoint)>, String> {
        let (carrier, word) = match word.split_once('/') {
            Some((carrier, word)) => (Some(carrier), word),
            None => (None, word),
        };
        let mut found = BTreeSet::new();
        for known in &self.case.carriers {
            let meant = match carrier {
                Some(name) => name == known.name.as_str(),
                None => word == "all" || known.name == self.first(),
            };
            let Some(state) = self.state.carrier(&known.name).filter(|_| meant) else { continue };
            let drawn = state.published.iter().flat_map(|published| published.drawn.candidates());
            let named = drawn.filter(|candidate| {
                let host = candidate.target.host.to_string();
                word == "all" || host.split('.').next() == Some(word) || host == word
            });
            found.extend(named.map(|candidate| (known.name.clone(), candidate.endpoint())));
            let kept = state.health.keys().copied();
            let drawn = state.published.iter().flat_map(|published| published.drawn.candidates());
            let by_address = kept.chain(drawn.map(|candidate| candidate.endpoint()));
            let by_address = by_address.filter(|endpoint| endpoint.at.ip().to_string() == word);
            found.extend(by_address.map(|endpoint| (known.name.clone(), endpoint)));
        }
        if found.is_empty() { Err(format!("'{word}' is no target")) } else { Ok(found.into_iter().collect()) }
    }

    fn wants(&self, wants: &Wants) -> Result<(), String> {
        let carrier = self.carrier(None)?;
        match wants {
            Wants::Verdict { carrier, exact, words } => {
                let verdict = &self.carrier(carrier.as_deref())?.verdict;
                let said = format!("{} {}", verdict.level.word(), verdict.sentence);
                let (level, part) = words.split_once(' ').unwrap_or((words, ""));
                let holds = if *exact {
                    said == *words
                } else {
                    verdict.level.word() == level && verdict.sentence.contains(part)
                };
                same(holds, &said)
            }
            Wants::Event(words) => {
                let told: Vec<String> = self.events.iter().map(told).collect();
                same(told.iter().any(|event| event.contains(words)), &told.join("\n   "))
            }
            Wants::Changes(wanted) => {
                let changes: Vec<&Event> =
                    self.events.iter().filter(|event| matches!(event.kind, EventKind::Change(_))).collect();
                let told: Vec<String> = changes.iter().map(|event| told(event)).collect();
                same(told.len() == *wanted, &told.join("\n   "))
            }
            Wants::Told(wanted) => {
                let told: Vec<String> = self.events.iter().map(told).collect();
                same(told.len() == *wanted, &told.join("\n   "))
            }
            Wants::Us(wanted) => {
                let said = self.state.our_trouble();
                same(said == *wanted, &format!("{said:?}"))
            }
            Wants::NoEvent => same(self.events.is_empty(), &format!("{:?}", self.events)),
            Wants::State(target, word) => {
                for (name, endpoint) in self.endpoints(target)? {
                    let health = self.state.carrier(&name).and_then(|carrier| carrier.health.get(&endpoint));
                    let state = health.map_or_else(|| "nothing known".to_owned(), |health| state(health.state));
                    same(state == *word, &state)?;
                }
                Ok(())
            }
            Wants::Revision(wanted) => {
                let number = carrier.published.as_ref().map_or(0, |published| published.revision.0);
                same(number == *wanted, &format!("it is {number}"))
            }
            Wants::Events(wanted) => same(carrier.events.len() == *wanted, &format!("{} are", carrier.events.len())),
            Wants::Known(ip, wanted) => {
                let known = carrier.health.keys().any(|endpoint| endpoint.at.ip().to_string() == *ip);
                same(known == *wanted, &format!("{:?}", carrier.health.keys()))
            }
            Wants::Shown(engine) => {
                let name = carrier.shown_as().name().to_string();
                same(name == *engine, &name)
            }
            Wants::Asks(question) => {
                let asked: Vec<String> = carrier.wants().map(ToString::to_string).collect();
                same(asked.contains(question) || question == "nothing" && asked.is_empty(), &asked.join(", "))
            }
            Wants::NotCompared => same(carrier.compared().is_none(), "it is compared"),
            Wants::Compared(engine, what) => {
                let all = carrier.compared().ok_or("it is not compared")?;
                let is = all.iter().find(|one| one.engine.name().as_str() == engine).ok_or("no such engine")?;
                let came = match &is.outcome {
                    Outcome::Sends { after, .. } => format!("sends, {} lost", after.lost),
                    Outcome::Ends(_) => "ends".to_owned(),
                    Outcome::Wants(questions) => {
                        format!("asks {}", questions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
                    }
                };
                same(came == *what, &came)
            }
            Wants::Register(words) => {
                let register = carrier.foreseen().and_then(|previews| previews.register.as_ref());
                let said = register.map_or_else(|| "nothing".to_owned(), |register| register.said());
                same(said.contains(words), &said)
            }
            Wants::Registration(holds) => registration::holds(carrier, self.now, holds),
            Wants::Left(ip) => {
                let marked = carrier
                    .health
                    .iter()
                    .any(|(endpoint, health)| endpoint.at.ip().to_string() == *ip && health.left_dns.is_some());
                same(marked, "it is not marked")
            }
            Wants::Lands { which, target, share } => {
                let (shown, which) = which.strip_prefix("shown-").map_or((false, &**which), |which| (true, which));
                let previews = if shown { carrier.foreseen() } else { carrier.previews.as_ref() };
                let previews = previews.ok_or("there is no preview")?;
                let preview = match which {
                    "clean" => &previews.clean,
                    "now" => &previews.now,
                    _ => previews.then.as_ref().ok_or("nothing is simulated")?,
                };
                let landing = landing(preview, target);
                same(landing.replace(' ', "") == *share, &landing)
            }
        }
    }
}

pub(super) fn same(holds: bool, got: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(got.to_owned()) }
}

fn landing(preview: &Preview, target: &str) -> String {
    if target == "lost" {
        return preview.lost.to_string();
    }
    let found = preview.landings.iter().find(|landing| landing.target.to_string().split('.').next() == Some(target));
    found.map_or_else(|| "no such target".to_owned(), |landing| landing.odds.landing.to_string())
}

fn state(state: HealthState) -> String {
    match state {
        HealthState::Down(failure) => format!("DOWN {failure}"),
        other => other.word().to_owned(),
    }
}

fn told(event: &Event) -> String {
    match &event.kind {
        EventKind::Health { target, from, to, why, .. } => {
            format!("{target} {} -> {}: {why}", state(*from), state(*to))
        }
        EventKind::Findings { raised, cleared } => {
            let signed = [("+", raised), ("-", cleared)].into_iter().flat_map(|(sign, findings)| {
                findings.iter().map(move |finding| format!("{sign}{} {}", finding.rule, finding.subject))
            });
            format!("findings {}", signed.collect::<Vec<_>>().join(", "))
        }
        EventKind::Change(change) => {
            let Change { revision, rrset, record, by, what, means, .. } = &**change;
            let edits = std::iter::once(&change.edit).chain(&change.also).map(edit).collect::<Vec<_>>().join("; ");
            let record = record.as_ref().map_or_else(String::new, |record| format!("{record} in "));
            format!("r{} {what}: {means} [{record}{rrset} by {by}: {edits}]", revision.0)
        }
        EventKind::Dns(words) => format!("dns {words}"),
        EventKind::Ours(words) => format!("us: {words}"),
        EventKind::Pin(moved) => moved.said(ToString::to_string),
        EventKind::Maintenance(words) | EventKind::Simulation(words) => words.clone(),
    }
}

/// As a program reads it: `weight 50 -> 10`, `record none -> 10 50 5060 sbc.acme.example`.
fn edit(edit: &Edit) -> String {
    let side = |values: &[Text]| match values {
        [] => "none".to_owned(),
        several => several.iter().map(Text::as_str).collect::<Vec<_>>().join(" + "),
    };
    format!("{} {} -> {}", edit.field.word(), side(&edit.from), side(&edit.to))
}

fn report(endpoint: Endpoint, at: Moment, saw: &str, detail: Option<&str>) -> Result<ProbeReport, String> {
    // `ok@9` is an answer over TLS whose certificate is good for nine days and an hour.
    let (saw, days) = saw.split_once('@').map_or((saw, None), |(saw, days)| (saw, days.parse::<u64>().ok()));
    // `503/120` is a 503 with a Retry-After of 120 s.
    let (saw, retry) = saw.split_once('/').map_or((saw, None), |(saw, retry)| (saw, retry.parse().ok()));
    let code = saw.parse::<u16>().ok();
    let (result, ours) = match (saw, code) {
        ("ok", _) | (_, Some(200..300)) => (ProbeResult::Ok, false),
        (_, Some(401 | 407)) => (ProbeResult::AuthRequired, false),
        (_, Some(_)) => (ProbeResult::ErrorResponse, false),
        ("silent", _) => (ProbeResult::Timeout, false),
        ("refused", _) => (ProbeResult::Refused, false),
        ("reset", _) => (ProbeResult::Reset, false),
        ("garbage", _) => (ProbeResult::Malformed, false),
        ("unreachable", _) => (ProbeResult::Unreachable, false),
        ("no-route", _) => (ProbeResult::Unreachable, true),
        ("tls-handshake", _) => (ProbeResult::TlsHandshake, false),
        ("tls-alien", _) => (ProbeResult::TlsHandshake, true),
        ("ws-alien", _) => (ProbeResult::WsHandshake, true),
        ("tls-untrusted", _) => (ProbeResult::TlsUntrusted, false),
        ("tls-name", _) => (ProbeResult::TlsName, false),
        _ => return Err(format!("no probe sees '{saw}'")),
    };
    let answered = code.or_else(|| (saw == "ok").then_some(200));
    let response = answered.map(|code| Response {
        retry_after: retry.map(Duration::from_secs),
        ..Response::new(code, "said".into(), Duration::from_millis(18))
    });
    let tls = days.map(|days| tls(at + Duration::from_secs(days * 86_400 + 3600)));
    Ok(ProbeReport { ours, detail: detail.map(Into::into), response, tls, ..ProbeReport::new(endpoint, at, result) })
}

/// A handshake with a peer whose certificate is in order until then.
fn tls(end: Moment) -> TlsReport {
    TlsReport {
        version: "TLSv1.3".into(),
        cipher: "TLS_AES_128_GCM_SHA256".into(),
        alpn: None,
        sni: None,
        handshake: Duration::from_millis(40),
        chain: vec![Link { subject: "CN=sbc".into(), issuer: "CN=ca".into(), not_after: Some(end.wall) }],
        names: Vec::new(),
        untrusted: None,
        names_domain: true,
        names_target: true,
    }
}
